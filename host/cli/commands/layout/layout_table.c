/* layout_table.c - the partition table as a table. */
#include <string.h>

#include "host/cli/commands/layout/outlook.h"

/* "1", "2", or "1-2" for what lies in both. */
static const char *banks_text(const struct layout *l, const struct layout_partition *p)
{
    unsigned first = layout_bank(l, p->offset), last = layout_bank(l, p->offset + p->size - 1);
    return first == last ? cli_text("%u", first) : cli_text("%u-%u", first, last);
}

/* Sectors as the flash controller counts them: from 0 in each bank. */
static const char *sectors_text(const struct layout *l, const struct layout_partition *p)
{
    uint32_t bank = l->soc->flash.bank_size;
    uint32_t first = p->offset % bank / l->sector;
    uint32_t last = (p->offset + p->size - 1) % bank / l->sector;
    return cli_text("%u-%u", (unsigned)first, (unsigned)last);
}

/* Wide enough for every name and label. */
struct columns {
    int name, label;
};

static struct columns columns_of(const struct layout *l)
{
    struct columns c = {10, 10};
    for (unsigned i = 0; i < l->count; i++) {
        const struct layout_partition *p = &l->rows[i];
        int name = (int)(strlen(p->node) + 2 * p->depth), label = (int)strlen(p->label);
        c.name = name > c.name ? name : c.name;
        c.label = label > c.label ? label : c.label;
    }
    return c;
}

static void print_gap(struct columns c, uint32_t from, uint32_t to)
{
    if (to > from)
        cli_print(stdout, "%-*s %-*s 0x%06x  0x%06x  %4u\n", c.name, "(unused)", c.label, "-",
                  (unsigned)from, (unsigned)(to - from), (unsigned)(to - from) / 1024);
}

static void print_elsewhere(const struct layout *l)
{
    for (unsigned i = 0; i < l->elsewhere_count; i++) {
        const struct layout_elsewhere *p = &l->elsewhere[i];
        if (p->disabled)
            cli_print(stdout, "not checked: %s is disabled\n", p->name);
        else
            cli_print(stdout,
                      "not checked: %s, 0x%llx bytes at 0x%llx of %s, which is not the chip's own "
                      "flash\n",
                      p->name, (unsigned long long)p->size, (unsigned long long)p->offset,
                      p->memory);
    }
}

void layout_print_rows(const struct layout *l)
{
    const struct columns c = columns_of(l);
    uint32_t at = 0;
    cli_print(stdout, "%-*s %-*s  offset      size    KB  bank  sectors\n", c.name, "partition",
              c.label, "label");
    for (unsigned i = 0; i < l->count; i++) {
        const struct layout_partition *p = &l->rows[i];
        if (p->depth == 0)
            print_gap(c, at, p->offset);
        int indent = 2 * (int)p->depth;
        cli_print(stdout, "%*s%-*s %-*s 0x%06x  0x%06x  %4u  %-4s  %s\n", indent, "",
                  c.name - indent, p->node, c.label, p->label, (unsigned)p->offset,
                  (unsigned)p->size, (unsigned)p->size / 1024, banks_text(l, p),
                  sectors_text(l, p));
        if (p->depth == 0)
            at = p->offset + p->size;
    }
    print_gap(c, at, l->size);
    print_elsewhere(l);
}
