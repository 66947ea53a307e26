/* img.h - shared by the files of the image group only. */
#ifndef CORE_SMP_GROUPS_IMG_H
#define CORE_SMP_GROUPS_IMG_H

#include "core/smp/server/server.h"
#include "core/smp/wire/errors.h"

/* The flags of a slot in the image list. */
struct img_flags {
    bool active, confirmed, pending, permanent;
};

/* The swap type of the next boot, read from the trailers, and logged as MCUboot's library does. */
MUST_CHECK enum err img_swap_type(const struct smp_server *s, unsigned image, enum swap_type *type);
MUST_CHECK enum err img_slot_flags(const struct smp_server *s, unsigned image, enum slot slot,
                                   struct img_flags *flags);

/* May an upload or an erase change this slot? Returns IMG_MGMT_ERR_OK, _NO_FREE_SLOT or _FLASH_READ_FAILED. */
MUST_CHECK uint32_t img_slot_is_free(const struct smp_server *s, unsigned image, enum slot slot);

/* Is there an upload slot? Returns an IMG_MGMT_ERR, and logs why not. */
MUST_CHECK uint32_t img_upload_slot_is_known(const struct smp_server *s);

/* ---- the image list, of the application and of serial recovery ---- */

struct img_slot {
    unsigned image;
    enum slot slot;
};

/* The list's entry for a slot. */
struct img_listed {
    struct image_header header;
    struct image_hash hash;
    bool in_place; /* as in struct slot_view */
};

/* False if the slot has no image header or no hash. */
bool img_read(const struct smp_server *s, struct img_slot at, struct img_listed *im);

/* Open the map of a list entry, and write image, slot, version and hash. The caller adds further keys and closes the
 * map. */
void img_open_entry(const struct smp_server *s, struct cbor_writer *w, struct img_slot at,
                    const struct img_listed *im);

/* Handlers of the group's commands. */
int img_state_read(struct smp_server *s, const struct smp_request *q, struct smp_reply *r);
int img_state_write(struct smp_server *s, const struct smp_request *q, struct smp_reply *r);
int img_upload(struct smp_server *s, const struct smp_request *q, struct smp_reply *r);

static inline void img_feed(const struct smp_server *s)
{
    if (s->config->feed != NULL)
        s->config->feed();
}

/* The largest image that can be uploaded: the smaller of the bootloader's own limit (boot_info) and
 * update_max_image_size. */
uint32_t img_max_size(const struct smp_server *s, unsigned image);

static inline unsigned img_count(const struct smp_server *s)
{
    return s->config->image_count > 0 ? s->config->image_count : 1;
}

/* mcumgr counts the slots of all images: those of image 0 first, then those of image 1, ... */
static inline unsigned img_slots_of_all(const struct smp_server *s)
{
    return update_slot_count(s->config->pair) * img_count(s);
}

static inline struct img_slot img_slot_at(const struct smp_server *s, unsigned number)
{
    unsigned each = update_slot_count(s->config->pair);
    return (struct img_slot){number / each, (enum slot)(number % each)};
}

/* The slots of an image below img_count. */
static inline const struct slot_pair *img_pair(const struct smp_server *s, unsigned image)
{
    return &s->config->pair[image];
}

#endif
