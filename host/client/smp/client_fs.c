/* client_fs.c - the client half: group fs, upload and download included. */
#include <string.h>

#include "host/client/smp/cbor_walk.h"
#include "host/client/smp/client_exchange.h"
#include "host/client/smp/client_groups.h"

/* Download is the read of ID_FILE. */
enum { ID_FILE = 0, ID_STATUS = 1, ID_HASH = 2, ID_TYPES = 3, ID_CLOSE = 4 };

enum {
    ERR_OFFSET_NOT_VALID = 11
}; /* FS_MGMT_ERR_FILE_OFFSET_NOT_VALID; MGMT_ERR_EUNKNOWN to an SMP v1 client */

#define HASH_TIMEOUT_MS   60000u /* a large file on a slow chip */
#define PROBE_MS          250u
#define CHUNK_HEAD_GROWTH 2u /* a byte string's head beyond that of the empty string */
#define STALLS_MAX        4u

/* ---- status, hash, types, close ---- */

enum err smp_fs_status(struct smp_client *c, const char *name, uint32_t *len)
{
    static const struct cbor_key keys[] = {{"len", CBOR_UINT}};
    struct exchange x = exchange_plain(c, SMP_READ, SMP_GROUP_FS, ID_STATUS);
    struct cbor_writer w;
    struct cbor_value v[1];
    exchange_begin(c, &w);
    cbor_put_text(&w, "name", name, strlen(name));
    enum err e = exchange_run(c, &w, &x, keys, v, 1);
    if (e == ERR_OK && !v[0].present)
        return ERR_FORMAT;
    *len = e == ERR_OK ? v[0].u : 0;
    return e;
}

enum err smp_fs_close(struct smp_client *c)
{
    struct exchange x = exchange_plain(c, SMP_WRITE, SMP_GROUP_FS, ID_CLOSE);
    struct cbor_writer w;
    exchange_begin(c, &w);
    return exchange_run(c, &w, &x, NULL, NULL, 0);
}

enum err smp_fs_hash(struct smp_client *c, const char *name, const char *type, uint32_t off,
                     uint32_t len, struct smp_fs_hash *h)
{
    enum { TYPE, OFF, LEN, OUTPUT, COUNT };
    static const struct cbor_key keys[COUNT] = {[TYPE] = {"type", CBOR_TEXT},
                                                [OFF] = {"off", CBOR_UINT},
                                                [LEN] = {"len", CBOR_UINT},
                                                [OUTPUT] = {"output", CBOR_RAW}};
    struct exchange x = exchange_plain(c, SMP_READ, SMP_GROUP_FS, ID_HASH);
    struct cbor_writer w;
    struct cbor_value v[COUNT];
    uint64_t number;
    x.timeout_ms = x.timeout_ms > HASH_TIMEOUT_MS ? x.timeout_ms : HASH_TIMEOUT_MS;
    x.what = "the device to read the file";
    exchange_begin(c, &w);
    cbor_put_text(&w, "name", name, strlen(name));
    if (type != NULL)
        cbor_put_text(&w, "type", type, strlen(type));
    if (off > 0)
        cbor_put_uint(&w, "off", off);
    if (len > 0)
        cbor_put_uint(&w, "len", len);
    enum err e = exchange_run(c, &w, &x, keys, v, COUNT);
    if (e != ERR_OK)
        return e;
    if (!v[TYPE].present || !v[LEN].present || !v[OUTPUT].present)
        return ERR_FORMAT;
    *h = (struct smp_fs_hash){
        .type = v[TYPE].s, .off = v[OFF].present ? v[OFF].u : 0, .len = v[LEN].u};
    h->is_number = cbor_value_uint64(v[OUTPUT].s, &number);
    h->number = h->is_number ? (uint32_t)number : 0;
    if (h->is_number)
        return number <= UINT32_MAX ? ERR_OK : ERR_FORMAT;
    return cbor_value_bytes(v[OUTPUT].s, &h->bytes) ? ERR_OK : ERR_FORMAT;
}

static enum err decode_type(struct smp_fs_type *t, struct cbor_span entry)
{
    static const struct cbor_key keys[] = {{"format", CBOR_UINT}, {"size", CBOR_UINT}};
    struct cbor_value v[2];
    if (cbor_map_decode(entry.ptr, entry.len, keys, v, 2, NULL) != ERR_OK || !v[0].present ||
        !v[1].present)
        return ERR_FORMAT;
    t->format = v[0].u;
    t->size = v[1].u;
    return ERR_OK;
}

enum err smp_fs_types(struct smp_client *c, struct smp_fs_type_list *list)
{
    static const struct cbor_key keys[] = {{"types", CBOR_RAW}};
    struct exchange x = exchange_plain(c, SMP_READ, SMP_GROUP_FS, ID_TYPES);
    struct cbor_writer w;
    struct cbor_value v[1];
    struct cbor_list l;
    struct cbor_span name, entry;
    bool more;
    list->count = 0;
    exchange_begin(c, &w);
    enum err e = exchange_run(c, &w, &x, keys, v, 1);
    if (e == ERR_OK)
        e = v[0].present ? cbor_walk_begin(&l, v[0].s) : ERR_FORMAT;
    while (e == ERR_OK && (e = cbor_walk_next(&l, &name, &entry, &more)) == ERR_OK && more) {
        if (list->count == ARRAY_LEN(list->type))
            return ERR_FORMAT;
        struct smp_fs_type *t = &list->type[list->count++];
        t->name = name;
        e = decode_type(t, entry);
    }
    return e;
}

/* ---- upload ---- */

static void put_chunk(struct cbor_writer *w, const struct smp_fs_upload *u, uint32_t n)
{
    cbor_put_uint(w, "off", u->off);
    cbor_put_bytes(w, "data", u->data + u->off, n);
    cbor_put_text(w, "name", u->name, strlen(u->name));
    if (u->off == 0)
        cbor_put_uint(w, "len", u->len);
}

/* Data bytes that fit beside the other keys: measured, not computed. */
static uint32_t chunk_room(struct smp_client *c, const struct smp_fs_upload *u)
{
    struct cbor_writer w;
    exchange_begin(c, &w);
    put_chunk(&w, u, 0);
    cbor_close_map(&w);
    const size_t body = cbor_write_size(&w);
    const size_t used = SMP_HEADER_SIZE + body + CHUNK_HEAD_GROWTH, max = smp_packet_max(c);
    return body > 0 && max > used ? (uint32_t)(max - used) : 0;
}

/* The length that the server has of the file: it goes with the error, to a client of SMP v2 only. */
static enum err current_len(struct smp_client *c, const struct smp_fs_upload *u, uint32_t *len)
{
    static const struct cbor_key keys[] = {{"len", CBOR_UINT}};
    struct cbor_value v[1];
    if (cbor_map_decode(c->rx + SMP_HEADER_SIZE, c->rx_len - SMP_HEADER_SIZE, keys, v, 1, NULL) ==
            ERR_OK &&
        v[0].present) {
        *len = v[0].u;
        return ERR_OK;
    }
    enum err e = smp_fs_close(c); /* the status of an open file may be an old one */
    if (e != ERR_OK && e != ERR_PEER)
        return e;
    return smp_fs_status(c, u->name, len);
}

static bool is_offset_error(const struct smp_error *error)
{
    return (error->group == SMP_GROUP_FS && error->rc == ERR_OFFSET_NOT_VALID) ||
           (error->group == -1 && error->rc == MGMT_ERR_EUNKNOWN);
}

/* The server has the file up to off. */
static enum err go_on(struct smp_fs_upload *u, uint32_t off)
{
    if (off > u->len)
        return ERR_FORMAT;
    u->stalls = off > u->best ? 0 : u->stalls + 1;
    u->best = off > u->best ? off : u->best;
    u->off = off;
    u->done = off == u->len;
    return u->stalls >= STALLS_MAX ? ERR_STATE : ERR_OK;
}

/* Refused: if the server has another part of the file than we went by, from there. */
static enum err resume(struct smp_client *c, struct smp_fs_upload *u)
{
    const struct smp_error error = c->error;
    uint32_t len;
    if (u->off == 0 || !is_offset_error(&error))
        return ERR_PEER;
    enum err e = current_len(c, u, &len);
    if (e == ERR_OK && len != u->off)
        return go_on(u, len);
    c->error = error;
    return e == ERR_OK ? ERR_PEER : e;
}

enum err smp_fs_upload_step(struct smp_client *c, struct smp_fs_upload *u)
{
    static const struct cbor_key keys[] = {{"off", CBOR_UINT}};
    struct cbor_writer w;
    struct cbor_value v[1];
    const uint32_t before = c->packet_max;
    enum err e = u->done ? ERR_OK : exchange_learn_size(c);
    if (e != ERR_OK || u->done)
        return e;
    struct exchange x = exchange_plain(c, SMP_WRITE, SMP_GROUP_FS, ID_FILE);
    x.timeout_ms = x.timeout_ms > CHUNK_TIMEOUT_MS ? x.timeout_ms : CHUNK_TIMEOUT_MS;
    x.what = "the device to write";
    x.probe_ms = PROBE_MS;
    do {
        const uint32_t room = chunk_room(c, u), left = u->len - u->off;
        if (room == 0)
            return ERR_NOMEM;
        exchange_begin(c, &w);
        put_chunk(&w, u, left < room ? left : room);
        e = exchange_run(c, &w, &x, keys, v, 1);
    } while (e == ERR_NOSPC && exchange_halve(c));
    if (e == ERR_NOSPC || e == ERR_TIMEOUT) {
        c->packet_max = before; /* the size was not the cause */
        return ERR_TIMEOUT;
    }
    if (e == ERR_PEER)
        return resume(c, u);
    if (e != ERR_OK)
        return e;
    if (u->len == 0 && v[0].present && v[0].u == 0) {
        u->done = true;
        return ERR_OK;
    }
    return v[0].present ? go_on(u, v[0].u) : ERR_FORMAT;
}

/* ---- download ---- */

enum err smp_fs_download_step(struct smp_client *c, struct smp_fs_download *d,
                              struct cbor_span *data)
{
    enum { OFF, DATA, LEN, COUNT };
    static const struct cbor_key keys[COUNT] = {
        [OFF] = {"off", CBOR_UINT}, [DATA] = {"data", CBOR_BYTES}, [LEN] = {"len", CBOR_UINT}};
    struct exchange x = exchange_plain(c, SMP_READ, SMP_GROUP_FS, ID_FILE);
    struct cbor_writer w;
    struct cbor_value v[COUNT];
    *data = (struct cbor_span){NULL, 0};
    if (d->done)
        return ERR_OK;
    x.timeout_ms = x.timeout_ms > CHUNK_TIMEOUT_MS ? x.timeout_ms : CHUNK_TIMEOUT_MS;
    x.what = "the device to read";
    x.probe_ms = PROBE_MS;
    exchange_begin(c, &w);
    cbor_put_uint(&w, "off", d->off);
    cbor_put_text(&w, "name", d->name, strlen(d->name));
    enum err e = exchange_run(c, &w, &x, keys, v, COUNT);
    if (e != ERR_OK)
        return e == ERR_NOSPC ? ERR_TIMEOUT : e; /* a smaller request would not help */
    if (!v[OFF].present || !v[DATA].present || v[OFF].u != d->off)
        return ERR_FORMAT;
    if (!d->has_len && !v[LEN].present)
        return ERR_FORMAT;
    d->len = d->has_len ? d->len : v[LEN].u;
    d->has_len = true;
    if (v[DATA].s.len > d->len - d->off || (v[DATA].s.len == 0 && d->off < d->len))
        return ERR_FORMAT;
    *data = v[DATA].s;
    d->off += (uint32_t)data->len;
    d->done = d->off == d->len;
    return ERR_OK;
}
