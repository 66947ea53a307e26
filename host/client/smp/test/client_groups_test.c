/* The calls of the groups beside image, byte for byte: what each sends, and what it makes of an answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/smp/wire/errors.h"
#include "core/smp/wire/packet.h"
#include "host/client/smp/cbor_walk.h"
#include "host/client/smp/client_groups.h"

/* ---- a link that has one answer for all ---- */

static struct {
    struct smp_link link;
    uint8_t answer[2048];
    size_t answer_len;
    uint8_t version;
    bool asked;
    uint8_t request[SMP_PACKET_MAX];
    size_t request_len;
} wire;

static struct smp_client client;

static enum err wire_send(struct smp_link *l, const uint8_t *packet, size_t len)
{
    (void)l;
    memcpy(wire.request, packet, len);
    wire.request_len = len;
    wire.asked = true;
    return ERR_OK;
}

static enum err wire_recv(struct smp_link *l, uint8_t *packet, size_t cap, size_t *len,
                          uint32_t timeout_ms)
{
    struct smp_header h;
    (void)l;
    (void)timeout_ms;
    if (!wire.asked)
        return ERR_TIMEOUT;
    wire.asked = false;
    smp_header_decode(&h, wire.request);
    h.op++;
    h.version = wire.version;
    h.len = (uint16_t)wire.answer_len;
    assert_true(cap >= SMP_HEADER_SIZE + wire.answer_len);
    smp_header_encode(&h, packet);
    memcpy(packet + SMP_HEADER_SIZE, wire.answer, wire.answer_len);
    *len = SMP_HEADER_SIZE + wire.answer_len;
    return ERR_OK;
}

static size_t unhex(const char *hex, uint8_t *out)
{
    size_t n = 0;
    for (unsigned byte; sscanf(hex, "%2x", &byte) == 1; hex += 2)
        out[n++] = (uint8_t)byte;
    return n;
}

static void start(const char *answer, uint8_t version)
{
    memset(&wire, 0, sizeof wire);
    wire.link = (struct smp_link){.send = wire_send, .recv = wire_recv};
    wire.answer_len = unhex(answer, wire.answer);
    wire.version = version;
    smp_client_init(&client, &wire.link);
    client.buf_size = 1024;
}

/* ---- the calls, and their results as text ---- */

enum call {
    STAT_LIST,
    STAT_SHOW,
    SETTINGS_READ,
    SETTINGS_WRITE,
    SETTINGS_DELETE,
    SETTINGS_COMMIT,
    SETTINGS_LOAD,
    SETTINGS_SAVE,
    SETTINGS_SAVE_ONE,
    SHELL,
    DATETIME_GET,
    DATETIME_SET,
    TASKS,
    POOLS,
    GROUPS,
    STORAGE_ERASE,
    FS_STATUS,
    FS_CLOSE,
    FS_HASH,
    FS_TYPES,
    FS_DOWNLOAD,
    FS_UPLOAD,
    CALLS
};

static const struct {
    uint8_t op;
    uint16_t group;
    uint8_t id;
} headers[CALLS] = {
    [STAT_LIST] = {0, 2, 1},      [STAT_SHOW] = {0, 2, 0},       [SETTINGS_READ] = {0, 3, 0},
    [SETTINGS_WRITE] = {2, 3, 0}, [SETTINGS_DELETE] = {2, 3, 1}, [SETTINGS_COMMIT] = {2, 3, 2},
    [SETTINGS_LOAD] = {0, 3, 3},  [SETTINGS_SAVE] = {2, 3, 3},   [SETTINGS_SAVE_ONE] = {2, 3, 3},
    [SHELL] = {2, 9, 0},          [DATETIME_GET] = {0, 0, 4},    [DATETIME_SET] = {2, 0, 4},
    [TASKS] = {0, 0, 2},          [POOLS] = {0, 0, 3},           [GROUPS] = {0, 10, 3},
    [STORAGE_ERASE] = {2, 63, 0}, [FS_STATUS] = {0, 8, 1},       [FS_CLOSE] = {2, 8, 4},
    [FS_HASH] = {0, 8, 2},        [FS_TYPES] = {0, 8, 3},        [FS_DOWNLOAD] = {0, 8, 0},
    [FS_UPLOAD] = {2, 8, 0},
};

static char text[2000];

static void add(const char *fmt, ...) PRINTF_LIKE(1, 2);
static void add(const char *fmt, ...)
{
    va_list args;
    size_t len = strlen(text);
    va_start(args, fmt);
    vsnprintf(text + len, sizeof text - len, fmt, args);
    va_end(args);
}

/* Controls as dots. */
static void add_span(struct cbor_span s)
{
    for (size_t i = 0; i < s.len; i++)
        add("%c", s.ptr[i] < ' ' ? '.' : s.ptr[i]);
}

static void add_hex(struct cbor_span s)
{
    for (size_t i = 0; i < s.len; i++)
        add("%02x", s.ptr[i]);
}

static void add_number(const struct smp_number *n, const char *end)
{
    n->present ? add("%llu%s", (unsigned long long)n->u, end) : add("-%s", end);
}

static enum err stats(enum call call)
{
    static struct smp_stat_list list;
    enum err e = call == STAT_LIST ? smp_stat_list(&client, &list)
                                   : smp_stat_show(&client, "smp_svr_stats", &list);
    for (unsigned i = 0; e == ERR_OK && i < list.count; i++) {
        add("%s", i > 0 ? " " : "");
        add_span(list.stat[i].name);
        add("=%llu", (unsigned long long)list.stat[i].value);
    }
    return e;
}

static enum err read_setting(void)
{
    struct smp_setting s;
    enum err e = smp_settings_read(&client, "a/b", 100, &s);
    if (e == ERR_OK)
        add_hex(s.value);
    if (e == ERR_OK && s.has_max_size)
        add(" max %u", (unsigned)s.max_size);
    return e;
}

static enum err shell(void)
{
    static const char *const argv[] = {"kernel", "version"};
    struct smp_shell_answer a;
    enum err e = smp_shell_exec(&client, argv, 2, 0, &a);
    if (e == ERR_OK) {
        add_span(a.output);
        add(" ret %d", (int)a.ret);
    }
    return e;
}

static enum err tasks(void)
{
    static struct smp_task_list list;
    enum err e = smp_task_list(&client, &list);
    for (unsigned i = 0; e == ERR_OK && i < list.count; i++) {
        const struct smp_task *t = &list.task[i];
        add("%s", i > 0 ? " " : "");
        add_span(t->name);
        add(" prio %lld state ", (long long)t->priority);
        add_number(&t->state, " stack ");
        add_number(&t->stack_used, "/");
        add_number(&t->stack_size, " runtime ");
        add_number(&t->runtime, ";");
    }
    return e;
}

static enum err pools(void)
{
    static struct smp_pool_list list;
    enum err e = smp_pool_list(&client, &list);
    for (unsigned i = 0; e == ERR_OK && i < list.count; i++) {
        const struct smp_pool *p = &list.pool[i];
        add_span(p->name);
        add(" ");
        add_number(&p->block_size, " ");
        add_number(&p->blocks, " ");
        add_number(&p->free_blocks, " ");
        add_number(&p->least_free, ";");
    }
    return e;
}

static enum err groups(void)
{
    static struct smp_group_list list;
    enum err e = smp_group_list(&client, &list);
    for (unsigned i = 0; e == ERR_OK && i < list.count; i++) {
        const struct smp_group_info *g = &list.group[i];
        add("%u %s ", (unsigned)g->id, g->name);
        g->has_handlers ? add("%u;", (unsigned)g->handlers) : add("-;");
    }
    return e;
}

static enum err hash(void)
{
    struct smp_fs_hash h;
    enum err e = smp_fs_hash(&client, "/lfs1/a", "sha256", 1, 2, &h);
    if (e != ERR_OK)
        return e;
    add_span(h.type);
    add(" %u %u ", (unsigned)h.off, (unsigned)h.len);
    if (h.is_number)
        add("%08x", (unsigned)h.number);
    else
        add_hex(h.bytes);
    return e;
}

static enum err types(void)
{
    static struct smp_fs_type_list list;
    enum err e = smp_fs_types(&client, &list);
    for (unsigned i = 0; e == ERR_OK && i < list.count; i++) {
        add_span(list.type[i].name);
        add(" %u %u;", (unsigned)list.type[i].format, (unsigned)list.type[i].size);
    }
    return e;
}

static enum err download(void)
{
    struct smp_fs_download d = {.name = "/lfs1/a"};
    struct cbor_span data;
    enum err e = smp_fs_download_step(&client, &d, &data);
    if (e == ERR_OK) {
        add_span(data);
        add(" at %u of %u%s", (unsigned)d.off, (unsigned)d.len, d.done ? " done" : "");
    }
    return e;
}

static enum err upload(void)
{
    struct smp_fs_upload u = {.name = "/lfs1/a", .data = (const uint8_t *)"hello", .len = 5};
    enum err e = smp_fs_upload_step(&client, &u);
    if (e == ERR_OK)
        add("off %u%s", (unsigned)u.off, u.done ? " done" : "");
    return e;
}

static enum err status(void)
{
    uint32_t len;
    enum err e = smp_fs_status(&client, "/lfs1/a", &len);
    if (e == ERR_OK)
        add("%u", (unsigned)len);
    return e;
}

static enum err clock_text(void)
{
    char when[64];
    enum err e = smp_datetime_get(&client, when, sizeof when);
    if (e == ERR_OK)
        add("%s", when);
    return e;
}

/* Those without a result. */
static enum err change(enum call call)
{
    enum err e = call == SETTINGS_WRITE ? smp_settings_write(&client, "a/b", "\x0a\xff", 2, false)
                 : call == SETTINGS_DELETE   ? smp_settings_delete(&client, "a/b")
                 : call == SETTINGS_COMMIT   ? smp_settings_commit(&client)
                 : call == SETTINGS_LOAD     ? smp_settings_load(&client)
                 : call == SETTINGS_SAVE     ? smp_settings_save(&client, NULL)
                 : call == SETTINGS_SAVE_ONE ? smp_settings_save(&client, "a/b")
                 : call == DATETIME_SET      ? smp_datetime_set(&client, "2026-11-30T20:40:00")
                 : call == STORAGE_ERASE     ? smp_storage_erase(&client)
                                             : smp_fs_close(&client);
    if (e == ERR_OK)
        add("done");
    return e;
}

static enum err run(enum call call)
{
    text[0] = '\0';
    switch (call) {
    case STAT_LIST:
    case STAT_SHOW:
        return stats(call);
    case SETTINGS_READ:
        return read_setting();
    case SHELL:
        return shell();
    case DATETIME_GET:
        return clock_text();
    case TASKS:
        return tasks();
    case POOLS:
        return pools();
    case GROUPS:
        return groups();
    case FS_STATUS:
        return status();
    case FS_HASH:
        return hash();
    case FS_TYPES:
        return types();
    case FS_DOWNLOAD:
        return download();
    case FS_UPLOAD:
        return upload();
    default:
        return change(call);
    }
}

/* ---- what goes out, and what comes in ---- */

static const struct {
    enum call call;
    const char *request, *answer, *result;
} cases[] = {
    /* Captured from Zephyr 4.4.0 on native_sim (fixtures of smpclient, 0eae053d). */
    {STAT_LIST, "bfff",
     "bf69737461745f6c6973749f6f666c6173685f73696d5f737461747374666c6173685f73696d"
     "5f7468726573686f6c64736d736d705f7376725f7374617473ffff",
     "flash_sim_stats=0 flash_sim_thresholds=0 smp_svr_stats=0"},
    {STAT_SHOW, "bf646e616d656d736d705f7376725f7374617473ff",
     "bf646e616d656d736d705f7376725f7374617473666669656c6473bf657469636b7301ffff", "ticks=1"},
    {SETTINGS_LOAD, "bfff", "bfff", "done"},
    {SETTINGS_COMMIT, "bfff", "bfff", "done"},
    {SHELL, "bf64617267769f666b65726e656c6776657273696f6effff",
     "bf616f78180d0a5a65706879722076657273696f6e20342e342e300d0a6372657400ff",
     "..Zephyr version 4.4.0.. ret 0"},
    {SHELL, "bf64617267769f666b65726e656c6776657273696f6effff",
     "bf616f78290d0a1b5b313b33316d6e6f6e73656e73653a20636f6d6d616e64206e6f7420666f"
     "756e640d0a1b5b6d6372657427ff",
     "...[1;31mnonsense: command not found...[m ret -8"},
    {TASKS, "bfff",
     "bf657461736b73bf6a6d63756d677220736d70bf647072696f03637469640065737461746518"
     "806673746b73697a1902006673746b75736506ff68736d705f75647034bf647072696f006374"
     "696401657374617465026673746b73697a1901006673746b75736506ff70636f6e6e5f6d6772"
     "5f6d6f6e69746f72bf647072696f206374696402657374617465026673746b73697a18806673"
     "746b75736506ff6772785f715b305dbf647072696f206374696403657374617465026673746b"
     "73697a1901776673746b75736506ff686e65745f6d676d74bf647072696f2063746964046573"
     "74617465026673746b73697a18c06673746b75736506ff68737973776f726b71bf647072696f"
     "206374696405657374617465026673746b73697a1902406673746b75736506ff6b7368656c6c"
     "5f64756d6d79bf647072696f0e6374696406657374617465026673746b73697a190200667374"
     "6b75736506ff6469646c65bf647072696f0f6374696407657374617465006673746b73697a18"
     "406673746b75736506ff646d61696ebf647072696f006374696408657374617465046673746b"
     "73697a1902206673746b75736506ffffff",
     "mcumgr smp prio 3 state 128 stack 6/512 runtime -; smp_udp4 prio 0 state 2 s"
     "tack 6/256 runtime -; conn_mgr_monitor prio -1 state 2 stack 6/128 runtime -"
     "; rx_q[0] prio -1 state 2 stack 6/375 runtime -; net_mgmt prio -1 state 2 st"
     "ack 6/192 runtime -; sysworkq prio -1 state 2 stack 6/576 runtime -; shell_d"
     "ummy prio 14 state 2 stack 6/512 runtime -; idle prio 15 state 0 stack 6/64 "
     "runtime -; main prio 0 state 4 stack 6/544 runtime -;"},
    {GROUPS, "bfff",
     "bf6667726f7570739fbf6567726f75700a646e616d6569656e756d206d676d746868616e646c"
     "65727304ffbf6567726f757008646e616d65676673206d676d746868616e646c65727305ffbf"
     "6567726f757000646e616d65676f73206d676d746868616e646c65727308ffbf6567726f7570"
     "03646e616d656d73657474696e6773206d676d746868616e646c65727304ffbf6567726f7570"
     "09646e616d656a7368656c6c206d676d746868616e646c65727301ffbf6567726f757002646e"
     "616d656973746174206d676d746868616e646c65727302ffbf6567726f7570183f646e616d65"
     "717a6570687972206261736963206d676d746868616e646c65727301ffffff",
     "10 enum mgmt 4;8 fs mgmt 5;0 os mgmt 8;3 settings mgmt 4;9 shell mgmt 1;2 st"
     "at mgmt 2;63 zephyr basic mgmt 1;"},
    {FS_UPLOAD, "bf636f66660064646174614568656c6c6f646e616d65672f6c6673312f61636c656e05ff",
     "bf636f666605ff", "off 5 done"},
    {FS_STATUS, "bf646e616d65672f6c6673312f61ff", "bf636c656e05ff", "5"},
    {FS_HASH, "bf646e616d65672f6c6673312f61647479706566736861323536636f666601636c656e02ff",
     "bf647479706566736861323536636f666601636c656e02666f75747075745820d65c3e892354"
     "b17a4c032593974d46bc8732c6c0b1ce56edf0c95511d1749cf5ff",
     "sha256 1 2 d65c3e892354b17a4c032593974d46bc8732c6c0b1ce56edf0c95511d1749cf5"},
    {FS_TYPES, "bfff",
     "bf657479706573bf656372633332bf66666f726d6174006473697a6504ff66736861323536bf"
     "66666f726d6174016473697a651820ffffff",
     "crc32 0 4;sha256 1 32;"},
    {FS_DOWNLOAD, "bf636f666600646e616d65672f6c6673312f61ff",
     "bf636f66660064646174614568656c6c6f636c656e05ff", "hello at 5 of 5 done"},
    {FS_CLOSE, "bfff", "bfff", "done"},
    {STORAGE_ERASE, "bfff", "bfff", "done"},
    /* Captured from Zephyr 3.4.99 on mps2_an385 (settings in NVS, with handlers of an application), 2026-11-30. */
    {SETTINGS_READ, "bf646e616d6563612f62686d61785f73697a651864ff",
     "bf6376616c4831302e302e302e31ff", "31302e302e302e31"},
    {SETTINGS_READ, "bf646e616d6563612f62686d61785f73697a651864ff", "bf6376616c410bff", "0b"},
    {SETTINGS_READ, "bf646e616d6563612f62686d61785f73697a651864ff",
     "bf6376616c4800ff8001deadbeefff", "00ff8001deadbeef"},
    {SETTINGS_READ, "bf646e616d6563612f62686d61785f73697a651864ff", "bf6376616c40ff", ""},
    {SETTINGS_READ, "bf646e616d6563612f62686d61785f73697a651864ff",
     "bf6376616c4831302e302e302e31686d61785f73697a651820ff", "31302e302e302e31 max 32"},
    {SETTINGS_WRITE, "bf646e616d6563612f626376616c420affff", "bfff", "done"},
    {SETTINGS_DELETE, "bf646e616d6563612f62ff", "bfff", "done"},
    {SETTINGS_SAVE, "bfff", "bfff", "done"},
    /* The same with the datetime code of 3.5 (emulated RTC), without and with milliseconds. */
    {DATETIME_GET, "bfff", "bf686461746574696d6573323032362d31312d33305431323a33343a3536ff",
     "2026-11-30T12:34:56"},
    {DATETIME_GET, "bfff", "bf686461746574696d6575323032362d31312d33305431323a33343a35362e30ff",
     "2026-11-30T12:34:56.0"},
    /* Of servers of other days, and of what the fixtures lack: by the documentation of Zephyr's SMP groups. */
    {STAT_SHOW, "bf646e616d656d736d705f7376725f7374617473ff",
     "bf646e616d656d736d705f7376725f7374617473666669656c6473bf627330181b6273311b00"
     "00010000000000ffff",
     "s0=27 s1=1099511627776"},
    {SETTINGS_READ, "bf646e616d6563612f62686d61785f73697a651864ff",
     "bf6376616c4200ff686d61785f73697a651840ff", "00ff max 64"},
    {SETTINGS_READ, "bf646e616d6563612f62686d61785f73697a651864ff", "bf6376616c623137ff", "3137"},
    {SETTINGS_READ, "bf646e616d6563612f62686d61785f73697a651864ff", "bf6376616c62313762726300ff",
     "3137"},
    {SETTINGS_WRITE, "bf646e616d6563612f626376616c420affff", "bf62726300ff", "done"},
    {SETTINGS_SAVE_ONE, "bf646e616d6563612f62ff", "bfff", "done"},
    {SHELL, "bf64617267769f666b65726e656c6776657273696f6effff", "bf616f665a657068797262726300ff",
     "Zephyr ret 0"},
    {SHELL, "bf64617267769f666b65726e656c6776657273696f6effff", "bf616f626e6f62726327ff",
     "no ret -8"},
    {DATETIME_GET, "bfff", "bf686461746574696d6577323032362d31312d33305432303a34303a30302e313235ff",
     "2026-11-30T20:40:00.125"},
    {DATETIME_SET, "bf686461746574696d6573323032362d31312d33305432303a34303a3030ff", "bfff",
     "done"},
    {TASKS, "bfff",
     "bf657461736b73bf60bf647072696f0f6374696401657374617465006673746b73697a185066"
     "73746b7573650c6772756e74696d651b000000020000000066637377636e74006c6c6173745f"
     "636865636b696e006c6e6578745f636865636b696e00ffffff",
     " prio 15 state 0 stack 12/80 runtime 8589934592;"},
    {POOLS, "bfff",
     "bf666d706f6f6c73bf666d7379735f31bf66626c6b73697a190124656e626c6b730c656e6672"
     "656509636d696e07ffffff",
     "msys_1 292 12 9 7;"},
    {POOLS, "bfff", "bf657461736b73bf6468656170bf656e626c6b730c656e6672656509636d696e07ffffff",
     "heap - 12 9 7;"},
    {POOLS, "bfff",
     "bf6161bf66626c6b73697a04656e626c6b7302656e6672656501636d696e00ff6162bf66626c"
     "6b73697a08656e626c6b7302656e6672656501636d696e00ffff",
     "a 4 2 1 0;b 8 2 1 0;"},
    {POOLS, "bfff", "bf627263006161bf66626c6b73697a04656e626c6b7302656e6672656501636d696e00ffff",
     "a 4 2 1 0;"},
    {GROUPS, "bfff", "bf6667726f7570739fbf6567726f75701840ffffff", "64  -;"},
    {FS_HASH, "bf646e616d65672f6c6673312f61647479706566736861323536636f666601636c656e02ff",
     "bf6474797065656372633332636c656e09666f75747075741acbf43926ff", "crc32 0 9 cbf43926"},
    {FS_DOWNLOAD, "bf636f666600646e616d65672f6c6673312f61ff",
     "bf636f666600646461746143616263636c656e05ff", "abc at 3 of 5"},
    {FS_UPLOAD, "bf636f66660064646174614568656c6c6f646e616d65672f6c6673312f61636c656e05ff",
     "bf636f666602ff", "off 2"},
};

static void requests_and_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * ARRAY_LEN(cases); i++) {
        const enum call call = cases[i / 2].call;
        uint8_t body[512];
        struct smp_header h;
        start(cases[i / 2].answer, i & 1);
        assert_int_equal(run(call), ERR_OK);
        assert_string_equal(text, cases[i / 2].result);
        smp_header_decode(&h, wire.request);
        assert_int_equal(h.op, headers[call].op);
        assert_int_equal(h.group, headers[call].group);
        assert_int_equal(h.id, headers[call].id);
        assert_int_equal(h.version, 1);
        const size_t len = unhex(cases[i / 2].request, body);
        assert_int_equal(h.len, len);
        assert_memory_equal(wire.request + SMP_HEADER_SIZE, body, len);
    }
}

/* Wherever an answer is cut, it is none; and each of its bits may be the other one, without a read out of bounds. */
static void an_answer_that_is_cut_is_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        start(cases[i].answer, 1);
        const size_t len = wire.answer_len;
        for (size_t n = 1; n < len; n++) {
            start(cases[i].answer, 1);
            wire.answer_len = n;
            assert_int_equal(run(cases[i].call), ERR_FORMAT);
        }
        for (size_t n = 0; n < len * 8; n++) {
            start(cases[i].answer, 1);
            wire.answer[n / 8] ^= (uint8_t)(1u << n % 8);
            (void)!run(cases[i].call);
        }
    }
}

static void answers_that_lie(void **state)
{
    (void)state;
    static const struct {
        enum call call;
        const char *answer, *what;
    } lies[] = {
        {STAT_LIST, "bf69737461745f6c697374a0ff", "a map, no list"},
        {STAT_LIST, "bf69737461745f6c6973748101ff", "a number, no name"},
        {STAT_LIST, "bfff", "nothing"},
        {STAT_SHOW, "bf666669656c6473bf617320ffff", "a negative statistic"},
        {STAT_SHOW, "bf666669656c6473bf61736161ffff", "a text, no statistic"},
        {STAT_SHOW, "bf666669656c6473bf0101ffff", "a number for a name"},
        {STAT_SHOW, "bf666669656c6473bbffffffffffffffffff", "2^64 - 1 statistics"},
        {STAT_SHOW, "bf666669656c6473bb8000000000000000ff", "2^63, which doubled are none"},
        {STAT_SHOW, "bf666669656c6473bf6173ffff", "a name without a value"},
        {STAT_SHOW, "bf666669656c647301ff", "a number, no statistics"},
        {SETTINGS_READ, "bf6376616c01ff", "a number, no value"},
        {SETTINGS_READ, "bf6376616c5f4101ffff", "a value in chunks"},
        {SETTINGS_READ, "bfff", "no value"},
        {SHELL, "bf6372657400ff", "no output"},
        {SHELL, "bf616f006372657400ff", "a number, no output"},
        {DATETIME_GET, "bf686461746574696d6501ff", "a number, no time"},
        {DATETIME_GET, "bfff", "no time"},
        {TASKS, "bf657461736b73bf616101ffff", "a number, no task"},
        {TASKS, "bf657461736b73bf6161bf657374617465f5ffffff", "a state that is true"},
        {TASKS, "bfff", "no tasks"},
        {POOLS, "bf666d706f6f6c7301ff", "a number, no pools"},
        {POOLS, "bf6161bf656e626c6b7320ffff", "a negative number of blocks"},
        {GROUPS, "bf6667726f75707381a0ff", "a group without a number"},
        {GROUPS, "bf6667726f757073a0ff", "a map, no list"},
        {FS_STATUS, "bfff", "no length"},
        {FS_STATUS, "bf636c656e1b0000000100000000ff", "more than 32 bits"},
        {FS_HASH, "bf64747970656161636c656e09666f75747075741b0000000100000000ff",
         "33 bits of CRC-32"},
        {FS_HASH, "bf64747970656161636c656e09666f757470757461ff61ff", "a text, no hash"},
        {FS_TYPES, "bf657479706573bf6161a0ffff", "a type without a format"},
        {FS_DOWNLOAD, "bf636f666601646461746141aa636c656e05ff", "another offset"},
        {FS_DOWNLOAD, "bf636f666600646461746141aaff", "no length"},
        {FS_DOWNLOAD, "bf636f666600646461746142aabb636c656e01ff", "more than the file"},
        {FS_DOWNLOAD, "bf636f666600646461746140636c656e05ff", "no data before the end"},
        {FS_UPLOAD, "bf636f666606ff", "more than was sent"},
        {FS_UPLOAD, "bfff", "no offset"},
    };
    for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
        start(lies[i].answer, 1);
        enum err e = run(lies[i].call);
        if (e != ERR_FORMAT)
            fail_msg("%s: %d, %s", lies[i].what, e, text);
    }
}

/* A number of pairs that, doubled, is 0 in 64 bits. */
static void a_walk_does_not_overflow(void **state)
{
    (void)state;
    static const uint8_t map[] = {0xbb, 0x80, 0, 0, 0, 0, 0, 0, 0}, list[] = {0x80};
    struct cbor_list l;
    assert_int_equal(cbor_walk_begin(&l, (struct cbor_span){map, sizeof map}), ERR_FORMAT);
    assert_int_equal(cbor_walk_begin(&l, (struct cbor_span){map, 4}), ERR_FORMAT);
    assert_int_equal(cbor_walk_begin(&l, (struct cbor_span){map, 0}), ERR_FORMAT);
    assert_int_equal(cbor_walk_begin(&l, (struct cbor_span){list, sizeof list}), ERR_FORMAT);
}

/* Captured from Zephyr 4.4.0, but for the last ones. */
static void errors_of_real_servers(void **state)
{
    (void)state;
    static const struct {
        enum call call;
        uint8_t version;
        const char *answer;
        int group;
        uint32_t rc;
    } errors[] = {
        {STAT_LIST, 1, "bf62726308ff", -1, 8},
        {DATETIME_GET, 1, "bf62726308ff", -1, 8},
        {DATETIME_GET, 1, "bf63657272bf6567726f75700062726302ffff", 0, 2},
        {DATETIME_GET, 0, "bf62726303ff", -1, 3},
        {STAT_SHOW, 1, "bf63657272bf6567726f75700262726303ffff", 2, 3}, /* no such group */
        {STAT_SHOW, 0, "bf62726305ff", -1, 5},
        {STAT_SHOW, 1, "bf62726307ff", -1, 7}, /* too large for the buffer */
        {SETTINGS_READ, 1, "bf63657272bf6567726f75700362726305ffff", 3, 5},
        {SETTINGS_READ, 0, "bf62726301ff", -1, 1},
        {SETTINGS_READ, 1, "bf63657272bf6567726f75700362726302ffff", 3, 2}, /* name too long */
        {SETTINGS_DELETE, 1, "bf63657272bf6567726f75700362726303ffff", 3, 3},
        {SETTINGS_DELETE, 0, "bf62726305ff", -1, 5},
        {SETTINGS_SAVE, 1, "bf63657272bf6567726f75700362726308ffff", 3, 8},
        {SHELL, 1, "bf63657272bf6567726f75700962726303ffff", 9, 3}, /* empty */
        {SHELL, 1, "bf63657272bf6567726f75700962726302ffff", 9, 2}, /* too long */
        {SHELL, 0, "bf62726303ff", -1, 3},
        {FS_UPLOAD, 1, "bf63657272bf6567726f7570086272630bff636c656e05ff", 8,
         11}, /* wrong offset */
        {FS_HASH, 1, "bf63657272bf6567726f7570086272630dffff", 8, 13},
        {FS_DOWNLOAD, 1, "bf63657272bf6567726f75700862726304ffff", 8, 4}, /* a directory */
        {FS_DOWNLOAD, 0, "bf62726305ff", -1, 5},
        /* From Zephyr 3.4.99 and 3.5. */
        {SETTINGS_READ, 1, "bf63657272bf6567726f75700362726301ffff", 3, 1}, /* unknown key */
        {SETTINGS_READ, 1, "bf63657272bf6567726f75700362726304ffff", 3, 4},
        {SETTINGS_WRITE, 0, "bf62726303ff", -1, 3},
        {DATETIME_GET, 1, "bf63657272bf6567726f75700062726304ffff", 0, 4}, /* never set */
        {DATETIME_GET, 0, "bf62726305ff", -1, 5},
        {DATETIME_SET, 1, "bf62726303ff", -1, 3},
        /* As Zephyr 3.4 has it, by its source. */
        {SHELL, 1, "bf63726574bf6567726f75700962726303ffff", 9, 3},
    };
    for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
        start(errors[i].answer, errors[i].version);
        assert_int_equal(run(errors[i].call), ERR_PEER);
        assert_int_equal(client.error.group, errors[i].group);
        assert_int_equal(client.error.rc, errors[i].rc);
        assert_int_equal(client.error.asked, headers[errors[i].call].group);
        assert_int_equal(client.version, errors[i].version);
    }
}

/* The same answer, to a chunk behind the first: the upload goes on at its length. */
static void an_upload_goes_on_at_the_servers_length(void **state)
{
    (void)state;
    static const uint8_t file[9];
    struct smp_fs_upload u = {.name = "/lfs1/a", .data = file, .len = 9, .off = 3, .best = 3};
    start("bf63657272bf6567726f7570086272630bff636c656e05ff", 1);
    assert_int_equal(smp_fs_upload_step(&client, &u), ERR_OK);
    assert_int_equal(u.off, 5);
    /* Again and again the same is an end, and more than the file has makes no sense. */
    u.off = 7;
    for (unsigned i = 0; i < 3; i++, u.off = 7)
        assert_int_equal(smp_fs_upload_step(&client, &u), ERR_OK);
    assert_int_equal(smp_fs_upload_step(&client, &u), ERR_STATE);
    u = (struct smp_fs_upload){.name = "/lfs1/a", .data = file, .len = 4, .off = 3, .best = 3};
    assert_int_equal(smp_fs_upload_step(&client, &u), ERR_FORMAT);
}

/* More entries than anybody has: refused, not cut. */
static void too_many_entries(void **state)
{
    (void)state;
    start("bf69737461745f6c6973749f", 1);
    memset(wire.answer + wire.answer_len, 0x60, SMP_ENTRIES_MAX);
    wire.answer_len += SMP_ENTRIES_MAX;
    wire.answer[wire.answer_len++] = 0xff;
    wire.answer[wire.answer_len++] = 0xff;
    assert_int_equal(run(STAT_LIST), ERR_OK);
    wire.answer[wire.answer_len - 2] = 0x60;
    wire.answer[wire.answer_len - 1] = 0xff;
    wire.answer[wire.answer_len++] = 0xff;
    assert_int_equal(run(STAT_LIST), ERR_FORMAT);
}

/* As many as the field has numbers for, and none more. */
static void every_error_has_a_name_and_a_text(void **state)
{
    (void)state;
    static const struct {
        int group;
        uint32_t count;
        const char *first, *last;
    } groups_errors[] = {
        {-1, 15, "MGMT_ERR_EOK", "MGMT_ERR_BRIDGED_CONNECTION_UNAVAILABLE"},
        {0, 8, "OS_MGMT_ERR_OK", "OS_MGMT_ERR_HEAP_STATS_FETCH_FAILED"},
        {1, 35, "IMG_MGMT_ERR_OK", "IMG_MGMT_ERR_ACTIVE_SLOT_NOT_KNOWN"},
        {2, 6, "STAT_MGMT_ERR_OK", "STAT_MGMT_ERR_WALK_ABORTED"},
        {3, 9, "SETTINGS_MGMT_ERR_OK", "SETTINGS_MGMT_ERR_SAVE_NOT_SUPPORTED"},
        {8, 17, "FS_MGMT_ERR_OK", "FS_MGMT_ERR_FILE_EMPTY"},
        {9, 4, "SHELL_MGMT_ERR_OK", "SHELL_MGMT_ERR_EMPTY_COMMAND"},
        {10, 5, "ENUM_MGMT_ERR_OK", "ENUM_MGMT_ERR_INDEX_TOO_LARGE"},
        {11, 18, "TRANSPORT_MGMT_ERR_OK", "TRANSPORT_MGMT_ERR_CONNECT_FAILED"},
        {63, 5, "ZEPHYRBASIC_MGMT_ERR_OK", "ZEPHYRBASIC_MGMT_ERR_FLASH_ERASE_FAILED"},
        {SMP_GROUP_LINE, 3, "LINE_MGMT_ERR_OK", "LINE_MGMT_ERR_NO_SUCH_SPEED"},
    };
    for (size_t i = 0; i < ARRAY_LEN(groups_errors); i++) {
        struct smp_error error = {.group = groups_errors[i].group};
        assert_string_equal(smp_error_name(&error), groups_errors[i].first);
        for (; error.rc < groups_errors[i].count; error.rc++)
            assert_string_not_equal(smp_error_name(&error), "unknown error");
        assert_string_equal(smp_error_name(&error), "unknown error");
        error.rc--;
        assert_string_equal(smp_error_name(&error), groups_errors[i].last);
        assert_true(strlen(smp_error_text(&error)) > 0);
    }
}

static void every_group_of_the_field_has_a_name(void **state)
{
    (void)state;
    static const uint32_t ids[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 63};
    for (size_t i = 0; i < ARRAY_LEN(ids); i++)
        assert_non_null(smp_group_name(ids[i]));
    assert_null(smp_group_name(64));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_and_answers),
        cmocka_unit_test(an_answer_that_is_cut_is_none),
        cmocka_unit_test(answers_that_lie),
        cmocka_unit_test(a_walk_does_not_overflow),
        cmocka_unit_test(errors_of_real_servers),
        cmocka_unit_test(an_upload_goes_on_at_the_servers_length),
        cmocka_unit_test(too_many_entries),
        cmocka_unit_test(every_error_has_a_name_and_a_text),
        cmocka_unit_test(every_group_of_the_field_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
