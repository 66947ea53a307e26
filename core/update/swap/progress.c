/* The order of writes in this file is argued in core/update/swap/DESIGN.md, "After a cut". */
#include "core/update/swap/progress.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/base/crc.h"
#include "core/base/log.h"
#include "core/update/encrypted/encrypted.h"
#include "core/update/swap/trailer.h"

#define LOG_MODULE "mcuboot"

/* How many records there are, recognised by their order and not by their place: a bootloader with another BOOT_MAX_IMG_SECTORS, or
 * with image keys where this one has none, puts them elsewhere (core/update/SPEC.md, "Other layouts"). Each stands behind the
 * one before. Only swap using move has a gap, of a length that depends on max_sectors; base is where its first record would
 * stand if the gap were this bootloader's. */
static enum err find_records(const struct slot_pair *p, const struct trailer_layout *l,
                             struct swap *sw)
{
    const struct flash_area *a = &p->slot[SLOT_PRIMARY];
    const struct swap_steps *steps = engine_of(p)->swap;
    const uint32_t w = a->flash->word;
    uint8_t word[TRAILER_FIELD_MAX];
    memset(word, a->flash->erased, sizeof(word));
    const uint32_t blank = get_le32(word);
    uint32_t base = l->status, first = base;
    for (uint32_t off = l->first_sector; off < l->swap_size; off += w) {
        enum err e = trailer_get(a, off, word, w);
        if (e)
            return e;
        uint32_t written = get_le32(word) ^ blank; /* of a record the first byte alone */
        bool key = written > 0xff && off >= l->swap_size - 2 * enc_key_field(p);
        if (written == 0 || key)
            continue;
        if (sw->records == 0)
            first = base = off;
        else if (!steps->record(p, sw, sw->records))
            base = off - p->max_sectors * w;
        uint32_t i = (off - base) / w;
        uint8_t bits = steps->record(p, sw, i) ^ a->flash->erased; /* torn: some of them */
        if (written & ~(uint32_t)bits) {
            sw->records = RECORDS_UNCLEAR;
            break;
        }
        sw->records = i + 1;
    }
    /* Not at the edge, beyond which there may be more; nor one word off: then the first one has rotted. */
    uint32_t shift = base - l->status;
    if (shift && (first == l->first_sector || shift == w || !steps->plausible(p, sw)))
        sw->records = RECORDS_UNCLEAR;
    if (shift || sw->records == RECORDS_UNCLEAR)
        LOG_WRN("Swap of another layout: status record at 0x%x", (unsigned)first);
    return ERR_OK;
}

enum err progress_read(const struct slot_pair *p, const struct trailer_state *pri, struct swap *sw,
                       bool *claims)
{
    const struct flash_area *a = &p->slot[SLOT_PRIMARY];
    struct trailer_layout l = trailer_layout(p, SLOT_PRIMARY);
    uint8_t size[4], tlv[4] = {0};
    *claims = false;
    enum err e = trailer_get(a, l.swap_size, size, sizeof(size));
    if (!e && l.tlv_sizes)
        e = trailer_get(a, l.tlv_sizes, tlv, sizeof(tlv));
    if (e)
        return e;
    sw->type = pri->swap_type;
    sw->swap_size = get_le32(size);
    sw->tlv_sizes = get_le32(tlv);
    sw->image_ok = pri->image_ok == TRAILER_FLAG_SET;
    sw->copy_done = pri->copy_done == TRAILER_FLAG_SET;
    *claims = pri->magic == TRAILER_MAGIC_GOOD && !sw->copy_done && pri->image == p->image &&
              sw->type >= SWAP_TYPE_TEST && sw->type <= SWAP_TYPE_REVERT && sw->swap_size > 0 &&
              sw->swap_size <= update_max_image_size(p);
    sw->records = 0;
    return *claims ? find_records(p, &l, sw) : ERR_OK;
}

static enum err write_number(const struct flash_area *a, uint32_t off, uint32_t value)
{
    uint8_t bytes[4];
    put_le32(bytes, value);
    return trailer_put(a, off, bytes, sizeof(bytes));
}

static enum err write_records(const struct slot_pair *p, const struct swap *sw)
{
    enum err e = ERR_OK;
    for (uint32_t i = 0; i < sw->records && !e; i++)
        if (engine_of(p)->swap->record(p, sw, i))
            e = record_step(p, sw, i);
    return e;
}

enum err progress_write(const struct update_env *env, enum slot s, const struct swap *sw)
{
    const struct slot_pair *p = env->pair;
    struct trailer_layout l = trailer_layout(p, s);
    enum err e = ERR_OK;
    if (sw->type != SWAP_TYPE_NONE)
        e = trailer_put_swap_info(p, s, sw->type);
    if (!e && sw->image_ok)
        e = trailer_put_flag(p, s, l.image_ok);
    if (!e)
        e = write_number(&p->slot[s], l.swap_size, sw->swap_size);
    if (!e && l.tlv_sizes)
        e = write_number(&p->slot[s], l.tlv_sizes, sw->tlv_sizes);
    if (!e)
        e = enc_put_keys(env, s, sw);
    if (!e)
        e = write_records(p, sw);
    if (!e && sw->copy_done)
        e = trailer_put_flag(p, s, l.copy_done);
    return e ? e : trailer_put_magic(p, s);
}

/* ---- the checkpoint ------------------------------------------------------------------------------ */

/* struct swap and a CRC, at the start of the secondary's status area, which MCUboot leaves unused. Bytes:
 * core/update/SPEC.md. */

#define CHECKPOINT_SIZE 18u
#define CHECKPOINT_SUM  16u /* offset of the CRC-16 */

static const uint8_t checkpoint_magic[4] = {'S', 'w', 'C', 'p'};

static void checkpoint_encode(const struct swap *sw, uint8_t b[CHECKPOINT_SIZE])
{
    memcpy(b, checkpoint_magic, sizeof(checkpoint_magic));
    b[4] = (uint8_t)sw->type;
    b[5] = (uint8_t)(sw->image_ok | sw->copy_done << 1);
    put_le16(b + 6, (uint16_t)sw->records);
    put_le32(b + 8, sw->swap_size);
    put_le32(b + 12, sw->tlv_sizes);
    put_le16(b + CHECKPOINT_SUM, crc16_xmodem(0, b, CHECKPOINT_SUM));
}

enum err checkpoint_read(const struct slot_pair *p, struct swap *sw, bool *found)
{
    uint8_t b[CHECKPOINT_SIZE];
    struct trailer_layout l = trailer_layout(p, SLOT_SECONDARY);
    *found = false;
    enum err e = trailer_get(&p->slot[SLOT_SECONDARY], l.status, b, sizeof(b));
    if (e)
        return e;
    if (memcmp(b, checkpoint_magic, sizeof(checkpoint_magic)) != 0 ||
        get_le16(b + CHECKPOINT_SUM) != crc16_xmodem(0, b, CHECKPOINT_SUM))
        return ERR_OK;
    sw->type = (enum swap_type)b[4];
    sw->image_ok = b[5] & 1;
    sw->copy_done = b[5] >> 1 & 1;
    sw->records = get_le16(b + 6);
    sw->swap_size = get_le32(b + 8);
    sw->tlv_sizes = get_le32(b + 12);
    *found = sw->type >= SWAP_TYPE_NONE && sw->type <= SWAP_TYPE_REVERT &&
             sw->records <= l.records &&
             (sw->copy_done || (sw->type != SWAP_TYPE_NONE && sw->swap_size > 0 &&
                                sw->swap_size <= update_max_image_size(p)));
    return ERR_OK;
}

static enum err checkpoint_write(const struct slot_pair *p, const struct swap *sw)
{
    uint8_t b[CHECKPOINT_SIZE];
    checkpoint_encode(sw, b);
    return trailer_put(&p->slot[SLOT_SECONDARY], trailer_layout(p, SLOT_SECONDARY).status, b,
                       sizeof(b));
}

enum err progress_rebuild(const struct update_env *env, const struct swap *sw, bool from_checkpoint)
{
    const struct slot_pair *p = env->pair;
    enum err e = ERR_OK;
    if (!from_checkpoint) {
        e = trailer_erase(p, SLOT_SECONDARY, env->feed);
        if (!e)
            e = checkpoint_write(p, sw);
    }
    if (!e)
        e = trailer_erase(p, SLOT_PRIMARY, env->feed);
    if (!e)
        e = progress_write(env, SLOT_PRIMARY, sw);
    return e ? e : trailer_erase(p, SLOT_SECONDARY, env->feed);
}
