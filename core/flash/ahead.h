/* ahead.h - a stream whose sectors are erased ahead, while data come in.
 *
 * A bank cannot erase and program at once. So while the sector behind the present one is erased, what is written waits
 * in the caller's ring, and is programmed when the erase has ended. Where the device cannot erase beside the program
 * (flash_erase_begin: ERR_NOTSUP), or there is no ring, every call is stream_write. */
#ifndef CORE_FLASH_AHEAD_H
#define CORE_FLASH_AHEAD_H

#include "core/flash/stream.h"

struct ahead {
    uint8_t *ring;
    uint32_t size;          /* 0: none, or of no use here */
    uint32_t head, waiting; /* the bytes in the ring that are not in the stream yet */
    bool erasing;           /* the sector at stream.erased */
    bool ended;             /* an erase has ended since the last ahead_write */
    enum err failed;        /* an erase has failed that no ahead_write has told of */
    /* Set by the caller after ahead_open; may be NULL. Called while what waits is programmed, every AHEAD_FEED bytes: at
     * the end a whole ring of 128 KB may wait, which takes 0.5 s on an STM32H7. */
    void (*feed)(void);
};
#define AHEAD_FEED 2048u
/* What came during an erase is programmed in pieces, with each write so many times what it brings: an answer that takes
 * longer than the next request would leave the line silent. */
#define AHEAD_PACE 3u

/* Before the first write to a stream that is open on area.
 *   ring  size bytes, at least as many as each write brings, kept until the stream is done; size 0: none */
void ahead_open(struct ahead *a, const struct flash_area *area, uint8_t *ring, uint32_t size);

/* As stream_write, with two differences. Data may wait in the ring when it returns; a flush leaves nothing there. And an
 * erase that fails beside the program does not end the stream: the call that meets the error takes nothing of data,
 * what came before is kept, s->error stays ERR_OK, and the next call erases that sector again.
 * Power loss: bytes in the ring are lost like those in the stream's buffer. */
MUST_CHECK enum err ahead_write(struct ahead *a, struct stream *s, const void *data, uint32_t len,
                                bool flush);

/* If no erase runs any more: program a piece of what waits. Now and then, when no write comes. */
void ahead_poll(struct ahead *a, struct stream *s);

#endif
