/* grp_img.c - group 1: the table of its commands, erase, slot info. */
#include "core/base/log.h"
#include "core/smp/groups/img.h"
#include "core/smp/wire/cbor_map.h"

#define LOG_MODULE "mcumgr_img_grp"

/* Erase the sector at this offset if an image's header stands there, or may stand there and cannot be read. */
static enum err erase_header(const struct smp_server *s, const struct slot_pair *p, uint32_t at)
{
    const struct flash_area *a = &p->slot[update_upload_slot(p)];
    struct image_header header;
    struct slot_view view;
    struct image_source source = slot_source_at(p, update_upload_slot(p), at, &view);
    img_feed(s);
    enum image_fault fault = image_read_header(&source, source.size, &header);
    if (fault == IMAGE_FAULT_NO_IMAGE || fault == IMAGE_FAULT_MAGIC)
        return ERR_OK;
    return area_erase(a, at, a->flash->sector);
}

/* What makes the slot list empty: a whole slot takes longer than clients wait. The trailer first: a cut in the middle
 * then leaves no request for half an image. */
static enum err erase_slot(const struct smp_server *s, const struct slot_pair *p)
{
    img_feed(s);
    enum err e = update_clear_request(p);
    if (e == ERR_OK)
        e = erase_header(s, p, 0);
    if (e == ERR_OK && update_upload_offset(p) != 0)
        e = erase_header(s, p, update_upload_offset(p));
    return e;
}

static int img_erase(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    static const struct cbor_key keys[] = {{"slot", CBOR_UINT}};
    const struct slot_pair *first = s->config->pair;
    struct cbor_value v[1];
    if (cbor_map_decode(q->body, q->body_len, keys, v, 1, NULL) != ERR_OK)
        return MGMT_ERR_EINVAL;
    uint32_t rc = img_upload_slot_is_known(s);
    uint32_t slot = v[0].present ? v[0].u : update_upload_slot(first);
    if (rc == IMG_MGMT_ERR_OK && slot >= img_slots_of_all(s))
        return smp_reply_error(r, IMG_MGMT_ERR_FLASH_OPEN_FAILED);
    if (rc == IMG_MGMT_ERR_OK)
        rc = img_slot_is_free(s, img_slot_at(s, slot).image, img_slot_at(s, slot).slot);
    if (rc != IMG_MGMT_ERR_OK)
        return smp_reply_error(r, rc);
    s->img.open = false;
    const struct slot_pair *p = img_pair(s, img_slot_at(s, slot).image);
    const struct flash_area *a = &p->slot[update_upload_slot(p)];
    enum err e = erase_slot(s, p);
    if (e != ERR_OK) {
        LOG_ERR("image slot erase of 0x%zx bytes failed (err %d)", (size_t)a->size, e);
        return smp_reply_error(r, IMG_MGMT_ERR_FLASH_ERASE_FAILED);
    }
    return MGMT_ERR_EOK;
}

static void put_slots(const struct smp_server *s, struct cbor_writer *w, unsigned image)
{
    const struct slot_pair *pair = img_pair(s, image);
    cbor_open_map(w);
    cbor_put_uint(w, "image", image);
    cbor_put_key(w, "slots");
    cbor_open_list(w);
    for (unsigned i = 0; i < update_slot_count(pair); i++) {
        cbor_open_map(w);
        cbor_put_uint(w, "slot", i);
        cbor_put_uint(w, "size", pair->slot[i].size);
        if (i == update_upload_slot(pair))
            cbor_put_uint(w, "upload_image_id", image);
        cbor_close_map(w);
    }
    cbor_close_list(w);
    cbor_put_uint(w, "max_image_size", img_max_size(s, image));
    cbor_close_map(w);
}

static int img_slots(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    (void)q;
    struct cbor_writer *w = &r->cbor;
    cbor_put_key(w, "images");
    cbor_open_list(w);
    for (unsigned i = 0; i < img_count(s); i++)
        put_slots(s, w, i);
    cbor_close_list(w);
    return MGMT_ERR_EOK;
}

static const struct smp_command commands[] = {
    [SMP_IMAGE_STATE] = {.read = img_state_read, .write = img_state_write},
    [SMP_IMAGE_UPLOAD] = {.write = img_upload},
    [SMP_IMAGE_ERASE] = {.write = img_erase},
    [SMP_IMAGE_SLOTS] = {.read = img_slots},
};

/* The flat "rc" for SMP v1 clients; errors above the last are EUNKNOWN. */
static const uint8_t v1_rc[] = {
    [IMG_MGMT_ERR_OK] = MGMT_ERR_EOK,
    [IMG_MGMT_ERR_UNKNOWN] = MGMT_ERR_EUNKNOWN,
    [IMG_MGMT_ERR_FLASH_CONFIG_QUERY_FAIL] = MGMT_ERR_EUNKNOWN,
    [IMG_MGMT_ERR_NO_IMAGE] = MGMT_ERR_ENOENT,
    [IMG_MGMT_ERR_NO_TLVS] = MGMT_ERR_ENOENT,
    [IMG_MGMT_ERR_INVALID_TLV] = MGMT_ERR_EUNKNOWN,
    [IMG_MGMT_ERR_TLV_MULTIPLE_HASHES_FOUND] = MGMT_ERR_EUNKNOWN,
    [IMG_MGMT_ERR_TLV_INVALID_SIZE] = MGMT_ERR_EUNKNOWN,
    [IMG_MGMT_ERR_HASH_NOT_FOUND] = MGMT_ERR_EUNKNOWN,
    [IMG_MGMT_ERR_NO_FREE_SLOT] = MGMT_ERR_EBADSTATE,
    [IMG_MGMT_ERR_FLASH_OPEN_FAILED] = MGMT_ERR_EUNKNOWN,
    [IMG_MGMT_ERR_FLASH_READ_FAILED] = MGMT_ERR_EUNKNOWN,
    [IMG_MGMT_ERR_FLASH_WRITE_FAILED] = MGMT_ERR_EUNKNOWN,
    [IMG_MGMT_ERR_FLASH_ERASE_FAILED] = MGMT_ERR_EUNKNOWN,
    [IMG_MGMT_ERR_INVALID_SLOT] = MGMT_ERR_EINVAL,
    [IMG_MGMT_ERR_NO_FREE_MEMORY] = MGMT_ERR_ENOMEM,
    [IMG_MGMT_ERR_FLASH_CONTEXT_ALREADY_SET] = MGMT_ERR_EUNKNOWN,
    [IMG_MGMT_ERR_FLASH_CONTEXT_NOT_SET] = MGMT_ERR_EUNKNOWN,
    [IMG_MGMT_ERR_FLASH_AREA_DEVICE_NULL] = MGMT_ERR_EUNKNOWN,
    [IMG_MGMT_ERR_INVALID_PAGE_OFFSET] = MGMT_ERR_EINVAL,
    [IMG_MGMT_ERR_INVALID_OFFSET] = MGMT_ERR_EINVAL,
    [IMG_MGMT_ERR_INVALID_LENGTH] = MGMT_ERR_EINVAL,
    [IMG_MGMT_ERR_INVALID_IMAGE_HEADER] = MGMT_ERR_EINVAL,
    [IMG_MGMT_ERR_INVALID_IMAGE_HEADER_MAGIC] = MGMT_ERR_EUNKNOWN,
    [IMG_MGMT_ERR_INVALID_HASH] = MGMT_ERR_EINVAL,
    [IMG_MGMT_ERR_INVALID_FLASH_ADDRESS] = MGMT_ERR_EINVAL,
    [IMG_MGMT_ERR_VERSION_GET_FAILED] = MGMT_ERR_EUNKNOWN,
    [IMG_MGMT_ERR_CURRENT_VERSION_IS_NEWER] = MGMT_ERR_EBADSTATE,
    [IMG_MGMT_ERR_IMAGE_ALREADY_PENDING] = MGMT_ERR_EBADSTATE,
};

const struct smp_group smp_group_img = {
    .name = "img mgmt",
    .id = SMP_GROUP_IMAGE,
    .command_count = ARRAY_LEN(commands),
    .v1_count = ARRAY_LEN(v1_rc),
    .commands = commands,
    .v1_rc = v1_rc,
};
