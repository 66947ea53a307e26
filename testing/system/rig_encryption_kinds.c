#include "testing/system/rig_encryption_kinds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIRECTORY "tests/encryption"
#define TRAILER   (SLOT1 + SLOT_SIZE - 32u) /* block with the magic, for alignment 32 */
#define SWAP_INFO (SLOT1 + SLOT_SIZE - 128u)
#define IMAGE_OK  (SLOT1 + SLOT_SIZE - 64u)

unsigned kinds_list(struct kind_name names[KINDS_MAX])
{
    unsigned count = 0;
    FILE *f = fopen(DIRECTORY "/list", "r");
    if (f == NULL)
        bare_give_up(DIRECTORY "/list", "is missing; tests/interop/make_encryption.py makes it");
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

void kind_file(const struct bare *k, const char *name, struct file *f)
{
    char path[120];
    snprintf(path, sizeof path, DIRECTORY "/%s/%s", k->name, name);
    FILE *in = fopen(path, "rb");
    if (in == NULL)
        bare_give_up(path, "is missing; tests/interop/make_encryption.py makes it");
    f->len = (uint32_t)fread(f->bytes, 1, sizeof f->bytes, in);
    fclose(in);
}

struct bare *kind_new(const char *name)
{
    static struct bare board;
    char path[120];
    snprintf(path, sizeof path, DIRECTORY "/%s/bootloader.elf", name);
    bare_open(&board, name, path);
    return &board;
}

void kind_ask(struct bare *k, bool permanent)
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
