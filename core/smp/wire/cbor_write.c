#include "core/smp/wire/cbor_write.h"

#include <string.h>

void cbor_write_begin(struct cbor_writer *w, void *buf, size_t cap)
{
    w->start = buf;
    w->failed = false;
    zcbor_new_encode_state(w->state, 2, buf, cap, 1);
}

size_t cbor_write_size(const struct cbor_writer *w)
{
    return w->failed ? 0 : (size_t)(w->state[0].payload - w->start);
}

uint8_t *cbor_write_at(const struct cbor_writer *w)
{
    return w->state[0].payload_mut;
}

size_t cbor_write_room(const struct cbor_writer *w)
{
    return w->failed ? 0 : (size_t)(w->state[0].payload_end - w->state[0].payload);
}

static void note(struct cbor_writer *w, bool ok)
{
    w->failed = w->failed || !ok;
}

void cbor_open_map(struct cbor_writer *w)
{
    note(w, !w->failed && zcbor_map_start_encode(w->state, 0));
}

void cbor_close_map(struct cbor_writer *w)
{
    note(w, !w->failed && zcbor_map_end_encode(w->state, 0));
}

void cbor_open_list(struct cbor_writer *w)
{
    note(w, !w->failed && zcbor_list_start_encode(w->state, 0));
}

void cbor_close_list(struct cbor_writer *w)
{
    note(w, !w->failed && zcbor_list_end_encode(w->state, 0));
}

void cbor_put_key(struct cbor_writer *w, const char *key)
{
    if (key != NULL)
        note(w, !w->failed && zcbor_tstr_encode_ptr(w->state, key, strlen(key)));
}

void cbor_put_uint(struct cbor_writer *w, const char *key, uint32_t v)
{
    cbor_put_key(w, key);
    note(w, !w->failed && zcbor_uint32_put(w->state, v));
}

void cbor_put_int(struct cbor_writer *w, const char *key, int32_t v)
{
    cbor_put_key(w, key);
    note(w, !w->failed && zcbor_int32_put(w->state, v));
}

void cbor_put_bool(struct cbor_writer *w, const char *key, bool v)
{
    cbor_put_key(w, key);
    note(w, !w->failed && zcbor_bool_put(w->state, v));
}

/* The text may stand behind the place that it goes to (cbor_write_at): zcbor moves it. */
void cbor_put_text(struct cbor_writer *w, const char *key, const char *text, size_t len)
{
    cbor_put_key(w, key);
    note(w, !w->failed && zcbor_tstr_encode_ptr(w->state, text, len));
}

void cbor_put_bytes(struct cbor_writer *w, const char *key, const void *bytes, size_t len)
{
    cbor_put_key(w, key);
    note(w, !w->failed && zcbor_bstr_encode_ptr(w->state, bytes, len));
}
