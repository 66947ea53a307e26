/* board.h - the interface of a board, for programs (target/boot/, target/app/, examples/).
 * target/boards/stm32h7/board.c implements it. board_init must be called once, before the other functions. */
#ifndef TARGET_BOARDS_BOARD_H
#define TARGET_BOARDS_BOARD_H

#include "core/base/compiler.h"
#include "core/base/date_time.h"
#include "core/base/err.h"
#include "core/crypto/hash.h"
#include "core/flash/area.h"

struct board_info {
    const char *name; /* "nucleo_h753zi" */
    const struct partition_table *partitions;
};

enum board_reset_cause {
    BOARD_RESET_WATCHDOG,
    BOARD_RESET_SOFTWARE,
    BOARD_RESET_POWER,
    BOARD_RESET_PIN,
    BOARD_RESET_OTHER,
    BOARD_RESET_WATCHDOG_OR_SOFTWARE, /* both have happened since the flags were cleared; not known which last */
};

extern const struct board_info board;

/* Clocks, pins, console UART with interrupt-driven reception, tick, flash, log backend. */
void board_init(void);

/* Drain the console, and put everything that board_init enabled back to its reset state, for the next program.
 * Interrupts are off afterwards. */
void board_deinit(void);

struct flash *board_flash(void);
/* Let it erase a bank that the program does not run from while the program goes on (flash_erase_begin), and tell which
 * words are virgin. */
void board_flash_erase_beside(void);
/* Does an erase in this area stop the program, because it runs from the same bank? Then bytes that the console receives
 * meanwhile are lost. */
bool board_erase_stalls(const struct flash_area *area);
/* The bank, from 1 on, that holds an offset of the flash device. */
unsigned board_flash_bank(uint32_t offset);
/* Bus address of flash offset 0. */
uint32_t board_flash_base(void);
uint64_t board_uptime_us(void);
enum board_reset_cause board_reset_cause(void);
const char *board_reset_cause_text(enum board_reset_cause c);

/* The console. write puts the bytes into a ring, from which an interrupt sends them, and blocks only while the ring is
 * full; a panic, a reset and a jump send what is left. read returns the number of bytes read, 0 if there are none. */
void board_console_write(const void *data, size_t len);
size_t board_console_read(void *dst, size_t cap);
/* Bytes that can arrive before the program must read again. */
uint32_t board_console_room(void);
/* Its speed in baud: that of the devicetree, which it has after board_init; can it have this one, to within 1 %; from now on
 * this one, once all that was written has left (ERR_INVAL: it has not changed; ERR_TIMEOUT: the USART does not start). */
uint32_t board_console_usual_speed(void);
bool board_console_has_speed(uint32_t baud);
MUST_CHECK enum err board_console_set_speed(uint32_t baud);
/* Receive errors since the last call (usart_lost). */
uint32_t board_console_lost(void);

/* Sleep until an interrupt. Returns at once if console bytes are waiting, or arrive. */
void board_idle(void);

/* Start the watchdog, which cannot be stopped. timeout_ms is rounded up to a multiple of 8 ms, at most 32768 ms. */
void board_watchdog_start(uint32_t timeout_ms);
void board_watchdog_feed(void);

NORETURN void board_reset(void);

/* RAM for data from the bootloader to the application (core/smp/server/boot_info.h). It survives the jump and every
 * reset except a power-on; after a power-on its content is undefined. */
void *board_shared_data(size_t *size);

/* Bus address of this program's flash region; its vector table is there. */
uint32_t board_program_start(void);

/* The RAM for RAM-load; bootloader and shared data are elsewhere. The MPU forbids execution there until
 * board_jump_to_ram, because the images in it are not verified yet. */
uint8_t *board_load_ram(uint32_t *size);

/* SHA-256 in hardware, from now on until the jump. NULL: the part has none, the configuration does without
 * (CONFIG_BOOT_HASH_UNIT), or it does not compute what the library does, which is logged. */
const struct sha256_unit *board_hash_unit(void);

/* The stack of the program, bytes: its size, and the most of it that was used since board_stack_paint, which is to be
 * called at the start of main, before board_init. */
void board_stack_paint(void);
uint32_t board_stack_size(void);
uint32_t board_stack_used(void);

/* The time of day, which goes on through resets. start: once after board_init; until the oscillator runs, which may
 * take 2 s after power-on, it cannot be set. Errors as in target/soc/stm32h7/rtc.h; ERR_STATE of read: not set yet. */
void board_clock_start(void);
MUST_CHECK enum err board_clock_read(struct date_time *t);
MUST_CHECK enum err board_clock_set(const struct date_time *t);

/* True if the user button is held. Resets the button's port, and stops its clock. */
bool board_button(void);
/* The same for an application, which may ask again and again: the port goes on, and its other pins stay as they are. */
bool board_button_poll(void);

/* Leave a boot mode for the program that starts after the next reset; take it there, once. 0: none was left. */
void board_leave_boot_mode(uint32_t mode);
uint32_t board_take_boot_mode(void);

/* Leave this program for the one whose vector table is at bus address vectors. */
NORETURN void board_jump(uint32_t vectors);

/* The same for a program that was copied into the RAM of board_load_ram. */
NORETURN void board_jump_to_ram(uint32_t vectors);

/* For unexpected faults and impossible states: log why, then wait for the watchdog to reset. */
NORETURN void board_panic(const char *why);

#endif
