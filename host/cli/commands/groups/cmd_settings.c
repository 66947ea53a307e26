/* cmd_settings.c - the settings of a device: read, write, delete, commit, load, save. */
#include <string.h>

#include "core/smp/wire/errors.h"
#include "host/cli/commands/commands.h"
#include "host/cli/commands/groups/show.h"
#include "host/client/device.h"
#include "host/client/settings_json.h"
#include "host/client/smp/client_groups.h"
#include "host/client/smp_json_encode.h"

static struct device device;

static int done(int code)
{
    device_close(&device);
    return code;
}

static bool is_answer(enum err e, int group, uint32_t rc)
{
    return e == ERR_PEER && device.client.error.group == group && device.client.error.rc == rc;
}

/* ---- read ---- */

/* Programs in C store texts with their NUL. */
static struct cbor_span without_end(struct cbor_span s)
{
    if (s.len > 1 && s.ptr[s.len - 1] == '\0')
        s.len--;
    return s;
}

static void print_json(const char *name, const struct smp_setting *s)
{
    struct json j;
    json_begin(&j, stdout);
    json_string(&j, "name", name);
    json_hex(&j, "hex", s->value.ptr, s->value.len);
    if (show_is_text(without_end(s->value)))
        json_string(&j, "text", show_text(without_end(s->value)));
    json_number(&j, "size", s->value.len);
    if (s->has_max_size)
        json_number(&j, "max_size", s->max_size);
    json_finish(&j);
}

static int print_setting(const struct cli_args *a, const struct smp_setting *s)
{
    const bool is_text = show_is_text(without_end(s->value));
    if (cli_has(a, "text") && !is_text && s->value.len > 0)
        return cli_fail(CLI_REFUSED, cli_text("the value of %s is not a text", a->arg[0]),
                        cli_text("hex: %s", show_hex(s->value)), "leave --text out");
    if (s->has_max_size && s->value.len >= s->max_size)
        cli_warn(cli_text("the value of %s may be longer", a->arg[0]),
                 cli_text("the device sends at most %u bytes of a value", (unsigned)s->max_size),
                 "enlarge CONFIG_MCUMGR_GRP_SETTINGS_VALUE_LEN in its firmware");
    if (cli_mode.json)
        print_json(a->arg[0], s);
    else if (cli_has(a, "hex"))
        cli_print(stdout, "%s\n", show_hex(s->value));
    else if (is_text || s->value.len == 0)
        cli_print(stdout, "%s\n", show_text(without_end(s->value)));
    else
        cli_print(stdout, "hex: %s\n", show_hex(s->value));
    return CLI_DONE;
}

static int run_read(const struct cli_args *a)
{
    struct smp_setting s;
    uint64_t max_size;
    /* Asked for more than it sends, a server says how much that is; else Zephyr cuts a longer value in silence. */
    int code = cli_number(a, "max-size", SMP_PACKET_MAX, 1, SMP_PACKET_MAX, &max_size);
    if (code == CLI_DONE)
        code = show_check_name(a, 0, "NAME");
    if (code == CLI_DONE && cli_has(a, "hex") && cli_has(a, "text"))
        code = cli_usage(a, "--hex and --text exclude each other");
    if (code == CLI_DONE)
        code = device_open(&device, a, 0);
    if (code != CLI_DONE)
        return code;
    enum err e = smp_settings_read(&device.client, a->arg[0], (uint32_t)max_size, &s);
    return done(e == ERR_OK ? print_setting(a, &s)
                            : device_fail(&device, "the setting could not be read", e));
}

static const struct cli_option read_options[] = {
    {"hex", 0, NULL, "print the value in hexadecimal, whatever it is", 0},
    {"text", 0, NULL, "refuse a value that is not a text", 0},
    {"max-size", 0, "BYTES", "ask for so much of the value (default: what the device sends)", 0},
    {0},
};

const struct cli_command cmd_settings_read = {
    .name = "settings read",
    .summary = "print the value of a setting",
    .arguments = "NAME",
    .min_args = 1,
    .max_args = 1,
    .options = read_options,
    .device = true,
    .details =
        "A value that is a text is printed as one, without the NUL at its end; any other as\n"
        "\"hex: 00ff\". Scripts choose --hex, --text or --json (\"hex\", and \"text\" if it is "
        "one).",
    .example = "slipway settings read serial/number --port /dev/ttyACM0",
    .run = run_read,
};

/* ---- what changes something ---- */

static int report(enum err e, const char *failed, const char *unknown, const char *next,
                  const char *success)
{
    if (e != ERR_OK)
        return done(device_fail_change(&device, e, failed, unknown, next));
    cli_say("%s", success);
    return done(CLI_DONE);
}

/* The bytes to be written. */
static int take_value(const struct cli_args *a, const void **value, size_t *len)
{
    static uint8_t bytes[SMP_PACKET_MAX];
    *value = a->arg[1];
    *len = strlen(a->arg[1]);
    if (!cli_has(a, "hex"))
        return CLI_DONE;
    *value = bytes;
    if (cli_unhex(a->arg[1], bytes, sizeof bytes, len) || a->arg[1][0] == '\0')
        return CLI_DONE;
    return cli_usage(a, "VALUE is not hexadecimal digits in pairs: '%s'", a->arg[1]);
}

/* may_be_text: a server that refuses bytes is asked with a text. */
static enum err write_one(const char *name, const void *value, size_t len, bool may_be_text)
{
    enum err e = smp_settings_write(&device.client, name, value, len, false);
    if (!is_answer(e, -1, MGMT_ERR_EINVAL) || device.client.version != 0 || !may_be_text)
        return e;
    cli_verbose("the device refuses bytes; asking with a text, as Mynewt wants it");
    return smp_settings_write(&device.client, name, value, len, true);
}

/* which: "", or a space and the name. */
static int report_write(enum err e, const char *which, const char *name, const char *success)
{
    return report(e, cli_text("the setting%s could not be written", which),
                  cli_text("no answer: it is not known whether the setting%s is written", which),
                  cli_text("slipway settings read %s shows it; the command may be repeated", name),
                  success);
}

/* The settings of a file, on their way to the device. */
struct batch {
    unsigned written;
    enum err e; /* of the first that was refused */
    char name[SMP_PACKET_MAX];
};

static bool write_next(void *ctx, const char *name, const uint8_t *value, size_t len)
{
    struct batch *b = ctx;
    b->e = write_one(name, value, len, show_is_text((struct cbor_span){value, len}));
    b->written += b->e == ERR_OK;
    snprintf(b->name, sizeof b->name, "%s", name);
    return b->e == ERR_OK;
}

/* The whole file is checked before the device is asked anything. */
static bool is_sound(void *ctx, const char *name, const uint8_t *value, size_t len)
{
    (void)ctx, (void)name, (void)value, (void)len;
    return false;
}

static int write_file(const struct cli_args *a)
{
    enum { FILE_MAX = 1 << 20 };
    static struct batch batch;
    struct cli_blob file;
    char why[200];
    if (a->arg_count > 0 || cli_has(a, "hex"))
        return cli_usage(a, "--file has names and values; NAME, VALUE and --hex do not go with it");
    const char *path = cli_value(a, "file", NULL);
    int code = cli_read_file(path, FILE_MAX, &file);
    if (code != CLI_DONE)
        return code;
    const char *text = (const char *)file.data;
    if (!settings_json_read(text, file.len, is_sound, NULL, why, sizeof why))
        return cli_fail(CLI_BAD_FILE, cli_text("%s has no settings", path), why,
                        "write {\"NAME\": \"text\", \"NAME\": {\"" SMP_JSON_BYTES "\": \"00ff\"}}");
    code = device_open(&device, a, 0);
    if (code != CLI_DONE)
        return code;
    batch = (struct batch){.e = ERR_OK};
    (void)settings_json_read(text, file.len, write_next, &batch, why, sizeof why);
    if (batch.e != ERR_OK && batch.written > 0)
        cli_say("the %u settings before it are written", batch.written);
    return report_write(batch.e, cli_text(" %s", batch.name), batch.name,
                        cli_text("%u settings written", batch.written));
}

static int run_write(const struct cli_args *a)
{
    const void *value;
    size_t len;
    if (cli_has(a, "file"))
        return write_file(a);
    if (a->arg_count < 2)
        return cli_usage(a, "NAME and VALUE are missing, or --file");
    int code = show_check_name(a, 0, "NAME");
    if (code == CLI_DONE)
        code = take_value(a, &value, &len);
    if (code == CLI_DONE)
        code = device_open(&device, a, 0);
    if (code != CLI_DONE)
        return code;
    return report_write(write_one(a->arg[0], value, len, !cli_has(a, "hex")), "", a->arg[0],
                        "written");
}

static const struct cli_option write_options[] = {
    {"hex", 0, NULL, "VALUE is bytes in hexadecimal: 00ff", 0},
    {"file", 'f', "FILE", "JSON with names and values; - is standard input", 0},
    {0},
};

const struct cli_command cmd_settings_write = {
    .name = "settings write",
    .summary = "set the value of a setting in the device's memory",
    .arguments = "[NAME VALUE]",
    .max_args = 2,
    .options = write_options,
    .device = true,
    .details =
        "VALUE goes out as it is typed, without a NUL behind it. It lasts over a reset once\n"
        "slipway settings save has stored it; what settings commit does is the firmware's.\n"
        "A FILE is JSON: {\"net/ip\": \"10.0.0.1\", \"radio/channel\": {\"" SMP_JSON_BYTES
        "\": \"0b\"}}.",
    .example = "slipway settings write serial/number 0815 --port /dev/ttyACM0\n"
               "slipway settings write radio/channel 0b --hex --port /dev/ttyACM0",
    .run = run_write,
};

static int run_delete(const struct cli_args *a)
{
    int code = show_check_name(a, 0, "NAME");
    if (code == CLI_DONE)
        code = device_open(&device, a, 0);
    if (code != CLI_DONE)
        return code;
    const unsigned losses = device.client.losses;
    enum err e = smp_settings_delete(&device.client, a->arg[0]);
    /* A lost answer, and the request that repeats it finds nothing any more. */
    if (device.client.losses != losses &&
        (is_answer(e, SMP_GROUP_SETTINGS, SETTINGS_MGMT_ERR_KEY_NOT_FOUND) ||
         is_answer(e, -1, MGMT_ERR_ENOENT)))
        e = ERR_OK;
    return report(
        e, "the setting could not be deleted",
        "no answer: it is not known whether the setting is deleted",
        cli_text("slipway settings read %s shows it; the command may be repeated", a->arg[0]),
        "deleted");
}

const struct cli_command cmd_settings_delete = {
    .name = "settings delete",
    .summary = "delete a setting",
    .arguments = "NAME",
    .min_args = 1,
    .max_args = 1,
    .device = true,
    .details =
        "Zephyr deletes what is stored; what its firmware has in memory stays until a reset.",
    .example = "slipway settings delete serial/number --port /dev/ttyACM0",
    .run = run_delete,
};

static int run_commit(const struct cli_args *a)
{
    int code = device_open(&device, a, 0);
    if (code != CLI_DONE)
        return code;
    return report(smp_settings_commit(&device.client), "the settings could not be committed",
                  "no answer: it is not known whether the settings are committed",
                  "the command may be repeated", "committed");
}

const struct cli_command cmd_settings_commit = {
    .name = "settings commit",
    .summary = "let the firmware use the settings that were written",
    .arguments = "",
    .device = true,
    .example = "slipway settings commit --port /dev/ttyACM0",
    .run = run_commit,
};

static int run_load(const struct cli_args *a)
{
    int code = device_open(&device, a, 0);
    if (code != CLI_DONE)
        return code;
    return report(smp_settings_load(&device.client), "the settings could not be loaded",
                  "no answer: it is not known whether the settings are loaded",
                  "the command may be repeated", "loaded");
}

const struct cli_command cmd_settings_load = {
    .name = "settings load",
    .summary = "let the device read its stored settings again",
    .arguments = "",
    .device = true,
    .details = "Values that were written and not saved are lost.",
    .example = "slipway settings load --port /dev/ttyACM0",
    .run = run_load,
};

static int run_save(const struct cli_args *a)
{
    const char *name = a->arg_count > 0 ? a->arg[0] : NULL;
    int code = name != NULL ? show_check_name(a, 0, "NAME") : CLI_DONE;
    if (code == CLI_DONE)
        code = device_open(&device, a, 0);
    if (code != CLI_DONE)
        return code;
    return report(smp_settings_save(&device.client, name), "the settings could not be saved",
                  "no answer: it is not known whether the settings are saved",
                  "the command may be repeated", "saved");
}

const struct cli_command cmd_settings_save = {
    .name = "settings save",
    .summary = "store the settings, or one, so that they last over a reset",
    .arguments = "[NAME]",
    .max_args = 1,
    .device = true,
    .details = "A server that does not know NAME (Zephyr up to 4.0) saves all settings.",
    .example = "slipway settings save --port /dev/ttyACM0",
    .run = run_save,
};
