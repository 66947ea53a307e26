/* board_files.h - what a person loads into a virtual board. All print their error and return an exit code. */
#ifndef HOST_BOARD_BOARD_FILES_H
#define HOST_BOARD_BOARD_FILES_H

#include "vboard/vboard.h"

/* FILE[@ADDRESS]: ELF, HEX, or a raw binary, which the address may follow. */
MUST_CHECK int board_load_program(struct vboard *v, const char *text);
/* Split FILE[@ADDRESS]; without an address *address is the start of the flash. CLI_USAGE: the address is not a
 * number. */
MUST_CHECK int board_split(const char *text, const char **path, uint64_t *address);
/* Load the flash file; if it does not exist, the flash stays erased. */
MUST_CHECK int board_load_flash(struct vboard *v, const char *path);
/* A flash file between reading it and writing it: locked, so that no other process begins the same. */
struct flash_claim {
    int fd;      /* of the file as it is; -1: none */
    bool absent; /* there is no such file yet: it must not appear meanwhile */
};
/* CLI_REFUSED, with the error printed: a running board has the file as its flash. Release the claim in any case. */
MUST_CHECK int board_claim_flash(const char *path, struct flash_claim *c);
void board_release_flash(struct flash_claim *c);
/* Write the contents of v's flash to the claimed file; keep: and map the file, which has a lock of its own then, as the
 * flash from now on (vboard_flash_map). */
MUST_CHECK int board_save_flash(const struct vboard *v, const char *path,
                                const struct flash_claim *c);
MUST_CHECK int board_keep_flash(struct vboard *v, const char *path, const struct flash_claim *c);
/* "process 4711 (slipway board run ...)"; pid 0: "another process". */
const char *board_process_text(long pid);
/* Bytes. */
uint32_t board_flash_size(const struct vboard *v);

#endif
