/* Programs on a PC: the configuration's defaults. A tool that works for a product of another kind says so where it calls. */
#include "core/base/product.h"

const struct product product = {.images = 1,
                                .signature = 1 /* P-256 */,
                                .security_counters = true,
                                .key_retirement = true,
                                .max_align = 32};
