#include "testing/rig_smp_image.h"

#include "core/smp/wire/cbor_map.h"

struct rig rig;
uint8_t file[1024 * KB], other[1024 * KB];
uint32_t file_len;
uint8_t file_sha[SHA256_SIZE];

int fresh(void **state)
{
    (void)state;
    smp_rig_small(&rig);
    return 0;
}

int fresh_full_size(void **state)
{
    (void)state;
    smp_rig_init(&rig, 128 * KB, 1024 * KB, 2048 * KB);
    return 0;
}

int done(void **state)
{
    (void)state;
    smp_rig_free(&rig);
    return 0;
}

void make_file(uint32_t len)
{
    file_len = smp_rig_image(file, len, 2, 0, 0, 77);
    struct sha256 h;
    sha256_init(&h);
    sha256_update(&h, file, file_len);
    sha256_final(&h, file_sha);
}

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
    assert_int_equal(cbor_map_decode(rig.response + 8, n - 8, keys, v, COUNT, NULL), ERR_OK);
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

/* Send the map that w wrote behind the room for a header. */
static struct answer ask(uint8_t *request, struct cbor_writer *w, uint8_t id, bool v2)
{
    struct smp_header h = {
        .version = v2, .op = SMP_WRITE, .len = (uint16_t)cbor_write_size(w), .group = 1, .id = id};
    size_t n;
    smp_header_encode(&h, request);
    (void)smp_server_handle_unguarded(&rig.server, request, 8u + h.len, rig.response,
                                      sizeof rig.response, &n);
    return parse(n);
}

struct answer send_chunk(const struct chunk *c)
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
    return ask(request, &w, 1, !c->v1);
}

struct chunk first_chunk(uint32_t n)
{
    return (struct chunk){
        .data = file, .data_len = n, .len = file_len, .sha = file_sha, .sha_len = 32};
}

struct chunk next_chunk(uint32_t off, uint32_t n)
{
    return (struct chunk){
        .off = off, .data = file + off, .data_len = off + n > file_len ? file_len - off : n};
}

struct answer send_rest(uint32_t off, uint32_t n)
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

void assert_file_in_flash(void)
{
    uint32_t at = rig.pair.slot[SLOT_SECONDARY].offset + update_upload_offset(&rig.pair);
    assert_memory_equal(rig.bytes + at, file, file_len);
}

void assert_err(struct answer a, int group, uint32_t rc)
{
    assert_true(a.got);
    assert_int_equal(a.group, group);
    assert_int_equal(a.rc, rc);
}

void set_up_state(enum trailers t)
{
    smp_rig_free(&rig);
    smp_rig_small(&rig);
    uint32_t len = smp_rig_image(other, 3000, 1, 0, 0, 1);
    smp_rig_install(&rig, SLOT_PRIMARY, 0, other, len);
    make_file(3000);
    smp_rig_install(&rig, SLOT_SECONDARY, t == TEST_RUNNING ? 0 : 4096, file, file_len);
    if (t == TEST_RUNNING)
        smp_rig_set_revert(&rig);
    if (t == TEST_PENDING || t == PERM_PENDING)
        assert_int_equal(update_set_pending(&rig.pair, t == PERM_PENDING), ERR_OK);
}

struct answer set_state(const uint8_t *hash, size_t hash_len, bool confirm)
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
    return ask(request, &w, 0, true);
}

enum err no_program(struct flash *f, uint32_t off, const void *src, uint32_t len)
{
    (void)f, (void)off, (void)src, (void)len;
    return ERR_IO;
}
