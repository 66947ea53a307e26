#include "core/flash/ahead.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/base/log.h"

#define LOG_MODULE "STREAM_FLASH"

/* The offset behind the bytes that are in the stream, and how many more it takes without an erase. */
static uint32_t front_of(const struct stream *s)
{
    return s->written + s->filled;
}

static uint32_t room_of(const struct stream *s)
{
    return s->erased - front_of(s);
}

/* An erase that an earlier stream began may still run. */
void ahead_open(struct ahead *a, const struct flash_area *area, uint8_t *ring, uint32_t size)
{
    *a = (struct ahead){.ring = ring, .size = size};
    while (size > 0 && flash_erase_poll(area->flash) == ERR_BUSY) {
    }
}

static void put(struct ahead *a, const uint8_t *data, uint32_t len)
{
    uint32_t tail = (a->head + a->waiting) % a->size;
    uint32_t n = len < a->size - tail ? len : a->size - tail;
    memcpy(a->ring + tail, data, n);
    memcpy(a->ring, data + n, len - n);
    a->waiting += len;
}

/* Up to n of the bytes that wait go into the stream. */
static enum err move(struct ahead *a, struct stream *s, uint32_t n)
{
    n = n < a->waiting ? n : a->waiting;
    while (n > 0) {
        uint32_t piece = n < a->size - a->head ? n : a->size - a->head;
        piece = piece < AHEAD_FEED ? piece : AHEAD_FEED;
        enum err e = stream_write(s, a->ring + a->head, piece, false);
        if (e)
            return e;
        if (n > piece && a->feed != NULL)
            a->feed();
        a->head = (a->head + piece) % a->size;
        a->waiting -= piece;
        n -= piece;
    }
    return ERR_OK;
}

static enum err told(const struct stream *s, enum err e)
{
    if (e != ERR_OK && e != ERR_NOTSUP)
        stream_log_erase(s, e);
    return e;
}

static enum err begin(struct ahead *a, struct stream *s)
{
    if (stream_skip_virgin(s))
        return ERR_OK;
    enum err e = told(s, area_erase_begin(s->area, s->erased));
    a->erasing = e == ERR_OK;
    return e;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* See whether the erase has ended, or wait for it; then program of what waits at most so much. */
static enum err settle(struct ahead *a, struct stream *s, bool wait, uint32_t most)
{
    enum err e = ERR_OK;
    if (a->erasing) {
        do
            e = flash_erase_poll(s->area->flash);
        while (wait && e == ERR_BUSY);
        if (e == ERR_BUSY)
            return ERR_OK;
        a->erasing = false;
        if (told(s, e) != ERR_OK)
            return e;
        s->erased += s->area->flash->sector;
        a->ended = true;
    }
    return move(a, s, least(room_of(s), most));
}

/* Until len bytes fit into the ring; for the last bytes, until all sectors that they need are erased. */
static enum err make_room(struct ahead *a, struct stream *s, uint32_t len, bool flush)
{
    uint32_t end = front_of(s) + a->waiting + len;
    while ((flush && s->erased < end) || a->size - a->waiting < len) {
        bool full = a->waiting >= room_of(s);
        enum err e = a->erasing || (!flush && !full) ? ERR_OK : begin(a, s);
        if (e == ERR_OK)
            e = settle(a, s, true, UINT32_MAX);
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}

/* The sector behind the one that is being filled, or the first one. Not more: an erase begins when what came during the
 * last one is programmed, or has no room, and has the whole ring for what comes meanwhile. */
static enum err look_ahead(struct ahead *a, struct stream *s)
{
    if (a->waiting > 0 && room_of(s) > 0)
        return ERR_OK;
    while (!a->erasing && s->erased < s->end && room_of(s) < s->area->flash->sector) {
        enum err e = begin(a, s);
        if (e)
            return e;
    }
    return ERR_OK;
}

/* Behind an erase the bank stays free until the next write, so that the caller can program there, too (the marks of an
 * upload), unless there is no erased room left. */
static enum err prepare(struct ahead *a, struct stream *s, uint32_t len, bool flush)
{
    enum err e = a->failed;
    a->failed = ERR_OK;
    if (e == ERR_OK)
        e = settle(a, s, flush, flush ? UINT32_MAX : AHEAD_PACE * len);
    const bool leave_free = a->ended && room_of(s) > 0;
    if (e == ERR_OK && !flush && !leave_free)
        e = look_ahead(a, s);
    if (e == ERR_OK)
        e = make_room(a, s, len, flush);
    a->ended = false;
    return e;
}

/* The device cannot erase beside the program here: from now on the stream does it by itself. */
static enum err do_without(struct ahead *a, struct stream *s)
{
    enum err e = move(a, s, a->waiting);
    a->size = 0;
    return e;
}

enum err ahead_write(struct ahead *a, struct stream *s, const void *data, uint32_t len, bool flush)
{
    if (a->size == 0 || s->error || s->flushed)
        return stream_write(s, data, len, flush);
    if (len > a->size)
        return ERR_INVAL;
    if (len > s->end - front_of(s) - a->waiting) {
        LOG_ERR("Offset out of designated range");
        return ERR_NOSPC;
    }
    enum err e = prepare(a, s, len, flush);
    if (e == ERR_NOTSUP) {
        e = do_without(a, s);
        return e ? e : stream_write(s, data, len, flush);
    }
    if (e)
        return e;
    put(a, data, len);
    e = a->erasing ? ERR_OK : move(a, s, least(room_of(s), flush ? UINT32_MAX : AHEAD_PACE * len));
    return e == ERR_OK && flush ? stream_write(s, a->ring, 0, true) : e;
}

void ahead_poll(struct ahead *a, struct stream *s)
{
    if (a->size > 0 && s->error == ERR_OK && a->failed == ERR_OK)
        a->failed = settle(a, s, false, AHEAD_FEED);
}
