/* Tests of the parts: what each table must satisfy, and the names under which they are found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/compiler.h"
#include "core/soc/soc.h"
#include "core/soc/stm32h7.h"

static const struct soc *const parts[] = {&soc_stm32h753};

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
        const struct soc_region *ram = parts[i]->ram;
        for (unsigned a = 1; a < SOC_RAMS; a++)
            assert_true(ram[a].size == 0 || ram[a - 1].base + ram[a - 1].size <= ram[a].base);
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
    assert_null(soc_find_part("st,stm32h7"));
    assert_null(soc_find_part("simple-bus"));
    assert_null(soc_find_part(""));
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
        cmocka_unit_test(units_stand_in_a_row),
        cmocka_unit_test(a_part_is_found_by_the_devicetree_s_name),
        cmocka_unit_test(a_unit_is_found_by_each_of_its_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
