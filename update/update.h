/* update.h - MCUboot's upgrades: trailers, swap types, the strategies, resume.
 *
 * Knows flash areas and images; knows no board and no wire. The bytes are those of update/SPEC.md
 * (MCUboot's), so that a swap begun by one bootloader can be finished by the other. */
#ifndef UPDATE_UPDATE_H
#define UPDATE_UPDATE_H

#include "flash/area.h"
#include "image/image.h"

enum swap_type {
    SWAP_TYPE_NONE = 1,
    SWAP_TYPE_TEST = 2,
    SWAP_TYPE_PERM = 3,
    SWAP_TYPE_REVERT = 4,
    SWAP_TYPE_FAIL = 5,
    SWAP_TYPE_PANIC = 0xff,
};

enum trailer_magic { TRAILER_MAGIC_GOOD = 1, TRAILER_MAGIC_BAD = 2, TRAILER_MAGIC_UNSET = 3 };
enum trailer_flag { TRAILER_FLAG_SET = 1, TRAILER_FLAG_BAD = 2, TRAILER_FLAG_UNSET = 3 };

/* The scratch area has a trailer as a slot has. Only swap-using-scratch knows it. */
enum slot { SLOT_PRIMARY = 0, SLOT_SECONDARY = 1, SLOT_SCRATCH = 2 };

/* MCUboot's numbers for "bootloader info, mode". */
enum update_mode {
    UPDATE_MODE_SWAP_SCRATCH = 1,
    UPDATE_MODE_OVERWRITE = 2,
    UPDATE_MODE_SWAP_MOVE = 3,
    UPDATE_MODE_SWAP_OFFSET = 9
};

/* A way of upgrading. A device has one, which Kconfig chooses and the build links; a host program
 * has them all. */
struct update_strategy;
extern const struct update_strategy update_swap_offset, update_swap_move, update_swap_scratch,
    update_overwrite;

/* The one that this build was configured for. */
extern const struct update_strategy *const update_configured;

/* Host programs: by the name of its Kconfig symbol ("BOOT_SWAP_USING_MOVE"), or NULL. */
const struct update_strategy *update_strategy_find(const char *symbol);

/* The two slots of one image, and what the build fixed about them. Caller-owned, const after
 * set-up, shared by bootloader, application and host. */
struct slot_pair {
    struct flash_area slot[3]; /* indexed by enum slot */
    uint8_t image;             /* image number, 0..7 */
    uint32_t max_align;        /* BOOT_MAX_ALIGN: 8, 16 or 32, at least the flash word */
    uint32_t max_sectors;      /* BOOT_MAX_IMG_SECTORS, per slot */
    const struct update_strategy *strategy; /* NULL: update_configured */
};

/* What a slot's trailer says. A word that cannot be read counts as not written. */
struct trailer_state {
    enum trailer_magic magic;
    enum trailer_flag image_ok, copy_done;
    enum swap_type swap_type; /* of swap_info */
    uint8_t image;            /* of swap_info */
};

/* Bind slot[] to the partitions slot0, slot1 and scratch, as many as the strategy wants. max_sectors 0 becomes what the primary has. ERR_NOENT no such partition, and the rest
 * as area_open. */
MUST_CHECK enum err slot_pair_open(struct slot_pair *p, struct flash *f,
                                   const struct partition_table *table);

const char *
swap_type_text(enum swap_type t); /* "none", "test", "perm", "revert", "fail", "panic" */

/* Check the pair once after set-up: equal flash words and sectors, slot sizes that the strategy can
 * swap, alignment, max_sectors. ERR_INVAL, and *why (if not NULL) says in words what is wrong. */
MUST_CHECK enum err slot_pair_check(const struct slot_pair *p, const char **why);

/* ---- the fit rule: one place for tool, uploader and bootloader ------------------------------- */

/* Largest image (header to last TLV) in bytes that can be uploaded, swapped in and reverted. */
uint32_t update_max_image_size(const struct slot_pair *p);

/* Where an uploaded image starts in the secondary slot, bytes (swap-using-offset: one sector). */
uint32_t update_upload_offset(const struct slot_pair *p);

enum update_mode update_mode(const struct slot_pair *p);

/* ---- for the application, the SMP server and recovery ----------------------------------------- */

MUST_CHECK enum err trailer_read(const struct slot_pair *p, enum slot s, struct trailer_state *t);

/* What the next boot would do with these trailers. */
MUST_CHECK enum err update_next_swap_type(const struct slot_pair *p, enum swap_type *type);

/* The image in a slot where the trailers say it starts. For SLOT_SECONDARY tries the offset
 * that the swap type implies first, then the other. The source points into *p and *view. */
struct slot_view {
    struct flash_area area; /* from the image's first byte to the slot's end */
};
struct image_source slot_source(const struct slot_pair *p, enum slot s, struct slot_view *view);

/* The image that starts at offset start of a slot, whatever the trailers say. */
struct image_source slot_source_at(const struct slot_pair *p, enum slot s, uint32_t start,
                                   struct slot_view *view);

/* Ask for a swap on the next boot; permanent: without revert. Erases the sectors of the secondary's
 * trailer, then writes magic, (image_ok), swap_info in that order, each its own word. The erase is
 * needed even if they read blank: a cut may have touched a word that still reads erased.
 * Already requested: success, nothing written. ERR_STATE if the secondary's trailer is garbage.
 * Power loss: no request, a test request, or the whole one. */
MUST_CHECK enum err update_set_pending(const struct slot_pair *p, bool permanent);

/* Keep the running image: image_ok in the primary. Success without a write when nothing is to be
 * confirmed (no revert is due). ERR_STATE if the primary's trailer is garbage.
 * Power loss: confirmed, or reverted by the next boot. */
MUST_CHECK enum err update_set_confirmed(const struct slot_pair *p);

/* True in *confirmed if the running image stays at the next boot (no revert is due). */
MUST_CHECK enum err update_is_confirmed(const struct slot_pair *p, bool *confirmed);

/* Erase the sectors of the secondary that hold its trailer, if they are not blank: takes back a
 * request. */
MUST_CHECK enum err update_clear_secondary_trailer(const struct slot_pair *p);

/* Make the secondary ready for an upload at update_upload_offset: takes back a request, and erases
 * what lies in front of it (MCUboot refuses an upgrade when it finds an old image's header there). What is
 * blank stays unerased. The sectors from the upload offset on are the stream writer's to erase.
 * Power loss: the secondary holds no request, or still the old one. */
MUST_CHECK enum err update_upload_begin(const struct slot_pair *p);

/* ---- for the bootloader ------------------------------------------------------------------------- */

struct update_env {
    const struct slot_pair *pair;
    const struct image_key *keys;
    unsigned key_count;
    uint8_t *buf;     /* copy and hash buffer */
    uint32_t buf_len; /* a multiple of the flash word, >= 256; one chunk of a copy */
    void (*feed)(
        void); /* watchdog; called after every chunk copied and sector erased. May be NULL */
    /* May the genuine image next, which is asked for, replace the one in the primary? It says in the
     * log why not. Never asked for a revert. NULL: it may. */
    bool (*may_replace)(const struct update_env *env, const struct image_header *next);
};

/* For may_replace: a version below that of the primary's image, if that is genuine, is refused. */
bool update_no_downgrade(const struct update_env *env, const struct image_header *next);

/* What this build was configured with. */
extern bool (*const update_configured_rule)(const struct update_env *env,
                                            const struct image_header *next);

struct update_outcome {
    enum swap_type requested;   /* what the trailers asked for */
    enum swap_type performed;   /* what was done; NONE if nothing */
    bool resumed;               /* an interrupted swap was finished */
    enum image_verdict verdict; /* of the image that may run, after everything */
    enum slot slot;             /* where it is; at the slot's start */
    uint32_t limit;             /* bytes that it was allowed */
    struct image_report primary;
    struct image_report
        secondary; /* of the last check of the secondary; fault NONE if not checked */
};

/* Decide and act: finish an interrupted swap, or start the requested one, or revert; then judge
 * the primary. Logs what it decides and why (module "mcuboot"). Can be called again after a cut at any
 * operation. The image in the primary may run only if out->verdict is IMAGE_GENUINE.
 * ERR_IO and the like only when flash itself fails; a refused image is not an error. */
MUST_CHECK enum err update_boot(const struct update_env *env, struct update_outcome *out);

#endif
