/* Group image: examples byte for byte, the tables of the protocol, uploads that meet every kind of trouble. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "smp/cbor_map.h"
#include "smp/errors.h"
#include "smp/testbed.h"
#include "smp/upload_record.h"

#define KB 1024u

static struct bed bed;
static uint8_t file[1024 * KB], other[1024 * KB];
static uint32_t file_len;
static uint8_t file_sha[SHA256_SIZE];

static int fresh(void **state)
{
    (void)state;
    bed_small(&bed);
    return 0;
}

/* The seed's layout: slot0 in bank 1, slot1 in bank 2. */
static int fresh_full_size(void **state)
{
    (void)state;
    bed_init(&bed, 128 * KB, 1024 * KB, 2048 * KB);
    return 0;
}

static int done(void **state)
{
    (void)state;
    bed_free(&bed);
    return 0;
}

static void make_file(uint32_t len)
{
    file_len = bed_image(file, len, 2, 0, 0, 77);
    struct sha256 h;
    sha256_init(&h);
    sha256_update(&h, file, file_len);
    sha256_final(&h, file_sha);
}

/* ---- one upload packet ---- */

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

static struct answer parse(size_t n)
{
    enum { RC, ERR, OFF, MATCH, COUNT };
    static const struct cbor_key keys[COUNT] = {[RC] = {"rc", CBOR_UINT},
                                                [ERR] = {"err", CBOR_RAW},
                                                [OFF] = {"off", CBOR_UINT},
                                                [MATCH] = {"match", CBOR_BOOL}};
    static const struct cbor_key inner[] = {{"group", CBOR_UINT}, {"rc", CBOR_UINT}};
    struct cbor_value v[COUNT], in[2];
    struct answer a = {.got = n > 0, .group = -1};
    if (n == 0)
        return a;
    assert_int_equal(cbor_map_decode(bed.response + 8, n - 8, keys, v, COUNT, NULL), ERR_OK);
    a.rc = v[RC].present ? v[RC].u : 0;
    if (v[ERR].present) {
        assert_int_equal(cbor_map_decode(v[ERR].s.ptr, v[ERR].s.len, inner, in, 2, NULL), ERR_OK);
        a.group = (int)in[0].u;
        a.rc = in[1].u;
    }
    a.has_off = v[OFF].present;
    a.off = v[OFF].present ? v[OFF].u : 0;
    a.has_match = v[MATCH].present;
    a.match = v[MATCH].present && v[MATCH].b;
    return a;
}

static struct answer send_chunk(const struct chunk *c)
{
    uint8_t request[2048];
    struct cbor_writer w;
    cbor_write_begin(&w, request + 8, sizeof request - 8);
    cbor_open_map(&w);
    if (!c->no_data)
        cbor_put_bytes(&w, "data", c->data, c->data_len);
    if (c->off == 0 && !c->no_len)
        cbor_put_uint(&w, "len", c->len);
    if (!c->no_off)
        cbor_put_uint(&w, "off", c->off);
    if (c->sha != NULL)
        cbor_put_bytes(&w, "sha", c->sha, c->sha_len);
    if (c->upgrade)
        cbor_put_bool(&w, "upgrade", true);
    cbor_close_map(&w);
    struct smp_header h = {.version = !c->v1,
                           .op = SMP_WRITE,
                           .len = (uint16_t)cbor_write_size(&w),
                           .group = 1,
                           .id = 1};
    size_t n;
    smp_header_encode(&h, request);
    (void)smp_server_handle(&bed.server, request, 8u + h.len, bed.response, sizeof bed.response,
                            &n);
    return parse(n);
}

static struct chunk first_chunk(uint32_t n)
{
    return (struct chunk){
        .data = file, .data_len = n, .len = file_len, .sha = file_sha, .sha_len = 32};
}

static struct chunk next_chunk(uint32_t off, uint32_t n)
{
    return (struct chunk){
        .off = off, .data = file + off, .data_len = off + n > file_len ? file_len - off : n};
}

/* Send the file from where the server wants it; returns the last answer. */
static struct answer send_rest(uint32_t off, uint32_t n)
{
    struct answer a = {.off = off};
    while (a.off < file_len) {
        struct chunk c = a.off == 0 ? first_chunk(n) : next_chunk(a.off, n);
        uint32_t was = a.off;
        a = send_chunk(&c);
        if (!a.got || a.rc != 0 || (a.off <= was && was != 0))
            break;
    }
    return a;
}

static void assert_file_in_flash(void)
{
    uint32_t at = bed.pair.slot[SLOT_SECONDARY].offset + update_upload_offset(&bed.pair);
    assert_memory_equal(bed.bytes + at, file, file_len);
}

static void assert_err(struct answer a, int group, uint32_t rc)
{
    assert_true(a.got);
    assert_int_equal(a.group, group);
    assert_int_equal(a.rc, rc);
}

/* ---- examples ---- */

#define HASH_E9  "1baa222074cc805faf4e09846d2377886b1e5ef7cfccd9eac1554d82d9aa9d5a"
#define HASH_E14 "f3a3210b8f68e945f0c1c7ed1ad10cd3aa6f63617a0eada429b14f56c8a04c2e"

/* An image whose stored hash is the example's; the list reports it, nothing computes it. */
static uint32_t example_image(uint8_t *out, unsigned major, const char *hash)
{
    uint32_t len = bed_image(out, 3000, major, major ? 2 : 0, major ? 4 : 0, 1);
    if (major)
        out[22] = 3; /* revision */
    bed_unhex(out + len - 32, 32, hash);
    return len;
}

static void examples_of_the_list_and_of_set_state(void **state)
{
    (void)state;
    bed_install(&bed, SLOT_PRIMARY, 0, file, example_image(file, 0, HASH_E9));
    assert_string_equal(
        bed_ask(&bed, "0800000100010100 a0"),
        "0900008600010100bf66696d616765739fbf64736c6f74006776657273696f6e65302e302e3064686173685820"
        "1baa2220"
        "74cc805faf4e09846d2377886b1e5ef7cfccd9eac1554d82d9aa9d5a68626f6f7461626c65f56770656e64696e"
        "67f46963"
        "6f6e6669726d6564f566616374697665f5697065726d616e656e74f4ffff6b73706c697453746174757300ff");
    bed_install(&bed, SLOT_SECONDARY, 4096, other, example_image(other, 1, HASH_E14));
    assert_string_equal(
        bed_ask(&bed, "0a0000310001f900 a264686173685820" HASH_E14 "67636f6e6669726df4"),
        "0b0000f60001f900bf66696d616765739fbf64736c6f74006776657273696f6e65302e302e3064686173685820"
        "1baa222074"
        "cc805faf4e09846d2377886b1e5ef7cfccd9eac1554d82d9aa9d5a68626f6f7461626c65f56770656e64696e67"
        "f469636f6e"
        "6669726d6564f566616374697665f5697065726d616e656e74f4ffbf64736c6f74016776657273696f6e67312e"
        "322e332e34"
        "646861736858"
        "20f3a3210b8f68e945f0c1c7ed1ad10cd3aa6f63617a0eada429b14f56c8a04c2e68626f6f7461626c65"
        "f56770656e64696e67f569636f6e6669726d6564f466616374697665f4697065726d616e656e74f4ffff6b7370"
        "6c69745374"
        "6174757300ff");
}

static void example_of_the_list_while_a_test_runs(void **state)
{
    (void)state;
    bed_install(&bed, SLOT_PRIMARY, 0, file, example_image(file, 1, HASH_E14));
    bed_install(&bed, SLOT_SECONDARY, 0, other, example_image(other, 0, HASH_E9));
    bed_set_revert(&bed);
    assert_string_equal(bed_ask(&bed, "0800000100012000 a0"),
                        "090000f600012000bf66696d616765739fbf64736c6f74006776657273696f6e67312e322e"
                        "332e3464686173685820f3a321"
                        "0b8f68e945f0c1c7ed1ad10cd3aa6f63617a0eada429b14f56c8a04c2e68626f6f7461626c"
                        "65f56770656e64696e67f46963"
                        "6f6e6669726d6564f466616374697665f5697065726d616e656e74f4ffbf64736c6f740167"
                        "76657273696f6e65302e302e30"
                        "646861736858201baa222074cc805faf4e09846d2377886b1e5ef7cfccd9eac1554d82d9aa"
                        "9d5a68626f6f7461626c65f567"
                        "70656e64696e67f469636f6e6669726d6564f566616374697665f4697065726d616e656e74"
                        "f4ffff6b73706c697453746174"
                        "757300ff");
}

static void examples_of_upload_erase_and_slots(void **state)
{
    (void)state;
    static const char e10[] =
        "0a0000c100010a01 "
        "a565696d61676500636c656e19c21c636f666600637368615820aee6324c552f5046711e4c7733bfadb7"
        "2d4b092d7e9442253bcbcef07a82fbfd6464617461588"
        "03db8f3960000000000020000f4bf000000000000010203000400000000000000";
    char request[1024];
    strcpy(request, e10);
    for (int i = 0; i < 96; i++)
        strcat(request, "00");
    assert_string_equal(bed_ask(&bed, request), "0b00000800010a01bf636f66661880ff");
    assert_string_equal(
        bed_ask(&bed,
                "0a00001d00010b01 a2636f666618806464617461 50 000102030405060708090a0b0c0d0e0f"),
        "0b00000800010b01bf636f66661890ff");
    assert_string_equal(bed_ask(&bed, request), "0b00000800010a01bf636f66661890ff"); /* resume */
    assert_string_equal(bed_ask(&bed, "0a00000700010e05 a164736c6f7401"), "0b00000200010e05bfff");
    /* E16 with our slots, and the limit that newer servers add. */
    assert_string_equal(
        bed_ask(&bed, "0800000100010206 a0"),
        "0900006500010206bf66696d616765739fbf65696d6167650065736c6f74739fbf64736c6f74006473697a651a"
        "000e0000ffbf64736c6f74016473697a651a000e00006f75706c6f61645f696d6167655f696400ffff6e6d6178"
        "5f"
        "696d6167655f73697a651a000a0000ffffff");
    /* E12: magic, size. */
    char bad[1024];
    strcpy(bad, request);
    memcpy(strstr(bad, "3db8f396"), "00000000", 8);
    memcpy(bad + 12, "03", 2);
    assert_string_equal(bed_ask(&bed, bad),
                        "0b00001300010301bf63657272bf6567726f75700162726317ffff");
    strcpy(bad, request);
    memcpy(strstr(bad, "19c21c"), "19ffff", 6);
    memcpy(bad + 12, "05", 2);
    bed_free(&bed);
    bed_small(&bed);
    assert_string_equal(bed_ask(&bed, bad),
                        "0b00001400010501bf63657272bf6567726f757001627263181effff");
}

/* ---- set state: the whole table ---- */

enum trailers { NOTHING_PENDING, TEST_PENDING, PERM_PENDING, TEST_RUNNING };

static void set_up_state(enum trailers t)
{
    bed_free(&bed);
    bed_small(&bed);
    uint32_t len = bed_image(other, 3000, 1, 0, 0, 1);
    bed_install(&bed, SLOT_PRIMARY, 0, other, len);
    make_file(3000);
    bed_install(&bed, SLOT_SECONDARY, t == TEST_RUNNING ? 0 : 4096, file, file_len);
    if (t == TEST_RUNNING)
        bed_set_revert(&bed);
    if (t == TEST_PENDING || t == PERM_PENDING)
        assert_int_equal(update_set_pending(&bed.pair, t == PERM_PENDING), ERR_OK);
}

static struct answer set_state(const uint8_t *hash, size_t hash_len, bool confirm)
{
    uint8_t request[256];
    struct cbor_writer w;
    cbor_write_begin(&w, request + 8, sizeof request - 8);
    cbor_open_map(&w);
    if (hash != NULL)
        cbor_put_bytes(&w, "hash", hash, hash_len);
    if (confirm)
        cbor_put_bool(&w, "confirm", true);
    cbor_close_map(&w);
    struct smp_header h = {
        .version = 1, .op = SMP_WRITE, .len = (uint16_t)cbor_write_size(&w), .group = 1};
    size_t n;
    smp_header_encode(&h, request);
    (void)smp_server_handle(&bed.server, request, 8u + h.len, bed.response, sizeof bed.response,
                            &n);
    return parse(n);
}

static void set_state_table(void **state)
{
    (void)state;
    static const struct {
        enum trailers t;
        uint32_t test_other, confirm_other, confirm_running;
        enum swap_type after[3];
    } rows[] = {
        {NOTHING_PENDING, 0, 0, 0, {SWAP_TYPE_TEST, SWAP_TYPE_PERM, SWAP_TYPE_NONE}},
        {TEST_PENDING, 0, 28, 28, {SWAP_TYPE_TEST, SWAP_TYPE_TEST, SWAP_TYPE_TEST}},
        {PERM_PENDING, 28, 0, 28, {SWAP_TYPE_PERM, SWAP_TYPE_PERM, SWAP_TYPE_PERM}},
        {TEST_RUNNING, 28, 0, 0, {SWAP_TYPE_REVERT, SWAP_TYPE_REVERT, SWAP_TYPE_NONE}},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        for (unsigned wish = 0; wish < 4; wish++) {
            uint8_t hash_other[32], hash_running[32];
            enum swap_type type;
            print_message("state %u wish %u\n", rows[i].t, wish);
            set_up_state(rows[i].t);
            bed_image_hash(file, file_len, hash_other);
            bed_image_hash(other, bed_image(other, 3000, 1, 0, 0, 1), hash_running);
            struct answer a = wish == 0   ? set_state(hash_other, 32, false)
                              : wish == 1 ? set_state(hash_other, 32, true)
                              : wish == 2 ? set_state(hash_running, 32, true)
                                          : set_state(NULL, 0, true);
            uint32_t want = wish == 0   ? rows[i].test_other
                            : wish == 1 ? rows[i].confirm_other
                                        : rows[i].confirm_running;
            assert_err(a, want ? 1 : -1, want);
            assert_int_equal(update_next_swap_type(&bed.pair, &type), ERR_OK);
            assert_int_equal(type, rows[i].after[wish < 3 ? wish : 2]);
        }
    }
}

static void set_state_refusals(void **state)
{
    (void)state;
    uint8_t hash[32], nobody[64] = {1};
    set_up_state(NOTHING_PENDING);
    assert_err(set_state(NULL, 0, false), 1, IMG_MGMT_ERR_INVALID_HASH);
    assert_err(set_state(nobody, 31, false), 1, IMG_MGMT_ERR_INVALID_HASH);
    assert_err(set_state(nobody, 63, true), 1, IMG_MGMT_ERR_INVALID_HASH);
    assert_err(set_state(nobody, 64, true), 1, IMG_MGMT_ERR_HASH_NOT_FOUND);
    assert_err(set_state(nobody, 32, false), 1, IMG_MGMT_ERR_HASH_NOT_FOUND);
    bed_image_hash(other, bed_image(other, 3000, 1, 0, 0, 1), hash);
    assert_err(set_state(hash, 32, false), 1, IMG_MGMT_ERR_IMAGE_SETTING_TEST_TO_ACTIVE_DENIED);
    /* Garbage in the secondary's trailer: the magic is bad. */
    uint8_t garbage[32] = {0};
    uint32_t end = bed.pair.slot[SLOT_SECONDARY].offset + bed.pair.slot[SLOT_SECONDARY].size;
    fake_place(&bed.fake, end - 32, garbage, 32);
    bed_image_hash(file, file_len, hash);
    bed_clear_log(&bed);
    assert_err(set_state(hash, 32, false), 1, IMG_MGMT_ERR_INVALID_IMAGE_HEADER_MAGIC);
    assert_non_null(strstr(
        bed.log, "<err> mcumgr_img_grp: Faled boot_set_next with code -1, for slot 1, with active "
                 "slot 0 and confirm 0\n"));
}

/* An image by SHA-384 or SHA-512 is listed and named by that, whole. */
static void every_kind_of_hash_names_an_image(void **state)
{
    static const struct {
        uint16_t type, len;
    } kinds[] = {{IMAGE_TLV_SHA384, SHA384_SIZE}, {IMAGE_TLV_SHA512, SHA512_SIZE}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        uint8_t hash[SHA512_SIZE];
        char want[2 * SHA512_SIZE + 16], *at = want;
        set_up_state(NOTHING_PENDING);
        uint8_t *area = file + file_len - 40; /* one TLV, of SHA-256 */
        put_le16(area + 2, (uint16_t)(8 + kinds[i].len));
        put_le16(area + 4, kinds[i].type);
        put_le16(area + 6, kinds[i].len);
        for (unsigned n = 0; n < kinds[i].len; n++)
            area[8 + n] = hash[n] = (uint8_t)(n + 1);
        bed_install(&bed, SLOT_SECONDARY, 4096, file, file_len - 32 + kinds[i].len);
        at += sprintf(at, "646861736858%02x", kinds[i].len); /* "hash": bytes */
        for (unsigned n = 0; n < kinds[i].len; n++)
            at += sprintf(at, "%02x", hash[n]);
        assert_non_null(strstr(bed_ask(&bed, "0800000100010100 a0"), want));
        assert_err(set_state(hash, 32, false), 1, IMG_MGMT_ERR_HASH_NOT_FOUND);
        hash[kinds[i].len - 1] ^= 1;
        assert_err(set_state(hash, kinds[i].len, false), 1, IMG_MGMT_ERR_HASH_NOT_FOUND);
        hash[kinds[i].len - 1] ^= 1;
        assert_err(set_state(hash, kinds[i].len, false), -1, 0);
    }
}

static enum err no_program(struct flash *f, uint32_t off, const void *src, uint32_t len)
{
    (void)f, (void)off, (void)src, (void)len;
    return ERR_IO;
}

static void set_state_when_flash_fails(void **state)
{
    (void)state;
    uint8_t hash[32];
    set_up_state(NOTHING_PENDING);
    bed_image_hash(file, file_len, hash);
    bed.fake.flash.program = no_program;
    assert_err(set_state(hash, 32, false), 1, IMG_MGMT_ERR_FLASH_WRITE_FAILED);
}

/* ---- upload ---- */

static void upload_then_list_then_test(void **state)
{
    (void)state;
    for (uint32_t n = 32; n < 350; n += 53) {
        fresh(state);
        make_file(11000);
        struct answer a = send_rest(0, n);
        assert_err(a, -1, 0);
        assert_int_equal(a.off, file_len);
        assert_true(a.has_match && a.match);
        assert_file_in_flash();
        assert_int_equal(bed.first_program, bed.pair.slot[SLOT_SECONDARY].offset);
        assert_int_equal(bed.erases_first, 0);
        uint8_t hash[32];
        bed_image_hash(file, file_len, hash);
        assert_err(set_state(hash, 32, false), -1, 0);
        struct chunk c = next_chunk(64, 32);
        assert_int_equal(send_chunk(&c).off, 0); /* the session is over */
        assert_int_equal(bed.touched_again, 0);
        bed_free(&bed);
    }
    fresh(state);
}

static void upload_answers(void **state)
{
    (void)state;
    make_file(9000);
    struct chunk c = next_chunk(64, 32);
    assert_int_equal(send_chunk(&c).off, 0); /* no session */
    c = first_chunk(100);
    assert_int_equal(send_chunk(&c).off, 100);
    c = next_chunk(200, 100);
    assert_int_equal(send_chunk(&c).off, 100); /* a gap: success, nothing taken */
    c = next_chunk(50, 50);
    assert_int_equal(send_chunk(&c).off, 100);
    c = next_chunk(100, 0);
    assert_int_equal(send_chunk(&c).off, 100); /* empty */
    c = next_chunk(100, 300);
    assert_int_equal(send_chunk(&c).off, 400);
    c = next_chunk(100, 300);
    assert_int_equal(send_chunk(&c).off, 400); /* the same again, late */
    c = first_chunk(100);
    assert_int_equal(send_chunk(&c).off, 400); /* resume by sha */
    struct answer a = send_rest(400, 300);
    assert_true(a.match);
    c = first_chunk(100);
    a = send_chunk(&c); /* once more: it is there already */
    assert_int_equal(a.off, file_len);
    assert_true(a.match);
    c.sha = NULL; /* without sha: from the start */
    a = send_chunk(&c);
    assert_int_equal(a.off, 100);
    a = send_chunk(&c);
    assert_int_equal(a.off, 100);
    c.sha = file_sha;
    c.sha_len = 8;
    assert_int_equal(send_chunk(&c).off, 100); /* another length of sha: another session */
    c = next_chunk(100, 100);
    assert_int_equal(send_chunk(&c).off, 200);
    c = first_chunk(100);
    c.sha_len = 8;
    assert_int_equal(send_chunk(&c).off, 200);
    c.sha_len = 32; /* the file of the first upload is still there untouched */
    assert_int_equal(send_chunk(&c).off, file_len);
    c.sha_len = 8;
    assert_int_equal(send_chunk(&c).off, 100);
    for (uint32_t off = 100; off < 700; off += 300) {
        c = next_chunk(off, 300);
        assert_int_equal(send_chunk(&c).off, off + 300);
    }
    c = first_chunk(100); /* agrees in the first 8 bytes of sha: still another session */
    assert_int_equal(send_chunk(&c).off, 100);
    c.sha_len = 8;
    assert_int_equal(send_chunk(&c).off, 100);
    c = next_chunk(100, 100);
    assert_int_equal(send_chunk(&c).off, 200);
    a = send_rest(200, 300);
    assert_int_equal(a.off, file_len);
    assert_false(a.has_match); /* 8 bytes of sha are not enough to judge */
    assert_file_in_flash();
}

static void upload_refusals(void **state)
{
    (void)state;
    uint32_t max = update_max_image_size(&bed.pair);
    bed_install(&bed, SLOT_PRIMARY, 0, other, bed_image(other, 3000, 2, 0, 9, 1));
    make_file(9000);
    static const struct {
        const char *name;
        uint32_t rc, v1_rc;
    } want[] = {
        {"no off", 20, 3},         {"31 bytes", 22, 3},      {"no len", 21, 3},
        {"magic", 23, 1},          {"long sha", 24, 3},      {"one too many", 30, 1},
        {"len = 2^32 - 1", 30, 1}, {"data past len", 31, 1}, {"same version", 27, 6},
        {"no data", 22, 3},
    };
    for (unsigned v1 = 0; v1 < 2; v1++) {
        for (unsigned i = 0; i < ARRAY_LEN(want); i++) {
            uint8_t sha[64] = {0}, bad[100];
            struct chunk c = first_chunk(100);
            memcpy(bad, file, sizeof bad);
            bad[0] ^= 1;
            c.v1 = v1;
            c.no_off = i == 0;
            c.data_len = i == 1 ? 31 : 100;
            c.no_len = i == 2;
            c.data = i == 3 ? bad : file;
            if (i == 4) {
                c.sha = sha;
                c.sha_len = 33;
            }
            c.len = i == 5 ? max + 1 : i == 6 ? UINT32_MAX : i == 7 ? 99 : file_len;
            c.upgrade = i == 8;
            c.no_data = i == 9;
            print_message("%s, v%u\n", want[i].name, v1 ? 1 : 2);
            bed_clear_log(&bed);
            assert_err(send_chunk(&c), v1 ? -1 : 1, v1 ? want[i].v1_rc : want[i].rc);
            char line[80];
            snprintf(line, sizeof line, "<err> mcumgr_img_grp: Image upload inspect failed: %u\n",
                     want[i].rc);
            assert_non_null(strstr(bed.log, line));
        }
    }
    assert_int_equal(bed.first_program, UINT32_MAX); /* none of them wrote */
}

static void upload_past_the_announced_length(void **state)
{
    (void)state;
    make_file(1000);
    struct chunk c = first_chunk(900);
    assert_int_equal(send_chunk(&c).off, 900);
    c = (struct chunk){.off = 900, .data = file, .data_len = 101};
    assert_err(send_chunk(&c), 1, IMG_MGMT_ERR_INVALID_IMAGE_DATA_OVERRUN);
    c = next_chunk(900, 100);
    assert_int_equal(send_chunk(&c).off, 0); /* the session is gone */
}

static void largest_image_fits(void **state)
{
    (void)state;
    make_file(update_max_image_size(&bed.pair));
    struct answer a = send_rest(0, 300);
    assert_true(a.has_match && a.match);
    assert_file_in_flash();
}

static void a_front_that_only_looks_blank_is_erased(void **state)
{
    (void)state;
    uint8_t junk[32] = {1};
    make_file(3000);
    fake_place(&bed.fake, bed.pair.slot[SLOT_SECONDARY].offset + 4096 + 64, junk, sizeof junk);
    struct chunk c = first_chunk(100);
    assert_int_equal(send_chunk(&c).off, 100);
    assert_int_equal(bed.erases_first, 1);
}

static void erase_ends_the_upload(void **state)
{
    (void)state;
    make_file(3000);
    struct chunk c = first_chunk(100);
    assert_int_equal(send_chunk(&c).off, 100);
    assert_string_equal(bed_ask(&bed, "0a00000100010e05 a0"), "0b00000200010e05bfff");
    assert_non_null(strstr(bed.log, "<inf> mcumgr_img_grp: Erased 0x7000 bytes of image slot\n"));
    c = next_chunk(100, 100);
    assert_int_equal(send_chunk(&c).off, 0);
}

/* Half an image and a request for it must never stand together. */
static void erase_takes_the_request_first(void **state)
{
    (void)state;
    enum swap_type type;
    set_up_state(TEST_PENDING);
    fake_cut_at(&bed.fake, 2, FAKE_CUT_BEFORE, 1);
    assert_string_equal(bed_ask(&bed, "0a00000100010e05 a0"),
                        "0b00001300010e05bf63657272bf6567726f7570016272630dffff");
    assert_non_null(strstr(bed.log, "image slot erase of 0x7000 bytes failed (err -5)\n"));
    bed_restart(&bed);
    assert_int_equal(update_next_swap_type(&bed.pair, &type), ERR_OK);
    assert_int_equal(type, SWAP_TYPE_NONE);
}

static void slot_in_use(void **state)
{
    (void)state;
    make_file(9000);
    struct chunk c = first_chunk(100);
    set_up_state(TEST_RUNNING);
    make_file(9000);
    assert_err(send_chunk(&c), 1, IMG_MGMT_ERR_NO_FREE_SLOT);
    assert_string_equal(bed_ask(&bed, "0a00000100010e05 a0"),
                        "0b00001300010e05bf63657272bf6567726f75700162726309ffff");
    assert_string_equal(bed_ask(&bed, "0200000100010e05 a0"), "0300000600010e05bf62726306ff");
    set_up_state(TEST_PENDING); /* an upload takes the request back */
    make_file(9000);
    assert_int_equal(send_chunk(&c).off, 100);
    enum swap_type type;
    assert_int_equal(update_next_swap_type(&bed.pair, &type), ERR_OK);
    assert_int_equal(type, SWAP_TYPE_NONE);
    set_up_state(PERM_PENDING); /* so does an erase */
    assert_string_equal(bed_ask(&bed, "0a00000100010e05 a0"), "0b00000200010e05bfff");
    assert_int_equal(update_next_swap_type(&bed.pair, &type), ERR_OK);
    assert_int_equal(type, SWAP_TYPE_NONE);
    bool blank;
    const struct flash_area *a = &bed.pair.slot[SLOT_SECONDARY];
    assert_int_equal(area_is_blank(a, 0, a->size, &blank), ERR_OK);
    assert_true(blank);
    assert_true(bed.feeds >= BED_SECTORS);
    assert_string_equal(
        bed_ask(&bed, "0a00000700010e05 a164736c6f7400"),
        "0b00001300010e05bf63657272bf6567726f75700162726309ffff"); /* the running slot */
    assert_string_equal(
        bed_ask(&bed, "0a00000700010e05 a164736c6f7402"),
        "0b00001300010e05bf63657272bf6567726f7570016272630affff"); /* no such slot */
}

/* The field report: first write of slot1 fails; these lines, in this order. */
static void the_log_of_the_field_report(void **state)
{
    (void)state;
    make_file(300 * KB);
    bed.fake.flash.program = no_program;
    struct chunk c = first_chunk(300);
    struct answer a = send_chunk(&c);
    assert_err(a, 1, IMG_MGMT_ERR_FLASH_WRITE_FAILED);
    assert_string_equal(bed.log,
                        "<inf> mcuboot_util: Image index: 0, Swap type: none\n"
                        "<inf> mcuboot_util: Image index: 0, Swap type: none\n"
                        "<err> STREAM_FLASH: flash_write error -5 offset=0x00100000\n"
                        "<err> mcumgr_img_grp: Irrecoverable error: flash write failed: 12\n");
    c.v1 = true;
    assert_err(send_chunk(&c), -1, 1);
    c = next_chunk(300, 300);
    assert_int_equal(send_chunk(&c).off, 0);
    fresh_full_size(state); /* and with a good driver it goes through */
    assert_true(send_rest(0, 300).match);
}

/* ---- resume ---- */

static void an_upload_goes_on_after_a_reset(void **state)
{
    (void)state;
    make_file(15000);
    assert_int_equal(
        send_chunk(
            &(struct chunk){
                .data = file, .data_len = 32, .len = file_len, .sha = file_sha, .sha_len = 32})
            .off,
        32);
    uint32_t off = 32;
    while (off < 9000) {
        struct chunk c = next_chunk(off, 300);
        off = send_chunk(&c).off;
    }
    bed_restart(&bed);
    struct chunk c = next_chunk(off, 300);
    assert_int_equal(send_chunk(&c).off, 0);
    c = first_chunk(300);
    struct answer a = send_chunk(&c);
    assert_int_equal(a.off, 8192); /* two sectors of 4096 are vouched for */
    a = send_rest(8192, 300);
    assert_true(a.match);
    assert_file_in_flash();
    bed_restart(&bed);
    c = first_chunk(300);
    a = send_chunk(&c);
    assert_int_equal(a.off, file_len);
    assert_true(a.match);
    /* Another file of the same length starts anew. */
    file[2000] ^= 1;
    file_sha[0] ^= 1;
    c = first_chunk(300);
    assert_int_equal(send_chunk(&c).off, 300);
}

static void a_wrong_file_is_told_at_the_end(void **state)
{
    (void)state;
    make_file(9000);
    file_sha[5] ^= 1;
    struct answer a = send_rest(0, 300);
    assert_int_equal(a.off, file_len);
    assert_true(a.has_match);
    assert_false(a.match);
    assert_non_null(
        strstr(bed.log, "<err> mcumgr_img_grp: Uploaded image sha256 hash verification failed\n"));
    struct chunk c = first_chunk(300);
    assert_int_equal(send_chunk(&c).off, 300); /* not "already there" */
}

/* Cut power at every flash operation of an upload over an old image and its request, in every way; then go on. */
static void cut_at_every_operation(void **state)
{
    for (unsigned how = 0; how < FAKE_CUT_COUNT; how++) {
        bool cut = true;
        for (uint32_t n = 1; cut; n++) {
            set_up_state(PERM_PENDING);
            bed_install(&bed, SLOT_SECONDARY, 0, other, bed_image(other, 20000, 1, 0, 0, 1));
            make_file(9000);
            bed.touched_again = 0;
            fake_cut_at(&bed.fake, n, (enum fake_cut)how, n);
            (void)send_rest(0, 300);
            cut = bed.fake.off;
            bed_restart(&bed);
            struct answer a = send_rest(0, 300);
            if (a.off != file_len || !a.match)
                fail_msg("cut %u at operation %u: off %u", how, n, a.off);
            assert_file_in_flash();
            assert_int_equal(bed.touched_again, 0);
        }
    }
    (void)state;
}

static void resume_loses_at_most_two_sectors(void **state)
{
    (void)state;
    make_file(20000);
    for (uint32_t stop = 300; stop < 20000; stop += 300) {
        bed_free(&bed);
        bed_small(&bed);
        struct answer a = {.off = 0};
        while (a.off < stop) {
            struct chunk c = a.off == 0 ? first_chunk(300) : next_chunk(a.off, 300);
            a = send_chunk(&c);
        }
        bed_restart(&bed);
        struct chunk c = first_chunk(300);
        a = send_chunk(&c);
        assert_true(a.off == 300 || a.off % 4096 == 0);
        assert_true(stop < 2 * 4096 || a.off + 2 * 4096 > stop);
    }
}

static void records_that_are_none(void **state)
{
    (void)state;
    struct upload_record rec = {.len = 9000, .sha_len = 32, .sha = {1, 2, 3}};
    const struct flash_area *a = &bed.pair.slot[SLOT_SECONDARY];
    uint8_t bytes[UPLOAD_RECORD_SIZE];
    uint32_t marked, next;
    assert_false(upload_record_find(a, 4096, &rec, &marked, &next));
    upload_record_encode(&rec, bytes);
    fake_place(&bed.fake, a->offset, bytes, sizeof bytes);
    assert_true(upload_record_find(a, 4096, &rec, &marked, &next));
    assert_int_equal(marked, 0);
    assert_int_equal(next, 64);
    assert_int_equal(upload_record_mark(a, 4096, 4096, &next), ERR_OK);
    uint8_t bad[32] = {1};
    fake_place(&bed.fake, a->offset + next, bad, 32); /* garbage */
    fake_spoil(&bed.fake, a->offset + next + 32, FAKE_UNREADABLE);
    next += 64;
    assert_int_equal(upload_record_mark(a, 4096, 8192, &next), ERR_OK);
    assert_int_equal(upload_record_mark(a, 4096, 12288, &next), ERR_OK); /* more than the file */
    assert_true(upload_record_find(a, 4096, &rec, &marked, &next));
    assert_int_equal(marked, 8192);
    assert_int_equal(next, 64 + 5 * 32);
    next = 4096 - 32;
    assert_int_equal(upload_record_mark(a, 4096, 1, &next), ERR_OK);
    assert_int_equal(upload_record_mark(a, 4096, 1, &next), ERR_NOSPC);
    rec.len++;
    assert_false(upload_record_find(a, 4096, &rec, &marked, &next));
    rec.len--;
    rec.sha[31] ^= 1;
    assert_false(upload_record_find(a, 4096, &rec, &marked, &next));
    rec.sha[31] ^= 1;
    fake_spoil(&bed.fake, a->offset + 32, FAKE_UNREADABLE);
    assert_false(upload_record_find(a, 4096, &rec, &marked, &next));
    assert_false(upload_record_fits(a, 64));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(examples_of_the_list_and_of_set_state, fresh, done),
        cmocka_unit_test_setup_teardown(example_of_the_list_while_a_test_runs, fresh, done),
        cmocka_unit_test_setup_teardown(examples_of_upload_erase_and_slots, fresh_full_size, done),
        cmocka_unit_test_setup_teardown(set_state_table, fresh, done),
        cmocka_unit_test_setup_teardown(set_state_refusals, fresh, done),
        cmocka_unit_test_setup_teardown(every_kind_of_hash_names_an_image, fresh, done),
        cmocka_unit_test_setup_teardown(set_state_when_flash_fails, fresh, done),
        cmocka_unit_test_setup_teardown(upload_then_list_then_test, NULL, done),
        cmocka_unit_test_setup_teardown(upload_answers, fresh, done),
        cmocka_unit_test_setup_teardown(upload_refusals, fresh, done),
        cmocka_unit_test_setup_teardown(upload_past_the_announced_length, fresh, done),
        cmocka_unit_test_setup_teardown(largest_image_fits, fresh, done),
        cmocka_unit_test_setup_teardown(a_front_that_only_looks_blank_is_erased, fresh, done),
        cmocka_unit_test_setup_teardown(erase_ends_the_upload, fresh, done),
        cmocka_unit_test_setup_teardown(erase_takes_the_request_first, fresh, done),
        cmocka_unit_test_setup_teardown(slot_in_use, fresh, done),
        cmocka_unit_test_setup_teardown(the_log_of_the_field_report, fresh_full_size, done),
        cmocka_unit_test_setup_teardown(an_upload_goes_on_after_a_reset, fresh, done),
        cmocka_unit_test_setup_teardown(a_wrong_file_is_told_at_the_end, fresh, done),
        cmocka_unit_test_setup_teardown(cut_at_every_operation, fresh, done),
        cmocka_unit_test_setup_teardown(resume_loses_at_most_two_sectors, fresh, done),
        cmocka_unit_test_setup_teardown(records_that_are_none, fresh, done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
