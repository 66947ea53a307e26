#include "tests/kinds/kinds.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND     UINT64_C(1000000000)
#define FLASH      0x08000000u
#define SLOT0      0x00020000u
#define SLOT0_END  0x00100000u
#define PAINT      0xa5u
#define STACK_MAX  0x10000u
#define NOT_BOOTED "Unable to find bootable image"

static void give_up(const char *name, const char *why)
{
    fprintf(stderr, "%s: %s\n", name, why);
    exit(1);
}

static void on_uart(void *ctx, uint8_t byte)
{
    struct kind *k = ctx;
    if (k->console_len + 1 < sizeof k->console)
        k->console[k->console_len++] = (char)byte;
    k->console[k->console_len] = '\0';
}

static void load_image(struct kind *k, const char *who, struct kinds_image *m)
{
    char path[120];
    snprintf(path, sizeof path, "build/tests/kinds/%s/%s.bin", k->name, who);
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        give_up(path, "is missing; tests/kinds/make_kinds.py makes it");
    m->len = (uint32_t)fread(m->bytes, 1, sizeof m->bytes, f);
    fclose(f);
}

static void load_kind(struct kind *k)
{
    char path[120], why[200] = "";
    const struct vboard_config config = {
        .timing = VBOARD_TIMING_FAST, .seed = 1, .uart_tx = on_uart, .ctx = k};
    load_image(k, "good", &k->good);
    load_image(k, "second", &k->second);
    load_image(k, "stranger", &k->stranger);
    k->board = vboard_new(&config);
    snprintf(path, sizeof path, "build/tests/kinds/%s/bootloader.elf", k->name);
    if (k->board == NULL || vboard_load(k->board, path, 0, why, sizeof why) != ERR_OK)
        give_up(path, why);
}

struct kind *kinds_load(unsigned *count)
{
    struct kind *kinds = calloc(KINDS_MAX, sizeof *kinds);
    FILE *f = fopen("build/tests/kinds/list", "r");
    if (f == NULL || kinds == NULL)
        give_up("build/tests/kinds/list", "is missing; tests/kinds/make_kinds.py makes it");
    for (*count = 0; *count < KINDS_MAX && fscanf(f, "%39s", kinds[*count].name) == 1; ++*count)
        load_kind(&kinds[*count]);
    fclose(f);
    return kinds;
}

void kinds_free(struct kind *kinds, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        vboard_free(kinds[i].board);
    free(kinds);
}

static uint32_t stack_bottom(const struct kind *k)
{
    return vboard_symbol(k->board, "stack_bottom");
}

uint32_t kinds_stack_size(const struct kind *k)
{
    return vboard_symbol(k->board, "stack_top") - stack_bottom(k);
}

static void switch_on(struct kind *k, const struct kinds_image *m)
{
    static uint8_t paint[STACK_MAX];
    if (kinds_stack_size(k) == 0 || kinds_stack_size(k) > sizeof paint)
        give_up(k->name, "the ELF file has no stack_bottom and stack_top");
    vboard_flash_poke(k->board, SLOT0, m->bytes, m->len);
    k->console_len = 0;
    k->console[0] = '\0';
    vboard_power_on(k->board);
    memset(paint, PAINT, sizeof paint);
    if (vboard_write(k->board, stack_bottom(k), paint, kinds_stack_size(k)) != kinds_stack_size(k))
        give_up(k->name, "the stack cannot be painted");
}

static bool in_slot(const struct kind *k)
{
    uint32_t pc = vboard_cpu_reg(k->board, VBOARD_PC);
    return pc >= FLASH + SLOT0 && pc < FLASH + SLOT0_END;
}

bool kinds_boot(struct kind *k, const struct kinds_image *m)
{
    switch_on(k, m);
    for (unsigned i = 0; i < 6000; i++) { /* 60 s of the board's time */
        struct vboard_stop stop = vboard_run(k->board, SECOND / 100, 0);
        if (stop.why != VBOARD_TIME && stop.why != VBOARD_IDLE)
            give_up(k->name, stop.text);
        if (in_slot(k))
            return true;
        if (strstr(k->console, NOT_BOOTED) != NULL)
            return false;
    }
    give_up(k->name, k->console);
    return false;
}

uint32_t kinds_stack(struct kind *k)
{
    static uint8_t stack[STACK_MAX];
    uint32_t size = kinds_stack_size(k), free_bytes = 0;
    if (vboard_read(k->board, stack_bottom(k), stack, size) != size)
        give_up(k->name, "the stack cannot be read");
    while (free_bytes < size && stack[free_bytes] == PAINT)
        free_bytes++;
    return size - free_bytes;
}

/* Instructions from the entry of the judge to its answer. */
static uint64_t judged(struct kind *k, const struct kinds_image *m)
{
    uint32_t addr = vboard_symbol(k->board, "image_verify");
    uint64_t counts[2];
    if (addr == 0)
        give_up(k->name, "the ELF file has no image_verify");
    switch_on(k, m);
    for (unsigned i = 0; i < 2; i++) {
        vboard_break_at(k->board, addr);
        struct vboard_stop stop = vboard_run(k->board, 60 * SECOND, 0);
        if (stop.why != VBOARD_BREAKPOINT)
            give_up(k->name, stop.text);
        counts[i] = vboard_instructions(k->board);
        addr = vboard_cpu_reg(k->board, VBOARD_LR) & ~1u;
    }
    vboard_break_at(k->board, 0);
    return counts[1] - counts[0];
}

/* The function that checks a signature is inlined, so it has no address of its own. A stranger's image is hashed and
 * walked through, and its signature is not looked at; one with a bit of its signature flipped differs in that only. */
uint64_t kinds_instructions(struct kind *k)
{
    struct kinds_image wrong = k->good;
    wrong.bytes[wrong.len - 40] ^= 1;
    return judged(k, &wrong) - judged(k, &k->stranger);
}
