#include "host/cli/commands/rehearse/closure_report.h"

#include <string.h>

/* Operations and log lines of a path beyond these are counted only. */
#define STEPS_MAX 2000u

/* ---- rows ---------------------------------------------------------------------------------------- */

static void keep_longest(uint32_t value, const char *row, uint32_t *longest, char *longest_row)
{
    if (value <= *longest)
        return;
    *longest = value;
    memcpy(longest_row, row, CLOSURE_NAME_MAX);
}

void closure_totals_add(struct closure_totals *t, const struct closure_config *c,
                        const struct closure_result *r)
{
    char name[CLOSURE_NAME_MAX];
    closure_row_name(c, name);
    t->rows++;
    t->states += r->states;
    t->edges += r->edges;
    t->violations += r->violations;
    t->bounded += r->bounded[0] != 0;
    keep_longest(r->boots, name, &t->boots, t->boots_row);
    keep_longest(r->ops, name, &t->ops, t->ops_row);
    if (r->replay[0] == '\0' || t->replays++ >= CLOSURE_PATHS_MAX)
        return;
    t->found[t->replays - 1] = (struct closure_found){
        .config = *c, .fault = r->fault, .replay = cli_text("%s", r->replay)};
}

void closure_report_row(struct json *j, const struct closure_config *c,
                        const struct closure_result *r)
{
    char name[CLOSURE_NAME_MAX];
    closure_row_name(c, name);
    json_object(j, NULL);
    json_string(j, "row", name);
    json_string(j, "strategy", c->strategy->name);
    json_number(j, "word", c->shape.word);
    json_number(j, "sector", c->shape.sector);
    json_number(j, "sectors", c->shape.sectors);
    json_string(j, "scene", c->scene->name);
    json_number(j, "coarse", c->shape.coarse);
    json_number(j, "states", r->states);
    json_number(j, "sessions", r->sessions);
    json_number(j, "edges", r->edges);
    json_number(j, "boots", r->boots);
    json_number(j, "operations", r->ops);
    json_number(j, "abstracted", r->abstracted);
    json_number(j, "payload", r->payload);
    json_number(j, "violations", r->violations);
    json_string(j, "bounded", r->bounded[0] ? r->bounded : NULL);
    json_string(j, "fault", r->fault ? closure_fault_text(r->fault) : NULL);
    json_string(j, "replay", r->replay[0] ? r->replay : NULL);
    json_end(j);
}

/* ---- paths --------------------------------------------------------------------------------------- */

struct path {
    struct json *json;
    unsigned steps;
    unsigned left; /* out of the document */
};

static void put_operation(struct json *j, const struct closure_op *op)
{
    json_number(j, "operation", op->number);
    json_number(j, "offset", op->offset);
    json_number(j, "size", op->size);
}

static void put_cut(struct json *j, const struct closure_event *e)
{
    json_number(j, "operation", e->cut.op);
    json_string(j, "how", cut_kind_name((enum cut_kind)e->cut.kind));
    json_string(j, "left", cut_kind_text((enum cut_kind)e->cut.kind));
    json_string(j, "in", e->running ? "application" : "bootloader");
}

static void put_fault(struct json *j, const struct closure_event *e)
{
    char allowed[CLOSURE_ALLOWED_MAX];
    closure_event_allowed(e, allowed);
    if (e->fault == FAULT_RULE)
        json_number(j, "offset", e->offset);
    if (allowed[0])
        json_string(j, "allowed", allowed);
}

static void put_members(struct json *j, const struct closure_event *e)
{
    if (e->kind == EVENT_OPERATION)
        put_operation(j, &e->op);
    if (e->kind == EVENT_CUT)
        put_cut(j, e);
    if (e->running)
        json_string(j, "image", closure_event_images(e));
    if (e->kind == EVENT_RUNS)
        json_number(j, "stage", e->stage);
    if (e->kind == EVENT_FAULT)
        put_fault(j, e);
}

/* What a session comes to is written in any case: there are few of these. */
static void put_step(void *ctx, const struct closure_event *e)
{
    struct path *p = ctx;
    char line[CLOSURE_LINE_MAX];
    bool many = e->kind == EVENT_OPERATION || e->kind == EVENT_LOG;
    if (many && p->steps >= STEPS_MAX) {
        p->left++;
        return;
    }
    p->steps++;
    closure_event_text(e, line);
    json_object(p->json, NULL);
    json_number(p->json, "session", e->session);
    json_string(p->json, "kind", closure_event_name(e));
    json_string(p->json, "text", line + strspn(line, " "));
    put_members(p->json, e);
    json_end(p->json);
}

static void put_areas(struct json *j, const struct closure_config *c)
{
    struct closure_area areas[CLOSURE_AREAS_MAX];
    unsigned count = closure_areas(c, areas);
    json_number(j, "word", c->shape.word);
    json_number(j, "sector", c->shape.sector);
    json_array(j, "areas");
    for (unsigned i = 0; i < count; i++) {
        json_object(j, NULL);
        json_string(j, "name", areas[i].name);
        json_number(j, "offset", areas[i].offset);
        json_number(j, "size", areas[i].size);
        json_number(j, "trailer", areas[i].trailer);
        json_end(j);
    }
    json_end(j);
}

const char *closure_replay_command(const char *replay)
{
    return cli_text("slipway rehearse closure --replay %s", cli_quoted(replay));
}

/* An element of "paths": the replay is run, and each event of it becomes a step. */
static void put_path(struct json *j, const struct closure_found *found)
{
    struct path p = {.json = j};
    const struct closure_sink sink = {.event = put_step, .ctx = &p};
    enum closure_fault fault;
    const char *why = NULL;
    char name[CLOSURE_NAME_MAX];
    closure_row_name(&found->config, name);
    json_object(j, NULL);
    json_string(j, "row", name);
    json_string(j, "scene", found->config.scene->summary);
    json_string(j, "fault", found->fault ? closure_fault_text(found->fault) : NULL);
    json_string(j, "replay", closure_replay_command(found->replay));
    put_areas(j, &found->config);
    json_array(j, "steps");
    bool ok = closure_replay(found->replay, &sink, &fault, &why);
    json_end(j);
    if (!ok)
        json_string(j, "unknown", why);
    if (p.left)
        json_number(j, "steps_left", p.left);
    json_end(j);
}

void closure_report_totals(struct json *j, const struct closure_totals *t)
{
    unsigned shown = t->replays < CLOSURE_PATHS_MAX ? t->replays : CLOSURE_PATHS_MAX;
    json_number(j, "states", t->states);
    json_number(j, "edges", t->edges);
    json_number(j, "bounded", t->bounded);
    json_number(j, "violations", t->violations);
    json_object(j, "recovery");
    json_number(j, "boots", t->boots);
    json_string(j, "boots_row", t->boots_row[0] ? t->boots_row : NULL);
    json_number(j, "operations", t->ops);
    json_string(j, "operations_row", t->ops_row[0] ? t->ops_row : NULL);
    json_end(j);
    json_array(j, "paths");
    for (unsigned i = 0; i < shown; i++)
        put_path(j, &t->found[i]);
    json_end(j);
    if (t->replays > shown)
        json_number(j, "paths_left", t->replays - shown);
}
