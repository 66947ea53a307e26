/* wipe.h - forget key material in a way that no compiler leaves out. */
#ifndef CORE_CRYPTO_WIPE_H
#define CORE_CRYPTO_WIPE_H

#include <stddef.h>

void wipe(void *p, size_t len);

/* Overwrite the stack below the caller, as deep as the private operations here reach (WIPE_STACK_DEPTH): the
 * library leaves its temporaries there. To be called by whoever called such an operation, from the same frame. */
#define WIPE_STACK_DEPTH 4096u
void wipe_stack(void);

#endif
