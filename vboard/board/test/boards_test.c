/* The boards by name, and what the NUCLEO-H723ZG has other than the NUCLEO-H753ZI. */
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/soc/soc.h"
#include "testing/vboard/rig_registers.h"

#define FLASH  0x52002000u
#define RCC    0x58024400u
#define PWR    0x58024800u
#define SYSCFG 0x58000400u

static void start(const char *board)
{
    rig_v = rig_looping_board(board, 0);
    rig_reports[0] = '\0';
}

static bool is_there(uint32_t addr)
{
    uint8_t byte;
    return vboard_read(rig_v, addr, &byte, 1) == 1;
}

static void a_board_is_found_by_name_and_by_part(void **state)
{
    const struct vboard_config none = {.board = "nucleo_h743zi"};
    (void)state;
    assert_string_equal(vboard_board_name(0), "nucleo_h753zi");
    assert_string_equal(vboard_board_name(1), "nucleo_h723zg");
    assert_null(vboard_board_name(2));
    assert_string_equal(vboard_board_with("stm32h723"), "nucleo_h723zg");
    assert_null(vboard_board_with("stm32h7a3"));
    assert_ptr_equal(vboard_board_soc("nucleo_h723zg"), &soc_stm32h723);
    assert_ptr_equal(vboard_board_soc(NULL), &soc_stm32h753);
    assert_null(vboard_board_soc("stm32h723"));
    assert_null(vboard_new(&none));
    start(NULL);
    assert_string_equal(vboard_name(rig_v), "nucleo_h753zi");
}

static void memories_are_those_of_the_part(void **state)
{
    (void)state;
    start("nucleo_h723zg");
    assert_true(is_there(0x080fffff));
    assert_false(is_there(0x08100000));
    assert_true(is_there(0x2404ffff));
    assert_false(is_there(0x24050000));
    assert_int_equal(rig_get(0x5c001000) & 0xfff, 0x483);
    assert_int_equal(rig_get(0x1ff1e880) & 0xffff, 1024);
    rig_put(RCC + 0xdc, 3u << 29); /* the clocks of SRAM1 and SRAM2 */
    assert_true(is_there(0x30007fff));
    assert_false(is_there(0x30008000));
    assert_false(is_there(0x30040000));
    assert_true(is_there(0x38003fff));
    assert_false(is_there(0x38004000));
    assert_false(is_there(0x48021400)); /* HASH */
    assert_string_equal(rig_reports, "");
}

static uint64_t instructions_in_a_ms(void)
{
    uint64_t before = vboard_instructions(rig_v);
    assert_int_equal(vboard_run(rig_v, 1000000, 0).why, VBOARD_TIME);
    return vboard_instructions(rig_v) - before;
}

/* From ITCM the core goes on; from flash it waits for the end. */
static void code_in_ITCM_runs_while_its_bank_is_erased(void **state)
{
    static const uint8_t loop[] = {0xfe, 0xe7};
    (void)state;
    start("nucleo_h723zg");
    assert_int_equal(vboard_write(rig_v, 0x100, loop, 2), 2);
    rig_put(FLASH + 0x04, 0x45670123);
    rig_put(FLASH + 0x04, 0xcdef89ab);
    rig_put(FLASH + 0x0c, 0x7b4); /* sector 7 */
    assert_true(instructions_in_a_ms() < 10);
    vboard_set_cpu_reg(rig_v, VBOARD_PC, 0x100);
    assert_int_equal(vboard_run(rig_v, 2000000000, 0).why, VBOARD_TIME);
    rig_put(FLASH + 0x0c, 0x7b4);
    assert_in_range(instructions_in_a_ms(), 63990, 64010);
    assert_int_equal(rig_get(FLASH + 0x10) & 4, 4); /* QW */
}

static void the_core_is_wired_as_in_the_part(void **state)
{
    static const struct {
        const char *board;
        uint32_t iser4, iser5, sets;
    } rows[] = {{"nucleo_h753zi", 0x003fffff, 0, 128}, {"nucleo_h723zg", 0xffffffff, 7, 256}};
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        start(rows[i].board);
        for (uint32_t word = 4; word <= 5; word++)
            rig_put(0xe000e100 + 4 * word, 0xffffffff);
        assert_int_equal(rig_get(0xe000e110), rows[i].iser4);
        assert_int_equal(rig_get(0xe000e114), rows[i].iser5);
        rig_put(0xe000ed84, 0); /* the D-cache */
        assert_int_equal((rig_get(0xe000ed80) >> 13 & 0x7fff) + 1, rows[i].sets);
        rig_registers_end(NULL);
    }
}

static void an_access_to_bank_2_is_told_in_words(void **state)
{
    (void)state;
    start("nucleo_h723zg");
    rig_put(FLASH + 0x10c, 1);
    assert_int_equal(vboard_lint_count(rig_v), 1);
    assert_non_null(strstr(rig_reports, "lint M21"));
    assert_non_null(strstr(rig_reports, "a register of bank 2, and this part has one bank"));
    assert_non_null(strstr(rig_reports, "0x5200210c; RM0468 FLASH registers"));
}

/* 550 MHz, from the 8 MHz of the ST-LINK: M4, N275, P1, AXI at half of it. code: of PWR_D3CR.VOS. */
static void clocks_up(unsigned code, uint32_t acr)
{
    rig_put(PWR + 0x0c, 0x2);
    rig_put(PWR + 0x18, code << 14);
    assert_int_equal(vboard_run(rig_v, 1000000, 0).why, VBOARD_TIME);
    rig_put(RCC, rig_get(RCC) | 1u << 18 | 1u << 16);
    rig_put(RCC + 0x28, 2u | 4u << 4);
    rig_put(RCC + 0x2c, 0x00010000 | 1u << 2);
    rig_put(RCC + 0x30, 274);
    rig_put(RCC, rig_get(RCC) | 1u << 24);
    assert_int_equal(vboard_run(rig_v, 1000000, 0).why, VBOARD_TIME);
    rig_put(FLASH, acr);
    rig_put(RCC + 0x18, 0x048);
    rig_put(RCC + 0x1c, 0x440);
    rig_put(RCC + 0x20, 0x040);
    rig_put(RCC + 0x10, 3);
}

static void boost(void)
{
    rig_put(FLASH + 0x08, 0x08192a3b);
    rig_put(FLASH + 0x08, 0x4c5d6e7f);
    rig_put(FLASH + 0x74, 4);
    rig_put(FLASH + 0x18, 2);
    assert_int_equal(vboard_run(rig_v, 400000000, 0).why, VBOARD_TIME);
    assert_int_equal(rig_get(FLASH + 0x70), 4);
}

static void VOS0_is_a_code_of_its_own_and_runs_550_MHz(void **state)
{
    (void)state;
    start("nucleo_h723zg");
    boost();
    clocks_up(0, 0x33);
    uint64_t before = vboard_instructions(rig_v);
    assert_int_equal(vboard_run(rig_v, 1000000, 0).why, VBOARD_TIME);
    assert_in_range(vboard_instructions(rig_v) - before, 549900, 550100);
    assert_string_equal(rig_reports, "");
}

static void what_550_MHz_need_is_checked(void **state)
{
    static const struct {
        bool boosted;
        unsigned code;
        uint32_t acr;
        const char *lint;
    } rows[] = {
        {false, 0, 0x33, "lint PWR3"}, /* ECC of the TCMs */
        {true, 3, 0x33, "lint PWR2"},  /* VOS1 */
        {true, 0, 0x32, "lint ACR1"},  /* latency 2 */
        {true, 0, 0x23, "lint ACR1"},  /* WRHIGHFREQ 2 */
    };
    (void)state;
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        start("nucleo_h723zg");
        if (rows[i].boosted)
            boost();
        clocks_up(rows[i].code, rows[i].acr);
        assert_non_null(strstr(rig_reports, rows[i].lint));
        rig_registers_end(NULL);
    }
}

static void there_is_no_overdrive(void **state)
{
    (void)state;
    start("nucleo_h723zg");
    rig_put(RCC + 0xf4, rig_get(RCC + 0xf4) | 2);
    assert_false(is_there(SYSCFG + 0x2c));
    rig_registers_end(NULL);
    start("nucleo_h753zi");
    rig_put(RCC + 0xf4, rig_get(RCC + 0xf4) | 2);
    assert_true(is_there(SYSCFG + 0x2c));
}

static void a_copy_is_of_the_same_board(void **state)
{
    const struct vboard_config config = {.seed = 1};
    (void)state;
    start("nucleo_h723zg");
    struct vboard *copy = vboard_new(&config);
    vboard_copy(copy, rig_v);
    assert_string_equal(vboard_name(copy), "nucleo_h723zg");
    assert_ptr_equal(vboard_soc(copy), &soc_stm32h723);
    vboard_free(copy);
}

static void option_bytes_are_in_the_flash_file(void **state)
{
    (void)state;
    start("nucleo_h723zg");
    boost();
    assert_int_equal(vboard_flash_save(rig_v, "boards_test.flash"), ERR_OK);
    assert_string_equal(vboard_board_of_flash("boards_test.flash"), "nucleo_h723zg");
    rig_registers_end(NULL);
    start("nucleo_h753zi");
    assert_int_equal(vboard_flash_load(rig_v, "boards_test.flash"), ERR_FORMAT);
    assert_int_equal(vboard_flash_save(rig_v, "boards_test.other"), ERR_OK);
    assert_string_equal(vboard_board_of_flash("boards_test.other"), "nucleo_h753zi");
    rig_registers_end(NULL);
    start("nucleo_h723zg");
    assert_int_equal(rig_get(FLASH + 0x70), 0);
    assert_int_equal(vboard_flash_load(rig_v, "boards_test.flash"), ERR_OK);
    assert_int_equal(rig_get(FLASH + 0x70), 4);
    remove("boards_test.flash");
    remove("boards_test.other");
    assert_null(vboard_board_of_flash("boards_test.flash"));
}

/* ---- programs for another part ---- */

#define PROGRAM_SIZE 2048u

static void write_program(const char *path, const char *mark, size_t header)
{
    uint8_t program[PROGRAM_SIZE];
    memset(program, 0, sizeof program);
    if (header > 0) {
        put_le32(program, 0x96f3b83d);
        put_le16(program + 8, (uint16_t)header);
    }
    if (mark[0] != '\0')
        snprintf((char *)program + header + SOC_MARK_AT, SOC_MARK_SIZE, "%s", mark);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(program, 1, sizeof program, f), sizeof program);
    fclose(f);
}

static void a_program_for_another_part_is_refused(void **state)
{
    static const struct {
        const char *mark;
        size_t header;
        enum err want;
    } rows[] = {
        {"SOC:stm32h723", 0, ERR_OK},
        {"SOC:stm32h723", 0x400, ERR_OK},
        {"SOC:stm32h753", 0, ERR_ACCESS},
        {"SOC:stm32h753", 0x400, ERR_ACCESS},
        {"SOC:stm32h7a3", 0, ERR_ACCESS},
        {"", 0, ERR_OK},
        {"soc:stm32h753", 0, ERR_OK},
        {"", PROGRAM_SIZE - 16, ERR_OK}, /* ends before the mark */
    };
    char why[300], name[VBOARD_PART_MAX];
    (void)state;
    start("nucleo_h723zg");
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        write_program("boards_test.bin", rows[i].mark, rows[i].header);
        assert_int_equal(vboard_load(rig_v, "boards_test.bin", 0x08020000, why, sizeof why),
                         rows[i].want);
        const char *part = vboard_part_of_file("boards_test.bin", 0x08020000, name);
        if (rows[i].mark[0] == 'S')
            assert_string_equal(part, rows[i].mark + 4);
        else
            assert_null(part);
    }
    write_program("boards_test.bin", "SOC:stm32h753", 0);
    uint8_t before[32], after[32];
    assert_true(vboard_flash_peek(rig_v, 0x20000, before, 32));
    assert_int_equal(vboard_load(rig_v, "boards_test.bin", 0x08020000, why, sizeof why),
                     ERR_ACCESS);
    assert_true(vboard_flash_peek(rig_v, 0x20000, after, 32));
    assert_memory_equal(before, after, 32);
    assert_non_null(strstr(why, "built for the stm32h753"));
    assert_non_null(strstr(why, "NUCLEO-H723ZG has an stm32h723"));
    assert_non_null(strstr(why, "there is a board nucleo_h753zi"));
    remove("boards_test.bin");
    assert_null(vboard_part_of_file("boards_test.bin", 0x08020000, name));
}

#define T(f) cmocka_unit_test_teardown(f, rig_registers_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_board_is_found_by_name_and_by_part),
        T(memories_are_those_of_the_part),
        T(code_in_ITCM_runs_while_its_bank_is_erased),
        T(the_core_is_wired_as_in_the_part),
        T(an_access_to_bank_2_is_told_in_words),
        T(VOS0_is_a_code_of_its_own_and_runs_550_MHz),
        T(what_550_MHz_need_is_checked),
        T(there_is_no_overdrive),
        T(a_copy_is_of_the_same_board),
        T(option_bytes_are_in_the_flash_file),
        T(a_program_for_another_part_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
