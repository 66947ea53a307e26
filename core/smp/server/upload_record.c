#include "core/smp/server/upload_record.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/base/crc.h"

#define MAGIC     0x55504c53u /* "SLPU"; no image header and no trailer starts with it */
#define VERSION   1u
#define MARK_MIN  8u  /* bytes of a mark without padding */
#define WORD_MAX  64u /* largest flash word that is supported */
#define MARKS_MIN 8u  /* marks for which there must be room */

enum { AT_MAGIC = 0, AT_VERSION = 4, AT_CRC = 6, AT_LEN = 8, AT_SHA_LEN = 12, AT_SHA = 32 };

void upload_record_encode(const struct upload_record *r, uint8_t bytes[UPLOAD_RECORD_SIZE])
{
    memset(bytes, 0, UPLOAD_RECORD_SIZE);
    put_le32(bytes + AT_MAGIC, MAGIC);
    put_le16(bytes + AT_VERSION, VERSION);
    put_le32(bytes + AT_LEN, r->len);
    bytes[AT_SHA_LEN] = (uint8_t)r->sha_len;
    memcpy(bytes + AT_SHA, r->sha, r->sha_len);
    put_le16(bytes + AT_CRC, crc16_xmodem(0, bytes, UPLOAD_RECORD_SIZE));
}

static uint32_t mark_size(const struct flash_area *a)
{
    return a->flash->word > MARK_MIN ? a->flash->word : MARK_MIN;
}

uint32_t upload_record_first_mark(const struct flash_area *a)
{
    return round_up32(UPLOAD_RECORD_SIZE, mark_size(a));
}

bool upload_record_fits(const struct flash_area *a, uint32_t room)
{
    return a->flash->word <= WORD_MAX &&
           room >= upload_record_first_mark(a) + MARKS_MIN * mark_size(a);
}

static bool same_file(const struct flash_area *a, const struct upload_record *wanted)
{
    uint8_t want[UPLOAD_RECORD_SIZE], have[UPLOAD_RECORD_SIZE];
    upload_record_encode(wanted, want);
    return wanted->sha_len == SHA256_SIZE && area_read(a, 0, have, sizeof have) == ERR_OK &&
           memcmp(want, have, sizeof have) == 0;
}

/* The value of a mark; 0: it is not a valid mark. */
static uint32_t mark_value(const uint8_t *bytes, uint32_t len)
{
    uint32_t v = get_le32(bytes);
    return v <= len && get_le32(bytes + 4) == ~v ? v : 0;
}

/* The largest valid mark, up to len, and the offset behind the last one. A word that cannot be read counts as not
 * written. */
static uint32_t last_mark(const struct flash_area *a, uint32_t room, uint32_t len, uint32_t *next)
{
    uint8_t word[WORD_MAX];
    uint32_t size = mark_size(a), marked = 0;
    for (*next = upload_record_first_mark(a); *next <= room - size; *next += size) {
        enum err e = area_read(a, *next, word, size);
        if (e == ERR_UNREADABLE)
            continue;
        if (e != ERR_OK || bytes_all(word, a->flash->erased, size))
            break;
        uint32_t v = mark_value(word, len);
        marked = v > marked ? v : marked;
    }
    return marked;
}

bool upload_record_find(const struct flash_area *a, uint32_t room,
                        const struct upload_record *wanted, uint32_t *marked, uint32_t *next)
{
    *marked = 0;
    *next = upload_record_first_mark(a);
    if (!same_file(a, wanted))
        return false;
    *marked = last_mark(a, room, wanted->len, next);
    return true;
}

bool upload_record_is_open(const struct flash_area *a, uint32_t room)
{
    uint8_t have[UPLOAD_RECORD_SIZE];
    uint32_t next;
    if (area_read(a, 0, have, sizeof have) != ERR_OK)
        return true;
    uint32_t len = get_le32(have + AT_LEN);
    return get_le32(have + AT_MAGIC) == MAGIC && last_mark(a, room, len, &next) != len;
}

enum err upload_record_mark(const struct flash_area *a, uint32_t room, uint32_t marked,
                            uint32_t *next)
{
    uint8_t word[WORD_MAX];
    uint32_t size = mark_size(a), at = *next;
    if (at > room || room - at < size)
        return ERR_NOSPC;
    memset(word, a->flash->erased, sizeof word);
    put_le32(word, marked);
    put_le32(word + 4, ~marked);
    *next += size; /* also after a failure: a word is programmed only once */
    return area_program(a, at, word, size);
}
