#include "core/smp/server/upload.h"

#include "core/base/bytes.h"

enum err upload_open(struct smp_server *s, const struct flash_area *area)
{
    struct img_session *img = &s->img;
    uint32_t end = round_up32(img->base + img->len, area->flash->word);
    enum err e = stream_open(&img->stream, area, img->base + img->off, end, s->config->stream_buf,
                             s->config->stream_buf_size);
    bool fits = s->config->reception_size >= s->config->buf_size;
    ahead_open(&img->ahead, area, s->config->reception_buf, fits ? s->config->reception_size : 0);
    img->ahead.feed = s->config->feed;
    img->stream.keep_virgin = img->keep_virgin;
    img->open = e == ERR_OK;
    return e;
}

enum err upload_take(struct smp_server *s, struct cbor_span data)
{
    struct img_session *img = &s->img;
    bool last = img->off + data.len == img->len;
    if (s->config->feed != NULL)
        s->config->feed();
    enum err e = ahead_write(&img->ahead, &img->stream, data.ptr, (uint32_t)data.len, last);
    img->open = e == ERR_OK ? !last : img->stream.error == ERR_OK;
    if (e == ERR_OK)
        img->off += (uint32_t)data.len;
    return e;
}
