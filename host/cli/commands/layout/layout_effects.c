/* layout_effects.c - what an upload writes, what a swap moves, and what is wasted, in sentences. The numbers are those of the
 * picture. */
#include <string.h>

#include "host/cli/commands/layout/outlook.h"

/* "sectors 1-5 of bank 1", as the flash controller counts them: from 0 in each bank. Of a flash with more banks than are
 * drawn: the place. */
static const char *sectors_of(const struct layout *l, const struct layout_piece *p)
{
    const uint32_t bank = l->soc->flash.bank_size;
    const unsigned first = p->offset % bank / l->sector;
    const unsigned last = (p->offset + p->size - 1) % bank / l->sector;
    const unsigned number = layout_bank(l, p->offset);
    if (layout_bank(l, p->offset + p->size - 1) != number)
        return cli_text("0x%06x to 0x%06x", (unsigned)p->offset,
                        (unsigned)(p->offset + p->size - 1));
    return first == last ? cli_text("sector %u of bank %u", first, number)
                         : cli_text("sectors %u-%u of bank %u", first, last, number);
}

/* All pieces with this use of an image's slots, or all scratch areas: "sector 7 of bank 1 and sector 6 of bank 2". */
static const char *places_of(const struct layout_map *m, unsigned image, enum layout_use use)
{
    const char *text = "";
    for (unsigned i = 0; i < m->count; i++) {
        const struct layout_piece *p = &m->piece[i];
        if (p->use != use || (p->image != image && use != LAYOUT_SCRATCH))
            continue;
        text = cli_text("%s%s%s", text, *text != '\0' ? " and " : "", sectors_of(m->layout, p));
    }
    return text;
}

static const char *upload_line(const struct outlook *o, unsigned image)
{
    const struct layout_slots *s = &o->image[image];
    const struct slot_pair *p = &s->pair;
    if (update_slot_count(p) < 2)
        return cli_text(
            "nothing is uploaded while the image runs: serial recovery or a debug probe "
            "writes %s",
            places_of(&o->map, image, LAYOUT_IMAGE));
    const char *line =
        cli_text("an upload writes up to %u bytes from 0x%06x on: %s", (unsigned)s->largest,
                 (unsigned)(p->slot[SLOT_SECONDARY].offset + update_upload_offset(p)),
                 places_of(&o->map, image, LAYOUT_UPLOAD));
    if (!update_runs_either(p))
        return line;
    return cli_text("%s; while slot%u runs, from 0x%06x on: %s", line, 2 * image + 1,
                    (unsigned)p->slot[SLOT_PRIMARY].offset,
                    places_of(&o->map, image, LAYOUT_IMAGE));
}

/* NULL: nothing is moved, and nothing need be said of it. */
static const char *swap_line(const struct outlook *o, unsigned image)
{
    const struct layout_map *m = &o->map;
    const char *ours = places_of(m, image, LAYOUT_IMAGE),
               *theirs = places_of(m, image, LAYOUT_UPLOAD);
    switch (update_mode(&o->image[image].pair)) {
    case UPDATE_MODE_SWAP_OFFSET:
        return cli_text("a swap exchanges %s with %s, through the spare %s", ours, theirs,
                        places_of(m, image, LAYOUT_SPARE));
    case UPDATE_MODE_SWAP_MOVE:
        return cli_text("a swap exchanges %s, moved up by one into the spare %s, with %s", ours,
                        places_of(m, image, LAYOUT_SPARE), theirs);
    case UPDATE_MODE_SWAP_SCRATCH:
        return cli_text("a swap exchanges %s with %s, through the scratch area, %s", ours, theirs,
                        places_of(m, image, LAYOUT_SCRATCH));
    case UPDATE_MODE_OVERWRITE:
        return cli_text("an update copies %s over %s; the old image is not kept", theirs, ours);
    case UPDATE_MODE_DIRECT_XIP:
    case UPDATE_MODE_DIRECT_XIP_REVERT:
        return "nothing is moved: an image runs in the slot that it was uploaded to";
    case UPDATE_MODE_RAM_LOAD:
        return "nothing is moved in flash: each boot copies the image into RAM";
    default:
        return NULL;
    }
}

/* NULL: there is nothing in them. */
static const char *trailer_line(const struct outlook *o, unsigned image)
{
    if (!update_takes_requests(&o->image[image].pair))
        return NULL;
    return cli_text("requests and the state of an update are in the trailers, in %s",
                    places_of(&o->map, image, LAYOUT_TRAILER));
}

/* Why no image can use a piece. */
static const char *reason(const struct outlook *o, const struct layout_piece *p)
{
    const struct layout_slots *s = &o->image[p->image];
    const struct flash_area *a = s->pair.slot;
    if (p->use == LAYOUT_FREE)
        return "it belongs to no partition";
    if (p->use == LAYOUT_TRAILER)
        return cli_text("the trailer takes %u bytes, and no image shares its sector",
                        (unsigned)p->trailer);
    if (s->largest < update_max_image_size(&s->pair))
        return "the RAM that the image is loaded into takes no larger one";
    const bool primary = p->offset - a[SLOT_PRIMARY].offset < a[SLOT_PRIMARY].size;
    return cli_text("slot%u takes no larger image", 2 * p->image + primary);
}

static unsigned add_wasted(const struct outlook *o, const char **line)
{
    const struct layout_map *m = &o->map;
    const uint32_t all = layout_wasted_all(m);
    unsigned n = 0;
    line[n++] = all == 0 ? "no byte is wasted"
                         : cli_text("no image can use %u bytes (%.1f KB of %u):", (unsigned)all,
                                    all / 1024.0, (unsigned)m->layout->size / 1024);
    for (unsigned i = 0; i < m->count; i++) {
        const struct layout_piece *p = &m->piece[i];
        if (layout_wasted(p) > 0)
            line[n++] = cli_text("  %7u  %s, %s: %s", (unsigned)layout_wasted(p),
                                 layout_piece_text(p), sectors_of(m->layout, p), reason(o, p));
    }
    return n;
}

static unsigned add_line(const char **line, const char *prefix, const char *text)
{
    if (text == NULL)
        return 0;
    *line = cli_text("%s%s", prefix, text);
    return 1;
}

unsigned layout_effects(const struct outlook *o, const char *line[LAYOUT_EFFECTS_MAX])
{
    unsigned n = 0;
    for (unsigned i = 0; i < o->count; i++) {
        const char *prefix = layout_image_text(&o->layout, &o->config, i);
        n += add_line(line + n, prefix, upload_line(o, i));
        n += add_line(line + n, prefix, swap_line(o, i));
        n += add_line(line + n, prefix, trailer_line(o, i));
    }
    return n + add_wasted(o, line + n);
}
