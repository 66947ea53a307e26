#include "testing/system/rig_signature_kinds.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE (60 * UINT64_C(1000000000))
#define SLOT0  0x00020000u

static void load_image(const struct kind *k, const char *who, struct kinds_image *m)
{
    char path[120];
    snprintf(path, sizeof path, "tests/kinds/%s/%s.bin", k->bare.name, who);
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        bare_give_up(path, "is missing; tests/interop/make_kinds.py makes it");
    m->len = (uint32_t)fread(m->bytes, 1, sizeof m->bytes, f);
    fclose(f);
}

static void load_kind(struct kind *k, const char *name)
{
    char path[120];
    snprintf(path, sizeof path, "tests/kinds/%s/bootloader.elf", name);
    bare_open(&k->bare, name, path);
    load_image(k, "good", &k->good);
    load_image(k, "second", &k->second);
    load_image(k, "stranger", &k->stranger);
}

struct kind *kinds_load(unsigned *count)
{
    char name[40];
    struct kind *kinds = calloc(KINDS_MAX, sizeof *kinds);
    FILE *f = fopen("tests/kinds/list", "r");
    if (f == NULL || kinds == NULL)
        bare_give_up("tests/kinds/list", "is missing; tests/interop/make_kinds.py makes it");
    for (*count = 0; *count < KINDS_MAX && fscanf(f, "%39s", name) == 1; ++*count)
        load_kind(&kinds[*count], name);
    fclose(f);
    return kinds;
}

void kinds_free(struct kind *kinds, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        bare_close(&kinds[i].bare);
    free(kinds);
}

bool kinds_boot(struct kind *k, const struct kinds_image *m)
{
    vboard_flash_poke(k->bare.board, SLOT0, m->bytes, m->len);
    return bare_boot(&k->bare);
}

/* Instructions from the entry of the judge to its answer. */
static uint64_t judged(struct kind *k, const struct kinds_image *m)
{
    struct vboard *board = k->bare.board;
    uint32_t addr = vboard_symbol(board, "image_verify");
    uint64_t counts[2];
    if (addr == 0)
        bare_give_up(k->bare.name, "the ELF file has no image_verify");
    vboard_flash_poke(board, SLOT0, m->bytes, m->len);
    bare_power_on(&k->bare);
    for (unsigned i = 0; i < 2; i++) {
        vboard_break_at(board, addr);
        struct vboard_stop stop = vboard_run(board, MINUTE, 0);
        if (stop.why != VBOARD_BREAKPOINT)
            bare_give_up(k->bare.name, stop.text);
        counts[i] = vboard_instructions(board);
        addr = vboard_cpu_reg(board, VBOARD_LR) & ~1u;
    }
    vboard_break_at(board, 0);
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
