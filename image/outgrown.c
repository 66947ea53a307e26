#include <stddef.h>

#include "base/compiler.h"
#include "image/internal.h"

const char *image_outgrown_text(enum image_fault fault)
{
    static const char *const texts[] = {
        "no security counter",
        "malformed security counter",
        "security counter below the stored one",
        "signed with a retired key",
    };
    unsigned i = (unsigned)fault - IMAGE_FAULT_COUNTER_MISSING;
    return i < ARRAY_LEN(texts) ? texts[i] : NULL;
}
