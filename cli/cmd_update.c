/* cmd_update.c - the whole update: check, upload, test, reset, wait, prove, confirm.
 *
 * Each step looks at the device first, so that the command can be repeated after any interruption. */
#include <string.h>

#include "cli/commands.h"
#include "cli/device.h"
#include "cli/image_file.h"
#include "cli/image_print.h"
#include "cli/progress.h"
#include "cli/upload.h"

struct update {
    struct device device;
    struct image_file file;
    struct smp_image_list list; /* as last read */
    uint32_t image;
    bool permanent, confirm;
    unsigned wait_seconds;
    char previous[32];       /* version that ran before */
    unsigned long boot_mark; /* first log line after the reset */
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
    return e == ERR_OK ? CLI_DONE : device_fail(&u->device, "the image list could not be read", e);
}

static void tell_running(const struct update *u)
{
    const struct smp_image_state *s = running(u);
    if (s != NULL)
        cli_say("running  %s in slot %u%s", s->version, (unsigned)s->slot,
                s->confirmed ? ", confirmed" : ", not confirmed: it goes back at the next reset");
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
                cli_text("%zu bytes; slot %u takes %u, the rest of its %u is needed for the "
                         "swap",
                         u->file.blob.len, (unsigned)s->slot, (unsigned)s->max_size,
                         (unsigned)s->size),
                "make the image smaller, or the slots larger (slipway layout show)");
    }
    return CLI_DONE;
}

static int check_state(struct update *u)
{
    int code = read_list(u);
    if (code != CLI_DONE)
        return code;
    tell_running(u);
    const struct smp_image_state *s = running(u);
    snprintf(u->previous, sizeof u->previous, "%s", s != NULL ? s->version : "");
    if (is_ours(u, s) && s->confirmed)
        return cli_fail(CLI_REFUSED, "the device already runs this image, confirmed",
                        cli_text("version %s, the same hash", s->version),
                        "nothing to do; sign a new image to update to");
    if (s != NULL && !s->confirmed && !is_ours(u, s))
        return cli_fail(
            CLI_REFUSED, "the running image is itself on trial",
            cli_text("%s is not confirmed; the other slot holds the image to go back to",
                     s->version),
            "slipway image confirm keeps it; slipway reset goes back");
    return is_ours(u, s) ? CLI_DONE : check_size(u);
}

/* ---- upload and test ---- */

static int upload(struct update *u)
{
    if (waiting(u) != NULL) {
        cli_say("upload   not needed: slot %u holds the image", (unsigned)waiting(u)->slot);
        return CLI_DONE;
    }
    const struct upload_job job = {.data = u->file.blob.data,
                                   .len = (uint32_t)u->file.blob.len,
                                   .image = u->image,
                                   .wait_seconds = u->wait_seconds};
    int code = upload_run(&u->device, &job);
    if (code == CLI_DONE)
        code = read_list(u);
    if (code != CLI_DONE)
        return code;
    if (waiting(u) == NULL)
        return cli_fail(CLI_REFUSED, "the uploaded image is in no slot of the device's list",
                        "the upload was acknowledged, but the list has no image with its hash",
                        "slipway image list; slipway image erase, then update again");
    cli_say("upload   slot %u holds version %s", (unsigned)waiting(u)->slot, u->file.version);
    return CLI_DONE;
}

static int mark(struct update *u)
{
    /* Pending for good though nobody asked: a device that runs the newest image, and takes no request. */
    if (!waiting(u)->pending || (u->permanent && !waiting(u)->permanent)) {
        enum err e = smp_image_set_state(&u->device.client, u->file.hash.bytes, u->file.hash.len,
                                         u->permanent, &u->list);
        if (e != ERR_OK)
            return device_fail(&u->device, "the image could not be marked for the next boot", e);
    }
    if (waiting(u) == NULL || !waiting(u)->pending)
        return cli_fail(CLI_REFUSED, "the device accepted the mark, but the image is not pending",
                        "its list says so", "slipway image list shows the state");
    cli_say("test     the next boot swaps to %s%s", u->file.version,
            waiting(u)->permanent ? ", permanently" : "");
    return CLI_DONE;
}

/* ---- reset, and who runs then? ---- */

/* Has the bootloader spoken since the reset? What the application answers then is from behind it. */
static bool has_booted(const struct update *u)
{
    static const char *const words[] = {"*** Booting", "mcuboot: ", NULL};
    return device_quote(&u->device, u->boot_mark, words) != NULL;
}

/* An answer may still come from before the reset: then our image is still pending. It may be so after it as well, when
 * the bootloader lets it wait for another image. */
static int wait_for_swap(struct update *u)
{
    uint64_t end = clock_ms() + u->wait_seconds * 1000ull;
    for (;;) {
        device_listen(&u->device, 500);
        bool booted = has_booted(u);
        int code = device_wait(&u->device, u->wait_seconds);
        if (code == CLI_DONE)
            code = read_list(u);
        if (code != CLI_DONE || is_ours(u, running(u)))
            return code;
        if (waiting(u) == NULL || !waiting(u)->pending || booted || clock_ms() > end)
            return CLI_DONE;
    }
}

static int reset(struct update *u)
{
    u->boot_mark = u->device.log.count;
    enum err e = smp_reset(&u->device.client, false);
    if (e != ERR_OK)
        return device_fail(&u->device, "the device did not accept the reset", e);
    cli_say("reset    waiting up to %u s for the device", u->wait_seconds);
    return wait_for_swap(u);
}

static int prove(struct update *u)
{
    static const char *const words[] = {"<err>", "<wrn>", "mcuboot: ", NULL};
    tell_running(u);
    if (is_ours(u, running(u)))
        return CLI_DONE;
    device_listen(&u->device, 300);
    const char *quoted = device_quote(&u->device, u->boot_mark, words);
    const struct smp_image_state *s = running(u);
    const bool waits = waiting(u) != NULL && waiting(u)->pending;
    const struct log_source log = device_log_source(&u->device.log);
    struct explanation x;
    explain_log(&log, NULL, &x);
    const char *evidence =
        cli_text("running is %s, not %s%s", s != NULL ? s->version : "an unknown image",
                 u->file.version, waits ? ", which is still pending" : "");
    if (quoted != NULL)
        evidence = cli_text("%s\n%s", evidence, quoted);
    if (x.meaning != NULL)
        evidence = cli_text("%s\n%s", evidence, x.meaning);
    if (x.cause != NULL)
        evidence = cli_text("%s\nlikely cause: %s", evidence, x.cause);
    return cli_fail(CLI_REFUSED, "the bootloader did not start the new image; the old one runs",
                    evidence,
                    x.next != NULL ? x.next
                                   : "slipway verify -k PUBLIC_KEY IMAGE checks the signature; the "
                                     "bootloader's key must be the one that signed");
}

static int confirm(struct update *u)
{
    if (!u->confirm || running(u)->confirmed)
        return CLI_DONE;
    /* Without a hash it is image 0 that is confirmed. */
    const struct image_hash *hash = u->image != 0 ? &u->file.hash : NULL;
    enum err e = smp_image_set_state(&u->device.client, hash ? hash->bytes : NULL,
                                     hash ? hash->len : 0, true, &u->list);
    if (e != ERR_OK)
        return device_fail(&u->device, "the new image runs, but could not be confirmed", e);
    int code = read_list(u);
    if (code != CLI_DONE)
        return code;
    if (!is_ours(u, running(u)) || !running(u)->confirmed)
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
        json_finish(&j);
        return CLI_DONE;
    }
    if (!cli_mode.quiet)
        image_list_print(&u->list);
    tell_others_on_trial(u);
    if (u->confirm)
        cli_say("update confirmed");
    else
        cli_say("update tested, not confirmed: the next reset goes back to %s", u->previous);
    return CLI_DONE;
}

static int run_steps(struct update *u)
{
    int (*const steps[])(struct update *) = {upload, mark, reset, prove};
    int code = check_state(u);
    bool on_trial = code == CLI_DONE && is_ours(u, running(u)); /* only to be confirmed */
    for (size_t i = 0; i < ARRAY_LEN(steps) && code == CLI_DONE && !on_trial; i++)
        code = steps[i](u);
    return code == CLI_DONE ? confirm(u) : code;
}

static int run_update(const struct cli_args *a)
{
    struct update *u = &update;
    uint64_t image, wait_s;
    u->permanent = cli_has(a, "permanent");
    u->confirm = !cli_has(a, "no-confirm");
    if (u->permanent && !u->confirm)
        return cli_usage(a, "--permanent and --no-confirm contradict each other");
    int code = cli_number(a, "image", 0, 0, 255, &image);
    if (code == CLI_DONE)
        code = cli_number(a, "wait", 120, 1, 3600, &wait_s);
    if (code == CLI_DONE)
        code = image_file_load(&u->file, a->arg[0], cli_value(a, "key", NULL));
    if (code != CLI_DONE)
        return code;
    u->image = (uint32_t)image;
    u->wait_seconds = (unsigned)wait_s;
    cli_say("image    %s: version %s, %zu bytes", u->file.path, u->file.version, u->file.blob.len);
    code = device_open(&u->device, a);
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
    {"no-confirm", 0, NULL, "stop after the test boot: the next reset goes back", 0},
    {"permanent", 0, NULL, "swap without a way back instead of test and confirm", 0},
    {"image", 'n', "NUMBER", "image number (default 0)", 0},
    {"wait", 'w', "SECONDS", "wait so long for the device to come back (default 120)", 0},
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
        "image with this hash, confirmed. May be repeated after any interruption.",
    .example = "slipway update --port /dev/ttyACM0 smp_server.signed.bin",
    .run = run_update,
};
