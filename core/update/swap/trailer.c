#include "core/update/swap/trailer.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/update/encrypted/encrypted.h"
#include "core/update/strategy.h"

#define FLAG_SET 0x01u
/* MCUboot's magic, 16 bytes. With an alignment other than 8 the first two bytes are the alignment. */
static const uint8_t magic_align8[TRAILER_MAGIC_SIZE] = {
    0x77, 0xc2, 0x95, 0xf3, 0x60, 0xd2, 0xef, 0x7f, 0x35, 0x52, 0x50, 0x0f, 0x2c, 0xb6, 0x79, 0x80};
static const uint8_t magic_other_tail[TRAILER_MAGIC_SIZE - 2] = {
    0x2d, 0xe1, 0x5d, 0x29, 0x41, 0x0b, 0x8d, 0x77, 0x67, 0x9c, 0x11, 0x0f, 0x1f, 0x8a};

static void magic_bytes(const struct slot_pair *p, uint8_t magic[TRAILER_MAGIC_SIZE])
{
    if (p->max_align == 8) {
        memcpy(magic, magic_align8, TRAILER_MAGIC_SIZE);
        return;
    }
    put_le16(magic, (uint16_t)p->max_align);
    memcpy(magic + 2, magic_other_tail, sizeof(magic_other_tail));
}

struct trailer_layout trailer_layout(const struct slot_pair *p, enum slot s)
{
    const struct flash_area *a = &p->slot[s];
    const struct update_strategy *strategy = strategy_of(p);
    uint32_t step = p->max_align, sectors = s == SLOT_SCRATCH ? 1 : p->max_sectors;
    struct trailer_layout l;
    l.magic_size = round_up32(TRAILER_MAGIC_SIZE, step);
    l.magic = a->size - l.magic_size;
    l.image_ok = l.magic - step;
    l.copy_done = l.image_ok - step;
    l.swap_info = l.copy_done - step;
    l.tlv_sizes = strategy->has_tlv_sizes ? l.swap_info - step : 0;
    l.swap_size = l.swap_info - (strategy->has_tlv_sizes ? 2 : 1) * step;
    l.records = sectors * strategy->states;
    l.status = l.swap_size - 2 * enc_key_field(p) - l.records * a->flash->word;
    l.first_sector = l.status - l.status % a->flash->sector;
    return l;
}

uint32_t trailer_size(const struct slot_pair *p)
{
    const struct flash_area *a = &p->slot[SLOT_PRIMARY];
    return a->size - trailer_layout(p, SLOT_PRIMARY).status;
}

/* Read one flash word, or a part of one; erased bytes if it is unreadable or unstable. */
static enum err get_word(const struct flash_area *a, uint32_t off, uint8_t *dst, uint32_t len)
{
    uint8_t again[TRAILER_FIELD_MAX];
    enum err e = area_read(a, off, dst, len);
    if (!e)
        e = area_read(a, off, again, len);
    if (e && e != ERR_UNREADABLE)
        return e;
    if (e || memcmp(dst, again, len) != 0)
        memset(dst, a->flash->erased, len);
    return ERR_OK;
}

enum err trailer_get(const struct flash_area *a, uint32_t off, void *dst, uint32_t len)
{
    uint32_t word = a->flash->word;
    for (uint32_t at = 0; at < len; at += word) {
        uint32_t n = len - at < word ? len - at : word;
        enum err e = get_word(a, off + at, (uint8_t *)dst + at, n);
        if (e)
            return e;
    }
    return ERR_OK;
}

enum err trailer_put(const struct flash_area *a, uint32_t off, const void *src, uint32_t len)
{
    uint8_t field[TRAILER_FIELD_MAX];
    memset(field, a->flash->erased, sizeof(field));
    memcpy(field, src, len);
    return area_program(a, off, field, round_up32(len, a->flash->word));
}

enum err trailer_put_magic(const struct slot_pair *p, enum slot s)
{
    struct trailer_layout l = trailer_layout(p, s);
    uint8_t block[TRAILER_FIELD_MAX];
    memset(block, p->slot[s].flash->erased, sizeof(block));
    magic_bytes(p, block + l.magic_size - TRAILER_MAGIC_SIZE);
    return trailer_put(&p->slot[s], l.magic, block, l.magic_size);
}

enum err trailer_put_flag(const struct slot_pair *p, enum slot s, uint32_t off)
{
    uint8_t set = FLAG_SET;
    return trailer_put(&p->slot[s], off, &set, 1);
}

enum err trailer_put_swap_info(const struct slot_pair *p, enum slot s, enum swap_type type)
{
    uint8_t info = (uint8_t)(p->image << 4 | type);
    return trailer_put(&p->slot[s], trailer_layout(p, s).swap_info, &info, 1);
}

enum err trailer_erase(const struct slot_pair *p, enum slot s, void (*feed)(void))
{
    const struct flash_area *a = &p->slot[s];
    uint32_t first = trailer_layout(p, s).first_sector;
    for (uint32_t off = a->size; off > first;) {
        off -= a->flash->sector;
        enum err e = area_erase(a, off, a->flash->sector);
        if (e)
            return e;
        if (feed)
            feed();
    }
    return ERR_OK;
}

static enum trailer_flag flag_state(uint8_t value, uint8_t erased)
{
    if (value == erased)
        return TRAILER_FLAG_UNSET;
    return value == FLAG_SET ? TRAILER_FLAG_SET : TRAILER_FLAG_BAD;
}

static enum trailer_magic magic_state(const struct slot_pair *p, const uint8_t *found,
                                      uint8_t erased)
{
    uint8_t good[TRAILER_MAGIC_SIZE];
    magic_bytes(p, good);
    if (memcmp(found, good, sizeof(good)) == 0)
        return TRAILER_MAGIC_GOOD;
    return bytes_all(found, erased, sizeof(good)) ? TRAILER_MAGIC_UNSET : TRAILER_MAGIC_BAD;
}

static void decode_swap_info(struct trailer_state *t, uint8_t value, uint8_t erased)
{
    unsigned type = value & 0x0f;
    bool known = value != erased && type >= SWAP_TYPE_NONE && type <= SWAP_TYPE_REVERT;
    t->swap_type = known ? (enum swap_type)type : SWAP_TYPE_NONE;
    t->image = known ? value >> 4 : 0;
}

enum err trailer_read(const struct slot_pair *p, enum slot s, struct trailer_state *t)
{
    const struct flash_area *a = &p->slot[s];
    struct trailer_layout l = trailer_layout(p, s);
    uint8_t erased = a->flash->erased;
    uint8_t magic[TRAILER_FIELD_MAX], image_ok, copy_done, swap_info;
    enum err e = trailer_get(a, l.magic, magic, l.magic_size);
    if (!e)
        e = trailer_get(a, l.image_ok, &image_ok, 1);
    if (!e)
        e = trailer_get(a, l.copy_done, &copy_done, 1);
    if (!e)
        e = trailer_get(a, l.swap_info, &swap_info, 1);
    if (e)
        return e;
    t->magic = magic_state(p, magic + l.magic_size - TRAILER_MAGIC_SIZE, erased);
    t->image_ok = flag_state(image_ok, erased);
    t->copy_done = flag_state(copy_done, erased);
    decode_swap_info(t, swap_info, erased);
    return ERR_OK;
}
