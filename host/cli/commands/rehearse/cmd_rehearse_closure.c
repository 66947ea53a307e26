/* cmd_rehearse_closure.c - slipway rehearse closure: every flash state that power cuts can reach. */
#include <string.h>

#include "host/cli/commands/commands.h"
#include "host/cli/core/progress.h"
#include "rehearse/closure/closure.h"

#define CONFIGS_MAX 1024u

struct report {
    struct json json;
    uint64_t states, edges, violations;
    unsigned rows, bounded;
    struct progress progress;
};

static const char *abstraction_text(const struct closure_result *r)
{
    return cli_text("%u/%u", (unsigned)r->abstracted, (unsigned)r->payload);
}

static void print_row(const struct closure_config *c, const struct closure_result *r)
{
    const struct closure_shape *s = &c->shape;
    const char *coarse = s->coarse ? cli_text("/%u", (unsigned)s->coarse) : "";
    cli_say("%-14s %4u  %4ux%u%-3s %-15s %9u %9u %12llu %6u %5u  %-6s %6.1f  %u%s%s",
            c->strategy->name, (unsigned)s->word, (unsigned)s->sector, (unsigned)s->sectors, coarse,
            c->scene->name, (unsigned)r->states, (unsigned)r->sessions,
            (unsigned long long)r->edges, (unsigned)r->boots, (unsigned)r->ops, abstraction_text(r),
            r->ms / 1000.0, (unsigned)r->violations, r->bounded[0] ? "  BOUNDED: " : "",
            r->bounded);
    if (r->violations)
        cli_say("    %s\n    slipway rehearse closure --replay \"%s\"",
                closure_fault_text(r->fault), r->replay);
}

static void json_row(struct json *j, const struct closure_config *c, const struct closure_result *r)
{
    json_object(j, NULL);
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
    json_number(j, "violations", r->violations);
    json_string(j, "bounded", r->bounded[0] ? r->bounded : NULL);
    json_string(j, "fault", r->violations ? closure_fault_text(r->fault) : NULL);
    json_string(j, "replay", r->violations ? r->replay : NULL);
    json_end(j);
}

static void on_row(void *ctx, const struct closure_config *c, const struct closure_result *r)
{
    struct report *p = ctx;
    p->rows++;
    p->states += r->states;
    p->edges += r->edges;
    p->violations += r->violations;
    p->bounded += r->bounded[0] != 0;
    if (cli_mode.json)
        json_row(&p->json, c, r);
    else
        print_row(c, r);
    fflush(stdout);
}

static void on_tick(void *ctx, unsigned ended)
{
    struct report *p = ctx;
    progress_update(&p->progress, ended);
}

static int report_end(struct report *p, int bad)
{
    if (cli_mode.json) {
        json_end(&p->json);
        json_number(&p->json, "violations", p->violations);
        json_number(&p->json, "bounded", p->bounded);
        json_finish(&p->json);
    }
    cli_say("closure: %u rows, %llu states, %llu edges, %u bounded, %llu violations", p->rows,
            (unsigned long long)p->states, (unsigned long long)p->edges, p->bounded,
            (unsigned long long)p->violations);
    return bad == 0 ? CLI_DONE : CLI_REFUSED;
}

static int run_set(const struct cli_args *a, const struct closure_config *configs, unsigned count)
{
    uint64_t jobs;
    struct report p = {.rows = 0};
    int code = cli_number(a, "jobs", 2, 1, 64, &jobs);
    if (code != CLI_DONE)
        return code;
    if (cli_mode.json) {
        json_begin(&p.json, stdout);
        json_array(&p.json, "rows");
    }
    cli_say(
        "strategy       word  sectors   scene              states  sessions        edges  boots   "
        "ops  abstr  "
        "seconds  violations");
    progress_begin_count(&p.progress, "closure ", "rows", count);
    p.progress.estimated = true; /* the first rows do not tell: some take a thousand times longer */
    int bad = closure_farm(configs, count, (unsigned)jobs, on_row, on_tick, &p);
    progress_make_room();
    if (bad < 0)
        return cli_fail(CLI_REFUSED, "no process could be started", NULL, "ulimit -u; free -m");
    return report_end(&p, bad);
}

/* Rows named on the command line; a name without a scene stands for all scenes. */
static int named(const struct cli_args *a, const struct closure_config *base,
                 struct closure_config *configs, unsigned *count)
{
    for (unsigned i = 0; i < a->arg_count; i++) {
        const char *end;
        struct closure_config c = *base;
        if (!closure_parse(a->arg[i], &c, &end) || *end != '\0')
            return cli_fail(CLI_USAGE, cli_text("'%s' is not a row", a->arg[i]),
                            "a row is STRATEGY,WORDxSECTORxSECTORS[/COARSE][,SCENE]",
                            "slipway rehearse closure --list");
        if (c.scene)
            configs[(*count)++] = c;
        else
            *count += closure_expand_scenes(&c, configs + *count, CONFIGS_MAX - *count);
    }
    return CLI_DONE;
}

static int list_scenes(void)
{
    for (unsigned i = 0; i < closure_scene_count; i++)
        cli_say("%-14s %s", closure_scenes[i].name, closure_scenes[i].summary);
    return CLI_DONE;
}

static void print_line(const char *line)
{
    cli_say("%s", line);
}

static int replay(const char *text)
{
    enum closure_fault fault = FAULT_NONE;
    const char *why;
    if (!closure_replay(text, print_line, &fault, &why))
        return cli_fail(CLI_USAGE, cli_text("the replay '%s' cannot be run", text), why,
                        "copy the text of a violation that this build has printed");
    cli_say("replay: %s", fault ? closure_fault_text(fault) : "no violation");
    return fault ? CLI_REFUSED : CLI_DONE;
}

static const struct closure_set *chosen_set(const struct cli_args *a)
{
    if (cli_has(a, "large"))
        return &closure_large_set;
    return cli_has(a, "small") ? &closure_small_set : &closure_default_set;
}

static int run(const struct cli_args *a)
{
    static struct closure_config configs[CONFIGS_MAX];
    struct closure_config base = {.concrete = cli_has(a, "concrete"),
                                  .full = cli_has(a, "full"),
                                  .stop_at_first = cli_has(a, "first")};
    uint64_t states, seconds, draws;
    unsigned count = 0;
    if (cli_has(a, "list"))
        return list_scenes();
    if (cli_has(a, "replay"))
        return replay(cli_value(a, "replay", ""));
    int code = cli_number(a, "states", 4000000, 1, 100000000, &states);
    if (code == CLI_DONE)
        code = cli_number(a, "seconds", 300, 1, 1000000, &seconds);
    if (code == CLI_DONE)
        code = cli_number(a, "draws", 2, 0, 200, &draws);
    if (code != CLI_DONE)
        return code;
    base.states_max = (uint32_t)states;
    base.seconds_max = (uint32_t)seconds;
    base.draws = (unsigned)draws;
    if (a->arg_count > 0)
        code = named(a, &base, configs, &count);
    else
        count = closure_expand(chosen_set(a), &base, configs, CONFIGS_MAX);
    return code == CLI_DONE ? run_set(a, configs, count) : code;
}

static const struct cli_option options[] = {
    {"small", 0, NULL, "only a few geometries: seconds", 0},
    {"large", 0, NULL, "trailers of many words or sectors: hours, or the limit of --seconds", 0},
    {"list", 0, NULL, "list the scenes", 0},
    {"replay", 0, "TEXT", "run the cuts of a violation again, and print every operation", 0},
    {"first", 0, NULL, "end each row at its first violation", 0},
    {"concrete", 0, NULL, "explore every flash content by itself, without abstraction and sets", 0},
    {"full", 0, NULL, "draw cuts in full also where an earlier cut left marks", 0},
    {"jobs", 'j', "N", "number of processes (default 2)", 0},
    {"states", 0, "N", "give up a row after N states (default 4000000)", 0},
    {"seconds", 0, "N", "give up a row after N seconds of processor time (default 300)", 0},
    {"draws", 0, "N", "random bit subsets per torn word (default 2)", 0},
    {0},
};

const struct cli_command cmd_rehearse_closure = {
    .name = "rehearse closure",
    .summary = "explore every flash state that any number of power cuts can reach",
    .arguments = "[STRATEGY,WORDxSECTORxSECTORS[/COARSE][,SCENE]]...",
    .min_args = 0,
    .max_args = 64,
    .options = options,
    .details =
        "Runs the update engine natively, on small geometries. In every state it checks that the\n"
        "image that boots is genuine and allowed by the rules, that no flash rule is broken, and\n"
        "that boots without further cuts come to rest in the intended state. Columns: sessions:\n"
        "parts of states that read differently; boots, ops: the longest way to rest; abstr: "
        "payload\n"
        "sectors whose torn contents count as one. A row that did not finish says BOUNDED and "
        "why: the\n"
        "limit of --states or of --seconds, or a geometry that is not possible. Exit code 1: a "
        "violation,\n"
        "or an unfinished row.",
    .example = "slipway rehearse closure --small\n"
               "slipway rehearse closure offset,32x512x4,revert",
    .run = run,
};
