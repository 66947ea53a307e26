/* img_state.c - the image list, and "set state": test and confirm. */
#include <string.h>

#include "core/base/log.h"
#include "core/smp/groups/img.h"
#include "core/smp/wire/cbor_map.h"

#define LOG_MODULE "mcumgr_img_grp"

bool img_read(const struct smp_server *s, struct img_slot at, struct img_listed *im)
{
    struct slot_view view;
    struct image_source source = slot_source(img_pair(s, at.image), at.slot, &view);
    im->in_place = view.in_place;
    return image_read_header(&source, source.size, &im->header) == IMAGE_FAULT_NONE &&
           image_stored_hash(&source, source.size, &im->hash) == IMAGE_FAULT_NONE;
}

void img_open_entry(const struct smp_server *s, struct cbor_writer *w, struct img_slot at,
                    const struct img_listed *im)
{
    char version[26];
    image_version_print(version, sizeof version, &im->header.version, '.');
    cbor_open_map(w);
    if (img_count(s) > 1)
        cbor_put_uint(w, "image", at.image);
    cbor_put_uint(w, "slot", at.slot);
    cbor_put_text(w, "version", version, strlen(version));
    cbor_put_bytes(w, "hash", im->hash.bytes, im->hash.len);
}

/* Write a list entry; nothing for a slot without an image. */
static enum err put_slot(struct smp_server *s, struct cbor_writer *w, struct img_slot at)
{
    struct img_listed im;
    struct img_flags f;
    if (!img_read(s, at, &im))
        return ERR_OK;
    enum err e = img_slot_flags(s, at.image, at.slot, &f);
    if (e != ERR_OK)
        return e;
    img_open_entry(s, w, at, &im);
    /* False, too, if the image is where the bootloader does not look for it: a client has to upload it again. */
    cbor_put_bool(w, "bootable", !(im.header.flags & IMAGE_FLAG_NON_BOOTABLE) && im.in_place);
    cbor_put_bool(w, "pending", f.pending);
    cbor_put_bool(w, "confirmed", f.confirmed);
    cbor_put_bool(w, "active", f.active);
    cbor_put_bool(w, "permanent", f.permanent);
    cbor_close_map(w);
    return ERR_OK;
}

/* If one slot cannot be read, the whole list is dropped and the response is an error. */
static int put_list(struct smp_server *s, struct smp_reply *r)
{
    struct cbor_writer start = r->cbor;
    cbor_put_key(&r->cbor, "images");
    cbor_open_list(&r->cbor);
    for (unsigned i = 0; i < img_slots_of_all(s); i++) {
        enum err e = put_slot(s, &r->cbor, img_slot_at(s, i));
        if (e == ERR_OK)
            continue;
        LOG_ERR("Failed to read data from flash: %d", e);
        r->cbor = start;
        return smp_reply_error(r, IMG_MGMT_ERR_FLASH_READ_FAILED);
    }
    cbor_close_list(&r->cbor);
    cbor_put_uint(&r->cbor, "splitStatus", 0);
    return MGMT_ERR_EOK;
}

int img_state_read(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    (void)q;
    return put_list(s, r);
}

/* Is a request carried out, ignored or refused? By the swap type that the trailers ask for already. */
enum action { DO, NOTHING, REFUSE };
enum wish { TEST_OTHER, CONFIRM_OTHER, CONFIRM_RUNNING, WISHES };

static enum action choose(enum swap_type type, enum wish wish)
{
    static const struct {
        enum swap_type type;
        enum action action[WISHES];
    } table[] = {
        {SWAP_TYPE_TEST, {NOTHING, REFUSE, REFUSE}},
        {SWAP_TYPE_PERM, {REFUSE, NOTHING, REFUSE}},
        {SWAP_TYPE_REVERT, {REFUSE, NOTHING, DO}},
    };
    for (unsigned i = 0; i < ARRAY_LEN(table); i++) {
        if (table[i].type == type)
            return table[i].action[wish];
    }
    return DO;
}

/* The image that a request is about, and what is requested. */
struct named {
    unsigned image;
    enum wish wish;
    struct image_hash hash; /* len 0: the request had no hash, so it is about the running image */
};

static uint32_t write_trailer(const struct smp_server *s, const struct named *n)
{
    const struct slot_pair *pair = img_pair(s, n->image);
    bool running = n->wish == CONFIRM_RUNNING;
    img_feed(s);
    enum err e = running ? update_set_confirmed(pair)
                         : update_set_pending_named(pair, &n->hash, n->wish == CONFIRM_OTHER);
    if (e == ERR_OK)
        return IMG_MGMT_ERR_OK;
    if (e == ERR_NOENT)
        return IMG_MGMT_ERR_HASH_NOT_FOUND;
    uint32_t rc = IMG_MGMT_ERR_FLASH_WRITE_FAILED;
    if (e == ERR_INVAL)
        rc = IMG_MGMT_ERR_CURRENT_VERSION_IS_NEWER;
    if (e == ERR_STATE)
        rc = running ? IMG_MGMT_ERR_INVALID_IMAGE_VECTOR_TABLE
                     : IMG_MGMT_ERR_INVALID_IMAGE_HEADER_MAGIC;
    LOG_ERR("Faled boot_set_next with code %d, for slot %d, with active slot %d and confirm %d", e,
            running ? (int)pair->active : (int)update_upload_slot(pair), (int)pair->active,
            n->wish != TEST_OTHER);
    return rc;
}

static uint32_t set_state(const struct smp_server *s, const struct named *n)
{
    enum swap_type type;
    if (img_swap_type(s, n->image, &type) != ERR_OK)
        return IMG_MGMT_ERR_FLASH_READ_FAILED;
    switch (choose(type, n->wish)) {
    case NOTHING:
        return IMG_MGMT_ERR_OK;
    case REFUSE:
        return IMG_MGMT_ERR_IMAGE_ALREADY_PENDING;
    case DO:
        break;
    }
    return write_trailer(s, n);
}

/* Find the slot of the image with this hash; the lowest one if there are several. */
static uint32_t find_hash(const struct smp_server *s, const struct image_hash *wanted,
                          struct img_slot *at)
{
    for (unsigned i = 0; i < img_slots_of_all(s); i++) {
        struct img_listed im;
        *at = img_slot_at(s, i);
        if (!img_read(s, *at, &im) || im.hash.len != wanted->len ||
            memcmp(im.hash.bytes, wanted->bytes, wanted->len) != 0)
            continue;
        if (im.in_place)
            return IMG_MGMT_ERR_OK;
        LOG_ERR("Image %u slot %u: a swap moved this image to where a request cannot take it; "
                "upload it "
                "again",
                at->image, (unsigned)at->slot);
    }
    return IMG_MGMT_ERR_HASH_NOT_FOUND;
}

static bool take_hash(struct image_hash *h, struct cbor_span s)
{
    if (s.len != SHA256_SIZE && s.len != SHA384_SIZE && s.len != SHA512_SIZE)
        return false;
    h->len = (uint16_t)s.len;
    memcpy(h->bytes, s.ptr, s.len);
    return true;
}

/* Find the image that a request is about; without a hash it is the running image of image 0. */
static uint32_t find_named(const struct smp_server *s, const struct cbor_value *hash, bool confirm,
                           struct named *n)
{
    struct img_slot at = {0, s->config->pair->active};
    if (hash->present ? !take_hash(&n->hash, hash->s) : !confirm)
        return IMG_MGMT_ERR_INVALID_HASH;
    if (hash->present) {
        uint32_t rc = find_hash(s, &n->hash, &at);
        if (rc != IMG_MGMT_ERR_OK)
            return rc;
    }
    n->image = at.image;
    bool running = at.slot == img_pair(s, at.image)->active;
    if (running && !confirm)
        return IMG_MGMT_ERR_IMAGE_SETTING_TEST_TO_ACTIVE_DENIED;
    n->wish = running ? CONFIRM_RUNNING : confirm ? CONFIRM_OTHER : TEST_OTHER;
    return IMG_MGMT_ERR_OK;
}

int img_state_write(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    enum { HASH, CONFIRM, COUNT };
    static const struct cbor_key keys[COUNT] = {
        [HASH] = {"hash", CBOR_BYTES}, [CONFIRM] = {"confirm", CBOR_BOOL}};
    struct cbor_value v[COUNT];
    struct named n = {.wish = TEST_OTHER};
    if (!update_takes_requests(s->config->pair))
        return MGMT_ERR_ENOTSUP; /* the newest image runs, or there is one slot */
    if (cbor_map_decode(q->body, q->body_len, keys, v, COUNT, NULL) != ERR_OK)
        return MGMT_ERR_EINVAL;
    uint32_t rc = find_named(s, &v[HASH], v[CONFIRM].present && v[CONFIRM].b, &n);
    if (rc == IMG_MGMT_ERR_OK)
        rc = set_state(s, &n);
    return rc == IMG_MGMT_ERR_OK ? put_list(s, r) : smp_reply_error(r, rc);
}
