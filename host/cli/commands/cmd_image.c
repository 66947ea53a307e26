/* cmd_image.c - mcumgr's words for images: list, upload, test, confirm, erase, slots. */
#include <string.h>

#include "core/smp/wire/errors.h"
#include "host/cli/commands/commands.h"
#include "host/client/device.h"
#include "host/client/image_print.h"
#include "host/client/smp/recovery.h"
#include "host/client/upload.h"
#include "host/image/image_file.h"
#include "host/image/image_part.h"

static struct device device;

static const char look_again[] =
    "slipway image list shows it, once the device answers; the command may be repeated";

static int done(int code)
{
    device_close(&device);
    return code;
}

static int run_list(const struct cli_args *a)
{
    struct smp_image_list list;
    int code = device_open(&device, a, 0);
    if (code != CLI_DONE)
        return code;
    enum err e = smp_image_list(&device.client, &list);
    if (e != ERR_OK)
        return done(device_fail(&device, "the image list could not be read", e));
    image_list_print(&list, recovery_evidence(&device.client, &list));
    image_list_explain(&list);
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

/* Recovery writes where the image is to run, and starts nothing. Whether it holds it is for its list to say. */
static void tell_of_recovery(const struct image_file *f)
{
    struct smp_image_list list;
    if (cli_mode.json || cli_mode.quiet || smp_image_list(&device.client, &list) != ERR_OK)
        return;
    const char *recovery = recovery_evidence(&device.client, &list);
    if (recovery == NULL)
        return;
    bool listed = false;
    for (unsigned i = 0; i < list.count; i++)
        listed |= list.image[i].hash_len == f->hash.len &&
                  memcmp(list.image[i].hash, f->hash.bytes, f->hash.len) == 0;
    cli_say("this is serial recovery: %s", recovery);
    cli_say(listed ? "it has written the image to its first slot: slipway reset starts it"
                   : "its list does not have the image yet: slipway reset --wait 30 shows whether "
                     "it runs");
}

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
        code = image_vectors_check_image(a->arg[0], f.blob.data, f.blob.len, &f.header);
    if (code == CLI_DONE)
        code = device_open(&device, a, cli_has(a, "wait") ? (unsigned)wait_s : 0);
    if (code != CLI_DONE)
        return code;
    const struct upload_job job = {.data = f.blob.data,
                                   .len = (uint32_t)f.blob.len,
                                   .image = (uint32_t)image,
                                   .upgrade = cli_has(a, "upgrade"),
                                   .wait_seconds = (unsigned)wait_s};
    bool was_there;
    code = upload_run(&device, &job, &was_there);
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
        cli_say(was_there ? "upload not needed: the device holds %s, hash %s"
                          : "uploaded %s, hash %s",
                f.version, hash);
        tell_of_recovery(&f);
    }
    return done(code);
}

static const struct cli_option upload_options[] = {
    {"image", 'n', "NUMBER", "image number (default 0)", 0},
    {"upgrade", 'u', NULL, "ask the device to refuse an image that is not newer", 0},
    {"wait", 'w', "SECONDS",
     "wait up to SECONDS for the device: at the start (default 0), after a break (60)", 0},
    {0},
};

const struct cli_command cmd_image_upload = {
    .name = "image upload",
    .summary = "upload a signed image into the secondary slot (serial recovery: the first)",
    .arguments = "IMAGE",
    .min_args = 1,
    .max_args = 1,
    .options = upload_options,
    .device = true,
    .details =
        "An interrupted upload resumes where it stopped, as long as the device kept running.\n"
        "Ctrl-C stops it between two packets, with exit code 130, and says what the next try "
        "does.\n"
        "`slipway update` does this and everything that follows.\n"
        "IMAGE is a signed file, .bin or .hex; - reads standard input.",
    .example = "slipway image upload --port /dev/ttyACM0 smp_server.signed.bin",
    .run = run_upload,
};

/* The image with this hash, if the device lists it as one that cannot be started. */
static const struct smp_image_state *find_unbootable(const struct smp_image_list *list,
                                                     const struct image_hash *hash)
{
    for (unsigned i = 0; i < list->count; i++) {
        const struct smp_image_state *s = &list->image[i];
        if (s->says_not_bootable && s->hash_len == hash->len &&
            memcmp(s->hash, hash->bytes, hash->len) == 0)
            return s;
    }
    return NULL;
}

/* Shared by test and confirm. */
struct set_state_texts {
    const char *what, *unknown; /* if it failed; if no answer came */
};

/* A device may list an image and then not find it by its hash: the image lies where the bootloader does not look. */
static int set_state_failed(enum err e, const struct image_hash *hash,
                            const struct set_state_texts *texts)
{
    struct smp_image_list list;
    const struct smp_error error = device.client.error;
    if (e == ERR_PEER && error.group == SMP_GROUP_IMAGE &&
        error.rc == IMG_MGMT_ERR_HASH_NOT_FOUND &&
        smp_image_list(&device.client, &list) == ERR_OK) {
        const struct smp_image_state *s = find_unbootable(&list, hash);
        if (s != NULL)
            return cli_fail(
                CLI_REFUSED, texts->what, image_unbootable_text(s),
                "slipway image upload IMAGE, then repeat this command; slipway update does both");
    }
    device.client.error = error;
    return device_fail_change(&device, e, texts->what, texts->unknown, look_again);
}

static int set_state(const struct cli_args *a, bool confirm, const struct set_state_texts *texts)
{
    struct image_hash hash = {0};
    struct smp_image_list list;
    int code = a->arg_count > 0 ? image_hash_argument(a->arg[0], &hash) : CLI_DONE;
    if (code == CLI_DONE)
        code = device_open(&device, a, 0);
    if (code != CLI_DONE)
        return code;
    enum err e = smp_image_set_state(&device.client, hash.bytes, hash.len, confirm, &list);
    if (e != ERR_OK)
        return done(set_state_failed(e, &hash, texts));
    if (!cli_mode.quiet)
        image_list_print(&list, NULL);
    return done(CLI_DONE);
}

static int run_test(const struct cli_args *a)
{
    static const struct set_state_texts texts = {
        "the image could not be marked for a test",
        "no answer: it is not known whether the image is marked for a test"};
    return set_state(a, false, &texts);
}

const struct cli_command cmd_image_test = {
    .name = "image test",
    .summary = "test an image at the next reset; it reverts unless it is confirmed",
    .arguments = "HASH|IMAGE",
    .min_args = 1,
    .max_args = 1,
    .device = true,
    .details = "Name the image by its hash (slipway image list) or by its file.",
    .example = "slipway image test --port /dev/ttyACM0 smp_server.signed.bin",
    .run = run_test,
};

static int run_confirm(const struct cli_args *a)
{
    static const struct set_state_texts texts = {
        "the image could not be confirmed",
        "no answer: it is not known whether the image is confirmed"};
    return set_state(a, true, &texts);
}

const struct cli_command cmd_image_confirm = {
    .name = "image confirm",
    .summary = "confirm the running image, or make the named one permanent",
    .arguments = "[HASH|IMAGE]",
    .max_args = 1,
    .device = true,
    .details = "Name the image by its hash (slipway image list) or by its file.",
    .example = "slipway image confirm --port /dev/ttyACM0",
    .run = run_confirm,
};

static int run_erase(const struct cli_args *a)
{
    uint64_t slot;
    int code = cli_number(a, "slot", 0, 0, 255, &slot);
    if (code == CLI_DONE)
        code = device_open(&device, a, 0);
    if (code != CLI_DONE)
        return code;
    enum err e = smp_image_erase(&device.client, cli_has(a, "slot") ? (int)slot : -1);
    if (e != ERR_OK)
        return done(device_fail_change(&device, e, "the slot could not be erased",
                                       "no answer: it is not known whether the slot is erased",
                                       look_again));
    cli_say("erased");
    return done(CLI_DONE);
}

static const struct cli_option erase_options[] = {
    {"slot", 's', "NUMBER", "slot number (default: the slot that is not running)", 0},
    {0},
};

const struct cli_command cmd_image_erase = {
    .name = "image erase",
    .summary = "erase the slot that is not running; a pending image in it is cancelled",
    .arguments = "",
    .options = erase_options,
    .device = true,
    .example = "slipway image erase --port /dev/ttyACM0",
    .run = run_erase,
};

static int run_slots(const struct cli_args *a)
{
    struct smp_slot_list list;
    int code = device_open(&device, a, 0);
    if (code != CLI_DONE)
        return code;
    enum err e = smp_image_slots(&device.client, &list);
    if (e != ERR_OK)
        return done(device_fail(&device, "the slots could not be read", e));
    slot_list_print(&list);
    const char *recovery = cli_mode.json || cli_mode.quiet ? NULL : recovery_ask(&device.client);
    if (recovery != NULL)
        cli_say("this is serial recovery: %s; an upload goes to slot 0", recovery);
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
