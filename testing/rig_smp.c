#include "testing/rig_smp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/log.h"
#include "core/smp/server/shell.h"
#include "core/smp/server/stat.h"
#include "host/image/build/build.h"

static struct rig *logged; /* the rig that takes the log */

static void keep_line(const char *text, size_t len)
{
    const char *from = memchr(text, ']', len);
    from = from != NULL ? from + 2 : text;
    size_t n = len - (size_t)(from - text) - 2; /* without CR LF */
    struct rig *b = logged;
    if (b == NULL || b->log_len + n + 2 > sizeof b->log)
        return;
    memcpy(b->log + b->log_len, from, n);
    b->log_len += n;
    b->log[b->log_len++] = '\n';
    b->log[b->log_len] = '\0';
}

static const struct log_backend backend = {NULL, keep_line, LOG_LEVEL_INF};

static void on_feed(void)
{
    if (logged != NULL)
        logged->feeds++;
}

static void on_reset(void *ctx, uint32_t delay_ms)
{
    struct rig *b = ctx;
    b->resets++;
    b->reset_delay = delay_ms;
}

static void on_boot_mode(void *ctx, uint32_t mode)
{
    struct rig *b = ctx;
    b->boot_mode = mode;
}

/* What a bootloader that swaps using offset tells; its size limit is the fit rule's. */
static const struct boot_info info = {.has = BOOT_INFO_MODE, .mode = 9};

static void on_flash(void *ctx, enum fake_op op, uint32_t off, uint32_t len)
{
    struct rig *b = ctx;
    const struct flash_area *a = &b->pair.slot[SLOT_SECONDARY];
    b->erases += op == FAKE_ERASE;
    b->erases_first += op == FAKE_ERASE && b->first_program == UINT32_MAX;
    if (op != FAKE_PROGRAM)
        return;
    if (b->first_program == UINT32_MAX)
        b->first_program = off;
    if (off >= a->offset && off < a->offset + update_upload_offset(&b->pair))
        return;
    for (uint32_t at = off; at < off + len; at += b->fake.flash.word)
        b->touched_again += b->words[at / b->fake.flash.word] != FAKE_VIRGIN;
}

static const struct smp_group *const groups[] = {&smp_group_os, &smp_group_img, &smp_group_stat,
                                                 &smp_group_shell, &smp_group_enum};

static uint32_t read_answer(void)
{
    return 42;
}

static const uint32_t small_number = 7, large_number = UINT32_MAX;
static const struct smp_stat number_fields[] = {
    {"small", &small_number, NULL}, {"large", &large_number, NULL}, {"answer", NULL, read_answer}};
static const struct smp_stat_group numbers = {"numbers", number_fields, ARRAY_LEN(number_fields)};
static const struct smp_stat_group no_numbers = {"none", NULL, 0};
static const struct smp_stat_group *const stats[] = {&numbers, &no_numbers};

/* Prints its words, and returns how many follow its name. */
static int run_words(void *ctx, int argc, const char *const *argv, struct smp_shell_out *out)
{
    (void)ctx;
    if (argv[argc] != NULL)
        abort();
    for (int i = 0; i < argc; i++)
        smp_shell_print(out, "<%s>", argv[i]);
    return argc - 1;
}

/* Prints more than fits, in letters of two bytes. */
static int run_flood(void *ctx, int argc, const char *const *argv, struct smp_shell_out *out)
{
    (void)ctx;
    (void)argv;
    for (unsigned i = 0; i < 1000; i++)
        smp_shell_print(out, argc > 1 ? "x\u00e9" : "\u00e9");
    return SMP_SHELL_USAGE;
}

static const struct smp_shell_command shell[] = {{"words", "print the words", run_words},
                                                 {"flood", "print too much", run_flood}};

void smp_rig_init(struct rig *b, uint32_t sector, uint32_t slot1_offset, uint32_t flash_size)
{
    free(b->bytes); /* of an earlier use */
    free(b->words);
    memset(b, 0, sizeof *b);
    b->bytes = malloc(flash_size);
    b->words = malloc(flash_size / SMP_RIG_WORD);
    fake_init(&b->fake, SMP_RIG_WORD, sector, flash_size / sector, b->bytes, b->words);
    b->fake.trace = on_flash;
    b->fake.trace_ctx = b;
    b->first_program = UINT32_MAX;
    b->pair = (struct slot_pair){.slot = {{&b->fake.flash, sector, SMP_RIG_SECTORS * sector},
                                          {&b->fake.flash, slot1_offset, SMP_RIG_SECTORS * sector}},
                                 .max_align = 32,
                                 .max_sectors = SMP_RIG_SECTORS};
    b->config = (struct smp_server_config){.groups = groups,
                                           .group_count = ARRAY_LEN(groups),
                                           .buf_size = SMP_RIG_BUF,
                                           .buf_count = 4,
                                           .words = {.kernel = "Slipway",
                                                     .node = "unknown",
                                                     .release = "r1",
                                                     .version = "1.0.0",
                                                     .machine = "arm",
                                                     .processor = "cortex-m7",
                                                     .platform = "rig",
                                                     .os = "Slipway"},
                                           .pair = &b->pair,
                                           .boot = &info,
                                           .boot_mode = on_boot_mode,
                                           .stream_buf = b->block,
                                           .stream_buf_size = sizeof b->block,
                                           .feed = on_feed,
                                           .reset = on_reset,
                                           .stats = stats,
                                           .stat_count = ARRAY_LEN(stats),
                                           .shell = shell,
                                           .shell_count = ARRAY_LEN(shell),
                                           .ctx = b};
    smp_server_init(&b->server, &b->config);
    logged = b;
    log_set_backend(&backend);
}

void smp_rig_small(struct rig *b)
{
    smp_rig_init(b, 4096, 8 * 4096, 16 * 4096);
}

void smp_rig_erase_beside(struct rig *b, uint32_t polls)
{
    fake_erase_beside(&b->fake, polls);
    fake_tell_virgin(&b->fake);
    b->config.reception_buf = b->ring;
    b->config.reception_size = sizeof b->ring;
}

void smp_rig_free(struct rig *b)
{
    log_set_backend(NULL);
    logged = NULL;
    free(b->bytes);
    free(b->words);
    b->bytes = b->words = NULL;
}

void smp_rig_restart(struct rig *b)
{
    fake_power_on(&b->fake);
    smp_server_init(&b->server, &b->config);
}

void smp_rig_clear_log(struct rig *b)
{
    b->log_len = 0;
    b->log[0] = '\0';
}

uint32_t smp_rig_image(uint8_t *out, uint32_t len, unsigned major, unsigned minor, uint32_t build,
                       uint8_t seed)
{
    static uint8_t payload[1024 * 1024];
    uint32_t payload_len = len - 32 - 40; /* header; TLV area of a hash-only image */
    for (uint32_t i = 0; i < payload_len; i++)
        payload[i] = (uint8_t)(i * 31 + (i >> 8) + seed);
    struct image_plan plan = {.version = {(uint8_t)major, (uint8_t)minor, 0, build},
                              .hdr_size = 32,
                              .input = payload,
                              .input_len = payload_len,
                              .pad_header = true,
                              .erased = 0xff};
    struct image_built built;
    if (image_build(&plan, out, image_build_cap(&plan), &built) != ERR_OK)
        abort();
    return (uint32_t)built.len;
}

void smp_rig_image_hash(const uint8_t *image, uint32_t len, uint8_t hash[SHA256_SIZE])
{
    struct image_source source = image_source_memory(image, len);
    struct image_hash stored;
    if (image_stored_hash(&source, len, &stored) != IMAGE_FAULT_NONE || stored.len != SHA256_SIZE)
        abort();
    memcpy(hash, stored.bytes, SHA256_SIZE);
}

void smp_rig_install(struct rig *b, enum slot s, uint32_t off, const uint8_t *image, uint32_t len)
{
    static uint8_t padded[1024 * 1024];
    uint32_t whole = round_up32(len, SMP_RIG_WORD);
    memset(padded, 0xff, whole);
    memcpy(padded, image, len);
    fake_place(&b->fake, b->pair.slot[s].offset + off, padded, whole);
}

void smp_rig_set_revert(struct rig *b)
{
    static const uint8_t magic[16] = {0x20, 0x00, 0x2d, 0xe1, 0x5d, 0x29, 0x41, 0x0b,
                                      0x8d, 0x77, 0x67, 0x9c, 0x11, 0x0f, 0x1f, 0x8a};
    uint32_t end = b->pair.slot[SLOT_PRIMARY].offset + b->pair.slot[SLOT_PRIMARY].size;
    uint8_t word[32];
    memset(word, 0xff, sizeof word);
    memcpy(word + 16, magic, sizeof magic);
    fake_place(&b->fake, end - 32, word, 32);
    memset(word, 0xff, sizeof word);
    word[0] = 1;
    fake_place(&b->fake, end - 96, word, 32); /* copy_done */
}

size_t smp_rig_unhex(uint8_t *out, size_t cap, const char *hex)
{
    size_t n = 0;
    for (const char *p = hex; *p != '\0';) {
        unsigned v;
        if (*p == ' ') {
            p++;
            continue;
        }
        if (n == cap || sscanf(p, "%2x", &v) != 1)
            abort();
        out[n++] = (uint8_t)v;
        p += 2;
    }
    return n;
}

/* ctx: a text of 2 * SMP_RIG_ANSWER + 1 bytes, which keeps the first response. */
static void keep_first(void *ctx, const uint8_t *packet, size_t len)
{
    char *text = ctx;
    bool first = text[0] == '\0';
    for (size_t i = 0; first && i < len; i++)
        sprintf(text + 2 * i, "%02x", packet[i]);
}

const char *smp_rig_ask(struct rig *b, const char *hex)
{
    static char text[2 * SMP_RIG_ANSWER + 1];
    uint8_t request[2048];
    size_t len = smp_rig_unhex(request, sizeof request, hex);
    text[0] = '\0';
    smp_server_receive(&b->server, request, len, b->response, sizeof b->response, keep_first, text);
    return text;
}

/* ---- the link ---- */

static unsigned draw(struct smp_rig_link *l)
{
    l->seed = l->seed * 1664525u + 1013904223u;
    return l->seed >> 24;
}

static void enqueue(void *ctx, const uint8_t *packet, size_t len)
{
    struct smp_rig_link *l = ctx;
    if (draw(l) < l->loss || l->count == 8)
        return;
    unsigned at = (l->head + l->count++) % 8;
    memcpy(l->queue[at], packet, len);
    l->queue_len[at] = len;
}

static void deliver(struct smp_rig_link *l, const uint8_t *packet, size_t len)
{
    if (draw(l) >= l->loss)
        smp_server_receive(&l->rig->server, packet, len, l->rig->response, sizeof l->rig->response,
                           enqueue, l);
}

static enum err link_send(struct smp_link *link, const uint8_t *packet, size_t len)
{
    struct smp_rig_link *l = CONTAINER_OF(link, struct smp_rig_link, link);
    deliver(l, packet, len);
    if (draw(l) < l->duplicate)
        deliver(l, packet, len);
    return ERR_OK;
}

static enum err link_recv(struct smp_link *link, uint8_t *packet, size_t cap, size_t *len,
                          uint32_t timeout_ms)
{
    (void)timeout_ms;
    struct smp_rig_link *l = CONTAINER_OF(link, struct smp_rig_link, link);
    if (l->count == 0)
        return ERR_TIMEOUT;
    *len = l->queue_len[l->head];
    if (*len > cap)
        return ERR_NOMEM;
    memcpy(packet, l->queue[l->head], *len);
    l->head = (l->head + 1) % 8;
    l->count--;
    return ERR_OK;
}

void smp_rig_link_init(struct smp_rig_link *l, struct rig *b)
{
    memset(l, 0, sizeof *l);
    l->link.send = link_send;
    l->link.recv = link_recv;
    l->rig = b;
    l->seed = 1;
}
