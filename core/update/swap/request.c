/* Requests of the application, the SMP server and serial recovery to the next boot. Rules and their reasons:
 * core/update/swap/DESIGN.md, "The application's side". */
#include "core/base/bytes.h"
#include "core/update/strategy.h"
#include "core/update/swap/trailer.h"

static enum err write_request(const struct slot_pair *p, bool permanent)
{
    /* Even if the trailer's sector reads blank, a power cut may have touched a word while an earlier request was
     * written. Only an erase in this power session makes the words fit to be programmed. */
    enum err e = trailer_erase(p, SLOT_SECONDARY, NULL);
    if (!e)
        e = trailer_put_magic(p, SLOT_SECONDARY);
    if (!e && permanent)
        e = trailer_put_flag(p, SLOT_SECONDARY, trailer_layout(p, SLOT_SECONDARY).image_ok);
    if (!e)
        e = trailer_put_swap_info(p, SLOT_SECONDARY, permanent ? SWAP_TYPE_PERM : SWAP_TYPE_TEST);
    return e;
}

static enum err set_pending(const struct slot_pair *p, bool permanent)
{
    struct trailer_state sec;
    enum err e = trailer_read(p, SLOT_SECONDARY, &sec);
    if (e)
        return e;
    /* With several images a request may wait. It may read as a test because a power cut interrupted a permanent
     * request: then it is written again. */
    if (sec.magic == TRAILER_MAGIC_GOOD && (!permanent || sec.image_ok == TRAILER_FLAG_SET))
        return ERR_OK;
    if (sec.magic == TRAILER_MAGIC_BAD)
        return ERR_STATE;
    return write_request(p, permanent);
}

/* The primary was swapped in and is not confirmed: the next boot would revert it. */
static bool revert_is_due(const struct trailer_state *pri)
{
    return pri->magic == TRAILER_MAGIC_GOOD && pri->copy_done == TRAILER_FLAG_SET &&
           pri->image_ok == TRAILER_FLAG_UNSET;
}

static enum err set_confirmed(const struct slot_pair *p)
{
    struct trailer_state pri;
    enum err e = trailer_read(p, SLOT_PRIMARY, &pri);
    if (e)
        return e;
    if (pri.magic == TRAILER_MAGIC_BAD)
        return ERR_STATE;
    if (!revert_is_due(&pri))
        return ERR_OK;
    return trailer_put_flag(p, SLOT_PRIMARY, trailer_layout(p, SLOT_PRIMARY).image_ok);
}

static enum err is_confirmed(const struct slot_pair *p, bool *confirmed)
{
    struct trailer_state pri;
    enum err e = trailer_read(p, SLOT_PRIMARY, &pri);
    if (e)
        return e;
    *confirmed = !revert_is_due(&pri);
    return ERR_OK;
}

const struct request_rules swap_requests = {.takes_any = true,
                                            .next = swap_next_type,
                                            .set_pending = set_pending,
                                            .set_confirmed = set_confirmed,
                                            .is_confirmed = is_confirmed};

static const struct request_rules *rules_of(const struct slot_pair *p)
{
    return strategy_of(p)->requests;
}

bool update_takes_requests(const struct slot_pair *p)
{
    return rules_of(p)->takes_any;
}

enum err update_next_swap_type(const struct slot_pair *p, enum swap_type *type)
{
    return rules_of(p)->next(p, type);
}

enum err update_set_pending(const struct slot_pair *p, bool permanent)
{
    return rules_of(p)->set_pending(p, permanent);
}

enum err update_set_pending_named(const struct slot_pair *p, const struct image_hash *hash,
                                  bool permanent)
{
    enum slot s = update_upload_slot(p);
    if (s == SLOT_NONE)
        return ERR_STATE;
    if (!slot_holds(p, s, update_upload_offset(p), hash))
        return ERR_NOENT;
    return update_set_pending(p, permanent);
}

enum err update_set_confirmed(const struct slot_pair *p)
{
    return rules_of(p)->set_confirmed(p);
}

enum err update_is_confirmed(const struct slot_pair *p, bool *confirmed)
{
    return rules_of(p)->is_confirmed(p, confirmed);
}

enum slot update_upload_slot(const struct slot_pair *p)
{
    if (!strategy_of(p)->runs_either)
        return strategy_of(p)->areas > 1 ? SLOT_SECONDARY : SLOT_NONE;
    return p->active > SLOT_SECONDARY    ? SLOT_NONE
           : p->active == SLOT_SECONDARY ? SLOT_PRIMARY
                                         : SLOT_SECONDARY;
}

enum err update_clear_request(const struct slot_pair *p)
{
    enum slot s = update_upload_slot(p);
    const struct flash_area *a = &p->slot[s];
    bool blank = false;
    if (s == SLOT_NONE)
        return ERR_STATE;
    uint32_t first = trailer_layout(p, s).first_sector;
    enum err e = area_is_blank(a, first, a->size - first, &blank);
    if (e || blank)
        return e;
    if (strategy_of(p)->runs_either)
        e = area_erase(a, 0, a->flash->sector);
    return e ? e : trailer_erase(p, s, NULL);
}

enum err update_front_clear(const struct slot_pair *p)
{
    uint32_t front = update_upload_offset(p);
    if (!front || !slot_has_header(p, SLOT_SECONDARY, 0))
        return ERR_OK;
    return area_erase(&p->slot[SLOT_SECONDARY], 0, front);
}

/* The bytes below the upload offset may still hold an old image. They are erased unless they and the next sector are
 * blank: if only they are, a power cut may have interrupted their erase. */
enum err update_upload_begin(const struct slot_pair *p)
{
    const struct flash_area *a = &p->slot[SLOT_SECONDARY]; /* only swap using offset has a front */
    uint32_t front = update_upload_offset(p);
    bool blank = false;
    enum err e = update_clear_request(p);
    if (!e && front)
        e = area_is_blank(a, 0, front + a->flash->sector, &blank);
    if (e || blank || !front)
        return e;
    return area_erase(a, 0, front);
}
