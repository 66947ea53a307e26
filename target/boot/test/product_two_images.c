/* A product with two images, for the tests of its recovery. */
#include "core/base/product.h"

const struct product product = {.images = 2, .signature = 1, .max_align = 32};
