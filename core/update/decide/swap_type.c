/* The swap type that the trailers ask for: MCUboot's table. It is printed into core/update/decide/DESIGN.md. */
#include "core/base/compiler.h"
#include "core/update/decide/table.h"
#include "core/update/strategy.h"
#include "core/update/swap/trailer.h"

#define GOOD  IS(TRAILER_MAGIC_GOOD)
#define SET   IS(TRAILER_FLAG_SET)
#define UNSET IS(TRAILER_FLAG_UNSET)

/* The secondary wins over the primary: a new request beats a revert that is due. Only swap using offset marks a
 * prepared revert with copy_done in the secondary; in any other strategy that bit pattern is a test request. */
/* clang-format off */
#define ROWS(ROW) \
    /*   secondary:         primary:          strategy: */ \
    /*   magic ok     done  magic ok     done offset reverts */ \
    ROW((GOOD, UNSET, SET,  ANY,  ANY,   ANY, YES,   ANY), SWAP_TYPE_REVERT, "a revert was being prepared") \
    ROW((GOOD, UNSET, ANY,  ANY,  ANY,   ANY, ANY,   ANY), SWAP_TYPE_TEST,   "a test is requested") \
    ROW((GOOD, SET,   ANY,  ANY,  ANY,   ANY, ANY,   ANY), SWAP_TYPE_PERM,   "a permanent swap is requested") \
    ROW((ANY,  ANY,   ANY,  GOOD, UNSET, SET, ANY,   YES), SWAP_TYPE_REVERT, "the image on trial was not confirmed") \
    ROW((ANY,  ANY,   ANY,  ANY,  ANY,   ANY, ANY,   ANY), SWAP_TYPE_NONE,   "nothing is requested")
/* clang-format on */

static const struct row rows[] = {ROWS(TABLE_ROW)};

static enum swap_type decide_type(const struct trailer_state *pri, const struct trailer_state *sec,
                                  bool offset, bool reverts)
{
    const uint8_t facts[TABLE_FACTS] = {(uint8_t)sec->magic,
                                        (uint8_t)sec->image_ok,
                                        (uint8_t)sec->copy_done,
                                        (uint8_t)pri->magic,
                                        (uint8_t)pri->image_ok,
                                        (uint8_t)pri->copy_done,
                                        offset,
                                        reverts};
    return (enum swap_type)rows[table_row(rows, ARRAY_LEN(rows), facts)].answer;
}

enum swap_type swap_type_decide(const struct trailer_state *pri, const struct trailer_state *sec)
{
    return decide_type(pri, sec, true, true);
}

enum swap_type next_swap_type(const struct slot_pair *p, const struct trailer_state *pri,
                              const struct trailer_state *sec)
{
    const struct update_strategy *s = strategy_of(p);
    return decide_type(pri, sec, s->has_tlv_sizes,
                       s->reverts); /* only swap using offset has tlv_sizes */
}

enum err swap_next_type(const struct slot_pair *p, enum swap_type *type)
{
    struct trailer_state pri, sec;
    enum err e = trailer_read(p, SLOT_PRIMARY, &pri);
    if (!e)
        e = trailer_read(p, SLOT_SECONDARY, &sec);
    if (e)
        return e;
    *type = next_swap_type(p, &pri, &sec);
    return ERR_OK;
}

const char *swap_type_text(enum swap_type t)
{
    static const char *const names[] = {
        [SWAP_TYPE_NONE] = "none",     [SWAP_TYPE_TEST] = "test", [SWAP_TYPE_PERM] = "perm",
        [SWAP_TYPE_REVERT] = "revert", [SWAP_TYPE_FAIL] = "fail",
    };
    return t >= SWAP_TYPE_NONE && t <= SWAP_TYPE_FAIL ? names[t] : "panic";
}

/* ---- texts ---------------------------------------------------------------------------------------- */

static const char *const magics[] = {"", "good", "bad", "unset", NULL};
static const char *const flags[] = {"", "set", "bad", "unset", NULL};
static const char *const reasons[] = {ROWS(TABLE_REASON)};
static const char *const types[] = {[SWAP_TYPE_NONE] = "none",
                                    [SWAP_TYPE_TEST] = "test",
                                    [SWAP_TYPE_PERM] = "permanent",
                                    [SWAP_TYPE_REVERT] = "revert"};

const struct table type_table = {
    .name = "what the trailers ask for",
    .rows = rows,
    .count = ARRAY_LEN(rows),
    .facts = 8,
    .column = {{"secondary: magic", magics},
               {"image_ok", flags},
               {"copy_done", flags},
               {"primary: magic", magics},
               {"image_ok", flags},
               {"copy_done", flags},
               {"strategy: offset", table_no_yes},
               {"reverts", table_no_yes}},
    .answers = types,
    .reasons = reasons,
};
