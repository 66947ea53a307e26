/* On the host: the kind that a policy names. */
#include <stddef.h>

#include "core/image/internal.h"

const struct image_scheme *scheme_of(const struct image_policy *policy)
{
    return policy->scheme != NULL ? policy->scheme : image_scheme_default;
}
