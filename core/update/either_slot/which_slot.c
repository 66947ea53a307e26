/* Images that run from either slot (direct-XIP, RAM-load): which one is first, and what the application may ask. The
 * rules and the order of writes: core/update/either_slot/DESIGN.md. */
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/crc.h"
#include "core/update/strategy.h"
#include "core/update/swap/trailer.h"

/* ---- the note: "the image in the other slot is about to have its boot". It stands at the start of the trailer's sector, where
 * nothing else does. Bytes: core/update/SPEC.md; why: core/update/either_slot/DESIGN.md. ------------------------------------------ */

#define NOTE_SIZE 18u
#define NOTE_SUM  16u /* offset of the CRC-16 */

static const uint8_t note_magic[4] = {'S', 'w', 'T', 'r'};

static void note_encode(const struct image_header *h, uint8_t b[NOTE_SIZE])
{
    memcpy(b, note_magic, sizeof(note_magic));
    b[4] = h->version.major;
    b[5] = h->version.minor;
    put_le16(b + 6, h->version.revision);
    put_le32(b + 8, h->version.build);
    put_le32(b + 12, h->img_size);
    put_le16(b + NOTE_SUM, crc16_xmodem(0, b, NOTE_SUM));
}

/* The note in the sector of c's trailer: is there one, and is it about other's image? */
static enum err note_read(const struct slot_pair *p, struct candidate *c, struct candidate *other)
{
    uint8_t b[NOTE_SIZE], wanted[NOTE_SIZE];
    enum err e =
        trailer_get(&p->slot[c->slot], trailer_layout(p, c->slot).first_sector, b, sizeof(b));
    c->holds_note = !e && memcmp(b, note_magic, sizeof(note_magic)) == 0 &&
                    get_le16(b + NOTE_SUM) == crc16_xmodem(0, b, NOTE_SUM);
    if (other == NULL)
        return e;
    note_encode(&other->header, wanted);
    bool noted = c->holds_note && memcmp(b, wanted, sizeof(b)) == 0;
    if (noted && (other->trial == TRIAL_NONE || other->trial == TRIAL_PENDING))
        other->trial = TRIAL_BEGUN;
    return e;
}

static enum err read_notes(const struct slot_pair *p, struct candidate c[2], unsigned count)
{
    enum err result = ERR_OK;
    for (unsigned i = 0; i < count && strategy_of(p)->reverts; i++) {
        enum err e = note_read(p, &c[i], count == 2 ? &c[1 - i] : NULL);
        result = result ? result : e;
    }
    return result;
}

/* ---- who is first --------------------------------------------------------------------------------- */

static enum trial trial_of(const struct trailer_state *t)
{
    if (t->magic != TRAILER_MAGIC_GOOD)
        return TRIAL_NONE;
    if (t->image_ok == TRAILER_FLAG_SET)
        return TRIAL_CONFIRMED;
    return t->copy_done == TRAILER_FLAG_SET ? TRIAL_TRIED : TRIAL_PENDING;
}

/* Without a revert nobody reads the trailers: there is one class, and the version decides. */
static enum err read_trial(const struct slot_pair *p, enum slot s, enum trial *trial)
{
    struct trailer_state t;
    enum err e = strategy_of(p)->reverts ? trailer_read(p, s, &t) : ERR_OK;
    *trial = TRIAL_CONFIRMED;
    if (strategy_of(p)->reverts)
        *trial = e ? TRIAL_NONE : trial_of(&t);
    return e;
}

static bool goes_first(const struct candidate *pri, const struct candidate *sec)
{
    bool newer = image_version_compare(&sec->header.version, &pri->header.version) > 0;
    return !secondary_is_first(pri->trial, sec->trial, newer);
}

enum err candidates_list(const struct slot_pair *p, struct candidate c[2], unsigned *count)
{
    enum err result = ERR_OK;
    *count = 0;
    for (unsigned s = 0; s < update_slot_count(p); s++) {
        struct candidate *next = &c[*count];
        struct slot_view view;
        struct image_source src = slot_source_at(p, (enum slot)s, 0, &view);
        next->holds_note = false;
        if (image_read_header(&src, src.size, &next->header) != IMAGE_FAULT_NONE)
            continue;
        next->slot = (enum slot)s;
        enum err e = read_trial(p, next->slot, &next->trial);
        result = result ? result : e;
        (*count)++;
    }
    enum err e = read_notes(p, c, *count);
    result = result ? result : e;
    if (*count == 2 && !goes_first(&c[0], &c[1])) {
        struct candidate first = c[1];
        c[1] = c[0];
        c[0] = first;
    }
    return result;
}

/* The magic last: nothing counts without it. note: an image whose attempt begins, or NULL. */
static enum err write_anew(const struct slot_pair *p, enum slot s, enum trial trial,
                           const struct image_header *note, void (*feed)(void))
{
    const struct trailer_layout l = trailer_layout(p, s);
    uint8_t b[NOTE_SIZE];
    enum err e = trailer_erase(p, s, feed);
    if (!e && note) {
        note_encode(note, b);
        e = trailer_put(&p->slot[s], l.first_sector, b, sizeof(b));
    }
    if (!e && trial == TRIAL_CONFIRMED)
        e = trailer_put_flag(p, s, l.image_ok);
    if (!e && (trial == TRIAL_CONFIRMED || trial == TRIAL_TRIED))
        e = trailer_put_flag(p, s, l.copy_done);
    return e || trial == TRIAL_NONE ? e : trailer_put_magic(p, s);
}

enum err trial_write(const struct slot_pair *p, enum slot s, enum trial trial, void (*feed)(void))
{
    return write_anew(p, s, trial, NULL, feed);
}

/* What was confirmed and is cut here may read tried, or asked for; the image to go back to is never either. */
enum err trial_attempt(const struct slot_pair *p, const struct candidate *c,
                       const struct candidate *other, void (*feed)(void))
{
    enum err e = ERR_OK;
    if (c->trial != TRIAL_BEGUN)
        e = write_anew(p, other->slot, other->trial == TRIAL_NONE ? TRIAL_NONE : TRIAL_CONFIRMED,
                       &c->header, feed);
    return e ? e : trial_write(p, c->slot, TRIAL_TRIED, feed);
}

/* ---- the application's side --------------------------------------------------------------------- */

static enum err next_type(const struct slot_pair *p, enum swap_type *type)
{
    struct candidate c[2];
    unsigned count;
    enum err e = candidates_list(p, c, &count);
    *type = SWAP_TYPE_NONE;
    if (e || count == 0 || c[0].slot == p->active || p->active == SLOT_NONE)
        return e;
    bool failing = count == 2 && c[1].trial == TRIAL_TRIED;
    bool asked = c[0].trial == TRIAL_PENDING || c[0].trial == TRIAL_BEGUN;
    *type = asked ? SWAP_TYPE_TEST : failing ? SWAP_TYPE_REVERT : SWAP_TYPE_PERM;
    return ERR_OK;
}

/* Would the image in slot s be the first, were it asked for? */
static enum err would_run(const struct slot_pair *p, enum slot s, bool *yes)
{
    struct candidate c[2];
    unsigned count;
    enum err e = candidates_list(p, c, &count);
    *yes = false;
    if (e || count == 0)
        return e;
    if (count == 1) {
        *yes = c[0].slot == s;
        return ERR_OK;
    }
    const struct candidate *pri = &c[c[0].slot == SLOT_PRIMARY ? 0 : 1];
    const struct candidate *sec = &c[c[0].slot == SLOT_PRIMARY ? 1 : 0];
    struct candidate *asked = &c[c[0].slot == s ? 0 : 1];
    asked->trial = TRIAL_PENDING;
    *yes = goes_first(pri, sec) == (s == SLOT_PRIMARY);
    return ERR_OK;
}

static enum err set_pending(const struct slot_pair *p, bool permanent)
{
    enum slot s = update_upload_slot(p);
    enum trial now;
    bool yes;
    if (s == SLOT_NONE)
        return ERR_STATE;
    enum err e = read_trial(p, s, &now);
    if (!e)
        e = would_run(p, s, &yes);
    if (e)
        return e;
    if (!yes)
        return ERR_INVAL;
    if (now == TRIAL_PENDING || now == TRIAL_CONFIRMED)
        return ERR_OK;
    return trial_write(p, s, permanent ? TRIAL_CONFIRMED : TRIAL_PENDING, NULL);
}

static enum err is_confirmed(const struct slot_pair *p, bool *confirmed)
{
    enum trial t;
    *confirmed = true;
    if (p->active == SLOT_NONE)
        return ERR_STATE;
    enum err e = read_trial(p, p->active, &t);
    if (!e)
        *confirmed = t != TRIAL_TRIED;
    return e;
}

/* The bootloader has written this trailer in one session and left image_ok for us. */
static enum err set_confirmed(const struct slot_pair *p)
{
    bool confirmed;
    enum err e = is_confirmed(p, &confirmed);
    if (e || confirmed)
        return e;
    return trailer_put_flag(p, p->active, trailer_layout(p, p->active).image_ok);
}

/* What the boot would find, as far as it can be known without keys: the hash is right. That of an encrypted image is of what only
 * the bootloader can read; of that one the TLVs, which come last, have to be there. */
static bool is_whole(const struct slot_pair *p, const struct candidate *c, enum err *e)
{
    const struct image_policy policy = {.limit = update_max_image_size(p)};
    struct image_report r = {.err = ERR_OK};
    struct slot_view view;
    struct image_tlvs t;
    uint8_t buf[256];
    struct image_source src = slot_source_at(p, c->slot, 0, &view);
    if (image_is_encrypted(&c->header))
        return image_tlvs_begin(&t, &src, &c->header, policy.limit) == IMAGE_FAULT_NONE;
    if (image_verify(&src, &policy, buf, sizeof(buf), NULL, &r) == IMAGE_GENUINE)
        return true;
    *e = r.fault == IMAGE_FAULT_READ && r.err != ERR_UNREADABLE ? r.err : ERR_OK;
    return false;
}

/* Nobody asked; so an image counts once it is newer and all there. It costs reading it. */
static enum err next_newest(const struct slot_pair *p, enum swap_type *type)
{
    struct candidate c[2];
    unsigned count;
    enum err e = candidates_list(p, c, &count);
    *type = SWAP_TYPE_NONE;
    if (e || count == 0 || c[0].slot == p->active || p->active == SLOT_NONE)
        return e;
    if (is_whole(p, &c[0], &e))
        *type = SWAP_TYPE_PERM;
    return e;
}

static enum err refuse_pending(const struct slot_pair *p, bool permanent)
{
    (void)p, (void)permanent;
    return ERR_NOTSUP;
}

static enum err nothing_to_confirm(const struct slot_pair *p)
{
    (void)p;
    return ERR_OK;
}

const struct request_rules trial_requests = {.takes_any = true,
                                             .next = next_type,
                                             .set_pending = set_pending,
                                             .set_confirmed = set_confirmed,
                                             .is_confirmed = is_confirmed};

const struct request_rules newest_requests = {.next = next_newest,
                                              .set_pending = refuse_pending,
                                              .set_confirmed = nothing_to_confirm,
                                              .is_confirmed = is_confirmed};
