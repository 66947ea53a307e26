#include "testing/client/fake_groups.h"

#include <stdio.h>
#include <string.h>

#include "core/base/crc.h"
#include "core/image/image.h"
#include "core/smp/wire/cbor_map.h"
#include "core/smp/wire/errors.h"

#define SETTINGS_MAX 8u
#define NAME_MAX_LEN 32u /* CONFIG_MCUMGR_GRP_SETTINGS_NAME_LEN, the NUL included */
#define CHUNK        100u

struct fake_groups fake_groups;

static struct setting {
    char name[NAME_MAX_LEN];
    uint8_t value[FAKE_SETTING_MAX];
    size_t len;
} settings[SETTINGS_MAX];

#define UNUSED (void)s, (void)q, (void)r

/* ---- stat ---- */

enum { STAT_NOT_FOUND = 3 }; /* as Zephyr 4.4.0 answers for an unknown group */

static int stat_show(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    static const struct cbor_key keys[] = {{"name", CBOR_TEXT}};
    struct cbor_value v[1];
    UNUSED;
    if (cbor_map_decode(q->body, q->body_len, keys, v, 1, NULL) != ERR_OK || !v[0].present)
        return MGMT_ERR_EINVAL;
    if (cbor_text_is(v[0].s, "flash_sim_stats"))
        return MGMT_ERR_EMSGSIZE;
    if (!cbor_text_is(v[0].s, "smp_svr_stats"))
        return smp_reply_error(r, STAT_NOT_FOUND);
    cbor_put_text(&r->cbor, "name", "smp_svr_stats", 13);
    cbor_put_key(&r->cbor, "fields");
    cbor_open_map(&r->cbor);
    cbor_put_uint(&r->cbor, "ticks", 4294967295u);
    cbor_put_uint(&r->cbor, "s1", 0);
    cbor_close_map(&r->cbor);
    return MGMT_ERR_EOK;
}

static int stat_list(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    UNUSED;
    cbor_put_key(&r->cbor, "stat_list");
    cbor_open_list(&r->cbor);
    cbor_put_text(&r->cbor, NULL, "smp_svr_stats", 13);
    cbor_put_text(&r->cbor, NULL, "flash_sim_stats", 15);
    cbor_close_list(&r->cbor);
    return MGMT_ERR_EOK;
}

static const struct smp_command stat_commands[] = {{.read = stat_show}, {.read = stat_list}};
static const uint8_t stat_v1[] = {0, 1, 5, 5, 3, 1};

/* ---- settings ---- */

static struct setting *find_setting(struct cbor_span name)
{
    for (unsigned i = 0; i < fake_groups.settings_count; i++)
        if (cbor_text_is(name, settings[i].name))
            return &settings[i];
    return NULL;
}

static bool put_setting(struct cbor_span name, const void *value, size_t len)
{
    struct setting *at = find_setting(name);
    if (at == NULL && fake_groups.settings_count == SETTINGS_MAX)
        return false;
    if (at == NULL) {
        at = &settings[fake_groups.settings_count++];
        memcpy(at->name, name.ptr, name.len);
        at->name[name.len] = '\0';
    }
    memcpy(at->value, value, len);
    at->len = len;
    return true;
}

static int settings_read(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    static const struct cbor_key keys[] = {{"name", CBOR_TEXT}, {"max_size", CBOR_UINT}};
    struct cbor_value v[2];
    UNUSED;
    if (cbor_map_decode(q->body, q->body_len, keys, v, 2, NULL) != ERR_OK || !v[0].present ||
        v[0].s.len == 0)
        return MGMT_ERR_EINVAL;
    if (v[0].s.len >= NAME_MAX_LEN)
        return smp_reply_error(r, SETTINGS_MGMT_ERR_KEY_TOO_LONG);
    const struct setting *at = find_setting(v[0].s);
    if (at == NULL)
        return smp_reply_error(r, SETTINGS_MGMT_ERR_KEY_NOT_FOUND);
    size_t len = v[1].present && v[1].u < at->len ? v[1].u : at->len;
    if (fake_groups.settings_are_texts)
        cbor_put_text(&r->cbor, "val", (const char *)at->value, len);
    else
        cbor_put_bytes(&r->cbor, "val", at->value, len);
    if (v[1].present && v[1].u > FAKE_SETTING_MAX)
        cbor_put_uint(&r->cbor, "max_size", FAKE_SETTING_MAX);
    return MGMT_ERR_EOK;
}

static int settings_write(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    const struct cbor_key keys[] = {
        {"name", CBOR_TEXT}, {"val", fake_groups.settings_are_texts ? CBOR_TEXT : CBOR_BYTES}};
    struct cbor_value v[2];
    UNUSED;
    if (cbor_map_decode(q->body, q->body_len, keys, v, 2, NULL) != ERR_OK || !v[0].present ||
        !v[1].present || v[0].s.len == 0)
        return MGMT_ERR_EINVAL;
    if (v[0].s.len >= NAME_MAX_LEN)
        return smp_reply_error(r, SETTINGS_MGMT_ERR_KEY_TOO_LONG);
    if (v[1].s.len > FAKE_SETTING_MAX || !put_setting(v[0].s, v[1].s.ptr, v[1].s.len))
        return smp_reply_error(r, SETTINGS_MGMT_ERR_WRITE_NOT_SUPPORTED);
    return MGMT_ERR_EOK;
}

static int settings_delete(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    static const struct cbor_key keys[] = {{"name", CBOR_TEXT}};
    struct cbor_value v[1];
    UNUSED;
    if (cbor_map_decode(q->body, q->body_len, keys, v, 1, NULL) != ERR_OK || !v[0].present)
        return MGMT_ERR_EINVAL;
    struct setting *at = find_setting(v[0].s);
    if (at == NULL)
        return smp_reply_error(r, SETTINGS_MGMT_ERR_KEY_NOT_FOUND);
    *at = settings[--fake_groups.settings_count];
    return MGMT_ERR_EOK;
}

static int settings_commit(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    UNUSED;
    fake_groups.commits++;
    return MGMT_ERR_EOK;
}

static int settings_load(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    UNUSED;
    fake_groups.loads++;
    return MGMT_ERR_EOK;
}

static int settings_save(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    UNUSED;
    fake_groups.saves++;
    return MGMT_ERR_EOK;
}

static const struct smp_command settings_commands[] = {{settings_read, settings_write},
                                                       {.write = settings_delete},
                                                       {.write = settings_commit},
                                                       {settings_load, settings_save}};
static const uint8_t settings_v1[] = {0, 1, 3, 5, 5, 1, 1, 1, 1};

/* ---- fs ---- */

enum {
    FILE_INVALID_NAME = 2,
    FILE_NOT_FOUND = 3,
    FILE_WRITE_FAILED = 10,
    FILE_OFFSET_NOT_VALID = 11,
    HASH_NOT_FOUND = 13,
    FILE_EMPTY = 16
};

static bool is_the_file(struct cbor_span name)
{
    return fake_groups.file_name[0] != '\0' && cbor_text_is(name, fake_groups.file_name);
}

static int fs_download(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    static const struct cbor_key keys[] = {{"off", CBOR_UINT}, {"name", CBOR_TEXT}};
    struct cbor_value v[2];
    UNUSED;
    if (cbor_map_decode(q->body, q->body_len, keys, v, 2, NULL) != ERR_OK || !v[0].present ||
        !v[1].present)
        return MGMT_ERR_EINVAL;
    if (!is_the_file(v[1].s))
        return smp_reply_error(r, FILE_NOT_FOUND);
    const uint32_t off = v[0].u;
    if (off > 0 && fake_groups.file_shrinks)
        fake_groups.file_len = CHUNK;
    const uint32_t left = off < fake_groups.file_len ? fake_groups.file_len - off : 0;
    cbor_put_uint(&r->cbor, "off", off);
    cbor_put_bytes(&r->cbor, "data", fake_groups.file + (left > 0 ? off : 0),
                   left < CHUNK ? left : CHUNK);
    if (off == 0)
        cbor_put_uint(&r->cbor, "len", fake_groups.file_len);
    return MGMT_ERR_EOK;
}

static int wrong_offset(const struct smp_request *q, struct smp_reply *r)
{
    int rc = smp_reply_error(r, FILE_OFFSET_NOT_VALID);
    if (q->header.version > 0)
        cbor_put_uint(&r->cbor, "len", fake_groups.file_len);
    return rc;
}

static int fs_upload(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    enum { OFF, DATA, NAME, LEN, COUNT };
    static const struct cbor_key keys[COUNT] = {[OFF] = {"off", CBOR_UINT},
                                                [DATA] = {"data", CBOR_BYTES},
                                                [NAME] = {"name", CBOR_TEXT},
                                                [LEN] = {"len", CBOR_UINT}};
    struct cbor_value v[COUNT];
    UNUSED;
    if (cbor_map_decode(q->body, q->body_len, keys, v, COUNT, NULL) != ERR_OK || !v[OFF].present ||
        !v[DATA].present || !v[NAME].present)
        return MGMT_ERR_EINVAL;
    if (v[NAME].s.len >= sizeof fake_groups.file_name || v[NAME].s.len == 0 ||
        v[NAME].s.ptr[0] != '/')
        return smp_reply_error(r, FILE_INVALID_NAME);
    if (v[OFF].u == 0) {
        if (!v[LEN].present)
            return MGMT_ERR_EINVAL;
        memcpy(fake_groups.file_name, v[NAME].s.ptr, v[NAME].s.len);
        fake_groups.file_name[v[NAME].s.len] = '\0';
        fake_groups.file_len = 0;
    }
    if (!is_the_file(v[NAME].s) || v[OFF].u != fake_groups.file_len)
        return wrong_offset(q, r);
    if (v[DATA].s.len > FAKE_FILE_MAX - fake_groups.file_len)
        return smp_reply_error(r, FILE_WRITE_FAILED);
    memcpy(fake_groups.file + fake_groups.file_len, v[DATA].s.ptr, v[DATA].s.len);
    fake_groups.file_len += (uint32_t)v[DATA].s.len;
    fake_groups.chunks++;
    cbor_put_uint(&r->cbor, "off", fake_groups.file_len);
    return MGMT_ERR_EOK;
}

static int fs_status(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    static const struct cbor_key keys[] = {{"name", CBOR_TEXT}};
    struct cbor_value v[1];
    UNUSED;
    if (cbor_map_decode(q->body, q->body_len, keys, v, 1, NULL) != ERR_OK || !v[0].present)
        return MGMT_ERR_EINVAL;
    if (!is_the_file(v[0].s))
        return smp_reply_error(r, FILE_NOT_FOUND);
    cbor_put_uint(&r->cbor, "len", fake_groups.file_len);
    return MGMT_ERR_EOK;
}

static void put_sha256(struct smp_reply *r, const uint8_t *bytes, uint32_t len)
{
    struct sha256 h;
    uint8_t digest[SHA256_SIZE];
    sha256_init(&h);
    sha256_update(&h, bytes, len);
    sha256_final(&h, digest);
    digest[0] ^= fake_groups.hash_lies;
    cbor_put_bytes(&r->cbor, "output", digest, sizeof digest);
}

static int fs_hash(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    enum { NAME, TYPE, OFF, LEN, COUNT };
    static const struct cbor_key keys[COUNT] = {[NAME] = {"name", CBOR_TEXT},
                                                [TYPE] = {"type", CBOR_TEXT},
                                                [OFF] = {"off", CBOR_UINT},
                                                [LEN] = {"len", CBOR_UINT}};
    struct cbor_value v[COUNT];
    UNUSED;
    if (fake_groups.has_no_hash)
        return MGMT_ERR_ENOTSUP;
    if (cbor_map_decode(q->body, q->body_len, keys, v, COUNT, NULL) != ERR_OK || !v[NAME].present)
        return MGMT_ERR_EINVAL;
    if (!is_the_file(v[NAME].s))
        return smp_reply_error(r, FILE_NOT_FOUND);
    const uint32_t off = v[OFF].present ? v[OFF].u : 0;
    if (off >= fake_groups.file_len)
        return smp_reply_error(r, FILE_EMPTY);
    uint32_t len = fake_groups.file_len - off;
    len = v[LEN].present && v[LEN].u < len ? v[LEN].u : len;
    const bool is_crc = !v[TYPE].present || cbor_text_is(v[TYPE].s, "crc32");
    if (!is_crc && !cbor_text_is(v[TYPE].s, "sha256"))
        return smp_reply_error(r, HASH_NOT_FOUND);
    cbor_put_text(&r->cbor, "type", is_crc ? "crc32" : "sha256", is_crc ? 5 : 6);
    if (off != 0)
        cbor_put_uint(&r->cbor, "off", off);
    cbor_put_uint(&r->cbor, "len", len);
    if (is_crc)
        cbor_put_uint(&r->cbor, "output", crc32_zlib(0, fake_groups.file + off, len));
    else
        put_sha256(r, fake_groups.file + off, len);
    return MGMT_ERR_EOK;
}

static void put_type(struct smp_reply *r, const char *name, uint32_t format, uint32_t size)
{
    cbor_put_key(&r->cbor, name);
    cbor_open_map(&r->cbor);
    cbor_put_uint(&r->cbor, "format", format);
    cbor_put_uint(&r->cbor, "size", size);
    cbor_close_map(&r->cbor);
}

static int fs_types(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    UNUSED;
    cbor_put_key(&r->cbor, "types");
    cbor_open_map(&r->cbor);
    put_type(r, "crc32", 0, 4);
    put_type(r, "sha256", 1, 32);
    cbor_close_map(&r->cbor);
    return MGMT_ERR_EOK;
}

static int fs_close(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    UNUSED;
    fake_groups.closes++;
    return MGMT_ERR_EOK;
}

static const struct smp_command fs_commands[] = {{fs_download, fs_upload},
                                                 {.read = fs_status},
                                                 {.read = fs_hash},
                                                 {.read = fs_types},
                                                 {.write = fs_close}};
static const uint8_t fs_v1[] = {0, 1, 3, 5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 5, 1, 1};

/* ---- shell ---- */

enum { COMMAND_TOO_LONG = 2, EMPTY_COMMAND = 3 };

/* The words with blanks between them, as the server gives them to the shell. False: they do not fit. */
static bool join(struct cbor_span argv, char *line, size_t cap)
{
    struct cbor_list l;
    struct cbor_span word;
    bool more;
    size_t len = 0;
    line[0] = '\0';
    if (cbor_list_begin(&l, argv) != ERR_OK)
        return false;
    while (cbor_list_next(&l, &word, &more) == ERR_OK && more) {
        const size_t head = word.ptr[0] == 0x78 ? 2 : 1; /* short texts only */
        if (len + word.len - head + 2 > cap)
            return false;
        len += (size_t)snprintf(line + len, cap - len, "%s%.*s", len > 0 ? " " : "",
                                (int)(word.len - head), (const char *)word.ptr + head);
    }
    return true;
}

static int shell_exec(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    static const struct cbor_key keys[] = {{"argv", CBOR_RAW}};
    struct cbor_value v[1];
    char line[100], out[200];
    UNUSED;
    if (cbor_map_decode(q->body, q->body_len, keys, v, 1, NULL) != ERR_OK || !v[0].present)
        return MGMT_ERR_EINVAL;
    if (!join(v[0].s, line, sizeof line))
        return smp_reply_error(r, COMMAND_TOO_LONG);
    if (line[0] == '\0')
        return smp_reply_error(r, EMPTY_COMMAND);
    fake_groups.shell_runs++;
    const bool known = strncmp(line, "echo", 4) == 0;
    if (fake_groups.shell_says != NULL)
        snprintf(out, sizeof out, "%s", fake_groups.shell_says);
    else
        snprintf(out, sizeof out,
                 known ? "\x1b[1;32m%s\x1b[0m\r\ndone" : "%s: command not found\r\n", line);
    cbor_put_text(&r->cbor, "o", out, strlen(out));
    cbor_put_int(&r->cbor, fake_groups.result_is_rc ? "rc" : "ret", known ? 0 : -8);
    return MGMT_ERR_EOK;
}

static const struct smp_command shell_commands[] = {{.write = shell_exec}};
static const uint8_t shell_v1[] = {0, 1, 3, 3};

/* ---- os ---- */

enum { ID_TASKS = 2, ID_POOLS = 3, ID_DATETIME = 4 };

static int os_tasks(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    UNUSED;
    cbor_put_key(&r->cbor, "tasks");
    cbor_open_map(&r->cbor);
    cbor_put_key(&r->cbor, "main");
    cbor_open_map(&r->cbor);
    cbor_put_int(&r->cbor, "prio", -1);
    cbor_put_uint(&r->cbor, "tid", 536871264);
    cbor_put_uint(&r->cbor, "state", 2 | 128);
    cbor_put_uint(&r->cbor, "stksiz", 256);
    cbor_put_uint(&r->cbor, "stkuse", 83);
    cbor_close_map(&r->cbor);
    cbor_put_key(&r->cbor, "");
    cbor_open_map(&r->cbor);
    cbor_put_int(&r->cbor, "prio", 15);
    cbor_close_map(&r->cbor);
    cbor_close_map(&r->cbor);
    return MGMT_ERR_EOK;
}

static int os_pools(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    UNUSED;
    const bool at_top = fake_groups.pools == FAKE_POOLS_AT_TOP;
    if (!at_top) {
        cbor_put_key(&r->cbor, fake_groups.pools == FAKE_POOLS_NAMED ? "mpools" : "tasks");
        cbor_open_map(&r->cbor);
    }
    cbor_put_key(&r->cbor, "msys_1");
    cbor_open_map(&r->cbor);
    cbor_put_uint(&r->cbor, "blksiz", 292);
    cbor_put_uint(&r->cbor, "nblks", 12);
    cbor_put_uint(&r->cbor, "nfree", 9);
    cbor_put_uint(&r->cbor, "min", 7);
    cbor_close_map(&r->cbor);
    if (!at_top)
        cbor_close_map(&r->cbor);
    return MGMT_ERR_EOK;
}

static int os_clock(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    UNUSED;
    if (fake_groups.has_no_clock)
        return smp_reply_error(r, OS_MGMT_ERR_RTC_NOT_SET);
    cbor_put_text(&r->cbor, "datetime", fake_groups.clock, strlen(fake_groups.clock));
    return MGMT_ERR_EOK;
}

static int os_set_clock(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    static const struct cbor_key keys[] = {{"datetime", CBOR_TEXT}};
    struct cbor_value v[1];
    UNUSED;
    if (cbor_map_decode(q->body, q->body_len, keys, v, 1, NULL) != ERR_OK || !v[0].present ||
        v[0].s.len < 19 || v[0].s.len > 25 ||
        cbor_text_copy(fake_groups.clock, sizeof fake_groups.clock, v[0].s) != ERR_OK)
        return MGMT_ERR_EINVAL;
    fake_groups.clock_sets++;
    return MGMT_ERR_EOK;
}

/* ---- enum ---- */

static int enum_details(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    static const struct cbor_key keys[] = {{"groups", CBOR_RAW}};
    struct cbor_value v[1];
    if (fake_groups.has_no_details)
        return MGMT_ERR_ENOTSUP;
    if (cbor_map_decode(q->body, q->body_len, keys, v, 1, NULL) != ERR_OK)
        return MGMT_ERR_EINVAL;
    if (fake_groups.details_do_not_fit && !v[0].present)
        return MGMT_ERR_EMSGSIZE;
    return smp_group_enum.commands[SMP_ENUM_DETAILS].read(s, q, r);
}

/* ---- zephyr basic ---- */

static int erase_storage(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    UNUSED;
    fake_groups.erases++;
    return MGMT_ERR_EOK;
}

static const struct smp_command basic_commands[] = {{.write = erase_storage}};

/* ---- all of them ---- */

static struct cbor_span span_of(const char *text)
{
    return (struct cbor_span){(const uint8_t *)text, strlen(text)};
}

void fake_groups_reset(void)
{
    fake_groups = (struct fake_groups){.clock = "2026-11-30T20:40:00.125"};
    put_setting(span_of("app/text"), "hello", 6);
    put_setting(span_of("app/bytes"), "\x00\xff\x10", 3);
}

const struct smp_group *const *fake_groups_all(unsigned *count)
{
    static struct smp_command os_commands[SMP_OS_BOOTLOADER + 1],
        enum_commands[SMP_ENUM_DETAILS + 1];
    static struct smp_group os, enums;
    static const struct smp_group stats = {"stat mgmt", SMP_GROUP_STAT, 2,
                                           6,           stat_commands,  stat_v1};
    static const struct smp_group setting = {"settings mgmt",   SMP_GROUP_SETTINGS, 4, 9,
                                             settings_commands, settings_v1};
    static const struct smp_group fs = {"fs mgmt", SMP_GROUP_FS, 5, 17, fs_commands, fs_v1};
    static const struct smp_group shell = {"shell mgmt",   SMP_GROUP_SHELL, 1, 4,
                                           shell_commands, shell_v1};
    static const struct smp_group basic = {
        "zephyr basic mgmt", SMP_GROUP_ZEPHYR_BASIC, 1, 2, basic_commands, shell_v1};
    static const struct smp_group *const all[] = {&os, &smp_group_img, &stats, &setting,
                                                  &fs, &shell,         &basic, &enums};
    memcpy(os_commands, smp_group_os.commands, smp_group_os.command_count * sizeof os_commands[0]);
    os_commands[ID_TASKS].read = os_tasks;
    os_commands[ID_POOLS].read = os_pools;
    os_commands[ID_DATETIME] = (struct smp_command){os_clock, os_set_clock};
    os = smp_group_os;
    os.commands = os_commands;
    memcpy(enum_commands, smp_group_enum.commands, sizeof enum_commands);
    enum_commands[SMP_ENUM_DETAILS].read = enum_details;
    enums = smp_group_enum;
    enums.commands = enum_commands;
    *count = fake_groups.has_no_enum ? ARRAY_LEN(all) - 1 : ARRAY_LEN(all);
    return all;
}
