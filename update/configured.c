/* The strategy that Kconfig chose. UPDATE_CONFIGURED is the one name that the build hands in. */
#include "update/update.h"

const struct update_strategy *const update_configured = &UPDATE_CONFIGURED;
