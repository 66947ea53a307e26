#include "testing/system/rig_bootloader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND     UINT64_C(1000000000)
#define SLOT0      0x08020000u /* of the default layout, in the core's memory map */
#define SLOT0_END  0x08100000u
#define BOOT_STEPS 12000u /* of 10 ms: 120 s of the board's time */
#define PAINT      0xa5u
#define STACK_MAX  0x10000u

void bare_give_up(const char *name, const char *why)
{
    fprintf(stderr, "%s: %s\n", name, why);
    exit(1);
}

void bare_console_clear(struct bare_console *c)
{
    c->len = 0;
    c->text[0] = '\0';
}

void bare_console_put(void *console, uint8_t byte)
{
    struct bare_console *c = console;
    if (c->len + 1 < sizeof c->text)
        c->text[c->len++] = (char)byte;
    c->text[c->len] = '\0';
}

void bare_open(struct bare *b, const char *name, const char *path)
{
    char why[200] = "";
    const struct vboard_config config = {
        .timing = VBOARD_TIMING_FAST, .seed = 1, .uart_tx = bare_console_put, .ctx = &b->console};
    snprintf(b->name, sizeof b->name, "%s", name);
    bare_console_clear(&b->console);
    b->board = vboard_new(&config);
    if (b->board == NULL || vboard_load(b->board, path, 0, why, sizeof why) != ERR_OK)
        bare_give_up(path, why);
}

void bare_close(struct bare *b)
{
    vboard_free(b->board);
}

static uint32_t stack_bottom(const struct bare *b)
{
    return vboard_symbol(b->board, "stack_bottom");
}

uint32_t bare_stack_size(const struct bare *b)
{
    uint32_t size = vboard_symbol(b->board, "stack_top") - stack_bottom(b);
    if (size == 0 || size > STACK_MAX)
        bare_give_up(b->name, "the ELF file has no stack_bottom and stack_top");
    return size;
}

void bare_power_on(struct bare *b)
{
    static uint8_t paint[STACK_MAX];
    uint32_t size = bare_stack_size(b);
    bare_console_clear(&b->console);
    vboard_power_on(b->board);
    memset(paint, PAINT, sizeof paint);
    if (vboard_write(b->board, stack_bottom(b), paint, size) != size)
        bare_give_up(b->name, "the stack cannot be painted");
}

bool bare_boot(struct bare *b)
{
    bare_power_on(b);
    for (unsigned i = 0; i < BOOT_STEPS; i++) {
        struct vboard_stop stop = vboard_run(b->board, SECOND / 100, 0);
        if (stop.why != VBOARD_TIME && stop.why != VBOARD_IDLE)
            bare_give_up(b->name, stop.text);
        uint32_t pc = vboard_cpu_reg(b->board, VBOARD_PC);
        if (pc >= SLOT0 && pc < SLOT0_END)
            return true;
        if (strstr(b->console.text, BARE_NOTHING_TO_BOOT) != NULL)
            return false;
    }
    bare_give_up(b->name, b->console.text);
}

uint32_t bare_stack(struct bare *b)
{
    static uint8_t stack[STACK_MAX];
    uint32_t size = bare_stack_size(b), untouched = 0;
    if (vboard_read(b->board, stack_bottom(b), stack, size) != size)
        bare_give_up(b->name, "the stack cannot be read");
    while (untouched < size && stack[untouched] == PAINT)
        untouched++;
    return size - untouched;
}
