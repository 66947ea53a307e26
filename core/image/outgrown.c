#include <stddef.h>

#include "core/base/text.h"
#include "core/image/internal.h"

const char *image_outgrown_text(enum image_fault fault)
{
    static const char texts[] TEXT_SECTION =
        "no security counter\0"                   /* IMAGE_FAULT_COUNTER_MISSING */
        "malformed security counter\0"            /* IMAGE_FAULT_COUNTER_FORMAT */
        "security counter below the stored one\0" /* IMAGE_FAULT_COUNTER_LOW */
        "signed with a retired key";              /* IMAGE_FAULT_KEY_RETIRED */
    unsigned i = (unsigned)fault - IMAGE_FAULT_COUNTER_MISSING;
    return i <= IMAGE_FAULT_KEY_RETIRED - IMAGE_FAULT_COUNTER_MISSING ? text_nth(texts, i) : NULL;
}
