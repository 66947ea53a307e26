/* Tests of the parts: what each table must satisfy, and the names under which they are found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/compiler.h"
#include "core/soc/soc.h"
#include "core/soc/stm32h7.h"

static const struct soc *const parts[] = {&soc_stm32h753, &soc_stm32h723};

static void banks_make_up_the_flash(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        const struct soc_flash *f = &parts[i]->flash;
        assert_in_range(f->banks, 1, 2);
        assert_int_equal(f->size, f->banks * f->bank_size);
        assert_int_equal(f->bank_size % f->sector, 0);
        assert_int_equal(f->sector % f->word, 0);
        assert_int_equal(f->base % f->size, 0);
    }
}

static void arrays_for_the_largest_part_hold_each(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        const struct soc_flash *f = &parts[i]->flash;
        assert_true(f->size <= SOC_FLASH_MAX);
        assert_true(f->size / f->sector <= SOC_SECTORS_MAX);
        assert_true(f->word <= SOC_WORD_MAX);
        assert_true(parts[i]->interrupts <= SOC_INTERRUPTS_MAX);
    }
}

static void memories_stand_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        uint32_t end = 0;
        for (unsigned a = 0; a < SOC_RAMS; a++) {
            const struct soc_region *ram = &parts[i]->ram[a];
            assert_true(ram->size == 0 || end <= ram->base);
            end = ram->size == 0 ? end : ram->base + ram->size;
        }
    }
}

static void faster_supplies_and_more_wait_states_allow_no_less(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        const struct soc_clocks *c = &parts[i]->clocks;
        for (unsigned v = 0; v < SOC_SCALES; v++)
            for (unsigned l = 0; l < SOC_LATENCIES; l++) {
                assert_true(v == 0 || c->flash[v][l] <= c->flash[v - 1][l]);
                assert_true(l == 0 || c->flash[v][l] >= c->flash[v][l - 1]);
                assert_true(v == 0 || c->cpu[v] < c->cpu[v - 1]);
            }
    }
}

/* Each scale has a code, VOS0 perhaps only by overdrive; a reset leaves code 1, which is the slowest. */
static void each_voltage_scale_can_be_chosen(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        const struct soc_clocks *c = &parts[i]->clocks;
        unsigned seen = c->overdrive ? 1u : 0;
        for (unsigned code = 0; code < ARRAY_LEN(c->vos); code++)
            seen |= 1u << c->vos[code];
        assert_int_equal(seen, 15);
        assert_int_equal(c->vos[1], 3);
    }
}

/* Written down once more, so that a wrong table is seen [RM0468, stm32h723xx.h]. */
static void the_stm32h723_has_one_bank_and_no_hash(void **state)
{
    const struct soc *s = &soc_stm32h723;
    (void)state;
    assert_int_equal(s->flash.banks, 1);
    assert_int_equal(s->flash.base + s->flash.size - 1, 0x080fffff);
    assert_int_equal(s->flash.size / s->flash.sector, 8);
    assert_int_equal(s->idcode & 0xfff, 0x483);
    assert_int_equal(s->interrupts, 162 + 1);
    assert_int_equal(s->ram[SOC_AXI_SRAM].size, 320 * 1024);
    assert_int_equal(s->ram[SOC_SRAM3].size, 0);
    assert_int_equal(s->clocks.cpu[0], 550);
    assert_null(soc_unit_at(&soc_stm32h723_units, HASH_BASE));
    assert_null(soc_unit_at(&soc_stm32h723_units, CRYP_BASE));
    assert_null(soc_unit_at(&soc_stm32h723_units, GPIOI_BASE));
    assert_string_equal(soc_unit_at(&soc_stm32h723_units, 0x52005000)->name, "OCTOSPI1");
    assert_string_equal(soc_unit_at(&soc_stm32h753_units, HASH_BASE)->name, "HASH");
}

static void units_stand_in_a_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        const struct soc_units *u = soc_units_of(parts[i]);
        assert_non_null(u);
        assert_true(u->count > 100);
        for (size_t k = 0; k < u->count; k++) {
            assert_true(u->rows[k].base - PERIPH_BASE < PERIPH_SIZE);
            assert_true(k == 0 || u->rows[k - 1].base + u->rows[k - 1].size <= u->rows[k].base);
        }
    }
}

static void a_part_is_found_by_the_devicetree_s_name(void **state)
{
    (void)state;
    assert_ptr_equal(soc_find_part("st,stm32h753"), &soc_stm32h753);
    assert_ptr_equal(soc_find_part("stm32h753"), &soc_stm32h753);
    assert_ptr_equal(soc_find_part("st,stm32h743"), &soc_stm32h753);
    assert_ptr_equal(soc_find_part("st,stm32h723"), &soc_stm32h723);
    assert_null(soc_find_part("st,stm32h7"));
    assert_null(soc_find_part("simple-bus"));
    assert_null(soc_find_part(""));
    assert_null(soc_find_part("st,stm32h753zi-nucleo"));
    assert_ptr_equal(soc_find_part_of_board("st,stm32h753zi-nucleo"), &soc_stm32h753);
    assert_ptr_equal(soc_find_part_of_board("st,stm32h743"), &soc_stm32h753);
    assert_ptr_equal(soc_find_part_of_board("st,stm32h723zg-nucleo"), &soc_stm32h723);
    static const char *const others[] = {
        "st,stm32h7a3zi-nucleo", "st,stm32h7-board", "st,stm32h7530",
        "my,stm32h753-board",    "stm32h753",        ""};
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        assert_null(soc_find_part_of_board(others[i]));
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        assert_ptr_equal(soc_part(i), parts[i]);
    assert_null(soc_part(ARRAY_LEN(parts)));
}

static void a_mark_in_a_vector_table_names_the_part(void **state)
{
    char vectors[SOC_MARK_AT + SOC_MARK_SIZE] = {0}, *mark = vectors + SOC_MARK_AT,
                               name[SOC_MARK_SIZE];
    (void)state;
    assert_false(soc_mark_name(vectors, name));
    memcpy(mark, "SOC:stm32h723", 14);
    assert_true(soc_mark_name(vectors, name));
    assert_string_equal(name, "stm32h723");
    memcpy(mark, "SOC:stm32h72345", 15); /* as long as there is room, without a NUL behind it */
    mark[15] = '6';
    assert_true(soc_mark_name(vectors, name));
    assert_string_equal(name, "stm32h723456");
    memcpy(mark, "SOC:\0stm32h723", 15);
    assert_false(soc_mark_name(vectors, name));
    memcpy(mark, "SOC:stm32\x1b[2J\0\0", 16);
    assert_false(soc_mark_name(vectors, name));
    memcpy(mark, "SOC:stm32h7\0x\0\0\0", 16);
    assert_false(soc_mark_name(vectors, name));
    memset(mark, 0xff, SOC_MARK_SIZE);
    assert_false(soc_mark_name(vectors, name));
    for (size_t i = 0; soc_part(i) != NULL; i++)
        assert_true(strlen(SOC_MARK_TAG) + strlen(soc_part(i)->name) <= SOC_MARK_SIZE);
}

static void a_unit_is_found_by_each_of_its_addresses(void **state)
{
    const struct soc_units *u = &soc_stm32h753_units;
    (void)state;
    for (size_t k = 0; k < u->count; k++) {
        assert_ptr_equal(soc_unit_at(u, u->rows[k].base), &u->rows[k]);
        assert_ptr_equal(soc_unit_at(u, u->rows[k].base + u->rows[k].size - 1), &u->rows[k]);
    }
    assert_string_equal(soc_unit_at(u, RCC_BASE + 0x54)->name, "RCC");
    assert_null(soc_unit_at(u, 0));
    assert_null(soc_unit_at(u, 0x40002c00)); /* WWDG2 */
    assert_null(soc_unit_at(u, 0xe000e010));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(banks_make_up_the_flash),
        cmocka_unit_test(arrays_for_the_largest_part_hold_each),
        cmocka_unit_test(memories_stand_apart),
        cmocka_unit_test(faster_supplies_and_more_wait_states_allow_no_less),
        cmocka_unit_test(each_voltage_scale_can_be_chosen),
        cmocka_unit_test(the_stm32h723_has_one_bank_and_no_hash),
        cmocka_unit_test(units_stand_in_a_row),
        cmocka_unit_test(a_part_is_found_by_the_devicetree_s_name),
        cmocka_unit_test(a_mark_in_a_vector_table_names_the_part),
        cmocka_unit_test(a_unit_is_found_by_each_of_its_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
