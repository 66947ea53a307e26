/* closure_replay.c - a violation run again, on the toy with the engine's log, or on the board. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "rehearse/closure/closure_player.h"

static void (*sink)(const char *line);

static void say_log(const char *text, size_t len)
{
    char line[LOG_LINE_MAX + 8];
    snprintf(line, sizeof(line), "      %.*s", (int)strcspn(text, "\r\n"), text);
    (void)len;
    sink(line);
}

static void say_outcome(const struct closure_model *model, const struct cut *c,
                        const struct closure_session *s)
{
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
    sink(line);
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
    sink("      the cut of this step does not exist: other code, or another geometry");
    return false;
}

static bool session(struct player *p, const struct cut *c, struct closure_session *s)
{
    char line[40];
    snprintf(line, sizeof(line), "----- power on %u", ++p->sessions);
    sink(line);
    bool ok = p->session(p, c, s);
    if (ok)
        say_outcome(p->model, c, s);
    return ok;
}

/* After the last cut: undisturbed, until the fault shows or the device is at rest. */
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
            sink("----- at rest; is it the end, and does it take a further update?");
            *fault = closure_check_rest(model, &s);
        }
    }
    snprintf(line, sizeof(line), "      VIOLATION: %s", closure_fault_text(*fault));
    if (*fault)
        sink(line);
    return true;
}

static bool run(struct player *player, const char *p, enum closure_fault *fault)
{
    while (*(p += strspn(p, " ")) != '\0') {
        struct cut c;
        struct closure_session s;
        if (!closure_parse_cut(&p, &c) || !session(player, &c, &s))
            return false;
        *fault = s.fault;
        if (s.fault)
            return true;
    }
    return settle(player, fault);
}

static bool replay_on_toy(const struct closure_config *c, uint32_t abstract, const char *cuts,
                          enum closure_fault *fault, const char **why)
{
    static const struct log_backend backend = {.write = say_log, .level = LOG_LEVEL_INF};
    static struct closure_model model;
    struct player player = {.model = &model, .say = sink, .session = toy_session};
    if (closure_model_open(&model, &c->shape, c->strategy, c->scene, why) != ERR_OK)
        return false;
    model.f.abstract = abstract;
    model.f.full = true;
    model.f.say = sink;
    *why = NULL;
    log_set_backend(&backend);
    bool ok = run(&player, cuts, fault);
    log_set_backend(NULL);
    closure_model_close(&model);
    return ok;
}

static bool replay_on_board(const struct closure_config *c, uint32_t abstract, const char *cuts,
                            const struct closure_board *board, enum closure_fault *fault,
                            const char **why)
{
    struct player *player;
    if (!closure_board_open(c, abstract, board, sink, &player, why))
        return false;
    *why = "the bootloader does not come to the place of a cut, or the sequence makes no sense";
    bool ok = run(player, cuts, fault);
    closure_board_close();
    return ok;
}

bool closure_replay(const char *text, const struct closure_board *board,
                    void (*say)(const char *line), enum closure_fault *fault, const char **why)
{
    struct closure_config c = {.draws = 2};
    const char *p;
    char *end;
    *why = NULL;
    if (!closure_parse(text, &c, &p) || c.scene == NULL || *p != ',')
        return false;
    uint32_t abstract = (uint32_t)strtoul(p + 1, &end, 16);
    if (*end != ':')
        return false;
    sink = say;
    return board ? replay_on_board(&c, abstract, end + 1, board, fault, why)
                 : replay_on_toy(&c, abstract, end + 1, fault, why);
}
