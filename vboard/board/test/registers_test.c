/* The list of registers against the board, and the table in soc/h7/REGISTERS.md against the list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "testing/vboard/h753.h"
#include "vboard/board/inside.h"

#ifndef REGISTERS
#error "REGISTERS is the path of vboard/soc/h7/REGISTERS.md"
#endif

static void the_table_in_REGISTERS_is_what_the_board_prints(void **state)
{
    char *table = NULL, *text = NULL;
    size_t len = 0, cap = 0;
    (void)state;
    FILE *f = open_memstream(&table, &len);
    assert_non_null(f);
    vboard_register_table(f, NULL);
    fclose(f);
    f = fopen(REGISTERS, "r");
    assert_non_null(f);
    assert_true(getdelim(&text, &cap, '\0', f) > 0);
    fclose(f);
    if (strstr(text, table) == NULL)
        fail_msg("vboard/soc/h7/REGISTERS.md does not have the table that `slipway board registers "
                 "--table` "
                 "prints:\n%s",
                 table);
    free(table);
    free(text);
}

#define WORDS 0x8000000u /* of 0x40000000 to 0x5fffffff */

static uint8_t listed[WORDS / 8]; /* a bit for each word */
static struct vboard *v;
static unsigned wrong;

static bool in_list(uint32_t addr)
{
    uint32_t word = (addr - 0x40000000) / 4;
    return (listed[word / 8] >> word % 8 & 1) != 0;
}

static void list(uint32_t addr)
{
    uint32_t word = (addr - 0x40000000) / 4;
    listed[word / 8] = (uint8_t)(listed[word / 8] | 1u << word % 8);
}

/* Second places of the same registers. */
static void list_line(void *ctx, const struct reg_line *l)
{
    (void)ctx;
    for (unsigned i = 0; i < l->count; i++) {
        uint32_t addr = l->base + l->off + 4 * i;
        list(addr);
        if (l->base == H7_FLASH_REGS)
            list(addr + 0x100);
        if (strcmp(l->block, "RCC") == 0 && l->off >= 0xd0 && l->off <= 0x11c)
            list(addr + 0x60);
    }
}

static uint32_t word_at(uint32_t addr, bool *answers)
{
    uint8_t bytes[4] = {0};
    *answers = vboard_read(v, addr, bytes, 4) == 4;
    return get_le32(bytes);
}

/* All clocks on, so that blocks answer. */
static int start(const char *board)
{
    const struct vboard_config config = {.seed = 1, .board = board};
    static const uint8_t loop[] = {0x00, 0x10, 0x00, 0x24, 0x09, 0x00, 0x00, 0x08, 0xfe, 0xe7};
    static const uint8_t ones[4] = {0xff, 0xff, 0xff, 0xff};
    v = vboard_new(&config);
    assert_non_null(v);
    vboard_flash_poke(v, 0, loop, sizeof loop);
    vboard_power_on(v);
    for (uint32_t off = 0xd4; off <= 0xf4; off += 4)
        assert_int_equal(vboard_write(v, 0x58024400 + off, ones, 4), 4);
    memset(listed, 0, sizeof listed);
    registers_each(vboard_soc(v), list_line, NULL);
    wrong = 0;
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    return start("nucleo_h753zi");
}

static int set_up_h723(void **state)
{
    (void)state;
    return start("nucleo_h723zg");
}

static int tear_down(void **state)
{
    (void)state;
    vboard_free(v);
    return 0;
}

static void look(void *ctx, const struct reg_line *l)
{
    (void)ctx;
    bool answers;
    for (uint32_t addr = l->base; addr < l->base + 0x400; addr += 4) {
        (void)word_at(addr, &answers);
        if (answers == in_list(addr) || h7_second_core_name(addr) != NULL)
            continue;
        print_error("%s + 0x%03x %s\n", l->block, (unsigned)(addr - l->base),
                    answers ? "answers, and is not in the list"
                            : "is in the list, and does not answer");
        wrong++;
    }
}

static void look_once(void *ctx, const struct reg_line *l)
{
    static uint32_t last;
    if (l->base != last && l->base != H7_FLASH_REGS) /* unlisted words of FLASH read 0 */
        look(ctx, l);
    last = l->base;
}

static void what_is_listed_answers_and_nothing_else_does(void **state)
{
    (void)state;
    registers_each(vboard_soc(v), look_once, NULL);
    assert_int_equal(wrong, 0);
}

/* Reset values that depend on what happened, or on the pins. */
static bool is_alive(const struct reg_line *l)
{
    static const char *const names[] = {"IDR", "ISR", "RSR", "SR",       "RLR0",
                                        "SSR", "TR",  "DR",  "MACMDIODR"};
    /* of RCC the clocks that were turned on, and the oscillators that are ready */
    bool enables =
        strcmp(l->block, "RCC") == 0 && (l->off == 0 || (l->off >= 0xd4 && l->off <= 0xf4));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(l->name, names[i]) == 0)
            return true;
    return enables || strcmp(l->name, "MODER") == 0 || strcmp(l->name, "PUPDR") == 0 ||
           strcmp(l->name, "OSPEEDR") == 0; /* debug pins of ports A and B */
}

static void check_reset_value(void *ctx, const struct reg_line *l)
{
    bool answers;
    (void)ctx;
    for (unsigned i = 0; i < l->count && !is_alive(l); i++) {
        uint32_t value = word_at(l->base + l->off + 4 * i, &answers);
        if (value == l->reset)
            continue;
        print_error("%s %s+%u is 0x%08x after reset, and 0x%08x in the list\n", l->block, l->name,
                    i, (unsigned)value, (unsigned)l->reset);
        wrong++;
    }
}

static void reset_values_are_as_listed(void **state)
{
    (void)state;
    registers_each(vboard_soc(v), check_reset_value, NULL);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_in_REGISTERS_is_what_the_board_prints),
        cmocka_unit_test_setup_teardown(what_is_listed_answers_and_nothing_else_does, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(reset_values_are_as_listed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_listed_answers_and_nothing_else_does, set_up_h723,
                                        tear_down),
        cmocka_unit_test_setup_teardown(reset_values_are_as_listed, set_up_h723, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
