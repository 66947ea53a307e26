/* The client under any answers. The sequence number, group, id and op of each answer are put right, so that the fuzzer
 * reaches the decoders. */
#include <stdlib.h>
#include <string.h>

#include "core/smp/wire/errors.h"
#include "core/smp/wire/packet.h"
#include "host/client/smp/client.h"
#include "host/client/smp/client_groups.h"
#include "host/client/smp/recovery.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t now;

static uint64_t now_ms(void)
{
    return now;
}

struct wire {
    struct smp_link link;
    const uint8_t *data;
    size_t left;
    struct smp_header request;
};

static enum err wire_send(struct smp_link *l, const uint8_t *packet, size_t len)
{
    struct wire *w = CONTAINER_OF(l, struct wire, link);
    if (len < SMP_HEADER_SIZE || len > SMP_PACKET_MAX)
        abort();
    smp_header_decode(&w->request, packet);
    return ERR_OK;
}

static enum err wire_recv(struct smp_link *l, uint8_t *packet, size_t cap, size_t *len,
                          uint32_t timeout_ms)
{
    struct wire *w = CONTAINER_OF(l, struct wire, link);
    if (w->left < 2) {
        now += timeout_ms;
        return ERR_TIMEOUT;
    }
    /* Silence now and then, so that losses are looked for; and a link that gives up early. */
    if (w->data[0] >= 0xc0) {
        now += w->data[0] & 1 ? timeout_ms : 0;
        w->data++;
        w->left--;
        return ERR_TIMEOUT;
    }
    size_t n = (size_t)(w->data[0] << 8 | w->data[1]) % 600;
    w->data += 2;
    w->left -= 2;
    n = n < w->left ? n : w->left;
    if (n + SMP_HEADER_SIZE > cap)
        return ERR_NOMEM;
    struct smp_header h = w->request;
    h.op = (uint8_t)(h.op + 1);
    h.version = n & 1;
    if (h.group == SMP_GROUP_IMAGE && h.id == SMP_IMAGE_UPLOAD)
        h.seq = (uint8_t)(h.seq - (n >> 1) % 4); /* of an earlier chunk that is under way */
    h.len = (uint16_t)n;
    smp_header_encode(&h, packet);
    memcpy(packet + SMP_HEADER_SIZE, w->data, n);
    w->data += n;
    w->left -= n;
    *len = n + SMP_HEADER_SIZE;
    return ERR_OK;
}

static void run_upload(struct smp_client *c)
{
    static const uint8_t file[3000];
    struct smp_upload u;
    smp_upload_begin(&u, file, sizeof file, 0, true);
    for (unsigned i = 0; i < 50 && !u.done; i++) {
        enum err e = smp_upload_step(c, &u);
        if (u.off > u.len)
            abort();
        if (e != ERR_OK && e != ERR_TIMEOUT)
            return;
    }
}

/* What a call returns may be read to its end. */
static void read_span(struct cbor_span s)
{
    static volatile uint8_t sum;
    for (size_t i = 0; i < s.len; i++)
        sum = (uint8_t)(sum + s.ptr[i]);
}

static enum err run_lists(struct smp_client *c, unsigned which)
{
    static struct smp_stat_list stats;
    static struct smp_task_list tasks;
    static struct smp_pool_list pools;
    static struct smp_fs_type_list types;
    static struct smp_group_list groups;
    enum err e;
    switch (which) {
    case 0:
    case 1:
        e = which == 0 ? smp_stat_list(c, &stats) : smp_stat_show(c, "stats", &stats);
        for (unsigned i = 0; e == ERR_OK && i < stats.count; i++)
            read_span(stats.stat[i].name);
        return e;
    case 2:
        e = smp_task_list(c, &tasks);
        for (unsigned i = 0; e == ERR_OK && i < tasks.count; i++)
            read_span(tasks.task[i].name);
        return e;
    case 3:
        e = smp_pool_list(c, &pools);
        for (unsigned i = 0; e == ERR_OK && i < pools.count; i++)
            read_span(pools.pool[i].name);
        return e;
    case 4:
        e = smp_fs_types(c, &types);
        for (unsigned i = 0; e == ERR_OK && i < types.count; i++)
            read_span(types.type[i].name);
        return e;
    default:
        return smp_group_list(c, &groups);
    }
}

static void run_file_upload(struct smp_client *c)
{
    static const uint8_t file[2000];
    struct smp_fs_upload u = {.name = "/a", .data = file, .len = sizeof file};
    for (unsigned i = 0; i < 50 && !u.done; i++) {
        enum err e = smp_fs_upload_step(c, &u);
        if (u.off > u.len)
            abort();
        if (e != ERR_OK && e != ERR_TIMEOUT)
            return;
    }
}

static void run_file_download(struct smp_client *c)
{
    struct smp_fs_download d = {.name = "/a"};
    for (unsigned i = 0; i < 50 && !d.done; i++) {
        struct cbor_span data;
        enum err e = smp_fs_download_step(c, &d, &data);
        if (d.off > d.len)
            abort();
        read_span(data);
        if (e != ERR_OK && e != ERR_TIMEOUT)
            return;
    }
}

static enum err run_values(struct smp_client *c, unsigned which)
{
    static const char *const argv[] = {"kernel", "version"};
    struct smp_setting setting = {.value = {NULL, 0}};
    struct smp_shell_answer shell = {.ret = 0};
    struct smp_fs_hash hash = {.off = 0};
    char text[32];
    enum err e;
    switch (which) {
    case 0:
        e = smp_settings_read(c, "a/b", 10, &setting);
        read_span(e == ERR_OK ? setting.value : (struct cbor_span){NULL, 0});
        return e;
    case 1:
        e = smp_shell_exec(c, argv, 2, 1, &shell);
        read_span(e == ERR_OK ? shell.output : (struct cbor_span){NULL, 0});
        return e;
    case 2:
        e = smp_fs_hash(c, "/a", NULL, 0, 0, &hash);
        read_span(e == ERR_OK ? hash.type : (struct cbor_span){NULL, 0});
        read_span(e == ERR_OK ? hash.bytes : (struct cbor_span){NULL, 0});
        return e;
    case 3:
        return smp_datetime_get(c, text, sizeof text);
    case 4:
        run_file_upload(c);
        return ERR_OK;
    default:
        run_file_download(c);
        return ERR_OK;
    }
}

static enum err run_command(struct smp_client *c, unsigned which)
{
    static struct smp_image_list images;
    static struct smp_slot_list slots;
    struct smp_bootloader boot;
    uint8_t hash[32] = {0};
    uint32_t a, b;
    char text[32];
    if (which % 32 >= 20)
        return which % 32 < 26 ? run_lists(c, which % 32 - 20) : run_values(c, which % 32 - 26);
    switch (which % 10) {
    case 0:
        return smp_echo(c, "hello", text, sizeof text);
    case 1:
        return smp_params(c, &a, &b);
    case 2:
        return smp_os_info(c, "a", text, sizeof text);
    case 3:
        return smp_bootloader_info(c, &boot);
    case 4:
        return smp_image_list(c, &images);
    case 5:
        return smp_image_set_state(c, hash, sizeof hash, true, &images);
    case 6:
        return smp_image_slots(c, &slots);
    case 7:
        return smp_reset_to(c, true, 1);
    case 8:
        (void)!recovery_ask(c);
        return ERR_OK;
    default:
        run_upload(c);
        return ERR_OK;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct smp_client c;
    struct wire w = {.link = {.send = wire_send, .recv = wire_recv}};
    if (size < 1)
        return 0;
    w.data = data + 1;
    w.left = size - 1;
    smp_client_init(&c, &w.link);
    if ((data[0] & 0x80) != 0)
        c.now_ms = now_ms;
    for (unsigned i = 0; i < 4; i++) {
        if (run_command(&c, data[0] + i) == ERR_PEER &&
            (strlen(smp_error_name(&c.error)) == 0 || strlen(smp_error_text(&c.error)) == 0))
            abort();
    }
    return 0;
}
