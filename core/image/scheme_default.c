/* Which of the kinds is this build's: CHOSEN comes from the configuration (core/image/CMakeLists.txt). */
#include "core/image/image.h"

const struct image_scheme *const image_scheme_default = &CHOSEN;
