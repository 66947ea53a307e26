/* The last accesses before a finding: how many, in which order, and which of them are one entry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/compiler.h"
#include "rehearse/driver/flash_trace.h"

#define CR      0x5200200cu
#define SR      0x52002010u
#define DCIMVAC 0xe000ef5cu
#define BUSY    5u

static struct flash_trace trace;
static struct conformance_access last[CONFORMANCE_TRACE];

static void write_register(uint32_t address, uint32_t value)
{
    flash_trace_add(&trace, &(struct conformance_access){.kind = ACCESS_WRITE,
                                                         .has_value = true,
                                                         .address = address,
                                                         .value = value,
                                                         .bytes = 4});
}

static void read_register(uint32_t address, uint32_t value)
{
    flash_trace_read(&trace, address);
    flash_trace_answer(&trace, value);
}

static void touch_flash(enum conformance_access_kind kind, uint32_t address, uint32_t bytes)
{
    flash_trace_add(&trace, &(struct conformance_access){
                                .kind = kind, .flash = true, .address = address, .bytes = bytes});
}

static unsigned copy(void)
{
    memset(last, 0xa5, sizeof last);
    return flash_trace_copy(&trace, last);
}

static int begin(void **state)
{
    (void)state;
    flash_trace_clear(&trace);
    return 0;
}

static void the_oldest_is_dropped(void **state)
{
    (void)state;
    assert_int_equal(copy(), 0);
    for (uint32_t i = 0; i < 100; i++) {
        write_register(CR, i);
        const unsigned want = i + 1 < CONFORMANCE_TRACE ? i + 1 : CONFORMANCE_TRACE;
        assert_int_equal(copy(), want);
        assert_int_equal(last[0].value, i + 1 - want);
        assert_int_equal(last[want - 1].value, i);
    }
}

static void a_poll_is_one_entry(void **state)
{
    (void)state;
    write_register(CR, 1);
    for (unsigned i = 0; i < 1000; i++)
        read_register(SR, BUSY);
    read_register(SR, 0);
    read_register(CR, 0); /* the same value of another register */
    assert_int_equal(copy(), 4);
    assert_int_equal(last[1].count, 1000);
    assert_int_equal(last[1].value, BUSY);
    assert_int_equal(last[2].address, SR);
    assert_int_equal(last[2].count, 1);
    assert_int_equal(last[3].address, CR);
}

/* A long wait takes nothing away from what was before it. */
static void a_poll_drops_nothing(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < CONFORMANCE_TRACE - 1; i++)
        write_register(CR, i);
    for (unsigned i = 0; i < 1000; i++)
        read_register(SR, BUSY);
    assert_int_equal(copy(), CONFORMANCE_TRACE);
    assert_int_equal(last[0].value, 0);
}

static void writes_are_never_one_entry(void **state)
{
    (void)state;
    write_register(CR, 1);
    write_register(CR, 1);
    write_register(CR, 33); /* as far away as the next cache line */
    assert_int_equal(copy(), 3);
}

static void words_and_lines_in_a_row_are_one_entry(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 8; i++)
        touch_flash(ACCESS_WRITE, 0x08100000 + 4 * i, 4);
    touch_flash(ACCESS_WRITE, 0x08100024, 4); /* leaves one out */
    touch_flash(ACCESS_READ, 0x08100028, 32);
    for (uint32_t i = 0; i < 4096; i++)
        write_register(DCIMVAC, 0x08100000 + 32 * i);
    assert_int_equal(copy(), 4);
    assert_int_equal(last[0].count, 8);
    assert_int_equal(last[0].bytes, 32);
    assert_int_equal(last[0].address, 0x08100000);
    assert_int_equal(last[1].count, 1);
    assert_int_equal(last[2].kind, ACCESS_READ);
    assert_int_equal(last[3].count, 4096);
}

static void a_call_begins_an_entry(void **state)
{
    (void)state;
    read_register(SR, 0);
    touch_flash(ACCESS_READ, 0x08000000, 4);
    flash_trace_call(&trace);
    touch_flash(ACCESS_READ, 0x08000004, 4);
    read_register(SR, 0);
    flash_trace_call(&trace);
    read_register(SR, 0);
    read_register(SR, 0);
    assert_int_equal(copy(), 5);
    assert_false(last[0].first);
    assert_true(last[2].first);
    assert_true(last[4].first);
    assert_int_equal(last[4].count, 2);
}

/* A bus fault or a power cut ends the driver in the access. */
static void a_read_without_an_answer_is_seen(void **state)
{
    (void)state;
    flash_trace_read(&trace, SR);
    assert_int_equal(copy(), 1);
    assert_false(last[0].has_value);
    flash_trace_answer(&trace, BUSY); /* the finding was in the middle, and the driver goes on */
    read_register(SR, BUSY);
    flash_trace_read(&trace, SR);
    assert_int_equal(copy(), 2);
    assert_int_equal(last[0].count, 2);
    assert_int_equal(last[1].address, SR);
    assert_false(last[1].has_value);
    read_register(SR, last[1].value); /* which is no value */
    assert_int_equal(copy(), 3);
}

static void accesses_read_as_words(void **state)
{
    static const struct {
        struct conformance_access a;
        const char *name, *bits;
    } cases[] = {
        {{.kind = ACCESS_WRITE, .has_value = true, .address = CR, .value = 0xb4},
         "CR1",
         "SER START SNB=0"},
        {{.kind = ACCESS_WRITE, .has_value = true, .address = CR, .value = 0x7b4},
         "CR1",
         "SER START SNB=7"},
        {{.kind = ACCESS_READ, .has_value = true, .address = SR + 0x100, .value = 0x00050000},
         "SR2",
         "EOP PGSERR"},
        {{.kind = ACCESS_READ, .address = SR + 0x100, .value = 0x00050000}, "SR2", ""},
        {{.kind = ACCESS_WRITE, .has_value = true, .address = SR + 4, .value = 0x1fef0000},
         "CCR1",
         "all flags"},
        {{.kind = ACCESS_WRITE, .has_value = true, .address = 0x12345678}, "0x12345678", ""},
        {{.kind = ACCESS_WRITE,
          .has_value = true,
          .flash = true,
          .address = 0x08000000,
          .value = 1},
         "flash",
         ""},
        {{.kind = ACCESS_BARRIER}, "DSB", ""},
    };
    char text[CONFORMANCE_TEXT];
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        assert_string_equal(conformance_access_text(&cases[i].a, text), cases[i].name);
        assert_string_equal(conformance_access_bits(&cases[i].a, text), cases[i].bits);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_oldest_is_dropped, begin),
        cmocka_unit_test_setup(a_poll_is_one_entry, begin),
        cmocka_unit_test_setup(a_poll_drops_nothing, begin),
        cmocka_unit_test_setup(writes_are_never_one_entry, begin),
        cmocka_unit_test_setup(words_and_lines_in_a_row_are_one_entry, begin),
        cmocka_unit_test_setup(a_call_begins_an_entry, begin),
        cmocka_unit_test_setup(a_read_without_an_answer_is_seen, begin),
        cmocka_unit_test(accesses_read_as_words),
    };
    return cmocka_run_group_tests_name("flash trace", tests, NULL, NULL);
}
