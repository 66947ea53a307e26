/* cmd_image.c - mcumgr's words for images: list, upload, test, confirm, erase, slots. */
#include "cli/commands.h"
#include "cli/device.h"
#include "cli/image_file.h"
#include "cli/image_print.h"
#include "cli/upload.h"

static struct device device;

static int done(int code)
{
    device_close(&device);
    return code;
}

static int run_list(const struct cli_args *a)
{
    struct smp_image_list list;
    int code = device_open(&device, a);
    if (code != CLI_DONE)
        return code;
    enum err e = smp_image_list(&device.client, &list);
    if (e != ERR_OK)
        return done(device_fail(&device, "the image list could not be read", e));
    image_list_print(&list);
    return done(CLI_DONE);
}

const struct cli_command cmd_image_list = {
    .name = "image list",
    .summary = "show the images in the slots, with state and hash",
    .arguments = "",
    .device = true,
    .example = "slipway image list --port /dev/ttyACM0",
    .run = run_list,
};

static int run_upload(const struct cli_args *a)
{
    struct image_file f;
    uint64_t image, wait_s;
    int code = cli_number(a, "image", 0, 0, 255, &image);
    if (code == CLI_DONE)
        code = cli_number(a, "wait", 60, 1, 3600, &wait_s);
    if (code == CLI_DONE)
        code = image_file_load(&f, a->arg[0], NULL);
    if (code == CLI_DONE)
        code = device_open(&device, a);
    if (code != CLI_DONE)
        return code;
    const struct upload_job job = {f.blob.data, (uint32_t)f.blob.len, (uint32_t)image,
                                   cli_has(a, "upgrade"), (unsigned)wait_s};
    code = upload_run(&device, &job);
    if (code == CLI_DONE && cli_mode.json) {
        struct json j;
        json_begin(&j, stdout);
        json_number(&j, "uploaded", f.blob.len);
        json_string(&j, "version", f.version);
        json_hex(&j, "hash", f.hash.bytes, f.hash.len);
        json_finish(&j);
    } else if (code == CLI_DONE) {
        char hash[2 * IMAGE_HASH_MAX + 1];
        cli_hex(hash, f.hash.bytes, f.hash.len);
        cli_say("uploaded %s, hash %s", f.version, hash);
    }
    return done(code);
}

static const struct cli_option upload_options[] = {
    {"image", 'n', "NUMBER", "image number (default 0)", 0},
    {"upgrade", 'u', NULL, "the device shall refuse an image that is not newer", 0},
    {"wait", 'w', "SECONDS", "wait so long for a device that goes away (default 60)", 0},
    {0},
};

const struct cli_command cmd_image_upload = {
    .name = "image upload",
    .summary = "upload a signed image into the secondary slot",
    .arguments = "IMAGE",
    .min_args = 1,
    .max_args = 1,
    .options = upload_options,
    .device = true,
    .details =
        "An upload that was interrupted goes on where it stopped, as long as the device kept\n"
        "running. `slipway update` does this and all that follows.",
    .example = "slipway image upload --port /dev/ttyACM0 smp_server.signed.bin",
    .run = run_upload,
};

/* Shared by test and confirm. */
static int set_state(const struct cli_args *a, bool confirm, const char *what)
{
    struct image_hash hash = {0};
    struct smp_image_list list;
    int code = a->arg_count > 0 ? image_hash_argument(a->arg[0], &hash) : CLI_DONE;
    if (code == CLI_DONE)
        code = device_open(&device, a);
    if (code != CLI_DONE)
        return code;
    enum err e = smp_image_set_state(&device.client, hash.bytes, hash.len, confirm, &list);
    if (e != ERR_OK)
        return done(device_fail(&device, what, e));
    if (!cli_mode.quiet)
        image_list_print(&list);
    return done(CLI_DONE);
}

static int run_test(const struct cli_args *a)
{
    return set_state(a, false, "the image could not be marked for a test");
}

const struct cli_command cmd_image_test = {
    .name = "image test",
    .summary = "boot an image once at the next reset",
    .arguments = "HASH|IMAGE",
    .min_args = 1,
    .max_args = 1,
    .device = true,
    .details = "The image is named by its hash (slipway image list) or by its file.",
    .example = "slipway image test --port /dev/ttyACM0 smp_server.signed.bin",
    .run = run_test,
};

static int run_confirm(const struct cli_args *a)
{
    return set_state(a, true, "the image could not be confirmed");
}

const struct cli_command cmd_image_confirm = {
    .name = "image confirm",
    .summary = "keep the running image, or make the one that is named permanent",
    .arguments = "[HASH|IMAGE]",
    .max_args = 1,
    .device = true,
    .details = "The image is named by its hash (slipway image list) or by its file.",
    .example = "slipway image confirm --port /dev/ttyACM0",
    .run = run_confirm,
};

static int run_erase(const struct cli_args *a)
{
    uint64_t slot;
    int code = cli_number(a, "slot", 0, 0, 255, &slot);
    if (code == CLI_DONE)
        code = device_open(&device, a);
    if (code != CLI_DONE)
        return code;
    enum err e = smp_image_erase(&device.client, cli_has(a, "slot") ? (int)slot : -1);
    if (e != ERR_OK)
        return done(device_fail(&device, "the slot could not be erased", e));
    cli_say("erased");
    return done(CLI_DONE);
}

static const struct cli_option erase_options[] = {
    {"slot", 's', "NUMBER", "slot (default: the one that is not running)", 0},
    {0},
};

const struct cli_command cmd_image_erase = {
    .name = "image erase",
    .summary = "erase the slot that is not in use (takes back a pending swap)",
    .arguments = "",
    .options = erase_options,
    .device = true,
    .example = "slipway image erase --port /dev/ttyACM0",
    .run = run_erase,
};

static int run_slots(const struct cli_args *a)
{
    struct smp_slot_list list;
    int code = device_open(&device, a);
    if (code != CLI_DONE)
        return code;
    enum err e = smp_image_slots(&device.client, &list);
    if (e != ERR_OK)
        return done(device_fail(&device, "the slots could not be read", e));
    slot_list_print(&list);
    return done(CLI_DONE);
}

const struct cli_command cmd_image_slots = {
    .name = "image slots",
    .summary = "show the slots, their sizes, and the largest image",
    .arguments = "",
    .device = true,
    .example = "slipway image slots --port /dev/ttyACM0",
    .run = run_slots,
};
