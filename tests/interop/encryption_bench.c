/* make bench: what each kind of encryption costs on the virtual board, in instructions. Prints, asserts nothing. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "testing/system/rig_encryption_kinds.h"

#define SECOND UINT64_C(1000000000)

/* Run until symbol is entered and left again; instructions between, and the third argument it was given. False if it
 * is not reached any more. */
static bool run_through(struct bare *k, uint32_t addr, uint64_t *instructions, uint32_t *argument)
{
    uint64_t before = 0;
    for (unsigned i = 0; i < 2; i++) {
        vboard_break_at(k->board, addr);
        struct vboard_stop stop = vboard_run(k->board, 60 * SECOND, 0);
        vboard_break_at(k->board, 0);
        if (stop.why != VBOARD_BREAKPOINT)
            return false;
        if (i == 0) {
            before = vboard_instructions(k->board);
            *argument = vboard_cpu_reg(k->board, 3);
            addr = vboard_cpu_reg(k->board, VBOARD_LR) & ~1u;
        }
    }
    *instructions = vboard_instructions(k->board) - before;
    return true;
}

static void one_kind(const struct kind_name *n)
{
    static struct file file;
    struct bare *k = kind_new(n->name);
    uint64_t unwrap = 0, payload = 0;
    uint32_t unused, len = 0;
    double per_byte = 0;
    uint32_t open = vboard_symbol(k->board, "open_image"),
             xor = vboard_symbol(k->board, "image_payload_xor");
    kind_file(k, "second.bin", &file);
    vboard_flash_poke(k->board, SLOT1 + kind_upload(n), file.bytes, (file.len + 31) & ~31u);
    kind_ask(k, true);
    vboard_power_on(k->board);
    bool ok = open != 0 && run_through(k, open, &unwrap, &unused);
    /* Header and TLVs are not payload; the dearest of the first calls is all payload. */
    for (unsigned i = 0; i < 8 && ok && xor != 0; i++) {
        ok = run_through(k, xor, &payload, &len);
        if (ok && len != 0 && (double)payload / len > per_byte)
            per_byte = (double)payload / len;
    }
    if (ok && per_byte > 0)
        printf("%-16s %20" PRIu64 " %20.1f\n", n->name, unwrap, per_byte);
    else
        printf("%-16s the ELF file lacks the symbols to count by\n", n->name);
    bare_close(k);
}

int main(void)
{
    struct kind_name names[KINDS_MAX];
    unsigned count = kinds_list(names);
    printf("%-16s %20s %20s\n", "encryption", "unwrap a key", "decrypt, per byte");
    for (unsigned i = 0; i < count; i++)
        one_kind(&names[i]);
    return 0;
}
