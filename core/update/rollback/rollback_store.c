#include "core/update/rollback/rollback_store.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/base/crc.h"
#include "core/update/swap/trailer.h"

#define PAGES       2u
#define SEAL_CRC_AT 28u /* bytes of the seal in front of its sum */

static const uint8_t seal_magic[4] = {'R', 't', 'C', 't'};

/* A page whose seal is valid. */
struct page {
    uint32_t start; /* offset in the area */
    uint32_t count; /* records, which follow the seal */
    uint32_t generation;
    uint32_t sum; /* CRC-32 of the records */
};

static uint32_t places_per_page(const struct flash_area *a)
{
    return a->flash->sector / ROLLBACK_RECORD_SIZE;
}

static uint32_t place(const struct page *p, uint32_t i)
{
    return p->start + (1 + i) * ROLLBACK_RECORD_SIZE;
}

enum err rollback_store_check(const struct flash_area *a)
{
    bool fits = area_sectors(a) >= PAGES && places_per_page(a) >= 2 &&
                ROLLBACK_RECORD_SIZE % a->flash->word == 0;
    return fits ? ERR_OK : ERR_INVAL;
}

static enum err sum_records(const struct flash_area *a, struct page *p)
{
    uint8_t bytes[ROLLBACK_RECORD_SIZE];
    p->sum = 0;
    for (uint32_t i = 0; i < p->count; i++) {
        enum err e = trailer_get(a, place(p, i), bytes, sizeof bytes);
        if (e)
            return e;
        p->sum = crc32_zlib(p->sum, bytes, sizeof bytes);
    }
    return ERR_OK;
}

/* *whole: the page at p->start has a seal whose CRC matches the records and the seal itself. */
static enum err read_page(const struct flash_area *a, struct page *p, bool *whole, bool *blank)
{
    uint8_t seal[ROLLBACK_RECORD_SIZE];
    *whole = false;
    enum err e = trailer_get(a, p->start, seal, sizeof seal);
    if (e)
        return e;
    *blank = bytes_all(seal, a->flash->erased, sizeof seal);
    p->generation = get_le32(seal + 4);
    p->count = get_le32(seal + 8);
    if (memcmp(seal, seal_magic, sizeof seal_magic) != 0 || p->count >= places_per_page(a))
        return ERR_OK;
    e = sum_records(a, p);
    *whole = !e && crc32_zlib(p->sum, seal, SEAL_CRC_AT) == get_le32(seal + SEAL_CRC_AT);
    return e;
}

/* The difference stays right when the generation wraps around: two pages differ by one. */
static bool is_newer(const struct page *p, const struct page *other)
{
    return (int32_t)(p->generation - other->generation) > 0;
}

/* The current page: the whole one with the higher generation. If none is whole, count and generation are 0, and start
 * is the second page's, so that the first is written next. */
static enum err open_page(const struct flash_area *a, struct page *current, bool *damaged)
{
    bool found = false;
    *damaged = false;
    *current = (struct page){.start = a->flash->sector};
    for (uint32_t i = 0; i < PAGES; i++) {
        struct page p = {.start = i * a->flash->sector};
        bool whole, blank = true;
        enum err e = read_page(a, &p, &whole, &blank);
        if (e)
            return e;
        *damaged = *damaged || !(whole || blank);
        if (whole && (!found || is_newer(&p, current)))
            *current = p;
        found = found || whole;
    }
    *damaged = *damaged && !found;
    return ERR_OK;
}

/* ---- records ------------------------------------------------------------------------------------ */

static void encode(const struct rollback_record *r, uint8_t b[ROLLBACK_RECORD_SIZE])
{
    b[0] = (uint8_t)r->type;
    b[1] = r->index;
    b[2] = b[3] = 0;
    put_le32(b + 4, r->value);
    memcpy(b + 8, r->name, ROLLBACK_NAME_MAX);
}

/* Same type, index and name; only the value may differ. */
static bool same_subject(const uint8_t a[ROLLBACK_RECORD_SIZE],
                         const uint8_t b[ROLLBACK_RECORD_SIZE])
{
    return memcmp(a, b, 4) == 0 && memcmp(a + 8, b + 8, ROLLBACK_NAME_MAX) == 0;
}

/* The number of the record with the type, index and name of wanted, and its value; p->count if there is none. */
static enum err search(const struct flash_area *a, const struct page *p,
                       const uint8_t wanted[ROLLBACK_RECORD_SIZE], uint32_t *number,
                       uint32_t *value)
{
    uint8_t have[ROLLBACK_RECORD_SIZE];
    for (*number = 0; *number < p->count; ++*number) {
        enum err e = trailer_get(a, place(p, *number), have, sizeof have);
        if (e)
            return e;
        *value = get_le32(have + 4);
        if (same_subject(have, wanted))
            return ERR_OK;
    }
    return ERR_OK;
}

enum err rollback_store_find(const struct flash_area *a, struct rollback_record *r, bool *found,
                             bool *damaged)
{
    uint8_t wanted[ROLLBACK_RECORD_SIZE];
    struct page p;
    uint32_t number = 0, value = 0;
    bool bad;
    *found = false;
    enum err e = open_page(a, &p, &bad);
    encode(r, wanted);
    if (!e)
        e = search(a, &p, wanted, &number, &value);
    if (e)
        return e;
    if (damaged)
        *damaged = bad;
    *found = number < p.count;
    if (*found)
        r->value = value;
    return ERR_OK;
}

/* ---- storing ------------------------------------------------------------------------------------ */

/* Copy all records of from to the erased page to; changed replaces the record with this number, or is appended. ERR_IO:
 * from reads otherwise than when its seal was checked. */
static enum err write_records(const struct flash_area *a, const struct page *from, struct page *to,
                              uint32_t number, const uint8_t changed[ROLLBACK_RECORD_SIZE])
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < to->count; i++) {
        uint8_t bytes[ROLLBACK_RECORD_SIZE];
        enum err e = i < from->count ? trailer_get(a, place(from, i), bytes, sizeof bytes) : ERR_OK;
        if (!e && i < from->count)
            sum = crc32_zlib(sum, bytes, sizeof bytes);
        if (i == number)
            memcpy(bytes, changed, sizeof bytes);
        if (!e)
            e = area_program(a, place(to, i), bytes, sizeof bytes);
        if (e)
            return e;
        to->sum = crc32_zlib(to->sum, bytes, sizeof bytes);
    }
    return sum == from->sum ? ERR_OK : ERR_IO;
}

static enum err write_seal(const struct flash_area *a, const struct page *p)
{
    uint8_t seal[ROLLBACK_RECORD_SIZE] = {0};
    memcpy(seal, seal_magic, sizeof seal_magic);
    put_le32(seal + 4, p->generation);
    put_le32(seal + 8, p->count);
    put_le32(seal + SEAL_CRC_AT, crc32_zlib(p->sum, seal, SEAL_CRC_AT));
    return area_program(a, p->start, seal, sizeof seal);
}

static enum err reads_back(const struct flash_area *a, const struct rollback_record *r)
{
    struct rollback_record now = *r;
    bool found;
    enum err e = rollback_store_find(a, &now, &found, NULL);
    return e ? e : found && now.value == r->value ? ERR_OK : ERR_IO;
}

enum err rollback_store_raise(const struct flash_area *a, const struct rollback_record *r,
                              void (*feed)(void))
{
    uint8_t wanted[ROLLBACK_RECORD_SIZE];
    struct page from;
    uint32_t number = 0, value = 0;
    bool damaged;
    enum err e = open_page(a, &from, &damaged);
    encode(r, wanted);
    if (!e)
        e = search(a, &from, wanted, &number, &value);
    if (e)
        return e;
    bool known = number < from.count;
    if (known && value >= r->value)
        return ERR_OK;
    struct page to = {.start = from.start ? 0 : a->flash->sector,
                      .count = from.count + !known,
                      .generation = from.generation + 1};
    if (to.count >= places_per_page(a))
        return ERR_NOSPC;
    e = area_erase(a, to.start, a->flash->sector);
    if (feed)
        feed();
    if (!e)
        e = write_records(a, &from, &to, number, wanted);
    if (!e)
        e = write_seal(a, &to);
    return e ? e : reads_back(a, r);
}
