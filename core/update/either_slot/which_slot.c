/* Direct-XIP and RAM-load: the order in which the slots are tried, and the application's requests. The rules and the
 * order of writes: core/update/either_slot/DESIGN.md. */
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/crc.h"
#include "core/update/strategy.h"
#include "core/update/swap/trailer.h"

/* ---- the note ------------------------------------------------------------------------------------ */

/* It says: the trial of the image in the other slot has begun. It lies at the start of the trailer's sector, which is
 * unused otherwise. Bytes: core/update/SPEC.md; why: core/update/either_slot/DESIGN.md. */

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

/* Read the note in the trailer sector of c. If it is about the image of other, the trial of that image has begun. */
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

/* ---- which slot is tried first --------------------------------------------------------------------------------- */

static enum trial trial_of(const struct trailer_state *t)
{
    if (t->magic != TRAILER_MAGIC_GOOD)
        return TRIAL_NONE;
    if (t->image_ok == TRAILER_FLAG_SET)
        return TRIAL_CONFIRMED;
    return t->copy_done == TRAILER_FLAG_SET ? TRIAL_TRIED : TRIAL_PENDING;
}

/* Without revert the trailers are not read: all images count as confirmed, and the version decides. */
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

/* Erase and write the trailer of slot s, the magic last, because nothing counts without it. note: the header of the
 * image in the other slot whose trial begins, or NULL. */
static enum err rewrite_trailer(const struct slot_pair *p, enum slot s, enum trial trial,
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
    return rewrite_trailer(p, s, trial, NULL, feed);
}

static enum err rewrite_both(const struct slot_pair *p, const struct candidate *c,
                             const struct candidate *other, void (*feed)(void))
{
    enum err e = ERR_OK;
    if (c->trial != TRIAL_BEGUN)
        e = rewrite_trailer(p, other->slot,
                            other->trial == TRIAL_NONE ? TRIAL_NONE : TRIAL_CONFIRMED, &c->header,
                            feed);
    return e ? e : trial_write(p, c->slot, TRIAL_TRIED, feed);
}

/* copy_done goes into the trailer that the request was written to. A cut here may leave a word that reads erased: the
 * next boot programs it again, with the same bytes. Flash refuses a word that does not read erased, and the driver reads
 * back what it has programmed, so only a whole mark is taken; otherwise the trailers are rewritten. They are rewritten, too,
 * if other does not rank above a failed image: it is on trial itself, or a cut in the rewrite of its confirmed trailer
 * makes it read as tried or pending. */
enum err trial_attempt(const struct slot_pair *p, const struct candidate *c,
                       const struct candidate *other, void (*feed)(void))
{
    bool as_it_stands = other->trial == TRIAL_NONE || other->trial == TRIAL_CONFIRMED;
    if (c->trial == TRIAL_PENDING && as_it_stands &&
        trailer_put_flag(p, c->slot, trailer_layout(p, c->slot).copy_done) == ERR_OK)
        return ERR_OK;
    return rewrite_both(p, c, other, feed);
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

/* Would the image in slot s be tried first if it were requested? */
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

/* image_ok is programmed while its image is on trial, which lasts one power session: after a cut here the other image
 * runs, or this trailer is written anew. */
static enum err set_confirmed(const struct slot_pair *p)
{
    bool confirmed;
    enum err e = is_confirmed(p, &confirmed);
    if (e || confirmed)
        return e;
    return trailer_put_flag(p, p->active, trailer_layout(p, p->active).image_ok);
}

/* Would the boot accept the image, as far as can be known without keys? Its hash must be right. The hash of an
 * encrypted image is over the plain text, which only the bootloader can read; there the TLVs, which are uploaded last,
 * must be present. */
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

/* Without requests the next boot runs the newer image if it is complete, which costs reading all of it. */
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
