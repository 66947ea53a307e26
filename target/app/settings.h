/* settings.h - the settings of the application, in the partition "storage": inside target/app only. */
#ifndef TARGET_APP_SETTINGS_H
#define TARGET_APP_SETTINGS_H

#include "core/smp/groups/settings.h"

/* Open the store; logs what is wrong with it. NULL: CONFIG_APP_SETTINGS is off, there is no such partition, or no sector for
 * a compaction. server: an upload that is open keeps its slot. pair: of the image that runs this program. */
struct smp_settings *app_settings_open(const struct smp_server *server,
                                       const struct slot_pair *pair, void (*feed)(void));

/* The groups of the server that work on them; none without CONFIG_APP_SETTINGS. */
#define APP_SETTINGS_GROUPS_MAX 2
extern const struct smp_group *const app_settings_groups[APP_SETTINGS_GROUPS_MAX];
extern const unsigned app_settings_group_count;

#endif
