#include "core/base/compiler.h"
#include "core/update/strategy.h"
#include "core/update/swap/trailer.h"

/* A condition on one field: a value of its enum, or ANY. */
#define ANY 0

/* First matching row wins; none means SWAP_TYPE_NONE. core/update/DESIGN.md shows this table.
 * The secondary wins over the primary: a new request beats a revert that is due. */
static const struct {
    uint8_t sec_magic, sec_image_ok, sec_copy_done;
    uint8_t pri_magic, pri_image_ok, pri_copy_done;
    uint8_t type;
} rules[] = {
    /* A revert was being prepared (swap-using-offset only). */
    {TRAILER_MAGIC_GOOD, TRAILER_FLAG_UNSET, TRAILER_FLAG_SET, ANY, ANY, ANY, SWAP_TYPE_REVERT},
    {TRAILER_MAGIC_GOOD, TRAILER_FLAG_UNSET, ANY, ANY, ANY, ANY, SWAP_TYPE_TEST},
    {TRAILER_MAGIC_GOOD, TRAILER_FLAG_SET, ANY, ANY, ANY, ANY, SWAP_TYPE_PERM},
    /* Swapped in for a test, and not confirmed. */
    {ANY, ANY, ANY, TRAILER_MAGIC_GOOD, TRAILER_FLAG_UNSET, TRAILER_FLAG_SET, SWAP_TYPE_REVERT},
};

static bool fits(uint8_t condition, unsigned value)
{
    return condition == ANY || condition == value;
}

/* The rows from first to below end. */
static enum swap_type read_table(unsigned first, unsigned end, const struct trailer_state *pri,
                                 const struct trailer_state *sec)
{
    for (unsigned i = first; i < end; i++)
        if (fits(rules[i].sec_magic, sec->magic) && fits(rules[i].sec_image_ok, sec->image_ok) &&
            fits(rules[i].sec_copy_done, sec->copy_done) && fits(rules[i].pri_magic, pri->magic) &&
            fits(rules[i].pri_image_ok, pri->image_ok) &&
            fits(rules[i].pri_copy_done, pri->copy_done))
            return (enum swap_type)rules[i].type;
    return SWAP_TYPE_NONE;
}

enum swap_type swap_type_decide(const struct trailer_state *pri, const struct trailer_state *sec)
{
    return read_table(0, ARRAY_LEN(rules), pri, sec);
}

/* The first row is for what marks a revert so, the last for what can take an image back. */
enum swap_type next_swap_type(const struct slot_pair *p, const struct trailer_state *pri,
                              const struct trailer_state *sec)
{
    const struct update_strategy *s = strategy_of(p);
    return read_table(!s->has_tlv_sizes, ARRAY_LEN(rules) - !s->reverts, pri, sec);
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
