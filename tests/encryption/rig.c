#include "tests/encryption/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND     UINT64_C(1000000000)
#define FLASH      0x08000000u
#define PAINT      0xa5u
#define STACK_MAX  0x10000u
#define NOT_BOOTED "Unable to find bootable image"
#define DIRECTORY  "build/tests/encryption"
#define TRAILER    (SLOT1 + SLOT_SIZE - 32u) /* block with the magic, for alignment 32 */
#define SWAP_INFO  (SLOT1 + SLOT_SIZE - 128u)
#define IMAGE_OK   (SLOT1 + SLOT_SIZE - 64u)

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

unsigned kinds_list(struct kind_name names[KINDS_MAX])
{
    unsigned count = 0;
    FILE *f = fopen(DIRECTORY "/list", "r");
    if (f == NULL)
        give_up(DIRECTORY "/list", "is missing; tests/encryption/make_encryption.py makes it");
    while (count < KINDS_MAX &&
           fscanf(f, "%39s %39s", names[count].name, names[count].strategy) == 2)
        count++;
    fclose(f);
    return count;
}

uint32_t kind_upload(const struct kind_name *n)
{
    return strcmp(n->strategy, "BOOT_SWAP_USING_OFFSET") == 0 ? SECTOR : 0;
}

void kind_file(const struct kind *k, const char *name, struct file *f)
{
    char path[120];
    snprintf(path, sizeof path, DIRECTORY "/%s/%s", k->name, name);
    FILE *in = fopen(path, "rb");
    if (in == NULL)
        give_up(path, "is missing; tests/encryption/make_encryption.py makes it");
    f->len = (uint32_t)fread(f->bytes, 1, sizeof f->bytes, in);
    fclose(in);
}

struct kind *kind_new(const char *name)
{
    char path[120], why[200] = "";
    struct kind *k = calloc(1, sizeof *k);
    if (k == NULL)
        give_up(name, "no memory");
    const struct vboard_config config = {
        .timing = VBOARD_TIMING_FAST, .seed = 1, .uart_tx = on_uart, .ctx = k};
    snprintf(k->name, sizeof k->name, "%s", name);
    k->board = vboard_new(&config);
    snprintf(path, sizeof path, DIRECTORY "/%s/bootloader.elf", name);
    if (k->board == NULL || vboard_load(k->board, path, 0, why, sizeof why) != ERR_OK)
        give_up(path, why);
    return k;
}

void kind_free(struct kind *k)
{
    vboard_free(k->board);
    free(k);
}

static uint32_t stack_bottom(const struct kind *k)
{
    return vboard_symbol(k->board, "stack_bottom");
}

static uint32_t stack_size(const struct kind *k)
{
    uint32_t size = vboard_symbol(k->board, "stack_top") - stack_bottom(k);
    if (size == 0 || size > STACK_MAX)
        give_up(k->name, "the ELF file has no stack_bottom and stack_top");
    return size;
}

static bool in_slot(const struct kind *k)
{
    uint32_t pc = vboard_cpu_reg(k->board, VBOARD_PC);
    return pc >= FLASH + SLOT0 && pc < FLASH + SLOT0 + SLOT_SIZE;
}

bool kind_boot(struct kind *k)
{
    static uint8_t paint[STACK_MAX];
    k->console_len = 0;
    k->console[0] = '\0';
    vboard_power_on(k->board);
    memset(paint, PAINT, sizeof paint);
    if (vboard_write(k->board, stack_bottom(k), paint, stack_size(k)) != stack_size(k))
        give_up(k->name, "the stack cannot be painted");
    for (unsigned i = 0; i < 12000; i++) { /* 120 s of the board's time */
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

uint32_t kind_stack(struct kind *k, uint32_t *size)
{
    static uint8_t stack[STACK_MAX];
    uint32_t free_bytes = 0;
    *size = stack_size(k);
    if (vboard_read(k->board, stack_bottom(k), stack, *size) != *size)
        give_up(k->name, "the stack cannot be read");
    while (free_bytes < *size && stack[free_bytes] == PAINT)
        free_bytes++;
    return *size - free_bytes;
}

void kind_ask(struct kind *k, bool permanent)
{
    static const uint8_t magic[16] = {0x20, 0x00, 0x2d, 0xe1, 0x5d, 0x29, 0x41, 0x0b,
                                      0x8d, 0x77, 0x67, 0x9c, 0x11, 0x0f, 0x1f, 0x8a};
    uint8_t word[32];
    memset(word, 0xff, sizeof word);
    memcpy(word + 16, magic, sizeof magic);
    vboard_flash_poke(k->board, TRAILER, word, sizeof word);
    memset(word, 0xff, sizeof word);
    word[0] = permanent ? 3 : 2;
    vboard_flash_poke(k->board, SWAP_INFO, word, sizeof word);
    word[0] = 1;
    if (permanent)
        vboard_flash_poke(k->board, IMAGE_OK, word, sizeof word);
}
