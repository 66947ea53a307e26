/* cmd_fs.c - files of a device: status, hash, types, close; upload and download. */
#include <string.h>

#include "core/base/crc.h"
#include "core/image/image.h"
#include "host/cli/commands/commands.h"
#include "host/cli/commands/groups/show.h"
#include "host/cli/core/progress.h"
#include "host/client/device.h"
#include "host/client/smp/client_groups.h"

#define FILE_MAX (256u << 20) /* no device has room for more */
/* How long the device may be away in a transfer, and how often without a byte of progress in between. */
#define WAIT_S       60u
#define FAILURES_MAX 5u

static struct device device;

static int done(int code)
{
    device_close(&device);
    return code;
}

/* ---- status, hash, types, close ---- */

static int run_status(const struct cli_args *a)
{
    uint32_t len;
    int code = show_check_name(a, 0, "REMOTE");
    if (code == CLI_DONE)
        code = device_open(&device, a, 0);
    if (code != CLI_DONE)
        return code;
    enum err e = smp_fs_status(&device.client, a->arg[0], &len);
    if (e != ERR_OK)
        return done(device_fail(&device, "the file's status could not be read", e));
    if (cli_mode.json) {
        struct json j;
        json_begin(&j, stdout);
        json_string(&j, "name", a->arg[0]);
        json_number(&j, "len", len);
        json_finish(&j);
    } else {
        cli_print(stdout, "%u bytes\n", (unsigned)len);
    }
    return done(CLI_DONE);
}

const struct cli_command cmd_fs_status = {
    .name = "fs status",
    .summary = "show the size of a file on the device",
    .arguments = "REMOTE",
    .min_args = 1,
    .max_args = 1,
    .device = true,
    .example = "slipway fs status /lfs/log.txt --port /dev/ttyACM0",
    .run = run_status,
};

static void print_hash(const char *name, const struct smp_fs_hash *h)
{
    const char *output = h->is_number ? cli_text("%08x", (unsigned)h->number) : show_hex(h->bytes);
    if (!cli_mode.json) {
        cli_print(stdout, "%s %s  %s\n", show_word(h->type), output, cli_one_line(name));
        return;
    }
    struct json j;
    json_begin(&j, stdout);
    json_string(&j, "name", name);
    json_string(&j, "type", show_text(h->type));
    json_number(&j, "off", h->off);
    json_number(&j, "len", h->len);
    if (h->is_number)
        json_number(&j, "output", h->number);
    else
        json_string(&j, "output", output);
    json_finish(&j);
}

static int run_hash(const struct cli_args *a)
{
    struct smp_fs_hash h;
    uint64_t off, len;
    int code = show_check_name(a, 0, "REMOTE");
    if (code == CLI_DONE)
        code = cli_number(a, "offset", 0, 0, UINT32_MAX, &off);
    if (code == CLI_DONE)
        code = cli_number(a, "length", 0, 1, UINT32_MAX, &len);
    if (code == CLI_DONE)
        code = device_open(&device, a, 0);
    if (code != CLI_DONE)
        return code;
    enum err e = smp_fs_hash(&device.client, a->arg[0], cli_value(a, "type", NULL), (uint32_t)off,
                             (uint32_t)len, &h);
    if (e != ERR_OK)
        return done(device_fail(&device, "the device did not hash the file", e));
    print_hash(a->arg[0], &h);
    return done(CLI_DONE);
}

static const struct cli_option hash_options[] = {
    {"type", 0, "TYPE", "crc32, sha256 or what slipway fs types lists (default: the device's)", 0},
    {"offset", 0, "BYTES", "hash from this byte on (default 0)", 0},
    {"length", 0, "BYTES", "hash so many bytes (default: to the end)", 0},
    {0},
};

const struct cli_command cmd_fs_hash = {
    .name = "fs hash",
    .summary = "let the device hash a file",
    .arguments = "REMOTE",
    .min_args = 1,
    .max_args = 1,
    .options = hash_options,
    .device = true,
    .example = "slipway fs hash /lfs/log.txt --type sha256 --port /dev/ttyACM0",
    .run = run_hash,
};

static struct smp_fs_type_list types;

static const char *format_text(uint32_t format)
{
    return format == 0 ? "number" : format == 1 ? "bytes" : cli_text("%u", (unsigned)format);
}

static void print_types(void)
{
    enum { COLUMNS = 3 };
    static const char *const heads[COLUMNS] = {"type", "bytes", "format"};
    const char **cells = cli_memory((types.count + 1) * sizeof heads), **to = cells + COLUMNS;
    memcpy(cells, heads, sizeof heads);
    for (unsigned i = 0; i < types.count; i++, to += COLUMNS) {
        to[0] = show_word(types.type[i].name);
        to[1] = cli_text("%u", (unsigned)types.type[i].size);
        to[2] = format_text(types.type[i].format);
    }
    show_table(cells, types.count + 1, COLUMNS, 2);
}

static void print_json_types(void)
{
    struct json j;
    json_begin(&j, stdout);
    json_array(&j, "types");
    for (unsigned i = 0; i < types.count; i++) {
        json_object(&j, NULL);
        json_string(&j, "name", show_text(types.type[i].name));
        json_number(&j, "format", types.type[i].format);
        json_number(&j, "size", types.type[i].size);
        json_end(&j);
    }
    json_finish(&j);
}

static int run_types(const struct cli_args *a)
{
    int code = device_open(&device, a, 0);
    if (code != CLI_DONE)
        return code;
    enum err e = smp_fs_types(&device.client, &types);
    if (e != ERR_OK)
        return done(device_fail(&device, "the device did not list its hashes", e));
    if (cli_mode.json)
        print_json_types();
    else
        print_types();
    return done(CLI_DONE);
}

const struct cli_command cmd_fs_types = {
    .name = "fs types",
    .summary = "list the hashes and checksums that the device has for files",
    .arguments = "",
    .device = true,
    .example = "slipway fs types --port /dev/ttyACM0",
    .run = run_types,
};

static int run_close(const struct cli_args *a)
{
    int code = device_open(&device, a, 0);
    if (code != CLI_DONE)
        return code;
    enum err e = smp_fs_close(&device.client);
    if (e != ERR_OK)
        return done(device_fail_change(&device, e, "the device did not close its file",
                                       "no answer: it is not known whether the file is closed",
                                       "the command may be repeated"));
    cli_say("closed");
    return done(CLI_DONE);
}

const struct cli_command cmd_fs_close = {
    .name = "fs close",
    .summary = "let the device close the file of an unfinished transfer",
    .arguments = "",
    .device = true,
    .example = "slipway fs close --port /dev/ttyACM0",
    .run = run_close,
};

/* ---- comparing ---- */

enum compared { SAME, DIFFERENT, NOT_COMPARED };

static enum compared compare_hash(const struct smp_fs_hash *h, const uint8_t *data, uint32_t len)
{
    struct sha256 s;
    uint8_t digest[SHA256_SIZE];
    if (h->off != 0 || h->len != len)
        return DIFFERENT;
    if (h->is_number)
        return h->number == crc32_zlib(0, data, len) ? SAME : DIFFERENT;
    sha256_init(&s);
    sha256_update(&s, data, len);
    sha256_final(&s, digest);
    return h->bytes.len == sizeof digest && memcmp(h->bytes.ptr, digest, sizeof digest) == 0
               ? SAME
               : DIFFERENT;
}

/* Are the first len bytes of the device's file these? By SHA-256, or CRC-32 where the device lacks that. */
static enum compared compare(const char *name, const uint8_t *data, uint32_t len)
{
    static const char *const ours[] = {"sha256", "crc32"};
    struct smp_fs_hash h;
    for (size_t i = 0; i < ARRAY_LEN(ours); i++) {
        enum err e = smp_fs_hash(&device.client, name, ours[i], 0, len, &h);
        if (e == ERR_OK && cbor_text_is(h.type, ours[i]) && h.is_number == (i == 1))
            return compare_hash(&h, data, len);
        if (e != ERR_PEER)
            return NOT_COMPARED;
    }
    return NOT_COMPARED;
}

static int differs(const char *next)
{
    return cli_fail(CLI_REFUSED, "the device's file is not what was transferred",
                    "its hash, as the device computes it, is another one", next);
}

/* ---- transfers ---- */

/* A step failed, for the *failures-th time in a row: if the line has gone, wait for the device. CLI_DONE: go on. */
static int bring_back(enum err e, unsigned *failures, const char *what, uint32_t off)
{
    if (!smp_is_lost(e) || ++*failures > FAILURES_MAX) {
        progress_make_room();
        return device_fail(&device, cli_text("the %s failed at byte %u", what, (unsigned)off), e);
    }
    return device_bring_back(
        &device, e, cli_text("the device went away at byte %u of the %s", (unsigned)off, what),
        WAIT_S, NULL);
}

/* The bytes of the file that an earlier upload has brought, if they are the file's: there the upload goes on. */
static uint32_t find_start(const char *name, const struct cli_blob *file)
{
    uint32_t len = 0;
    (void)!smp_fs_close(&device.client); /* the status of an open file may be an old one */
    if (smp_fs_status(&device.client, name, &len) != ERR_OK || len == 0 || len > file->len)
        return 0;
    return compare(name, file->data, len) == SAME ? len : 0;
}

static int upload(struct smp_fs_upload *u)
{
    struct progress p;
    unsigned failures = 0;
    progress_begin(&p, "upload", u->off, u->len);
    while (!u->done) {
        const uint32_t before = u->best, size = device.client.packet_max;
        enum err e = smp_fs_upload_step(&device.client, u);
        if (device.client.packet_max != size)
            device_report_packet_size(&device);
        failures = u->best > before ? 0 : failures;
        int code = e == ERR_OK ? CLI_DONE : bring_back(e, &failures, "upload", u->off);
        if (code != CLI_DONE)
            return code;
        progress_update(&p, u->off);
    }
    progress_end(&p, u->off);
    return CLI_DONE;
}

static int report_upload(const struct smp_fs_upload *u, uint32_t start)
{
    (void)!smp_fs_close(&device.client);
    const bool was_there = start > 0 && start == u->len; /* find_start has compared it */
    const enum compared c = was_there    ? SAME
                            : u->len > 0 ? compare(u->name, u->data, u->len)
                                         : NOT_COMPARED;
    if (c == DIFFERENT)
        return differs("upload it again; if it repeats, look at the device's file system");
    if (cli_mode.json) {
        struct json j;
        json_begin(&j, stdout);
        json_number(&j, "uploaded", u->len);
        json_number(&j, "resumed_at", start);
        json_bool(&j, "compared", c == SAME);
        json_finish(&j);
    } else if (was_there) {
        cli_say("the device has this file already: %s, %u bytes", cli_one_line(u->name),
                (unsigned)u->len);
    } else {
        cli_say("uploaded %s, %u bytes%s", cli_one_line(u->name), (unsigned)u->len,
                c == SAME ? ", and compared by hash" : "");
    }
    return CLI_DONE;
}

static int run_upload(const struct cli_args *a)
{
    struct cli_blob file;
    int code = show_check_name(a, 1, "REMOTE");
    if (code == CLI_DONE)
        code = cli_read_file(a->arg[0], FILE_MAX, &file);
    if (code == CLI_DONE)
        code = device_open(&device, a, 0);
    if (code != CLI_DONE)
        return code;
    const uint32_t start = find_start(a->arg[1], &file), len = (uint32_t)file.len;
    struct smp_fs_upload u = {.name = a->arg[1],
                              .data = file.data,
                              .len = len,
                              .off = start,
                              .best = start,
                              .done = start > 0 && start == len};
    if (start > 0 && !u.done)
        cli_say("the device has %u of %u bytes; the upload goes on from there", (unsigned)start,
                (unsigned)len);
    code = u.done ? CLI_DONE : upload(&u);
    return done(code == CLI_DONE ? report_upload(&u, start) : code);
}

const struct cli_command cmd_fs_upload = {
    .name = "fs upload",
    .summary = "copy a file to the device",
    .arguments = "LOCAL REMOTE",
    .min_args = 2,
    .max_args = 2,
    .device = true,
    .details =
        "REMOTE is a whole path on the device, /lfs/name. A file that is there is replaced; an\n"
        "upload that was interrupted goes on where it stopped, if the device has a hash to show\n"
        "that what it has is the file's beginning. LOCAL may be -, standard input.",
    .example = "slipway fs upload config.bin /lfs/config.bin --port /dev/ttyACM0",
    .run = run_upload,
};

/* What has come, for the comparison. */
struct received {
    struct cli_output file;
    uint32_t crc;
    struct sha256 sha;
};

static void take(struct received *r, struct cbor_span data)
{
    cli_output_put(&r->file, data.ptr, data.len);
    r->crc = crc32_zlib(r->crc, data.ptr, data.len);
    sha256_update(&r->sha, data.ptr, data.len);
}

static int download(struct smp_fs_download *d, struct received *r)
{
    struct progress p;
    struct cbor_span data;
    unsigned failures = 0;
    while (!d->done && r->file.error == 0) {
        const bool first = !d->has_len;
        enum err e = smp_fs_download_step(&device.client, d, &data);
        int code = e == ERR_OK ? CLI_DONE : bring_back(e, &failures, "download", d->off);
        if (code != CLI_DONE)
            return code;
        if (e != ERR_OK)
            continue;
        if (first)
            progress_begin(&p, "download", 0, d->len);
        failures = 0;
        take(r, data);
        progress_update(&p, d->off);
    }
    if (d->done)
        progress_end(&p, d->off);
    return CLI_DONE;
}

/* False if the device's hash says that other bytes came; true also if it has none. */
static bool is_what_was_sent(const struct smp_fs_download *d, struct received *r, bool *compared)
{
    struct smp_fs_hash h;
    uint8_t digest[SHA256_SIZE];
    *compared = true;
    if (d->len > 0 && smp_fs_hash(&device.client, d->name, "sha256", 0, 0, &h) == ERR_OK &&
        cbor_text_is(h.type, "sha256") && !h.is_number) {
        sha256_final(&r->sha, digest);
        return h.bytes.len == sizeof digest && memcmp(h.bytes.ptr, digest, sizeof digest) == 0;
    }
    if (d->len > 0 && smp_fs_hash(&device.client, d->name, "crc32", 0, 0, &h) == ERR_OK &&
        cbor_text_is(h.type, "crc32") && h.is_number)
        return h.number == r->crc;
    *compared = false;
    return true;
}

static int run_download(const struct cli_args *a)
{
    struct smp_fs_download d = {.name = a->arg[0]};
    struct received r = {.crc = 0};
    bool compared = false;
    int code = show_check_name(a, 0, "REMOTE");
    if (code == CLI_DONE)
        code = device_open(&device, a, 0);
    if (code != CLI_DONE)
        return code;
    cli_output_begin(&r.file, a->arg[1], 0644);
    sha256_init(&r.sha);
    code = download(&d, &r);
    if (code == CLI_DONE && d.len == 0)
        cli_output_put(&r.file, "", 0);
    if (code == CLI_DONE && r.file.error == 0 && !is_what_was_sent(&d, &r, &compared))
        code = differs("download it again; does the device write to it meanwhile?");
    if (code != CLI_DONE) {
        cli_output_abandon(&r.file);
        return done(code);
    }
    code = cli_output_close(&r.file);
    if (code == CLI_DONE && cli_mode.json) {
        struct json j;
        json_begin(&j, stdout);
        json_number(&j, "downloaded", d.len);
        json_bool(&j, "compared", compared);
        json_finish(&j);
    } else if (code == CLI_DONE && !cli_is_stream(a->arg[1])) {
        cli_say("downloaded %s, %u bytes%s", cli_one_line(a->arg[0]), (unsigned)d.len,
                compared ? ", and compared by hash" : "");
    }
    return done(code);
}

const struct cli_command cmd_fs_download = {
    .name = "fs download",
    .summary = "copy a file from the device",
    .arguments = "REMOTE LOCAL",
    .min_args = 2,
    .max_args = 2,
    .device = true,
    .details =
        "REMOTE is a whole path on the device, /lfs/name. LOCAL is replaced once all of it is\n"
        "there and, where the device has a hash, compared; /dev/stdout takes it as it comes. Over "
        "UDP a device\n"
        "whose buffers (slipway params) exceed the network's packets may not get through: build "
        "its\n"
        "firmware with CONFIG_MCUMGR_TRANSPORT_NETBUF_SIZE=1472.",
    .example = "slipway fs download /lfs/log.txt log.txt --port /dev/ttyACM0",
    .run = run_download,
};
