#include "tests/sweep/garbage_fill.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/crc.h"
#include "core/update/swap/trailer.h"

#define WORD      32u
#define SLOT_SIZE (7 * SECTOR)

/* Geometry only: nothing is read or written through it. */
static struct flash geometry = {.size = FLASH_SIZE, .sector = SECTOR, .word = WORD, .erased = 0xff};
static const struct slot_pair pair = {
    .slot = {{.flash = &geometry, .offset = SLOT0, .size = SLOT_SIZE},
             {.flash = &geometry, .offset = SLOT1, .size = SLOT_SIZE}},
    .max_align = WORD,
    .max_sectors = 7,
    .strategy = &update_swap_offset,
};

uint32_t garbage_draw(struct garbage *g, uint32_t below)
{
    g->state = g->state * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)((g->state >> 33) % below);
}

static void PRINTF_LIKE(2, 3) say(struct garbage *g, const char *format, ...)
{
    size_t len = strlen(g->what);
    va_list args;
    va_start(args, format);
    vsnprintf(g->what + len, sizeof(g->what) - len, format, args);
    va_end(args);
}

/* ---- images -------------------------------------------------------------------------------------- */

static void put_noise(struct garbage *g, struct vboard *v, uint32_t off, uint32_t len)
{
    uint8_t word[WORD];
    for (uint32_t at = 0; at < len; at += WORD) {
        for (uint32_t i = 0; i < WORD; i++)
            word[i] = (uint8_t)garbage_draw(g, 256);
        vboard_flash_poke(v, off + at, word, WORD);
    }
}

/* A header field that lies: sizes at their limits, flags, another magic. */
static void lie(struct garbage *g, uint8_t *image)
{
    static const struct {
        uint8_t off, size;
    } fields[] = {{0, 4}, {4, 4}, {8, 2}, {10, 2}, {12, 4}, {16, 4}, {20, 4}};
    static const uint32_t values[] = {0,          1,          31,         32,      33,
                                      0x7fff,     0xffff,     0x20000,    0xa0000, 0xe0000 - 1,
                                      0x7fffffff, 0x80000000, 0xfffffff0, ~0u,     0x96f3b83c};
    unsigned f = garbage_draw(g, ARRAY_LEN(fields));
    uint32_t value =
        garbage_draw(g, 3) ? values[garbage_draw(g, ARRAY_LEN(values))] : 1u << garbage_draw(g, 32);
    uint8_t bytes[4];
    put_le32(bytes, value);
    memcpy(image + fields[f].off, bytes, fields[f].size);
    say(g, " header+%u=0x%x", fields[f].off, (unsigned)value);
}

/* Behind the payload: TLV areas whose types, lengths and totals are anything. */
static void spoil_tlvs(struct garbage *g, uint8_t *image, uint32_t len)
{
    uint32_t tlvs = get_le16(image + 8) + get_le32(image + 12);
    for (unsigned n = 1 + garbage_draw(g, 4); n > 0 && tlvs < len; n--)
        image[tlvs + garbage_draw(g, len - tlvs)] = (uint8_t)garbage_draw(g, 256);
    say(g, " TLVs spoilt");
}

static void put(struct vboard *v, uint32_t off, const uint8_t *data, uint32_t len)
{
    uint8_t *padded = malloc(round_up32(len, WORD));
    if (padded == NULL)
        abort();
    memset(padded, 0xff, round_up32(len, WORD));
    memcpy(padded, data, len);
    vboard_flash_poke(v, off, padded, round_up32(len, WORD));
    free(padded);
}

/* One image, or what is left of one, or something else, at off. True if it may run. */
static bool put_image(struct garbage *g, struct vboard *v, uint32_t off)
{
    unsigned which = garbage_draw(g, 8), how = garbage_draw(g, 12);
    if (which >= GARBAGE_IMAGES)
        which %= 2;
    uint32_t len = g->image[which].len;
    uint8_t *image = malloc(len);
    if (image == NULL)
        abort();
    memcpy(image, g->image[which].data, len);
    say(g, " %c", "ABxs"[which]);
    if (how == 0)
        lie(g, image);
    if (how == 1)
        spoil_tlvs(g, image, len);
    if (how == 2)
        image[garbage_draw(g, len)] ^= (uint8_t)(1u << garbage_draw(g, 8));
    if (how == 3)
        len = 1 + garbage_draw(g, len);
    put(v, off, image, len);
    if (how == 4)
        vboard_flash_spoil(v, off + round_down32(garbage_draw(g, len), WORD));
    if (how == 5)
        put_noise(g, v, off, round_up32(1 + garbage_draw(g, 4096), WORD));
    if (how <= 5)
        say(g, "(%u)", how);
    free(image);
    return how > 5 && which < GARBAGE_ASTRAY;
}

static bool fill_slot(struct garbage *g, struct vboard *v, uint32_t base)
{
    bool genuine = false;
    unsigned where = garbage_draw(g, 4);
    if (base == SLOT0 || where & 1)
        genuine = put_image(g, v, base);
    if (base != SLOT0 && where & 2)
        (void)put_image(g, v, base + SECTOR);
    if (base != SLOT0 && garbage_draw(g, 8) == 0)
        put_noise(g, v, base + garbage_draw(g, 6) * SECTOR, 2048);
    return genuine;
}

/* ---- trailers ------------------------------------------------------------------------------------ */

/* One word: untouched, with a meaning, anything, or unreadable. True if something stands there. */
static bool put_field(struct garbage *g, struct vboard *v, uint32_t off, const void *meant,
                      uint32_t len)
{
    uint8_t word[WORD];
    unsigned how = garbage_draw(g, 6);
    memset(word, 0xff, sizeof(word));
    if (how == 0)
        return false;
    if (how == 1) {
        vboard_flash_spoil(v, off);
        return true;
    }
    memcpy(word, meant, len);
    if (how == 2)
        for (uint32_t i = 0; i < len; i++)
            word[i] = (uint8_t)garbage_draw(g, 256);
    vboard_flash_poke(v, off, word, WORD);
    return true;
}

static void put_checkpoint(struct garbage *g, struct vboard *v, uint32_t off)
{
    uint8_t b[18] = {'S', 'w', 'C', 'p'};
    b[4] = (uint8_t)garbage_draw(g, 6);
    b[5] = (uint8_t)garbage_draw(g, 4);
    put_le16(b + 6, (uint16_t)garbage_draw(g, garbage_draw(g, 2) ? 16 : 65536));
    put_le32(b + 8, garbage_draw(g, 0xc0000));
    put_le32(b + 12, garbage_draw(g, 0x1000000));
    put_le16(b + 16, crc16_xmodem(0, b, 16));
    (void)put_field(g, v, off, b, sizeof(b));
    say(g, " checkpoint");
}

static void fill_trailer(struct garbage *g, struct vboard *v, enum slot s)
{
    static const uint8_t magic[WORD] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                        0x20, 0x00, 0x2d, 0xe1, 0x5d, 0x29, 0x41, 0x0b,
                                        0x8d, 0x77, 0x67, 0x9c, 0x11, 0x0f, 0x1f, 0x8a};
    struct trailer_layout l = trailer_layout(&pair, s);
    uint32_t base = pair.slot[s].offset;
    uint8_t set = 1, info = (uint8_t)(2 + garbage_draw(g, 3)), size[4], tlvs[4];
    put_le32(size, g->image[garbage_draw(g, 2)].len);
    put_le32(tlvs, 0x00960096);
    say(g, " trailer%u:", (unsigned)s);
    if (garbage_draw(g, 4))
        vboard_flash_poke(v, base + l.magic, magic, WORD);
    else
        (void)put_field(g, v, base + l.magic, magic, WORD);
    (void)put_field(g, v, base + l.image_ok, &set, 1);
    (void)put_field(g, v, base + l.copy_done, &set, 1);
    (void)put_field(g, v, base + l.swap_info, &info, 1);
    (void)put_field(g, v, base + l.tlv_sizes, tlvs, 4);
    (void)put_field(g, v, base + l.swap_size, size, 4);
    uint32_t records = garbage_draw(g, l.records + 1);
    for (uint32_t i = 0; i < records; i++) {
        uint8_t value = (uint8_t)(1 + i % 2);
        (void)put_field(g, v, base + l.status + i * WORD, &value, 1);
    }
    say(g, " type %u, %u records", info, (unsigned)records);
    if (garbage_draw(g, 4) == 0)
        put_checkpoint(g, v, base + l.status);
}

/* ---- all ----------------------------------------------------------------------------------------- */

void garbage_fill(struct garbage *g, struct vboard *v, uint64_t seed)
{
    g->state = (seed + 1) * 0x9e3779b97f4a7c15ull;
    (void)garbage_draw(g, 2);
    g->what[0] = '\0';
    say(g, "slot0:");
    bool genuine = fill_slot(g, v, SLOT0);
    say(g, "; slot1:");
    (void)fill_slot(g, v, SLOT1);
    bool trailer0 = garbage_draw(g, 3) != 0, trailer1 = garbage_draw(g, 3) != 0;
    if (trailer0)
        fill_trailer(g, v, SLOT_PRIMARY);
    if (trailer1)
        fill_trailer(g, v, SLOT_SECONDARY);
    if (garbage_draw(g, 16) == 0)
        put_noise(g, v, SLOT1 + 6 * SECTOR, 1024 * 32);
    g->must_run = genuine && !trailer0 && !trailer1;
}

void garbage_open(struct garbage *g)
{
    static const char *const names[GARBAGE_IMAGES] = {"a", "b", "astray", "stranger"};
    for (unsigned i = 0; i < GARBAGE_IMAGES; i++) {
        char path[60];
        snprintf(path, sizeof path, "tests/garbage-%s.bin", names[i]);
        g->image[i] = rig_file(path);
    }
}

void garbage_close(struct garbage *g)
{
    for (unsigned i = 0; i < GARBAGE_IMAGES; i++)
        free(g->image[i].data);
}
