/* Group image: an upload after a reset, and the record that it resumes from. */
#include "core/smp/server/upload_record.h"
#include "testing/rig_smp_image.h"

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
    smp_rig_restart(&rig);
    struct chunk c = next_chunk(off, 300);
    assert_int_equal(send_chunk(&c).off, 0);
    c = first_chunk(300);
    struct answer a = send_chunk(&c);
    assert_int_equal(a.off, 8192); /* two sectors of 4096 are vouched for */
    a = send_rest(8192, 300);
    assert_true(a.match);
    assert_file_in_flash();
    smp_rig_restart(&rig);
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

static enum err no_erase(struct flash *f, uint32_t off, uint32_t len)
{
    (void)f, (void)off, (void)len;
    return ERR_IO;
}

static void expect_uploads(uint32_t begun, uint32_t resumed, uint32_t completed, uint32_t failed)
{
    const struct smp_counts *c = &rig.server.counts;
    assert_int_equal(c->uploads, begun);
    assert_int_equal(c->uploads_resumed, resumed);
    assert_int_equal(c->uploads_completed, completed);
    assert_int_equal(c->uploads_failed, failed);
}

static void uploads_are_counted(void **state)
{
    (void)state;
    make_file(15000);
    struct chunk c = first_chunk(20); /* refused */
    assert_err(send_chunk(&c), 1, IMG_MGMT_ERR_INVALID_IMAGE_HEADER);
    expect_uploads(0, 0, 0, 0);
    (void)send_rest(0, 300);
    expect_uploads(1, 0, 1, 0);
    c = first_chunk(300); /* there already */
    assert_true(send_chunk(&c).match);
    expect_uploads(2, 0, 2, 0);
    c = first_chunk(300);
    c.sha = NULL;
    c.len = 400;
    assert_int_equal(send_chunk(&c).off, 300);
    expect_uploads(3, 0, 2, 0);
    c = next_chunk(300, 300);
    assert_err(send_chunk(&c), 1, IMG_MGMT_ERR_INVALID_IMAGE_DATA_OVERRUN);
    expect_uploads(3, 0, 2, 1);
    file_sha[5] ^= 1;
    assert_false(send_rest(0, 300).match);
    expect_uploads(4, 0, 2, 2);
    make_file(14000);
    c = first_chunk(300);
    for (uint32_t off = send_chunk(&c).off; off < 9000;) {
        c = next_chunk(off, 300);
        off = send_chunk(&c).off;
    }
    expect_uploads(5, 0, 2, 2);
    smp_rig_restart(&rig);
    c = first_chunk(300);
    assert_int_equal(send_chunk(&c).off, 8192);
    expect_uploads(1, 1, 0, 0);
    c = first_chunk(300); /* the session that runs */
    assert_int_equal(send_chunk(&c).off, 8192);
    expect_uploads(1, 1, 0, 0);
    rig.fake.flash.program = no_program;
    c = next_chunk(8192, 600);
    assert_err(send_chunk(&c), 1, IMG_MGMT_ERR_FLASH_WRITE_FAILED);
    expect_uploads(1, 1, 0, 1);
    rig.fake.flash.erase = no_erase;
    c = first_chunk(300);
    c.sha_len = 0;
    c.sha = NULL;
    assert_err(send_chunk(&c), 1, IMG_MGMT_ERR_FLASH_ERASE_FAILED);
    expect_uploads(2, 1, 0, 2);
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
        strstr(rig.log, "<err> mcumgr_img_grp: Uploaded image sha256 hash verification failed\n"));
    struct chunk c = first_chunk(300);
    assert_int_equal(send_chunk(&c).off, 300); /* not "already there" */
}

/* Cut power at every flash operation of an erase, in every way, when a part of a file is there with its record, or all of it
 * and a request; then upload the same file. An erase leaves the record, and no upload may go on from it. */
static void an_erase_cut_anywhere_ends_the_upload(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 2 * FAKE_CUT_COUNT; round++) {
        bool cut = true;
        for (uint32_t n = 1; cut; n++) {
            set_up_state(NOTHING_PENDING);
            make_file(15000);
            struct answer a = {.off = 0};
            while (a.off < (round % 2 == 0 ? 9000 : file_len)) {
                struct chunk c = a.off == 0 ? first_chunk(300) : next_chunk(a.off, 300);
                a = send_chunk(&c);
            }
            if (round % 2 != 0)
                assert_int_equal(update_set_pending(&rig.pair, true), ERR_OK);
            rig.touched_again = 0;
            fake_cut_at(&rig.fake, n, (enum fake_cut)(round / 2), n);
            (void)smp_rig_ask(&rig, "0a00000100010e05 a0");
            cut = rig.fake.off;
            smp_rig_restart(&rig);
            enum swap_type type;
            assert_int_equal(update_next_swap_type(&rig.pair, &type), ERR_OK);
            bool listed = strstr(smp_rig_ask(&rig, "0800000100010e00 a0"), "64736c6f7401") != NULL;
            assert_false(listed && !cut);
            assert_false(type != SWAP_TYPE_NONE && !listed); /* never a request for no image */
            a = send_rest(0, 300);
            if (a.off != file_len || !a.match)
                fail_msg("round %u, cut at operation %u: off %u", round, n, a.off);
            assert_file_in_flash();
            assert_int_equal(rig.touched_again, 0);
        }
    }
}

/* Cut power at every flash operation of an upload, in every way; then go on. */
static void cut_everywhere(uint32_t polls, bool used)
{
    for (unsigned how = 0; how < FAKE_CUT_COUNT; how++) {
        bool cut = true;
        for (uint32_t n = 1; cut; n++) {
            if (used)
                set_up_state(PERM_PENDING);
            else
                fresh(NULL);
            if (polls > 0)
                smp_rig_erase_beside(&rig, polls);
            if (used)
                smp_rig_install(&rig, SLOT_SECONDARY, 0, other,
                                smp_rig_image(other, 20000, 1, 0, 0, 1));
            make_file(9000);
            rig.touched_again = 0;
            fake_cut_at(&rig.fake, n, (enum fake_cut)how, n);
            (void)send_rest(0, 300);
            cut = rig.fake.off;
            smp_rig_restart(&rig);
            struct answer a = send_rest(0, 300);
            if (a.off != file_len || !a.match)
                fail_msg("cut %u at operation %u: off %u", how, n, a.off);
            assert_file_in_flash();
            assert_int_equal(rig.touched_again, 0);
        }
    }
}

/* Over an old image and its request. */
static void cut_at_every_operation(void **state)
{
    (void)state;
    cut_everywhere(0, true);
}

/* The same where each sector is erased while the one before it comes in: a cut at an erase is one between its begin and
 * its end. */
static void cut_at_every_operation_with_erases_ahead(void **state)
{
    (void)state;
    cut_everywhere(1, true);
    cut_everywhere(7, true);
    cut_everywhere(7, false); /* and no sector is erased that is blank */
}

/* What `off` says behind a reset is in flash, whatever had been taken and waited for an erase. */
static void what_waited_at_a_reset_is_asked_for_again(void **state)
{
    (void)state;
    for (uint32_t stop = 32; stop < 14400; stop += 300) {
        set_up_state(PERM_PENDING);
        smp_rig_install(&rig, SLOT_SECONDARY, 0, other, smp_rig_image(other, 20000, 1, 0, 0, 1));
        smp_rig_erase_beside(&rig, 3 + stop / 300 % 2 * 13); /* 16: longer than a sector comes in */
        make_file(15000);
        struct answer a = {.off = 0};
        while (a.off < stop) {
            struct chunk c = a.off == 0 ? first_chunk(300) : next_chunk(a.off, 300);
            a = send_chunk(&c);
        }
        assert_int_equal(rig.fake.held, 0); /* no chunk waited for an erase, marks included */
        smp_rig_restart(&rig);
        struct chunk c = first_chunk(300);
        a = send_chunk(&c);
        assert_true(a.off == 300 || a.off % 4096 == 0);
        assert_true(a.off + 2 * 4096 + SMP_RIG_RING > stop); /* two sectors, and what waited */
        if (a.off > 300)
            assert_memory_equal(rig.bytes + rig.pair.slot[SLOT_SECONDARY].offset + 4096, file,
                                a.off);
        a = send_rest(a.off, 300);
        assert_true(a.match);
        assert_file_in_flash();
        assert_int_equal(rig.touched_again, 0);
    }
}

static void resume_loses_at_most_two_sectors(void **state)
{
    (void)state;
    make_file(20000);
    for (uint32_t stop = 300; stop < 20000; stop += 300) {
        smp_rig_free(&rig);
        smp_rig_small(&rig);
        struct answer a = {.off = 0};
        while (a.off < stop) {
            struct chunk c = a.off == 0 ? first_chunk(300) : next_chunk(a.off, 300);
            a = send_chunk(&c);
        }
        smp_rig_restart(&rig);
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
    const struct flash_area *a = &rig.pair.slot[SLOT_SECONDARY];
    uint8_t bytes[UPLOAD_RECORD_SIZE];
    uint32_t marked, next;
    assert_false(upload_record_find(a, 4096, &rec, &marked, &next));
    upload_record_encode(&rec, bytes);
    fake_place(&rig.fake, a->offset, bytes, sizeof bytes);
    assert_true(upload_record_find(a, 4096, &rec, &marked, &next));
    assert_int_equal(marked, 0);
    assert_int_equal(next, 64);
    assert_int_equal(upload_record_mark(a, 4096, 4096, &next), ERR_OK);
    uint8_t bad[32] = {1};
    fake_place(&rig.fake, a->offset + next, bad, 32); /* garbage */
    fake_spoil(&rig.fake, a->offset + next + 32, FAKE_UNREADABLE);
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
    fake_spoil(&rig.fake, a->offset + 32, FAKE_UNREADABLE);
    assert_false(upload_record_find(a, 4096, &rec, &marked, &next));
    assert_false(upload_record_fits(a, 64));
}

static void an_open_record_is_one_without_its_end(void **state)
{
    (void)state;
    struct upload_record rec = {.len = 9000, .sha_len = 4, .sha = {1, 2, 3}};
    const struct flash_area *a = &rig.pair.slot[SLOT_SECONDARY];
    uint8_t bytes[UPLOAD_RECORD_SIZE];
    uint32_t next = upload_record_first_mark(a);
    assert_false(upload_record_is_open(a, 4096)); /* blank: there is none */
    memset(bytes, 7, sizeof bytes);
    fake_place(&rig.fake, a->offset, bytes, sizeof bytes);
    assert_false(upload_record_is_open(a, 4096)); /* something else */
    upload_record_encode(&rec, bytes);
    fake_place(&rig.fake, a->offset, bytes, sizeof bytes);
    assert_true(upload_record_is_open(a, 4096));
    assert_int_equal(upload_record_mark(a, 4096, 8192, &next), ERR_OK);
    assert_true(upload_record_is_open(a, 4096));
    assert_int_equal(upload_record_mark(a, 4096, 9000, &next), ERR_OK);
    assert_false(upload_record_is_open(a, 4096));
    fake_spoil(&rig.fake, a->offset, FAKE_UNREADABLE);
    assert_true(upload_record_is_open(a, 4096));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(an_upload_goes_on_after_a_reset),
        T(uploads_are_counted),
        T(a_wrong_file_is_told_at_the_end),
        T(an_erase_cut_anywhere_ends_the_upload),
        T(cut_at_every_operation),
        T(cut_at_every_operation_with_erases_ahead),
        T(what_waited_at_a_reset_is_asked_for_again),
        T(an_open_record_is_one_without_its_end),
        T(resume_loses_at_most_two_sectors),
        T(records_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
