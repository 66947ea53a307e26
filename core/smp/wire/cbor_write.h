/* cbor_write.h - a CBOR writer over zcbor. After the first item that does not fit, all further calls do nothing; the
 * caller checks once, at the end. As Zephyr does, it writes maps and lists of indefinite length, and integers in their
 * shortest form. */
#ifndef CORE_SMP_WIRE_CBOR_WRITE_H
#define CORE_SMP_WIRE_CBOR_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <zcbor_encode.h>

struct cbor_writer {
    zcbor_state_t state[2]; /* zcbor's cursor and its constant part; no backups are needed */
    uint8_t *start;
    bool failed;
};

void cbor_write_begin(struct cbor_writer *w, void *buf, size_t cap);

/* Bytes written so far, or 0 if anything did not fit. */
size_t cbor_write_size(const struct cbor_writer *w);

/* Where the next byte goes, and how many more fit; 0 if anything did not. For a text that is made in its place. */
uint8_t *cbor_write_at(const struct cbor_writer *w);
size_t cbor_write_room(const struct cbor_writer *w);

void cbor_open_map(struct cbor_writer *w);
void cbor_close_map(struct cbor_writer *w);
void cbor_open_list(struct cbor_writer *w);
void cbor_close_list(struct cbor_writer *w);

/* key NULL, here and below: what follows is an element of a list, and has none. */
void cbor_put_key(struct cbor_writer *w, const char *key);
void cbor_put_uint(struct cbor_writer *w, const char *key, uint32_t v);
void cbor_put_int(struct cbor_writer *w, const char *key, int32_t v);
void cbor_put_bool(struct cbor_writer *w, const char *key, bool v);
void cbor_put_text(struct cbor_writer *w, const char *key, const char *text, size_t len);
void cbor_put_bytes(struct cbor_writer *w, const char *key, const void *bytes, size_t len);

#endif
