/* strategy.h - the interface of an upgrade strategy. Each strategy is one file (swap_offset.c, ..., overwrite.c) that
 * defines two const tables: struct update_strategy, which bootloader, application and tools share, and struct
 * update_engine, for the bootloader alone. Internal to core/update/. */
#ifndef CORE_UPDATE_STRATEGY_H
#define CORE_UPDATE_STRATEGY_H

#include "core/update/decide/decide.h"

/* The steps of a strategy that swaps. They are called in the order that core/update/swap/DESIGN.md shows. */
struct swap_steps {
    /* Where the image must start in the secondary, bytes, for this type of swap. */
    uint32_t (*source_offset)(const struct slot_pair *p, enum swap_type type);
    /* Set sw->swap_size and tlv_sizes from the two images; ERR_NOSPC if they are too large. */
    enum err (*measure)(const struct slot_pair *p, struct swap *sw);
    /* Do the images lie where the records in sw say, with the sizes that sw states? */
    bool (*plausible)(const struct slot_pair *p, const struct swap *sw);
    /* The byte of status record i of sw, i < sw->records; 0 if there is no such record. */
    uint8_t (*record)(const struct slot_pair *p, const struct swap *sw, uint32_t i);
    /* Mark the swap outside the primary, before the primary's trailer is replaced: while that happens the mark outranks
     * the trailer. Not called if the mark is there already (findings.prepared). */
    enum err (*prepare)(const struct update_env *env, const struct swap *sw);
    bool (*is_prepared)(const struct slot_pair *p, const struct findings *f);
    /* Erase what prepare wrote outside the secondary's trailer. NULL: it writes nothing there. */
    enum err (*forget)(const struct update_env *env);
    /* Do the steps that have no record yet, and write the record of each; sw->records counts up. */
    enum err (*run)(const struct update_env *env, struct swap *sw);
    /* The request stays in the secondary until this many records are written. */
    uint8_t request_until;
    bool revert_is_ok; /* a revert writes image_ok at its start, not at its end */
};

/* The application's side of a strategy: the functions behind update_set_pending and its neighbours. */
struct request_rules {
    bool takes_any; /* update_takes_requests */
    enum err (*next)(const struct slot_pair *p, enum swap_type *type);
    enum err (*set_pending)(const struct slot_pair *p, bool permanent);
    enum err (*set_confirmed)(const struct slot_pair *p);
    enum err (*is_confirmed)(const struct slot_pair *p, bool *confirmed);
};
extern const struct request_rules swap_requests;                   /* request.c */
extern const struct request_rules trial_requests, newest_requests; /* which_slot.c */

/* What bootloader, application and tools must agree on. */
struct update_strategy {
    const char *name; /* as in "Starting swap using offset algorithm." */
    enum update_mode mode;
    uint8_t areas;      /* how many of slot[] it needs */
    uint8_t states;     /* status records per sector; 0: no status area */
    bool has_tlv_sizes; /* the trailer has the field tlv_sizes (swap using offset) */
    bool reverts;       /* an image on trial that is not confirmed is reverted at the next boot */
    bool runs_either;   /* direct-XIP, RAM-load: images run from either slot */
    const struct request_rules *requests;
    /* NULL if the strategy can use this pair; otherwise a text that says why not. */
    const char *(*check)(const struct slot_pair *p);
    uint32_t (*max_image_size)(const struct slot_pair *p);
    uint32_t (*upload_offset)(const struct slot_pair *p);
};

/* What only the bootloader does. An application links none of it. */
struct update_engine {
    /* Strategies that copy images into the primary: read trailers into f; carry out the action (called by boot.c). */
    enum err (*inspect)(const struct update_env *env, struct findings *f);
    enum err (*act)(const struct update_env *env, const struct findings *f, enum action action,
                    struct update_outcome *out);
    const struct swap_steps *swap; /* NULL if it does not swap */
    /* If no image can run and nothing is requested, try the image in the secondary. Overwrite needs this: after two
     * power cuts, one in the write of the request and one in the copy, the request may be gone and the primary
     * unfinished. */
    bool rescues;
    /* The other strategies have this instead of inspect and act: the whole boot, with the verdict on the image to
     * run. */
    enum err (*boot)(const struct update_env *env, struct update_outcome *out);
    /* Direct-XIP, RAM-load: load (RAM-load) and judge the image in slot s. NULL for the others. */
    enum image_verdict (*judge)(const struct update_env *env, enum slot s,
                                struct image_report *report);
};
extern const struct update_engine update_swap_offset_engine, update_swap_move_engine,
    update_swap_scratch_engine, update_overwrite_engine, update_direct_xip_engine,
    update_direct_xip_revert_engine, update_ram_load_engine, update_ram_load_revert_engine,
    update_single_engine;

/* Firmware: the engine of update_configured. product.c. */
extern const struct update_engine *const update_configured_engine;

/* The strategy and engine of a pair. A device links one of each (one_strategy.c), a host program all of them
 * (strategies.c). */
const struct update_strategy *strategy_of(const struct slot_pair *p);
const struct update_engine *engine_of(const struct slot_pair *p);

/* True if the magic of an image header is at offset start. */
bool slot_has_header(const struct slot_pair *p, enum slot s, uint32_t start);

/* True if the image at offset start has this hash in its TLVs; the hash is not recomputed. */
bool slot_holds(const struct slot_pair *p, enum slot s, uint32_t start,
                const struct image_hash *hash);

/* Bytes of a slot below the first sector with trailer bytes, minus spare bytes; 0 if none.
 * An image may not share a sector with a trailer: core/update/DESIGN.md, "What fits". */
uint32_t slot_room(const struct slot_pair *p, enum slot s, uint32_t spare);

/* max_image_size and check of direct-XIP and RAM-load. */
uint32_t either_slot_max_size(const struct slot_pair *p);
const char *either_slot_check(const struct slot_pair *p);

/* The text of check for a slot without a sector for an image. */
extern const char no_room[];

/* upload_offset of the strategies that take an upload at the start of the slot. */
uint32_t upload_at_start(const struct slot_pair *p);

/* ---- judge.c ------------------------------------------------------------------------------------ */

/* Judge the image at offset start of a slot; it must end within limit bytes. */
enum image_verdict judge(const struct update_env *env, enum slot s, uint32_t start, uint32_t limit,
                         struct image_report *report);

/* Judge the image at the start of slot s, and enter it into *out as the image to run. */
void judge_to_run(const struct update_env *env, enum slot s, uint32_t limit,
                  struct update_outcome *out);

/* The finding for a verdict and its fault. */
enum found found_of(enum image_verdict v, enum image_fault f);

/* Judge the image at offset start of the secondary into f->source and f->report. ERR_IO and the like: it could not be
 * judged. That is no verdict, so nothing may be erased because of it. */
MUST_CHECK enum err judge_source(const struct update_env *env, uint32_t start, struct findings *f);

/* Set f->may_replace for a genuine source. */
MUST_CHECK enum err compare_source(const struct update_env *env, struct findings *f);

/* Clear the request in the secondary. erase_image: erase the image's first sector before. */
MUST_CHECK enum err refuse_source(const struct update_env *env, const struct findings *f,
                                  bool erase_image);

void log_trailer(const char *name, const struct trailer_state *t);
void log_type(const struct update_env *env, enum swap_type t);

/* ---- boot.c -------------------------------------------------------------------------------------- */

/* Fill in *f, except only_image, hold, and the answers to decide's questions. */
MUST_CHECK enum err inspect(const struct update_env *env, struct findings *f);

/* update_boot with findings that are known already: only_image and hold always; answers to decide's questions, or all
 * that inspect finds (f->inspected), if the caller has them. */
MUST_CHECK enum err boot_one(const struct update_env *env, struct findings *f,
                             struct update_outcome *out);

/* Call decide, and answer its questions, until *action is a thing to do. An error says that flash failed. */
MUST_CHECK enum err decide_all(const struct update_env *env, struct findings *f,
                               enum action *action);

/* Where the source starts in the secondary, bytes. */
uint32_t source_of(const struct update_env *env, const struct findings *f);

/* ---- which_slot.c ------------------------------------------------------------------------------- */

/* The images in the slots whose header can be read, in the order in which they are tried; *count of them. On an error
 * the list is complete, and a trailer that could not be read counts as empty. */
MUST_CHECK enum err candidates_list(const struct slot_pair *p, struct candidate c[2],
                                    unsigned *count);

/* Erase the trailer of a slot and write it: as tried, or as confirmed. */
MUST_CHECK enum err trial_write(const struct slot_pair *p, enum slot s, enum trial trial,
                                void (*feed)(void));

/* Mark c, whose test is requested, as tried: one word, and no erase, if other, the image to revert to, is confirmed or
 * was never asked for, and if no power cut has hit that word. Otherwise the trailers of both are rewritten; meanwhile a
 * note in the trailer sector of other stands for the request.
 * Power loss: the test of c is still requested, or c is tried. */
MUST_CHECK enum err trial_attempt(const struct slot_pair *p, const struct candidate *c,
                                  const struct candidate *other, void (*feed)(void));

/* ---- boot_either.c ----------------------------------------------------------------------------------- */

/* update_engine.boot of direct-XIP and RAM-load. */
enum err choose_boot(const struct update_env *env, struct update_outcome *out);

/* ---- swap.c ------------------------------------------------------------------------------------- */

/* update_engine.inspect and act of the swap strategies. */
enum err swap_inspect(const struct update_env *env, struct findings *f);
enum err swap_act(const struct update_env *env, const struct findings *f, enum action action,
                  struct update_outcome *out);

/* ---- copy.c ------------------------------------------------------------------------------------- */

/* A place in the pair. */
struct at {
    enum slot slot;
    uint32_t off;
};

/* Erase every sector that overlaps [at, at + len). */
MUST_CHECK enum err erase_range(const struct update_env *env, struct at at, uint32_t len);
/* Copy len bytes, a multiple of the flash word, into erased flash. Words that cannot be read stay erased in the
 * copy. */
MUST_CHECK enum err copy_range(const struct update_env *env, struct at dst, struct at src,
                               uint32_t len);
/* Erase, copy, and write the next record of the swap sw to the primary's trailer. */
MUST_CHECK enum err copy_step(const struct update_env *env, const struct swap *sw, struct at dst,
                              struct at src, uint32_t len);
/* Write record index of the swap sw to the primary's trailer. */
MUST_CHECK enum err record_step(const struct slot_pair *p, const struct swap *sw, uint32_t index);

/* ---- swap_view.c -------------------------------------------------------------------------------- */

/* Where byte off of an image is after sw->records steps; the image was in slot whose when the swap began. */
typedef struct at (*where_fn)(const struct slot_pair *p, const struct swap *sw, enum slot whose,
                              uint32_t off);

struct at swap_offset_where(const struct slot_pair *p, const struct swap *sw, enum slot whose,
                            uint32_t off);
struct at swap_move_where(const struct slot_pair *p, const struct swap *sw, enum slot whose,
                          uint32_t off);
struct at swap_scratch_where(const struct slot_pair *p, const struct swap *sw, enum slot whose,
                             uint32_t off);

/* An image in the middle of a swap: its parts may lie in both slots and in the scratch area. */
struct split_image {
    const struct slot_pair *pair;
    const struct swap *sw;
    where_fn where;
    enum slot whose;
    uint32_t unit; /* bytes that always move together */
};
/* A source of update_max_image_size bytes. *x must live as long as the source is used. */
struct image_source split_image_source(const struct split_image *x);

/* The size in bytes of the larger of the two images. where says where their parts are, unit bytes at a time. 0 if the
 * image that was in the secondary cannot be read. */
uint32_t split_image_size(const struct slot_pair *p, const struct swap *sw, where_fn where,
                          uint32_t unit);

#endif
