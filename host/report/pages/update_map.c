/* update_map.c - what lies where in flash, before the update and after it. */
#include <stdlib.h>

#include "host/report/page.h"
#include "host/report/pages/update_parts.h"

#define PARTS_MAX 1024u /* of a column; a layout has a dozen */

struct columns {
    struct flash_map_part area[PARTS_MAX], before[PARTS_MAX], after[PARTS_MAX];
};

/* key: the member with the part's text. of_areas: they all look alike. */
static struct flash_map_column column_of(const char *title, const json_t *parts, const char *key,
                                         bool of_areas, struct flash_map_part *part)
{
    struct flash_map_column c = {title, part, 0};
    for (size_t i = 0; i < json_array_size(parts) && c.count < PARTS_MAX; i++) {
        const json_t *p = json_array_get(parts, i);
        const char *text = document_text(p, key);
        const char *look = of_areas ? "area" : flash_map_class(text);
        part[c.count++] = (struct flash_map_part){document_number(p, "offset"),
                                                  document_number(p, "size"), text, look};
    }
    return c;
}

static void put_legend(struct markup *m)
{
    static const char *const words[] = {"bootloader", "old image", "new image",
                                        "trailer",    "other",     "erased"};
    markup_open(m, "ul");
    markup_attr(m, "class", "legend");
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        markup_open(m, "li");
        markup_classed(m, "i", flash_map_class(words[i]), "");
        markup_text(m, words[i]);
        markup_close(m);
    }
    markup_close(m);
}

static void draw(struct markup *m, const json_t *report, struct columns *c)
{
    const json_t *contents = json_object_get(report, "contents");
    struct flash_map map = {
        .base = document_number(json_object_get(report, "flash"), "base"),
        .columns = 3,
        .label = "Flash map: banks, sectors, partitions, and what lies in them before the update "
                 "and after it",
    };
    map.banks = update_banks(report, map.bank);
    if (map.banks == 0)
        return;
    map.column[0] = column_of("partitions", document_list(report, "areas"), "label", true, c->area);
    map.column[1] =
        column_of("before", document_list(contents, "before"), "what", false, c->before);
    map.column[2] = column_of("after", document_list(contents, "after"), "what", false, c->after);
    page_section(m, "flash", "Flash map");
    put_legend(m);
    flash_map_draw(m, &map);
}

void update_map(struct markup *m, const json_t *report)
{
    struct columns *c = malloc(sizeof *c);
    if (c == NULL)
        m->failed = true;
    else
        draw(m, report, c);
    free(c);
}
