/* strategy.h - what a way of upgrading must bring. Each is a file of its own (swap_offset.c, ...,
 * overwrite.c) that defines two const tables: what bootloader, application and tools must agree on, and
 * what only the bootloader does. Internal to core/update/. */
#ifndef CORE_UPDATE_STRATEGY_H
#define CORE_UPDATE_STRATEGY_H

#include "core/update/decide/decide.h"

/* The steps of a strategy that swaps. core/update/swap/DESIGN.md has the order in which they are called. */
struct swap_steps {
    /* Where in the secondary an image must start for this type of swap. */
    uint32_t (*source_offset)(const struct slot_pair *p, enum swap_type type);
    /* Set sw->swap_size and tlv_sizes from the two images; ERR_NOSPC if they are too large. */
    enum err (*measure)(const struct slot_pair *p, struct swap *sw);
    /* Are there images, where sw says that they now are, of the sizes that sw states? */
    bool (*plausible)(const struct slot_pair *p, const struct swap *sw);
    /* The byte of status record i of sw, i < sw->records; 0 if there is no such record. */
    uint8_t (*record)(const struct slot_pair *p, const struct swap *sw, uint32_t i);
    /* Write down, outside the primary, what is about to begin. It outranks the primary's trailer
     * while that is replaced. Not called if it stands there already (findings.prepared). */
    enum err (*prepare)(const struct update_env *env, const struct swap *sw);
    bool (*is_prepared)(const struct slot_pair *p, const struct findings *f);
    /* Take back what prepare wrote elsewhere than in the secondary's trailer. NULL: nothing. */
    enum err (*forget)(const struct update_env *env);
    /* Do the steps that have no record yet, each with its record; sw->records follows. */
    enum err (*run)(const struct update_env *env, struct swap *sw);
    /* The secondary's trailer is erased before this record is written, and not earlier. */
    uint8_t request_until;
    bool revert_is_ok; /* a revert begins with image_ok, instead of ending with it */
};

/* What the application asks, and what comes of it. */
struct request_rules {
    bool takes_any; /* update_takes_requests */
    enum err (*next)(const struct slot_pair *p, enum swap_type *type);
    enum err (*set_pending)(const struct slot_pair *p, bool permanent);
    enum err (*set_confirmed)(const struct slot_pair *p);
    enum err (*is_confirmed)(const struct slot_pair *p, bool *confirmed);
};
extern const struct request_rules swap_requests;                   /* request.c */
extern const struct request_rules trial_requests, newest_requests; /* which_slot.c */

/* The half that all have. */
struct update_strategy {
    const char *name; /* as in "Starting swap using offset algorithm." */
    enum update_mode mode;
    uint8_t areas;      /* how many of slot[] it needs */
    uint8_t states;     /* status records per sector; 0: no status area */
    bool has_tlv_sizes; /* this field is in the trailer */
    bool reverts;       /* an image that is not confirmed goes out at the next boot */
    bool runs_either;   /* images run from either slot */
    const struct request_rules *requests;
    /* NULL, or in words what keeps this pair from being used. */
    const char *(*check)(const struct slot_pair *p);
    uint32_t (*max_image_size)(const struct slot_pair *p);
    uint32_t (*upload_offset)(const struct slot_pair *p);
};

/* The bootloader's half. An application links none of it. */
struct update_engine {
    /* Where images are copied into the primary: read what flash says of one, and carry out what was decided (boot.c). */
    enum err (*inspect)(const struct update_env *env, struct findings *f);
    enum err (*act)(const struct update_env *env, const struct findings *f, enum action action,
                    struct update_outcome *out);
    const struct swap_steps *swap; /* NULL if it does not swap */
    /* A copy that was cut may have lost its request, whose own writing was cut before: where no image can run and nothing
     * is asked for, one may wait in the secondary. */
    bool rescues;
    /* Elsewhere, in place of these: inspect, decide, act, and judge what may run. */
    enum err (*boot)(const struct update_env *env, struct update_outcome *out);
    /* Where images run from either slot: load and judge the one in slot s. NULL: elsewhere. */
    enum image_verdict (*judge)(const struct update_env *env, enum slot s,
                                struct image_report *report);
};
extern const struct update_engine update_swap_offset_engine, update_swap_move_engine,
    update_swap_scratch_engine, update_overwrite_engine, update_direct_xip_engine,
    update_direct_xip_revert_engine, update_ram_load_engine, update_ram_load_revert_engine,
    update_single_engine;

/* Firmware: that of update_configured. product.c. */
extern const struct update_engine *const update_configured_engine;

/* Those of a pair. On a device there is one of each (one_strategy.c), a host program has them all
 * (strategies.c). */
const struct update_strategy *strategy_of(const struct slot_pair *p);
const struct update_engine *engine_of(const struct slot_pair *p);

/* True if an image header's magic can be read there. */
bool slot_has_header(const struct slot_pair *p, enum slot s, uint32_t start);

/* True if an image that states this hash starts there. */
bool slot_holds(const struct slot_pair *p, enum slot s, uint32_t start,
                const struct image_hash *hash);

/* Bytes of a slot in front of the first sector with trailer bytes, less spare bytes; 0 if none.
 * An image may not share a sector with a trailer: core/update/DESIGN.md, "What fits". */
uint32_t slot_room(const struct slot_pair *p, enum slot s, uint32_t spare);

/* max_image_size and check where images run from either slot. */
uint32_t either_slot_max_size(const struct slot_pair *p);
const char *either_slot_check(const struct slot_pair *p);

/* What check says then. */
extern const char no_room[];

/* upload_offset of the strategies that take an upload at the start of the slot. */
uint32_t upload_at_start(const struct slot_pair *p);

/* ---- judge.c ------------------------------------------------------------------------------------ */

/* Judge the image at offset start of a slot; it must end within limit bytes. */
enum image_verdict judge(const struct update_env *env, enum slot s, uint32_t start, uint32_t limit,
                         struct image_report *report);

/* Judge the image at the start of slot s, and put into *out that it is the one that may run. */
void judge_to_run(const struct update_env *env, enum slot s, uint32_t limit,
                  struct update_outcome *out);

/* What a verdict says. */
enum found found_of(enum image_verdict v, enum image_fault f);

/* f->source and f->report: the image at offset start of the secondary. ERR_IO and the like if it could not be judged: that says
 * nothing about the image, and nothing may be erased for it. */
MUST_CHECK enum err judge_source(const struct update_env *env, uint32_t start, struct findings *f);

/* f->may_replace, of a source that is genuine. */
MUST_CHECK enum err compare_source(const struct update_env *env, struct findings *f);

/* Take back the request in the secondary. spoil: the image's first sector goes before. */
MUST_CHECK enum err refuse_source(const struct update_env *env, const struct findings *f,
                                  bool spoil);

void log_trailer(const char *name, const struct trailer_state *t);
void log_type(const struct update_env *env, enum swap_type t);

/* ---- boot.c -------------------------------------------------------------------------------------- */

/* Fill in *f, but for only_image, hold, and what decide asks for. */
MUST_CHECK enum err inspect(const struct update_env *env, struct findings *f);

/* update_boot, with what is known already: only_image and hold, and perhaps answers, or all that inspect finds. */
MUST_CHECK enum err boot_one(const struct update_env *env, struct findings *f,
                             struct update_outcome *out);

/* Decide, and answer what is asked on the way. *action is what is to be done then. An error says that flash failed. */
MUST_CHECK enum err decide_all(const struct update_env *env, struct findings *f,
                               enum action *action);

/* Where in the secondary the image starts that f is about. */
uint32_t source_of(const struct update_env *env, const struct findings *f);

/* ---- which_slot.c ------------------------------------------------------------------------------- */

/* The images in the slots, the one that should run first in front; *count of them, those whose header cannot be read
 * left out. On an error the list is whole, and a trailer that could not be read counts as empty. */
MUST_CHECK enum err candidates_list(const struct slot_pair *p, struct candidate c[2],
                                    unsigned *count);

/* The whole trailer of a slot anew: as tried, or as confirmed. */
MUST_CHECK enum err trial_write(const struct slot_pair *p, enum slot s, enum trial trial,
                                void (*feed)(void));

/* Mark c, asked for, as tried. other: the image to go back to; the request stands in its trailer's sector while that of c
 * is written anew.
 * Power loss: c is still asked for, or tried. */
MUST_CHECK enum err trial_attempt(const struct slot_pair *p, const struct candidate *c,
                                  const struct candidate *other, void (*feed)(void));

/* ---- boot_either.c ----------------------------------------------------------------------------------- */

/* update_engine.boot where images run from either slot. */
enum err choose_boot(const struct update_env *env, struct update_outcome *out);

/* ---- swap.c ------------------------------------------------------------------------------------- */

/* update_engine.inspect and act of all that swap. */
enum err swap_inspect(const struct update_env *env, struct findings *f);
enum err swap_act(const struct update_env *env, const struct findings *f, enum action action,
                  struct update_outcome *out);

/* ---- copy.c ------------------------------------------------------------------------------------- */

/* A place in the pair. */
struct at {
    enum slot slot;
    uint32_t off;
};

/* Erase every sector that [at, at + len) reaches into. */
MUST_CHECK enum err erase_range(const struct update_env *env, struct at at, uint32_t len);
/* Copy into erased flash. Words that cannot be read stay erased in the copy. len is a multiple of the flash
 * word. */
MUST_CHECK enum err copy_range(const struct update_env *env, struct at dst, struct at src,
                               uint32_t len);
/* Both, and then record index of the swap sw in the primary's trailer. */
MUST_CHECK enum err copy_step(const struct update_env *env, const struct swap *sw, struct at dst,
                              struct at src, uint32_t len);
MUST_CHECK enum err record_step(const struct slot_pair *p, const struct swap *sw, uint32_t index);

/* ---- swap_view.c -------------------------------------------------------------------------------- */

/* Where byte off of an image is now: the one that was in slot whose when the swap sw began. */
typedef struct at (*where_fn)(const struct slot_pair *p, const struct swap *sw, enum slot whose,
                              uint32_t off);

struct at swap_offset_where(const struct slot_pair *p, const struct swap *sw, enum slot whose,
                            uint32_t off);
struct at swap_move_where(const struct slot_pair *p, const struct swap *sw, enum slot whose,
                          uint32_t off);
struct at swap_scratch_where(const struct slot_pair *p, const struct swap *sw, enum slot whose,
                             uint32_t off);

/* An image, wherever its parts are. */
struct split_image {
    const struct slot_pair *pair;
    const struct swap *sw;
    where_fn where;
    enum slot whose;
    uint32_t unit; /* bytes that are in one piece */
};
/* A source over update_max_image_size bytes; x lives as long. */
struct image_source split_image_source(const struct split_image *x);

/* The size of the larger of the two images, whose parts lie where says, unit bytes in one piece. 0
 * if there is no image to bring in: the one that was in the secondary. */
uint32_t split_image_size(const struct slot_pair *p, const struct swap *sw, where_fn where,
                          uint32_t unit);

#endif
