/* RAM-load: as direct-XIP, but an image is first copied to the RAM address in its header. The copy is judged, so later
 * changes of flash cannot matter. */
#include <string.h>

#include "core/base/log.h"
#include "core/update/encrypted/encrypted.h"
#include "core/update/rollback/rollback.h"
#include "core/update/strategy.h"
#include "core/update/swap/trailer.h"

#define LOG_MODULE "mcuboot"

/* The pointer to size bytes at bus address at; NULL if they are not wholly inside ram. */
static uint8_t *memory_at(const struct load_ram *ram, uint32_t at, uint32_t size)
{
    if (ram == NULL)
        return NULL;
    uint32_t off = at - ram->base; /* wraps to a huge number if at is below base */
    return off <= ram->size && size <= ram->size - off ? ram->memory + off : NULL;
}

bool update_loaded_source(const struct load_ram *ram, const struct update_outcome *out,
                          struct image_source *src)
{
    const struct image_report *r = &out->primary;
    const uint8_t *memory = memory_at(ram, r->header.load_addr, r->size);
    if (memory == NULL || r->size == 0)
        return false;
    *src = image_source_memory(memory, r->size);
    return true;
}

static enum err copy_to_ram(const struct update_env *env, const struct flash_area *a, uint8_t *to,
                            uint32_t size)
{
    for (uint32_t done = 0, n; done < size; done += n) {
        n = size - done < env->buf_len ? size - done : env->buf_len;
        enum err e = area_read(a, done, to + done, n);
        if (e)
            return e;
        if (env->feed)
            env->feed();
    }
    return ERR_OK;
}

static enum image_verdict refuse(struct image_report *report, enum image_fault fault, enum err e)
{
    *report = (struct image_report){.fault = fault, .err = e, .key_index = -1};
    return IMAGE_REFUSED;
}

/* Load address and size are read from flash in order to copy. From then on only the copy counts, and its header must
 * have the same load address. */
static enum image_verdict judge_in_ram(const struct update_env *env, enum slot s,
                                       struct image_report *report)
{
    struct slot_view view;
    struct image_source src = slot_source_at(env->pair, s, 0, &view);
    struct image_header h;
    uint32_t size, limit = update_max_image_size(env->pair);
    enum image_fault f = image_read_header(&src, limit, &h);
    if (f == IMAGE_FAULT_NONE)
        f = image_size(&src, limit, &size);
    if (f != IMAGE_FAULT_NONE)
        return refuse(report, f, ERR_UNREADABLE);
    uint8_t *to = memory_at(env->ram, h.load_addr, size);
    if (!(h.flags & IMAGE_FLAG_RAM_LOAD) || to == NULL) {
        LOG_ERR("Load address 0x%08x, %u bytes, flags 0x%x", (unsigned)h.load_addr, (unsigned)size,
                (unsigned)h.flags);
        return refuse(report, IMAGE_FAULT_VECTORS, ERR_OK);
    }
    LOG_INF("Copying slot %u to RAM at 0x%08x: 0x%x bytes", (unsigned)s, (unsigned)h.load_addr,
            (unsigned)size);
    enum err e = copy_to_ram(env, &env->pair->slot[s], to, size);
    struct image_policy policy = {.keys = env->keys, .key_count = env->key_count, .limit = size};
    struct image_source copy = image_source_memory(to, size);
    enum image_verdict v = e ? refuse(report, IMAGE_FAULT_READ, e)
                             : enc_verify_loaded(env, s, to, size, &policy, report);
    if (v == IMAGE_GENUINE && report->header.load_addr != h.load_addr)
        v = refuse(report, IMAGE_FAULT_VECTORS, ERR_OK);
    if (v == IMAGE_GENUINE)
        report->fault = update_admit(env, &copy, report);
    if (report->fault != IMAGE_FAULT_NONE)
        v = IMAGE_REFUSED;
    if (v != IMAGE_GENUINE)
        memset(to, 0, size);
    return v;
}

const struct update_strategy update_ram_load = {
    .name = "RAM load",
    .mode = UPDATE_MODE_RAM_LOAD,
    .areas = 2,
    .runs_either = true,
    .check = either_slot_check,
    .max_image_size = either_slot_max_size,
    .upload_offset = upload_at_start,
    .requests = &newest_requests,
};

const struct update_strategy update_ram_load_revert = {
    .name = "RAM load with revert",
    .mode = UPDATE_MODE_RAM_LOAD,
    .areas = 2,
    .reverts = true,
    .runs_either = true,
    .check = either_slot_check,
    .max_image_size = either_slot_max_size,
    .upload_offset = upload_at_start,
    .requests = &trial_requests,
};

const struct update_engine update_ram_load_engine = {.boot = choose_boot, .judge = judge_in_ram};
const struct update_engine update_ram_load_revert_engine = {.boot = choose_boot,
                                                            .judge = judge_in_ram};
