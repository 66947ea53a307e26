#include "target/app/app.h"
#include "target/app/settings.h"

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
