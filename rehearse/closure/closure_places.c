#include "rehearse/closure/closure_places.h"
#include "core/soc/soc.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/compiler.h"

#define WORD_MAX 32u

/* ---- places --------------------------------------------------------------------------------------- */

/* The words on the board, from off on, that stand for one word of the toy. */
struct span {
    uint32_t off, words;
    bool exact; /* a word of a trailer that holds the same there, whatever the images' sizes */
};

static enum slot slot_at(const struct slot_pair *toy, uint32_t off)
{
    unsigned s = 0;
    while (s < SLOT_SCRATCH && off - toy->slot[s].offset >= toy->slot[s].size)
        s++;
    return (enum slot)s;
}

/* A word of a trailer lies as far from its slot's end as on the toy; payload is stretched to the larger sectors. */
static struct span span_of(const struct plan *p, uint32_t toy_off)
{
    const struct slot_pair *toy = &p->toy->pair[0];
    enum slot s = slot_at(toy, toy_off);
    const struct flash_area *from = &toy->slot[s], *to = &p->pair->slot[s];
    const struct trailer_layout l = trailer_layout(toy, s), r = trailer_layout(p->pair, s);
    uint32_t in = toy_off - from->offset;
    if (in >= l.status)
        return (struct span){.off = to->offset + to->size - (from->size - in),
                             .words = 1,
                             .exact = in != l.swap_size &&
                                      (l.tlv_sizes == 0 || in != l.tlv_sizes) &&
                                      (s == SLOT_PRIMARY || in >= l.swap_info)};
    uint32_t scale = to->flash->sector / from->flash->sector;
    uint32_t off = in / from->flash->sector * to->flash->sector + in % from->flash->sector * scale;
    uint32_t words = scale;
    if (off + words * to->flash->word > r.status && off < r.status)
        words = (r.status - off) / to->flash->word;
    return (struct span){.off = to->offset + off, .words = words};
}

void places_plan(struct plan *p, const struct closure_model *toy, const struct slot_pair *pair,
                 uint32_t left)
{
    p->toy = toy;
    p->pair = pair;
    p->real = span_of(p, p->at.off).off;
    memcpy(p->after.bytes, store_bytes(&toy->f.store, left), toy->f.flash.sector);
    memcpy(p->after.cells, store_cells(&toy->f.store, left), toy->f.store.words);
}

/* ---- what a cut leaves ---------------------------------------------------------------------------- */

static uint32_t word_in_sector(const struct plan *p)
{
    return p->at.off % p->toy->f.flash.sector / p->toy->f.flash.word;
}

/* A torn word of payload: the toy's bytes are not the board's. */
static bool is_torn_payload(const struct plan *p)
{
    return !p->at.erase && p->after.cells[word_in_sector(p)] == CELL_WRITTEN &&
           !span_of(p, p->at.off).exact;
}

enum vboard_cut places_way(const struct plan *p)
{
    bool drawn = p->kind == CUT_ANY || (p->kind != CUT_BEFORE && is_torn_payload(p));
    return drawn ? VBOARD_CUT_DURING : VBOARD_CUT_BEFORE;
}

void places_blank(struct vboard *v, uint32_t off, uint32_t len)
{
    uint8_t blank[4096];
    memset(blank, 0xff, sizeof(blank));
    for (uint32_t n; len > 0; off += n, len -= n) {
        n = len < sizeof(blank) ? len : sizeof(blank);
        vboard_flash_poke(v, off, blank, n);
    }
}

/* A word with only some of the bits of src programmed. */
static void leave_some_bits(struct vboard *v, uint32_t off, const uint8_t *src)
{
    uint8_t word[WORD_MAX];
    for (unsigned i = 0; i < sizeof(word); i++)
        word[i] = (uint8_t)(src[i] | (0x5a ^ i * 37));
    vboard_flash_poke(v, off, word, sizeof(word));
}

static void leave_word(struct vboard *v, const struct plan *p, uint32_t w, const uint8_t *src)
{
    const struct flash *f = &p->toy->f.flash;
    const struct span at = span_of(p, p->at.off / f->sector * f->sector + w * f->word);
    const uint8_t *is = p->after.bytes + w * f->word;
    bool changed = memcmp(p->before.bytes + w * f->word, is, f->word) != 0;
    for (uint32_t i = 0; i < at.words; i++) {
        uint32_t off = at.off + i * f->word;
        if (p->after.cells[w] == CELL_UNREADABLE)
            vboard_flash_spoil(v, off);
        else if (p->after.cells[w] != CELL_WRITTEN)
            places_blank(v, off, f->word);
        else if (changed && src != NULL && !at.exact)
            leave_some_bits(v, off, src);
        else if (changed)
            vboard_flash_poke(v, off, is, f->word);
        if (!p->at.erase)
            break; /* one word was being programmed */
    }
}

/* Where the closure allows any content (CUT_ANY): a third of the words unreadable, a third erased, the rest as they
 * were. */
static void leave_anything(struct vboard *v, const struct plan *p)
{
    uint32_t word = p->toy->f.flash.word;
    uint32_t words = p->at.erase ? p->pair->slot[SLOT_PRIMARY].flash->sector / word : 1;
    for (uint32_t w = 0; w < words; w++)
        if (w % 3 == 0)
            vboard_flash_spoil(v, p->real + w * word);
        else if (w % 3 == 1)
            places_blank(v, p->real + w * word, word);
}

void places_leave(struct vboard *v, const struct plan *p, const uint8_t *src)
{
    bool by_board = src == NULL && !p->in_app && places_way(p) == VBOARD_CUT_DURING;
    if (p->kind == CUT_BEFORE || by_board)
        return;
    if (p->kind == CUT_ANY) {
        leave_anything(v, p);
        return;
    }
    if (!p->at.erase) {
        leave_word(v, p, word_in_sector(p), src);
        return;
    }
    for (uint32_t w = 0; w < p->toy->f.store.words; w++)
        leave_word(v, p, w, NULL);
}

/* ---- the operations of a boot --------------------------------------------------------------------- */

void places_trace_begin(struct places_trace *t, struct vboard *v)
{
    *t = (struct places_trace){.flash_base = vboard_soc(v)->flash.base};
    t->file = open_memstream(&t->text, &t->len);
    closure_must(t->file != NULL);
    vboard_trace_flash(v, t->file);
}

void places_trace_end(struct places_trace *t, struct vboard *v)
{
    vboard_trace_flash(v, NULL);
    fclose(t->file);
}

void places_trace_free(struct places_trace *t)
{
    free(t->text);
}

/* The next operation of the trace at *at; false behind the last. */
static bool next_op(const struct places_trace *t, const char **at, bool *erase, uint32_t *off)
{
    while (**at != '\0') {
        char line[160];
        unsigned bank, addr;
        size_t n = strcspn(*at, "\n");
        snprintf(line, sizeof(line), "%.*s", (int)n, *at);
        *at += n + ((*at)[n] != '\0');
        const char *place = strstr(line, "bank ");
        *erase = strstr(line, "erase sector") != NULL;
        if ((!*erase && strstr(line, "program") == NULL) || strstr(line, "stall") ||
            place == NULL || sscanf(place, "bank %u %x", &bank, &addr) != 2)
            continue;
        *off = addr - t->flash_base;
        return true;
    }
    return false;
}

uint64_t places_trace_find(struct places_trace *t, const struct place *p, uint32_t real)
{
    const char *at = t->text;
    bool erase;
    uint32_t off;
    unsigned nth = 0;
    for (uint64_t n = 1; next_op(t, &at, &erase, &off); n++)
        if (erase == p->erase && off == real && nth++ == p->nth)
            return n;
    return 0;
}

bool places_trace_check(struct places_trace *t, uint32_t sector,
                        const uint32_t later[CLOSURE_LATER], uint32_t *erased, uint32_t *where)
{
    const char *at = t->text;
    bool erase, ok = true;
    uint32_t off;
    for (t->ops = 0; next_op(t, &at, &erase, &off); t->ops++) {
        if (erase)
            *erased |= 1u << off / sector;
        else if (ok && !(*erased >> off / sector & 1) && !closure_has(later, CLOSURE_LATER, off)) {
            *where = off;
            ok = false;
        }
    }
    return ok;
}

unsigned places_trace_programs(struct places_trace *t, const uint32_t *offsets, unsigned count)
{
    const char *at = t->text;
    unsigned found = 0;
    bool erase;
    uint32_t off;
    while (next_op(t, &at, &erase, &off))
        found += !erase && closure_has(offsets, count, off);
    return found;
}
