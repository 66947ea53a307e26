/* wipe.h - erase key material from RAM; the compiler cannot optimise it away. */
#ifndef CORE_CRYPTO_WIPE_H
#define CORE_CRYPTO_WIPE_H

#include <stddef.h>

void wipe(void *p, size_t len);

/* Overwrite WIPE_STACK_DEPTH bytes of stack below the caller, as deep as private-key operations reach: the library
 * leaves temporaries there. Call it from the function that called such an operation. */
#define WIPE_STACK_DEPTH 4096u
void wipe_stack(void);

#endif
