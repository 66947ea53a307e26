#include "core/smp/server/recovery.h"

#include <string.h>

#include "core/base/product.h"
#include "core/smp/server/upload.h"
#include "core/smp/wire/cbor_map.h"
#include "core/smp/wire/errors.h"

/* ---- os ---- */

static int echo(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    static const struct cbor_key keys[] = {{"d", CBOR_TEXT}};
    struct cbor_value v[1];
    (void)s;
    if (cbor_map_decode(q->body, q->body_len, keys, v, 1, NULL) != ERR_OK || !v[0].present)
        return MGMT_ERR_EINVAL;
    cbor_put_text(&r->cbor, "r", (const char *)v[0].s.ptr, v[0].s.len);
    return MGMT_ERR_EOK;
}

static int done(struct smp_reply *r)
{
    cbor_put_uint(&r->cbor, "rc", MGMT_ERR_EOK);
    return MGMT_ERR_EOK;
}

static int reset(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    (void)q;
    s->config->reset(s->config->ctx, SMP_RESET_DELAY_MS);
    return done(r);
}

static int params(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    (void)q;
    cbor_put_uint(&r->cbor, "buf_size", s->config->buf_size);
    cbor_put_uint(&r->cbor, "buf_count", s->config->buf_count);
    return MGMT_ERR_EOK;
}

/* ---- image ---- */

static void feed(const struct smp_server *s)
{
    if (s->config->feed != NULL)
        s->config->feed();
}

static enum err erase_sector(const struct smp_server *s, const struct flash_area *a, uint32_t at)
{
    feed(s);
    return area_erase(a, at, a->flash->sector);
}

static const struct slot_pair *pair_of(const struct smp_server *s, unsigned image)
{
    return &s->config->pair[product.images > 1 ? image : 0];
}

static void put_slot(const struct smp_server *s, struct cbor_writer *w, unsigned image,
                     enum slot slot)
{
    struct slot_view view;
    struct image_source source = slot_source(pair_of(s, image), slot, &view);
    struct image_header h;
    struct image_hash hash;
    char version[26];
    if (image_read_header(&source, source.size, &h) != IMAGE_FAULT_NONE ||
        image_stored_hash(&source, source.size, &hash) != IMAGE_FAULT_NONE)
        return;
    image_version_print(version, sizeof version, &h.version, '.');
    cbor_open_map(w);
    if (product.images > 1)
        cbor_put_uint(w, "image", image);
    cbor_put_uint(w, "slot", slot);
    cbor_put_text(w, "version", version, strlen(version));
    cbor_put_bytes(w, "hash", hash.bytes, hash.len);
    cbor_close_map(w);
}

static int list(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    (void)q;
    cbor_put_key(&r->cbor, "images");
    cbor_open_list(&r->cbor);
    for (unsigned image = 0; image < product.images; image++)
        for (unsigned i = 0; i < update_slot_count(s->config->pair); i++)
            put_slot(s, &r->cbor, image, (enum slot)i);
    cbor_close_list(&r->cbor);
    return MGMT_ERR_EOK;
}

static int erase(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    (void)r;
    static const struct cbor_key keys[] = {{"slot", CBOR_UINT}};
    const unsigned slots = update_slot_count(s->config->pair);
    struct cbor_value v[1];
    if (cbor_map_decode(q->body, q->body_len, keys, v, 1, NULL) != ERR_OK ||
        (v[0].present && v[0].u >= slots * product.images))
        return MGMT_ERR_EINVAL;
    /* As mcumgr numbers slots: those of image 0, then those of image 1, ... */
    unsigned number = v[0].present ? v[0].u : slots - 1,
             image = product.images > 1 ? number / slots : 0;
    const struct flash_area *a = &pair_of(s, image)->slot[number - image * slots];
    s->img.open = false;
    /* From the end: the trailer goes first, so a cut leaves no state of a swap that was. */
    for (uint32_t at = a->size; at > 0; at -= a->flash->sector)
        if (erase_sector(s, a, at - a->flash->sector) != ERR_OK)
            return MGMT_ERR_EUNKNOWN;
    return MGMT_ERR_EOK; /* an empty map, as the application's server says it */
}

static int answer_off(struct smp_server *s, struct smp_reply *r)
{
    (void)done(r);
    cbor_put_uint(&r->cbor, "off", s->img.off);
    return MGMT_ERR_EOK;
}

/* A first packet. The sectors of the trailer are erased now, the others as data reaches them. */
static int begin(struct smp_server *s, uint8_t image, const struct cbor_value *len)
{
    const struct flash_area *a = &pair_of(s, image)->slot[SLOT_PRIMARY];
    uint32_t max = update_max_image_size(pair_of(s, image)), sector = a->flash->sector;
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
        !v[DATA].present || (v[IMAGE].present && v[IMAGE].u >= product.images))
        return MGMT_ERR_EINVAL;
    uint8_t image = product.images > 1 && v[IMAGE].present ? (uint8_t)v[IMAGE].u : 0;
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
    [SMP_OS_ECHO] = {.read = echo, .write = echo},
    [SMP_OS_RESET] = {.write = reset},
    [SMP_OS_PARAMS] = {.read = params},
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
