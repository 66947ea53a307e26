/* closure_names.c - configurations and steps of a replay, as text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/update/swap/trailer.h"
#include "rehearse/closure/closure.h"

static bool parse_number(const char **p, uint32_t *v)
{
    char *end;
    unsigned long n = strtoul(*p, &end, 10);
    bool ok = end != *p && n > 0 && n < 65536;
    *v = (uint32_t)n;
    *p = end;
    return ok;
}

static bool parse_word(const char **p, const char *word)
{
    size_t len = strlen(word);
    bool ok = strncmp(*p, word, len) == 0;
    *p += ok ? len : 0;
    return ok;
}

static bool parse_strategy(const char **p, struct closure_config *c)
{
    size_t len = strcspn(*p, ",");
    c->strategy = NULL;
    for (unsigned i = 0; i < closure_strategy_count; i++)
        if (strlen(closure_strategies[i].name) == len &&
            memcmp(closure_strategies[i].name, *p, len) == 0)
            c->strategy = &closure_strategies[i];
    *p += len;
    return c->strategy != NULL;
}

bool closure_parse(const char *text, struct closure_config *c, const char **end)
{
    const char *p = text;
    struct closure_shape *s = &c->shape;
    if (!parse_strategy(&p, c) || !parse_word(&p, ",") || !parse_number(&p, &s->word) ||
        !parse_word(&p, "x") || !parse_number(&p, &s->sector) || !parse_word(&p, "x") ||
        !parse_number(&p, &s->sectors))
        return false;
    s->align = s->word > 8 ? s->word : 8;
    s->coarse = 0;
    if (*p == '/' && (!parse_word(&p, "/") || !parse_number(&p, &s->coarse)))
        return false;
    c->scene = NULL;
    *end = p;
    if (*p != ',')
        return true;
    size_t len = strcspn(p + 1, ",:");
    c->scene = closure_scene_find(p + 1, len);
    *end = p + 1 + len;
    return c->scene != NULL && closure_plays(c->scene, c->strategy);
}

void closure_row_name(const struct closure_config *c, char name[CLOSURE_NAME_MAX])
{
    const struct closure_shape *s = &c->shape;
    char coarse[12] = "";
    if (s->coarse)
        snprintf(coarse, sizeof(coarse), "/%u", (unsigned)s->coarse);
    snprintf(name, CLOSURE_NAME_MAX, "%s,%ux%ux%u%s,%s", c->strategy->name, (unsigned)s->word,
             (unsigned)s->sector, (unsigned)s->sectors, coarse, c->scene->name);
}

bool closure_parse_cut(const char **p, struct cut *c)
{
    *c = (struct cut){.kind = CUT_NONE};
    *p += strspn(*p, " ");
    if (parse_word(p, "-"))
        return true;
    c->arg = 1;
    if (parse_word(p, "quiet"))
        return true;
    char *end;
    c->op = (uint16_t)strtoul(*p, &end, 10);
    if (end == *p || *end != '.')
        return false;
    *p = end + 1;
    size_t len = strcspn(*p, " 0123456789");
    for (int k = CUT_BEFORE; k < CUT_KINDS; k++) {
        const char *name = cut_kind_name((enum cut_kind)k);
        if (strlen(name) == len && strncmp(*p, name, len) == 0)
            c->kind = (uint8_t)k;
    }
    *p += len;
    c->arg = 0;
    if (**p >= '0' && **p <= '9') {
        c->arg = (uint8_t)strtoul(*p, &end, 10);
        *p = end;
    }
    return c->kind != CUT_NONE;
}

/* ---- the areas of a device -------------------------------------------------------------------------- */

static struct closure_area area_of(const struct flash_area *a, const char *name)
{
    struct closure_area area = {.offset = a->offset, .size = a->size};
    snprintf(area.name, sizeof(area.name), "%s", name);
    return area;
}

/* The slots of image number of. */
static unsigned put_slots(const struct closure_model *model, unsigned of,
                          struct closure_area *areas)
{
    static const char *const names[] = {"primary", "secondary"};
    const struct slot_pair *p = &model->pair[of];
    unsigned count = 0;
    for (unsigned s = 0; s < ARRAY_LEN(names) && s < update_slot_count(p); s++) {
        char name[24];
        if (model->images > 1)
            snprintf(name, sizeof(name), "image %u, %s", of, names[s]);
        else
            snprintf(name, sizeof(name), "%s slot", names[s]);
        areas[count] = area_of(&p->slot[s], name);
        areas[count++].trailer = p->slot[s].size - trailer_layout(p, (enum slot)s).first_sector;
    }
    return count;
}

unsigned closure_areas(const struct closure_config *c, struct closure_area areas[CLOSURE_AREAS_MAX])
{
    static struct closure_model model;
    const char *why;
    unsigned count = 0;
    if (closure_model_open(&model, &c->shape, c->strategy, c->scene, &why) != ERR_OK)
        return 0;
    for (unsigned i = 0; i < model.images; i++)
        count += put_slots(&model, i, areas + count);
    if (model.pair[0].slot[SLOT_SCRATCH].size)
        areas[count++] = area_of(&model.pair[0].slot[SLOT_SCRATCH], "scratch");
    if (model.rollback.area.size)
        areas[count++] = area_of(&model.rollback.area, "rollback store");
    closure_model_close(&model);
    return count;
}
