/* Debuggers at the board: points, steps, memory without effect, and a run that is the same with and without. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "vboard/vboard.h"

#define CODE 0x08000040u
#define VAR  0x20000100u
#define MS   1000000ull

/* r1 = 0x20000100, then for ever: store, load, count. */
static const uint16_t program[] = {
    0xf240, 0x1100, /* 40: movw r1, #0x0100 */
    0xf2c2, 0x0100, /* 44: movt r1, #0x2000 */
    0x2000,         /* 48: movs r0, #0 */
    0x6008,         /* 4a: str r0, [r1] */
    0x684a,         /* 4c: ldr r2, [r1, #4] */
    0x3001,         /* 4e: adds r0, #1 */
    0xe7fb,         /* 50: b 4a */
};

static struct vboard *start(void)
{
    const struct vboard_config config = {.timing = VBOARD_TIMING_FAST, .seed = 1};
    struct vboard *v = vboard_new(&config);
    uint8_t bytes[0x60] = {0};
    assert_non_null(v);
    put_le32(bytes, 0x20000400);
    put_le32(bytes + 4, CODE | 1);
    for (unsigned i = 0; i < sizeof program / 2; i++)
        put_le16(bytes + 0x40 + 2 * i, program[i]);
    vboard_flash_poke(v, 0, bytes, sizeof bytes);
    vboard_power_on(v);
    return v;
}

static uint32_t pc(const struct vboard *v)
{
    return vboard_cpu_reg(v, VBOARD_PC);
}

static void several_breakpoints(void **state)
{
    static const uint32_t want[] = {0x08000048, 0x0800004a, 0x0800004e, 0x0800004a, 0x0800004e};
    struct vboard *v = start();
    (void)state;
    assert_true(vboard_point_add(v, VBOARD_POINT_CODE, 0x0800004e, 2));
    assert_true(
        vboard_point_add(v, VBOARD_POINT_CODE, 0x08000049, 2)); /* the Thumb bit is no harm */
    assert_true(vboard_point_add(v, VBOARD_POINT_CODE, 0x0800004a, 2));
    for (unsigned i = 0; i < sizeof want / sizeof want[0]; i++) {
        assert_int_equal(vboard_run(v, MS, 0).why, VBOARD_BREAKPOINT);
        assert_int_equal(pc(v), want[i]);
    }
    assert_true(vboard_point_remove(v, VBOARD_POINT_CODE, 0x0800004e, 2));
    assert_false(vboard_point_remove(v, VBOARD_POINT_CODE, 0x0800004e, 2));
    vboard_points_clear(v);
    assert_int_equal(vboard_run(v, MS, 0).why, VBOARD_TIME);
    vboard_free(v);
}

static void a_run_with_a_debugger_is_the_run_without(void **state)
{
    struct vboard *a = start(), *b = start();
    (void)state;
    assert_true(vboard_point_add(b, VBOARD_POINT_CODE, 0x0800004e, 2));
    assert_true(vboard_point_add(b, VBOARD_POINT_WRITE, VAR, 4));
    for (unsigned i = 0; i < 50; i++)
        (void)vboard_run(b, MS, i % 3 == 0 ? VBOARD_UNTIL_STEP : 0);
    vboard_points_clear(b);
    (void)vboard_run(a, MS, 0);
    (void)vboard_run(b, MS - vboard_now_ns(b), 0);
    assert_int_equal(vboard_now_ns(a), vboard_now_ns(b));
    assert_int_equal(vboard_instructions(a), vboard_instructions(b));
    for (unsigned r = 0; r < VBOARD_REGS; r++)
        assert_int_equal(vboard_cpu_reg(a, r), vboard_cpu_reg(b, r));
    vboard_free(a);
    vboard_free(b);
}

static void a_step_is_one_instruction(void **state)
{
    static const uint32_t want[] = {0x08000044, 0x08000048, 0x0800004a, 0x0800004c,
                                    0x0800004e, 0x08000050, 0x0800004a};
    struct vboard *v = start();
    (void)state;
    assert_true(vboard_point_add(v, VBOARD_POINT_CODE, 0x0800004c, 2)); /* a step passes it */
    for (unsigned i = 0; i < sizeof want / sizeof want[0]; i++) {
        assert_int_equal(vboard_run(v, MS, VBOARD_UNTIL_STEP).why, VBOARD_STEPPED);
        assert_int_equal(pc(v), want[i]);
    }
    assert_int_equal(vboard_instructions(v), 7);
    vboard_free(v);
}

static void watchpoints_tell_reads_from_writes(void **state)
{
    static const struct {
        enum vboard_point kind;
        uint32_t addr, len, next; /* of the instruction behind the access; 0: it does not stop */
    } rows[] = {
        {VBOARD_POINT_WRITE, VAR, 4, 0x0800004c},
        {VBOARD_POINT_READ, VAR, 4, 0},
        {VBOARD_POINT_ACCESS, VAR, 1, 0x0800004c},
        {VBOARD_POINT_WRITE, VAR + 4, 4, 0},
        {VBOARD_POINT_READ, VAR + 4, 4, 0x0800004e},
        {VBOARD_POINT_ACCESS, VAR + 7, 1, 0x0800004e},
        {VBOARD_POINT_ACCESS, VAR + 8, 4, 0},
        {VBOARD_POINT_WRITE, VAR - 16, 16, 0},
        {VBOARD_POINT_WRITE, VAR - 16, 17, 0x0800004c},
    };
    (void)state;
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct vboard *v = start();
        assert_true(vboard_point_add(v, rows[i].kind, rows[i].addr, rows[i].len));
        struct vboard_stop stop = vboard_run(v, MS, 0);
        assert_int_equal(stop.why, rows[i].next != 0 ? VBOARD_WATCHPOINT : VBOARD_TIME);
        if (rows[i].next != 0)
            assert_int_equal(stop.pc, rows[i].next);
        if (rows[i].next != 0)
            assert_true(stop.addr >= rows[i].addr && stop.addr - rows[i].addr < rows[i].len);
        vboard_free(v);
    }
}

static void points_have_limits(void **state)
{
    struct vboard *v = start();
    (void)state;
    assert_false(vboard_point_add(v, VBOARD_POINT_WRITE, VAR, 0));
    assert_false(vboard_point_add(v, VBOARD_POINT_WRITE, 0xfffffff0, 0x20));
    assert_false(vboard_point_add(v, VBOARD_POINT_READ, 0xe000ed00, 4));
    for (unsigned i = 0; i < VBOARD_POINTS; i++)
        assert_true(vboard_point_add(v, VBOARD_POINT_READ, VAR + 64 * i, 4));
    assert_false(vboard_point_add(v, VBOARD_POINT_READ, VAR, 4));
    vboard_free(v);
}

/* ---- memory ---- */

#define RCC_CR     0x58024400u
#define FLASH_KEYR 0x52002004u
#define FLASH_CR1  0x5200200cu
#define CPUID      0xe000ed00u

static uint32_t word(struct vboard *v, uint32_t addr)
{
    uint8_t b[4];
    assert_int_equal(vboard_read(v, addr, b, 4), 4);
    return get_le32(b);
}

static void memory_of_all_kinds(void **state)
{
    struct vboard *v = start();
    uint8_t bytes[64];
    (void)state;
    assert_int_equal(word(v, 0x08000004), CODE | 1);
    assert_int_equal(vboard_write(v, VAR + 1, "odd bytes", 9), 9);
    assert_int_equal(vboard_read(v, VAR + 1, bytes, 9), 9);
    assert_memory_equal(bytes, "odd bytes", 9);
    assert_int_equal(word(v, RCC_CR) & 5, 5); /* HSI on and ready */
    assert_int_equal(word(v, CPUID) >> 4 & 0xfff, 0xc27);
    assert_int_equal(vboard_read(v, 0x2001fff8, bytes, 64), 8); /* up to the end of DTCM */
    assert_int_equal(vboard_read(v, 0x90000000, bytes, 4), 0);
    assert_int_equal(vboard_write(v, 0x08000000, "no", 2), 0); /* flash is not written by stores */
    vboard_flash_spoil(v, 0x20);
    assert_int_equal(vboard_read(v, 0x08000000, bytes, 64), 32);
    vboard_free(v);
}

static void reading_a_register_has_no_effect(void **state)
{
    static const uint32_t keys[2] = {0x45670123, 0xcdef89ab};
    struct vboard *v = start();
    uint8_t b[4];
    (void)state;
    assert_int_equal(word(v, FLASH_CR1) & 1, 1);
    for (unsigned i = 0; i < 2; i++) {
        put_le32(b, keys[i]);
        assert_int_equal(vboard_write(v, FLASH_KEYR, b, 4), 4);
        uint64_t now = vboard_now_ns(v);
        (void)word(v, FLASH_CR1);
        (void)word(v, 0xe000e010); /* SysTick's COUNTFLAG would go */
        assert_int_equal(vboard_now_ns(v), now);
    }
    assert_int_equal(word(v, FLASH_CR1) & 1, 0); /* the keys did arrive, in order */
    vboard_free(v);
}

static void registers(void **state)
{
    struct vboard *v = start();
    (void)state;
    vboard_set_cpu_reg(v, VBOARD_PSP, 0x20000800);
    assert_int_equal(vboard_cpu_reg(v, VBOARD_MSP), 0x20000400);
    assert_int_equal(vboard_cpu_reg(v, VBOARD_SP), 0x20000400);
    vboard_set_cpu_reg(v, VBOARD_CONTROL, 2);
    assert_int_equal(vboard_cpu_reg(v, VBOARD_SP), 0x20000800);
    assert_int_equal(vboard_cpu_reg(v, VBOARD_MSP), 0x20000400);
    vboard_set_cpu_reg(v, VBOARD_MSP, 0x20000300);
    assert_int_equal(vboard_cpu_reg(v, VBOARD_SP), 0x20000800);
    vboard_set_cpu_reg(v, VBOARD_BASEPRI, 0x45);
    assert_int_equal(vboard_cpu_reg(v, VBOARD_BASEPRI), 0x40);
    vboard_set_cpu_reg(v, VBOARD_PRIMASK, 1);
    assert_int_equal(vboard_cpu_reg(v, VBOARD_PRIMASK), 1);
    vboard_set_cpu_reg(v, VBOARD_S0 + 31, 0x12345678);
    assert_int_equal(vboard_cpu_reg(v, VBOARD_S0 + 31), 0x12345678);
    assert_int_equal(vboard_cpu_reg(v, VBOARD_REGS), 0);
    vboard_free(v);
}

/* 40: dsb; r1 = 0x08020000; 4c: for ever str r0, [r1]; adds r1, #4 */
static const uint16_t storing[] = {0xf3bf, 0x8f4f, 0xf240, 0x0100, 0xf6c0,
                                   0x0102, 0x6008, 0x3104, 0xe7fc};

/* In flash, the controller's programming counts, not the store that asks for it. */
static void a_flash_word_is_watched(void **state)
{
    struct vboard *v = start();
    static const uint32_t writes[][2] = {
        {FLASH_KEYR, 0x45670123}, {FLASH_KEYR, 0xcdef89ab}, {FLASH_CR1, 0x32}};
    uint8_t b[4];
    (void)state;
    vboard_flash_poke(v, 0x40, storing, sizeof storing);
    vboard_set_cpu_reg(v, 0, 0x12345678);
    for (unsigned i = 0; i < 3; i++) {
        put_le32(b, writes[i][1]);
        assert_int_equal(vboard_write(v, writes[i][0], b, 4), 4);
    }
    assert_true(vboard_point_add(v, VBOARD_POINT_WRITE, 0x08020024, 4)); /* the second word */
    struct vboard_stop stop = vboard_run(v, 100 * MS, 0);
    assert_int_equal(stop.why, VBOARD_WATCHPOINT);
    assert_int_equal(stop.addr, 0x08020024);
    assert_non_null(strstr(stop.text, "flash at 0x08020020 was programmed"));
    assert_int_equal(word(v, 0x08020024), 0x12345678); /* it is done */
    assert_int_equal(vboard_operations(v), 2);
    vboard_free(v);
}

/* ---- the trace of calls ---- */

/* 40: bl 50; bl 50; b 44    50: push {lr}; bl 5a; pop {pc}    5a: movs r0, #7; bx lr */
static const uint16_t calling[] = {0xf000, 0xf806, 0xf000, 0xf804, 0xe7fc, 0xbf00, 0xbf00, 0xbf00,
                                   0xb500, 0xf000, 0xf802, 0xbd00, 0xbf00, 0x2007, 0x4770};

static void trace_of(char *text, size_t cap, const char *only)
{
    struct vboard *v = start(), *plain = start();
    FILE *f = fmemopen(text, cap, "w");
    assert_non_null(f);
    vboard_flash_poke(v, 0x40, calling, sizeof calling);
    vboard_flash_poke(plain, 0x40, calling, sizeof calling);
    vboard_trace_calls(v, f, only);
    (void)vboard_run(v, 400, 0);
    (void)vboard_run(plain, 400, 0);
    assert_int_equal(vboard_instructions(v), vboard_instructions(plain)); /* the run is the same */
    assert_int_equal(pc(v), pc(plain));
    vboard_free(v);
    vboard_free(plain);
    fclose(f);
}

static void calls_are_traced(void **state)
{
    static char text[4096];
    (void)state;
    trace_of(text, sizeof text, NULL);
    static const char want[] = "    0.000015 ms  > 0x08000050  from 0x08000040\n"
                               "    0.000046 ms    > 0x0800005a  from 0x08000052\n"
                               "    0.000078 ms    < 0x0800005a = 0x00000007  after 0.000032 ms\n"
                               "    0.000093 ms  < 0x08000050 = 0x00000007  after 0.000078 ms\n"
                               "    0.000109 ms  > 0x08000050  from 0x08000044\n";
    text[sizeof want - 1] = '\0';
    assert_string_equal(text, want);
    trace_of(text, sizeof text, "main,*5a");
    assert_memory_equal(text, "    0.000046 ms  > 0x0800005a", 29);
    assert_null(strstr(text, "> 0x08000050"));
}

/* 40: svc 0; b 40    50: bx lr */
static void exceptions_are_traced(void **state)
{
    static const uint16_t main_code[] = {0xdf00, 0xe7fd}, handler[] = {0xbf00, 0x4770};
    static char text[4096];
    struct vboard *v = start();
    FILE *f = fmemopen(text, sizeof text, "w");
    uint8_t vector[4];
    (void)state;
    put_le32(vector, 0x08000051);
    vboard_flash_poke(v, 0x40, main_code, sizeof main_code);
    vboard_flash_poke(v, 0x50, handler, sizeof handler);
    vboard_flash_poke(v, 4 * 11, vector, 4);
    vboard_trace_calls(v, f, NULL);
    (void)vboard_run(v, 300, 0);
    vboard_free(v);
    fclose(f);
    char *second = strstr(text, "! exception 11");
    assert_non_null(second);
    assert_non_null(strstr(text, "ms  < 0x080000")); /* it came back, */
    second = strstr(second + 1, "! exception 11");
    assert_non_null(second);
    assert_memory_equal(second - 4, "ms  ", 4); /* so the next is no deeper */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_breakpoints),
        cmocka_unit_test(a_run_with_a_debugger_is_the_run_without),
        cmocka_unit_test(a_step_is_one_instruction),
        cmocka_unit_test(watchpoints_tell_reads_from_writes),
        cmocka_unit_test(points_have_limits),
        cmocka_unit_test(memory_of_all_kinds),
        cmocka_unit_test(reading_a_register_has_no_effect),
        cmocka_unit_test(registers),
        cmocka_unit_test(a_flash_word_is_watched),
        cmocka_unit_test(calls_are_traced),
        cmocka_unit_test(exceptions_are_traced),
    };
    return cmocka_run_group_tests_name("debug", tests, NULL, NULL);
}
