/* closure_names.c - configurations and steps of a replay, as text. */
#include <stdlib.h>
#include <string.h>

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
