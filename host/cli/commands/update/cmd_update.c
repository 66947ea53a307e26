/* cmd_update.c - the whole update: check, upload, test, reset, wait, prove, confirm (host/client/update). */
#include <string.h>

#include "host/cli/commands/commands.h"
#include "host/cli/commands/update/update.h"
#include "host/client/image_print.h"

static struct update_command command;

/* Another image that came in with ours, because ours let it wait no longer. */
static void tell_others_on_trial(const struct update *u)
{
    for (unsigned i = 0; i < u->list.count; i++) {
        const struct smp_image_state *s = &u->list.image[i];
        if (s->active && !s->confirmed && s->image != u->goal.image)
            cli_say("image %u came in too, %s, and is not confirmed: slipway image confirm%s",
                    (unsigned)s->image, s->version, s->image == 0 ? "" : " HASH");
    }
}

/* After --no-confirm. */
static void tell_way_back(const struct update *u)
{
    const char *before = *u->previous != '\0' ? u->previous : "the image before";
    const struct smp_image_state *s = update_running(u);
    if (s != NULL && s->confirmed)
        cli_say("update tested; the device lists it as confirmed by itself: it does not go back");
    else if (image_goes_back(u->mode) == GOES_BACK_NEVER)
        cli_say("update tested; the bootloader of this device never goes back");
    else
        cli_say("update tested, not confirmed: the next reset %s back to %s",
                image_goes_back(u->mode) == GOES_BACK ? "goes" : "may go", before);
}

static void print_json(const struct update *u)
{
    struct json j;
    json_begin(&j, stdout);
    json_string(&j, "update", u->goal.confirm ? "confirmed" : "tested");
    json_string(&j, "version", u->goal.version);
    json_hex(&j, "hash", u->goal.hash, u->goal.hash_len);
    json_string(&j, "previous_version", u->previous);
    json_bool(&j, "recovery", u->began_in_recovery);
    json_finish(&j);
}

static void tell_end(const struct update *u)
{
    if (cli_mode.json) {
        print_json(u);
        return;
    }
    if (!cli_mode.quiet)
        image_list_print(&u->list, NULL);
    tell_others_on_trial(u);
    if (u->goal.confirm)
        cli_say("update confirmed");
    else
        tell_way_back(u);
}

static int run_orders(struct update_command *c)
{
    struct update_result r;
    while (c->update.end == UPDATE_GOES_ON) {
        update_drive(&c->drive, &c->update, &r);
        update_took(&c->update, &r);
    }
    int code = update_report(&c->drive, &c->update);
    if (code == CLI_DONE)
        tell_end(&c->update);
    return code;
}

static void begin(struct update_command *c, const struct update_goal *goal)
{
    c->drive = (struct update_drive){.device = &c->device, .choose = file_choose, .ctx = c};
    update_begin(&c->update, goal);
    c->update.news = update_tell;
    c->update.ctx = &c->drive;
    if (c->package.count > 0)
        return;
    c->drive.data = c->file.blob.data;
    update_choose(&c->update, c->file.hash.bytes, c->file.hash.len, c->file.version,
                  (uint32_t)c->file.blob.len);
}

static int run_update(const struct cli_args *a)
{
    struct update_command *c = &command;
    uint64_t image, wait_s;
    struct update_goal goal = {.permanent = cli_has(a, "permanent"),
                               .confirm = !cli_has(a, "no-confirm")};
    memset(c, 0, sizeof *c);
    if (goal.permanent && !goal.confirm)
        return cli_usage(a, "--permanent and --no-confirm contradict each other");
    int code = cli_number(a, "image", 0, 0, 255, &image);
    if (code == CLI_DONE)
        code = cli_number(a, "wait", 120, 1, 3600, &wait_s);
    if (code != CLI_DONE)
        return code;
    goal.image = (uint32_t)image;
    goal.wait_ms = (uint32_t)wait_s * 1000;
    code = file_load(c, a->arg[0], cli_value(a, "key", NULL), goal.image);
    if (code == CLI_DONE)
        code = device_open(&c->device, a, cli_has(a, "wait") ? (unsigned)wait_s : 0);
    if (code != CLI_DONE)
        return code;
    begin(c, &goal);
    code = run_orders(c);
    device_close(&c->device);
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
