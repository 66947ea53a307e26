/* closure_path.c - from a violation back to cuts that lead to it. A state of the search may stand for many rows of
 * contents, of which the one that failed is known. For each step back, sessions from single contents of the state
 * before are run until one is found in which a cut leaves exactly that row. */
#include <stdio.h>
#include <string.h>

#include "core/base/compiler.h"
#include "rehearse/closure/closure_search.h"

#define TRIES_MAX 400000u /* sessions for one step back */

struct step {
    struct search *x;
    uint32_t wanted[CLOSURE_SECTORS_MAX];
    uint8_t stage;
    bool found;
    struct cut cut;
};

static bool is_wanted(const struct step *p, const struct closure_flash *f, uint32_t s, uint32_t id)
{
    for (uint32_t i = 0; i < f->sectors; i++)
        if ((i == s ? id : f->id[i]) != p->wanted[i])
            return false;
    return p->x->model.stage == p->stage;
}

static void on_left(void *ctx, uint32_t s, uint32_t id, struct cut c)
{
    struct step *p = ctx;
    if (p->found || !is_wanted(p, &p->x->model.f, s, id))
        return;
    p->found = true;
    p->cut = c;
}

/* Does a session on this row, cut or not, leave the wanted one? */
static bool leads_to_wanted(struct step *p, uint8_t stage, const uint32_t *row)
{
    struct closure_session s;
    struct search *x = p->x;
    x->model.stage = stage;
    closure_flash_load(&x->model.f, row);
    closure_session(&x->model, &s);
    if (!p->found && !s.fault && is_wanted(p, &x->model.f, 0, x->model.f.id[0])) {
        p->found = true;
        p->cut = (struct cut){.kind = CUT_NONE};
    }
    return p->found;
}

/* Try rows of the state n. A sector that can already have the wanted content is taken to be unchanged by the
 * session; of the others every content is tried. all: of every sector, as one may have been changed and changed
 * back. */
static bool try_rows(struct step *p, uint32_t n, bool all, uint32_t *row)
{
    const struct search *x = p->x;
    uint32_t at[CLOSURE_SECTORS_MAX] = {0}, sectors = x->model.f.sectors;
    for (uint32_t tries = 0; tries < TRIES_MAX; tries++) {
        const struct content_store *st = &x->model.f.store;
        uint32_t s = 0, count[CLOSURE_SECTORS_MAX];
        for (uint32_t i = 0; i < sectors; i++) {
            const uint32_t *ids = store_members(st, &ids_of(x, n)[i], &count[i]);
            bool kept = !all && store_holds(st, ids_of(x, n)[i], p->wanted[i]);
            row[i] = kept ? p->wanted[i] : ids[at[i]];
            count[i] = kept ? 1 : count[i];
        }
        if (leads_to_wanted(p, x->states[n].stage, row))
            return true;
        while (s < sectors && ++at[s] == count[s])
            at[s++] = 0;
        if (s == sectors)
            return false;
    }
    return false;
}

static void put_cut(char *text, size_t cap, const struct cut *c)
{
    size_t len = strlen(text);
    const char *kind = cut_kind_name((enum cut_kind)c->kind);
    if (c->kind == CUT_NONE)
        snprintf(text + len, cap - len, " %s", c->arg ? "quiet" : "-");
    else if (c->arg)
        snprintf(text + len, cap - len, " %u.%s%u", c->op, kind, c->arg);
    else
        snprintf(text + len, cap - len, " %u.%s", c->op, kind);
}

static void put_head(const struct search *x, char *text, size_t cap)
{
    char name[CLOSURE_NAME_MAX];
    closure_row_name(x->config, name);
    snprintf(text, cap, "%s,%x:", name, (unsigned)x->model.f.abstract);
}

void closure_path(struct search *x, char *text, size_t cap)
{
    struct cut way[CLOSURE_PATH_MAX];
    uint32_t len = 0, row[CLOSURE_SECTORS_MAX] = {0};
    bool found = true;
    struct step p = {.x = x, .stage = x->states[x->worst].stage};
    memcpy(p.wanted, x->worst_row, sizeof(p.wanted));
    x->model.f.sets = 0;

    x->model.f.full = true;
    x->model.f.choices.count = x->model.f.choices.reported = 0;
    x->model.f.emit = on_left;
    x->model.f.ctx = &p;
    uint32_t n = x->states[x->worst].parent;
    for (; n != NO_STATE && found && len < ARRAY_LEN(way); n = x->states[n].parent) {
        p.found = false;
        found = try_rows(&p, n, false, row) || try_rows(&p, n, true, row);
        way[len++] = p.cut;
        p.stage = x->states[n].stage;
        memcpy(p.wanted, row, sizeof(row));
    }
    found &= n == NO_STATE; /* a part of the way is none */
    put_head(x, text, cap);
    if (!found)
        snprintf(text + strlen(text), cap - strlen(text), " (no single cuts were found)");
    while (found && len > 0)
        put_cut(text, cap, &way[--len]);
}
