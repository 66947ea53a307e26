/* On a host: the scheme that a policy names, or P-256. */
#include <stddef.h>

#include "core/image/internal.h"

const struct image_scheme *const image_scheme_default = &image_scheme_p256;

const struct image_scheme *scheme_of(const struct image_policy *policy)
{
    return policy->scheme != NULL ? policy->scheme : image_scheme_default;
}
