#include "core/flash/stream.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/base/log.h"

#define LOG_MODULE "STREAM_FLASH"

enum err stream_open(struct stream *s, const struct flash_area *area, uint32_t start, uint32_t end,
                     uint8_t *buf, uint32_t buf_size)
{
    const struct flash *f = area->flash;
    if (!buf || buf_size == 0)
        return ERR_INVAL;
    if (start > end || end > area->size)
        return ERR_RANGE;
    if (!is_multiple(start, f->word) || !is_multiple(end, f->word) ||
        !is_multiple(buf_size, f->word))
        return ERR_ALIGN;
    *s = (struct stream){.area = area, .buf = buf, .buf_size = buf_size, .written = start};
    s->end = end;
    s->erased = (start + f->sector - 1) / f->sector * f->sector;
    return ERR_OK;
}

/* Offsets in the log count from the start of the device, as Zephyr's do, so that people can compare them with the
 * devicetree. */
static size_t device_offset(const struct stream *s, uint32_t off)
{
    return (size_t)s->area->offset + off;
}

bool stream_skip_virgin(struct stream *s)
{
    uint32_t sector = s->area->flash->sector;
    bool virgin = false;
    if (!s->keep_virgin || area_is_virgin(s->area, s->erased, sector, &virgin) != ERR_OK || !virgin)
        return false;
    s->erased += sector;
    return true;
}

void stream_log_erase(const struct stream *s, enum err e)
{
    LOG_ERR("stream_flash_erase_page err %d offset=0x%08zx", e, device_offset(s, s->erased));
}

static enum err erase_up_to(struct stream *s, uint32_t end)
{
    while (s->erased < end) {
        if (stream_skip_virgin(s))
            continue;
        enum err e = area_erase(s->area, s->erased, s->area->flash->sector);
        if (e) {
            stream_log_erase(s, e);
            return e;
        }
        s->erased += s->area->flash->sector;
    }
    return ERR_OK;
}

/* Write the buffer, padded to a whole word. */
static enum err drain(struct stream *s)
{
    uint32_t len = round_up32(s->filled, s->area->flash->word);
    memset(s->buf + s->filled, s->area->flash->erased, len - s->filled);
    enum err e = erase_up_to(s, s->written + len);
    if (e)
        return e;
    e = area_program(s->area, s->written, s->buf, len);
    if (e) {
        LOG_ERR("flash_write error %d offset=0x%08zx", e, device_offset(s, s->written));
        return e;
    }
    s->written += len;
    s->filled = 0;
    return ERR_OK;
}

static enum err add(struct stream *s, const uint8_t *data, uint32_t len)
{
    while (len > 0) {
        uint32_t room = s->buf_size - s->filled;
        uint32_t n = len < room ? len : room;
        memcpy(s->buf + s->filled, data, n);
        s->filled += n;
        data += n;
        len -= n;
        if (s->filled < s->buf_size)
            break;
        enum err e = drain(s);
        if (e)
            return e;
    }
    return ERR_OK;
}

enum err stream_write(struct stream *s, const void *data, uint32_t len, bool flush)
{
    if (s->error)
        return s->error;
    if (s->flushed)
        return ERR_STATE;
    if (len > s->end - s->written - s->filled) {
        LOG_ERR("Offset out of designated range");
        return ERR_NOSPC;
    }
    s->error = add(s, data, len);
    if (!s->error && flush && s->filled > 0)
        s->error = drain(s);
    if (s->error)
        return s->error;
    s->accepted += len;
    s->flushed = flush;
    return ERR_OK;
}

uint32_t stream_position(const struct stream *s)
{
    return s->accepted;
}
