#include "host/layout/layout_map.h"

#include "core/update/swap/trailer.h"

/* The borders of all pieces, in bytes from the start of flash. */
struct borders {
    uint32_t at[LAYOUT_PIECES_MAX];
    unsigned count;
    uint32_t end; /* of the flash */
};

/* Keep them in order; each counts once, and what lies outside does not. */
static void add_border(struct borders *b, uint32_t at)
{
    unsigned i = b->count;
    while (i > 0 && b->at[i - 1] > at)
        i--;
    if (at >= b->end || b->count == LAYOUT_PIECES_MAX || (i > 0 && b->at[i - 1] == at))
        return;
    for (unsigned n = b->count; n > i; n--)
        b->at[n] = b->at[n - 1];
    b->at[i] = at;
    b->count++;
}

/* ---- slots ---- */

/* The parts of a slot, bytes from its start. What lies between them is unused. */
struct slot_parts {
    uint32_t image, image_end; /* the largest image */
    uint32_t spare, spare_end; /* empty if there is none */
    uint32_t trailer;          /* up to the slot's end */
    uint32_t trailer_bytes;    /* that the trailer takes of it */
};

/* Where nothing is ever written to a trailer, its fields stay free all the same, but an image may share their sector. */
static uint32_t trailer_start(const struct slot_pair *p, const struct trailer_layout *t)
{
    if (update_takes_requests(p))
        return t->first_sector;
    return update_mode(p) == UPDATE_MODE_SINGLE ? t->status : t->swap_info;
}

static struct slot_parts parts_of(const struct layout_slots *s, enum slot slot)
{
    const struct slot_pair *p = &s->pair;
    const struct trailer_layout t = trailer_layout(p, slot);
    const uint32_t start = slot == SLOT_SECONDARY ? update_upload_offset(p) : 0;
    struct slot_parts parts = {.image = start, .image_end = start + s->largest, .spare_end = start};
    if (update_mode(p) == UPDATE_MODE_SWAP_MOVE && slot == SLOT_PRIMARY) {
        parts.spare = parts.image_end;
        parts.spare_end = parts.image_end + s->flash.sector;
    }
    parts.trailer = trailer_start(p, &t);
    parts.trailer_bytes =
        p->slot[slot].size - (update_takes_requests(p) ? t.status : parts.trailer);
    return parts;
}

static void add_slot_borders(struct borders *b, const struct layout_slots *s, enum slot slot)
{
    const uint32_t at = s->pair.slot[slot].offset;
    const struct slot_parts parts = parts_of(s, slot);
    const uint32_t all[] = {parts.image, parts.image_end, parts.spare, parts.spare_end,
                            parts.trailer};
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        add_border(b, at + all[i]);
}

static bool is_within(uint32_t at, uint32_t from, uint32_t to)
{
    return at >= from && at < to;
}

/* What the byte at this offset of the slot is for. */
static void use_in_slot(const struct layout_slots *s, enum slot slot, uint32_t at,
                        struct layout_piece *piece)
{
    const struct slot_parts parts = parts_of(s, slot);
    piece->use = LAYOUT_UNUSED;
    if (is_within(at, parts.image, parts.image_end))
        piece->use = slot == SLOT_PRIMARY ? LAYOUT_IMAGE : LAYOUT_UPLOAD;
    else if (is_within(at, parts.spare, parts.spare_end))
        piece->use = LAYOUT_SPARE;
    else if (at >= parts.trailer)
        piece->use = LAYOUT_TRAILER;
    if (piece->use != LAYOUT_TRAILER)
        return;
    /* The trailer ends with the slot; its piece may begin in one bank and end in the next. */
    const uint32_t first = s->pair.slot[slot].size - parts.trailer_bytes, end = at + piece->size;
    piece->trailer = end > first ? end - (at > first ? at : first) : 0;
}

/* ---- pieces ---- */

static const struct layout_partition *innermost(const struct layout *l, uint32_t at)
{
    const struct layout_partition *found = NULL;
    for (unsigned i = 0; i < l->count; i++)
        if (is_within(at, l->rows[i].offset, l->rows[i].offset + l->rows[i].size) &&
            (found == NULL || l->rows[i].depth > found->depth))
            found = &l->rows[i];
    return found;
}

static void find_use(const struct layout_map *m, struct layout_piece *piece)
{
    piece->use = piece->partition != NULL ? LAYOUT_OTHER : LAYOUT_FREE;
    for (unsigned i = 0; i < m->images; i++) {
        const struct layout_slots *s = &m->image[i];
        const bool scratch = update_mode(&s->pair) == UPDATE_MODE_SWAP_SCRATCH;
        for (unsigned n = 0; n < update_slot_count(&s->pair) + scratch; n++) {
            const struct flash_area *a = &s->pair.slot[n];
            if (!is_within(piece->offset, a->offset, a->offset + a->size))
                continue;
            piece->image = i;
            if (n == SLOT_SCRATCH)
                piece->use = LAYOUT_SCRATCH;
            else
                use_in_slot(s, (enum slot)n, piece->offset - a->offset, piece);
        }
    }
}

static void collect_borders(const struct layout_map *m, struct borders *b)
{
    const struct layout *l = m->layout;
    add_border(b, 0);
    for (unsigned i = 0; i < l->count; i++) {
        add_border(b, l->rows[i].offset);
        add_border(b, l->rows[i].offset + l->rows[i].size);
    }
    for (unsigned i = 0; i < m->images; i++)
        for (unsigned n = 0; n < update_slot_count(&m->image[i].pair); n++)
            add_slot_borders(b, &m->image[i], (enum slot)n);
    for (unsigned i = 1; i < m->banks && m->banks <= LAYOUT_BANKS_MAX; i++)
        add_border(b, i * l->soc->flash.bank_size);
}

/* An empty part of a slot has left a border in the middle of something. */
static bool continues(const struct layout_map *m, const struct layout_piece *next)
{
    if (m->count == 0)
        return false;
    const struct layout_piece *last = &m->piece[m->count - 1];
    return last->use == next->use && last->partition == next->partition &&
           last->image == next->image &&
           layout_bank(m->layout, last->offset) == layout_bank(m->layout, next->offset);
}

void layout_map_init(struct layout_map *m, const struct layout *l, const struct layout_slots *image,
                     unsigned images)
{
    struct borders b = {.end = l->size};
    *m = (struct layout_map){.layout = l, .image = image, .images = images};
    m->banks = layout_bank(l, l->size - 1);
    collect_borders(m, &b);
    for (unsigned i = 0; i < b.count; i++) {
        const uint32_t end = i + 1 < b.count ? b.at[i + 1] : l->size;
        struct layout_piece next = {
            .offset = b.at[i], .size = end - b.at[i], .partition = innermost(l, b.at[i])};
        find_use(m, &next);
        if (continues(m, &next)) {
            m->piece[m->count - 1].size += next.size;
            m->piece[m->count - 1].trailer += next.trailer;
        } else {
            m->piece[m->count++] = next;
        }
    }
}

unsigned layout_bank(const struct layout *l, uint32_t offset)
{
    return offset / l->soc->flash.bank_size + 1;
}

bool layout_is_of_slot(enum layout_use use)
{
    return use != LAYOUT_FREE && use != LAYOUT_OTHER && use != LAYOUT_SCRATCH;
}

/* ---- what is wasted ---- */

uint32_t layout_wasted(const struct layout_piece *p)
{
    switch (p->use) {
    case LAYOUT_FREE:
    case LAYOUT_UNUSED:
        return p->size;
    case LAYOUT_TRAILER:
        return p->size - p->trailer;
    default:
        return 0;
    }
}

uint32_t layout_wasted_all(const struct layout_map *m)
{
    uint32_t sum = 0;
    for (unsigned i = 0; i < m->count; i++)
        sum += layout_wasted(&m->piece[i]);
    return sum;
}

/* ---- words ---- */

const char *layout_use_text(enum layout_use use)
{
    static const char *const texts[] = {
        [LAYOUT_FREE] = "free",       [LAYOUT_OTHER] = "other",   [LAYOUT_IMAGE] = "image",
        [LAYOUT_UPLOAD] = "upload",   [LAYOUT_SPARE] = "spare",   [LAYOUT_SCRATCH] = "scratch",
        [LAYOUT_TRAILER] = "trailer", [LAYOUT_UNUSED] = "unused",
    };
    return texts[use];
}

const char *layout_piece_text(const struct layout_piece *p)
{
    if (p->partition == NULL)
        return "(unused)";
    if (p->use == LAYOUT_OTHER || p->use == LAYOUT_SCRATCH)
        return p->partition->node;
    return cli_text("%s %s", p->partition->node, layout_use_text(p->use));
}

const char *layout_size_text(uint32_t bytes)
{
    const unsigned kb = 1024, mb = kb * kb;
    if (bytes > 0 && bytes % mb == 0)
        return cli_text("%u MB", (unsigned)bytes / mb);
    if (bytes > 0 && bytes % kb == 0)
        return cli_text("%u KB", (unsigned)bytes / kb);
    return cli_text("%u bytes", (unsigned)bytes);
}
