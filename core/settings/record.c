#include "core/settings/record.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/base/crc.h"

#define MAGIC   0x54534c53u /* "SLST" */
#define VERSION 1u

uint32_t record_size(const struct flash_area *sector, uint32_t name_len, uint32_t len)
{
    return round_up32(RECORD_HEAD + name_len + len, sector->flash->word);
}

uint32_t record_first(const struct flash_area *sector)
{
    return round_up32(SECTOR_HEAD, sector->flash->word);
}

/* ---- reading ---- */

void record_reader_init(struct record_reader *r, const struct flash_area *sector)
{
    r->sector = sector;
    r->from = r->len = 0;
}

static bool is_in_window(const struct record_reader *r, uint32_t at, uint32_t len)
{
    return at >= r->from && at - r->from <= r->len && len <= r->len - (at - r->from);
}

/* A window with a word in it that cannot be read is of no use; then the bytes are read by themselves. */
enum err record_read(struct record_reader *r, uint32_t at, void *dst, uint32_t len)
{
    if (at > r->sector->size || len > r->sector->size - at)
        return ERR_RANGE;
    if (!is_in_window(r, at, len)) {
        r->from = round_down32(at, RECORD_WORD_MAX);
        uint32_t left = r->sector->size - r->from;
        r->len = left < sizeof r->window ? left : sizeof r->window;
        if (area_read(r->sector, r->from, r->window, r->len) != ERR_OK)
            r->len = 0;
    }
    if (!is_in_window(r, at, len))
        return area_read(r->sector, at, dst, len);
    memcpy(dst, r->window + (at - r->from), len);
    return ERR_OK;
}

static enum err sum_content(struct record_reader *r, uint32_t at, uint32_t len, uint32_t *sum)
{
    uint8_t piece[64];
    for (uint32_t done = 0; done < len;) {
        uint32_t n = len - done < sizeof piece ? len - done : sizeof piece;
        enum err e = record_read(r, at + done, piece, n);
        if (e != ERR_OK)
            return e;
        *sum = crc32_zlib(*sum, piece, n);
        done += n;
    }
    return ERR_OK;
}

static bool is_kind(uint8_t kind)
{
    uint8_t plain = (uint8_t)(kind & ~RECORD_MORE);
    return plain == RECORD_VALUE || plain == RECORD_DELETED;
}

enum err record_find(struct record_reader *r, uint32_t at, struct record *found)
{
    uint8_t head[RECORD_HEAD];
    if (r->sector->size - at < sizeof head)
        return ERR_FORMAT;
    enum err e = record_read(r, at, head, sizeof head);
    if (e != ERR_OK)
        return e == ERR_UNREADABLE ? ERR_FORMAT : e;
    *found =
        (struct record){.at = at, .kind = head[0], .name_len = head[1], .len = get_le16(head + 2)};
    uint32_t content = found->name_len + (uint32_t)found->len;
    if (!is_kind(found->kind) || found->name_len == 0 ||
        content > r->sector->size - at - RECORD_HEAD)
        return ERR_FORMAT;
    uint32_t sum = crc32_zlib(0, head, 4);
    e = sum_content(r, at + RECORD_HEAD, content, &sum);
    if (e != ERR_OK)
        return e == ERR_UNREADABLE ? ERR_FORMAT : e;
    return sum == get_le32(head + 4) ? ERR_OK : ERR_FORMAT;
}

enum err record_is_erased(struct record_reader *r, uint32_t at, bool *erased)
{
    uint8_t word[RECORD_WORD_MAX];
    enum err e = record_read(r, at, word, r->sector->flash->word);
    *erased = e == ERR_OK && bytes_all(word, r->sector->flash->erased, r->sector->flash->word);
    return e == ERR_UNREADABLE ? ERR_OK : e;
}

enum err record_left(struct record_reader *r, uint32_t at, uint32_t *size)
{
    const uint32_t word = r->sector->flash->word, room = r->sector->size - at;
    uint8_t head[RECORD_HEAD];
    bool erased;
    enum err e = record_is_erased(r, at, &erased);
    *size = e == ERR_OK && !erased ? word : 0;
    if (*size == 0 || room < sizeof head || record_read(r, at, head, sizeof head) != ERR_OK ||
        !is_kind(head[0]))
        return e;
    *size = record_size(r->sector, head[1], get_le16(head + 2));
    if (*size > room)
        *size = round_up32(sizeof head, word);
    return ERR_OK;
}

/* ---- writing ---- */

/* Bytes [from, from + len) of name and value. */
static enum err content_at(const struct record_content *c, uint32_t from, uint8_t *dst,
                           uint32_t len)
{
    if (c->source != NULL)
        return record_read(c->source, c->of + RECORD_HEAD + from, dst, len);
    for (uint32_t i = 0; i < len; i++, from++)
        dst[i] = from < c->name_len ? ((const uint8_t *)c->name)[from]
                                    : ((const uint8_t *)c->value)[from - c->name_len];
    return ERR_OK;
}

static enum err encode_head(const struct record_content *c, uint8_t head[RECORD_HEAD])
{
    const uint32_t content = c->name_len + c->len;
    uint8_t piece[RECORD_WORD_MAX];
    head[0] = c->kind;
    head[1] = (uint8_t)c->name_len;
    put_le16(head + 2, (uint16_t)c->len);
    uint32_t sum = crc32_zlib(0, head, 4);
    for (uint32_t done = 0; done < content;) {
        uint32_t n = content - done < sizeof piece ? content - done : sizeof piece;
        enum err e = content_at(c, done, piece, n);
        if (e != ERR_OK)
            return e;
        sum = crc32_zlib(sum, piece, n);
        done += n;
    }
    put_le32(head + 4, sum);
    return ERR_OK;
}

/* One word of the record, offset from its start. */
static enum err fill_word(const struct record_content *c, const uint8_t head[RECORD_HEAD],
                          uint32_t offset, uint8_t *word, uint32_t size)
{
    uint32_t i = 0;
    while (i < size && offset + i < RECORD_HEAD) {
        word[i] = head[offset + i];
        i++;
    }
    uint32_t from = offset + i - RECORD_HEAD, content = c->name_len + c->len;
    if (i == size || from >= content)
        return ERR_OK;
    uint32_t n = content - from < size - i ? content - from : size - i;
    return content_at(c, from, word + i, n);
}

enum err record_write(const struct flash_area *sector, uint32_t at, const struct record_content *c)
{
    const uint32_t size = record_size(sector, c->name_len, c->len), w = sector->flash->word;
    uint8_t head[RECORD_HEAD], word[RECORD_WORD_MAX];
    enum err e = encode_head(c, head);
    for (uint32_t done = 0; e == ERR_OK && done < size; done += w) {
        memset(word, sector->flash->erased, w);
        e = fill_word(c, head, done, word, w);
        if (e == ERR_OK)
            e = area_program(sector, at + done, word, w);
    }
    return e;
}

enum err record_write_mark(const struct flash_area *sector, uint32_t at)
{
    uint8_t word[RECORD_WORD_MAX];
    memset(word, (uint8_t)~sector->flash->erased, sector->flash->word);
    return area_program(sector, at, word, sector->flash->word);
}

/* ---- a sector's header ---- */

enum err sector_head(const struct flash_area *sector, enum sector_kind *kind, uint32_t *generation)
{
    uint8_t b[SECTOR_HEAD];
    *kind = SECTOR_NONE;
    enum err e = area_read(sector, 0, b, sizeof b);
    if (e != ERR_OK)
        return e == ERR_UNREADABLE ? ERR_OK : e;
    if (get_le32(b) != MAGIC || get_le32(b + 12) != crc32_zlib(0, b, 12))
        return ERR_OK;
    *kind = b[4] == VERSION ? SECTOR_OURS : SECTOR_NEWER;
    *generation = get_le32(b + 8);
    return ERR_OK;
}

enum err sector_write_head(const struct flash_area *sector, uint32_t generation)
{
    uint8_t b[RECORD_WORD_MAX];
    memset(b, sector->flash->erased, sizeof b);
    put_le32(b, MAGIC);
    put_le32(b + 4, VERSION);
    put_le32(b + 8, generation);
    put_le32(b + 12, crc32_zlib(0, b, 12));
    return area_program(sector, 0, b, record_first(sector));
}
