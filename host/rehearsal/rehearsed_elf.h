/* rehearsed_elf.h - a bootloader's build, as a rehearsal needs it: ELF, slots, a key that it trusts. */
#ifndef HOST_REHEARSAL_REHEARSED_ELF_H
#define HOST_REHEARSAL_REHEARSED_ELF_H

#include "host/image/boot_elf.h"
#include "host/layout/layout_file.h"
#include "rehearse/closure/closure.h"

struct
    rehearsed_elf { /* board points into the others, and the slots into themselves: not to be copied */
    struct boot_elf boot;
    struct key key;
    struct image_signer signer;
    struct layout layout;
    struct layout_slots slots;
    struct closure_board board;
};

/* From the options elf, key, layout and config. CLI_DONE, or the code of the error that was printed. Close it in either
 * case. */
MUST_CHECK int rehearsed_elf_open(const struct cli_args *a, struct rehearsed_elf *e);
void rehearsed_elf_close(struct rehearsed_elf *e);

#endif
