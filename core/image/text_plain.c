/* A build without encrypted images has no further faults. */
#include "core/base/text.h"
#include "core/image/internal.h"

const char *image_enc_fault_text(enum image_fault fault)
{
    (void)fault;
    return TEXT("unknown fault");
}
