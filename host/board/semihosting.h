/* semihosting.h - the calls that a program makes to its debugger with BKPT 0xAB: output, clock, end. The output goes
 * where the console's goes. Files of the host are not opened: the program is not trusted.
 * ["Semihosting for AArch32 and AArch64", Arm IHI 0051] */
#ifndef HOST_BOARD_SEMIHOSTING_H
#define HOST_BOARD_SEMIHOSTING_H

#include "core/base/compiler.h"
#include "vboard/vboard.h"

struct semihosting {
    void (*say)(void *ctx, char c);
    void *ctx;
    bool exited;
    uint32_t exit_code; /* of the program, once it has exited */
};

/* Has the board stopped at such a call? */
bool semihosting_is_call(struct vboard *v, const struct vboard_stop *stop);
/* Answer it: registers and memory are written, the next instruction is behind the BKPT. */
void semihosting_serve(struct semihosting *s, struct vboard *v);

#endif
