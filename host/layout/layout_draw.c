#include "host/layout/layout_draw.h"

#include <stdlib.h>
#include <string.h>

#define SECTORS_MAX 16u /* of a bank; of more than these the single ones are not shown */
#define LINES       32u /* of a bank then */
#define GAP         2u  /* columns between two banks */
#define SHADE       2u  /* columns of a piece's pattern */
#define INNER_MIN   6u
#define INNER_GOOD  20u /* banks that would be narrower than this go below each other */

/* ---- characters ---- */

/* A cell of the canvas is an ASCII character or one of these. */
enum glyph {
    CORNER_TL = 0x80,
    CORNER_TR,
    CORNER_BL,
    CORNER_BR,
    HORIZONTAL,
    VERTICAL,
    TEE_LEFT,  /* in the left side, towards the right */
    TEE_RIGHT, /* in the right side, towards the left */
    TICK,      /* in the left side, towards the left */
    DASH,      /* between two pieces of a partition */
    CUT,       /* in place of the rest of a text */
    SHADE_IMAGE,
    SHADE_UPLOAD,
    SHADE_SPARE,
    SHADE_TRAILER,
};

static const char *const glyphs[][2] = {
    {"+", "┌"}, {"+", "┐"}, {"+", "└"}, {"+", "┘"}, {"-", "─"}, {"|", "│"}, {"+", "├"}, {"+", "┤"},
    {"+", "┤"}, {".", "╌"}, {"~", "…"}, {"#", "▓"}, {"=", "▒"}, {":", "░"}, {"%", "═"},
};

struct canvas {
    unsigned width, height;
    uint8_t *cell;
};

static void put(struct canvas *c, unsigned x, unsigned y, unsigned what)
{
    if (x < c->width && y < c->height)
        c->cell[y * c->width + x] = (uint8_t)what;
}

static void put_run(struct canvas *c, unsigned x, unsigned y, unsigned len, unsigned what)
{
    for (unsigned i = 0; i < len; i++)
        put(c, x + i, y, what);
}

/* Names come from outside: each byte takes one column, whatever it is. */
static void put_text(struct canvas *c, unsigned x, unsigned y, const char *text, unsigned most)
{
    const unsigned len = (unsigned)strlen(text);
    for (unsigned i = 0; i < len && i < most; i++) {
        const unsigned char byte = (unsigned char)text[i];
        put(c, x + i, y, byte >= 0x20 && byte < 0x7f ? byte : '?');
    }
    if (len > most && most > 0)
        put(c, x + most - 1, y, CUT);
}

/* The canvas as lines, without blanks at their ends. */
static char *to_lines(const struct canvas *c, bool utf8, char *out)
{
    for (unsigned y = 0; y < c->height; y++) {
        const uint8_t *row = c->cell + (size_t)y * c->width;
        unsigned len = c->width;
        while (len > 0 && row[len - 1] == ' ')
            len--;
        for (unsigned x = 0; x < len; x++) {
            if (row[x] < CORNER_TL)
                *out++ = (char)row[x];
            else
                out = stpcpy(out, glyphs[row[x] - CORNER_TL][utf8]);
        }
        *out++ = '\n';
    }
    return out;
}

/* ---- measures ---- */

struct plan {
    const struct layout_map *map;
    struct layout_style style;
    unsigned label;  /* columns left of a bank, for offsets and sector numbers */
    unsigned inner;  /* columns inside a bank */
    unsigned lines;  /* of a whole bank, from its upper edge to its lower one */
    bool ticks;      /* each sector has two of these lines */
    unsigned across; /* banks side by side */
};

/* The pieces of one bank. */
struct bank {
    const struct layout_piece *piece;
    unsigned number, count; /* number: from 1 */
    uint32_t offset, size;
    unsigned lines;
};

static struct bank bank_at(const struct plan *p, unsigned number)
{
    const struct layout *l = p->map->layout;
    const uint32_t whole = l->soc->flash.bank_size;
    struct bank b = {.number = number, .offset = (number - 1) * whole};
    b.size = l->size - b.offset < whole ? l->size - b.offset : whole;
    for (unsigned i = 0; i < p->map->count; i++) {
        const struct layout_piece *piece = &p->map->piece[i];
        if (layout_bank(l, piece->offset) != number)
            continue;
        if (b.count++ == 0)
            b.piece = piece;
    }
    b.lines = (unsigned)((uint64_t)p->lines * b.size / whole);
    if (b.lines < 2 * b.count)
        b.lines = 2 * b.count;
    return b;
}

/* The line at which each piece begins, and behind them the last line: to scale, but each piece has a line between its
 * borders. One that is smaller takes it from the piece before it, so that borders of sectors stay where they are. */
static void place_borders(const struct bank *b, unsigned line[LAYOUT_PIECES_MAX + 1])
{
    line[b->count] = b->lines;
    for (unsigned i = b->count; i-- > 0;) {
        const uint64_t from = b->piece[i].offset - b->offset;
        line[i] = (unsigned)((from * b->lines + b->size / 2) / b->size);
        if (line[i] + 2 > line[i + 1])
            line[i] = line[i + 1] > 2 ? line[i + 1] - 2 : 0;
    }
    for (unsigned i = 1; i < b->count && line[i] < line[i - 1] + 2; i++)
        line[i] = line[i - 1] + 2;
}

static unsigned text_columns(const struct layout_map *m)
{
    unsigned most = 0;
    for (unsigned i = 0; i < m->count; i++) {
        const unsigned len = (unsigned)(strlen(layout_piece_text(&m->piece[i])) + 2 +
                                        strlen(layout_size_text(m->piece[i].size)));
        most = len > most ? len : most;
    }
    return most;
}

static struct plan plan_of(const struct layout_map *m, struct layout_style style)
{
    const struct layout *l = m->layout;
    const uint32_t sectors = l->soc->flash.bank_size / l->sector;
    const unsigned wanted = text_columns(m) + SHADE + 2;
    struct plan p = {.map = m, .style = style, .across = m->banks};
    p.label = l->size > 0x1000000 ? 11 : 9;
    p.lines = sectors >= 1 && sectors <= SECTORS_MAX ? 2 * sectors : LINES;
    for (unsigned i = 1; i <= m->banks; i++) {
        const struct bank b = bank_at(&p, i);
        p.lines = p.lines < 2 * b.count ? 2 * b.count : p.lines;
    }
    p.ticks = p.lines == 2 * sectors;
    for (;; p.across--) {
        const unsigned each = (style.width + GAP) / p.across, other = GAP + p.label + 2;
        p.inner = each > other + INNER_MIN ? each - other : INNER_MIN;
        p.inner = p.inner > wanted ? wanted : p.inner;
        if (p.inner >= INNER_GOOD || p.inner == wanted || p.across == 1)
            return p;
    }
}

/* ---- one bank ---- */

static unsigned shade_of(enum layout_use use)
{
    switch (use) {
    case LAYOUT_IMAGE:
        return SHADE_IMAGE;
    case LAYOUT_UPLOAD:
        return SHADE_UPLOAD;
    case LAYOUT_SPARE:
    case LAYOUT_SCRATCH:
        return SHADE_SPARE;
    case LAYOUT_TRAILER:
        return SHADE_TRAILER;
    default:
        return ' ';
    }
}

/* Where a bank's box stands. */
struct spot {
    struct canvas *canvas;
    unsigned x, y; /* of its upper left corner */
};

static void put_label(const struct plan *p, const struct spot *s, unsigned line, const char *text)
{
    const unsigned len = (unsigned)strlen(text);
    if (len < p->label)
        put_text(s->canvas, s->x - len - 1, s->y + line, text, len);
}

static void put_border(const struct plan *p, const struct spot *s, unsigned line,
                       bool between_pieces, uint32_t offset)
{
    put(s->canvas, s->x, s->y + line, between_pieces ? VERTICAL : TEE_LEFT);
    put_run(s->canvas, s->x + 1, s->y + line, p->inner, between_pieces ? DASH : HORIZONTAL);
    put(s->canvas, s->x + 1 + p->inner, s->y + line, between_pieces ? VERTICAL : TEE_RIGHT);
    put_label(p, s, line, cli_text("0x%0*x", (int)p->label - 3, (unsigned)offset));
}

/* Name and size: in one line; in two if there is room for them; or the name alone, shortened if it must be. */
static void put_words(const struct plan *p, const struct spot *s, unsigned line, unsigned lines,
                      const struct layout_piece *piece)
{
    const char *name = layout_piece_text(piece), *size = layout_size_text(piece->size);
    const unsigned room = p->inner - SHADE - 2, size_len = (unsigned)strlen(size);
    const unsigned x = s->x + SHADE + 2;
    const bool one = strlen(name) + 1 + size_len <= room;
    put_text(s->canvas, x, s->y + line, name, room);
    if (one || (lines > 1 && size_len <= room))
        put_text(s->canvas, x + room - size_len, s->y + line + !one, size, size_len);
}

static void put_piece(const struct plan *p, const struct spot *s, const struct bank *b, unsigned i,
                      const unsigned *line)
{
    const struct layout_piece *piece = &b->piece[i];
    for (unsigned y = line[i] + 1; y < line[i + 1]; y++)
        put_run(s->canvas, s->x + 1, s->y + y, SHADE, shade_of(piece->use));
    put_border(p, s, line[i], i > 0 && piece[-1].partition == piece->partition, piece->offset);
    put_words(p, s, line[i] + 1, line[i + 1] - line[i] - 1, piece);
}

static void put_sectors(const struct plan *p, const struct spot *s, const struct bank *b)
{
    for (unsigned i = 0; 2 * i + 1 < b->lines && p->ticks; i++) {
        put_label(p, s, 2 * i + 1, cli_text("%u", i));
        put(s->canvas, s->x, s->y + 2 * i, TICK);
    }
}

static void put_bank(const struct plan *p, const struct spot *s, unsigned number)
{
    const struct bank b = bank_at(p, number);
    const unsigned right = s->x + 1 + p->inner, bottom = s->y + b.lines;
    unsigned line[LAYOUT_PIECES_MAX + 1];
    place_borders(&b, line);
    put_text(s->canvas, s->x, s->y - 1, cli_text("bank %u, %s", number, layout_size_text(b.size)),
             p->inner + 2);
    for (unsigned y = 0; y <= b.lines; y++) {
        put(s->canvas, s->x, s->y + y, VERTICAL);
        put(s->canvas, right, s->y + y, VERTICAL);
    }
    put_sectors(p, s, &b);
    for (unsigned i = 0; i < b.count; i++)
        put_piece(p, s, &b, i, line);
    put_run(s->canvas, s->x + 1, bottom, p->inner, HORIZONTAL);
    put(s->canvas, s->x, s->y, CORNER_TL);
    put(s->canvas, right, s->y, CORNER_TR);
    put(s->canvas, s->x, bottom, CORNER_BL);
    put(s->canvas, right, bottom, CORNER_BR);
}

/* ---- all of them ---- */

static char *draw_row(const struct plan *p, unsigned first, unsigned count, char *out)
{
    const unsigned step = p->label + p->inner + 2 + GAP;
    struct canvas c = {.width = count * step, .height = 0};
    for (unsigned i = 0; i < count; i++) {
        const struct bank b = bank_at(p, first + i);
        c.height = b.lines + 2 > c.height ? b.lines + 2 : c.height;
    }
    c.cell = cli_memory((size_t)c.width * c.height);
    memset(c.cell, ' ', (size_t)c.width * c.height);
    for (unsigned i = 0; i < count; i++)
        put_bank(p, &(struct spot){&c, i * step + p->label, 1}, first + i);
    return to_lines(&c, p->style.utf8, out);
}

/* Of the whole text: three bytes a cell at most, and the lines' ends. */
static size_t text_bytes(const struct plan *p)
{
    const size_t columns = p->label + p->inner + 2 + GAP;
    return p->map->banks * (columns * 3 + 1) * (p->lines + 2) + 1;
}

const char *layout_draw(const struct layout_map *m, struct layout_style style)
{
    if (m->banks > LAYOUT_BANKS_MAX)
        return "";
    const struct plan p = plan_of(m, style);
    char *text = cli_memory(text_bytes(&p)), *out = text;
    for (unsigned i = 1; i <= m->banks; i += p.across)
        out = draw_row(&p, i, m->banks - i + 1 < p.across ? m->banks - i + 1 : p.across, out);
    *out = '\0';
    return text;
}
