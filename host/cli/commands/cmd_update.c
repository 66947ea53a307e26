/* cmd_update.c - the whole update: check, upload, test, reset, wait, prove, confirm.
 *
 * Each step looks at the device first, so that the command can be repeated after any interruption. A request without an
 * answer may have arrived or not: the device is looked at, and what it then says decides. */
#include <string.h>

#include "core/smp/wire/errors.h"
#include "host/cli/commands/commands.h"
#include "host/cli/core/clock.h"
#include "host/client/device.h"
#include "host/client/image_print.h"
#include "host/client/recovery.h"
#include "host/client/upload.h"
#include "host/image/image_check.h"
#include "host/image/image_part.h"
#include "host/image/package/package.h"
#include "host/image/package/zip_file.h"

/* Times that one step may look at the device after requests without an answer. */
#define LOOKS_MAX 5
/* A device that still runs the old program so long after a reset that it has not answered did not get it: Zephyr's
 * resets after 250 ms. */
#define RESET_TAKEN_MS 3000

/* MCUboot may wait for recovery's first request at each start (CONFIG_BOOT_SERIAL_WAIT_FOR_DFU, 0.5 s by default): a
 * device that is to leave recovery hears nothing for so long after the reset, and longer at the second try. */
static const unsigned quiet_ms[] = {2000, 10000};

struct update {
    struct device device;
    struct package package;     /* count 0: an image was given */
    struct image_file file;     /* of a package: once the device has said which slot is free */
    struct smp_image_list list; /* as last read */
    uint32_t image;
    bool permanent, confirm;
    const char
        *recovery; /* what shows that serial recovery answered at first; NULL: an application did */
    unsigned wait_seconds;
    int mode;                /* of the bootloader, enum bootloader_mode; negative: not known */
    char previous[32];       /* version that ran before */
    unsigned long boot_mark; /* first log line after the reset */
    unsigned resets;         /* requested since then */
    bool watchdog_told;
    uint64_t reset_ms; /* when the last reset was sent, and whether the device has taken one */
    bool reset_taken;
};
static struct update update;

static const struct smp_image_state *running(const struct update *u)
{
    for (unsigned i = 0; i < u->list.count; i++)
        if (u->list.image[i].image == u->image && u->list.image[i].active)
            return &u->list.image[i];
    return NULL;
}

static bool is_ours(const struct update *u, const struct smp_image_state *s)
{
    return s != NULL && s->image == u->image && s->hash_len == u->file.hash.len &&
           memcmp(s->hash, u->file.hash.bytes, u->file.hash.len) == 0;
}

/* Our image in a slot that is not running, or NULL. */
static const struct smp_image_state *waiting(const struct update *u)
{
    for (unsigned i = 0; i < u->list.count; i++)
        if (!u->list.image[i].active && is_ours(u, &u->list.image[i]))
            return &u->list.image[i];
    return NULL;
}

static int read_list(struct update *u)
{
    enum err e = smp_image_list(&u->device.client, &u->list);
    for (unsigned looks = 0; device_lost(e) && looks < LOOKS_MAX; looks++) {
        int code = device_bring_back(&u->device, e, "the device did not send its image list",
                                     u->wait_seconds, NULL);
        if (code != CLI_DONE)
            return code;
        e = smp_image_list(&u->device.client, &u->list);
    }
    return e == ERR_OK ? CLI_DONE : device_fail(&u->device, "the image list could not be read", e);
}

/* A change of state: what is asked for, and how the list shows that it is done, or that it is of no use any more. */
struct change {
    const struct image_hash *hash; /* NULL: the running image */
    bool confirm;
    bool (*is_settled)(const struct update *u);
    const char *unknown; /* what is not known while no answer comes */
};

/* Ask for it, and look at the list when no answer comes. An exit code for what ends the update; else *e is what the
 * device answered, or the silence. */
static int change_state(struct update *u, const struct change *c, enum err *e)
{
    for (unsigned looks = 0;; looks++) {
        *e = smp_image_set_state(&u->device.client, c->hash != NULL ? c->hash->bytes : NULL,
                                 c->hash != NULL ? c->hash->len : 0, c->confirm, &u->list);
        if (!device_lost(*e) || looks == LOOKS_MAX)
            return CLI_DONE;
        int code = device_bring_back(&u->device, *e, c->unknown, u->wait_seconds, c->unknown);
        if (code == CLI_DONE)
            code = read_list(u);
        if (code != CLI_DONE)
            return code;
        if (c->is_settled(u)) {
            *e = ERR_OK;
            return CLI_DONE;
        }
    }
}

/* For the words only, so without an answer nothing is lost. */
static void learn_mode(struct update *u)
{
    struct smp_bootloader b;
    if (cli_mode.quiet || cli_mode.json || u->mode >= 0)
        return;
    enum err e = smp_bootloader_info(&u->device.client, &b);
    if ((e == ERR_OK || e == ERR_PEER) && b.has_mode)
        u->mode = b.mode;
}

/* ---- the file of a package ---- */

/* Is one of the files what runs already, confirmed or on trial? */
static const struct package_image *running_file(const struct update *u)
{
    const struct smp_image_state *s = running(u);
    for (unsigned i = 0; i < u->package.count && s != NULL; i++) {
        const struct package_image *p = &u->package.image[i];
        if (p->image == u->image && s->hash_len == p->file.hash.len &&
            memcmp(s->hash, p->file.hash.bytes, s->hash_len) == 0)
            return p;
    }
    return NULL;
}

/* Files that run in their slots are for a bootloader that starts them there. Where it does not say what it does, the device
 * judges the first packet. */
static int check_mode(struct update *u)
{
    struct smp_bootloader b;
    enum err e = smp_bootloader_info(&u->device.client, &b);
    if ((e != ERR_OK && e != ERR_PEER) || !b.has_mode)
        return CLI_DONE;
    u->mode = b.mode;
    if (b.mode == BOOTLOADER_DIRECT_XIP || b.mode == BOOTLOADER_DIRECT_XIP_REVERT)
        return CLI_DONE;
    return cli_fail(
        CLI_REFUSED, "the package is not for this device's bootloader",
        cli_text("its images run in the slot that they are in (direct-XIP); the device's "
                 "mode is %s",
                 smp_mode_text(b.mode)),
        "update with an image that was built for that mode (make firmware STRATEGY=...)");
}

/* The file for the slot that does not run; serial recovery takes that for the first slot. */
static int choose_for_free_slot(const struct update *u, const struct package_image **chosen)
{
    const struct smp_image_state *s = running(u);
    unsigned slot = u->recovery == NULL && s != NULL && s->slot % 2 == 0;
    int code = package_choose(&u->package, u->image, slot, chosen);
    if (code == CLI_DONE && (*chosen)->in_place && u->recovery == NULL && s == NULL)
        return cli_fail(
            CLI_REFUSED, "which half of the package is needed is not known",
            "no image of the device's list is marked as active",
            "slipway image slots may tell; unpack the package, and update with the half "
            "for the slot that is free");
    return code;
}

static int choose_file(struct update *u)
{
    const struct package_image *chosen = running_file(u);
    int code = CLI_DONE;
    if (u->package.count == 0)
        return CLI_DONE;
    if (chosen == NULL)
        code = choose_for_free_slot(u, &chosen);
    if (code == CLI_DONE && chosen->in_place && u->recovery == NULL)
        code = check_mode(u);
    if (code != CLI_DONE)
        return code;
    u->file = chosen->file;
    cli_say("image    %s, %zu bytes%s", u->file.path, u->file.blob.len,
            !chosen->in_place   ? ""
            : chosen->slot == 0 ? ", linked for the first slot"
                                : ", linked for the second slot");
    return CLI_DONE;
}

static void tell_package(const struct update *u)
{
    cli_say("package  %s: version %s, %u file%s", u->package.path, u->package.image[0].file.version,
            u->package.count, u->package.count == 1 ? "" : "s");
    for (unsigned i = 1; i < u->package.count; i++)
        if (u->package.image[i].image != u->image && u->package.image[0].image == u->image)
            cli_say("package  image %u of it is not sent: slipway update --image %u",
                    (unsigned)u->package.image[i].image, (unsigned)u->package.image[i].image);
}

static void tell_running(const struct update *u)
{
    static const char *const trial[] = {
        [GOES_BACK_NEVER] = ", not confirmed",
        [GOES_BACK_PERHAPS] = ", not confirmed: it may go back at the next reset",
        [GOES_BACK] = ", not confirmed: it goes back at the next reset"};
    const struct smp_image_state *s = running(u);
    if (s != NULL)
        cli_say("running  %s in slot %u%s", s->version, (unsigned)s->slot,
                s->confirmed ? ", confirmed" : trial[image_goes_back(u->mode)]);
    else
        cli_say("running  the device does not say");
}

/* ---- before: is there anything to do, and may it be done? ---- */

static int check_size(struct update *u)
{
    struct smp_slot_list slots;
    if (smp_image_slots(&u->device.client, &slots) != ERR_OK)
        return CLI_DONE; /* an older server; it judges at the first packet */
    for (unsigned i = 0; i < slots.count; i++) {
        const struct smp_slot_info *s = &slots.slot[i];
        if (s->image == u->image && s->has_max_size && u->file.blob.len > s->max_size)
            return cli_fail(
                CLI_REFUSED, "the image is too large for the slot",
                cli_text("%zu bytes; slot %u takes %u, the rest of its %u is the bootloader's",
                         u->file.blob.len, (unsigned)s->slot, (unsigned)s->max_size,
                         (unsigned)s->size),
                "make the image smaller, or the slots larger (slipway layout show)");
    }
    return CLI_DONE;
}

/* What the device would go back to while our image is on trial, or NULL. */
static const struct smp_image_state *way_back(const struct update *u)
{
    for (unsigned i = 0; i < u->list.count; i++) {
        const struct smp_image_state *s = &u->list.image[i];
        if (s->image == u->image && !s->active && s->confirmed)
            return s;
    }
    return NULL;
}

/* Ours in its slot, where serial recovery puts it; a list without hashes is gone by the version. */
static const struct smp_image_state *in_place(const struct update *u)
{
    for (unsigned i = 0; i < u->list.count; i++) {
        const struct smp_image_state *s = &u->list.image[i];
        bool same_version = s->hash_len == 0 && strcmp(s->version, u->file.version) == 0;
        if (s->slot == 0 && s->image == u->image && (is_ours(u, s) || same_version))
            return s;
    }
    return NULL;
}

static int check_recovery(struct update *u)
{
    cli_say("running  no image, but serial recovery: %s", u->recovery);
    for (unsigned i = 0; i < u->list.count; i++)
        if (u->list.image[i].slot == 0 && u->list.image[i].image == u->image)
            snprintf(u->previous, sizeof u->previous, "%s", u->list.image[i].version);
    if (u->confirm)
        return CLI_DONE;
    return cli_fail(CLI_REFUSED, "serial recovery has no test boot",
                    "it writes the image to the slot that it runs from; there is no way back",
                    "slipway update without --no-confirm");
}

static int check_state(struct update *u)
{
    int code = read_list(u);
    if (code != CLI_DONE)
        return code;
    u->recovery = recovery_evidence(&u->device.client, &u->list);
    code = choose_file(u);
    if (code != CLI_DONE)
        return code;
    if (u->recovery != NULL)
        return check_recovery(u);
    learn_mode(u);
    tell_running(u);
    const struct smp_image_state *s = running(u);
    const struct smp_image_state *before = is_ours(u, s) ? way_back(u) : s;
    snprintf(u->previous, sizeof u->previous, "%s", before != NULL ? before->version : "");
    if (is_ours(u, s) && s->confirmed)
        return cli_fail(CLI_REFUSED, "the device already runs this image, confirmed",
                        cli_text("version %s, the same hash", s->version),
                        "nothing to do; sign a new image to update to");
    if (s != NULL && !s->confirmed && !is_ours(u, s))
        return upload_fail_on_trial(s, NULL);
    return is_ours(u, s) ? CLI_DONE : check_size(u);
}

/* ---- upload and test ---- */

static const char mark_unknown[] = "the device did not say whether it marked the image";

static int say_not_needed(const struct update *u)
{
    cli_say("upload   not needed: slot %u holds the image", (unsigned)waiting(u)->slot);
    return CLI_DONE;
}

/* The file to the device, and what its list says then. *was_there: the device had the whole file already. */
static int upload_file(struct update *u, bool *was_there)
{
    const struct upload_job job = {.data = u->file.blob.data,
                                   .len = (uint32_t)u->file.blob.len,
                                   .image = u->image,
                                   .wait_seconds = u->wait_seconds};
    int code = upload_run(&u->device, &job, was_there);
    return code == CLI_DONE ? read_list(u) : code;
}

static int send_image(struct update *u)
{
    bool was_there;
    int code = upload_file(u, &was_there);
    if (code != CLI_DONE)
        return code;
    if (waiting(u) == NULL)
        return cli_fail(CLI_REFUSED, "the uploaded image is in no slot of the device's list",
                        "the upload was acknowledged, but the list has no image with its hash",
                        "slipway image list; slipway image erase, then update again");
    if (was_there)
        return say_not_needed(u);
    cli_say("upload   slot %u holds version %s", (unsigned)waiting(u)->slot, u->file.version);
    return CLI_DONE;
}

/* A list that has our image is no proof: the list goes by the header and by the hash at the image's end. A swap using
 * offset puts an image where no request finds it, and half an upload over an older image can look whole. So the upload
 * is begun, and a server that has all of the file says so at once. A pending image is left alone: an upload would take
 * the request back. */
static int upload(struct update *u)
{
    bool pending = waiting(u) != NULL && waiting(u)->pending;
    return pending ? say_not_needed(u) : send_image(u);
}

static bool is_marked(const struct update *u)
{
    const struct smp_image_state *s = waiting(u);
    return s != NULL && s->pending && (s->permanent || !u->permanent);
}

static bool same_place(const struct smp_image_state *a, const struct smp_image_state *b)
{
    return a->image == b->image && a->slot == b->slot && a->hash_len == b->hash_len &&
           memcmp(a->hash, b->hash, a->hash_len) == 0;
}

/* Another image that is pending and was not in the list before, or NULL. */
static const struct smp_image_state *marked_instead(const struct update *u,
                                                    const struct smp_image_list *before)
{
    for (unsigned i = 0; i < u->list.count; i++) {
        const struct smp_image_state *s = &u->list.image[i];
        bool was = is_ours(u, s) || !s->pending || s->image != u->image;
        for (unsigned k = 0; k < before->count && !was; k++)
            was = before->image[k].pending && same_place(&before->image[k], s);
        if (!was)
            return s;
    }
    return NULL;
}

/* What came of asking for an erase; error: what the device answered, if e is ERR_PEER. */
struct erased {
    enum err e;
    struct smp_error error;
};

/* Have the device forget that image s is pending. Whether it did is for the list to say. */
static int take_back(struct update *u, struct smp_image_state s, struct erased *erased)
{
    enum err e = smp_image_erase(&u->device.client, (int)(2 * s.image + s.slot % 2));
    *erased = (struct erased){e, u->device.client.error};
    if (!device_lost(e))
        return read_list(u);
    int code =
        device_bring_back(&u->device, e, "the erase of the slot has no answer", u->wait_seconds,
                          "whether the other image is still pending is not known");
    return code == CLI_DONE ? read_list(u) : code;
}

static bool is_pending(const struct update *u, const struct smp_image_state *wanted)
{
    for (unsigned i = 0; i < u->list.count; i++)
        if (u->list.image[i].pending && same_place(&u->list.image[i], wanted))
            return true;
    return false;
}

static int fail_other_pending(const struct smp_image_state *other, const char *evidence,
                              const struct erased *erased)
{
    const char *next;
    if (erased->e == ERR_PEER) {
        evidence = cli_text("%s\nthe device refused to erase the slot: %s", evidence,
                            smp_error_name(&erased->error));
        next = cli_text("slipway reset starts %s%s; then slipway update again", other->version,
                        other->permanent ? "" : ", and a second one goes back");
    } else {
        next = cli_text("slipway image erase --slot %u takes it back, else a reset starts it",
                        (unsigned)(2 * other->image + other->slot % 2));
    }
    return cli_fail(CLI_REFUSED, "another image than the new one is pending", evidence, next);
}

/* An older Zephyr marks a slot, and the bootloader finds another image in it than the one that was listed. */
static int undo(struct update *u, struct smp_image_state other, bool undone)
{
    struct erased erased;
    cli_say("test     the device marked another image instead: %s in slot %u; taking it back",
            other.version, (unsigned)other.slot);
    int code = take_back(u, other, &erased);
    if (code != CLI_DONE)
        return code;
    const char *evidence = cli_text("asked for was %s; the list has %s in slot %u as pending",
                                    u->file.version, other.version, (unsigned)other.slot);
    bool no_erase =
        erased.e == ERR_PEER && erased.error.group == -1 && erased.error.rc == MGMT_ERR_ENOTSUP;
    if (is_pending(u, &other) && !(no_erase && !undone)) /* an upload takes it back, too */
        return fail_other_pending(&other, evidence, &erased);
    if (undone)
        return cli_fail(
            CLI_REFUSED, "the device marks another image than the new one",
            cli_text("asked for was %s; it marked %s in slot %u, twice; that is taken back",
                     u->file.version, other.version, (unsigned)other.slot),
            "slipway image list shows the state; nothing changes at a reset");
    return send_image(u);
}

static int fail_mark(struct update *u, enum err e)
{
    if (e != ERR_OK)
        return device_fail_change(&u->device, e, "the image could not be marked for the next boot",
                                  mark_unknown, "slipway update again, once the device answers");
    return cli_fail(CLI_REFUSED, "the device accepted the mark, but the image is not pending",
                    "its list says so", "slipway image list shows the state");
}

/* Pending for good though nobody asked: a device that runs the newest image, and takes no request. */
static int mark(struct update *u)
{
    const struct change c = {&u->file.hash, u->permanent, is_marked, mark_unknown};
    bool is_done = is_marked(u), undone = false;
    while (!is_done) {
        const struct smp_image_list before = u->list;
        enum err e;
        int code = change_state(u, &c, &e);
        if (code != CLI_DONE)
            return code;
        const struct smp_image_state *other = e == ERR_OK ? marked_instead(u, &before) : NULL;
        is_done = e == ERR_OK && other == NULL && waiting(u) != NULL && waiting(u)->pending;
        if (is_done)
            break;
        code = other != NULL ? undo(u, *other, undone) : fail_mark(u, e);
        if (code != CLI_DONE)
            return code;
        undone |= other != NULL;
    }
    cli_say("test     %s", image_next_boot_text(u->mode, waiting(u)));
    return CLI_DONE;
}

/* ---- reset, and who runs then? ---- */

/* Without an answer the reset has probably arrived: what the device does next tells. */
static int send_reset(struct update *u)
{
    enum err e = smp_reset(&u->device.client, false);
    u->reset_ms = clock_ms();
    u->resets++;
    if (e != ERR_OK && !device_lost(e))
        return device_fail(&u->device, "the device did not accept the reset", e);
    u->reset_taken |= e == ERR_OK;
    if (e == ERR_OK)
        cli_say("reset    waiting up to %u s for the device", u->wait_seconds);
    else
        cli_say("reset    no answer (%s), it may have arrived; waiting up to %u s for the device",
                err_text(e), u->wait_seconds);
    return CLI_DONE;
}

static void mark_boots(struct update *u)
{
    u->boot_mark = u->device.log.count;
    u->resets = 0;
}

/* Our bootloader says why the device was reset, and cannot always tell the watchdog from software: then a boot counts
 * only if we did not ask for it. NULL: the watchdog has not reset the device since our reset; else who may have. */
static const char *reset_by_watchdog(const struct update *u)
{
    static const char *const words[] = {"Reset: ", NULL};
    static const char watchdog[] = "Reset: watchdog", or_software[] = "Reset: watchdog or software";
    const char *p = device_quote(&u->device, u->boot_mark, false, words), *who = NULL;
    for (unsigned boot = 1; p != NULL && (p = strstr(p, words[0])) != NULL; boot++, p++) {
        bool unsure = strncmp(p, or_software, sizeof or_software - 1) == 0;
        if (strncmp(p, watchdog, sizeof watchdog - 1) != 0)
            continue;
        if (!unsure)
            return "the watchdog has";
        if (boot > u->resets)
            who = "the watchdog (or the image itself, by software) has";
    }
    return who;
}

/* As reset_by_watchdog; the first time it is told. */
static const char *remark_watchdog(struct update *u)
{
    const char *who = reset_by_watchdog(u);
    if (who != NULL && !u->watchdog_told) {
        cli_say("reset    %s reset the device: what ran did not feed it in time", who);
        u->watchdog_told = true;
    }
    return who;
}

/* Nothing but our pending image can be started by another reset, so it does no harm. */
static bool reset_was_lost(const struct update *u)
{
    return !u->reset_taken && clock_ms() - u->reset_ms >= RESET_TAKEN_MS;
}

/* ---- serial recovery: in place, and then out of it ---- */

static int upload_in_place(struct update *u)
{
    bool was_there;
    int code = upload_file(u, &was_there);
    if (code == CLI_DONE && in_place(u) != NULL)
        cli_say("upload   slot 0 holds version %s", u->file.version);
    else if (code == CLI_DONE)
        cli_say("upload   done; the list of serial recovery does not have the image yet");
    return code;
}

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
    const char *quoted = device_quote(&u->device, u->boot_mark, true, words);
    const struct log_source log = device_log_source(&u->device.log);
    struct explanation x;
    explain_log(&log, NULL, &x);
    bool held = in_place(u) != NULL || waiting(u) != NULL;
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
static int leave_recovery(struct update *u)
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
            code = read_list(u);
        if (code != CLI_DONE)
            return code;
        recovery = recovery_evidence(&u->device.client, &u->list);
        if (recovery == NULL)
            return CLI_DONE;
        if (in_place(u) == NULL && waiting(u) == NULL)
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
        bool booted = device_has_booted(&u->device, u->boot_mark);
        int code = device_wait(&u->device, u->wait_seconds,
                               "whether the new image was started is not known");
        (void)remark_watchdog(u);
        if (code == CLI_DONE)
            code = read_list(u);
        if (code != CLI_DONE || is_ours(u, running(u)))
            return code;
        if (running(u) == NULL && recovery_evidence(&u->device.client, &u->list) != NULL) {
            cli_say("reset    it is serial recovery that answers; once more, and in silence");
            return leave_recovery(u);
        }
        if (waiting(u) == NULL || !waiting(u)->pending || booted || clock_ms() > end)
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

static int reset(struct update *u)
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
                    u->reset_taken
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
    if (device_quote(&u->device, u->boot_mark, false, revert) != NULL)
        return "the new image was started, and the device went back to the old one";
    const struct smp_image_state *s = running(u);
    if (s == NULL)
        return "after the reset the device does not say what runs: perhaps its serial recovery";
    if (strcmp(s->version, u->previous) != 0)
        return "after the reset neither the new image runs nor the one before";
    return device_has_booted(&u->device, u->boot_mark)
               ? "the bootloader did not start the new image; the old one runs"
               : "the new image does not run after the reset; the old one does";
}

static int prove(struct update *u)
{
    static const char *const words[] = {"mcuboot: ", NULL};
    tell_running(u);
    if (is_ours(u, running(u)))
        return CLI_DONE;
    device_listen(&u->device, 300);
    if (waiting(u) != NULL && waiting(u)->pending && !device_has_booted(&u->device, u->boot_mark))
        return fail_not_reset(u);
    const char *quoted = device_quote(&u->device, u->boot_mark, true, words);
    const struct smp_image_state *s = running(u);
    const bool waits = waiting(u) != NULL && waiting(u)->pending;
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

/* Confirmed, or gone: the device has reset meanwhile and went back. */
static bool confirm_is_settled(const struct update *u)
{
    const struct smp_image_state *s = running(u);
    return !is_ours(u, s) || s->confirmed;
}

static int confirm(struct update *u)
{
    if (!u->confirm || running(u)->confirmed)
        return CLI_DONE;
    /* Without a hash it is image 0 that is confirmed. */
    const struct change c = {u->image != 0 ? &u->file.hash : NULL, true, confirm_is_settled,
                             "the device did not say whether it confirmed the new image"};
    enum err e;
    int code = change_state(u, &c, &e);
    if (code != CLI_DONE)
        return code;
    if (e != ERR_OK)
        return device_fail_change(&u->device, e, "the new image runs, but could not be confirmed",
                                  c.unknown, "slipway update again, once the device answers");
    code = read_list(u);
    if (code != CLI_DONE)
        return code;
    const struct smp_image_state *s = running(u);
    if (!is_ours(u, s))
        return cli_fail(
            CLI_REFUSED, "the new image ran, but no longer does",
            cli_text("running is %s, not %s: the device has reset before the confirmation",
                     s != NULL ? s->version : "an unknown image", u->file.version),
            "look at its console for the reason; then update again");
    if (!s->confirmed)
        return cli_fail(CLI_REFUSED, "the device accepted the confirmation, but does not show it",
                        "the image list has the running image without 'confirmed'",
                        "slipway image confirm, then slipway image list");
    return CLI_DONE;
}

/* ---- the end ---- */

/* Another image that came in with ours, because ours let it wait no longer. */
static void tell_others_on_trial(const struct update *u)
{
    for (unsigned i = 0; i < u->list.count; i++) {
        const struct smp_image_state *s = &u->list.image[i];
        if (s->active && !s->confirmed && s->image != u->image)
            cli_say("image %u came in too, %s, and is not confirmed: slipway image confirm%s",
                    (unsigned)s->image, s->version, s->image == 0 ? "" : " HASH");
    }
}

/* After --no-confirm. */
static void tell_way_back(const struct update *u)
{
    const char *before = *u->previous != '\0' ? u->previous : "the image before";
    const struct smp_image_state *s = running(u);
    if (s != NULL && s->confirmed)
        cli_say("update tested; the device lists it as confirmed by itself: it does not go back");
    else if (image_goes_back(u->mode) == GOES_BACK_NEVER)
        cli_say("update tested; the bootloader of this device never goes back");
    else
        cli_say("update tested, not confirmed: the next reset %s back to %s",
                image_goes_back(u->mode) == GOES_BACK ? "goes" : "may go", before);
}

static int report(const struct update *u)
{
    const char *result = u->confirm ? "confirmed" : "tested";
    if (cli_mode.json) {
        struct json j;
        json_begin(&j, stdout);
        json_string(&j, "update", result);
        json_string(&j, "version", u->file.version);
        json_hex(&j, "hash", u->file.hash.bytes, u->file.hash.len);
        json_string(&j, "previous_version", u->previous);
        json_bool(&j, "recovery", u->recovery != NULL);
        json_finish(&j);
        return CLI_DONE;
    }
    if (!cli_mode.quiet)
        image_list_print(&u->list, NULL);
    tell_others_on_trial(u);
    if (u->confirm)
        cli_say("update confirmed");
    else
        tell_way_back(u);
    return CLI_DONE;
}

static int run_steps(struct update *u)
{
    static int (*const steps[])(struct update *) = {upload, mark, reset, prove, NULL};
    static int (*const in_recovery[])(struct update *) = {upload_in_place, leave_recovery, prove,
                                                          NULL};
    int code = check_state(u);
    int (*const *step)(struct update *) = u->recovery != NULL ? in_recovery : steps;
    bool on_trial = u->recovery == NULL && is_ours(u, running(u)); /* only to be confirmed */
    for (; code == CLI_DONE && !on_trial && *step != NULL; step++)
        code = (*step)(u);
    return code == CLI_DONE ? confirm(u) : code;
}

/* The file that is given: an image, or a package, which its first bytes tell. */
static int load_file(struct update *u, const char *path, const char *key)
{
    struct cli_blob b;
    int code = image_read_file(path, &b);
    if (code != CLI_DONE)
        return code;
    if (zip_is_one(&b)) {
        code = package_read(&u->package, path, &b, key);
        if (code == CLI_DONE)
            tell_package(u);
        return code;
    }
    code = image_file_take(&u->file, path, &b, key);
    if (code == CLI_DONE)
        code =
            image_vectors_check_image(path, u->file.blob.data, u->file.blob.len, &u->file.header);
    if (code == CLI_DONE)
        cli_say("image    %s: version %s, %zu bytes", u->file.path, u->file.version,
                u->file.blob.len);
    return code;
}

static int run_update(const struct cli_args *a)
{
    struct update *u = &update;
    uint64_t image, wait_s;
    memset(u, 0, sizeof *u);
    u->mode = -1;
    u->permanent = cli_has(a, "permanent");
    u->confirm = !cli_has(a, "no-confirm");
    if (u->permanent && !u->confirm)
        return cli_usage(a, "--permanent and --no-confirm contradict each other");
    int code = cli_number(a, "image", 0, 0, 255, &image);
    if (code == CLI_DONE)
        code = cli_number(a, "wait", 120, 1, 3600, &wait_s);
    if (code != CLI_DONE)
        return code;
    u->image = (uint32_t)image;
    u->wait_seconds = (unsigned)wait_s;
    code = load_file(u, a->arg[0], cli_value(a, "key", NULL));
    if (code == CLI_DONE)
        code = device_open(&u->device, a, cli_has(a, "wait") ? u->wait_seconds : 0);
    if (code != CLI_DONE)
        return code;
    code = run_steps(u);
    if (code == CLI_DONE)
        code = report(u);
    device_close(&u->device);
    return code;
}

static const struct cli_option options[] = {
    {"key", 'k', "FILE", "first check that the image is signed with this key (PEM)", 0},
    {"no-confirm", 0, NULL,
     "stop after the test boot: the next reset goes back, where the device can", 0},
    {"permanent", 0, NULL, "start it without a way back instead of test and confirm", 0},
    {"image", 'n', "NUMBER", "image number (default 0)", 0},
    {"wait", 'w', "SECONDS",
     "wait up to SECONDS for the device: at the start (default 0), later (120)", 0},
    {0},
};

const struct cli_command cmd_update = {
    .name = "update",
    .summary = "update a device: check, upload, test, reset, wait, prove, confirm",
    .arguments = "IMAGE",
    .min_args = 1,
    .max_args = 1,
    .options = options,
    .device = true,
    .details =
        "Ends with 'update confirmed' only after the device itself has said that it runs the\n"
        "image with this hash, confirmed. May be repeated after any interruption: Ctrl-C stops an\n"
        "upload between two packets, with exit code 130, and says where the next try goes on.\n"
        "IMAGE is a signed file, .bin or .hex, or a package (slipway package, nRF Connect SDK's\n"
        "dfu_application.zip): of one with a file for each slot the file for the free slot is "
        "sent.\n"
        "- reads standard input. Serial recovery is recognised: then the image goes to the first\n"
        "slot, in place.",
    .example = "slipway update --port /dev/ttyACM0 smp_server.signed.bin",
    .run = run_update,
};
