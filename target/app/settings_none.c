#include "target/app/app.h"
#include "target/app/settings.h"

const struct smp_group *const app_settings_groups[APP_SETTINGS_GROUPS_MAX] = {NULL};
const unsigned app_settings_group_count = 0;

struct smp_settings *app_settings_open(const struct smp_server *server,
                                       const struct slot_pair *pair, void (*feed)(void))
{
    (void)server, (void)pair, (void)feed;
    return NULL;
}

struct settings *app_settings(void)
{
    return NULL;
}
