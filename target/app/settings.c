#include "target/app/settings.h"

#include "autoconf.h"
#include "core/base/log.h"
#include "core/smp/server/upload_record.h"
#include "target/app/app.h"
#include "target/boards/board.h"

#define LOG_MODULE "settings"

const struct smp_group *const app_settings_groups[APP_SETTINGS_GROUPS_MAX] = {&smp_group_settings,
                                                                              &smp_group_basic};
const unsigned app_settings_group_count = ARRAY_LEN(app_settings_groups);

static struct settings_key keys[CONFIG_SETTINGS_KEYS_MAX];
static uint8_t stage[CONFIG_SETTINGS_STAGE_SIZE];
static struct settings_config config;
static struct settings store;
static struct smp_settings group;
static const struct smp_server *server_of;
static const struct slot_pair *pair_of;

/* An upload needs its slot, one that a power cut or a reset has stopped, too: it goes on where its record says. */
static bool upload_is_open(void)
{
    const enum slot s = update_upload_slot(pair_of);
    const uint32_t base = update_upload_offset(pair_of);
    return server_of->img.open || (s != SLOT_NONE && upload_record_fits(&pair_of->slot[s], base) &&
                                   upload_record_is_open(&pair_of->slot[s], base));
}

static enum err borrow(void *ctx, struct flash_area *sector)
{
    (void)ctx;
    return upload_is_open() ? ERR_BUSY : update_borrow_sector(pair_of, sector);
}

static bool lent(void *ctx, unsigned n, struct flash_area *sector)
{
    (void)ctx;
    return update_spare_sector(pair_of, n, sector);
}

struct smp_settings *app_settings_open(const struct smp_server *server,
                                       const struct slot_pair *pair, void (*feed)(void))
{
    server_of = server;
    pair_of = pair;
    config = (struct settings_config){.keys = keys,
                                      .keys_max = CONFIG_SETTINGS_KEYS_MAX,
                                      .name_max = CONFIG_MCUMGR_GRP_SETTINGS_NAME_LEN,
                                      .value_max = CONFIG_MCUMGR_GRP_SETTINGS_VALUE_LEN,
                                      .borrow = borrow,
                                      .lent = lent,
                                      .feed = feed};
    if (area_open(&config.area, pair->slot[SLOT_PRIMARY].flash, board.partitions, "storage") !=
        ERR_OK) {
        LOG_WRN("there is no partition \"storage\", and so there are no settings");
        return NULL;
    }
    if (area_sectors(&config.area) == 1 && !update_keeps_spare(pair)) {
        LOG_ERR("one sector of storage, and the largest image leaves none to borrow: no settings");
        return NULL;
    }
    enum err e = settings_open(&store, &config);
    if (e != ERR_OK)
        LOG_ERR("the storage cannot be used (err %d)", (int)e);
    group = (struct smp_settings){.store = &store, .stage = stage, .stage_size = sizeof stage};
    return &group;
}

struct settings *app_settings(void)
{
    return group.store;
}
