/* rig_bootloader.h - a virtual board with a bootloader and no application, and its console: for tests of which image
 * runs. What goes wrong here ends the program with a message. */
#ifndef TESTING_SYSTEM_RIG_BOOTLOADER_H
#define TESTING_SYSTEM_RIG_BOOTLOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/compiler.h"
#include "vboard/vboard.h"

#define BARE_NOTHING_TO_BOOT "Unable to find bootable image"

/* What a board has printed. What no longer fits is dropped. */
struct bare_console {
    char text[16384]; /* ends with a NUL */
    size_t len;
};
void bare_console_clear(struct bare_console *c);
/* For vboard_config.uart_tx, with the console as ctx. */
void bare_console_put(void *console, uint8_t byte);

struct bare {
    char name[40]; /* for messages */
    struct vboard *board;
    struct bare_console console; /* since the last boot began */
};

/* A board, off, with the bootloader of the ELF file at path and erased slots. b must stay where it is. */
void bare_open(struct bare *b, const char *name, const char *path);
void bare_close(struct bare *b);

/* Power on, the stack painted and the console empty. */
void bare_power_on(struct bare *b);

/* The same, and run: true if the bootloader jumps into slot0 of the default layout, false if it says that there is
 * nothing to boot. */
bool bare_boot(struct bare *b);

/* The deepest that the stack has been since the boot began, and what it has; bytes. */
uint32_t bare_stack(struct bare *b);
uint32_t bare_stack_size(const struct bare *b);

/* Ends the program. */
NORETURN void bare_give_up(const char *name, const char *why);

#endif
