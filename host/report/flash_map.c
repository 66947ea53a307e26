#include "host/report/flash_map.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Pixels. */
#define TOP           42.0  /* above a bank: its name and the columns' titles */
#define HEIGHT        420.0 /* of the largest bank */
#define OFFSETS       66.0  /* left of a bank, for the offsets of its sectors */
#define COLUMN        128.0
#define GAP           6.0 /* between columns */
#define BANK_GAP      34.0
#define LINE          15.0 /* of text */
#define THINNEST      3.0
#define SECTORS_MAX   512u /* more are not drawn one by one */
#define SIZE_TEXT_MAX 32u
#define LABEL_HEIGHT  13.0 /* a part lower than this has its text in the tooltip only */

const char *flash_map_class(const char *what)
{
    static const char *const classes[][2] = {
        {"bootloader", "in-bootloader"}, {"old image", "in-old"}, {"new image", "in-new"},
        {"trailer", "in-trailer"},       {"erased", "in-erased"},
    };
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (strcmp(classes[i][0], what) == 0)
            return classes[i][1];
    return "in-other";
}

/* "896 KB", "1 MB", "1312 bytes". */
static void size_text(uint64_t size, char text[SIZE_TEXT_MAX])
{
    const uint64_t kb = 1024, mb = kb * kb;
    if (size > 0 && size % mb == 0)
        snprintf(text, SIZE_TEXT_MAX, "%" PRIu64 " MB", size / mb);
    else if (size > 0 && size % kb == 0)
        snprintf(text, SIZE_TEXT_MAX, "%" PRIu64 " KB", size / kb);
    else
        snprintf(text, SIZE_TEXT_MAX, "%" PRIu64 " bytes", size);
}

/* A bank on the picture. */
struct place {
    const struct flash_map_bank *bank;
    double x;     /* of its first column */
    double scale; /* pixels a byte */
};

static uint64_t largest_bank(const struct flash_map *map)
{
    uint64_t most = 1;
    for (unsigned i = 0; i < map->banks; i++)
        most = map->bank[i].size > most ? map->bank[i].size : most;
    return most;
}

static double y_of(const struct place *p, uint64_t offset)
{
    return TOP + (double)(offset - p->bank->offset) * p->scale;
}

static void draw_sectors(struct markup *m, const struct flash_map *map, const struct place *p)
{
    const struct flash_map_bank *b = p->bank;
    const double right = p->x + map->columns * (COLUMN + GAP) - GAP;
    const uint64_t count = b->sector > 0 ? b->size / b->sector : 0;
    if (count > SECTORS_MAX)
        return;
    for (uint64_t i = 0; i <= count; i++) {
        char text[32];
        const double y = y_of(p, b->offset + i * b->sector);
        draw_line(m, "sector", (struct draw_point){p->x - 6, y}, (struct draw_point){right, y});
        if (i == count || (double)b->sector * p->scale < LINE)
            continue;
        snprintf(text, sizeof text, "0x%06" PRIx64, b->offset + i * b->sector);
        draw_text(m, "label mono end", (struct draw_point){p->x - 9, y + 4}, text);
    }
}

/* Clip the part to the bank. False: it is not in it. */
static bool clip(const struct flash_map_bank *b, const struct flash_map_part *part, uint64_t *begin,
                 uint64_t *end)
{
    const uint64_t bank_end = b->offset + b->size;
    const uint64_t part_end =
        part->size < UINT64_MAX - part->offset ? part->offset + part->size : UINT64_MAX;
    *begin = part->offset > b->offset ? part->offset : b->offset;
    *end = part_end < bank_end ? part_end : bank_end;
    return *begin < *end;
}

/* A part of a column as it is drawn. */
struct drawn {
    double x, y, height;
    bool thin;
    const struct flash_map_part *part;
};

static bool ends_sector(const struct flash_map_bank *b, uint64_t end)
{
    return end == b->offset + b->size || (b->sector > 0 && (end - b->offset) % b->sector == 0);
}

static bool place_part(const struct flash_map *map, const struct place *p, unsigned column,
                       unsigned i, struct drawn *d)
{
    uint64_t begin, end;
    d->part = &map->column[column].part[i];
    if (!clip(p->bank, d->part, &begin, &end))
        return false;
    d->x = p->x + column * (COLUMN + GAP);
    d->y = y_of(p, begin);
    d->height = y_of(p, end) - d->y;
    d->thin = d->height < THINNEST;
    if (d->thin && ends_sector(p->bank, end))
        d->y = y_of(p, end) - THINNEST; /* a trailer stays in its slot */
    if (d->thin)
        d->height = THINNEST;
    return true;
}

static void draw_shape(struct markup *m, const struct flash_map *map, const struct drawn *d)
{
    char title[256], size[SIZE_TEXT_MAX];
    const struct flash_map_part *part = d->part;
    size_text(part->size, size);
    snprintf(title, sizeof title,
             "%.120s: 0x%06" PRIx64 " to 0x%06" PRIx64 ", %s (address 0x%08" PRIx64 ")",
             part->text != NULL ? part->text : "", part->offset, part->offset + part->size - 1,
             size, map->base + part->offset);
    draw_rect(m, part->class_name,
              (struct draw_box){d->x, d->y, COLUMN, d->thin ? d->height : d->height - 1}, title);
}

static void draw_words(struct markup *m, const struct drawn *d)
{
    char size[SIZE_TEXT_MAX];
    if (d->part->text == NULL || d->height < LABEL_HEIGHT)
        return;
    const bool two = d->height > 2 * LINE + 4;
    struct draw_box box = {d->x + 7, d->y + d->height / 2 + (two ? -3 : 4), COLUMN - 12, 0};
    draw_text_within(m, "in-text", box, d->part->text);
    if (!two)
        return;
    size_text(d->part->size, size);
    box.y += LINE;
    draw_text_within(m, "in-text small", box, size);
}

/* What is drawn later lies on top: a thin part on its neighbours, words on lines. */
enum layer { SHAPES, THIN_SHAPES, WORDS };

static void draw_parts(struct markup *m, const struct flash_map *map, const struct place *p,
                       enum layer layer)
{
    for (unsigned c = 0; c < map->columns; c++)
        for (unsigned i = 0; i < map->column[c].count; i++) {
            struct drawn d;
            if (!place_part(map, p, c, i, &d))
                continue;
            if (layer == WORDS)
                draw_words(m, &d);
            else if (d.thin == (layer == THIN_SHAPES))
                draw_shape(m, map, &d);
        }
}

static void draw_bank(struct markup *m, const struct flash_map *map, unsigned n,
                      const struct place *p)
{
    char text[80], size[SIZE_TEXT_MAX];
    size_text(p->bank->size, size);
    snprintf(text, sizeof text, "bank %u, %s", n + 1, size);
    draw_text(m, "strong", (struct draw_point){p->x, 13}, text);
    for (unsigned c = 0; c < map->columns; c++)
        draw_text(m, "label", (struct draw_point){p->x + c * (COLUMN + GAP), TOP - 10},
                  map->column[c].title);
    draw_parts(m, map, p, SHAPES);
    draw_sectors(m, map, p);
    draw_parts(m, map, p, THIN_SHAPES);
    draw_parts(m, map, p, WORDS);
}

static double bank_width(const struct flash_map *map)
{
    return OFFSETS + map->columns * (COLUMN + GAP) - GAP;
}

struct draw_size flash_map_picture(const struct flash_map *map)
{
    return (struct draw_size){map->banks * (bank_width(map) + BANK_GAP), TOP + HEIGHT + 12};
}

void flash_map_draw_within(struct markup *m, const struct flash_map *map)
{
    const double scale = HEIGHT / (double)largest_bank(map);
    for (unsigned i = 0; i < map->banks; i++) {
        const struct place p = {&map->bank[i], i * (bank_width(map) + BANK_GAP) + OFFSETS, scale};
        draw_bank(m, map, i, &p);
    }
}

void flash_map_draw(struct markup *m, const struct flash_map *map)
{
    draw_begin(m, flash_map_picture(map), map->label);
    flash_map_draw_within(m, map);
    draw_end(m);
}
