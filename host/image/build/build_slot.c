/* What belongs to an image file besides the image: version text, fit in the slot, trailer. */
#include <string.h>

#include "core/base/bytes.h"
#include "host/image/build/build.h"

#define MAGIC_SIZE 16u
#define FLAG_SET   0x01u

void image_trailer_magic(uint32_t max_align, uint8_t magic[16])
{
    static const uint8_t of_8[] = {0x77, 0xc2, 0x95, 0xf3, 0x60, 0xd2, 0xef, 0x7f,
                                   0x35, 0x52, 0x50, 0x0f, 0x2c, 0xb6, 0x79, 0x80};
    static const uint8_t of_others[] = {0x2d, 0xe1, 0x5d, 0x29, 0x41, 0x0b, 0x8d,
                                        0x77, 0x67, 0x9c, 0x11, 0x0f, 0x1f, 0x8a};
    if (max_align == 8) {
        memcpy(magic, of_8, sizeof of_8);
        return;
    }
    put_le16(magic, (uint16_t)max_align);
    memcpy(magic + 2, of_others, sizeof of_others);
}

uint64_t image_trailer_estimate(const struct image_slot_plan *s)
{
    uint64_t magic = round_up32(MAGIC_SIZE, s->max_align);
    if (s->overwrite_only)
        return 2ull * s->max_align + magic;
    uint64_t status = (uint64_t)s->max_sectors * IMAGE_STATES_PER_SECTOR * s->align;
    uint64_t keys = s->key_len != 0 ? 2ull * round_up32(s->key_len, s->max_align) : 0;
    return status + keys + 4ull * s->max_align + magic;
}

uint32_t image_trailer_image_ok(const struct image_slot_plan *s)
{
    return s->size - round_up32(MAGIC_SIZE, s->max_align) - s->max_align;
}

void image_slot_magic(const struct image_slot_plan *s, uint8_t magic[16])
{
    image_trailer_magic(s->max_align, magic);
    if (s->big_endian && s->max_align != 8) {
        magic[1] = magic[0];
        magic[0] = 0;
    }
}

enum err image_pad(const struct image_slot_plan *s, uint8_t erased, uint8_t *out, size_t len)
{
    uint64_t estimate = image_trailer_estimate(s);
    if (estimate > s->size || len > s->size - estimate)
        return ERR_NOSPC;
    memset(out + len, erased, s->size - len);
    image_slot_magic(s, out + s->size - MAGIC_SIZE);
    if (s->confirm && !s->overwrite_only)
        out[image_trailer_image_ok(s)] = FLAG_SET;
    return ERR_OK;
}

/* One decimal number without leading zeros, at most max. *text moves behind it. */
static bool take_number(const char **text, uint32_t max, uint32_t *number)
{
    const char *c = *text;
    uint64_t v = 0;
    if (*c < '0' || *c > '9' || (*c == '0' && c[1] >= '0' && c[1] <= '9'))
        return false;
    for (; *c >= '0' && *c <= '9'; c++) {
        v = v * 10 + (uint64_t)(*c - '0');
        if (v > max)
            return false;
    }
    *number = (uint32_t)v;
    *text = c;
    return true;
}

bool image_version_parse(struct image_version *v, const char *text)
{
    static const uint32_t max[] = {UINT8_MAX, UINT8_MAX, UINT16_MAX, UINT32_MAX};
    static const char separator[] = {'.', '.', '+'};
    uint32_t part[4] = {0};
    for (unsigned i = 0; i < 4; i++) {
        if (!take_number(&text, max[i], &part[i]))
            return false;
        if (*text == '\0')
            break;
        if (i == 3 || *text++ != separator[i])
            return false;
    }
    *v = (struct image_version){(uint8_t)part[0], (uint8_t)part[1], (uint16_t)part[2], part[3]};
    return true;
}
