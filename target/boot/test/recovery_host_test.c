/* Serial recovery on the host: uploads as they should be, and as they should not. They are for the last image: built
 * for one, this is the recovery that knows no numbers of images. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "core/base/compiler.h"
#include "core/smp/wire/cbor_map.h"
#include "core/smp/wire/cbor_write.h"
#include "core/smp/wire/errors.h"
#include "testing/fake_board.h"
#include "testing/rig_smp.h"

#define CHUNK  256u
#define IMAGE  (RECOVERY_IMAGES - 1u)
#define TARGET HOST_SLOT(2 * IMAGE)
#define OTHER  HOST_SLOT(2 * IMAGE + 1)

static struct host_board board;
static uint8_t program[9000];

static int set_up(void **state)
{
    (void)state;
    host_board_init(&board);
    for (size_t i = 0; i < sizeof program; i++)
        program[i] = (uint8_t)(i * 13 + (i >> 8));
    return 0;
}

/* ---- requests ---- */

static void send_cbor(uint8_t op, uint16_t group, uint8_t id, struct cbor_writer *w,
                      uint8_t *packet)
{
    size_t len = cbor_write_size(w);
    assert_true(len > 0);
    const struct smp_header h = {
        .version = 1, .op = op, .len = (uint16_t)len, .group = group, .seq = 7, .id = id};
    smp_header_encode(&h, packet);
    host_board_send(&board, packet, SMP_HEADER_SIZE + len);
}

static void send_upload_to(unsigned image, uint32_t off, uint32_t len, const uint8_t *data,
                           size_t data_len)
{
    uint8_t packet[2048];
    struct cbor_writer w;
    cbor_write_begin(&w, packet + SMP_HEADER_SIZE, sizeof packet - SMP_HEADER_SIZE);
    cbor_open_map(&w);
    cbor_put_uint(&w, "off", off);
    if (image > 0) /* as clients do: image 0 is not named */
        cbor_put_uint(&w, "image", image);
    if (off == 0)
        cbor_put_uint(&w, "len", len);
    cbor_put_bytes(&w, "data", data, data_len);
    cbor_close_map(&w);
    send_cbor(SMP_WRITE, 1, 1, &w, packet);
}

static void send_upload(uint32_t off, uint32_t len, const uint8_t *data, size_t data_len)
{
    send_upload_to(IMAGE, off, len, data, data_len);
}

static void send_erase(unsigned slot)
{
    uint8_t packet[64];
    struct cbor_writer w;
    cbor_write_begin(&w, packet + SMP_HEADER_SIZE, sizeof packet - SMP_HEADER_SIZE);
    cbor_open_map(&w);
    cbor_put_uint(&w, "slot", slot);
    cbor_close_map(&w);
    send_cbor(SMP_WRITE, 1, 5, &w, packet);
}

static void send_empty(uint8_t op, uint16_t group, uint8_t id)
{
    uint8_t packet[64];
    struct cbor_writer w;
    cbor_write_begin(&w, packet + SMP_HEADER_SIZE, sizeof packet - SMP_HEADER_SIZE);
    cbor_open_map(&w);
    cbor_close_map(&w);
    send_cbor(op, group, id, &w, packet);
}

/* ---- answers ---- */

struct said {
    bool has_rc, has_off;
    uint64_t rc, off;
};

static struct said read_answer(const struct host_answer *a)
{
    static const struct cbor_key keys[] = {{"rc", CBOR_UINT}, {"off", CBOR_UINT}};
    struct cbor_value v[2];
    assert_true(a->len > SMP_HEADER_SIZE);
    assert_int_equal(
        cbor_map_decode(a->packet + SMP_HEADER_SIZE, a->len - SMP_HEADER_SIZE, keys, v, 2, NULL),
        ERR_OK);
    return (struct said){v[0].present, v[1].present, v[0].u, v[1].u};
}

/* Run what was typed; there must be one answer. */
static struct said answer(void)
{
    static struct host_answer answers[1];
    host_board_run(&board);
    assert_int_equal(host_board_answers(&board, answers, 1), 1);
    assert_true(host_board_is_unharmed(&board));
    return read_answer(&answers[0]);
}

static void expect_silence(void)
{
    host_board_run(&board);
    assert_int_equal(host_board_answers(&board, NULL, 0), 0);
    assert_true(host_board_is_unharmed(&board));
}

static void expect_off(uint32_t off)
{
    struct said s = answer();
    assert_true(s.has_rc && s.rc == MGMT_ERR_EOK && s.has_off);
    assert_int_equal(s.off, off);
}

static void expect_rc(unsigned rc)
{
    struct said s = answer();
    assert_true(s.has_rc && !s.has_off);
    assert_int_equal(s.rc, rc);
}

/* Everything in one session, as a client does: what was typed is run once. The last answer's offset, UINT32_MAX if
 * there is none. */
static uint32_t upload_all(void)
{
    static struct host_answer answers[64];
    for (uint32_t off = 0; off < sizeof program; off += CHUNK)
        send_upload(off, sizeof program, program + off,
                    sizeof program - off < CHUNK ? sizeof program - off : CHUNK);
    host_board_run(&board);
    unsigned n = host_board_answers(&board, answers, ARRAY_LEN(answers));
    assert_in_range(n, 1, ARRAY_LEN(answers));
    struct said s = read_answer(&answers[n - 1]);
    return s.has_off && s.rc == MGMT_ERR_EOK ? (uint32_t)s.off : UINT32_MAX;
}

static bool is_uploaded(void)
{
    return memcmp(board.bytes + TARGET, program, sizeof program) == 0;
}

/* ---- the tests ---- */

static void whole_upload_lands_in_the_primary(void **state)
{
    (void)state;
    uint8_t old[HOST_SECTOR];
    memset(old, 0, sizeof old);
    for (unsigned i = 0; i < HOST_SECTORS; i++)
        fake_place(&board.fake, TARGET + i * HOST_SECTOR, old, sizeof old);
    assert_int_equal(upload_all(), sizeof program);
    assert_true(is_uploaded());
    assert_true(bytes_all(board.bytes + OTHER - HOST_SECTOR, 0xff, HOST_SECTOR));
    assert_true(host_board_is_unharmed(&board));
    assert_true(board.feeds > 10);
}

/* A session is one run of recovery: requests of one test go in together where they belong to one. */
static void out_of_order_is_answered_with_the_offset_wanted(void **state)
{
    (void)state;
    static struct host_answer a[6];
    static const uint32_t want[6] = {256, 256, 256, 512, 256, 512};
    send_upload(0, sizeof program, program, CHUNK);
    send_upload(512, sizeof program, program + 512, CHUNK); /* ahead */
    send_upload(128, sizeof program, program + 128, CHUNK); /* behind */
    send_upload(256, sizeof program, program + 256, CHUNK);
    send_upload(0, sizeof program, program, CHUNK); /* from the start again */
    send_upload(256, sizeof program, program + 256, CHUNK);
    host_board_run(&board);
    assert_int_equal(host_board_answers(&board, a, 6), 6);
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(read_answer(&a[i]).off, want[i]);
    assert_memory_equal(board.bytes + TARGET, program, 512);
    assert_true(bytes_all(board.bytes + TARGET + 512, 0xff, HOST_SECTOR - 512));
    assert_true(host_board_is_unharmed(&board));
}

static void upload_without_a_beginning_programs_nothing(void **state)
{
    (void)state;
    send_upload(256, sizeof program, program, CHUNK);
    expect_off(0);
    assert_int_equal(board.fake.ops, 0);
}

static void sizes_that_cannot_be_are_refused(void **state)
{
    (void)state;
    uint32_t max = update_max_image_size(&board.pairs[IMAGE]);
    static const uint32_t sizes[] = {0, HOST_SECTORS * HOST_SECTOR, 0x7fffffff, 0xffffffff};
    for (unsigned i = 0; i <= ARRAY_LEN(sizes); i++) {
        send_upload(0, i < ARRAY_LEN(sizes) ? sizes[i] : max + 1, program, CHUNK);
        expect_rc(MGMT_ERR_EINVAL);
        assert_int_equal(board.fake.ops, 0); /* nothing is erased for it */
    }
    send_upload(0, max, program, CHUNK);
    expect_off(CHUNK);
}

static void more_data_than_was_told_is_refused(void **state)
{
    (void)state;
    send_upload(0, 100, program, CHUNK);
    expect_rc(MGMT_ERR_EINVAL);
    assert_true(bytes_all(board.bytes + TARGET, 0xff, CHUNK));
    send_upload(0, 100, program, 100); /* an end that is no whole word */
    expect_off(100);
    assert_memory_equal(board.bytes + TARGET, program, 100);
}

/* Chunks may end inside a flash word. The response to a chunk with the wrong offset has the offset that is expected. */
static void chunks_of_any_length_are_taken(void **state)
{
    (void)state;
    static struct host_answer a[64];
    uint32_t off = 0, n = 1, sent = 0;
    for (; off < 2000; off += n, n = n * 2 % 253, sent++)
        send_upload(off, 2000, program + off, 2000 - off < n ? 2000 - off : n);
    send_upload(2000, 2000, program, 0);
    send_upload(1999, 2000, program + 1999, 1);
    host_board_run(&board);
    assert_int_equal(host_board_answers(&board, a, ARRAY_LEN(a)), sent + 2);
    for (unsigned i = sent - 1; i < sent + 2; i++) {
        assert_int_equal(read_answer(&a[i]).rc, MGMT_ERR_EOK);
        assert_int_equal(read_answer(&a[i]).off, 2000);
    }
    assert_memory_equal(board.bytes + TARGET, program, 2000);
    assert_true(bytes_all(board.bytes + TARGET + 2000, 0xff, HOST_SECTOR - 2000));
    assert_true(host_board_is_unharmed(&board));
}

/* Power goes at each operation, in each way; the next session has to bring the image in all the same. */
static void cut_upload_can_be_done_again(void **state)
{
    (void)state;
    assert_int_equal(upload_all(), sizeof program);
    uint32_t ops = board.fake.ops;
    assert_in_range(ops, sizeof program / HOST_WORD, 400);
    for (uint32_t n = 1; n <= ops; n++)
        for (enum fake_cut how = FAKE_CUT_BEFORE; how < FAKE_CUT_COUNT; how++) {
            set_up(NULL);
            fake_cut_at(&board.fake, n, how, n);
            (void)upload_all();
            assert_true(board.fake.off);
            fake_power_on(&board.fake);
            if (upload_all() != sizeof program || !is_uploaded() || !host_board_is_unharmed(&board))
                fail_msg("cut at operation %u of %u, way %d", (unsigned)n, (unsigned)ops, how);
        }
}

/* A chunk that flash refuses ends the session: a word takes one program, so only a new start helps. */
static void failed_program_ends_the_session(void **state)
{
    (void)state;
    static struct host_answer a[3];
    send_upload(0, sizeof program, program, CHUNK);
    send_upload(256, sizeof program, program + 256, CHUNK);
    send_upload(512, sizeof program, program + 512, CHUNK);
    fake_spoil(&board.fake, TARGET + 256, FAKE_VIRGIN);
    fake_cut_at(&board.fake, 12, FAKE_CUT_UNREADABLE, 1); /* inside the second chunk */
    host_board_run(&board);
    assert_int_equal(host_board_answers(&board, a, 3), 3);
    assert_int_equal(read_answer(&a[0]).off, CHUNK);
    assert_int_equal(read_answer(&a[1]).rc, MGMT_ERR_EUNKNOWN);
    assert_int_equal(read_answer(&a[2]).off, 0);
    assert_int_equal(read_answer(&a[2]).rc, MGMT_ERR_EOK);
}

/* What a cut left of the slots: no word of it can be read. List, upload and erase work. */
static void unreadable_slot_is_listed_empty_and_taken(void **state)
{
    (void)state;
    static struct host_answer a[1];
    for (uint32_t at = 0; at < HOST_SECTORS * HOST_SECTOR; at += HOST_WORD)
        fake_spoil(&board.fake, TARGET + at, FAKE_UNREADABLE);
    send_empty(SMP_READ, 1, 0);
    host_board_run(&board);
    assert_int_equal(host_board_answers(&board, a, 1), 1);
    static const uint8_t empty[] = {0xbf, 0x66, 'i', 'm', 'a', 'g', 'e', 's', 0x9f, 0xff, 0xff};
    assert_int_equal(a[0].len, SMP_HEADER_SIZE + sizeof empty);
    assert_memory_equal(a[0].packet + SMP_HEADER_SIZE, empty, sizeof empty);
    assert_int_equal(upload_all(), sizeof program);
    assert_true(is_uploaded());
    for (uint32_t at = 0; at < HOST_SECTORS * HOST_SECTOR; at += HOST_WORD)
        fake_spoil(&board.fake, OTHER + at, FAKE_UNREADABLE);
    send_erase(2 * IMAGE + 1);
    struct said s = answer();
    assert_false(s.has_rc);
    assert_true(bytes_all(board.bytes + OTHER, 0xff, HOST_SECTORS * HOST_SECTOR));
}

/* ---- which image, which slot ---- */

static void fill_slots(void)
{
    static uint8_t text[HOST_SECTOR];
    for (unsigned i = 0; i < HOST_SLOTS * HOST_SECTORS; i++) {
        memset(text, (int)(0x10 + i / HOST_SECTORS), sizeof text);
        fake_place(&board.fake, HOST_SLOT(0) + i * HOST_SECTOR, text, sizeof text);
    }
}

/* Is a slot as fill_slots left it? */
static bool is_untouched(unsigned slot)
{
    return bytes_all(board.bytes + HOST_SLOT(slot), (uint8_t)(0x10 + slot),
                     HOST_SECTORS * HOST_SECTOR);
}

static void each_image_has_its_own_slot(void **state)
{
    (void)state;
    for (unsigned image = 0; image < RECOVERY_IMAGES; image++) {
        set_up(NULL);
        fill_slots();
        send_upload_to(image, 0, sizeof program, program, CHUNK);
        expect_off(CHUNK);
        assert_memory_equal(board.bytes + HOST_SLOT(2 * image), program, CHUNK);
        for (unsigned slot = 0; slot < HOST_SLOTS; slot++)
            assert_int_equal(is_untouched(slot), slot != 2 * image);
    }
}

/* The number of the image counts in the first packet; a later one without it goes on. */
static void the_first_packet_names_the_image(void **state)
{
    (void)state;
    static struct host_answer a[2];
    send_upload_to(IMAGE, 0, sizeof program, program, CHUNK);
    send_upload_to(0, CHUNK, sizeof program, program + CHUNK, CHUNK);
    host_board_run(&board);
    assert_int_equal(host_board_answers(&board, a, 2), 2);
    assert_int_equal(read_answer(&a[1]).off, 2 * CHUNK);
    assert_memory_equal(board.bytes + TARGET, program, 2 * CHUNK);
}

static void images_and_slots_that_are_not_there(void **state)
{
    (void)state;
    static const unsigned beyond[] = {0, 1, 253, 254, 65534, 0xffffffffu - HOST_SLOTS};
    fill_slots();
    for (unsigned i = 0; i < ARRAY_LEN(beyond); i++) {
        send_upload_to(RECOVERY_IMAGES + beyond[i], 0, sizeof program, program, CHUNK);
        expect_rc(MGMT_ERR_EINVAL);
        send_erase(HOST_SLOTS + beyond[i]);
        expect_rc(MGMT_ERR_EINVAL);
    }
    assert_int_equal(board.fake.ops, 0);
}

static void each_slot_is_erased_by_its_number(void **state)
{
    (void)state;
    for (unsigned wanted = 0; wanted < HOST_SLOTS; wanted++) {
        set_up(NULL);
        fill_slots();
        send_erase(wanted);
        assert_false(answer().has_rc);
        for (unsigned slot = 0; slot < HOST_SLOTS; slot++)
            assert_int_equal(is_untouched(slot), slot != wanted);
        assert_true(bytes_all(board.bytes + HOST_SLOT(wanted), 0xff, HOST_SECTORS * HOST_SECTOR));
    }
}

static void every_slot_is_listed(void **state)
{
    (void)state;
    static struct host_answer a[1];
    static uint8_t file[4096];
    for (unsigned slot = 0; slot < HOST_SLOTS; slot++) {
        uint32_t len = smp_rig_image(file, 2000, (uint8_t)(slot + 1), 0, 0, (uint8_t)slot);
        fake_place(&board.fake, HOST_SLOT(slot), file, len);
    }
    send_empty(SMP_READ, 1, 0);
    host_board_run(&board);
    assert_int_equal(host_board_answers(&board, a, 1), 1);
    static const struct cbor_key top[] = {{"images", CBOR_RAW}};
    static const struct cbor_key keys[] = {
        {"image", CBOR_UINT}, {"slot", CBOR_UINT}, {"version", CBOR_TEXT}, {"hash", CBOR_BYTES}};
    struct cbor_value images[1], v[ARRAY_LEN(keys)];
    struct cbor_list l;
    struct cbor_span entry;
    bool more;
    assert_int_equal(cbor_map_decode(a[0].packet + SMP_HEADER_SIZE, a[0].len - SMP_HEADER_SIZE, top,
                                     images, 1, NULL),
                     ERR_OK);
    assert_int_equal(cbor_list_begin(&l, images[0].s), ERR_OK);
    for (unsigned slot = 0; slot < HOST_SLOTS; slot++) {
        assert_true(cbor_list_next(&l, &entry, &more) == ERR_OK && more);
        assert_int_equal(cbor_map_decode(entry.ptr, entry.len, keys, v, ARRAY_LEN(keys), NULL),
                         ERR_OK);
        assert_int_equal(v[0].present, RECOVERY_IMAGES > 1);
        assert_true(!v[0].present || v[0].u == slot / 2);
        assert_int_equal(v[1].u, slot % 2);
        assert_int_equal(v[2].s.ptr[0], '1' + (int)slot);
        assert_int_equal(v[3].s.len, SHA256_SIZE);
    }
    assert_true(cbor_list_next(&l, &entry, &more) == ERR_OK && !more);
}

/* Lines that are no whole packet are passed over in silence, and the next request is answered. */
static void hostile_lines(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "hello\r\n",
        "\006\011\n",
        "\006\011====\n",
        "\006\011AAAA\n",                 /* L = 0 */
        "\006\011//8AAAAAAAAAAAAAAAA=\n", /* L = 65535 */
        "\006\011"
        "AAoAAAAAAAAABQA=\n", /* a CRC that is wrong */
        "\004\024QUJD\n",     /* goes on with nothing */
        "\006\011\006\011\006\011\004\024\n",
        "\006\011QUJDQUJDQUJDQUJDQUJD", /* and no end of the line */
    };
    for (unsigned i = 0; i < ARRAY_LEN(lines); i++) {
        host_board_type(&board, lines[i], strlen(lines[i]));
        expect_silence();
        host_board_type(&board, lines[i], strlen(lines[i]));
        host_board_type(&board, "\r\n", 2);
        send_upload(256, 0, program, 1);
        expect_off(0);
    }
}

/* A packet that its buffer cannot hold is dropped; one that just fits is served. */
static void packets_around_the_size_of_the_buffer(void **state)
{
    (void)state;
    uint8_t packet[HOST_BUF + 64];
    for (size_t len = HOST_BUF - 8; len < HOST_BUF + 64; len++) {
        memset(packet, 0, sizeof packet);
        const struct smp_header h = {
            .version = 1, .op = SMP_READ, .len = (uint16_t)(len - 8), .group = 9, .id = 9};
        smp_header_encode(&h, packet);
        host_board_send(&board, packet, len);
        if (len + 2 <= HOST_BUF)
            expect_rc(MGMT_ERR_ENOTSUP);
        else
            expect_silence();
    }
}

static void requests_that_are_not_served(void **state)
{
    (void)state;
    static const struct {
        uint8_t op;
        uint16_t group;
        uint8_t id;
        unsigned rc;
    } cases[] = {
        {SMP_READ, 0, 5, MGMT_ERR_ENOTSUP},  /* a reset is a write */
        {SMP_WRITE, 1, 0, MGMT_ERR_ENOTSUP}, /* nobody to confirm to */
        {SMP_READ, 1, 1, MGMT_ERR_ENOTSUP},
        {SMP_WRITE, 1, 200, MGMT_ERR_ENOTSUP},
        {SMP_READ, 65535, 0, MGMT_ERR_ENOTSUP},
        {SMP_WRITE, 1, 1, MGMT_ERR_EINVAL}, /* no offset */
        {7, 0, 5, MGMT_ERR_ENOTSUP},
    };
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        send_empty(cases[i].op, cases[i].group, cases[i].id);
        expect_rc(cases[i].rc);
        assert_false(board.was_reset);
        assert_int_equal(board.fake.ops, 0);
    }
}

static void reset_is_answered_first(void **state)
{
    (void)state;
    send_empty(SMP_WRITE, 0, 5);
    expect_rc(MGMT_ERR_EOK);
    assert_true(board.was_reset);
    assert_int_equal(board.boot_mode, 0);
}

/* The application's commands, of which recovery's have once been others: it ignored the mode, and refused the echo. */
static void reset_leaves_the_boot_mode(void **state)
{
    (void)state;
    uint8_t packet[64];
    struct cbor_writer w;
    cbor_write_begin(&w, packet + SMP_HEADER_SIZE, sizeof packet - SMP_HEADER_SIZE);
    cbor_open_map(&w);
    cbor_put_uint(&w, "boot_mode", 1);
    cbor_close_map(&w);
    send_cbor(SMP_WRITE, 0, 5, &w, packet);
    expect_rc(MGMT_ERR_EOK);
    assert_true(board.was_reset);
    assert_int_equal(board.boot_mode, 1);
}

static void echo_of_nothing_is_empty(void **state)
{
    (void)state;
    static struct host_answer a[1];
    static const uint8_t empty[] = {0xbf, 0x61, 'r', 0x60, 0xff};
    send_empty(SMP_READ, 0, 0);
    host_board_run(&board);
    assert_int_equal(host_board_answers(&board, a, 1), 1);
    assert_int_equal(a[0].len, SMP_HEADER_SIZE + sizeof empty);
    assert_memory_equal(a[0].packet + SMP_HEADER_SIZE, empty, sizeof empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(whole_upload_lands_in_the_primary, set_up),
        cmocka_unit_test_setup(out_of_order_is_answered_with_the_offset_wanted, set_up),
        cmocka_unit_test_setup(upload_without_a_beginning_programs_nothing, set_up),
        cmocka_unit_test_setup(sizes_that_cannot_be_are_refused, set_up),
        cmocka_unit_test_setup(more_data_than_was_told_is_refused, set_up),
        cmocka_unit_test_setup(chunks_of_any_length_are_taken, set_up),
        cmocka_unit_test_setup(cut_upload_can_be_done_again, set_up),
        cmocka_unit_test_setup(failed_program_ends_the_session, set_up),
        cmocka_unit_test_setup(unreadable_slot_is_listed_empty_and_taken, set_up),
        cmocka_unit_test_setup(each_image_has_its_own_slot, set_up),
        cmocka_unit_test_setup(the_first_packet_names_the_image, set_up),
        cmocka_unit_test_setup(images_and_slots_that_are_not_there, set_up),
        cmocka_unit_test_setup(each_slot_is_erased_by_its_number, set_up),
        cmocka_unit_test_setup(every_slot_is_listed, set_up),
        cmocka_unit_test_setup(hostile_lines, set_up),
        cmocka_unit_test_setup(packets_around_the_size_of_the_buffer, set_up),
        cmocka_unit_test_setup(requests_that_are_not_served, set_up),
        cmocka_unit_test_setup(reset_is_answered_first, set_up),
        cmocka_unit_test_setup(reset_leaves_the_boot_mode, set_up),
        cmocka_unit_test_setup(echo_of_nothing_is_empty, set_up),
    };
    return cmocka_run_group_tests_name("recovery", tests, NULL, NULL);
}
