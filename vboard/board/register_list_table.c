/* The table of peripherals in soc/h7/REGISTERS.md: a row for each kind of block, and the names of what is absent. */
#include <ctype.h>
#include <string.h>

#include "core/base/compiler.h"
#include "vboard/board/inside.h"

#define GROUPS 40
#define KINDS  3

/* Blocks with the same registers, by shape. */
struct group {
    const void *shape;
    uint32_t first; /* base of the block whose names these are */
    char blocks[300];
    char names[KINDS][1500];
};

struct table {
    struct group group[GROUPS];
    unsigned groups;
    uint32_t base[100]; /* of all blocks seen */
    unsigned bases;
};

static void append(char *list, size_t cap, const char *text)
{
    size_t n = strlen(list);
    snprintf(list + n, cap - n, "%s%s", n == 0 ? "" : ", ", text);
}

static struct group *group_of(struct table *t, const struct reg_line *l)
{
    for (unsigned i = 0; i < t->groups; i++)
        if (t->group[i].shape == l->shape)
            return &t->group[i];
    if (t->groups == GROUPS)
        return NULL;
    t->group[t->groups].shape = l->shape;
    t->group[t->groups].first = l->base;
    return &t->group[t->groups++];
}

static bool is_known(const struct table *t, uint32_t base)
{
    for (unsigned i = 0; i < t->bases; i++)
        if (t->base[i] == base)
            return true;
    return false;
}

/* Registers of DMA streams but the first are more of the same. */
static bool is_repetition(const char *name)
{
    return name[0] == 'S' && isdigit((unsigned char)name[1]) && name[1] != '0';
}

static void take(void *ctx, const struct reg_line *l)
{
    struct table *t = ctx;
    struct group *g = group_of(t, l);
    char text[80];
    if (g == NULL)
        return;
    if (!is_known(t, l->base) && t->bases < ARRAY_LEN(t->base)) {
        t->base[t->bases++] = l->base;
        snprintf(text, sizeof text, "%s 0x%08x", l->block, (unsigned)l->base);
        append(g->blocks, sizeof g->blocks, text);
    }
    if (l->base != g->first || is_repetition(l->name))
        return;
    snprintf(text, sizeof text, l->count > 1 ? "%s (%u words)" : "%s", l->name, l->count);
    append(g->names[l->kind], sizeof g->names[0], text);
}

void vboard_register_table(FILE *f, const char *board)
{
    static struct table t;
    const struct soc *soc = vboard_board_soc(board);
    if (soc == NULL)
        return;
    const struct soc_units *units = soc_units_of(soc);
    memset(&t, 0, sizeof t);
    registers_each(soc, take, &t);
    fprintf(f, "| Blocks | Modelled | Hold what is written | Read as reset |\n| --- | --- | --- | "
               "--- |\n");
    for (unsigned i = 0; i < t.groups; i++) {
        fprintf(f, "| %s |", t.group[i].blocks);
        for (unsigned k = 0; k < KINDS; k++)
            fprintf(f, " %s |", t.group[i].names[k][0] != '\0' ? t.group[i].names[k] : "-");
        fprintf(f, "\n");
    }
    fprintf(f, "\nAbsent:");
    const char *comma = "";
    for (size_t i = 0; i < units->count; i++)
        if (!is_known(&t, units->rows[i].base)) {
            fprintf(f, "%s %s 0x%08x", comma, units->rows[i].name, (unsigned)units->rows[i].base);
            comma = ",";
        }
    fprintf(f, ".\n");
}
