/* make bench: what each kind of signature costs on the virtual board. Prints, asserts nothing. */
#include <inttypes.h>
#include <stdio.h>

#include "testing/system/rig_signature_kinds.h"

int main(void)
{
    unsigned count;
    struct kind *kinds = kinds_load(&count);
    printf("%-16s %20s %16s\n", "signature", "instructions", "stack, bytes");
    for (unsigned i = 0; i < count; i++) {
        uint64_t n = kinds_instructions(&kinds[i]);
        if (!kinds_boot(&kinds[i], &kinds[i].good))
            printf("%s does not boot\n", kinds[i].bare.name);
        printf("%-16s %20" PRIu64 " %16" PRIu32 "\n", kinds[i].bare.name, n,
               bare_stack(&kinds[i].bare));
    }
    kinds_free(kinds, count);
    return 0;
}
