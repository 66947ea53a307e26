/* layout_svg.c - the picture of a partition table, and its sentences, as an SVG file. */
#include <string.h>

#include "host/cli/commands/layout/outlook.h"
#include "host/report/draw.h"
#include "host/report/flash_map.h"

/* Pixels. */
#define LINE       15.0 /* of a sentence */
#define BETWEEN    5.0  /* two sentences */
#define MARGIN     6.0
#define WIDTH_MIN  460.0
#define CHARACTERS 75u /* of a line in WIDTH_MIN */

static const char *class_of(enum layout_use use)
{
    static const char *const classes[] = {
        [LAYOUT_FREE] = "in-erased",     [LAYOUT_OTHER] = "in-bootloader",
        [LAYOUT_IMAGE] = "in-old",       [LAYOUT_UPLOAD] = "in-new",
        [LAYOUT_SPARE] = "in-other",     [LAYOUT_SCRATCH] = "in-other",
        [LAYOUT_TRAILER] = "in-trailer", [LAYOUT_UNUSED] = "in-erased",
    };
    return classes[use];
}

/* parts: room for all pieces. */
static struct flash_map map_of(const struct outlook *o, struct flash_map_part *parts,
                               const char *label)
{
    const struct layout *l = &o->layout;
    const uint32_t bank = l->soc->flash.bank_size;
    struct flash_map f = {.base = l->base, .banks = o->map.banks, .columns = 1, .label = label};
    for (unsigned i = 0; i < f.banks; i++) {
        const uint32_t at = i * bank, left = l->size - at;
        f.bank[i] = (struct flash_map_bank){at, left < bank ? left : bank, l->sector};
    }
    for (unsigned i = 0; i < o->map.count; i++) {
        const struct layout_piece *p = &o->map.piece[i];
        parts[i] =
            (struct flash_map_part){p->offset, p->size, layout_piece_text(p), class_of(p->use)};
    }
    f.column[0] = (struct flash_map_column){NULL, parts, o->map.count};
    return f;
}

/* How much of the text fits a line: up to a blank, if there is one. */
static size_t line_length(const char *text, size_t most)
{
    size_t fits = strlen(text);
    if (fits <= most)
        return fits;
    for (fits = most; fits > 1 && text[fits] != ' ';)
        fits--;
    return fits > 1 ? fits : most;
}

/* Returns the place below the text. m NULL: nothing is drawn. */
static double draw_sentence(struct markup *m, double y, const char *sentence)
{
    const size_t indent = strspn(sentence, " ");
    char *text = cli_memory(strlen(sentence));
    strcpy(text, sentence + indent);
    for (char *end = text; (end = strchr(end, '\n')) != NULL;)
        *end = ' ';
    for (; *text != '\0'; y += LINE) {
        const size_t len = line_length(text, CHARACTERS - indent);
        if (m != NULL)
            draw_text(m, "label", (struct draw_point){MARGIN + MARGIN * (double)indent, y},
                      cli_text("%.*s", (int)len, text));
        text += len;
        text += strspn(text, " ");
    }
    return y;
}

static double draw_sentences(struct markup *m, double y, const struct outlook *o)
{
    const char *line[LAYOUT_SENTENCES_MAX];
    const unsigned n = layout_sentences(o, line);
    for (unsigned i = 0; i < n; i++)
        y = draw_sentence(m, y + (line[i][0] != ' ' ? BETWEEN : 0), line[i]);
    return y;
}

static void draw_all(struct markup *m, const struct outlook *o, const char *name)
{
    struct flash_map_part parts[LAYOUT_PIECES_MAX];
    const struct flash_map map = map_of(o, parts, cli_text("the flash as %s divides it", name));
    struct draw_size size = flash_map_picture(&map);
    const double below = size.height + LINE;
    size.width = size.width > WIDTH_MIN ? size.width : WIDTH_MIN;
    size.height = draw_sentences(NULL, below, o);
    draw_begin_file(m, size, map.label);
    flash_map_draw_within(m, &map);
    draw_sentences(m, below, o);
    draw_end_file(m);
}

int layout_write_svg(const struct outlook *o, const char *name, const char *path)
{
    struct markup m;
    if (o->map.banks > FLASH_MAP_BANKS_MAX)
        return cli_fail(CLI_REFUSED, cli_text("'%s' cannot be drawn", name),
                        cli_text("the flash reaches into %u banks of the %s", o->map.banks,
                                 o->layout.soc->name),
                        "name the part in the compatible of /soc");
    markup_init(&m);
    draw_all(&m, o, name);
    const int code = markup_is_whole(&m)
                         ? cli_write_file(path, m.text, m.len, 0644)
                         : cli_fail(CLI_BAD_FILE, cli_text("'%s' cannot be written", path),
                                    "memory is short", NULL);
    markup_free(&m);
    return code;
}
