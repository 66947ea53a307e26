/* What Zephyr's MCUboot and smp_svr touch from reset to the idle loop, in the order of the blocks, as it was seen on an
 * interpreter that wrote it down; and the bits that they wait for. Each of it must answer, without a finding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "vboard/vboard.h"

#define MS      1000000ull
#define RCC     0x58024400u
#define PWR     0x58024800u
#define USART3  0x40004800u
#define GPIOD   0x58020c00u
#define FLASH   0x52002000u
#define SYSTICK 0xe000e010u
#define NVIC    0xe000e100u
#define SCB     0xe000ed00u
#define MPU     0xe000ed90u
#define CACHE   0xe000ef00u

static struct vboard *v;
static char reports[4096];

static void on_report(void *ctx, const char *text)
{
    (void)ctx;
    size_t n = strlen(reports);
    snprintf(reports + n, sizeof reports - n, "%s\n", text);
}

static int set_up(void **state)
{
    const struct vboard_config config = {.seed = 1, .report = on_report};
    static const uint8_t loop[] = {0x00, 0x10, 0x00, 0x24, 0x09, 0x00, 0x00, 0x08, 0xfe, 0xe7};
    (void)state;
    reports[0] = '\0';
    v = vboard_new(&config);
    assert_non_null(v);
    vboard_flash_poke(v, 0, loop, sizeof loop);
    vboard_power_on(v);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    vboard_free(v);
    return 0;
}

static uint32_t get(uint32_t addr, unsigned size)
{
    uint8_t bytes[4] = {0};
    if (vboard_read(v, addr, bytes, size) != size)
        fail_msg("0x%08x is not read (%u bytes)", (unsigned)addr, size);
    return get_le32(bytes);
}

static void put(uint32_t addr, unsigned size, uint32_t value)
{
    uint8_t bytes[4];
    put_le32(bytes, value);
    if (vboard_write(v, addr, bytes, size) != size)
        fail_msg("0x%08x is not written (%u bytes)", (unsigned)addr, size);
}

/* The bits of mask must be set now, or within a millisecond. */
static void wait_for(uint32_t addr, uint32_t mask)
{
    if ((get(addr, 4) & mask) != mask)
        assert_int_equal(vboard_run(v, MS, 0).why, VBOARD_TIME);
    if ((get(addr, 4) & mask) != mask)
        fail_msg("0x%08x is 0x%08x: firmware waits for 0x%08x", (unsigned)addr,
                 (unsigned)get(addr, 4), (unsigned)mask);
}

static void clocks(void)
{
    put(RCC + 0xd4, 4, 1u << 16); /* AHB3ENR */
    put(RCC + 0xe0, 4, get(RCC + 0xe0, 4) | 1u << 3);
    put(RCC + 0xe8, 4, get(RCC + 0xe8, 4) | 1u << 18);
}

/* 96 MHz from the 8 MHz of the ST-LINK through PLL1. */
static void clocks_and_supply_become_ready(void **state)
{
    (void)state;
    put(PWR + 0x0c, 4, 0x2); /* LDO */
    wait_for(PWR + 0x04, 1u << 13);
    put(PWR + 0x18, 4, 3u << 14); /* VOS1 */
    wait_for(PWR + 0x18, 1u << 13);
    put(RCC, 4, get(RCC, 4) | 1u << 18 | 1u << 16);
    wait_for(RCC, 1u << 17);          /* HSERDY */
    put(RCC + 0x28, 4, 2u | 1u << 4); /* HSE / 1 */
    put(RCC + 0x2c, 4, 0x00070000 | 3u << 2);
    put(RCC + 0x30, 4, 3u << 24 | 3u << 16 | 1u << 9 | 23); /* 8 * 24 / 2 = 96 MHz */
    put(RCC, 4, get(RCC, 4) | 1u << 24);
    wait_for(RCC, 1u << 25); /* PLL1RDY */
    put(FLASH, 4, 0x22);
    assert_int_equal(get(FLASH, 4), 0x22);
    put(RCC + 0x18, 4, 0);
    put(RCC + 0x1c, 4, 0);
    put(RCC + 0x20, 4, 0);
    put(RCC + 0x10, 4, 3);
    wait_for(RCC + 0x10, 3u << 3); /* SWS follows */
    uint64_t before = vboard_instructions(v);
    assert_int_equal(vboard_run(v, MS, 0).why, VBOARD_TIME);
    assert_in_range(vboard_instructions(v) - before, 95900, 96100);
    assert_string_equal(reports, "");
}

static void console_comes_up(void **state)
{
    (void)state;
    clocks();
    put(GPIOD, 4, (get(GPIOD, 4) & ~(15u << 16)) | 10u << 16);
    for (uint32_t off = 0x04; off <= 0x0c; off += 4)
        put(GPIOD + off, 4, get(GPIOD + off, 4));
    put(GPIOD + 0x24, 4, get(GPIOD + 0x24, 4) | 0x77);
    put(USART3 + 0x04, 4, get(USART3 + 0x04, 4));
    put(USART3 + 0x0c, 4, 556);
    put(USART3, 4, get(USART3, 4) | 12);
    put(USART3, 4, get(USART3, 4) | 1);
    wait_for(USART3 + 0x1c, 3u << 21 | 1u << 7 | 1u << 6); /* TEACK, REACK, TXE, TC */
    put(USART3 + 0x20, 4, 0x40);
    put(USART3 + 0x28, 4, 'x');
    wait_for(USART3 + 0x1c, 1u << 6);
    (void)get(USART3 + 0x24, 4);
    assert_string_equal(reports, "");
}

static void flash_driver_starts(void **state)
{
    (void)state;
    assert_int_equal(get(0x1ff1e880, 2), 2048);
    for (uint32_t bank = 0; bank <= 0x100; bank += 0x100) {
        put(FLASH + bank + 0x04, 4, 0x45670123);
        put(FLASH + bank + 0x04, 4, 0xcdef89ab);
        assert_int_equal(get(FLASH + bank + 0x0c, 4) & 1, 0);
        put(FLASH + bank + 0x14, 4, 0x1fef0000);
        assert_int_equal(get(FLASH + bank + 0x10, 4), 0);
        put(FLASH + bank + 0x0c, 4, 1);
    }
    assert_string_equal(reports, "");
}

/* w: written, r: read, b: bytes. */
static const struct {
    uint32_t addr, last;
    const char *how;
    uint32_t value;
} core[] = {
    {SYSTICK + 0x4, SYSTICK + 0x4, "rw", 63999},
    {SYSTICK + 0x8, SYSTICK + 0x8, "rw", 0},
    {SYSTICK, SYSTICK, "rw", 7},
    {NVIC, NVIC + 0x1c, "w", 0},
    {NVIC + 0x80, NVIC + 0x9c, "w", 0xffffffff},
    {NVIC + 0x180, NVIC + 0x19c, "w", 0xffffffff},
    {NVIC + 0x300, NVIC + 0x395, "wb", 0x10},
    {SCB + 0x04, SCB + 0x04, "rw", 0},
    {SCB + 0x08, SCB + 0x08, "w", 0x08000000},
    {SCB + 0x10, SCB + 0x10, "w", 0},
    {SCB + 0x14, SCB + 0x14, "rw", 0x00040200},
    {SCB + 0x18, SCB + 0x1a, "wb", 0},
    {SCB + 0x1f, SCB + 0x1f, "wb", 0},
    {SCB + 0x22, SCB + 0x23, "wb", 0xe0},
    {SCB + 0x24, SCB + 0x24, "rw", 7u << 16},
    {SCB + 0x28, SCB + 0x28, "w", 0xffffffff},
    {SCB + 0x2c, SCB + 0x2c, "w", 0xffffffff},
    {SCB + 0x80, SCB + 0x80, "r", 0},
    {SCB + 0x84, SCB + 0x84, "w", 0},
    {SCB + 0x88, SCB + 0x88, "rw", 15u << 20},
    {MPU, MPU, "r", 0},
    {MPU + 0x04, MPU + 0x04, "w", 0},
    {MPU + 0x08, MPU + 0x08, "w", 0},
    {MPU + 0x0c, MPU + 0x0c, "w", 0x08000000},
    {MPU + 0x10, MPU + 0x10, "w", 0},
    {CACHE + 0x50, CACHE + 0x50, "w", 0},
    {CACHE + 0x60, CACHE + 0x60, "w", 0},
    {CACHE + 0x74, CACHE + 0x74, "w", 0},
};

static void core_registers_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof core / sizeof core[0]; i++) {
        unsigned size = strchr(core[i].how, 'b') != NULL ? 1 : 4;
        for (uint32_t a = core[i].addr; a <= core[i].last; a += size) {
            if (strchr(core[i].how, 'w') != NULL)
                put(a, size, core[i].value);
            if (strchr(core[i].how, 'r') != NULL)
                (void)get(a, size);
        }
    }
    assert_int_equal(vboard_run(v, MS / 2, 0).why, VBOARD_TIME);
    assert_string_equal(reports, "");
}

/* What later releases add, by their sources. */
static void later_releases_find_their_blocks(void **state)
{
    (void)state;
    put(RCC + 0xe0, 4, 1u << 25);
    put(RCC + 0xf4, 4, 1u << 1 | 1u << 16);
    put(RCC + 0xdc, 4, 1u << 6);
    put(RCC + 0xd8, 4, 1u << 15);
    assert_int_equal(get(0x58026480 + 4 * 3, 4), 0x80000300); /* HSEM 3, one step */
    put(0x58026400 + 4 * 3, 4, 0x300);
    put(0x5800042c, 4, get(0x5800042c, 4)); /* SYSCFG_PWRCR */
    assert_int_equal(get(0x5c001000, 4) & 0xfff, 0x450);
    put(0x5c001004, 4, 7);
    put(PWR, 4, get(PWR, 4) | 1u << 8); /* DBP */
    put(RCC + 0x70, 4, 1u | 1u << 8 | 1u << 15);
    wait_for(RCC + 0x70, 1u << 1); /* LSERDY */
    put(RCC + 0x74, 4, 1);
    wait_for(RCC + 0x74, 1u << 1); /* LSIRDY */
    put(0x58004050, 4, 0x12345678);
    assert_int_equal(get(0x58004050, 4), 0x12345678);
    put(RCC, 4, get(RCC, 4) | 1u << 12);
    wait_for(RCC, 1u << 13); /* HSI48RDY */
    put(0x48021800, 4, 4);
    wait_for(0x48021804, 1);
    (void)get(0x48021808, 4);
    (void)get(0x40028110, 4); /* ETH_MACVR */
    put(0x58004800, 4, 0xcccc);
    put(0x58004800, 4, 0x5555);
    put(0x58004804, 4, 6);
    put(0x58004808, 4, 0xfff);
    put(0x58004800, 4, 0xaaaa);
    assert_string_equal(reports, "");
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(clocks_and_supply_become_ready),
        T(console_comes_up),
        T(flash_driver_starts),
        T(core_registers_answer),
        T(later_releases_find_their_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
