/* stream.h - write a stream of bytes of any length into a flash area, in whole words.
 *
 * Bytes collect in the caller's buffer and reach the flash when it is full or flushed. Each sector
 * is erased when the write position enters it (progressive erase), even if it reads blank: a word that
 * a power cut touched may read erased and yet not be programmable. With keep_virgin, one of which the device says that
 * all its words can be programmed (flash_is_virgin) is not erased.
 * The first error is returned by the call that meets it and by all later ones. */
#ifndef CORE_FLASH_STREAM_H
#define CORE_FLASH_STREAM_H

#include "core/flash/area.h"

struct stream {
    const struct flash_area *area;
    uint8_t *buf;
    uint32_t buf_size;
    uint32_t filled;   /* bytes in buf */
    uint32_t written;  /* next write position, bytes from the start of the area */
    uint32_t end;      /* the stream must end at or below this offset */
    uint32_t erased;   /* sectors below this offset are erased */
    uint32_t accepted; /* bytes taken since stream_open */
    enum err error;    /* the first error */
    bool flushed;      /* no more bytes may follow */
    /* Set by the caller after stream_open: no power cut is known to have touched the area. */
    bool keep_virgin;
};

/* Start a stream at area offset start that may fill up to end.
 *   start  a multiple of the flash word. If it is not on a sector border, the rest of its
 *          sector must be blank already
 *   end    a multiple of the flash word, inside the area
 *   buf    buf_size bytes, a multiple of the flash word, kept until the stream is done
 * ERR_INVAL, ERR_RANGE, ERR_ALIGN. */
MUST_CHECK enum err stream_open(struct stream *s, const struct flash_area *area, uint32_t start,
                                uint32_t end, uint8_t *buf, uint32_t buf_size);

/* Add len bytes. flush also writes what is left in the buffer, padded with the erased value to a
 * whole word; after that only stream_open may follow.
 * Power loss: the words written so far stay; bytes in the buffer are lost.
 * ERR_NOSPC past end (nothing of data is taken); ERR_STATE after a flush; ERR_IO and the rest as
 * flash_program and flash_erase. */
MUST_CHECK enum err stream_write(struct stream *s, const void *data, uint32_t len, bool flush);

/* With keep_virgin: true if the next sector to erase is virgin; it then counts as erased. */
bool stream_skip_virgin(struct stream *s);
/* The log line of an erase that failed, of the next sector. */
void stream_log_erase(const struct stream *s, enum err e);

/* Bytes accepted since stream_open, whether in flash or still in the buffer. */
uint32_t stream_position(const struct stream *s);

#endif
