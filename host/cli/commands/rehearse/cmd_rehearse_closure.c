/* cmd_rehearse_closure.c - slipway rehearse closure: every flash state that power cuts can reach. */
#include <string.h>

#include "host/cli/commands/commands.h"
#include "host/cli/commands/rehearse/closure_report.h"
#include "host/cli/core/progress.h"
#include "host/report/report.h"

#define CONFIGS_MAX 1024u

struct run {
    struct report report;
    struct closure_totals totals;
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
        cli_say("    %s\n    %s", closure_fault_text(r->fault), closure_replay_command(r->replay));
}

static void on_row(void *ctx, const struct closure_config *c, const struct closure_result *r)
{
    struct run *run = ctx;
    closure_totals_add(&run->totals, c, r);
    closure_report_row(&run->report.json, c, r);
    print_row(c, r);
    fflush(stdout);
}

static void on_tick(void *ctx, unsigned ended)
{
    struct run *run = ctx;
    progress_update(&run->progress, ended);
}

static void print_head(void)
{
    cli_say(
        "strategy       word  sectors   scene              states  sessions        edges  boots   "
        "ops  abstr  "
        "seconds  violations");
}

static void print_verdict(const struct closure_totals *t)
{
    cli_say("closure: %u rows, %llu states, %llu edges, %u bounded, %llu violations", t->rows,
            (unsigned long long)t->states, (unsigned long long)t->edges, t->bounded,
            (unsigned long long)t->violations);
}

static int run_set(const struct cli_args *a, const struct closure_config *configs, unsigned count)
{
    static struct run run;
    uint64_t jobs;
    int code = cli_number(a, "jobs", 2, 1, 64, &jobs);
    if (code == CLI_DONE)
        code = report_begin(&run.report, a, "rehearse closure");
    if (code != CLI_DONE)
        return code;
    json_array(&run.report.json, "rows");
    print_head();
    progress_begin_count(&run.progress, "closure ", "rows", count);
    run.progress.estimated =
        true; /* the first rows do not tell: some take a thousand times longer */
    int bad = closure_farm(configs, count, (unsigned)jobs, on_row, on_tick, &run);
    progress_make_room();
    json_end(&run.report.json);
    closure_report_totals(&run.report.json, &run.totals);
    if (bad < 0)
        code = report_fail(&run.report, CLI_REFUSED, "no process could be started", NULL,
                           "ulimit -u; free -m");
    else
        code = bad == 0 ? CLI_DONE : CLI_REFUSED;
    code = report_end(&run.report, code);
    if (bad >= 0)
        print_verdict(&run.totals);
    return code;
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

static void print_event(void *ctx, const struct closure_event *e)
{
    char line[CLOSURE_LINE_MAX];
    (void)ctx;
    closure_event_text(e, line);
    cli_say("%s", line);
}

/* A replay as the only path of a document without rows. */
static void total_replay(const char *text, enum closure_fault fault, struct closure_totals *t)
{
    const char *end;
    struct closure_found *found = &t->found[0];
    if (!closure_parse(text, &found->config, &end) || found->config.scene == NULL)
        return;
    found->fault = fault;
    found->replay = text;
    t->replays = 1;
    t->violations = fault != FAULT_NONE;
}

static int replay(const struct cli_args *a)
{
    static const struct closure_sink sink = {.event = print_event};
    static struct run run;
    enum closure_fault fault = FAULT_NONE;
    const char *why, *text = cli_value(a, "replay", "");
    int code = report_begin(&run.report, a, "rehearse closure");
    if (code != CLI_DONE)
        return code;
    if (closure_replay(text, &sink, &fault, &why)) {
        cli_say("replay: %s", fault ? closure_fault_text(fault) : "no violation");
        total_replay(text, fault, &run.totals);
        code = fault ? CLI_REFUSED : CLI_DONE;
    } else {
        code = report_fail(&run.report, CLI_USAGE, cli_text("the replay '%s' cannot be run", text),
                           why, "copy the text of a violation that this build has printed");
    }
    json_array(&run.report.json, "rows");
    json_end(&run.report.json);
    closure_report_totals(&run.report.json, &run.totals);
    return report_end(&run.report, code);
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
        return replay(a);
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
    REPORT_OPTIONS,
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
