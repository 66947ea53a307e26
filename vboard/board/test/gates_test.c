/* Peripherals behind their gates: clock enables and resets of RCC; and HASH, which answers to words alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "vboard/vboard.h"

#define MS      1000000ull
#define RCC     0x58024400u
#define AHB2ENR (RCC + 0xdc)
#define HASH    0x48021400u
#define HASHEN  (1u << 5)

static struct vboard *v;
static char reports[4096];

static void on_report(void *ctx, const char *text)
{
    size_t n = strlen(reports);
    (void)ctx;
    snprintf(reports + n, sizeof reports - n, "%s\n", text);
}

static struct vboard *board(const char *name)
{
    static const uint8_t loop[] = {0x00, 0x10, 0x00, 0x20, 0x09, 0x00, 0x00, 0x08, 0xfe, 0xe7};
    const struct vboard_config config = {.seed = 1, .report = on_report, .board = name};
    struct vboard *b = vboard_new(&config);
    assert_non_null(b);
    vboard_flash_poke(b, 0, loop, sizeof loop);
    vboard_power_on(b);
    return b;
}

static int set_up(void **state)
{
    (void)state;
    reports[0] = '\0';
    v = board(NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    vboard_free(v);
    return 0;
}

static void put(uint32_t addr, uint32_t value)
{
    uint8_t bytes[4];
    put_le32(bytes, value);
    assert_int_equal(vboard_write(v, addr, bytes, 4), 4);
}

static uint32_t get(uint32_t addr)
{
    uint8_t bytes[4] = {0};
    assert_int_equal(vboard_read(v, addr, bytes, 4), 4);
    return get_le32(bytes);
}

static void HASH_takes_words_alone(void **state)
{
    uint8_t byte[4] = {0};
    (void)state;
    put(AHB2ENR, HASHEN);
    assert_int_equal(vboard_write(v, HASH + 4, byte, 1), 0);
    assert_int_equal(vboard_write(v, HASH + 4, byte, 2), 0);
    assert_int_equal(vboard_read(v, HASH + 0x24, byte, 1), 0);
    assert_int_equal(vboard_lint_count(v), 2);
    assert_non_null(strstr(reports, "lint HASH1 at pc"));
}

static void HASH_is_seen_by_its_clock_enable(void **state)
{
    (void)state;
    put(AHB2ENR, 0xffffffff);
    assert_int_equal(get(AHB2ENR) & HASHEN, HASHEN);
    vboard_free(v);
    v = board("nucleo_h723zg");
    put(AHB2ENR, 0xffffffff);
    assert_int_equal(get(AHB2ENR) & HASHEN, 0);
}

static void a_copy_of_the_board_finishes_the_digest(void **state)
{
    (void)state;
    put(AHB2ENR, HASHEN);
    put(HASH, 0x400a4);
    put(HASH + 4, 0x00636261);
    struct vboard *first = v;
    v = board(NULL);
    vboard_copy(v, first);
    for (unsigned i = 0; i < 2; i++) {
        put(HASH + 8, 0x18);
        put(HASH + 8, 0x118);
        assert_int_equal(get(HASH + 0x24), 8); /* BUSY */
        assert_int_equal(vboard_run(v, MS, 0).why, VBOARD_TIME);
        assert_int_equal(get(HASH + 0x24), 2); /* DCIS */
        assert_int_equal(get(HASH + 0x310), 0xba7816bf);
        vboard_free(i == 0 ? v : NULL);
        v = first;
    }
}

static void a_store_to_a_busy_HASH_holds_the_core(void **state)
{
    (void)state;
    put(AHB2ENR, HASHEN);
    put(HASH, 0x400a4);
    for (unsigned i = 0; i < 17; i++)
        put(HASH + 4, i);
    uint64_t from = vboard_now_ns(v);
    put(HASH + 4, 17);
    assert_in_range(vboard_now_ns(v) - from, 782, 800);
}

static void a_defect_stays_through_resets_and_copies(void **state)
{
    (void)state;
    vboard_set_defect(v, VBOARD_DEFECT_HASH_BIT, true);
    vboard_power_on(v);
    vboard_reset_pin(v);
    struct vboard *first = v;
    v = board(NULL);
    vboard_copy(v, first);
    vboard_free(first);
    put(AHB2ENR, HASHEN);
    for (unsigned i = 0; i < 2; i++) {
        put(HASH, 0x400a4);
        put(HASH + 8, 0);
        put(HASH + 8, 0x100);
        assert_int_equal(get(HASH + 0x318) == 0x9afbf4c8, i);
        vboard_set_defect(v, VBOARD_DEFECT_HASH_BIT, false);
    }
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(HASH_takes_words_alone),
        T(HASH_is_seen_by_its_clock_enable),
        T(a_copy_of_the_board_finishes_the_digest),
        T(a_store_to_a_busy_HASH_holds_the_core),
        T(a_defect_stays_through_resets_and_copies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
