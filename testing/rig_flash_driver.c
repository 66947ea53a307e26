#include "testing/rig_flash_driver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/log.h"
#include "testing/vboard/h753.h"
#include "vboard/native/native.h"

struct native rig_native;
struct stm32h7_flash rig_driver;
struct stm32h7_flash_config rig_config;
uint8_t rig_golden[RIG_SIZE];
char rig_log[4096];
uint32_t rig_sr[2];
unsigned rig_fed;
uint64_t (*rig_hook)(uintptr_t addr, bool write);
uint64_t rig_accesses;
size_t rig_longest_copy;

static size_t logged;

static void write_log(const char *text, size_t len)
{
    if (logged + len >= sizeof rig_log)
        return;
    memcpy(rig_log + logged, text, len);
    logged += len;
    rig_log[logged] = '\0';
}

static const struct log_backend backend = {.write = write_log, .level = LOG_LEVEL_INF};

/* The bus between driver and model. */
static uint32_t bus_read(void *ctx, uintptr_t addr, unsigned size)
{
    uint64_t answer = rig_hook != NULL ? rig_hook(addr, false) : RIG_PASS;
    (void)ctx;
    rig_accesses++;
    if (answer != RIG_PASS)
        return (uint32_t)answer;
    uint32_t value = rig_native.bus.read(&rig_native, addr, size);
    if (addr == H7_FLASH_REGS + 0x10 || addr == H7_FLASH_REGS + 0x110)
        rig_sr[addr >> 8 & 1] |= value;
    return value;
}

static void bus_write(void *ctx, uintptr_t addr, unsigned size, uint32_t value)
{
    (void)ctx;
    if (rig_hook != NULL)
        (void)rig_hook(addr, true);
    rig_accesses++;
    rig_native.bus.write(&rig_native, addr, size, value);
}

static void bus_dsb(void *ctx)
{
    (void)ctx;
    rig_native.bus.dsb(&rig_native);
}

static bool bus_copy(void *ctx, void *dst, uintptr_t src, size_t len)
{
    (void)ctx;
    if (rig_hook != NULL)
        (void)rig_hook(src, false);
    if (len > rig_longest_copy)
        rig_longest_copy = len;
    return rig_native.bus.copy_tolerant(&rig_native, dst, src, len);
}

static const struct mmio_bus bus = {NULL, bus_read, bus_write, bus_dsb, bus_copy};

static void feed(void)
{
    rig_fed++;
}

void rig_forget(void)
{
    logged = 0;
    rig_log[0] = '\0';
    rig_sr[0] = rig_sr[1] = 0;
    rig_fed = 0;
    rig_accesses = 0;
    rig_longest_copy = 0;
    native_forget(&rig_native);
}

void rig_start(const struct stm32h7_flash_steps *steps)
{
    native_init(&rig_native, &soc_stm32h753, VBOARD_TIMING_FAST, 1);
    mmio_attach(&bus);
    log_set_backend(&backend);
    rig_hook = NULL;
    memset(rig_golden, 0xff, sizeof rig_golden);
    /* The bus takes 100 ns an access: 10 polls a microsecond, at most. */
    rig_config = (struct stm32h7_flash_config){.soc = &soc_stm32h753,
                                               .size = RIG_SIZE,
                                               .polls_per_us = 16,
                                               .feed = feed,
                                               .steps = steps,
                                               .program_start = H7_FLASH_BASE + RIG_SECTOR,
                                               .program_size = RIG_BANK2 - RIG_SECTOR};
    rig_forget();
    assert_int_equal(stm32h7_flash_init(&rig_driver, &rig_config), ERR_OK);
    stm32h7_flash_erase_beside(&rig_driver.flash);
}

void rig_poke(uint32_t off, uint32_t len)
{
    h7_flash_poke(&rig_native.flash, off, rig_golden + off, len);
}

void rig_fill(void *dst, size_t len, uint32_t seed)
{
    uint8_t *p = dst;
    uint32_t x = seed * 2654435761u + 1;
    for (size_t i = 0; i < len; i++) {
        x = x * 1664525u + 1013904223u;
        p[i] = (uint8_t)(x >> 24 & 0x7f); /* never 0xff */
    }
}

bool rig_same(uint32_t *at)
{
    static uint8_t have[RIG_SIZE];
    if (h7_flash_peek(&rig_native.flash, 0, have, sizeof have) &&
        memcmp(have, rig_golden, sizeof have) == 0)
        return true;
    for (*at = 0; *at < RIG_SIZE - 1 && have[*at] == rig_golden[*at]; ++*at) {
    }
    return false;
}

void rig_check(void)
{
    uint32_t at = 0;
    if (!rig_same(&at))
        fail_msg("flash differs from the golden image, first at 0x%06x", at);
    for (unsigned b = 0; b < 2; b++) {
        const struct h7_flash_bank *bank = &rig_native.flash.bank[b];
        if (bank->cr != (H7_CR_LOCK | H7_CR_PSIZE))
            fail_msg("CR%u is 0x%08x after the call", b + 1, bank->cr);
        if (bank->sr != 0)
            fail_msg("SR%u is 0x%08x after the call", b + 1, bank->sr);
        assert_int_equal(bank->buf_mask, 0);
    }
    if (rig_native.lint_count != 0)
        fail_msg("lint %s at 0x%08x: %s", rig_native.lint[0].rule, rig_native.lint[0].addr,
                 rig_native.lint[0].text);
    if (rig_native.bus_faults != 0)
        fail_msg("bus fault at 0x%08x", rig_native.fault_addr);
}
