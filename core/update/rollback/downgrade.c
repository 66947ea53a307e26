/* Downgrade prevention by version. */
#include "core/base/log.h"
#include "core/update/strategy.h"

#define LOG_MODULE "mcuboot"

/* The version of a primary that is not genuine does not count: its header may be left over from an interrupted copy,
 * and any image that can run is better. */
bool update_no_downgrade(const struct update_env *env, const struct image_header *next)
{
    struct image_report now;
    uint32_t limit = update_max_image_size(env->pair);
    if (judge(env, SLOT_PRIMARY, 0, limit, &now) != IMAGE_GENUINE)
        return true;
    const struct image_version *have = &now.header.version;
    if (image_version_compare(&next->version, have) >= 0)
        return true;
    LOG_ERR("Downgrade refused: version %u.%u.%u runs, %u.%u.%u is asked for",
            (unsigned)have->major, (unsigned)have->minor, (unsigned)have->revision,
            (unsigned)next->version.major, (unsigned)next->version.minor,
            (unsigned)next->version.revision);
    return false;
}
