/* grp_basic.c - group 63, zephyr-basic: erase the storage, whatever it holds. */
#include "core/base/log.h"
#include "core/smp/groups/settings.h"
#include "core/smp/wire/errors.h"

#define LOG_MODULE "mcumgr_zbasic_grp"

static int erase_storage(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    struct smp_settings *g = s->config->settings;
    (void)q;
    if (g == NULL)
        return MGMT_ERR_ENOTSUP;
    enum err e = settings_erase(g->store);
    if (e != ERR_OK) {
        LOG_ERR("the storage could not be erased (err %d)", (int)e);
        return smp_reply_error(r, ZEPHYRBASIC_MGMT_ERR_FLASH_ERASE_FAILED);
    }
    g->used = 0;
    if (g->commit != NULL)
        g->commit(g->ctx);
    return MGMT_ERR_EOK;
}

static const struct smp_command commands[] = {
    [SMP_BASIC_ERASE_STORAGE] = {.write = erase_storage},
};

/* An erase that failed is an error in version 1, too; Zephyr's servers say success. */
static const uint8_t v1_rc[] = {
    [ZEPHYRBASIC_MGMT_ERR_OK] = MGMT_ERR_EOK,
    [ZEPHYRBASIC_MGMT_ERR_UNKNOWN] = MGMT_ERR_EUNKNOWN,
};

const struct smp_group smp_group_basic = {
    .name = "zephyr basic mgmt",
    .id = SMP_GROUP_ZEPHYR_BASIC,
    .command_count = ARRAY_LEN(commands),
    .v1_count = ARRAY_LEN(v1_rc),
    .commands = commands,
    .v1_rc = v1_rc,
};
