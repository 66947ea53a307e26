/* words.c - an update in words for people: each step as it is done, and why it ended. */
#include "host/client/update/words.h"

#include <string.h>

#include "core/base/compiler.h"
#include "host/client/image_print.h"
#include "host/client/upload.h"

/* ---- news ---- */

static void tell_running(const struct update *u)
{
    static const char *const trial[] = {
        [GOES_BACK_NEVER] = ", not confirmed",
        [GOES_BACK_PERHAPS] = ", not confirmed: it may go back at the next reset",
        [GOES_BACK] = ", not confirmed: it goes back at the next reset"};
    const struct smp_image_state *s = update_running(u);
    if (s != NULL)
        cli_say("running  %s in slot %u%s", s->version, (unsigned)s->slot,
                s->confirmed ? ", confirmed" : trial[image_goes_back(u->mode)]);
    else
        cli_say("running  the device does not say");
}

static void tell_uploaded(const struct update *u)
{
    if (u->recovery == NULL)
        cli_say("upload   slot %u holds version %s", (unsigned)update_waiting(u)->slot,
                u->goal.version);
    else if (update_in_place(u) != NULL)
        cli_say("upload   slot 0 holds version %s", u->goal.version);
    else
        cli_say("upload   done; the list of serial recovery does not have the image yet");
}

static void tell_reset(const struct update *u)
{
    const unsigned seconds = u->goal.wait_ms / 1000;
    if (u->reset.e == ERR_OK)
        cli_say("reset    waiting up to %u s for the device", seconds);
    else
        cli_say("reset    no answer (%s), it may have arrived; waiting up to %u s for the device",
                err_text(u->reset.e), seconds);
}

void update_tell(void *ctx, const struct update *u, enum update_news news)
{
    (void)ctx;
    switch (news) {
    case UPDATE_NEWS_RECOVERY:
        cli_say("running  no image, but serial recovery: %s", u->recovery);
        break;
    case UPDATE_NEWS_RUNNING:
        tell_running(u);
        break;
    case UPDATE_NEWS_NOT_NEEDED:
        cli_say("upload   not needed: slot %u holds the image", (unsigned)update_waiting(u)->slot);
        break;
    case UPDATE_NEWS_UPLOADED:
        tell_uploaded(u);
        break;
    case UPDATE_NEWS_OTHER_MARKED:
        cli_say("test     the device marked another image instead: %s in slot %u; taking it back",
                u->other.version, (unsigned)u->other.slot);
        break;
    case UPDATE_NEWS_MARKED:
        cli_say("test     %s", image_next_boot_text(u->mode, update_waiting(u)));
        break;
    case UPDATE_NEWS_RESET:
        tell_reset(u);
        break;
    case UPDATE_NEWS_RESET_AGAIN:
        cli_say("reset    it is serial recovery that answers; once more, and in silence");
        break;
    case UPDATE_NEWS_STILL_WAITING:
        if (!cli_mode.quiet)
            cli_print(stderr, "still waiting for the device to start %s, %u of %u s\n",
                      u->goal.version, (unsigned)u->waited_ms / 1000,
                      (unsigned)u->goal.wait_ms / 1000);
        break;
    }
}

static const char *reset_by_watchdog(const struct update_drive *v, const struct update *u)
{
    static const char *const words[] = {"Reset: ", NULL};
    static const char watchdog[] = "Reset: watchdog", or_software[] = "Reset: watchdog or software";
    const char *p = device_quote(v->device, v->boot_mark, false, words), *who = NULL;
    for (unsigned boot = 1; p != NULL && (p = strstr(p, words[0])) != NULL; boot++, p++) {
        bool unsure = strncmp(p, or_software, sizeof or_software - 1) == 0;
        if (strncmp(p, watchdog, sizeof watchdog - 1) != 0)
            continue;
        if (!unsure)
            return "the watchdog has";
        if (boot > u->reset.count)
            who = "the watchdog (or the image itself, by software) has";
    }
    return who;
}

const char *words_of_watchdog(struct update_drive *v, const struct update *u)
{
    const char *who = reset_by_watchdog(v, u);
    if (who != NULL && !v->watchdog_told) {
        cli_say("reset    %s reset the device: what ran did not feed it in time", who);
        v->watchdog_told = true;
    }
    return who;
}

/* ---- ends ---- */

static int refuse(const char *what, const char *evidence, const char *next)
{
    return cli_fail(CLI_REFUSED, what, evidence, next);
}

/* The request failed with u->e. unknown: what is said after silence; NULL: the request changes nothing. */
static int fail_request(struct update_drive *v, const struct update *u, const char *what,
                        const char *unknown)
{
    v->device->client.error = u->error;
    return unknown == NULL ? device_fail(v->device, what, u->e)
                           : device_fail_change(v->device, u->e, what, unknown,
                                                "slipway update again, once the device answers");
}

static int report_too_large(const struct update *u)
{
    const struct smp_slot_info *s = &u->too_large;
    return refuse("the image is too large for the slot",
                  cli_text("%u bytes; slot %u takes %u, the rest of its %u is the bootloader's",
                           (unsigned)u->goal.size, (unsigned)s->slot, (unsigned)s->max_size,
                           (unsigned)s->size),
                  "make the image smaller, or the slots larger (slipway layout show)");
}

static int report_other_pending(const struct update *u)
{
    const struct smp_image_state *other = &u->other;
    const unsigned slot = 2 * other->image + other->slot % 2;
    const char *evidence = cli_text("asked for was %s; the list has %s in slot %u as pending",
                                    u->goal.version, other->version, (unsigned)other->slot);
    static const char what[] = "another image than the new one is pending";
    if (!u->erase_refused)
        return refuse(
            what, evidence,
            cli_text("slipway image erase --slot %u takes it back, else a reset starts it", slot));
    return refuse(what,
                  cli_text("%s\nthe device refused to erase the slot: %s", evidence,
                           smp_error_name(&u->erase_error)),
                  cli_text("slipway reset starts %s%s; then slipway update again", other->version,
                           other->permanent ? "" : ", and a second one goes back"));
}

static int report_recovery_again(struct update_drive *v, const struct update *u)
{
    static const char *const words[] = {"mcuboot: ", "E: ", NULL};
    const char *quoted = device_quote(v->device, v->boot_mark, true, words);
    const struct log_source log = device_log_source(&v->device->log);
    struct explanation x;
    explain_log(&log, NULL, &x);
    bool held = update_in_place(u) != NULL || update_waiting(u) != NULL;
    const char *evidence = cli_text("this is serial recovery: %s", u->recovery);
    evidence =
        cli_text("%s\n%s", evidence,
                 held ? cli_text("its list has %s", u->goal.version)
                      : "its list does not have the new image: MCUboot's has only those that "
                        "it would start");
    if (quoted != NULL)
        evidence = cli_text("%s\n%s", evidence, quoted);
    if (x.meaning != NULL)
        evidence = cli_text("%s\n%s", evidence, x.meaning);
    const char *next =
        "slipway verify -k PUBLIC_KEY IMAGE: is it signed with the bootloader's key? "
        "if so, recovery's button or pin is held, or its boot mode is set";
    return refuse("after the reset it is serial recovery that answers, no image", evidence,
                  x.next != NULL ? x.next : next);
}

/* The old image runs, ours is pending, and no line of a boot was seen: nothing is known of the bootloader's verdict. */
static int report_not_reset(const struct update *u)
{
    const char *evidence =
        cli_text("%s runs, %s is still pending %u s later, and no line of a boot was seen",
                 *u->previous != '\0' ? u->previous : "the old image", u->goal.version,
                 (unsigned)u->goal.wait_ms / 1000);
    return refuse(u->reset.taken
                      ? "the device accepted the reset, but has not started the new image"
                      : "the device did not answer the reset, and has not started the new image",
                  evidence,
                  "slipway reset --wait 60, or switch it off and on; slipway image list shows "
                  "what runs then");
}

/* Our image neither runs nor waits to: what is known of the reason? */
static const char *what_happened(const struct update_drive *v, const struct update *u)
{
    static const char *const revert[] = {"Swap type: revert", NULL};
    if (device_quote(v->device, v->boot_mark, false, revert) != NULL)
        return "the new image was started, and the device went back to the old one";
    const struct smp_image_state *s = update_running(u);
    if (s == NULL)
        return "after the reset the device does not say what runs: perhaps its serial recovery";
    if (strcmp(s->version, u->previous) != 0)
        return "after the reset neither the new image runs nor the one before";
    return device_has_booted(v->device, v->boot_mark)
               ? "the bootloader did not start the new image; the old one runs"
               : "the new image does not run after the reset; the old one does";
}

static int report_not_started(struct update_drive *v, const struct update *u)
{
    static const char *const words[] = {"mcuboot: ", NULL};
    const bool waits = update_waiting(u) != NULL && update_waiting(u)->pending;
    device_listen(v->device, 300);
    if (waits && !device_has_booted(v->device, v->boot_mark))
        return report_not_reset(u);
    const char *quoted = device_quote(v->device, v->boot_mark, true, words);
    const struct smp_image_state *s = update_running(u);
    const struct log_source log = device_log_source(&v->device->log);
    struct explanation x;
    explain_log(&log, NULL, &x);
    const char *evidence =
        cli_text("running is %s, not %s%s", s != NULL ? s->version : "an unknown image",
                 u->goal.version, waits ? ", which is still pending" : "");
    const char *next =
        "slipway verify -k PUBLIC_KEY IMAGE checks the signature; the bootloader's key "
        "must be the one that signed";
    if (quoted != NULL)
        evidence = cli_text("%s\n%s", evidence, quoted);
    const char *watchdog = words_of_watchdog(v, u);
    if (watchdog != NULL) {
        evidence = cli_text("%s\n%s reset the device since", evidence, watchdog);
        next = "feed the watchdog in the application, or build the bootloader without it "
               "(CONFIG_BOOT_WATCHDOG=n)";
    }
    if (x.meaning != NULL)
        evidence = cli_text("%s\n%s", evidence, x.meaning);
    if (x.cause != NULL)
        evidence = cli_text("%s\nlikely cause: %s", evidence, x.cause);
    return refuse(what_happened(v, u), evidence, x.next != NULL ? x.next : next);
}

static int report_gone(const struct update *u)
{
    const struct smp_image_state *s = update_running(u);
    return refuse("the new image ran, but no longer does",
                  cli_text("running is %s, not %s: the device has reset before the confirmation",
                           s != NULL ? s->version : "an unknown image", u->goal.version),
                  "look at its console for the reason; then update again");
}

int update_report(struct update_drive *v, const struct update *u)
{
    switch (u->end) {
    case UPDATE_GOES_ON:
    case UPDATE_DONE:
        return CLI_DONE;
    case UPDATE_GAVE_UP:
        return v->code;
    case UPDATE_ALREADY_RUNS:
        return refuse("the device already runs this image, confirmed",
                      cli_text("version %s, the same hash", update_running(u)->version),
                      "nothing to do; sign a new image to update to");
    case UPDATE_OTHER_ON_TRIAL:
        return upload_fail_on_trial(update_running(u), NULL);
    case UPDATE_TOO_LARGE:
        return report_too_large(u);
    case UPDATE_NO_TEST_IN_RECOVERY:
        return refuse("serial recovery has no test boot",
                      "it writes the image to the slot that it runs from; there is no way back",
                      "slipway update without --no-confirm");
    case UPDATE_LIST_FAILED:
        return fail_request(v, u, "the image list could not be read", NULL);
    case UPDATE_IN_NO_SLOT:
        return refuse("the uploaded image is in no slot of the device's list",
                      "the upload was acknowledged, but the list has no image with its hash",
                      "slipway image list; slipway image erase, then update again");
    case UPDATE_MARK_FAILED:
        return fail_request(v, u, "the image could not be marked for the next boot",
                            u->change.unknown);
    case UPDATE_NOT_PENDING:
        return refuse("the device accepted the mark, but the image is not pending",
                      "its list says so", "slipway image list shows the state");
    case UPDATE_OTHER_PENDING:
        return report_other_pending(u);
    case UPDATE_OTHER_MARKED:
        return refuse("the device marks another image than the new one",
                      cli_text("asked for was %s; it marked %s in slot %u, twice; that is taken "
                               "back",
                               u->goal.version, u->other.version, (unsigned)u->other.slot),
                      "slipway image list shows the state; nothing changes at a reset");
    case UPDATE_RESET_REFUSED:
        return fail_request(v, u, "the device did not accept the reset", NULL);
    case UPDATE_RECOVERY_AGAIN:
        return report_recovery_again(v, u);
    case UPDATE_NOT_STARTED:
        return report_not_started(v, u);
    case UPDATE_CONFIRM_FAILED:
        return fail_request(v, u, "the new image runs, but could not be confirmed",
                            u->change.unknown);
    case UPDATE_GONE:
        return report_gone(u);
    case UPDATE_NOT_CONFIRMED:
        return refuse("the device accepted the confirmation, but does not show it",
                      "the image list has the running image without 'confirmed'",
                      "slipway image confirm, then slipway image list");
    }
    return CLI_REFUSED;
}
