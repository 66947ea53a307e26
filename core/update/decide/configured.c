/* What Kconfig chose. UPDATE_CONFIGURED, UPDATE_RULE and UPDATE_KEY_SIZE are the names that the build hands in. */
#include <stddef.h>

#include "core/update/update.h"

const struct update_strategy *const update_configured = &UPDATE_CONFIGURED;
bool (*const update_configured_rule)(const struct update_env *env,
                                     const struct image_header *next) = UPDATE_RULE;
const uint8_t update_configured_key_size = UPDATE_KEY_SIZE;
