/* img.h - inside the image group only: what its files ask of each other. */
#ifndef CORE_SMP_GROUPS_IMG_H
#define CORE_SMP_GROUPS_IMG_H

#include "core/smp/server/server.h"
#include "core/smp/wire/errors.h"

/* The flags of a slot in the image list. */
struct img_flags {
    bool active, confirmed, pending, permanent;
};

/* What the next boot will do with an image, read from the trailers and logged, as MCUboot's library logs it. */
MUST_CHECK enum err img_swap_type(const struct smp_server *s, unsigned image, enum swap_type *type);
MUST_CHECK enum err img_slot_flags(const struct smp_server *s, unsigned image, enum slot slot,
                                   struct img_flags *flags);

/* May an upload or an erase change this slot? IMG_MGMT_ERR_OK, NO_FREE_SLOT, FLASH_READ_FAILED. */
MUST_CHECK uint32_t img_slot_is_free(const struct smp_server *s, unsigned image, enum slot slot);

/* Is there a slot that uploads may go to? If not it is said in the log why. */
MUST_CHECK uint32_t img_upload_slot_is_known(const struct smp_server *s);

/* ---- the image list: the application's and recovery's ---- */

struct img_slot {
    unsigned image;
    enum slot slot;
};

/* What is listed for a slot. */
struct img_listed {
    struct image_header header;
    struct image_hash hash;
    bool in_place; /* as in struct slot_view */
};

/* False if no header and no hash can be read there. */
bool img_read(const struct smp_server *s, struct img_slot at, struct img_listed *im);

/* Open the map of a slot in the list, and write where and what is there. The caller adds what else it knows, and
 * closes. */
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

/* The largest image that the bootloader will swap: the smaller of what it said and what our own rule says. */
uint32_t img_max_size(const struct smp_server *s, unsigned image);

static inline unsigned img_count(const struct smp_server *s)
{
    return s->config->image_count > 0 ? s->config->image_count : 1;
}

/* mcumgr numbers slots through: those of image 0, then those of image 1, ... */
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
