/* A boot of the real bootloader: how long it takes, what it leaves to the application, and what it does with a chip
 * that is not as it should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "core/base/compiler.h"
#include "core/soc/soc.h"
#include "core/soc/stm32h7.h"
#include "testing/system/rig_firmware.h"

#define H753    "nucleo_h753zi"
#define H723    "nucleo_h723zg-single"
#define VECTORS (FLASH_BASE + SLOT0 + 0x400) /* of the application */
#define MS      1000000ull
#define S       1000000000ull

static uint32_t word(const struct rig *r, uint32_t addr)
{
    uint8_t bytes[4];
    if (vboard_read(r->board, addr, bytes, sizeof bytes) != sizeof bytes)
        fail_msg("0x%08x cannot be read", (unsigned)addr);
    return get_le32(bytes);
}

/* Run until the application's first instruction is next. Lint events on the way are failures. */
static void run_to_application(struct rig *r, uint64_t ns)
{
    uint32_t entry = word(r, VECTORS + 4) & ~1u;
    vboard_break_at(r->board, entry);
    struct vboard_stop stop = vboard_run(r->board, ns, 0);
    if (stop.why != VBOARD_BREAKPOINT || stop.pc != entry)
        fail_msg("the application does not start: %s\n%s", stop.text, r->console);
    vboard_break_at(r->board, 0);
    rig_expect_no_lint(r);
}

static struct rig *powered(const char *firmware)
{
    struct rig *r = rig_new(firmware, VBOARD_TIMING_TYPICAL, 1);
    vboard_power_on(r->board);
    return r;
}

static void expect_said(const struct rig *r, const char *text, bool wanted)
{
    if (rig_said(r, text, 0) != wanted)
        fail_msg("%s \"%s\" in:\n%s", wanted ? "no" : "a", text, r->console);
}

/* ---- how long it takes: both verdicts on an image of 334 KB, and the log has left ---- */

static void boots_within(const char *firmware, unsigned ms)
{
    struct rig *r = powered(firmware);
    char name[100];
    snprintf(name, sizeof name, "tests/%s-1.0.0.bin", firmware);
    struct rig_file image = rig_file(name);
    assert_true(image.len > 334 * 1000);
    run_to_application(r, 10 * S);
    if (vboard_now_ns(r->board) > ms * MS)
        fail_msg("%s: %.1f ms, not %u", firmware, (double)vboard_now_ns(r->board) / 1e6, ms);
    expect_said(r, "Jumping to the first image slot\r\n", true);
    expect_said(r, "<wrn>", false);
    rig_free(r);
    free(image.data);
}

static void the_h753_boots_within_110_ms(void **state)
{
    (void)state;
    boots_within(H753, 110);
}

static void the_h723_boots_within_180_ms(void **state)
{
    (void)state;
    boots_within(H723, 180);
}

/* ---- what the application finds ---- */

#define REGISTERS_MAX 4096

static struct {
    char name[40];
    uint32_t addr, value;
} registers[REGISTERS_MAX];
static unsigned register_count;

static void add_register(const struct rig *r, const char *name, uint32_t addr)
{
    assert_true(register_count < REGISTERS_MAX);
    snprintf(registers[register_count].name, sizeof registers[0].name, "%s", name);
    registers[register_count].addr = addr;
    registers[register_count++].value = word(r, addr);
}

/* Every register that the board models, by its own list. */
static void add_peripherals(const struct rig *r)
{
    char *list = NULL, *line, *rest, block[20], name[20], full[40];
    size_t size;
    unsigned addr;
    FILE *f = open_memstream(&list, &size);
    assert_non_null(f);
    vboard_registers(f, vboard_name(r->board));
    fclose(f);
    for (line = strtok_r(list, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        if (sscanf(line, "%19s %19s 0x%x", block, name, &addr) != 3)
            continue;
        snprintf(full, sizeof full, "%s_%s", block, name);
        add_register(r, full, addr);
        if (strcmp(block, "FLASH") == 0 && vboard_soc(r->board)->flash.banks == 2)
            add_register(r, full, addr + FLASH_R_BANK);
    }
    free(list);
    assert_true(register_count > 1000);
}

/* Those of the core. SysTick's and the MPU's have no reset values in the architecture; zeros are what the model has. */
static void add_core(const struct rig *r)
{
    static const struct {
        const char *name;
        uint32_t addr, count;
    } rows[] = {
        {"SYST_CSR", 0xe000e010, 3},  {"NVIC_ISER", 0xe000e100, 6}, {"NVIC_ISPR", 0xe000e200, 6},
        {"NVIC_IABR", 0xe000e300, 6}, {"NVIC_IPR", 0xe000e400, 41}, {"SCB_ICSR", 0xe000ed04, 1},
        {"SCB_AIRCR", 0xe000ed0c, 1}, {"SCB_SCR", 0xe000ed10, 1},   {"SCB_CCR", 0xe000ed14, 1},
        {"SCB_SHPR", 0xe000ed18, 3},  {"SCB_SHCSR", 0xe000ed24, 1}, {"SCB_CFSR", 0xe000ed28, 1},
        {"SCB_HFSR", 0xe000ed2c, 1},  {"SCB_CPACR", 0xe000ed88, 1}, {"MPU_CTRL", 0xe000ed94, 4},
    };
    for (unsigned i = 0; i < ARRAY_LEN(rows); i++)
        for (uint32_t n = 0; n < rows[i].count; n++)
            add_register(r, rows[i].name, rows[i].addr + 4 * n);
}

/* What a boot leaves otherwise, and why. */
static bool may_differ(const char *name, bool *met)
{
    static const char *const names[] = {
        "PWR_CR3",  /* the supply: chosen once after power-on, cannot be taken back */
        "IWDG1_PR", /* the watchdog runs: it cannot be stopped */
        "IWDG1_RLR",
    };
    for (unsigned i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(names[i], name) == 0) {
            met[i] = true;
            return true;
        }
    return false;
}

static void leaves_the_reset_state(const char *firmware)
{
    struct rig *r = powered(firmware);
    bool met[3] = {false};
    register_count = 0;
    add_peripherals(r);
    add_core(r);
    run_to_application(r, 10 * S);
    for (unsigned i = 0; i < register_count; i++) {
        uint32_t now = word(r, registers[i].addr);
        if (now != registers[i].value && !may_differ(registers[i].name, met))
            fail_msg("%s: %s is 0x%08x, after a reset 0x%08x", firmware, registers[i].name,
                     (unsigned)now, (unsigned)registers[i].value);
    }
    for (unsigned i = 0; i < ARRAY_LEN(met); i++)
        assert_true(met[i]);
    static const enum vboard_reg zero[] = {VBOARD_PRIMASK, VBOARD_BASEPRI, VBOARD_FAULTMASK,
                                           VBOARD_CONTROL};
    for (unsigned i = 0; i < ARRAY_LEN(zero); i++)
        assert_int_equal(vboard_cpu_reg(r->board, zero[i]), 0);
    assert_int_equal(vboard_cpu_reg(r->board, VBOARD_MSP), word(r, VECTORS));
    assert_int_equal(word(r, 0xe000ed08), VECTORS);
    rig_free(r);
}

static void the_application_finds_the_reset_state(void **state)
{
    (void)state;
    leaves_the_reset_state(H753);
    leaves_the_reset_state(H723);
}

/* ---- chips that are not as they should be ---- */

static void a_pll_that_does_not_lock(void **state)
{
    (void)state;
    struct rig *r = powered(H753);
    vboard_set_defect(r->board, VBOARD_DEFECT_PLL, true);
    run_to_application(r, 10 * S);
    expect_said(r, "<wrn> board: Supply, voltage or PLL is not ready: running at 64 MHz\r\n", true);
    assert_in_range(vboard_now_ns(r->board) / MS, 500, 900);
    rig_free(r);
}

static void a_hash_unit_that_fails_its_test(void **state)
{
    static const enum vboard_defect defects[] = {VBOARD_DEFECT_HASH_STUCK, VBOARD_DEFECT_HASH_BIT};
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(defects); i++) {
        struct rig *r = powered(H753);
        vboard_set_defect(r->board, defects[i], true);
        run_to_application(r, S);
        expect_said(r, "<wrn> board: HASH fails its test: the library hashes\r\n", true);
        rig_free(r);
    }
}

/* Run until the unit is in the midst of the image: it has passed its test, and is on for the second verdict. */
static void run_into_the_second_verdict(struct rig *r)
{
    assert_true(rig_run_until(r, "Image version", 0, S));
    assert_int_equal(word(r, HASH_BASE + 0x24) & 2, 0); /* no digest yet */
}

/* The library starts again from the image's beginning. */
static void a_hash_unit_that_gets_stuck(void **state)
{
    (void)state;
    struct rig *r = powered(H753);
    run_into_the_second_verdict(r);
    vboard_set_defect(r->board, VBOARD_DEFECT_HASH_STUCK, true);
    run_to_application(r, S);
    expect_said(r, "<wrn> hash_stm32h7: HASH does not answer: the library hashes\r\n", true);
    rig_free(r);
}

/* A wrong hash refuses the image, once: behind the next reset the unit fails its test. */
static void a_hash_unit_that_computes_a_wrong_hash(void **state)
{
    (void)state;
    struct rig *r = powered(H753);
    run_into_the_second_verdict(r);
    vboard_set_defect(r->board, VBOARD_DEFECT_HASH_BIT, true);
    assert_true(rig_run_until(r, "Unable to find bootable image", 0, S));
    expect_said(r, "Jumping", false);
    run_to_application(r, 40 * S);
    expect_said(r, "HASH fails its test", true);
    rig_free(r);
}

/* ---- the log ---- */

/* A fault while the ring is full of lines: all of them are printed, and the panic behind them. */
static void a_panic_prints_the_lines_before_it(void **state)
{
    static const char *const lines[] = {"*** Booting Slipway bootloader", "Reset: power",
                                        "Primary image:", "Swap type: none", "Panic: fault\r\n"};
    (void)state;
    struct rig *r = powered(H753);
    (void)vboard_run(r->board, 2 * MS, 0);
    expect_said(r, "Reset: power", false); /* not yet: some 20 bytes have left */
    vboard_set_cpu_reg(r->board, VBOARD_PC,
                       FLASH_BASE + SLOT1); /* where the MPU lets nothing run */
    (void)vboard_run(r->board, 100 * MS, 0);
    size_t from = 0;
    for (unsigned i = 0; i < ARRAY_LEN(lines); i++) {
        const char *at = strstr(r->console + from, lines[i]);
        if (at == NULL)
            fail_msg("no \"%s\" behind %u in:\n%s", lines[i], (unsigned)from, r->console);
        from = (size_t)(at - r->console);
    }
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_h753_boots_within_110_ms),
        cmocka_unit_test(the_h723_boots_within_180_ms),
        cmocka_unit_test(the_application_finds_the_reset_state),
        cmocka_unit_test(a_pll_that_does_not_lock),
        cmocka_unit_test(a_hash_unit_that_fails_its_test),
        cmocka_unit_test(a_hash_unit_that_gets_stuck),
        cmocka_unit_test(a_hash_unit_that_computes_a_wrong_hash),
        cmocka_unit_test(a_panic_prints_the_lines_before_it),
    };
    return cmocka_run_group_tests_name("boot", tests, NULL, NULL);
}
