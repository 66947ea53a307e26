#include "core/smp/groups/recovery.h"

#include "core/smp/groups/img.h"
#include "core/smp/groups/os.h"
#include "core/smp/server/upload.h"
#include "core/smp/wire/cbor_map.h"

static int done(struct smp_reply *r)
{
    cbor_put_uint(&r->cbor, "rc", MGMT_ERR_EOK);
    return MGMT_ERR_EOK;
}

/* MCUboot responds with "rc" 0 where Zephyr's application responds with an empty map. */
static int reset(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    int rc = os_reset(s, q, r);
    return rc == MGMT_ERR_EOK ? done(r) : rc;
}

static enum err erase_sector(const struct smp_server *s, const struct flash_area *a, uint32_t at)
{
    img_feed(s);
    return area_erase(a, at, a->flash->sector);
}

/* Without the flags of the trailers, since no image runs. A slot that cannot be read counts as empty. */
static int list(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    (void)q;
    cbor_put_key(&r->cbor, "images");
    cbor_open_list(&r->cbor);
    for (unsigned i = 0; i < img_slots_of_all(s); i++) {
        struct img_listed im;
        if (!img_read(s, img_slot_at(s, i), &im))
            continue;
        img_open_entry(s, &r->cbor, img_slot_at(s, i), &im);
        cbor_close_map(&r->cbor);
    }
    cbor_close_list(&r->cbor);
    return MGMT_ERR_EOK;
}

static int erase(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    (void)r;
    static const struct cbor_key keys[] = {{"slot", CBOR_UINT}};
    struct cbor_value v[1];
    if (cbor_map_decode(q->body, q->body_len, keys, v, 1, NULL) != ERR_OK ||
        (v[0].present && v[0].u >= img_slots_of_all(s)))
        return MGMT_ERR_EINVAL;
    struct img_slot at =
        img_slot_at(s, v[0].present ? v[0].u : update_slot_count(s->config->pair) - 1);
    const struct flash_area *a = &img_pair(s, at.image)->slot[at.slot];
    s->img.open = false;
    /* From the end, so that the trailer is erased first and a power cut leaves no swap state. */
    for (uint32_t end = a->size; end > 0; end -= a->flash->sector)
        if (erase_sector(s, a, end - a->flash->sector) != ERR_OK)
            return MGMT_ERR_EUNKNOWN;
    return MGMT_ERR_EOK; /* an empty map, as the application's server responds */
}

static int answer_off(struct smp_server *s, struct smp_reply *r)
{
    (void)done(r);
    cbor_put_uint(&r->cbor, "off", s->img.off);
    return MGMT_ERR_EOK;
}

/* Handle a first packet. The trailer's sectors are erased now, the others when data reaches them. */
static int begin(struct smp_server *s, uint8_t image, const struct cbor_value *len)
{
    const struct flash_area *a = &img_pair(s, image)->slot[SLOT_PRIMARY];
    uint32_t max = update_max_image_size(img_pair(s, image)), sector = a->flash->sector;
    s->img.open = false;
    if (!len->present || len->u == 0 || len->u > max)
        return MGMT_ERR_EINVAL;
    for (uint32_t at = a->size; at > max; at -= sector)
        if (erase_sector(s, a, at - sector) != ERR_OK)
            return MGMT_ERR_EUNKNOWN;
    s->img = (struct img_session){.image = image, .len = len->u};
    return upload_open(s, a) == ERR_OK ? MGMT_ERR_EOK : MGMT_ERR_EUNKNOWN;
}

static int upload(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    enum { IMAGE, LEN, OFF, DATA, KEYS };
    static const struct cbor_key keys[KEYS] = {[IMAGE] = {"image", CBOR_UINT},
                                               [LEN] = {"len", CBOR_UINT},
                                               [OFF] = {"off", CBOR_UINT},
                                               [DATA] = {"data", CBOR_BYTES}};
    struct cbor_value v[KEYS];
    if (cbor_map_decode(q->body, q->body_len, keys, v, KEYS, NULL) != ERR_OK || !v[OFF].present ||
        !v[DATA].present || (v[IMAGE].present && v[IMAGE].u >= img_count(s)))
        return MGMT_ERR_EINVAL;
    uint8_t image = v[IMAGE].present ? (uint8_t)v[IMAGE].u : 0;
    int rc = v[OFF].u == 0 ? begin(s, image, &v[LEN]) : MGMT_ERR_EOK;
    if (rc != MGMT_ERR_EOK)
        return rc;
    if (!s->img.open || v[OFF].u != s->img.off)
        return answer_off(s, r);
    if (v[DATA].s.len > s->img.len - s->img.off)
        return MGMT_ERR_EINVAL;
    if (upload_take(s, v[DATA].s) != ERR_OK) {
        s->img.off = 0;
        return MGMT_ERR_EUNKNOWN;
    }
    return answer_off(s, r);
}

static const struct smp_command os[] = {
    [SMP_OS_ECHO] = {.read = os_echo, .write = os_echo},
    [SMP_OS_RESET] = {.write = reset},
    [SMP_OS_PARAMS] = {.read = os_params},
};

static const struct smp_command image[] = {
    [SMP_IMAGE_STATE] = {.read = list},
    [SMP_IMAGE_UPLOAD] = {.write = upload},
    [SMP_IMAGE_ERASE] = {.write = erase},
};

static const struct smp_group group_os = {
    .id = SMP_GROUP_OS, .command_count = ARRAY_LEN(os), .commands = os};
static const struct smp_group group_image = {
    .id = SMP_GROUP_IMAGE, .command_count = ARRAY_LEN(image), .commands = image};

const struct smp_group *const smp_recovery_groups[SMP_RECOVERY_GROUPS] = {&group_os, &group_image};
