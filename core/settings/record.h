/* record.h - the bytes of a store: a sector's header, records, and the mark of a session. core/settings/DESIGN.md. */
#ifndef CORE_SETTINGS_RECORD_H
#define CORE_SETTINGS_RECORD_H

#include "core/flash/area.h"

#define RECORD_WORD_MAX 32u /* the largest flash word */
#define RECORD_HEAD     8u  /* bytes in front of the name */
#define SECTOR_HEAD     16u

enum record_kind {
    RECORD_VALUE = 0x71,
    RECORD_DELETED = 0x72,
    RECORD_MORE = 0x80, /* beside one of them: it counts only together with the record behind it */
};

struct record {
    uint32_t at; /* offset in the sector */
    uint8_t kind;
    uint8_t name_len;
    uint16_t len;
};

/* Bytes that it takes in flash, from at on. */
uint32_t record_size(const struct flash_area *sector, uint32_t name_len, uint32_t len);
uint32_t record_first(const struct flash_area *sector);

/* Reads through a small window, so that many short reads cost few of the flash. Forget it after a write. */
struct record_reader {
    const struct flash_area *sector;
    uint32_t from, len; /* what the window holds */
    uint8_t window[256];
};
void record_reader_init(struct record_reader *r, const struct flash_area *sector);
/* ERR_UNREADABLE: a word in it cannot be read. */
MUST_CHECK enum err record_read(struct record_reader *r, uint32_t at, void *dst, uint32_t len);

/* The record at this offset. ERR_FORMAT: there is none; an error of the flash, but not ERR_UNREADABLE. */
MUST_CHECK enum err record_find(struct record_reader *r, uint32_t at, struct record *found);

/* No record is at this offset: bytes from there on that a cut write may have programmed. 0: the word reads erased. If a
 * record's header is there, all of that record: words of it may hold nothing but the erased value, and read like virgin ones. */
MUST_CHECK enum err record_left(struct record_reader *r, uint32_t at, uint32_t *size);

/* Is the word at this offset erased? */
MUST_CHECK enum err record_is_erased(struct record_reader *r, uint32_t at, bool *erased);

/* What to write: name and value are in RAM, or, with source set, in the record `of` that source reads. */
struct record_content {
    uint8_t kind;
    const void *name, *value;
    uint32_t name_len, len;
    struct record_reader *source;
    uint32_t of; /* offset of that record */
};

/* Program it at offset at, word after word; after an error some are programmed. */
MUST_CHECK enum err record_write(const struct flash_area *sector, uint32_t at,
                                 const struct record_content *c);

/* The mark of a session: a whole word of one value, always the same. */
MUST_CHECK enum err record_write_mark(const struct flash_area *sector, uint32_t at);

enum sector_kind { SECTOR_NONE, SECTOR_OURS, SECTOR_NEWER };
/* The header of a sector, if it has one, and the generation that it names. */
MUST_CHECK enum err sector_head(const struct flash_area *sector, enum sector_kind *kind,
                                uint32_t *generation);
MUST_CHECK enum err sector_write_head(const struct flash_area *sector, uint32_t generation);

#endif
