#include "core/smp/server/upload.h"

#include <string.h>

#include "core/base/bytes.h"

/* Of flash that is hashed at a time: 0.2 ms at 64 MHz, in which no more than a few bytes come in. */
#define HASH_PIECE 256u

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

/* Up to byte end of the file. */
static enum err hash_on(struct smp_server *s, const struct flash_area *area, uint32_t end)
{
    struct img_session *img = &s->img;
    uint8_t piece[HASH_PIECE];
    if (img->hashed == 0)
        sha256_init(&img->hash);
    while (img->hashed < end) {
        uint32_t n = end - img->hashed < sizeof piece ? end - img->hashed : sizeof piece;
        enum err e = area_read(area, img->base + img->hashed, piece, n);
        if (e != ERR_OK)
            return e;
        sha256_update(&img->hash, piece, n);
        img->hashed += n;
        if (s->config->feed != NULL)
            s->config->feed();
    }
    return ERR_OK;
}

/* A bank that erases cannot be read. What cannot be read now is read once more at the end. */
void upload_poll(struct smp_server *s)
{
    struct img_session *img = &s->img;
    if (!img->open)
        return;
    ahead_poll(&img->ahead, &img->stream);
    uint32_t there = img->stream.written > img->base ? img->stream.written - img->base : 0;
    if (!img->ahead.erasing && img->sha_len == SHA256_SIZE && there >= img->hashed + HASH_PIECE)
        (void)!hash_on(s, img->stream.area, img->hashed + HASH_PIECE);
}

bool upload_matches(struct smp_server *s, const struct flash_area *area)
{
    struct img_session *img = &s->img;
    uint8_t digest[SHA256_SIZE];
    enum err e = hash_on(s, area, img->len);
    sha256_final(&img->hash, digest);
    img->hashed = 0;
    return e == ERR_OK && memcmp(digest, img->sha, sizeof digest) == 0;
}
