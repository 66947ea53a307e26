/* closure_replay.c - a violation run again: on the toy, with the engine's log; the steps of any player. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "rehearse/closure/closure_player.h"

static const struct player *logging; /* a log backend has no context */

void closure_send(const struct player *p, struct closure_event e)
{
    e.session = p->sessions;
    if (p->sink.event)
        p->sink.event(p->sink.ctx, &e);
}

void closure_send_text(const struct player *p, const char *text)
{
    closure_send(p, (struct closure_event){.kind = EVENT_LOG, .text = text});
}

static void send_log(const char *text, size_t len)
{
    char line[LOG_LINE_MAX + 1];
    snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\r\n"), text);
    (void)len;
    closure_send_text(logging, line);
}

static void send_operation(void *ctx, const struct closure_op *op)
{
    const struct player *p = ctx;
    closure_send(p, (struct closure_event){.kind = EVENT_OPERATION, .op = *op});
}

static void send_fault(const struct player *p, const struct closure_session *s)
{
    bool ruled = s->fault == FAULT_WRONG || s->fault == FAULT_END;
    closure_send(p, (struct closure_event){
                        .kind = EVENT_FAULT,
                        .fault = s->fault,
                        .err = s->err,
                        .running = s->running,
                        .beside = s->beside,
                        .allowed = ruled ? closure_allowed(p->model, s->fault == FAULT_END) : 0,
                        .offset = p->model->f.where});
}

static void send_outcome(const struct player *p, const struct cut *c,
                         const struct closure_session *s)
{
    struct closure_event e = {.kind = s->cut ? EVENT_CUT : EVENT_RUNS,
                              .cut = *c,
                              .running = s->running,
                              .beside = s->beside,
                              .stage = p->model->stage & STAGE_NUMBER};
    if (!s->cut && s->fault)
        send_fault(p, s);
    else
        closure_send(p, e);
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
    closure_send_text(p, CLOSURE_NO_SUCH_CUT);
    return false;
}

static bool session(struct player *p, const struct cut *c, struct closure_session *s)
{
    p->sessions++;
    closure_send(p, (struct closure_event){.kind = EVENT_POWER});
    bool ok = p->session(p, c, s);
    if (ok)
        send_outcome(p, c, s);
    return ok;
}

/* After the last cut: undisturbed sessions, until a fault shows or the device is at rest. */
static bool settle(struct player *p, enum closure_fault *fault)
{
    const struct cut none = {.kind = CUT_NONE};
    struct closure_model *model = p->model;
    struct closure_session s;
    *fault = FAULT_RESTLESS;
    for (unsigned i = 0; i <= CLOSURE_BOOTS_MAX && *fault == FAULT_RESTLESS; i++) {
        uint8_t stage = model->stage;
        if (!session(p, &none, &s))
            return false;
        if (s.fault) {
            *fault = s.fault;
            return true;
        }
        if (model->f.ops == 0 && model->stage == stage) {
            closure_send(p, (struct closure_event){.kind = EVENT_REST});
            *fault = closure_check_rest(model, &s);
        }
    }
    s.fault = *fault;
    if (s.fault)
        send_fault(p, &s);
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

bool closure_replay(const char *text, const struct closure_sink *sink, enum closure_fault *fault,
                    const char **why)
{
    static const struct log_backend backend = {.write = send_log, .level = LOG_LEVEL_INF};
    static struct closure_model model;
    struct player player = {.model = &model, .sink = *sink, .session = toy_session};
    struct replay_text r;
    if (!closure_replay_parse(text, &r, why) ||
        closure_model_open(&model, &r.row.shape, r.row.strategy, r.row.scene, why) != ERR_OK)
        return false;
    model.f.abstract = r.abstract;
    model.f.full = true;
    model.f.watch = send_operation;
    model.f.watcher = &player;
    logging = &player;
    log_set_backend(&backend);
    bool ok = closure_play(&player, r.cuts, fault, why);
    log_set_backend(NULL);
    closure_model_close(&model);
    return ok;
}
