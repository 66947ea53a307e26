/* client_image.c - the client half: group image, upload included. */
#include <string.h>

#include "core/base/bytes.h"
#include "host/client/smp/client_exchange.h"

#define STATE_TIMEOUT_MS 10000u
#define ERASE_TIMEOUT_MS 60000u /* a whole slot, 128 KB sectors at their slowest, and reserve */
#define FIRST_PACKET     256u /* fits any server; its answer comes only after the slot is erased */
#define PROBE_ERASING_MS \
    2000u /* a core that is stalled by an erase hears nothing of an echo, or half of it */
#define PROBE_WRITING_MS  250u
#define STALLS_MAX        4u /* answers without progress, in a row */
#define RESTARTS_MAX      5u /* steps back by the server without a new best offset */
#define PATIENCE_GROWTH   4u /* good answers before the window grows: 1, and after each loss more */
#define PATIENCE_MAX      256u
#define CHUNK_UNIT        32u /* flash word of the STM32H7; smaller ones divide it */
#define CHUNK_MIN         32u /* the first chunk must hold the image header */
#define CHUNK_HEAD_GROWTH 2u  /* a byte string's head beyond that of the empty string */

/* ---- the image list ---- */

static bool flag(const struct cbor_value *v)
{
    return v->present && v->b;
}

static enum err decode_image(struct smp_image_state *im, struct cbor_span entry)
{
    enum { IMAGE, SLOT, VERSION, HASH, BOOTABLE, PENDING, CONFIRMED, ACTIVE, PERMANENT, COUNT };
    static const struct cbor_key keys[COUNT] = {
        [IMAGE] = {"image", CBOR_UINT},         [SLOT] = {"slot", CBOR_UINT},
        [VERSION] = {"version", CBOR_TEXT},     [HASH] = {"hash", CBOR_BYTES},
        [BOOTABLE] = {"bootable", CBOR_FLAG},   [PENDING] = {"pending", CBOR_FLAG},
        [CONFIRMED] = {"confirmed", CBOR_FLAG}, [ACTIVE] = {"active", CBOR_FLAG},
        [PERMANENT] = {"permanent", CBOR_FLAG}};
    struct cbor_value v[COUNT];
    memset(im, 0, sizeof *im);
    if (cbor_map_decode(entry.ptr, entry.len, keys, v, COUNT, NULL) != ERR_OK || !v[SLOT].present)
        return ERR_FORMAT;
    im->image = v[IMAGE].present ? v[IMAGE].u : 0;
    im->slot = v[SLOT].u;
    if (v[VERSION].present &&
        exchange_text(im->version, sizeof im->version, v[VERSION].s) != ERR_OK)
        return ERR_FORMAT;
    if (v[HASH].present) {
        if (v[HASH].s.len > sizeof im->hash)
            return ERR_FORMAT;
        im->hash_len = v[HASH].s.len;
        memcpy(im->hash, v[HASH].s.ptr, im->hash_len);
    }
    im->bootable = flag(&v[BOOTABLE]);
    im->says_not_bootable = v[BOOTABLE].present && !v[BOOTABLE].b;
    im->pending = flag(&v[PENDING]);
    im->confirmed = flag(&v[CONFIRMED]);
    im->active = flag(&v[ACTIVE]);
    im->permanent = flag(&v[PERMANENT]);
    for (unsigned i = BOOTABLE; i <= PERMANENT; i++)
        im->has_flags |= v[i].present;
    return ERR_OK;
}

enum { IMAGES, SPLIT_STATUS, LIST_KEYS };
static const struct cbor_key list_keys[LIST_KEYS] = {
    [IMAGES] = {"images", CBOR_RAW}, [SPLIT_STATUS] = {"splitStatus", CBOR_RAW}};

static enum err decode_list(struct smp_image_list *list, const struct cbor_value v[LIST_KEYS])
{
    const struct cbor_value *images = &v[IMAGES];
    struct cbor_list l;
    struct cbor_span entry;
    bool more;
    list->count = 0;
    list->has_split_status = v[SPLIT_STATUS].present;
    if (!images->present || cbor_list_begin(&l, images->s) != ERR_OK)
        return ERR_FORMAT;
    for (;;) {
        enum err e = cbor_list_next(&l, &entry, &more);
        if (e != ERR_OK || !more)
            return e;
        if (list->count == SMP_IMAGES_MAX)
            return ERR_NOMEM;
        e = decode_image(&list->image[list->count], entry);
        if (e != ERR_OK)
            return e;
        list->count++;
    }
}

enum err smp_image_list(struct smp_client *c, struct smp_image_list *list)
{
    struct exchange x = exchange_plain(c, SMP_READ, SMP_GROUP_IMAGE, SMP_IMAGE_STATE);
    struct cbor_writer w;
    struct cbor_value v[LIST_KEYS];
    exchange_begin(c, &w);
    enum err e = exchange_run(c, &w, &x, list_keys, v, LIST_KEYS);
    return e != ERR_OK ? e : decode_list(list, v);
}

enum err smp_image_set_state(struct smp_client *c, const uint8_t *hash, size_t hash_len,
                             bool confirm, struct smp_image_list *list)
{
    struct exchange x = exchange_plain(c, SMP_WRITE, SMP_GROUP_IMAGE, SMP_IMAGE_STATE);
    struct cbor_writer w;
    struct cbor_value v[LIST_KEYS];
    x.timeout_ms = x.timeout_ms > STATE_TIMEOUT_MS ? x.timeout_ms : STATE_TIMEOUT_MS;
    x.what = "the device to note the request";
    exchange_begin(c, &w);
    if (hash_len > 0)
        cbor_put_bytes(&w, "hash", hash, hash_len);
    cbor_put_bool(&w, "confirm", confirm);
    enum err e = exchange_run(c, &w, &x, list_keys, v, LIST_KEYS);
    return e != ERR_OK || list == NULL ? e : decode_list(list, v);
}

enum err smp_image_erase(struct smp_client *c, int slot)
{
    struct exchange x = exchange_plain(c, SMP_WRITE, SMP_GROUP_IMAGE, SMP_IMAGE_ERASE);
    struct cbor_writer w;
    x.timeout_ms = x.timeout_ms > ERASE_TIMEOUT_MS ? x.timeout_ms : ERASE_TIMEOUT_MS;
    x.what = "the device to erase the slot";
    exchange_begin(c, &w);
    if (slot >= 0)
        cbor_put_uint(&w, "slot", (uint32_t)slot);
    return exchange_run(c, &w, &x, NULL, NULL, 0);
}

/* ---- slot info ---- */

static enum err decode_slot(struct smp_slot_info *s, struct cbor_span entry)
{
    enum { SLOT, SIZE, UPLOAD_ID, RC, COUNT };
    static const struct cbor_key keys[COUNT] = {[SLOT] = {"slot", CBOR_UINT},
                                                [SIZE] = {"size", CBOR_UINT},
                                                [UPLOAD_ID] = {"upload_image_id", CBOR_UINT},
                                                [RC] = {"rc", CBOR_INT}};
    struct cbor_value v[COUNT];
    if (cbor_map_decode(entry.ptr, entry.len, keys, v, COUNT, NULL) != ERR_OK || !v[SLOT].present)
        return ERR_FORMAT;
    s->slot = v[SLOT].u;
    s->size = v[SIZE].present ? v[SIZE].u : 0;
    s->has_upload_id = v[UPLOAD_ID].present;
    s->upload_id = v[UPLOAD_ID].present ? v[UPLOAD_ID].u : 0;
    s->rc = v[RC].present ? (uint32_t)v[RC].i : 0;
    return ERR_OK;
}

/* One image of the answer: its slots, each with the image's number and size limit. */
static enum err decode_image_slots(struct smp_slot_list *list, struct cbor_span entry)
{
    enum { IMAGE, SLOTS, MAX_SIZE, COUNT };
    static const struct cbor_key keys[COUNT] = {[IMAGE] = {"image", CBOR_UINT},
                                                [SLOTS] = {"slots", CBOR_RAW},
                                                [MAX_SIZE] = {"max_image_size", CBOR_UINT}};
    struct cbor_value v[COUNT];
    struct cbor_list l;
    struct cbor_span slot;
    bool more;
    if (cbor_map_decode(entry.ptr, entry.len, keys, v, COUNT, NULL) != ERR_OK ||
        !v[SLOTS].present || cbor_list_begin(&l, v[SLOTS].s) != ERR_OK)
        return ERR_FORMAT;
    for (;;) {
        enum err e = cbor_list_next(&l, &slot, &more);
        if (e != ERR_OK || !more)
            return e;
        if (list->count == SMP_IMAGES_MAX)
            return ERR_NOMEM;
        struct smp_slot_info *s = &list->slot[list->count];
        memset(s, 0, sizeof *s);
        s->image = v[IMAGE].present ? v[IMAGE].u : 0;
        s->has_max_size = v[MAX_SIZE].present;
        s->max_size = v[MAX_SIZE].present ? v[MAX_SIZE].u : 0;
        e = decode_slot(s, slot);
        if (e != ERR_OK)
            return e;
        list->count++;
    }
}

enum err smp_image_slots(struct smp_client *c, struct smp_slot_list *list)
{
    static const struct cbor_key images_key[] = {{"images", CBOR_RAW}};
    struct exchange x = exchange_plain(c, SMP_READ, SMP_GROUP_IMAGE, SMP_IMAGE_SLOTS);
    struct cbor_writer w;
    struct cbor_value v[1];
    struct cbor_list l;
    struct cbor_span entry;
    bool more;
    list->count = 0;
    exchange_begin(c, &w);
    enum err e = exchange_run(c, &w, &x, images_key, v, 1);
    if (e != ERR_OK)
        return e;
    if (!v[0].present || cbor_list_begin(&l, v[0].s) != ERR_OK)
        return ERR_FORMAT;
    for (;;) {
        e = cbor_list_next(&l, &entry, &more);
        if (e != ERR_OK || !more)
            return e;
        e = decode_image_slots(list, entry);
        if (e != ERR_OK)
            return e;
    }
}

/* ---- upload ---- */

void smp_upload_begin(struct smp_upload *u, const uint8_t *data, uint32_t len, uint32_t image,
                      bool upgrade)
{
    struct sha256 h;
    *u = (struct smp_upload){.data = data, .len = len, .image = image, .upgrade = upgrade};
    sha256_init(&h);
    sha256_update(&h, data, len);
    sha256_final(&h, u->sha);
}

/* The keys in front of the data at off; the session's facts go with offset 0 only. */
static void put_upload(struct cbor_writer *w, const struct smp_upload *u, uint32_t off, uint32_t n)
{
    if (off == 0) {
        if (u->image > 0)
            cbor_put_uint(w, "image", u->image);
        cbor_put_uint(w, "len", u->len);
    }
    cbor_put_uint(w, "off", off);
    if (off == 0) {
        cbor_put_bytes(w, "sha", u->sha, sizeof u->sha);
        if (u->upgrade)
            cbor_put_bool(w, "upgrade", true);
    }
    cbor_put_bytes(w, "data", u->data + off, n);
}

/* Data bytes that fit beside the keys at this offset: measured, not computed. */
static uint32_t chunk_room(struct smp_client *c, const struct smp_upload *u, uint32_t off)
{
    struct cbor_writer w;
    exchange_begin(c, &w);
    put_upload(&w, u, off, 0);
    cbor_close_map(&w);
    size_t used = SMP_HEADER_SIZE + cbor_write_size(&w) + CHUNK_HEAD_GROWTH;
    size_t max = smp_packet_max(c);
    if (off == 0 && max > FIRST_PACKET)
        max = FIRST_PACKET;
    uint32_t room = max > used ? (uint32_t)(max - used) : 0;
    return round_down32(room, CHUNK_UNIT);
}

/* A chunk at off into c->tx; its bytes, at least CHUNK_MIN but for the last one. 0: the server's buffer is too small. */
static uint32_t begin_chunk(struct smp_client *c, struct smp_upload *u, uint32_t off,
                            struct cbor_writer *w)
{
    u->chunk = chunk_room(c, u, off);
    if (u->chunk < CHUNK_MIN)
        return 0;
    uint32_t n = u->len - off < u->chunk ? u->len - off : u->chunk;
    exchange_begin(c, w);
    put_upload(w, u, off, n);
    return n;
}

/* What an answer's offset means for the upload. */
static enum err take_offset(struct smp_upload *u, uint32_t off, uint32_t sent)
{
    uint32_t was = u->off;
    if (off > u->len)
        return ERR_FORMAT;
    if (was == 0 && off > sent)
        u->resumed_at = off;
    u->stalls = off == was ? u->stalls + 1 : 0;
    u->restarts += off < was;
    if (off > u->best) {
        u->best = off;
        u->restarts = 0;
    }
    u->off = off;
    u->done = off == u->len;
    return u->stalls >= STALLS_MAX || u->restarts > RESTARTS_MAX ? ERR_STATE : ERR_OK;
}

static struct exchange exchange_chunk(const struct smp_client *c, uint32_t off)
{
    struct exchange x = exchange_plain(c, SMP_WRITE, SMP_GROUP_IMAGE, SMP_IMAGE_UPLOAD);
    uint32_t least = off == 0 ? ERASE_TIMEOUT_MS : CHUNK_TIMEOUT_MS;
    x.timeout_ms = x.timeout_ms > least ? x.timeout_ms : least;
    if (c->fast_timeout_ms != 0) {
        x.timeout_ms = off == 0 ? CHUNK_TIMEOUT_MS : c->fast_timeout_ms;
        x.retries = x.retries < 1 ? x.retries : 1;
    }
    x.what = off == 0 ? "the device to erase the slot" : "the device to write";
    x.probe_ms = off == 0 ? PROBE_ERASING_MS : PROBE_WRITING_MS;
    return x;
}

enum { OFF, MATCH, UPLOAD_KEYS };
static const struct cbor_key upload_keys[UPLOAD_KEYS] = {
    [OFF] = {"off", CBOR_UINT}, [MATCH] = {"match", CBOR_FLAG}};

/* sent: bytes of the chunk that is answered. */
static enum err take_values(struct smp_upload *u, const struct cbor_value v[UPLOAD_KEYS],
                            uint32_t sent)
{
    if (!v[OFF].present)
        return ERR_FORMAT;
    u->has_match = v[MATCH].present;
    u->match = v[MATCH].present && v[MATCH].b;
    return take_offset(u, v[OFF].u, sent);
}

/* ---- several chunks under way ---- */

static unsigned window_max(const struct smp_client *c)
{
    if (c->buf_count < 2 || c->link->one_at_a_time)
        return 1;
    return c->buf_count - 1 < SMP_WINDOW_MAX ? c->buf_count - 1 : SMP_WINDOW_MAX;
}

static void widen(struct smp_client *c)
{
    if (++c->good < c->patience)
        return;
    c->good = 0;
    c->window += c->window < SMP_WINDOW_MAX;
}

/* The answers come before the one to what is sent next, a single chunk, so that the server never has more to hold than
 * before. */
void smp_upload_give_up(struct smp_client *c, struct smp_upload *u)
{
    u->under_way = 0;
    c->good = 0;
    c->window = 1;
}

static void narrow(struct smp_client *c, struct smp_upload *u)
{
    c->losses++;
    if (c->window > 1)
        c->patience = c->patience < PATIENCE_MAX ? PATIENCE_GROWTH * c->patience : PATIENCE_MAX;
    smp_upload_give_up(c, u);
}

/* A single chunk goes by send_one, which repeats it. */
static enum err fill_window(struct smp_client *c, struct smp_upload *u)
{
    const struct exchange x = exchange_chunk(c, u->off);
    const unsigned max = c->window < window_max(c) ? c->window : window_max(c);
    if (u->under_way == 0 && max == 1)
        return ERR_OK;
    if (u->under_way == 0) {
        u->sent = u->off;
        u->since_ms = c->now_ms != NULL ? c->now_ms() : 0;
    }
    while (u->under_way < max && u->sent < u->len) {
        struct cbor_writer w;
        uint32_t n = begin_chunk(c, u, u->sent, &w);
        enum err e = n > 0 ? exchange_send(c, &w, &x) : ERR_NOMEM;
        if (e != ERR_OK)
            return e;
        u->sent += n;
        u->end[u->under_way++] = u->sent;
    }
    return ERR_OK;
}

/* An answer to one of the chunks under way: it answers those before it, too, but for the first chunk of a file. If it wants
 * another byte than behind its chunk, that chunk or one before it was lost. */
static enum err take_answer(struct smp_client *c, struct smp_upload *u)
{
    struct exchange x = exchange_chunk(c, u->off);
    struct cbor_value v[UPLOAD_KEYS];
    unsigned which;
    x.under_way = u->under_way;
    x.since_ms = u->since_ms;
    enum err e = exchange_await(c, &x, &which);
    if (e == ERR_OK && u->off == 0 && which > 0)
        return ERR_TIMEOUT; /* only the first chunk names the file: this may be said of another upload */
    if (e == ERR_OK)
        e = exchange_decode(c, upload_keys, v, UPLOAD_KEYS);
    if (e != ERR_OK)
        return e;
    const uint32_t end = u->end[which];
    u->under_way -= which + 1;
    memmove(u->end, u->end + which + 1, u->under_way * sizeof u->end[0]);
    u->since_ms = c->now_ms != NULL ? c->now_ms() : 0;
    if (v[OFF].present && v[OFF].u == end)
        widen(c);
    else if (u->off == 0 && v[OFF].present && v[OFF].u > end)
        smp_upload_give_up(c, u); /* the server has more of the file: nothing was lost */
    else
        narrow(c, u);
    return take_values(u, v, end);
}

/* ---- one chunk ---- */

/* Repeated until it is answered, and in half the size if one of its size was never answered. */
static enum err send_one(struct smp_client *c, struct smp_upload *u)
{
    struct exchange x = exchange_chunk(c, u->off);
    struct cbor_value v[UPLOAD_KEYS];
    struct cbor_writer w;
    const uint32_t before = c->packet_max, off = u->off;
    uint32_t n;
    enum err e;
    do {
        n = begin_chunk(c, u, off, &w);
        if (n == 0)
            return ERR_NOMEM;
        e = exchange_run(c, &w, &x, upload_keys, v, UPLOAD_KEYS);
    } while (e == ERR_NOSPC && exchange_halve(c));
    if (e == ERR_NOSPC || e == ERR_TIMEOUT)
        c->packet_max = before; /* the size was not the cause */
    if (e != ERR_OK)
        return e == ERR_NOSPC ? ERR_TIMEOUT : e;
    if (off > 0 && v[OFF].present && v[OFF].u == off + n)
        widen(c);
    return take_values(u, v, n);
}

enum err smp_upload_step(struct smp_client *c, struct smp_upload *u)
{
    const bool waits = u->under_way > 0 && smp_is_stopped(c);
    if (u->done)
        return ERR_OK;
    enum err e = exchange_learn_size(c);
    if (e == ERR_OK && !waits)
        e = fill_window(c, u);
    if (e == ERR_OK && u->under_way == 0)
        return send_one(c, u);
    if (e == ERR_OK)
        e = take_answer(c, u);
    if (e == ERR_OK)
        return e;
    narrow(c, u);
    return e == ERR_TIMEOUT && !smp_is_stopped(c) ? send_one(c, u) : e;
}
