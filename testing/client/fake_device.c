#include "testing/client/fake_device.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/log.h"
#include "core/smp/groups/recovery.h"
#include "core/smp/server/boot_info.h"
#include "core/smp/server/server.h"
#include "core/smp/wire/errors.h"
#include "core/smp/wire/packet.h"
#include "host/image/build/build.h"
#include "testing/client/fake_groups.h"
#include "testing/client/fake_recovery.h"
#include "testing/fake_flash.h"

#define LOG_MODULE "flash_stm32h7"

#define SECTOR  (128u * 1024u)
#define SECTORS 16u
#define WORD    32u

/* The device; one per process. */
static struct {
    enum fake_habit habit;
    const struct fake_line *line;
    struct fake_flash flash;
    enum err (*program)(struct flash *f, uint32_t off, const void *src, uint32_t len);
    uint8_t bytes[SECTOR * SECTORS], words[SECTOR * SECTORS / WORD];
    struct slot_pair pair;
    struct boot_info boot;
    struct smp_server server;
    struct smp_server_config config;
    struct smp_command commands[SMP_IMAGE_SLOTS + 1];
    struct smp_group img, os;
    const struct smp_group *groups[2];
    uint8_t stream[512];
    unsigned uploads, marks; /* how many were begun, and asked for */
    bool leftover;           /* another image is marked than the one that was asked for */
    bool reset_asked;
    uint32_t boot_mode;      /* left for the next boot */
    uint64_t window_ends_ms; /* until then a request asks for recovery; 0: no window */
} d;

static void must(bool ok)
{
    if (!ok)
        abort();
}

size_t fake_image(uint8_t *out, size_t cap, uint8_t major, size_t payload)
{
    static uint8_t program[7 * SECTOR];
    for (size_t i = 0; i < payload; i++)
        program[i] = (uint8_t)(i * 31 + i / 251 + major);
    const struct image_plan plan = {.version = {.major = major},
                                    .hdr_size = 0x400,
                                    .input = program,
                                    .input_len = payload,
                                    .pad_header = true,
                                    .erased = 0xff};
    struct image_built built;
    must(payload <= sizeof program && image_build(&plan, out, cap, &built) == ERR_OK);
    return built.len;
}

/* ---- flash ---- */

static enum err program_wrong_bank(struct flash *f, uint32_t off, const void *src, uint32_t len)
{
    if (off < SECTOR * SECTORS / 2)
        return d.program(f, off, src, len);
    LOG_ERR("Status Bank%d: 0x%08x", 2, 0x40000u);
    return ERR_IO;
}

static void init_flash(void)
{
    static uint8_t image[600 * 1024];
    fake_init(&d.flash, WORD, SECTOR, SECTORS, d.bytes, d.words);
    size_t len = fake_image(image, sizeof image, 1, 40000);
    if (d.habit < FAKE_RECOVERY || d.habit > FAKE_RECOVERY_KEPT)
        fake_place(&d.flash, SECTOR, image, round_up32((uint32_t)len, WORD));
    d.program = d.flash.flash.program;
    if (d.habit == FAKE_FLASH_FAILS)
        d.flash.flash.program = program_wrong_bank;
    d.pair = (struct slot_pair){
        .slot = {{&d.flash.flash, SECTOR, 7 * SECTOR}, {&d.flash.flash, 8 * SECTOR, 7 * SECTOR}},
        .max_align = WORD,
        .max_sectors = SECTORS};
    if (d.habit == FAKE_SWAP_MOVE || d.habit == FAKE_NOT_BOOTABLE)
        d.pair.strategy = &update_swap_move;
    if (d.habit == FAKE_OVERWRITE)
        d.pair.strategy = &update_overwrite;
    if (d.habit == FAKE_DIRECT_XIP)
        d.pair.strategy = &update_direct_xip_revert;
    if (d.habit ==
        FAKE_DIRECT_XIP) { /* as `sign --confirm` leaves it: else the newest image runs, requested or not */
        d.pair.active = SLOT_SECONDARY;
        must(update_set_pending(&d.pair, true) == ERR_OK);
        d.pair.active = SLOT_PRIMARY;
    }
    d.boot = (struct boot_info){.has = BOOT_INFO_MODE, .mode = (uint8_t)update_mode(&d.pair)};
}

/* ---- other servers, and those of other days ---- */

static int on_upload(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    d.uploads += !s->img.open;
    d.leftover &= d.habit == FAKE_LEFTOVER_STAYS;
    return smp_group_img.commands[SMP_IMAGE_UPLOAD].write(s, q, r);
}

static int on_erase(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    if (d.habit == FAKE_LEFTOVER_STAYS)
        return smp_reply_error(r, IMG_MGMT_ERR_NO_FREE_SLOT);
    d.leftover = false;
    return smp_group_img.commands[SMP_IMAGE_ERASE].write(s, q, r);
}

static bool is_unbootable(void)
{
    return d.habit == FAKE_NOT_BOOTABLE && d.uploads == 1;
}

static int on_mark(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    bool first = d.marks++ == 0;
    if (is_unbootable())
        return smp_reply_error(r, IMG_MGMT_ERR_HASH_NOT_FOUND);
    d.leftover = d.habit == FAKE_LEFTOVER_STAYS || (first && d.habit == FAKE_MARKS_LEFTOVER);
    return smp_group_img.commands[SMP_IMAGE_STATE].write(s, q, r);
}

/* Where key stands in the packet for the n-th time (from 0), or NULL. */
static uint8_t *find_key(uint8_t *packet, size_t len, const char *key, unsigned n)
{
    size_t key_len = strlen(key);
    for (uint8_t *at = packet; at + key_len < packet + len; at++)
        if (memcmp(at, key, key_len) == 0 && n-- == 0)
            return at;
    return NULL;
}

/* The second image of a list is not bootable, or is called what the first one is. */
static void forge_list(uint8_t *packet, size_t len)
{
    uint8_t *name[2], *flags[2];
    for (unsigned i = 0; i < 2; i++) {
        name[i] = find_key(packet, len, "gversion", i);
        flags[i] = find_key(packet, len, "hbootable", i);
    }
    if (name[1] == NULL || flags[1] == NULL)
        return;
    must(flags[0] - name[0] == flags[1] - name[1]);
    if (is_unbootable())
        flags[1][strlen("hbootable")] = 0xf4; /* false */
    if (d.leftover)
        memcpy(name[1], name[0], (size_t)(flags[0] - name[0]));
}

static void send_packet(void *ctx, const uint8_t *packet, size_t len)
{
    static uint8_t sent[FAKE_BUF_SIZE];
    struct smp_header h;
    (void)ctx;
    memcpy(sent, packet, len);
    smp_header_decode(&h, sent);
    if (h.group == SMP_GROUP_IMAGE && h.id == SMP_IMAGE_STATE)
        forge_list(sent, len);
    uint8_t *split = d.habit == FAKE_FRUGAL ? find_key(sent, len, "splitStatus", 0) : NULL;
    if (split != NULL)
        *split = 'x'; /* a key that nobody knows */
    d.line->packet(d.line->ctx, sent, len);
}

/* ---- the device ---- */

static void on_reset(void *ctx, uint32_t delay_ms)
{
    (void)ctx;
    (void)delay_ms;
    d.reset_asked = true;
}

static void on_boot_mode(void *ctx, uint32_t mode)
{
    (void)ctx;
    d.boot_mode = d.habit == FAKE_OLD_SERVER ? 0 : mode;
}

static void answer_as(bool recovery)
{
    d.config.groups = d.groups;
    if (d.habit == FAKE_ALL_GROUPS)
        d.config.groups = fake_groups_all(&d.config.group_count);
    if (recovery)
        d.config.groups = d.habit <= FAKE_RECOVERY
                              ? smp_recovery_groups
                              : fake_recovery_groups(d.habit == FAKE_MCUBOOT_STATES);
    d.window_ends_ms = 0;
    smp_server_init(&d.server, &d.config);
}

bool fake_device_takes_reset(void)
{
    bool asked = d.reset_asked;
    d.reset_asked = false;
    return asked;
}

static void start_an_image(void)
{
    static uint8_t buf[4096];
    static const uint8_t spki[91] = {0x30};
    const struct image_key key = {spki, sizeof spki};
    const struct update_env env = {.pair = &d.pair,
                                   .keys = &key,
                                   .key_count = d.habit == FAKE_OTHER_KEY ? 1 : 0,
                                   .buf = buf,
                                   .buf_len = sizeof buf};
    struct update_outcome outcome;
    must(update_boot(&env, &outcome) == ERR_OK);
    d.pair.active = outcome.slot;
    answer_as(outcome.verdict != IMAGE_GENUINE && d.habit != FAKE_OTHER_KEY);
}

void fake_device_boot(void)
{
    bool stays = d.boot_mode == 1 || d.habit == FAKE_RECOVERY_KEPT;
    d.boot_mode = 0;
    d.reset_asked = false;
    if (stays || d.habit == FAKE_DFU_WINDOW)
        answer_as(true);
    else
        start_an_image();
    if (d.habit == FAKE_DFU_WINDOW && !stays)
        d.window_ends_ms = d.line->now_ms() + FAKE_DFU_WINDOW_MS;
}

void fake_device_receive(const uint8_t *packet, size_t len)
{
    static uint8_t response[FAKE_BUF_SIZE], request[FAKE_BUF_SIZE];
    if (d.habit == FAKE_ALL_GROUPS && fake_groups.speaks_v1 && len <= sizeof request) {
        memcpy(request, packet, len);
        request[0] &= 7; /* the bits of the version are none to it */
        packet = request;
    }
    if (d.habit == FAKE_ALL_GROUPS) /* the test may have changed what it has */
        d.config.groups = fake_groups_all(&d.config.group_count);
    if (d.window_ends_ms != 0 && d.line->now_ms() >= d.window_ends_ms)
        start_an_image();
    d.window_ends_ms = 0;
    smp_server_receive(&d.server, packet, len, response, sizeof response, send_packet, NULL);
}

bool fake_device_half_done(void)
{
    const struct img_session *s = &d.server.img;
    return s->open && s->off > s->len / 2;
}

void fake_device_start(enum fake_habit habit, const struct fake_line *line)
{
    static struct log_backend log;
    d.habit = habit;
    d.line = line;
    d.uploads = d.marks = 0;
    d.leftover = false;
    d.boot_mode = 0;
    memcpy(d.commands, smp_group_img.commands, sizeof d.commands);
    d.commands[SMP_IMAGE_UPLOAD].write = on_upload;
    d.commands[SMP_IMAGE_ERASE].write = on_erase;
    d.commands[SMP_IMAGE_STATE].write = on_mark;
    d.img = smp_group_img;
    d.img.commands = d.commands;
    d.os = smp_group_os;
    if (habit == FAKE_FRUGAL)
        d.os.command_count = SMP_OS_INFO;
    d.groups[0] = &d.os;
    d.groups[1] = &d.img;
    init_flash();
    d.config = (struct smp_server_config){.groups = d.groups,
                                          .group_count = 2,
                                          .buf_size = FAKE_BUF_SIZE,
                                          .buf_count = line->buf_count > 0 ? line->buf_count : 2,
                                          .pair = &d.pair,
                                          .boot = &d.boot,
                                          .stream_buf = d.stream,
                                          .stream_buf_size = sizeof d.stream,
                                          .reset = on_reset,
                                          .boot_mode = on_boot_mode};
    fake_groups_reset();
    answer_as(habit >= FAKE_RECOVERY && habit <= FAKE_RECOVERY_KEPT);
    log = (struct log_backend){NULL, line->text, LOG_LEVEL_INF};
    log_set_backend(line->text != NULL ? &log : NULL);
}
