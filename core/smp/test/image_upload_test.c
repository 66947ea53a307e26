/* Group image: uploads that meet every kind of trouble but power cuts, and erase. */
#include "testing/rig_smp_image.h"

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
        assert_int_equal(rig.first_program, rig.pair.slot[SLOT_SECONDARY].offset);
        assert_int_equal(rig.erases_first, 0);
        uint8_t hash[32];
        smp_rig_image_hash(file, file_len, hash);
        assert_err(set_state(hash, 32, false), -1, 0);
        struct chunk c = next_chunk(64, 32);
        assert_int_equal(send_chunk(&c).off, 0); /* the session is over */
        assert_int_equal(rig.touched_again, 0);
        smp_rig_free(&rig);
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
    uint32_t max = update_max_image_size(&rig.pair);
    smp_rig_install(&rig, SLOT_PRIMARY, 0, other, smp_rig_image(other, 3000, 2, 0, 9, 1));
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
            smp_rig_clear_log(&rig);
            assert_err(send_chunk(&c), v1 ? -1 : 1, v1 ? want[i].v1_rc : want[i].rc);
            char line[80];
            snprintf(line, sizeof line, "<err> mcumgr_img_grp: Image upload inspect failed: %u\n",
                     want[i].rc);
            assert_non_null(strstr(rig.log, line));
        }
    }
    assert_int_equal(rig.first_program, UINT32_MAX); /* none of them wrote */
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
    make_file(update_max_image_size(&rig.pair));
    struct answer a = send_rest(0, 300);
    assert_true(a.has_match && a.match);
    assert_file_in_flash();
}

static void a_front_that_only_looks_blank_is_erased(void **state)
{
    (void)state;
    uint8_t junk[32] = {1};
    make_file(3000);
    fake_place(&rig.fake, rig.pair.slot[SLOT_SECONDARY].offset + 4096 + 64, junk, sizeof junk);
    struct chunk c = first_chunk(100);
    assert_int_equal(send_chunk(&c).off, 100);
    assert_int_equal(rig.erases_first, 1);
}

static void erase_ends_the_upload(void **state)
{
    (void)state;
    make_file(3000);
    struct chunk c = first_chunk(100);
    assert_int_equal(send_chunk(&c).off, 100);
    assert_string_equal(smp_rig_ask(&rig, "0a00000100010e05 a0"), "0b00000200010e05bfff");
    c = next_chunk(100, 100);
    assert_int_equal(send_chunk(&c).off, 0);
}

static bool slot1_is_listed(void)
{
    return strstr(smp_rig_ask(&rig, "0800000100010e00 a0"), "64736c6f7401") != NULL;
}

/* With something in each sector of the slot but the trailer's. */
static unsigned erases_of_an_erase(void)
{
    const struct flash_area *a = &rig.pair.slot[SLOT_SECONDARY];
    uint8_t junk[32] = {1};
    for (uint32_t at = 0; at + a->flash->sector < a->size; at += a->flash->sector)
        fake_place(&rig.fake, a->offset + at + 2048, junk, sizeof junk);
    smp_rig_clear_log(&rig);
    rig.erases_first = 0;
    rig.first_program = UINT32_MAX;
    assert_true(slot1_is_listed());
    assert_string_equal(smp_rig_ask(&rig, "0a00000100010e05 a0"), "0b00000200010e05bfff");
    assert_false(slot1_is_listed());
    return rig.erases_first;
}

/* A sector takes a second or two, and clients give up after two to five. */
static void erase_of_a_used_slot_is_soon_done(void **state)
{
    (void)state;
    set_up_state(NOTHING_PENDING);
    assert_int_equal(erases_of_an_erase(), 1); /* the header's sector */
    set_up_state(PERM_PENDING);
    assert_int_equal(erases_of_an_erase(), 2); /* and the request's */
    set_up_state(NOTHING_PENDING);
    smp_rig_install(&rig, SLOT_SECONDARY, 0, other, smp_rig_image(other, 3000, 1, 0, 0, 1));
    assert_int_equal(erases_of_an_erase(), 2); /* both places of a swap using offset */
    /* A log line in front of an answer makes mcumgr-client miss the answer. */
    assert_string_equal(rig.log, "");
}

/* Half an image and a request for it must never stand together. */
static void erase_takes_the_request_first(void **state)
{
    (void)state;
    enum swap_type type;
    set_up_state(TEST_PENDING);
    fake_cut_at(&rig.fake, 2, FAKE_CUT_BEFORE, 1);
    assert_string_equal(smp_rig_ask(&rig, "0a00000100010e05 a0"),
                        "0b00001300010e05bf63657272bf6567726f7570016272630dffff");
    assert_non_null(strstr(rig.log, "image slot erase of 0x7000 bytes failed (err -5)\n"));
    smp_rig_restart(&rig);
    assert_int_equal(update_next_swap_type(&rig.pair, &type), ERR_OK);
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
    assert_string_equal(smp_rig_ask(&rig, "0a00000100010e05 a0"),
                        "0b00001300010e05bf63657272bf6567726f75700162726309ffff");
    assert_string_equal(smp_rig_ask(&rig, "0200000100010e05 a0"), "0300000600010e05bf62726306ff");
    set_up_state(TEST_PENDING); /* an upload takes the request back */
    make_file(9000);
    assert_int_equal(send_chunk(&c).off, 100);
    enum swap_type type;
    assert_int_equal(update_next_swap_type(&rig.pair, &type), ERR_OK);
    assert_int_equal(type, SWAP_TYPE_NONE);
    set_up_state(PERM_PENDING); /* so does an erase */
    assert_string_equal(smp_rig_ask(&rig, "0a00000100010e05 a0"), "0b00000200010e05bfff");
    assert_int_equal(update_next_swap_type(&rig.pair, &type), ERR_OK);
    assert_int_equal(type, SWAP_TYPE_NONE);
    assert_false(slot1_is_listed());
    assert_string_equal(
        smp_rig_ask(&rig, "0a00000700010e05 a164736c6f7400"),
        "0b00001300010e05bf63657272bf6567726f75700162726309ffff"); /* the running slot */
    assert_string_equal(
        smp_rig_ask(&rig, "0a00000700010e05 a164736c6f7402"),
        "0b00001300010e05bf63657272bf6567726f7570016272630affff"); /* no such slot */
}

/* The field report: first write of slot1 fails; these lines, in this order. */
static void the_log_of_the_field_report(void **state)
{
    (void)state;
    make_file(300 * KB);
    rig.fake.flash.program = no_program;
    struct chunk c = first_chunk(300);
    struct answer a = send_chunk(&c);
    assert_err(a, 1, IMG_MGMT_ERR_FLASH_WRITE_FAILED);
    assert_string_equal(rig.log,
                        "<err> STREAM_FLASH: flash_write error -5 offset=0x00100000\n"
                        "<err> mcumgr_img_grp: Irrecoverable error: flash write failed: 12\n");
    c.v1 = true;
    assert_err(send_chunk(&c), -1, 1);
    c = next_chunk(300, 300);
    assert_int_equal(send_chunk(&c).off, 0);
    fresh_full_size(state); /* and with a good driver it goes through */
    assert_true(send_rest(0, 300).match);
}

/* The chunk that meets the error is refused with the code of a failed write, at whatever sector; what was taken before is
 * kept, and the client goes on where it was: by the same chunk again, or by a first packet that asks. */
static void an_erase_that_fails_ahead_refuses_one_chunk(void **state)
{
    (void)state;
    for (uint32_t polls = 0; polls < 9; polls++)
        for (unsigned failing = 1; failing <= 3; failing++) {
            unsigned refused = 0, before = 0;
            set_up_state(PERM_PENDING);
            smp_rig_install(&rig, SLOT_SECONDARY, 0, other,
                            smp_rig_image(other, 20000, 1, 0, 0, 1));
            smp_rig_erase_beside(&rig, polls);
            make_file(11000);
            smp_rig_clear_log(&rig);
            for (uint32_t off = 0; off < file_len;) {
                struct chunk c = off == 0 ? first_chunk(300) : next_chunk(off, 300);
                if (off > 0 && refused == 0 && rig.erases == before + failing)
                    rig.fake.fail_erases = 1;
                struct answer a = send_chunk(&c);
                if (a.group < 0) {
                    assert_true(a.off > off);
                    before = off == 0 ? rig.erases - 1 : before; /* trailer and front */
                    off = a.off;
                    continue;
                }
                assert_err(a, 1, IMG_MGMT_ERR_FLASH_WRITE_FAILED);
                refused++;
                rig.fake.fail_erases = 0;
                c = first_chunk(300);
                if (polls % 2 == 0)
                    assert_int_equal(send_chunk(&c).off, off);
            }
            assert_int_equal(refused, 1);
            assert_non_null(strstr(
                rig.log, "<err> mcumgr_img_grp: flash write failed: 12; the upload can go on\n"));
            assert_file_in_flash();
        }
}

/* A fresh slot's sectors are blank: an upload begins to write at once, and erases none. */
static void a_fresh_slot_is_not_erased(void **state)
{
    (void)state;
    smp_rig_erase_beside(&rig, 5);
    make_file(15000);
    assert_true(send_rest(0, 300).match);
    assert_file_in_flash();
    assert_int_equal(rig.erases, 0);
    fresh(state);
    assert_true(send_rest(0, 300).match); /* a device that cannot tell */
    assert_int_equal(rig.erases, 4);
}

/* A cut upload of whatever file may have left what reads blank and is not: nothing vouches for those sectors. */
static void behind_a_cut_upload_each_sector_is_erased(void **state)
{
    (void)state;
    for (unsigned same = 0; same < 2; same++) {
        fresh(state);
        smp_rig_erase_beside(&rig, 1);
        make_file(15000);
        struct chunk c = first_chunk(300);
        assert_int_equal(send_chunk(&c).off, 300);
        smp_rig_restart(&rig);
        if (!same) {
            file[2000] ^= 1;
            file_sha[0] ^= 1;
        }
        rig.erases = 0;
        assert_int_equal(send_rest(0, 300).off, file_len);
        assert_true(rig.erases >= 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(upload_then_list_then_test, NULL, done),
        T(upload_answers),
        T(upload_refusals),
        T(upload_past_the_announced_length),
        T(largest_image_fits),
        T(a_front_that_only_looks_blank_is_erased),
        T(erase_ends_the_upload),
        T(erase_of_a_used_slot_is_soon_done),
        T(erase_takes_the_request_first),
        T(slot_in_use),
        T(an_erase_that_fails_ahead_refuses_one_chunk),
        T(a_fresh_slot_is_not_erased),
        T(behind_a_cut_upload_each_sector_is_erased),
        cmocka_unit_test_setup_teardown(the_log_of_the_field_report, fresh_full_size, done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
