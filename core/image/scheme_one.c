/* On a device: the one scheme of the configuration, whatever a policy names. The linker drops all others. */
#include "core/image/internal.h"

const struct image_scheme *scheme_of(const struct image_policy *policy)
{
    (void)policy;
    return image_scheme_default;
}
