/* board.c - target/boards/board.h for boards with an STM32H7: clocks, SysTick, flash, button of pins.h. The console is
 * in console.c. */
#include "target/boards/board.h"

#include "autoconf.h"
#include "board_pins.h"
#include "core/base/bytes.h"
#include "core/base/log.h"
#include "core/base/mmio.h"
#include "core/base/product.h"
#include "core/soc/soc.h"
#include "target/boards/devicetree.h"
#include "target/boards/stm32h7/console.h"
#include "target/soc/stm32h7/cache.h"
#include "target/soc/stm32h7/clock.h"
#include "target/soc/stm32h7/flash/flash.h"
#include "target/soc/stm32h7/gpio.h"
#include "target/soc/stm32h7/hash.h"
#include "target/soc/stm32h7/interrupts.h"
#include "target/soc/stm32h7/iwdg.h"
#include "target/soc/stm32h7/mpu.h"
#include "target/soc/stm32h7/nvic.h"
#include "target/soc/stm32h7/rcc.h"
#include "target/soc/stm32h7/systick.h"

#define LOG_MODULE "board"

const struct board_info board = {
    .name = BOARD_NAME,
    .partitions = &board_partitions,
};

/* From the linker script: the flash region of this program. The address of a ..._size is the size. */
extern uint8_t program_start[], program_size[];

static struct stm32h7_flash flash;
static struct stm32h7_flash_config flash_config;
static enum board_reset_cause reset_cause;
static uint32_t core_hz = RCC_HSI_HZ;

void systick_handler(void)
{
    systick_interrupt();
}

/* First match wins. A reset by the watchdog or by software also pulls the reset pin; and it is younger than a power-on,
 * which clears the flags of all resets before it. (Not a brownout: behind a reset whose flag was left, it is not seen.) */
static const uint32_t cause_flags[BOARD_RESET_OTHER] = {
    [BOARD_RESET_WATCHDOG] = RCC_RESET_IWDG | RCC_RESET_WWDG,
    [BOARD_RESET_SOFTWARE] = RCC_RESET_SOFTWARE,
    [BOARD_RESET_POWER] = RCC_RESET_POWER | RCC_RESET_BROWNOUT,
    [BOARD_RESET_PIN] = RCC_RESET_PIN,
};

/* The bootloader is the program at the start of flash. */
static bool is_bootloader(void)
{
    return (uintptr_t)&vectors == devicetree.flash_base;
}

/* The flags in RSR add up until they are cleared. The application needs them, too, so the bootloader does not clear
 * them; and there are applications that do not either (Zephyr's). */
static void read_reset_cause(void)
{
    uint32_t flags = rcc_reset_flags();
    unsigned i = 0;
    while (i < BOARD_RESET_OTHER && (flags & cause_flags[i]) == 0)
        i++;
    if (i == BOARD_RESET_WATCHDOG && (flags & RCC_RESET_SOFTWARE) != 0)
        i = BOARD_RESET_WATCHDOG_OR_SOFTWARE;
    reset_cause = (enum board_reset_cause)i;
    if (!is_bootloader())
        rcc_clear_reset_flags();
}

static void write_log(const char *text, size_t len)
{
    board_console_write(text, len);
}

static const struct log_backend log_to_console = {systick_uptime_us, write_log,
                                                  CONFIG_LOG_DEFAULT_LEVEL};

/* What a boot needs for a short time only; an application gets clocks and caches as a reset leaves them. The caches
 * are on before the clock rises, so that the wait for the PLL already runs from them. After mpu_run_only, which says
 * what the D-cache may hold. */
static void speed_up(void)
{
    cache_data_on(soc_built->cache);
    if (product.fast_clock)
        core_hz = clock_run_fast(&soc_built->clocks);
}

/* Sleep until the running millisecond is over. Other interrupts wake the core, too; masked ones as long as they are
 * pending: then this is a loop of reads. */
static void rest(void)
{
    (void)systick_is_over();
    do
        core_sleep();
    while (!systick_is_over());
}

static void report_speed(void)
{
    if (is_bootloader() && product.fast_clock && core_hz == RCC_HSI_HZ)
        LOG_WRN("Supply, voltage or PLL is not ready: running at 64 MHz");
}

void board_init(void)
{
    read_reset_cause();
    mpu_guard_system_flash(&soc_built->system_flash);
    if (is_bootloader())
        mpu_run_only(devicetree.flash_base, devicetree.flash_size, (uint32_t)program_start,
                     (uint32_t)program_size);
    cache_instructions_on();
    if (is_bootloader())
        speed_up();
    systick_start(core_hz);
    enum err e = console_start();
    log_set_backend(&log_to_console);
    interrupts_unmask(); /* MCUboot jumps with PRIMASK set */
    report_speed();
    flash_config = (struct stm32h7_flash_config){.soc = soc_built,
                                                 .size = devicetree.flash_size,
                                                 .polls_per_us = core_hz / 4 / 1000000u,
                                                 .rest = rest,
                                                 .feed = iwdg_feed,
                                                 .steps = stm32h7_flash_steps_built};
    if (e != ERR_OK)
        board_panic("console");
    if (stm32h7_flash_init(&flash, &flash_config) != ERR_OK)
        board_panic("flash");
}

/* In the reverse order of board_init. The watchdog cannot be stopped. */
void board_deinit(void)
{
    console_drain();
    interrupts_mask();
    log_set_backend(NULL);
    if (soc_built->hash)
        hash_stop();
    console_stop();
    systick_stop();
    nvic_quiet();
    cache_data_off(soc_built->cache);
    cache_instructions_off();
    mpu_off();
    clock_reset();
}

struct flash *board_flash(void)
{
    return &flash.flash;
}

uint32_t board_flash_base(void)
{
    return devicetree.flash_base;
}

unsigned board_flash_bank(uint32_t offset)
{
    return 1 + offset / soc_built->flash.bank_size;
}

uint64_t board_uptime_us(void)
{
    return systick_uptime_us();
}

enum board_reset_cause board_reset_cause(void)
{
    return reset_cause;
}

const char *board_reset_cause_text(enum board_reset_cause c)
{
    static const char *const names[] = {
        [BOARD_RESET_WATCHDOG] = "watchdog",
        [BOARD_RESET_POWER] = "power",
        [BOARD_RESET_SOFTWARE] = "software",
        [BOARD_RESET_PIN] = "pin",
        [BOARD_RESET_OTHER] = "other",
        [BOARD_RESET_WATCHDOG_OR_SOFTWARE] = "watchdog or software",
    };
    return names[c];
}

void board_watchdog_start(uint32_t timeout_ms)
{
    iwdg_start(timeout_ms);
}

void board_watchdog_feed(void)
{
    iwdg_feed();
}

/* Clear the reset flags, so that the next program sees this reset only. */
void board_reset(void)
{
    console_drain();
    rcc_clear_reset_flags();
    core_reset();
}

const struct sha256_unit *board_hash_unit(void)
{
    if (!product.hash_unit || !soc_built->hash)
        return NULL;
    if (!hash_start()) {
        LOG_WRN("This chip has no HASH unit: the library hashes");
        return NULL;
    }
    if (sha256_unit_agrees(&hash_unit))
        return &hash_unit;
    LOG_WRN("HASH fails its test: the library hashes");
    return NULL;
}

bool board_button(void)
{
    rcc_enable(&BUTTON_PORT_CLOCK);
    bool held = gpio_read(BUTTON_PORT, BUTTON) == BUTTON_HELD;
    rcc_disable(&BUTTON_PORT_CLOCK);
    return held;
}

uint32_t board_program_start(void)
{
    return (uint32_t)program_start;
}

extern uint8_t load_ram[], load_ram_size[];

uint8_t *board_load_ram(uint32_t *size)
{
    mpu_no_fetches((uint32_t)load_ram, (uint32_t)load_ram_size);
    *size = (uint32_t)load_ram_size;
    return load_ram;
}

extern uint8_t shared_data[], shared_data_size[];
extern uint8_t boot_mode[]; /* four words */

void *board_shared_data(size_t *size)
{
    *size = (size_t)shared_data_size;
    return shared_data;
}

#define BOOT_MODE_MAGIC 0xb007a11eu

/* One more word is written behind the three: with ECC, the last store may stay in a buffer that a reset drops, until
 * the next store [AN5342]. */
void board_leave_boot_mode(uint32_t mode)
{
    const uint32_t words[] = {mode, ~mode, BOOT_MODE_MAGIC, 0};
    for (unsigned i = 0; i < ARRAY_LEN(words); i++)
        mmio_write32((uintptr_t)boot_mode + 4 * i, words[i]);
    mmio_dsb();
}

uint32_t board_take_boot_mode(void)
{
    uintptr_t at = (uintptr_t)boot_mode;
    uint32_t mode = mmio_read32(at);
    bool good = mmio_read32(at + 8) == BOOT_MODE_MAGIC && mmio_read32(at + 4) == ~mode;
    mmio_write32(at + 8, 0);
    return good ? mode : 0;
}

static bool in_range(uint32_t v, uint32_t base, uint32_t size)
{
    return v - base < size;
}

static bool in_ram(uint32_t v, enum soc_ram ram)
{
    return in_range(v, soc_built->ram[ram].base, soc_built->ram[ram].size);
}

/* A stack pointer may point just behind the end of the RAM, since the stack grows down. */
static bool stack_plausible(uint32_t sp)
{
    return is_multiple(sp, 8) && (in_ram(sp - 8, SOC_DTCM) || in_ram(sp - 8, SOC_AXI_SRAM));
}

static NORETURN void jump(uint32_t table, uint32_t memory, uint32_t size)
{
    uint32_t stack = mmio_read32(table), entry = mmio_read32(table + 4);
    if (!stack_plausible(stack) || (entry & 1) == 0 || !in_range(entry, memory, size)) {
        LOG_ERR("Vector table at 0x%08x: SP 0x%08x, PC 0x%08x", (unsigned)table, (unsigned)stack,
                (unsigned)entry);
        board_panic("vector table");
    }
    board_deinit();
    core_enter(table, stack, entry);
}

void board_jump(uint32_t table)
{
    jump(table, devicetree.flash_base, devicetree.flash_size);
}

void board_jump_to_ram(uint32_t table)
{
    jump(table, (uint32_t)load_ram, (uint32_t)load_ram_size);
}

/* Start the watchdog in case it does not run yet, so that a board in the field resets. */
void board_panic(const char *why)
{
    LOG_ERR("Panic: %s", why);
    console_drain();
    interrupts_mask();
    iwdg_start(1000);
    for (;;) {
    }
}
