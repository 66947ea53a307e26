/* cmd_rehearse_update.c - slipway rehearse update: a person's own bootloader and images under power cuts. */
#include <stdlib.h>
#include <string.h>

#include "host/cli/commands/commands.h"
#include "host/cli/commands/rehearse/update_json.h"
#include "host/cli/commands/rehearse/update_options.h"
#include "host/cli/core/progress.h"
#include "host/rehearsal/rehearsal_gdb.h"
#include "host/report/report.h"

static struct rehearsal rehearsal;

/* One run of the command. */
struct update {
    const struct cli_args *a;
    struct rehearsal *r;
    struct cuts *c;
    struct report report;
    uint64_t cuts, jobs;
    /* --replay */
    struct cuts_sequence replayed;
    struct cuts_result result;
};

/* ---- the undisturbed update ---- */

static void show_boot(struct progress *p, const struct cuts_now *now)
{
    char text[100];
    snprintf(text, sizeof text, "boot %u, %llu operations, %.1f s on the board", now->boot,
             (unsigned long long)now->operations, (double)now->ns / 1e9);
    progress_open_at(p, text);
}

/* Before the update. */
static void on_old_boot(void *ctx, const struct cuts_now *now)
{
    if (now->over == NULL)
        show_boot(ctx, now);
}

static void on_update_boot(void *ctx, const struct cuts_now *now)
{
    if (now->over == NULL) {
        show_boot(ctx, now);
        return;
    }
    cli_say("boot %u   the %s image runs after %llu flash operations%s", now->boot,
            update_image_text(now->over->image), (unsigned long long)now->over->operations,
            now->at_rest ? ": at rest" : "");
}

static int no_update(struct update *u)
{
    return report_fail(
        &u->report, CLI_REFUSED, "the update does not work even without a power cut",
        cli_text("boot %u: %s\n%s", cuts_boots(u->c) + 1, cuts_why(u->c),
                 rehearsal_tail(cuts_console(u->c))),
        cuts_result(u->c)->end == CUTS_STOPPED
            ? "--unmodelled warn goes on, and reads 0 there"
            : "slipway verify --against BOOTLOADER.elf IMAGE judges an image; slipway "
              "why FILE explains a log; --layout and --config must be the bootloader's");
}

/* Fail if the bootloader kept the old image in the undisturbed update. */
static int check_update(struct update *u)
{
    if (cuts_result(u->c)->end != CUTS_CAME_BACK)
        return no_update(u);
    if (cuts_boot(u->c, 1)->image != CUTS_NEW)
        return report_fail(
            &u->report, CLI_REFUSED, "the bootloader keeps the old image, even without a power cut",
            rehearsal_tail(cuts_console(u->c)),
            "slipway verify --against BOOTLOADER.elf NEW; --layout and --config must be "
            "the bootloader's, else the request is not where it looks");
    return CLI_DONE;
}

/* ---- many cases ---- */

static void on_done(void *progress, unsigned done)
{
    progress_update(progress, done);
}

/* Members of a document without a case. */
static void write_no_case(struct update *u)
{
    const struct update_totals none = {.bricks = 0};
    json_array(&u->report.json, "cases");
    json_end(&u->report.json);
    update_json_totals(&u->report.json, &none);
    json_array(&u->report.json, "stories");
    json_end(&u->report.json);
}

/* Run a case that failed again: for its story, if anybody reads it. */
static void run_again(struct update *u, const struct cuts_sequence *q, unsigned i)
{
    if (report_is_wanted(&u->report))
        (void)update_json_story(&u->report.json, u->r, u->c, u->a, q, i, NULL);
    else
        (void)cuts_try(u->c, q, NULL, NULL);
}

/* The evidence of the first cases that failed. *next: the command that replays the first. */
static const char *tell_bricks(struct update *u, const struct update_totals *t, const char **next)
{
    const unsigned most = report_is_wanted(&u->report) ? UPDATE_STORIES : UPDATE_SHOWN;
    const char *evidence = "";
    struct progress p;
    progress_begin_open(&p, "again    the first cases that failed, for their evidence", "");
    for (unsigned i = 0; i < t->bricks && i < most; i++) {
        char text[CUTS_TEXT_MAX];
        progress_open_at(&p, cli_text("%u", i + 1));
        struct cuts_sequence q = cuts_draw(u->c, t->brick[i]);
        run_again(u, &q, t->brick[i]);
        if (i >= UPDATE_SHOWN)
            continue;
        cuts_print(&q, text);
        evidence = cli_text("%s%scut in boot %s: %s", evidence, i == 0 ? "" : "\n", text,
                            cuts_end_text(cuts_result(u->c)->end));
        if (cuts_why(u->c)[0] != '\0')
            evidence = cli_text("%s (%s)", evidence, cuts_why(u->c));
        *next = i == 0 ? update_replay_command(u->a, &q, false) : *next;
    }
    progress_make_room();
    return evidence;
}

static int judge(struct update *u, const struct update_totals *t, unsigned count)
{
    const char *next = "";
    json_array(&u->report.json, "stories");
    const char *evidence = t->bricks > 0 ? tell_bricks(u, t, &next) : "";
    json_end(&u->report.json);
    if (t->bricks > UPDATE_STORIES)
        json_number(&u->report.json, "stories_left", t->bricks - UPDATE_STORIES);
    if (t->bricks == 0) {
        cli_say("rehearse update: 0 bricks");
        return CLI_DONE;
    }
    const char *what =
        t->ends[CUTS_STOPPED] == t->bricks
            ? "of %u cases reached what the board does not model; nothing is known about them"
            : "of %u cases the board did not come back as it should";
    return report_fail(&u->report, CLI_REFUSED,
                       cli_text("%s %u %s", t->ends[CUTS_STOPPED] == t->bricks ? "" : "in",
                                t->bricks, cli_text(what, count)),
                       evidence, next);
}

static struct update_totals take_results(struct update *u, const struct cuts_result *results,
                                         const bool *repeated, unsigned count)
{
    struct update_totals t = {.bricks = 0};
    json_array(&u->report.json, "cases");
    for (unsigned i = 0; i < count; i++) {
        struct cuts_sequence q = cuts_draw(u->c, i);
        if (repeated[i])
            t.repeated++;
        else
            update_count(&t, u->c, &q, &results[i], i);
        if (cli_mode.verbose && !repeated[i])
            update_print_case(&q, &results[i], i);
        if (report_is_wanted(&u->report))
            update_json_case(&u->report.json, u->c, &q, &results[i], i, repeated[i]);
    }
    json_end(&u->report.json);
    update_json_totals(&u->report.json, &t);
    return t;
}

static int sweep(struct update *u)
{
    unsigned count = cuts_cases(u->c, (unsigned)u->cuts);
    struct cuts_result *results = cli_memory(count * sizeof *results);
    bool *repeated = cli_memory(count * sizeof *repeated);
    struct progress progress;
    progress_begin_count(&progress, "cuts    ", "cases", count);
    bool ran = cuts_farm(u->c, count, (unsigned)u->jobs, results, on_done, &progress);
    progress_end(&progress, ran ? count : 0);
    if (ran && cuts_find_repeated(u->c, results, count, repeated)) {
        const struct update_totals t = take_results(u, results, repeated, count);
        update_print_totals(u->r, u->c, &t, count - t.repeated);
        return judge(u, &t, count - t.repeated);
    }
    write_no_case(u);
    return ran ? report_fail(&u->report, CLI_REFUSED, "out of memory", NULL, NULL)
               : report_fail(&u->report, CLI_REFUSED, "no process could be started", NULL,
                             "ulimit -u; free -m");
}

/* ---- one case ---- */

static void print_session(void *ctx, const struct cuts_session *s)
{
    (void)ctx;
    cli_say("== %s", s->title);
    if (s->console[0] != '\0')
        cli_say("%s", rehearsal_tail(s->console));
}

static int refuse_replay(struct update *u, const char *text)
{
    write_no_case(u);
    return report_fail(&u->report, CLI_USAGE,
                       cli_text("--replay: '%s' is not a cut of this update; write BOOT: "
                                "OPERATION.before, .during or .after, at most %u",
                                text, CUTS_DEPTH_MAX),
                       NULL, "slipway rehearse update --help");
}

static int replay(struct update *u, const char *text)
{
    struct cuts_sequence *q = &u->replayed;
    struct json *j = &u->report.json;
    struct update_totals t = {.bricks = 0};
    if (!cuts_parse(text, q) || q->boot > cuts_boots(u->c) ||
        q->cut[0].at > cuts_boot(u->c, q->boot)->operations)
        return refuse_replay(u, text);
    json_array(j, "stories");
    u->result = update_json_story(j, u->r, u->c, u->a, q, 0, print_session);
    json_end(j);
    update_count(&t, u->c, q, &u->result, 0);
    json_array(j, "cases");
    update_json_case(j, u->c, q, &u->result, 0, false);
    json_end(j);
    update_json_totals(j, &t);
    const char *why = cuts_why(u->c);
    cli_say("replay: %s%s%s", cuts_end_text(u->result.end), *why != '\0' ? "; " : "", why);
    return cuts_survived(u->result.end) ? CLI_DONE : CLI_REFUSED;
}

/* ---- the command ---- */

static int rehearse(struct update *u)
{
    const char *text = cli_value(u->a, "replay", NULL);
    update_json_boots(&u->report.json, u->r, u->c);
    int code = check_update(u);
    if (code == CLI_DONE && cuts_boots(u->c) > 1)
        return text != NULL ? replay(u, text) : sweep(u);
    if (code == CLI_DONE) /* images that run from either slot, asked for for good */
        cli_say("rehearse update: the boot writes nothing, so there is nothing to cut; 0 bricks");
    write_no_case(u);
    return code;
}

/* The board as it is before the update. */
static int prepare(struct rehearsal *r, const struct cli_args *a)
{
    struct progress p;
    progress_begin_open(&p, "before   the old image boots", "");
    r->plan.on_run = on_old_boot;
    r->plan.ctx = &p;
    int code = rehearsal_prepare(r, a);
    r->plan.on_run = NULL;
    return code;
}

static struct cuts *open_update(struct rehearsal *r)
{
    struct progress p;
    progress_begin_open(&p, "update   first without cuts", "");
    r->plan.on_run = on_update_boot;
    r->plan.ctx = &p;
    struct cuts *c = cuts_open(&r->plan);
    r->plan.on_run = NULL;
    progress_make_room();
    return c;
}

static int rehearse_board(struct update *u, struct rehearsal_gdb *g)
{
    u->c = open_update(u->r);
    int code = u->c != NULL ? rehearse(u)
                            : report_fail(&u->report, CLI_REFUSED,
                                          "no memory for the virtual boards", NULL, "free -m");
    code = report_end(&u->report, code);
    if (u->result.boots != 0)
        rehearsal_gdb_serve(g, u->c, &u->replayed, &u->result);
    cuts_close(u->c);
    return code;
}

static int rehearse_files(struct update *u)
{
    static struct rehearsal_gdb g;
    int code = rehearsal_open(u->r, u->a);
    if (code != CLI_DONE)
        return code;
    update_print_start(u->r, u->a);
    code = prepare(u->r, u->a);
    if (code == CLI_DONE)
        code = update_json_start(&u->report.json, u->r, u->a);
    if (code != CLI_DONE)
        return code;
    code = rehearsal_gdb_open(&g, u->r, u->a->arg[0], cli_value(u->a, "gdb", NULL));
    if (code == CLI_DONE)
        code = rehearse_board(u, &g);
    rehearsal_gdb_close(&g);
    return code;
}

static int take_options(struct update *u)
{
    int code = cli_number(u->a, "cuts", 200, 1, CUTS_CASES_MAX, &u->cuts);
    if (code == CLI_DONE)
        code = cli_number(u->a, "jobs", 2, 1, 64, &u->jobs);
    if (code == CLI_DONE && cli_has(u->a, "gdb") && !cli_has(u->a, "replay"))
        code = cli_usage(u->a, "--gdb stops in one case: give --replay CUTS, too");
    return code;
}

static int run(const struct cli_args *a)
{
    struct update u = {.a = a, .r = &rehearsal};
    int code = take_options(&u);
    if (code == CLI_DONE)
        code = report_begin(&u.report, a, "rehearse update");
    if (code != CLI_DONE)
        return code;
    code = rehearse_files(&u);
    report_drop(&u.report);
    rehearsal_close(&rehearsal);
    return code;
}

static const struct cli_option options[] = {
    REHEARSE_UPDATE_OPTIONS,
    {"replay", 0, "CUTS", "run only these cuts, and print the console of every boot", 0},
    {"gdb", 0, "[HOST]:PORT",
     "with --replay: accept a GDB connection, and wait for it before the first instruction of the "
     "boot in "
     "which the fault shows",
     0},
    REPORT_OPTIONS,
    {0},
};

const struct cli_command cmd_rehearse_update = {
    .name = "rehearse update",
    .summary = "update your own firmware on the virtual board, with power cuts",
    .arguments = "BOOTLOADER OLD NEW",
    .min_args = 3,
    .max_args = 3,
    .options = options,
    .details =
        "BOOTLOADER is an ELF, HEX or FILE.bin@ADDRESS, of Slipway or MCUboot; OLD and NEW are\n"
        "signed images, or packages (slipway package), of which the file for the slot is taken.\n"
        "OLD runs; NEW is in the other slot and requested. First the update runs\n"
        "without a cut until nothing changes any more: that is how it must end. Then power is cut\n"
        "before, during or after flash operations: first each erase once, then drawn at random, "
        "half\n"
        "of them at erases, with torn words and half-erased sectors, and often again while the\n"
        "bootloader recovers. Every boot must start one of the\n"
        "two images, byte for byte, and the last boot the one that must stay. Exit code 1: one "
        "did\n"
        "not; the command that repeats the case is printed. --verbose prints a line for each "
        "case.\n"
        "The upload itself is not rehearsed.\n"
        "With --replay and --gdb the case runs first; then the board stops before the first\n"
        "instruction of the boot in which the fault shows: the one that starts no image or the "
        "wrong\n"
        "one, or the first boot after the cuts if the case does not fail. There, and not before "
        "the\n"
        "cut: RAM is lost at the cut, and what the bootloader makes of the flash that it has left "
        "can\n"
        "be stepped through from the start. gdb-multiarch BOOTLOADER -ex 'target remote :3333'.",
    .example =
        "slipway rehearse update bootloader.elf 1.0.0.signed.bin 2.0.0.signed.bin\n"
        "slipway rehearse update mcuboot.elf a.bin b.bin --layout zephyr.dts --config "
        "mcuboot/.config --cuts 2000 --seed 7\n"
        "slipway rehearse update bootloader.elf a.bin b.bin --replay '1: 233.during' --gdb :3333",
    .run = run,
};
