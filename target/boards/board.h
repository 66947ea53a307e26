/* board.h - the seam between a product (target/boot/, examples/) and a board. A board is a folder that
 * implements this. Nothing here allocates; board_init is called once, first. */
#ifndef TARGET_BOARDS_BOARD_H
#define TARGET_BOARDS_BOARD_H

#include "core/base/compiler.h"
#include "core/base/err.h"
#include "core/flash/area.h"

struct board_info {
    const char *name; /* "nucleo_h753zi" */
    const struct partition_table *partitions;
};

enum board_reset_cause {
    BOARD_RESET_WATCHDOG,
    BOARD_RESET_POWER,
    BOARD_RESET_SOFTWARE,
    BOARD_RESET_PIN,
    BOARD_RESET_OTHER,
};

extern const struct board_info board;

/* Clocks, pins, console UART with interrupt-driven reception, tick, flash, log backend. */
void board_init(void);

/* Puts back what board_init enabled, so that the next program starts from the reset state of what it
 * uses; drains the console first. Interrupts are off afterwards. */
void board_deinit(void);

struct flash *board_flash(void);
/* Bus address of flash offset 0. */
uint32_t board_flash_base(void);
uint64_t board_uptime_us(void);
enum board_reset_cause board_reset_cause(void);
const char *board_reset_cause_text(enum board_reset_cause c);

/* Console. write blocks until the bytes are queued; read takes what has arrived, 0 if nothing. */
void board_console_write(const void *data, size_t len);
size_t board_console_read(void *dst, size_t cap);
/* Bytes lost to overrun since the last call. */
uint32_t board_console_lost(void);

/* Sleep until an interrupt. Returns at once if console bytes are waiting. */
void board_idle(void);

/* The watchdog cannot be stopped once started. timeout in ms is rounded up to what the hardware has. */
void board_watchdog_start(uint32_t timeout_ms);
void board_watchdog_feed(void);

NORETURN void board_reset(void);

/* RAM that no program uses for itself, so that it outlives the jump and every reset but a power-on, after
 * which it holds anything. What is in it, the bootloader and the application agree on. */
void *board_shared_data(size_t *size);

/* Where this program stands, bus address of its vectors. */
uint32_t board_program_start(void);

/* RAM that images may be loaded into: neither bootloader nor shared data are there. It executes nothing until
 * board_jump_to_ram: what is copied there is not judged yet. */
uint8_t *board_load_ram(uint32_t *size);

/* The user button, held or not. */
bool board_button(void);

/* A word for the program that starts behind the next reset; 0 if nothing was left. Taken once. */
void board_leave_boot_mode(uint32_t mode);
uint32_t board_take_boot_mode(void);

/* Leave this program for the one whose vector table is at bus address vectors. */
NORETURN void board_jump(uint32_t vectors);

/* The same for a program that was copied into the RAM of board_load_ram. */
NORETURN void board_jump_to_ram(uint32_t vectors);

/* Called for our own mistakes (asserts, unexpected faults): prints, waits for the watchdog. */
NORETURN void board_panic(const char *why);

#endif
