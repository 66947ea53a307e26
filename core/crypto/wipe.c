#include "core/crypto/wipe.h"

#include <stdint.h>

#include "core/base/compiler.h"

void wipe(void *p, size_t len)
{
    volatile uint8_t *at = p;
    while (len-- > 0)
        *at++ = 0;
}

NOINLINE void wipe_stack(void)
{
    volatile uint32_t used[WIPE_STACK_DEPTH / sizeof(uint32_t)];
    for (unsigned i = 0; i < ARRAY_LEN(used); i++)
        used[i] = 0;
}
