/* update.h - MCUboot's upgrades: trailers, swap types, strategies, and how an interrupted swap is resumed.
 *
 * Knows flash areas and images, but no board and no protocol. The bytes on flash are MCUboot's (core/update/SPEC.md),
 * so that a swap begun by one bootloader can be finished by the other. */
#ifndef CORE_UPDATE_UPDATE_H
#define CORE_UPDATE_UPDATE_H

#include "core/flash/area.h"
#include "core/image/encrypted/encrypted.h"

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

/* Only swap using scratch has the scratch area, which has a trailer as a slot has. */
enum slot { SLOT_PRIMARY = 0, SLOT_SECONDARY = 1, SLOT_SCRATCH = 2, SLOT_NONE = 3 };

/* MCUboot's numbers for "bootloader info, mode". */
enum update_mode {
    UPDATE_MODE_SINGLE = 0,
    UPDATE_MODE_SWAP_SCRATCH = 1,
    UPDATE_MODE_OVERWRITE = 2,
    UPDATE_MODE_SWAP_MOVE = 3,
    UPDATE_MODE_DIRECT_XIP = 4,
    UPDATE_MODE_DIRECT_XIP_REVERT = 5,
    UPDATE_MODE_RAM_LOAD = 6, /* with revert too */
    UPDATE_MODE_SWAP_OFFSET = 9
};

/* A device has one strategy, which Kconfig chooses and the build links; a host program has them all. */
struct update_strategy;
extern const struct update_strategy update_swap_offset, update_swap_move, update_swap_scratch,
    update_overwrite, update_direct_xip, update_direct_xip_revert, update_ram_load,
    update_ram_load_revert, update_single;

/* The strategy that this build was configured for: product.c in a firmware, swap using offset on a PC. */
extern const struct update_strategy *const update_configured;

/* Host programs: the strategy with this Kconfig symbol ("BOOT_SWAP_USING_MOVE"), or NULL. */
const struct update_strategy *update_strategy_find(const char *symbol);

/* The two slots of one image, and the parameters that bootloader, application and host must agree on. Caller-owned,
 * const after setup. */
struct slot_pair {
    struct flash_area slot[3]; /* indexed by enum slot */
    uint8_t image;             /* image number, 0..7 */
    /* Bytes of an image key, 16 or 32; 0: no encrypted images. Host programs only: a device's build fixes it
     * (product.image_key_size). */
    uint8_t key_size;
    /* The slot whose image runs. Only the application sets it, after slot_pair_open, and only with direct-XIP or
     * RAM-load; SLOT_NONE if it does not know. */
    enum slot active;
    uint32_t max_align;   /* BOOT_MAX_ALIGN: 8, 16 or 32, at least the flash word */
    uint32_t max_sectors; /* BOOT_MAX_IMG_SECTORS, per slot */
    const struct update_strategy *strategy; /* host programs only; NULL: update_configured */
};

/* The fields of a slot's trailer. A word that cannot be read counts as not written. */
struct trailer_state {
    enum trailer_magic magic;
    enum trailer_flag image_ok, copy_done;
    enum swap_type swap_type; /* of swap_info */
    uint8_t image;            /* of swap_info */
};

/* Bind slot[] to the partitions slot0, slot1 and scratch, as many as the strategy needs. max_sectors 0 becomes the
 * number of sectors of the primary. ERR_NOENT: a partition is missing; other errors as area_open. */
MUST_CHECK enum err slot_pair_open(struct slot_pair *p, struct flash *f,
                                   const struct partition_table *table);

const char *
swap_type_text(enum swap_type t); /* "none", "test", "perm", "revert", "fail", "panic" */

/* Check the pair once after setup: equal flash words and sectors, slot sizes that the strategy can
 * swap, alignment, max_sectors. ERR_INVAL: *why (if not NULL) is a text that says what is wrong. */
MUST_CHECK enum err slot_pair_check(const struct slot_pair *p, const char **why);

/* ---- the fit rule: one place for tool, uploader and bootloader ------------------------------- */

/* Largest image (header to last TLV) in bytes that can be uploaded, swapped in and reverted. */
uint32_t update_max_image_size(const struct slot_pair *p);

/* Where an uploaded image starts in the secondary slot, bytes (swap-using-offset: one sector). */
uint32_t update_upload_offset(const struct slot_pair *p);

enum update_mode update_mode(const struct slot_pair *p);

/* How many slots hold images: 2, or 1 (single slot). */
unsigned update_slot_count(const struct slot_pair *p);

/* True for direct-XIP and RAM-load: images run from either slot, so the active slot is not always the primary. */
bool update_runs_either(const struct slot_pair *p);

/* Can a test or a permanent swap be requested? Not with direct-XIP or RAM-load without revert, nor with a single
 * slot. */
bool update_takes_requests(const struct slot_pair *p);

/* Where uploads go: the slot whose image does not run. SLOT_NONE: there is no other slot, or the application has not
 * set p->active. */
enum slot update_upload_slot(const struct slot_pair *p);

/* ---- for the application, the SMP server and recovery ----------------------------------------- */

MUST_CHECK enum err trailer_read(const struct slot_pair *p, enum slot s, struct trailer_state *t);

/* What the next boot would do with these trailers. */
MUST_CHECK enum err update_next_swap_type(const struct slot_pair *p, enum swap_type *type);

/* A trailer for people. */
struct trailer_view {
    struct trailer_state state;
    bool has_swap_size; /* the field is written */
    uint32_t swap_size; /* bytes of the larger image */
    /* Of the primary, with a strategy that swaps: a swap has begun and has not ended. */
    bool in_swap;
    bool unclear;   /* in a swap: no layout that is known explains its status records */
    uint32_t steps; /* in a swap: so many steps are recorded as done */
};

/* Offset in the slot of the first byte that its trailer may have; the trailer ends with the slot. */
uint32_t update_trailer_begin(const struct slot_pair *p, enum slot s);

/* The trailer of slot s, which may be garbled. Host programs only. */
MUST_CHECK enum err update_view_trailer(const struct slot_pair *p, enum slot s,
                                        struct trailer_view *view);

struct slot_view {
    struct flash_area area; /* from the image's first byte to the slot's end */
    bool in_place;          /* slot_source: the next boot can take the image from there */
};

/* The image of a slot, as a list of images should show it. Swap using offset has two places for it in the secondary: an
 * upload lies at update_upload_offset, and a request takes it from there; the old image lies at offset 0 after a swap,
 * and a revert takes it from there. This is the old image while a revert is due, and otherwise the upload, unless the
 * upload is only a leftover copy of the running image. If the preferred place has no image header, the other one is
 * used, and view->in_place is false. The source points into *p and *view. */
struct image_source slot_source(const struct slot_pair *p, enum slot s, struct slot_view *view);

/* The image that starts at offset start (bytes) of a slot, whatever the trailers say. */
struct image_source slot_source_at(const struct slot_pair *p, enum slot s, uint32_t start,
                                   struct slot_view *view);

/* Request the image in the upload slot for the next boot; permanent: without revert. Erases the sectors of its trailer,
 * then writes, each field in its own word: magic, (image_ok), swap_info for a swap or an overwrite; (image_ok,
 * copy_done), magic for direct-XIP and RAM-load. The sectors are erased even if they read blank: a power cut may have
 * touched a word that still reads erased.
 * If the image is requested already, nothing is written; only a test request for a swap can become permanent.
 * ERR_STATE: the trailer is garbled (swap), or p->active is SLOT_NONE. ERR_NOTSUP: this strategy takes no requests.
 * ERR_INVAL: the running image is as new or newer, so the next boot would run it again (direct-XIP, RAM-load).
 * Power loss: no request, a test request, or the whole request. */
MUST_CHECK enum err update_set_pending(const struct slot_pair *p, bool permanent);

/* update_set_pending, but only if the image that the next boot would take has this hash. ERR_NOENT: it has another one;
 * nothing is written. */
MUST_CHECK enum err update_set_pending_named(const struct slot_pair *p,
                                             const struct image_hash *hash, bool permanent);

/* Confirm the running image: write image_ok to its slot's trailer. If no revert is due, nothing is written. ERR_STATE:
 * the primary's trailer is garbled (swap).
 * Power loss: confirmed, or reverted by the next boot. */
MUST_CHECK enum err update_set_confirmed(const struct slot_pair *p);

/* True in *confirmed if the running image stays at the next boot (no revert is due). */
MUST_CHECK enum err update_is_confirmed(const struct slot_pair *p, bool *confirmed);

/* Clear a request: erase the sectors of the upload slot that hold its trailer, if they are not blank. With direct-XIP
 * and RAM-load the image's first sector is erased before them, because a trailer that a power cut left half erased
 * could request that image. ERR_STATE: there is no upload slot. */
MUST_CHECK enum err update_clear_request(const struct slot_pair *p);

/* Prepare the upload slot for an upload at update_upload_offset: clear a request, and erase the bytes below that offset
 * (MCUboot refuses an upgrade if they start with an old image's header). Blank sectors are not erased. The sectors from
 * the upload offset on are erased by the stream writer (core/flash/stream.h).
 * Power loss: the slot holds no request, or still the old one. */
MUST_CHECK enum err update_upload_begin(const struct slot_pair *p);

/* Erase the bytes below update_upload_offset if they start with an image header; the request stays. Power loss: as
 * before, or erased. */
MUST_CHECK enum err update_front_clear(const struct slot_pair *p);

/* ---- a sector that the update does not need ------------------------------------------------------------ */

/* Sector number n (0 is the one nearest to the trailer) of the upload slot in which neither an image nor the trailer lies.
 * False: there are not so many, or there is no such slot. */
bool update_spare_sector(const struct slot_pair *p, unsigned n, struct flash_area *sector);

/* The first of them, for somebody who leaves it erased before this slot is written again. ERR_BUSY: a request, a trial or a
 * revert is open, which may need the slot at the next boot. ERR_NOSPC: there is none. Errors of the flash. */
MUST_CHECK enum err update_borrow_sector(const struct slot_pair *p, struct flash_area *sector);

/* Is there one whatever images are in the slot, each as large as update_max_image_size allows? */
bool update_keeps_spare(const struct slot_pair *p);

/* ---- for the bootloader ------------------------------------------------------------------------- */

struct rollback_protection; /* core/update/rollback/rollback.h */
struct update_outcome;

/* The RAM that RAM-load may copy images to. */
struct load_ram {
    uint32_t base, size; /* bus address; bytes */
    uint8_t *memory;     /* the same RAM as a pointer of this program; a host program's buffer */
};

/* For a bootloader with encrypted images. Caller-owned; update_boot wipes payload before it returns. */
struct update_encryption {
    const struct image_unwrap *unwrap;
    struct image_secret secret;
    /* By slot: the key of the image that is in this slot, or was when the swap began. */
    struct image_payload payload[2];
};

struct update_env {
    const struct slot_pair *pair;
    const struct image_key *keys;
    unsigned key_count;
    uint8_t *buf;       /* copy and hash buffer */
    uint32_t buf_len;   /* a multiple of the flash word, >= 256; one chunk of a copy */
    void (*feed)(void); /* the watchdog, after every chunk copied and sector erased; may be NULL */
    /* May the genuine, requested image next replace the primary? Logs why not. Not called for a revert. NULL: yes. */
    bool (*may_replace)(const struct update_env *env, const struct image_header *next);
    /* Was the genuine image that out names linked for its place? Logs why not. Called only with direct-XIP and
     * RAM-load, so that the other slot is tried then. NULL: yes. */
    bool (*runs_here)(const struct update_env *env, const struct update_outcome *out);
    const struct load_ram *ram;                 /* RAM-load only */
    const struct rollback_protection *rollback; /* counters and retired keys; NULL: none */
    struct update_encryption *encryption;       /* NULL: encrypted images are refused */
};

/* A may_replace: refuses a version below that of the primary's image, if that image is genuine. */
bool update_no_downgrade(const struct update_env *env, const struct image_header *next);

/* Firmware: the may_replace that Kconfig chose, or NULL. product.c. */
extern bool (*const update_configured_rule)(const struct update_env *env,
                                            const struct image_header *next);

struct update_outcome {
    enum swap_type requested;   /* by the trailers; PERM for a rescue (update_engine.rescues) */
    enum swap_type performed;   /* what was done; NONE if nothing */
    bool resumed;               /* an interrupted swap was finished */
    enum image_verdict verdict; /* on the image to run, after all writes */
    enum slot slot;             /* the slot at whose start it lies */
    uint32_t limit;             /* the size limit that it was judged by, bytes */
    /* Of the image to run; with RAM-load it lies at header.load_addr. */
    struct image_report primary;
    /* Of the other image if it was judged; otherwise fault is IMAGE_FAULT_NONE. */
    struct image_report secondary;
};

/* RAM-load: *src reads the copy in RAM of the image that out names. False if that image does not lie inside ram; *src
 * is not written. */
bool update_loaded_source(const struct load_ram *ram, const struct update_outcome *out,
                          struct image_source *src);

/* One boot: finish an interrupted swap, or start the requested one, or revert; then judge the image to run. Logs what
 * it decides and why (module "mcuboot"). The image in out->slot may run only if out->verdict is IMAGE_GENUINE.
 * ERR_IO and the like only when flash itself fails; a refused image is not an error.
 * Power loss at any operation: the next call carries on. */
MUST_CHECK enum err update_boot(const struct update_env *env, struct update_outcome *out);

/* ---- several images that are updated together ---------------------- */

#define UPDATE_IMAGES_MAX 4u

/* Bind pairs[i] to the partitions slot(2i) and slot(2i+1), and number it; otherwise as slot_pair_open. count is
 * 1..UPDATE_IMAGES_MAX. */
MUST_CHECK enum err update_open_images(struct slot_pair *pairs, unsigned count, struct flash *f,
                                       const struct partition_table *table);

/* update_boot for every image, in order: finishes interrupted swaps, then swaps the images for which the resulting set
 * meets all dependencies; the others wait. At the end the counters and retired keys of confirmed images go into
 * env->rollback. env->pair is pairs; out has count entries. The images may run only if every verdict is IMAGE_GENUINE.
 * Power loss: the next undisturbed call ends with images that the dependencies allow. */
MUST_CHECK enum err update_boot_images(const struct update_env *env, const struct slot_pair *pairs,
                                       unsigned count, struct update_outcome *out);

#endif
