/* cmd_device.c - mcumgr's words for a whole device: echo, params, bootloader, info, reset. */
#include <string.h>

#include "core/smp/server/boot_info.h"
#include "host/cli/commands/commands.h"
#include "host/client/device.h"
#include "host/client/smp/recovery.h"

/* Large: the client's buffers are in it. One command runs per process. */
static struct device device;

/* Close the device and pass the code on. */
static int done(int code)
{
    device_close(&device);
    return code;
}

static int print_text(const char *key, const char *value)
{
    if (cli_mode.json) {
        struct json j;
        json_begin(&j, stdout);
        json_string(&j, key, value);
        json_finish(&j);
    } else {
        cli_print(stdout, "%s\n", cli_one_line(value)); /* the result itself: also with --quiet */
    }
    return CLI_DONE;
}

static int run_echo(const struct cli_args *a)
{
    char reply[SMP_PACKET_MAX];
    int code = device_open(&device, a, 0);
    if (code != CLI_DONE)
        return code;
    enum err e = smp_echo(&device.client, a->arg[0], reply, sizeof reply);
    if (e != ERR_OK)
        return done(device_fail(&device, "echo failed", e));
    if (strcmp(reply, a->arg[0]) != 0)
        return done(cli_fail(CLI_REFUSED, "the device sent back a different text",
                             cli_text("'%s'", cli_one_line(reply)),
                             "slipway params shows whether an SMP server answers on this line"));
    return done(print_text("r", reply));
}

const struct cli_command cmd_echo = {
    .name = "echo",
    .summary = "send a text to the device and print what comes back",
    .arguments = "TEXT",
    .min_args = 1,
    .max_args = 1,
    .device = true,
    .example = "slipway echo --port /dev/ttyACM0 hello",
    .run = run_echo,
};

static int run_params(const struct cli_args *a)
{
    uint32_t size, count;
    int code = device_open(&device, a, 0);
    if (code != CLI_DONE)
        return code;
    enum err e = smp_params(&device.client, &size, &count);
    if (e != ERR_OK)
        return done(device_fail(&device, "the device did not report its buffer sizes", e));
    if (cli_mode.json) {
        struct json j;
        json_begin(&j, stdout);
        json_number(&j, "buf_size", size);
        json_number(&j, "buf_count", count);
        json_finish(&j);
    } else {
        cli_print(stdout, "buf_size: %u\nbuf_count: %u\n", (unsigned)size, (unsigned)count);
    }
    return done(CLI_DONE);
}

const struct cli_command cmd_params = {
    .name = "params",
    .summary = "show the size and number of the server's buffers",
    .arguments = "",
    .device = true,
    .example = "slipway params --udp 192.0.2.1",
    .run = run_params,
};

/* MCUboot's number for a kind of signature or recovery, in words. */
static const char *signature_text(int signature)
{
    static const char *const names[] = {"none", "RSA", "ECDSA P-256", "Ed25519"};
    if (signature == BOOT_INFO_OTHER_SIGNATURE)
        return "ECDSA P-384, for which MCUboot has no number";
    return signature < (int)ARRAY_LEN(names) ? names[signature] : "unknown";
}

static const char *recovery_text(int recovery)
{
    static const char *const names[] = {"none", "serial", "USB DFU"};
    return recovery < (int)ARRAY_LEN(names) ? names[recovery] : "unknown";
}

static void json_bootloader(const struct smp_bootloader *b)
{
    struct json j;
    json_begin(&j, stdout);
    json_string(&j, "bootloader", b->name);
    if (b->has_mode) {
        json_integer(&j, "mode", b->mode);
        json_string(&j, "mode_text", smp_mode_text(b->mode));
        json_bool(&j, "no-downgrade", b->no_downgrade);
    }
    if (b->signature >= 0)
        json_integer(&j, "signature_type", b->signature);
    if (b->recovery >= 0)
        json_integer(&j, "recovery", b->recovery);
    if (b->running_slot >= 0)
        json_integer(&j, "running_slot", b->running_slot);
    if (*b->version != '\0')
        json_string(&j, "bootloader_version", b->version);
    if (b->has_sbom)
        json_hex(&j, "sbom", b->sbom, sizeof b->sbom);
    json_array(&j, "images");
    for (unsigned i = 0; i < b->image_count; i++) {
        const struct smp_bootloader_image *im = &b->image[i];
        json_object(&j, NULL);
        json_number(&j, "image", im->image);
        if (im->has_max_size)
            json_number(&j, "max_application_size", im->max_size);
        if (im->has_counter)
            json_number(&j, "security_counter", im->counter);
        json_end(&j);
    }
    json_finish(&j);
}

static const char *sha256_text(const uint8_t sha256[SHA256_SIZE])
{
    char text[2 * SHA256_SIZE + 1];
    cli_hex(text, sha256, SHA256_SIZE);
    return cli_text("%s", text);
}

static void print_bootloader_image(const struct smp_bootloader_image *im)
{
    cli_print(stdout, "image %u:", (unsigned)im->image);
    if (im->has_max_size)
        cli_print(stdout, " at most %u bytes", (unsigned)im->max_size);
    if (im->has_counter)
        cli_print(stdout, "%s security counter %u or more", im->has_max_size ? "," : "",
                  (unsigned)im->counter);
    cli_print(stdout, "\n");
}

static int print_bootloader(const struct smp_bootloader *b)
{
    if (cli_mode.json) {
        json_bootloader(b);
        return CLI_DONE;
    }
    cli_print(stdout, "bootloader: %s%s%s\n", b->name, *b->version != '\0' ? " " : "", b->version);
    if (b->has_mode)
        cli_print(stdout, "mode: %d (%s)%s\n", b->mode, smp_mode_text(b->mode),
                  b->no_downgrade ? ", no downgrade" : "");
    if (b->signature >= 0)
        cli_print(stdout, "signature: %d (%s)\n", b->signature, signature_text(b->signature));
    if (b->recovery >= 0)
        cli_print(stdout, "recovery: %d (%s)\n", b->recovery, recovery_text(b->recovery));
    if (b->running_slot >= 0)
        cli_print(stdout, "running slot: %d\n", b->running_slot);
    if (b->has_sbom)
        cli_print(stdout, "SBOM of the running image: %s\n", sha256_text(b->sbom));
    for (unsigned i = 0; i < b->image_count; i++)
        print_bootloader_image(&b->image[i]);
    return CLI_DONE;
}

/* The application answers, from the running image's protected area. */
static int run_sbom(void)
{
    uint8_t sha256[SHA256_SIZE];
    enum err e = smp_sbom(&device.client, sha256);
    if (e == ERR_OK)
        return print_text("sbom", sha256_text(sha256));
    if (e == ERR_PEER)
        return cli_fail(
            CLI_REFUSED, "the device does not name the SBOM of the image that it runs",
            smp_error_name(&device.client.error),
            "sign with --sbom; slipway image list has the hash of the image, and slipway "
            "dumpinfo that of a file");
    return device_fail(&device, "the device did not name its SBOM", e);
}

static int run_bootloader(const struct cli_args *a)
{
    struct smp_bootloader b;
    const bool sbom = a->arg_count > 0;
    if (sbom && strcmp(a->arg[0], "sbom") != 0)
        return cli_usage(a, "unknown query '%s': sbom", a->arg[0]);
    int code = device_open(&device, a, 0);
    if (code != CLI_DONE)
        return code;
    if (sbom)
        return done(run_sbom());
    enum err e = smp_bootloader_info(&device.client, &b);
    return done(e == ERR_OK ? print_bootloader(&b)
                            : device_fail(&device, "the device did not name its bootloader", e));
}

const struct cli_command cmd_bootloader = {
    .name = "bootloader",
    .summary = "show the device's bootloader: name, mode, signature type, limits",
    .arguments = "[sbom]",
    .max_args = 1,
    .device = true,
    .details = "sbom: only the SHA-256 of the running image's SBOM (docs/sbom.md), which sha256sum "
               "finds\n"
               "among the files that were kept.",
    .example = "slipway bootloader --port /dev/ttyACM0\n"
               "slipway bootloader sbom --port /dev/ttyACM0",
    .run = run_bootloader,
};

static int run_info(const struct cli_args *a)
{
    char reply[1024];
    int code = device_open(&device, a, 0);
    if (code != CLI_DONE)
        return code;
    const char *format = a->arg_count > 0 ? a->arg[0] : cli_value(a, "format", "a");
    enum err e = smp_os_info(&device.client, format, reply, sizeof reply);
    return done(e == ERR_OK
                    ? print_text("output", reply)
                    : device_fail(&device, "the device did not report its system information", e));
}

static const struct cli_option info_options[] = {
    {"format", 0, "CHARS", "fields: s n r v b m p i o, or a for all (default)", 0},
    {0},
};

const struct cli_command cmd_info = {
    .name = "info",
    .summary = "show the system's name, version, build date, machine and board",
    .arguments = "[FORMAT]",
    .max_args = 1,
    .options = info_options,
    .device = true,
    .details = "s kernel, n node, r release, v version, b build date, m machine, p processor,\n"
               "i board, o operating system, a all. The device may know fewer.",
    .example = "slipway info --port /dev/ttyACM0",
    .run = run_info,
};

/* Zephyr's number (retention boot mode), and ours. */
#define BOOT_MODE_RECOVERY 1u

/* No answer, and no line of a boot on the console. */
static int fail_reset(const char *unknown, enum err e)
{
    return device_fail_change(&device, e, "the device did not accept the reset", unknown,
                              "slipway image list shows which image runs; a second reset reverts "
                              "an image that is on trial by then");
}

/* The device is back. Is it where the boot mode sends it? */
static int check_boot_mode(const struct cli_args *a, uint64_t boot_mode)
{
    const char *recovery = recovery_ask(&device.client);
    if (recovery != NULL)
        cli_say("the device is back, in serial recovery: %s", recovery);
    else if (cli_has(a, "boot-mode") && boot_mode == BOOT_MODE_RECOVERY)
        return cli_fail(CLI_REFUSED, "the device is back, but not in serial recovery",
                        "nothing that it answers shows recovery; a server without boot modes "
                        "resets all the same",
                        "the application needs CONFIG_RETENTION_BOOT_MODE, MCUboot "
                        "CONFIG_BOOT_SERIAL_BOOT_MODE; else its button or pin");
    else
        cli_say("the device is back");
    return CLI_DONE;
}

static int run_reset(const struct cli_args *a)
{
    uint64_t wait_s, boot_mode;
    int code = cli_number(a, "wait", 0, 1, 3600, &wait_s);
    if (code == CLI_DONE)
        code = cli_number(a, "boot-mode", 0, 0, UINT8_MAX, &boot_mode);
    if (code == CLI_DONE)
        code = device_open(&device, a, (unsigned)wait_s);
    if (code != CLI_DONE)
        return code;
    const unsigned long mark = device.log.count;
    const enum err e = smp_reset_to(&device.client, cli_has(a, "force"),
                                    cli_has(a, "boot-mode") ? (int)boot_mode : -1);
    bool known = e == ERR_OK || device_has_booted(&device, mark);
    if (!known && (wait_s == 0 || !smp_is_lost(e)))
        return done(fail_reset("no answer: it is not known whether the device resets", e));
    if (known)
        cli_say("the device resets");
    if (wait_s == 0)
        return done(CLI_DONE);
    device_listen(&device, 1000); /* it goes on answering for 250 ms */
    code = device_wait(
        &device, (unsigned)wait_s,
        known ? NULL : "no answer to the reset: it is not known whether the request arrived");
    if (code != CLI_DONE)
        return done(code);
    if (!known && !device_has_booted(&device, mark))
        return done(fail_reset(
            "the device answers, but it is not known whether it has reset: the reset had no answer",
            e));
    return done(check_boot_mode(a, boot_mode));
}

static const struct cli_option reset_options[] = {
    {"force", 'f', NULL, "reset even if the application objects", 0},
    {"boot-mode", 0, "NUMBER", "mode that the bootloader starts in: 1 serial recovery, 0 none", 0},
    {"wait", 'w', "SECONDS",
     "wait up to SECONDS for the device, before and after the reset (default: do not)", 0},
    {0},
};

const struct cli_command cmd_reset = {
    .name = "reset",
    .summary = "reset the device (and so start a pending image)",
    .arguments = "",
    .options = reset_options,
    .device = true,
    .example = "slipway reset --port /dev/ttyACM0 --wait 60\n"
               "slipway reset --port /dev/ttyACM0 --boot-mode 1 --wait 60",
    .run = run_reset,
};
