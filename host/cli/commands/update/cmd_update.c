/* cmd_update.c - the whole update: check, upload, test, reset, wait, prove, confirm.
 *
 * Each step looks at the device first, so that the command can be repeated after any interruption. A request without an
 * answer may have arrived or not: the device is looked at, and what it then says decides. */
#include <string.h>

#include "host/cli/commands/commands.h"
#include "host/cli/commands/update/update.h"
#include "host/client/image_print.h"
#include "host/client/smp/recovery.h"
#include "host/client/upload.h"

static struct update update;

void tell_running(const struct update *u)
{
    static const char *const trial[] = {
        [GOES_BACK_NEVER] = ", not confirmed",
        [GOES_BACK_PERHAPS] = ", not confirmed: it may go back at the next reset",
        [GOES_BACK] = ", not confirmed: it goes back at the next reset"};
    const struct smp_image_state *s = list_running(u);
    if (s != NULL)
        cli_say("running  %s in slot %u%s", s->version, (unsigned)s->slot,
                s->confirmed ? ", confirmed" : trial[image_goes_back(u->mode)]);
    else
        cli_say("running  the device does not say");
}

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
    int code = list_read(u);
    if (code != CLI_DONE)
        return code;
    u->recovery = recovery_evidence(&u->device.client, &u->list);
    code = file_choose(u);
    if (code != CLI_DONE)
        return code;
    if (u->recovery != NULL)
        return check_recovery(u);
    if (!cli_mode.quiet && !cli_mode.json) /* it is for the words only */
        ask_mode(u);
    tell_running(u);
    const struct smp_image_state *s = list_running(u);
    const struct smp_image_state *before = list_is_ours(u, s) ? way_back(u) : s;
    snprintf(u->previous, sizeof u->previous, "%s", before != NULL ? before->version : "");
    if (list_is_ours(u, s) && s->confirmed)
        return cli_fail(CLI_REFUSED, "the device already runs this image, confirmed",
                        cli_text("version %s, the same hash", s->version),
                        "nothing to do; sign a new image to update to");
    if (s != NULL && !s->confirmed && !list_is_ours(u, s))
        return upload_fail_on_trial(s, NULL);
    return list_is_ours(u, s) ? CLI_DONE : check_size(u);
}

/* ---- the confirmation ---- */

/* Confirmed, or gone: the device has reset meanwhile and went back. */
static bool confirm_is_settled(const struct update *u)
{
    const struct smp_image_state *s = list_running(u);
    return !list_is_ours(u, s) || s->confirmed;
}

static int step_confirm(struct update *u)
{
    if (!u->confirm || list_running(u)->confirmed)
        return CLI_DONE;
    /* Without a hash it is image 0 that is confirmed. */
    const struct change c = {u->image != 0 ? &u->file.hash : NULL, true, confirm_is_settled,
                             "the device did not say whether it confirmed the new image"};
    enum err e;
    int code = list_change(u, &c, &e);
    if (code != CLI_DONE)
        return code;
    if (e != ERR_OK)
        return device_fail_change(&u->device, e, "the new image runs, but could not be confirmed",
                                  c.unknown, "slipway update again, once the device answers");
    code = list_read(u);
    if (code != CLI_DONE)
        return code;
    const struct smp_image_state *s = list_running(u);
    if (!list_is_ours(u, s))
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
    const struct smp_image_state *s = list_running(u);
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
    static int (*const steps[])(struct update *) = {step_upload, step_mark, step_reset, step_prove,
                                                    NULL};
    static int (*const in_recovery[])(struct update *) = {step_upload_in_place, step_leave_recovery,
                                                          step_prove, NULL};
    int code = check_state(u);
    int (*const *step)(struct update *) = u->recovery != NULL ? in_recovery : steps;
    bool on_trial =
        u->recovery == NULL && list_is_ours(u, list_running(u)); /* only to be confirmed */
    for (; code == CLI_DONE && !on_trial && *step != NULL; step++)
        code = (*step)(u);
    return code == CLI_DONE ? step_confirm(u) : code;
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
    code = file_load(u, a->arg[0], cli_value(a, "key", NULL));
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
