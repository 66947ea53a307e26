#include <stdio.h>
#include <stdlib.h>

#include "testing/update/rig_garbage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *wrong = garbage_run(data, size);
    if (!wrong)
        return 0;
    fprintf(stderr, "%s\n", wrong);
    abort();
}
