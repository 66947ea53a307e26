/* update.h - MCUboot's upgrades: trailers, swap types, the strategies, resume.
 *
 * Knows flash areas and images; knows no board and no wire. The bytes are those of core/update/SPEC.md
 * (MCUboot's), so that a swap begun by one bootloader can be finished by the other. */
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

/* The scratch area has a trailer as a slot has. Only swap-using-scratch knows it. */
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

/* A way of upgrading. A device has one, which Kconfig chooses and the build links; a host program
 * has them all. */
struct update_strategy;
extern const struct update_strategy update_swap_offset, update_swap_move, update_swap_scratch,
    update_overwrite, update_direct_xip, update_direct_xip_revert, update_ram_load,
    update_ram_load_revert, update_single;

/* The one that this build was configured for: product.c of a firmware, swap using offset on a PC. */
extern const struct update_strategy *const update_configured;

/* Host programs: by the name of its Kconfig symbol ("BOOT_SWAP_USING_MOVE"), or NULL. */
const struct update_strategy *update_strategy_find(const char *symbol);

/* The two slots of one image, and what the build fixed about them. Caller-owned, const after
 * set-up, shared by bootloader, application and host. */
struct slot_pair {
    struct flash_area slot[3]; /* indexed by enum slot */
    uint8_t image;             /* image number, 0..7 */
    uint8_t key_size; /* host programs: bytes of an image key, 16 or 32; 0: no encrypted images. A
                         device's build says it */
    /* The slot whose image runs, for the application's side. Where images run from either slot, the
     * application sets it after slot_pair_open; SLOT_NONE if it does not know. */
    enum slot active;
    uint32_t max_align;   /* BOOT_MAX_ALIGN: 8, 16 or 32, at least the flash word */
    uint32_t max_sectors; /* BOOT_MAX_IMG_SECTORS, per slot */
    const struct update_strategy
        *strategy; /* NULL: update_configured. A device does not look here */
};

/* What a slot's trailer says. A word that cannot be read counts as not written. */
struct trailer_state {
    enum trailer_magic magic;
    enum trailer_flag image_ok, copy_done;
    enum swap_type swap_type; /* of swap_info */
    uint8_t image;            /* of swap_info */
};

/* Bind slot[] to the partitions slot0, slot1 and scratch, as many as the strategy wants. max_sectors 0 becomes what the
 * primary has. ERR_NOENT no such partition, and the rest as area_open. */
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

/* How many slots hold images: 2, or 1 (single slot). */
unsigned update_slot_count(const struct slot_pair *p);

/* Images run from either slot (direct-XIP, RAM-load): the active one is not always the primary. */
bool update_runs_either(const struct slot_pair *p);

/* Can an image be asked for? Not where the newest one runs whatever the trailers say, nor with a
 * single slot. */
bool update_takes_requests(const struct slot_pair *p);

/* Where uploads go: the slot whose image does not run. SLOT_NONE: there is no other slot, or it is not
 * known which one runs. */
enum slot update_upload_slot(const struct slot_pair *p);

/* ---- for the application, the SMP server and recovery ----------------------------------------- */

MUST_CHECK enum err trailer_read(const struct slot_pair *p, enum slot s, struct trailer_state *t);

/* What the next boot would do with these trailers. */
MUST_CHECK enum err update_next_swap_type(const struct slot_pair *p, enum swap_type *type);

struct slot_view {
    struct flash_area area; /* from the image's first byte to the slot's end */
    bool in_place;          /* slot_source: the image lies where the next boot can take it from */
};

/* The image in a slot that a person would want to see there. Swap-using-offset has two places for it in the secondary: an
 * upload lies at update_upload_offset, and only from there a request brings it in; what a swap put out lies at offset 0, and
 * only a revert brings it back. While a revert is due the latter is meant; otherwise what is where uploads go, unless it is
 * a leftover copy of the image that runs. If there is no header in that place the other one is tried, and view->in_place
 * is false. The source points into *p and *view. */
struct image_source slot_source(const struct slot_pair *p, enum slot s, struct slot_view *view);

/* The image that starts at offset start of a slot, whatever the trailers say. */
struct image_source slot_source_at(const struct slot_pair *p, enum slot s, uint32_t start,
                                   struct slot_view *view);

/* Ask for the image in the upload slot on the next boot; permanent: without revert. Erases the sectors of its
 * trailer, then writes, for a swap: magic, (image_ok), swap_info in that order, where images run from
 * either slot: (image_ok, copy_done), magic; each its own word. The erase is needed even if they read
 * blank: a cut may have touched a word that still reads erased.
 * Already requested: success, nothing written, but for a test that is now to be permanent (swap). ERR_STATE if the
 * trailer is garbage (swap), or if it is not known which slot runs; ERR_NOTSUP where nothing can be asked for; ERR_INVAL if the image that runs is as new or
 * newer and would be run again (either slot).
 * Power loss: no request, a test request, or the whole one. */
MUST_CHECK enum err update_set_pending(const struct slot_pair *p, bool permanent);

/* update_set_pending for the image with this hash, and for no other: ERR_NOENT, and nothing is written, if the one that the
 * next boot would take is another. */
MUST_CHECK enum err update_set_pending_named(const struct slot_pair *p,
                                             const struct image_hash *hash, bool permanent);

/* Keep the running image: image_ok in its slot. Success without a write when nothing is to be
 * confirmed (no revert is due). ERR_STATE if the primary's trailer is garbage (swap).
 * Power loss: confirmed, or reverted by the next boot. */
MUST_CHECK enum err update_set_confirmed(const struct slot_pair *p);

/* True in *confirmed if the running image stays at the next boot (no revert is due). */
MUST_CHECK enum err update_is_confirmed(const struct slot_pair *p, bool *confirmed);

/* Erase the sectors of the upload slot that hold its trailer, if they are not blank: takes back a
 * request. Where images run from either slot the first sector goes before them, for a trailer that a cut left half
 * erased could ask for the image that is there. ERR_STATE if there is no upload slot. */
MUST_CHECK enum err update_clear_request(const struct slot_pair *p);

/* Make the upload slot ready for an upload at update_upload_offset: takes back a request, and erases
 * what lies in front of it (MCUboot refuses an upgrade when it finds an old image's header there). What is
 * blank stays unerased. The sectors from the upload offset on are the stream writer's to erase.
 * Power loss: the slot holds no request, or still the old one. */
MUST_CHECK enum err update_upload_begin(const struct slot_pair *p);

/* Erase what lies in front of an uploaded image if it begins as an image does; the request stays. Power loss: as before,
 * or erased. */
MUST_CHECK enum err update_front_clear(const struct slot_pair *p);

/* ---- for the bootloader ------------------------------------------------------------------------- */

struct rollback_protection; /* core/update/rollback/rollback.h */
struct update_outcome;

/* RAM that images may be copied to and run from, and where this program finds it. */
struct load_ram {
    uint32_t base, size; /* bus address; bytes */
    uint8_t *memory;
};

/* What a bootloader with encrypted images adds. Caller-owned; wiped but for the first two members when
 * update_boot returns. */
struct update_encryption {
    const struct image_unwrap *unwrap;
    struct image_secret secret;
    /* Of the image that is, or was when the swap began, in this slot. */
    struct image_payload payload[2];
};

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
    /* Was the genuine image that out names built to run there? It says in the log why not. Asked only where
     * images run from either slot, so that the other one gets its chance. NULL: any is. */
    bool (*runs_here)(const struct update_env *env, const struct update_outcome *out);
    const struct load_ram *ram;                 /* RAM-load only */
    const struct rollback_protection *rollback; /* what the device remembers; NULL: nothing */
    struct update_encryption *encryption;       /* NULL: encrypted images are refused */
};

/* For may_replace: a version below that of the primary's image, if that is genuine, is refused. */
bool update_no_downgrade(const struct update_env *env, const struct image_header *next);

/* Firmware: the rule for may_replace that Kconfig chose, or NULL. product.c. */
extern bool (*const update_configured_rule)(const struct update_env *env,
                                            const struct image_header *next);

struct update_outcome {
    enum swap_type requested;   /* what the trailers asked for, or what no image that can run did */
    enum swap_type performed;   /* what was done; NONE if nothing */
    bool resumed;               /* an interrupted swap was finished */
    enum image_verdict verdict; /* of the image that may run, after everything */
    enum slot slot;             /* where it is; at the slot's start */
    uint32_t limit;             /* bytes that it was allowed */
    struct image_report
        primary; /* of the image that may run; its place in RAM is header.load_addr */
    /* Of the last check of the image that may not, if there was one; else fault NONE. */
    struct image_report secondary;
};

/* RAM-load: the image that out says may run, as it is in RAM. False, and *src not written, if no such image fits the
 * RAM. */
bool update_loaded_source(const struct load_ram *ram, const struct update_outcome *out,
                          struct image_source *src);

/* Decide and act: finish an interrupted swap, or start the requested one, or revert; then judge
 * the primary, or what runs in its place. Logs what it decides and why (module "mcuboot"). Can be called again after a cut at any
 * operation. The image in out->slot may run only if out->verdict is IMAGE_GENUINE.
 * ERR_IO and the like only when flash itself fails; a refused image is not an error. */
MUST_CHECK enum err update_boot(const struct update_env *env, struct update_outcome *out);

/* ---- several images that are updated together, and what the device remembers ---------------------- */

#define UPDATE_IMAGES_MAX 4u

/* Bind pairs[i] to the partitions slot(2i) and slot(2i+1), and number it; otherwise as slot_pair_open. count is
 * 1..UPDATE_IMAGES_MAX. */
MUST_CHECK enum err update_open_images(struct slot_pair *pairs, unsigned count, struct flash *f,
                                       const struct partition_table *table);

/* update_boot for every image, in order: finishes what was cut, and then lets those move whose dependencies the
 * images that would run together meet; the others wait. At the end env->rollback remembers what is there
 * for good. env->pair is pairs; out has count entries. The images may run only if every verdict is
 * IMAGE_GENUINE.
 * Power loss: the next undisturbed call ends with images that the dependencies allow. */
MUST_CHECK enum err update_boot_images(const struct update_env *env, const struct slot_pair *pairs,
                                       unsigned count, struct update_outcome *out);

#endif
