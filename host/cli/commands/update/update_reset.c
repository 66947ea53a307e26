/* update_reset.c - the reset, and the proof of what runs after it. */
#include <string.h>

#include "host/cli/commands/update/update.h"
#include "host/cli/core/clock.h"
#include "host/client/smp/recovery.h"

/* A device that still runs the old program so long after a reset that it has not answered did not get it: Zephyr's
 * resets after 250 ms. */
#define RESET_TAKEN_MS 3000

/* MCUboot may wait for recovery's first request at each start (CONFIG_BOOT_SERIAL_WAIT_FOR_DFU, 0.5 s by default): a
 * device that is to leave recovery hears nothing for so long after the reset, and longer at the second try. */
static const unsigned quiet_ms[] = {2000, 10000};

/* Without an answer the reset has probably arrived: what the device does next tells. */
static int send_reset(struct update *u)
{
    enum err e = smp_reset(&u->device.client, false);
    u->reset.sent_ms = clock_ms();
    u->reset.count++;
    if (e != ERR_OK && !device_lost(e))
        return device_fail(&u->device, "the device did not accept the reset", e);
    u->reset.taken |= e == ERR_OK;
    if (e == ERR_OK)
        cli_say("reset    waiting up to %u s for the device", u->wait_seconds);
    else
        cli_say("reset    no answer (%s), it may have arrived; waiting up to %u s for the device",
                err_text(e), u->wait_seconds);
    return CLI_DONE;
}

static void mark_boots(struct update *u)
{
    u->reset.boot_mark = u->device.log.count;
    u->reset.count = 0;
}

/* Our bootloader says why the device was reset, and cannot always tell the watchdog from software: then a boot counts
 * only if we did not ask for it. NULL: the watchdog has not reset the device since our reset; else who may have. */
static const char *reset_by_watchdog(const struct update *u)
{
    static const char *const words[] = {"Reset: ", NULL};
    static const char watchdog[] = "Reset: watchdog", or_software[] = "Reset: watchdog or software";
    const char *p = device_quote(&u->device, u->reset.boot_mark, false, words), *who = NULL;
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

/* As reset_by_watchdog; the first time it is told. */
static const char *remark_watchdog(struct update *u)
{
    const char *who = reset_by_watchdog(u);
    if (who != NULL && !u->reset.watchdog_told) {
        cli_say("reset    %s reset the device: what ran did not feed it in time", who);
        u->reset.watchdog_told = true;
    }
    return who;
}

/* Nothing but our pending image can be started by another reset, so it does no harm. */
static bool reset_was_lost(const struct update *u)
{
    return !u->reset.taken && clock_ms() - u->reset.sent_ms >= RESET_TAKEN_MS;
}

/* ---- out of serial recovery ---- */

/* For ms milliseconds nothing is sent. */
static void be_quiet(struct update *u, unsigned ms)
{
    uint64_t end = clock_ms() + ms;
    device_listen(&u->device, ms);
    if (clock_ms() < end) /* the port has gone */
        clock_sleep_ms((unsigned)(end - clock_ms()));
}

static int fail_recovery_again(struct update *u, const char *recovery)
{
    static const char *const words[] = {"mcuboot: ", "E: ", NULL};
    const char *quoted = device_quote(&u->device, u->reset.boot_mark, true, words);
    const struct log_source log = device_log_source(&u->device.log);
    struct explanation x;
    explain_log(&log, NULL, &x);
    bool held = list_in_place(u) != NULL || list_waiting(u) != NULL;
    const char *evidence = cli_text("this is serial recovery: %s", recovery);
    evidence =
        cli_text("%s\n%s", evidence,
                 held ? cli_text("its list has %s", u->file.version)
                      : "its list does not have the new image: MCUboot's has only those that "
                        "it would start");
    if (quoted != NULL)
        evidence = cli_text("%s\n%s", evidence, quoted);
    if (x.meaning != NULL)
        evidence = cli_text("%s\n%s", evidence, x.meaning);
    const char *next =
        "slipway verify -k PUBLIC_KEY IMAGE: is it signed with the bootloader's key? "
        "if so, recovery's button or pin is held, or its boot mode is set";
    return cli_fail(CLI_REFUSED, "after the reset it is serial recovery that answers, no image",
                    evidence, x.next != NULL ? x.next : next);
}

/* Reset, and no word until the bootloader has decided. */
int step_leave_recovery(struct update *u)
{
    mark_boots(u);
    const char *recovery = NULL;
    for (size_t i = 0; i < ARRAY_LEN(quiet_ms); i++) {
        int code = send_reset(u);
        if (code != CLI_DONE)
            return code;
        be_quiet(u, quiet_ms[i]);
        code = device_wait(&u->device, u->wait_seconds,
                           "the image is uploaded; whether it runs is not known: does it have an "
                           "SMP server on this line?");
        if (code == CLI_DONE)
            code = list_read(u);
        if (code != CLI_DONE)
            return code;
        recovery = recovery_evidence(&u->device.client, &u->list);
        if (recovery == NULL)
            return CLI_DONE;
        if (list_in_place(u) == NULL && list_waiting(u) == NULL)
            break; /* the bootloader has nothing of ours to start */
    }
    return fail_recovery_again(u, recovery);
}

/* ---- who runs then? ---- */

/* An answer may still come from before the reset: then our image is still pending. It may be so after it as well, when
 * the bootloader lets it wait for another image. */
static int wait_for_swap(struct update *u)
{
    uint64_t start = clock_ms(), end = start + u->wait_seconds * 1000ull,
             word = start + SMP_WORD_MS;
    for (;;) {
        device_listen(&u->device, 500);
        bool booted = device_has_booted(&u->device, u->reset.boot_mark);
        int code = device_wait(&u->device, u->wait_seconds,
                               "whether the new image was started is not known");
        (void)remark_watchdog(u);
        if (code == CLI_DONE)
            code = list_read(u);
        if (code != CLI_DONE || list_is_ours(u, list_running(u)))
            return code;
        if (list_running(u) == NULL && recovery_evidence(&u->device.client, &u->list) != NULL) {
            cli_say("reset    it is serial recovery that answers; once more, and in silence");
            return step_leave_recovery(u);
        }
        if (list_waiting(u) == NULL || !list_waiting(u)->pending || booted || clock_ms() > end)
            return CLI_DONE;
        if (clock_ms() >= word && !cli_mode.quiet)
            cli_print(stderr, "still waiting for the device to start %s, %u of %u s\n",
                      u->file.version, (unsigned)(clock_ms() - start) / 1000, u->wait_seconds);
        word += clock_ms() >= word ? SMP_WORD_MS : 0;
        if (reset_was_lost(u))
            code = send_reset(u);
        if (code != CLI_DONE)
            return code;
    }
}

int step_reset(struct update *u)
{
    mark_boots(u);
    int code = send_reset(u);
    return code == CLI_DONE ? wait_for_swap(u) : code;
}

/* The old image runs, ours is pending, and no line of a boot was seen: nothing is known of the bootloader's verdict. */
static int fail_not_reset(const struct update *u)
{
    const char *evidence = cli_text(
        "%s runs, %s is still pending %u s later, and no line of a boot was seen",
        *u->previous != '\0' ? u->previous : "the old image", u->file.version, u->wait_seconds);
    return cli_fail(CLI_REFUSED,
                    u->reset.taken
                        ? "the device accepted the reset, but has not started the new image"
                        : "the device did not answer the reset, and has not started the new image",
                    evidence,
                    "slipway reset --wait 60, or switch it off and on; slipway image list shows "
                    "what runs then");
}

/* Our image neither runs nor waits to: what is known of the reason? */
static const char *what_happened(const struct update *u)
{
    static const char *const revert[] = {"Swap type: revert", NULL};
    if (device_quote(&u->device, u->reset.boot_mark, false, revert) != NULL)
        return "the new image was started, and the device went back to the old one";
    const struct smp_image_state *s = list_running(u);
    if (s == NULL)
        return "after the reset the device does not say what runs: perhaps its serial recovery";
    if (strcmp(s->version, u->previous) != 0)
        return "after the reset neither the new image runs nor the one before";
    return device_has_booted(&u->device, u->reset.boot_mark)
               ? "the bootloader did not start the new image; the old one runs"
               : "the new image does not run after the reset; the old one does";
}

int step_prove(struct update *u)
{
    static const char *const words[] = {"mcuboot: ", NULL};
    tell_running(u);
    if (list_is_ours(u, list_running(u)))
        return CLI_DONE;
    device_listen(&u->device, 300);
    if (list_waiting(u) != NULL && list_waiting(u)->pending &&
        !device_has_booted(&u->device, u->reset.boot_mark))
        return fail_not_reset(u);
    const char *quoted = device_quote(&u->device, u->reset.boot_mark, true, words);
    const struct smp_image_state *s = list_running(u);
    const bool waits = list_waiting(u) != NULL && list_waiting(u)->pending;
    const struct log_source log = device_log_source(&u->device.log);
    struct explanation x;
    explain_log(&log, NULL, &x);
    const char *evidence =
        cli_text("running is %s, not %s%s", s != NULL ? s->version : "an unknown image",
                 u->file.version, waits ? ", which is still pending" : "");
    const char *next =
        "slipway verify -k PUBLIC_KEY IMAGE checks the signature; the bootloader's key "
        "must be the one that signed";
    if (quoted != NULL)
        evidence = cli_text("%s\n%s", evidence, quoted);
    const char *watchdog = remark_watchdog(u);
    if (watchdog != NULL) {
        evidence = cli_text("%s\n%s reset the device since", evidence, watchdog);
        next = "feed the watchdog in the application, or build the bootloader without it "
               "(CONFIG_BOOT_WATCHDOG=n)";
    }
    if (x.meaning != NULL)
        evidence = cli_text("%s\n%s", evidence, x.meaning);
    if (x.cause != NULL)
        evidence = cli_text("%s\nlikely cause: %s", evidence, x.cause);
    return cli_fail(CLI_REFUSED, what_happened(u), evidence, x.next != NULL ? x.next : next);
}
