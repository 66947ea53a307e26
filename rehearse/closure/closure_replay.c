/* closure_replay.c - a violation run again: on the toy, with the engine's log; the steps of any player. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "rehearse/closure/closure_player.h"

static void (*log_line)(const char *line); /* a log backend has no context */

static void print_log(const char *text, size_t len)
{
    char line[LOG_LINE_MAX + 8];
    snprintf(line, sizeof(line), "      %.*s", (int)strcspn(text, "\r\n"), text);
    (void)len;
    log_line(line);
}

static void print_outcome(const struct player *p, const struct cut *c,
                          const struct closure_session *s)
{
    const struct closure_model *model = p->model;
    static const char *const beside[IMG_COUNT] = {"", "A", "B", "C", "D"};
    char line[160];
    if (s->cut)
        snprintf(line, sizeof(line), "      power is cut at operation %u: %s%u", c->op,
                 cut_kind_name((enum cut_kind)c->kind), c->arg);
    else if (s->fault == FAULT_RULE)
        snprintf(line, sizeof(line), "      VIOLATION: %s (offset 0x%x)",
                 closure_fault_text(s->fault), (unsigned)model->f.where);
    else if (s->fault)
        snprintf(line, sizeof(line), "      VIOLATION: %s (error %d)", closure_fault_text(s->fault),
                 (int)s->err);
    else
        snprintf(line, sizeof(line), "      undisturbed: image %c%s runs, stage %u",
                 'A' + s->running - IMG_A, beside[s->beside], model->stage & STAGE_NUMBER);
    p->print(line);
}

void closure_toy_session(struct closure_model *toy, const struct cut *c, struct closure_session *s,
                         struct draft *before)
{
    uint32_t id[CLOSURE_SECTORS_MAX];
    closure_flash_save(&toy->f);
    memcpy(id, toy->f.id, sizeof(id));
    closure_flash_load(&toy->f, id);
    toy->f.wanted = *c;
    if (c->kind == CUT_NONE && c->arg) /* this session as if the application did nothing */
        toy->stage |= STAGE_QUIET;
    closure_session(toy, s);
    if (!s->cut)
        return;
    if (before) {
        memcpy(before->bytes, toy->f.bytes + toy->f.where * toy->f.flash.sector,
               toy->f.flash.sector);
        memcpy(before->cells, toy->f.cells + toy->f.where * toy->f.store.words, toy->f.store.words);
    }
    memcpy(id, toy->f.id, sizeof(id)); /* the sector's new content is in id only */
    uint32_t ops = toy->f.ops, where = toy->f.where;
    closure_flash_load(&toy->f, id);
    toy->f.ops = ops;
    toy->f.where = where;
}

static bool toy_session(struct player *p, const struct cut *c, struct closure_session *s)
{
    closure_toy_session(p->model, c, s, NULL);
    if (c->kind == CUT_NONE || s->cut || s->fault)
        return true;
    p->print("      the cut of this step does not exist here: the code or the geometry differs");
    return false;
}

static bool session(struct player *p, const struct cut *c, struct closure_session *s)
{
    char line[40];
    snprintf(line, sizeof(line), "----- power on %u", ++p->sessions);
    p->print(line);
    bool ok = p->session(p, c, s);
    if (ok)
        print_outcome(p, c, s);
    return ok;
}

/* After the last cut: undisturbed sessions, until a fault shows or the device is at rest. */
static bool settle(struct player *p, enum closure_fault *fault)
{
    const struct cut none = {.kind = CUT_NONE};
    struct closure_model *model = p->model;
    char line[120];
    *fault = FAULT_RESTLESS;
    for (unsigned i = 0; i <= CLOSURE_BOOTS_MAX && *fault == FAULT_RESTLESS; i++) {
        uint8_t stage = model->stage;
        struct closure_session s;
        if (!session(p, &none, &s))
            return false;
        if (s.fault) {
            *fault = s.fault;
            return true;
        }
        if (model->f.ops == 0 && model->stage == stage) {
            p->print("----- at rest; is it the end, and does it take a further update?");
            *fault = closure_check_rest(model, &s);
        }
    }
    snprintf(line, sizeof(line), "      VIOLATION: %s", closure_fault_text(*fault));
    if (*fault)
        p->print(line);
    return true;
}

bool closure_play(struct player *player, const char *cuts, enum closure_fault *fault,
                  const char **why)
{
    *why = "a cut of it does not exist here, or it is misspelt";
    while (*(cuts += strspn(cuts, " ")) != '\0') {
        struct cut c;
        struct closure_session s;
        if (!closure_parse_cut(&cuts, &c) || !session(player, &c, &s))
            return false;
        *fault = s.fault;
        if (s.fault)
            return true;
    }
    return settle(player, fault);
}

bool closure_replay_parse(const char *text, struct replay_text *r, const char **why)
{
    const char *p;
    char *end;
    *r = (struct replay_text){.row = {.draws = 2}};
    *why = "it does not begin with STRATEGY,WORDxSECTORxSECTORS,SCENE,ABSTRACT: of a known row";
    if (!closure_parse(text, &r->row, &p) || r->row.scene == NULL || *p != ',')
        return false;
    r->abstract = (uint32_t)strtoul(p + 1, &end, 16);
    r->cuts = end + 1;
    return *end == ':';
}

bool closure_replay(const char *text, void (*print)(const char *line), enum closure_fault *fault,
                    const char **why)
{
    static const struct log_backend backend = {.write = print_log, .level = LOG_LEVEL_INF};
    static struct closure_model model;
    struct player player = {.model = &model, .print = print, .session = toy_session};
    struct replay_text r;
    if (!closure_replay_parse(text, &r, why) ||
        closure_model_open(&model, &r.row.shape, r.row.strategy, r.row.scene, why) != ERR_OK)
        return false;
    model.f.abstract = r.abstract;
    model.f.full = true;
    model.f.print = print;
    log_line = print;
    log_set_backend(&backend);
    bool ok = closure_play(&player, r.cuts, fault, why);
    log_set_backend(NULL);
    closure_model_close(&model);
    return ok;
}
