/* img_swap.c - the state of the slots by their trailers. Logs with the module name and the lines of MCUboot's library in
 * Zephyr, because people know them; at debug level, because a line before an answer makes mcumgr-client miss the answer. */
#include "core/base/log.h"
#include "core/smp/groups/img.h"

#define LOG_MODULE "mcuboot_util"

enum err img_swap_type(const struct smp_server *s, unsigned image, enum swap_type *type)
{
    enum err e = update_next_swap_type(img_pair(s, image), type);
    if (e == ERR_OK)
        LOG_DBG("Image index: %d, Swap type: %s", img_pair(s, image)->image, swap_type_text(*type));
    return e;
}

enum err img_slot_flags(const struct smp_server *s, unsigned image, enum slot slot,
                        struct img_flags *flags)
{
    enum swap_type type;
    enum err e = img_swap_type(s, image, &type);
    if (e != ERR_OK)
        return e;
    bool revert = type == SWAP_TYPE_REVERT;
    *flags = (struct img_flags){.active = slot == img_pair(s, image)->active};
    if (flags->active) {
        flags->confirmed = !revert;
    } else {
        flags->confirmed = revert;
        flags->permanent = type == SWAP_TYPE_PERM;
        flags->pending = flags->permanent || type == SWAP_TYPE_TEST;
    }
    return ERR_OK;
}

uint32_t img_slot_is_free(const struct smp_server *s, unsigned image, enum slot slot)
{
    struct img_flags f;
    if (img_slot_flags(s, image, slot, &f) != ERR_OK)
        return IMG_MGMT_ERR_FLASH_READ_FAILED;
    return f.active || f.confirmed ? IMG_MGMT_ERR_NO_FREE_SLOT : IMG_MGMT_ERR_OK;
}

uint32_t img_upload_slot_is_known(const struct smp_server *s)
{
    const struct slot_pair *pair = s->config->pair;
    if (update_upload_slot(pair) != SLOT_NONE)
        return IMG_MGMT_ERR_OK;
    if (update_slot_count(pair) > 1) {
        LOG_ERR("The slot of the running image is not known: there is no boot information");
        return IMG_MGMT_ERR_ACTIVE_SLOT_NOT_KNOWN;
    }
    LOG_ERR(
        "There is one slot, and its image runs: replace it by serial recovery or a debug probe");
    return IMG_MGMT_ERR_NO_FREE_SLOT;
}

uint32_t img_max_size(const struct smp_server *s, unsigned image)
{
    const struct boot_info *boot = s->config->boot;
    uint32_t ours = update_max_image_size(img_pair(s, image));
    if (boot == NULL || image >= BOOT_INFO_IMAGES || !(boot->has & BOOT_INFO_MAX_SIZE << image) ||
        boot->max_size[image] > ours)
        return ours;
    return boot->max_size[image];
}
