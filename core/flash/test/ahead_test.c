/* A stream whose sectors are erased ahead, beside the program that receives. */
#include "core/flash/ahead.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/log.h"
#include "testing/fake_flash.h"

enum { WORD = 8, SECTOR = 64, SECTORS = 8, SIZE = SECTOR * SECTORS, BUF = 16, RING = 48 };

static uint8_t bytes[SIZE], words[SIZE / WORD], buf[BUF], ring[RING], data[4 * SECTOR - 3];
static struct fake_flash fake;
static struct flash_area area;
static struct stream s;
static struct ahead ahead;
static char log_text[2000];
static unsigned erases;

static void keep_line(const char *text, size_t len)
{
    size_t at = strlen(log_text);
    if (at + len < sizeof log_text) {
        memcpy(log_text + at, text, len);
        log_text[at + len] = '\0';
    }
}

static const struct log_backend backend = {NULL, keep_line, LOG_LEVEL_INF};

static void count(void *ctx, enum fake_op op, uint32_t off, uint32_t len)
{
    (void)ctx, (void)off, (void)len;
    erases += op == FAKE_ERASE;
}

static void open_stream(uint32_t start, uint32_t ring_size)
{
    assert_int_equal(stream_open(&s, &area, start, 5 * SECTOR, buf, BUF), ERR_OK);
    ahead_open(&ahead, &area, ring, ring_size);
}

/* A used device that erases beside the program; each erase lasts so many polls. */
static void begin(uint32_t polls, uint32_t ring_size)
{
    fake_init(&fake, WORD, SECTOR, SECTORS, bytes, words);
    fake_erase_beside(&fake, polls);
    memset(bytes, 0, sizeof bytes);
    memset(words, FAKE_WRITTEN, sizeof words);
    fake.trace = count;
    erases = 0;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7 + 1);
    area = (struct flash_area){&fake.flash, SECTOR, 6 * SECTOR};
    log_set_backend(&backend);
    log_text[0] = '\0';
    open_stream(SECTOR, ring_size);
}

static enum err write_from(uint32_t at, uint32_t chunk)
{
    uint32_t n = sizeof data - at < chunk ? (uint32_t)sizeof data - at : chunk;
    return ahead_write(&ahead, &s, data + at, n, at + n == sizeof data);
}

static void write_all(uint32_t chunk)
{
    for (uint32_t at = 0; at < sizeof data; at += chunk)
        assert_int_equal(write_from(at, chunk), ERR_OK);
}

/* The data, the padding of the last word, and no sector that the stream does not need. */
static void assert_written(void)
{
    assert_memory_equal(bytes + 2 * SECTOR, data, sizeof data);
    assert_int_equal(bytes[2 * SECTOR + sizeof data], 0xff);
    assert_int_equal(bytes[2 * SECTOR - 1], 0);
    assert_int_equal(bytes[6 * SECTOR], 0);
    assert_int_equal(fake.violations, 0);
    assert_false(fake.erasing);
}

static void any_chunk_and_any_time_of_an_erase_give_the_same_bytes(void **state)
{
    (void)state;
    for (uint32_t polls = 0; polls < 12; polls++)
        for (uint32_t chunk = 1; chunk <= RING; chunk++) {
            begin(polls, RING);
            write_all(chunk);
            assert_written();
            assert_int_equal(erases, 4);
            assert_int_equal(fake.held, 0); /* nothing touched the bank while it was busy */
        }
}

/* The sector is erased while the one before it is received, not when its first byte comes. */
static void the_next_sector_is_erased_while_this_one_is_received(void **state)
{
    (void)state;
    begin(3, RING);
    uint32_t at = 0;
    for (; erases < 2; at += 4)
        assert_int_equal(write_from(at, 4), ERR_OK);
    assert_true(at < SECTOR / 2);
    assert_true(fake.erasing);
    for (; at < SECTOR - 4; at += 4)
        assert_int_equal(write_from(at, 4), ERR_OK);
    assert_int_equal(s.erased, 3 * SECTOR);
    assert_false(fake.erasing);
    assert_int_equal(erases, 2); /* one ahead is enough */
}

/* For whoever else programs in that bank: the marks of an upload. */
static void between_two_erases_the_bank_is_free_for_a_call(void **state)
{
    (void)state;
    for (uint32_t n = 0; n < 80; n++) {
        const uint32_t polls = n / 2;
        unsigned ended = 0;
        begin(polls, RING);
        for (uint32_t at = 0; at < sizeof data; at += 4) {
            uint32_t before = s.erased;
            if (n % 2 == 1) /* a poll sees the end as well as a write */
                ahead_poll(&ahead, &s);
            assert_int_equal(write_from(at, 4), ERR_OK);
            if (s.erased == before)
                continue;
            assert_false(ahead.erasing);
            ended++;
        }
        assert_int_equal(ended, 4);
    }
}

static void data_wait_while_the_bank_erases(void **state)
{
    (void)state;
    begin(3, RING);
    for (uint32_t at = 0; at < 40; at += 10) {
        assert_int_equal(write_from(at, 10), ERR_OK);
        assert_int_equal(s.written, SECTOR); /* the erase has not ended: no word is programmed */
    }
    assert_int_equal(ahead.waiting, 40);
    ahead_poll(&ahead, &s); /* the third poll was the last that said "busy" */
    assert_int_equal(ahead.waiting, 0);
    assert_int_equal(s.written, SECTOR + 32);
}

static unsigned fed;
static void feed(void)
{
    fed++;
}

/* A ring that is programmed at once takes long: the caller gets a call in between. */
static void much_that_waited_is_programmed_in_pieces(void **state)
{
    enum { MANY = 8192 };
    static uint8_t much[2 * MANY], states[2 * MANY / WORD], wide[MANY], from[MANY];
    (void)state;
    fake_init(&fake, WORD, MANY, 2, much, states);
    fake_erase_beside(&fake, 100);
    area = (struct flash_area){&fake.flash, 0, 2 * MANY};
    memset(from, 7, sizeof from);
    assert_int_equal(stream_open(&s, &area, 0, MANY, buf, BUF), ERR_OK);
    ahead_open(&ahead, &area, wide, sizeof wide);
    ahead.feed = feed;
    fed = 0;
    assert_int_equal(ahead_write(&ahead, &s, from, MANY - WORD, false), ERR_OK);
    assert_int_equal(ahead.waiting, MANY - WORD);
    assert_int_equal(ahead_write(&ahead, &s, from, WORD, true), ERR_OK);
    assert_int_equal(fed, (MANY - WORD) / AHEAD_FEED);
    assert_memory_equal(much, from, MANY);
}

/* A ring that is full makes the call wait, and nothing is lost. */
static void a_full_ring_waits_for_the_erase(void **state)
{
    (void)state;
    begin(1000, RING);
    write_all(16);
    assert_written();
    assert_int_equal(erases, 4);
}

static void a_chunk_larger_than_the_ring_is_refused(void **state)
{
    (void)state;
    begin(1, RING);
    assert_int_equal(ahead_write(&ahead, &s, data, RING + 1, false), ERR_INVAL);
    assert_int_equal(ahead.waiting, 0);
    write_all(RING);
    assert_written();
}

/* The chunk is refused, what came before is kept, and the same chunk goes in when it comes again. */
static void a_failed_erase_refuses_one_chunk_and_loses_nothing(void **state)
{
    (void)state;
    for (uint32_t polls = 0; polls < 6; polls++)
        for (uint32_t chunk = 1; chunk <= RING; chunk++)
            for (uint32_t failing = 1; failing <= 4; failing++) {
                unsigned refused = 0;
                begin(polls, RING);
                for (uint32_t at = 0; at < sizeof data;) {
                    if (erases == failing - 1 && refused == 0)
                        fake.fail_erases = 1;
                    enum err e = write_from(at, chunk);
                    if (e != ERR_OK) {
                        assert_int_equal(e, ERR_IO);
                        refused++;
                        continue;
                    }
                    at += chunk;
                }
                assert_written();
                assert_int_equal(fake.fail_erases, 0);
                assert_int_equal(refused, 1);
                assert_int_equal(erases, 5);
                assert_non_null(strstr(log_text,
                                       "<err> STREAM_FLASH: stream_flash_erase_page err -5 "
                                       "offset=0x"));
            }
}

/* Also one that was noticed between two chunks. */
static void a_failure_that_a_poll_saw_is_told_by_the_next_write(void **state)
{
    (void)state;
    begin(0, RING);
    fake.fail_erases = 1;
    assert_int_equal(write_from(0, 20), ERR_OK);
    ahead_poll(&ahead, &s);
    ahead_poll(&ahead, &s);
    assert_int_equal(write_from(20, 20), ERR_IO);
    assert_int_equal(s.error, ERR_OK);
    assert_int_equal(erases, 1);
    assert_int_equal(write_from(20, 20), ERR_OK);
    assert_int_equal(erases, 2); /* at once, not when the ring is full */
    for (uint32_t at = 40; at < sizeof data; at += 20)
        assert_int_equal(write_from(at, 20), ERR_OK);
    assert_written();
}

static void a_program_that_fails_ends_the_stream(void **state)
{
    (void)state;
    begin(0, RING);
    assert_int_equal(write_from(0, 20), ERR_OK);
    fake_cut_at(&fake, 1, FAKE_CUT_BEFORE, 1); /* the first word */
    assert_int_equal(write_from(20, 20), ERR_IO);
    fake_power_on(&fake);
    assert_int_equal(write_from(20, 20), ERR_IO);
    assert_int_equal(s.error, ERR_IO);
}

static enum err not_there(struct flash *f, uint32_t off)
{
    (void)f, (void)off;
    return ERR_NOTSUP;
}

/* Code runs from that bank, the device cannot, or there is no ring: as the stream does it alone. */
static void where_it_cannot_be_the_stream_erases_itself(void **state)
{
    (void)state;
    for (unsigned how = 0; how < 3; how++)
        for (uint32_t chunk = 1; chunk <= RING; chunk++) {
            begin(3, how == 2 ? 0 : RING);
            if (how == 1)
                fake.flash.erase_begin = not_there;
            if (how == 0)
                fake.flash.erase_begin = NULL, fake.flash.erase_poll = NULL;
            write_all(chunk);
            assert_written();
            assert_int_equal(erases, 4);
        }
    begin(3, RING);
    fake.flash.erase_begin = not_there;
    assert_int_equal(write_from(0, BUF - 1), ERR_OK);
    fake_cut_at(&fake, 1, FAKE_CUT_BEFORE, 1);
    assert_int_equal(write_from(BUF - 1, BUF), ERR_IO);
    assert_int_equal(s.error, ERR_IO); /* as ever */
}

/* It can, but only from the second sector on: what waits when that shows is not lost. */
static enum err (*begin_erase)(struct flash *f, uint32_t off);
static enum err not_the_third(struct flash *f, uint32_t off)
{
    return off == 4 * SECTOR ? ERR_NOTSUP : begin_erase(f, off);
}

static void what_waits_is_kept_when_the_device_declines_later(void **state)
{
    (void)state;
    for (uint32_t chunk = 1; chunk <= RING; chunk++) {
        begin(2, RING);
        begin_erase = fake.flash.erase_begin;
        fake.flash.erase_begin = not_the_third;
        write_all(chunk);
        assert_written();
    }
}

static void virgin_sectors_are_not_erased_and_torn_ones_are(void **state)
{
    (void)state;
    for (unsigned with_ring = 0; with_ring < 2; with_ring++) {
        begin(1, with_ring ? RING : 0);
        memset(bytes + 2 * SECTOR, 0xff, 4 * SECTOR);
        memset(words + 2 * SECTOR / WORD, FAKE_VIRGIN, 4 * SECTOR / WORD);
        fake_tell_virgin(&fake);
        fake_spoil(&fake, 3 * SECTOR - WORD, FAKE_TOUCHED); /* reads erased */
        fake_spoil(&fake, 4 * SECTOR, FAKE_UNREADABLE);
        s.keep_virgin = true;
        write_all(20);
        assert_written();
        assert_int_equal(erases, 2);
    }
}

/* Without the caller's word, or the device's, that no cut left something there, each sector is erased. */
static void nobody_vouches_so_blank_sectors_are_erased(void **state)
{
    (void)state;
    for (unsigned how = 0; how < 2; how++) {
        begin(1, RING);
        memset(bytes + 2 * SECTOR, 0xff, 4 * SECTOR);
        memset(words + 2 * SECTOR / WORD, FAKE_VIRGIN, 4 * SECTOR / WORD);
        if (how == 0)
            fake_tell_virgin(&fake);
        else
            s.keep_virgin = true;
        write_all(20);
        assert_written();
        assert_int_equal(erases, 4);
    }
}

static void an_erase_that_an_earlier_stream_began_is_waited_for(void **state)
{
    (void)state;
    begin(20, RING);
    assert_int_equal(write_from(0, 20), ERR_OK);
    assert_true(fake.erasing);
    open_stream(SECTOR, RING);
    assert_false(fake.erasing);
    write_all(20);
    assert_written();
}

/* A stream that ends before its end: the erase ahead is over when the flush returns. */
static void a_flush_leaves_no_erase_behind(void **state)
{
    (void)state;
    for (uint32_t polls = 0; polls < 9; polls++)
        for (uint32_t before = 0; before < 7; before++) {
            begin(polls, RING);
            for (uint32_t i = 0; i < before; i++)
                assert_int_equal(write_from(8 * i, 8), ERR_OK);
            assert_int_equal(ahead_write(&ahead, &s, data + 8 * before, 7, true), ERR_OK);
            assert_memory_equal(bytes + 2 * SECTOR, data, 8 * before + 7);
            assert_int_equal(ahead.waiting, 0);
            assert_false(fake.erasing);
            assert_int_equal(fake.held, 0);
        }
}

static void the_end_is_kept(void **state)
{
    (void)state;
    begin(5, RING);
    open_stream(4 * SECTOR, RING);
    assert_int_equal(ahead_write(&ahead, &s, data, 40, false), ERR_OK);
    assert_int_equal(ahead_write(&ahead, &s, data, 25, false), ERR_NOSPC);
    assert_int_equal(ahead_write(&ahead, &s, data + 40, 24, true), ERR_OK);
    assert_memory_equal(bytes + 5 * SECTOR, data, SECTOR);
    assert_int_equal(ahead_write(&ahead, &s, data, 0, true), ERR_STATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_chunk_and_any_time_of_an_erase_give_the_same_bytes),
        cmocka_unit_test(the_next_sector_is_erased_while_this_one_is_received),
        cmocka_unit_test(between_two_erases_the_bank_is_free_for_a_call),
        cmocka_unit_test(data_wait_while_the_bank_erases),
        cmocka_unit_test(much_that_waited_is_programmed_in_pieces),
        cmocka_unit_test(a_full_ring_waits_for_the_erase),
        cmocka_unit_test(a_chunk_larger_than_the_ring_is_refused),
        cmocka_unit_test(a_failed_erase_refuses_one_chunk_and_loses_nothing),
        cmocka_unit_test(a_failure_that_a_poll_saw_is_told_by_the_next_write),
        cmocka_unit_test(a_program_that_fails_ends_the_stream),
        cmocka_unit_test(where_it_cannot_be_the_stream_erases_itself),
        cmocka_unit_test(what_waits_is_kept_when_the_device_declines_later),
        cmocka_unit_test(virgin_sectors_are_not_erased_and_torn_ones_are),
        cmocka_unit_test(nobody_vouches_so_blank_sectors_are_erased),
        cmocka_unit_test(an_erase_that_an_earlier_stream_began_is_waited_for),
        cmocka_unit_test(a_flush_leaves_no_erase_behind),
        cmocka_unit_test(the_end_is_kept),
    };
    return cmocka_run_group_tests_name("ahead", tests, NULL, NULL);
}
