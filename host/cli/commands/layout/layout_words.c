/* layout_words.c - what a partition table means for an update, in sentences. */
#include <string.h>

#include "host/cli/commands/layout/outlook.h"

void layout_print_part(const struct layout *l)
{
    if (l->assumed[0] != '\0')
        cli_print(stdout,
                  "part: %s assumed, because the devicetree names no known part (%s); banks and "
                  "sectors are counted as on it\n",
                  l->soc->name, l->assumed);
    if (l->part_board[0] != '\0')
        cli_print(stdout, "part: %s, by the root's compatible \"%s\"; /soc names none\n",
                  l->soc->name, l->part_board);
    if (l->soc->flash.banks == 1)
        cli_print(stdout,
                  "the %s has one bank: the code in flash stalls during each program and erase, "
                  "for 1 to 2 s a sector; a watchdog must allow for that\n",
                  l->soc->name);
}

/* The end of the line "largest image ... that can". */
static const char *fate(const struct layout_slots *s)
{
    switch (update_mode(&s->pair)) {
    case UPDATE_MODE_SINGLE:
        return "run";
    case UPDATE_MODE_OVERWRITE:
        return "be uploaded\nand copied over the old one";
    case UPDATE_MODE_DIRECT_XIP:
    case UPDATE_MODE_DIRECT_XIP_REVERT:
        return "be uploaded\nand run in either slot";
    case UPDATE_MODE_RAM_LOAD:
        return "be uploaded,\nloaded into RAM and run";
    default:
        return "be uploaded,\nswapped in and reverted";
    }
}

/* The banks of an area of a pair. */
struct span {
    unsigned first, last;
};

static struct span banks_of(const struct layout *l, const struct slot_pair *p, unsigned slot)
{
    uint32_t end = p->slot[slot].offset + p->slot[slot].size - 1;
    return (struct span){layout_bank(l, p->slot[slot].offset), layout_bank(l, end)};
}

static const char *span_text(struct span s)
{
    return s.first == s.last ? cli_text("bank %u", s.first)
                             : cli_text("banks %u and %u", s.first, s.last);
}

/* Uploads stall the code that runs, which is image 0, as long as they are programmed into its bank. With a single slot
 * there is no upload while it runs. */
bool layout_upload_stalls(const struct outlook *o, unsigned image)
{
    const struct slot_pair *pair = &o->image[image].pair;
    if (update_slot_count(pair) < 2 || update_mode(pair) == UPDATE_MODE_RAM_LOAD)
        return false;
    const struct span code = banks_of(&o->layout, &o->image[0].pair, SLOT_PRIMARY);
    const struct span upload = banks_of(&o->layout, pair, SLOT_SECONDARY);
    return code.first <= upload.last && upload.first <= code.last;
}

/* NULL: nothing need be said, because there is one slot, or one bank, of which layout_print_part speaks. */
static const char *banks_line(const struct outlook *o, unsigned image)
{
    const struct layout *l = &o->layout;
    const struct layout_slots *s = &o->image[image];
    const unsigned slot = 2 * image + 1;
    if (update_slot_count(&s->pair) < 2 || l->soc->flash.banks == 1)
        return NULL;
    const struct span code = banks_of(l, &o->image[0].pair, SLOT_PRIMARY);
    const struct span upload = banks_of(l, &s->pair, SLOT_SECONDARY);
    if (update_mode(&s->pair) == UPDATE_MODE_RAM_LOAD)
        return "the code runs from RAM: an upload does not stall it";
    if (!layout_upload_stalls(o, image))
        return cli_text("slot0 is in %s, slot%u in %s: an upload does not stall the running code",
                        span_text(code), slot, span_text(upload));
    if (code.first != code.last || upload.first != upload.last)
        return cli_text("slot0 is in %s, slot%u in %s: the running code stalls while an upload is "
                        "programmed into a bank that it runs from",
                        span_text(code), slot, span_text(upload));
    const char *both = image == 0 ? "both slots" : cli_text("slot0 and slot%u", slot);
    return cli_text("%s are in %s: the running code stalls while an upload is programmed", both,
                    span_text(upload));
}

void layout_print_strategy(const struct outlook *o)
{
    cli_say("strategy: %s (%s)", layout_strategy_text(&o->image[0]), o->image[0].origin);
}

static const char *largest_line(const struct outlook *o, unsigned image)
{
    const struct layout_slots *s = &o->image[image];
    return cli_text(
        "%slargest image: %u bytes (%.1f KB), header and TLVs included, that can %s (%s)",
        layout_image_text(&o->layout, &o->config, image), (unsigned)s->largest, s->largest / 1024.0,
        fate(s), layout_strategy_text(s));
}

unsigned layout_sentences(const struct outlook *o, const char *line[LAYOUT_SENTENCES_MAX])
{
    unsigned n = 0;
    for (unsigned i = 0; i < o->count; i++) {
        const char *banks = banks_line(o, i);
        line[n++] = largest_line(o, i);
        if (banks != NULL)
            line[n++] = banks;
    }
    return n + layout_effects(o, line + n);
}

void layout_print_notes(const struct outlook *o)
{
    const char *line[LAYOUT_SENTENCES_MAX];
    const unsigned n = layout_sentences(o, line);
    layout_print_part(&o->layout);
    for (unsigned i = 0; i < n; i++)
        cli_print(stdout, "%s\n", line[i]);
    layout_print_strategy(o);
}
