/* A device that remembers nothing of images has outgrown none. */
#include <stddef.h>

#include "core/image/internal.h"

const char *image_outgrown_text(enum image_fault fault)
{
    (void)fault;
    return NULL;
}
