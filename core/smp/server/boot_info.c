#include "core/smp/server/boot_info.h"

#include <string.h>

#include "core/base/bytes.h"

#define MAGIC       0x2016u
#define HEAD        4u                   /* bytes of the area's header, and of an entry's */
#define TYPE(minor) (2u << 12 | (minor)) /* major 2: boot info */
#define VALUE_MAX   8u

enum { MODE, SIGNATURE, RECOVERY, SLOT, VERSION, MAX_SIZE, ENTRIES };

/* These entries exist for each image; the type for image i is i higher. */
#define MAX_SIZE_TYPE TYPE(0x05)
#define COUNTER_TYPE  TYPE(0x10)

/* In MCUboot's order. */
static const struct {
    uint16_t type;
    uint8_t len;
} entries[ENTRIES] = {
    [MODE] = {TYPE(0x00), 1}, [SIGNATURE] = {TYPE(0x01), 1}, [RECOVERY] = {TYPE(0x02), 1},
    [SLOT] = {TYPE(0x03), 1}, [VERSION] = {TYPE(0x04), 8},   [MAX_SIZE] = {MAX_SIZE_TYPE, 4},
};

static void encode(unsigned which, const struct boot_info *i, uint8_t value[VALUE_MAX])
{
    const uint8_t bytes[] = {i->mode, i->signature, i->recovery, i->running_slot};
    if (which < sizeof bytes) {
        value[0] = bytes[which];
    } else if (which == VERSION) {
        value[0] = i->version.major;
        value[1] = i->version.minor;
        put_le16(value + 2, i->version.revision);
        put_le32(value + 4, i->version.build);
    } else {
        put_le32(value, i->max_size[0]);
    }
}

enum err boot_info_write(void *area, size_t size, const struct boot_info *info)
{
    uint8_t *at = area;
    size_t used = HEAD;
    memset(area, 0, size);
    for (unsigned i = 0; i < ENTRIES; i++) {
        if (size < HEAD || size - used < HEAD + entries[i].len)
            return ERR_NOSPC;
        put_le16(at + used, entries[i].type);
        put_le16(at + used + 2, entries[i].len);
        encode(i, info, at + used + HEAD);
        used += HEAD + entries[i].len;
    }
    put_le16(at, MAGIC);
    put_le16(at + 2, (uint16_t)used);
    return ERR_OK;
}

enum err boot_info_add(void *area, size_t size, unsigned what, unsigned image, uint32_t value)
{
    uint8_t *at = area;
    size_t used = get_le16(at + 2);
    if (size - used < HEAD + sizeof value)
        return ERR_NOSPC;
    put_le16(at + used,
             (uint16_t)((what == BOOT_INFO_COUNTER ? COUNTER_TYPE : MAX_SIZE_TYPE) + image));
    put_le16(at + used + 2, sizeof value);
    put_le32(at + used + HEAD, value);
    put_le16(at + 2, (uint16_t)(used + HEAD + sizeof value));
    return ERR_OK;
}

static void decode(unsigned which, const uint8_t *value, struct boot_info *i)
{
    uint8_t *const bytes[] = {&i->mode, &i->signature, &i->recovery, &i->running_slot};
    if (which < ARRAY_LEN(bytes))
        *bytes[which] = value[0];
    else if (which == VERSION)
        i->version =
            (struct image_version){value[0], value[1], get_le16(value + 2), get_le32(value + 4)};
}

/* Take an entry that exists for each image; first is the type for image 0. */
static enum err take_of_image(uint16_t type, uint16_t first, uint32_t value, unsigned what,
                              uint32_t of_image[BOOT_INFO_IMAGES], struct boot_info *info)
{
    unsigned image = type - first, bit = what << image;
    if (info->has & bit)
        return ERR_FORMAT;
    info->has |= bit;
    of_image[image] = value;
    return ERR_OK;
}

static bool is_of_image(uint16_t type, uint16_t first)
{
    return type >= first && type < first + BOOT_INFO_IMAGES;
}

static enum err take(uint16_t type, uint16_t len, const uint8_t *value, struct boot_info *info)
{
    const bool size = is_of_image(type, MAX_SIZE_TYPE), counter = is_of_image(type, COUNTER_TYPE);
    if ((size || counter) && len != 4)
        return ERR_FORMAT;
    if (size)
        return take_of_image(type, MAX_SIZE_TYPE, get_le32(value), BOOT_INFO_MAX_SIZE,
                             info->max_size, info);
    if (counter)
        return take_of_image(type, COUNTER_TYPE, get_le32(value), BOOT_INFO_COUNTER, info->counter,
                             info);
    for (unsigned i = 0; i < MAX_SIZE; i++) {
        if (entries[i].type != type)
            continue;
        if (entries[i].len != len || (info->has >> i & 1))
            return ERR_FORMAT;
        info->has |= 1u << i;
        decode(i, value, info);
    }
    return ERR_OK;
}

enum err boot_info_read(const void *area, size_t size, struct boot_info *info)
{
    const uint8_t *at = area;
    *info = (struct boot_info){0};
    if (size < HEAD || get_le16(at) != MAGIC)
        return ERR_NOENT;
    size_t total = get_le16(at + 2);
    if (total < HEAD || total > size)
        return ERR_FORMAT;
    for (size_t used = HEAD; used < total;) {
        if (total - used < HEAD)
            return ERR_FORMAT;
        uint16_t type = get_le16(at + used), len = get_le16(at + used + 2);
        used += HEAD;
        if (len > total - used || take(type, len, at + used, info) != ERR_OK)
            return ERR_FORMAT;
        used += len;
    }
    return ERR_OK;
}
