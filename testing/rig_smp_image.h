/* rig_smp_image.h - what the tests of group image share: a device, a file to upload, one packet of an upload and its
 * answer. */
#ifndef TESTING_RIG_SMP_IMAGE_H
#define TESTING_RIG_SMP_IMAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "core/smp/wire/errors.h"
#include "testing/rig_smp.h"

#define KB 1024u

extern struct rig rig;
extern uint8_t file[1024 * KB], other[1024 * KB];
extern uint32_t file_len;
extern uint8_t file_sha[SHA256_SIZE];

/* Around each test: the small device, or the default layout with slot0 in bank 1 and slot1 in bank 2. */
int fresh(void **state);
int fresh_full_size(void **state);
int done(void **state);
#define T(test) cmocka_unit_test_setup_teardown(test, fresh, done)

/* An image of about len bytes in file, with its length and SHA-256. */
void make_file(uint32_t len);

struct chunk {
    uint32_t off;
    const uint8_t *data;
    size_t data_len;
    bool no_off, no_len, no_data, upgrade, v1;
    uint32_t len;       /* with off 0 */
    const uint8_t *sha; /* NULL: none */
    size_t sha_len;
};

struct answer {
    bool got;
    int group; /* -1: top level */
    uint32_t rc, off;
    bool has_off, has_match, match;
};

struct answer send_chunk(const struct chunk *c);
/* The first n bytes of file, and n or what is left from off on. */
struct chunk first_chunk(uint32_t n);
struct chunk next_chunk(uint32_t off, uint32_t n);
/* Send the file from where the server wants it, n bytes at a time; returns the last answer. */
struct answer send_rest(uint32_t off, uint32_t n);
void assert_file_in_flash(void);
/* The answer is this error; group -1, rc 0: none. */
void assert_err(struct answer a, int group, uint32_t rc);

enum trailers { NOTHING_PENDING, TEST_PENDING, PERM_PENDING, TEST_RUNNING };
/* A small device anew: other runs, file is in the secondary slot (TEST_RUNNING: was there before the swap). */
void set_up_state(enum trailers t);
/* The request set state; hash may be NULL. */
struct answer set_state(const uint8_t *hash, size_t hash_len, bool confirm);

/* Put in place of the flash's own operation: it fails. */
enum err no_program(struct flash *f, uint32_t off, const void *src, uint32_t len);

#endif
