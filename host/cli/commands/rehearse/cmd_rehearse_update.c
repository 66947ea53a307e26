/* cmd_rehearse_update.c - slipway rehearse update: a person's own bootloader and images under power cuts. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/board/board_options.h"
#include "host/cli/commands/commands.h"
#include "host/cli/core/progress.h"
#include "host/rehearsal/rehearsal.h"

#define SHOWN 5u /* bricks that are listed */

static struct rehearsal rehearsal;

static const char *image_text(int image)
{
    return image == CUTS_OLD ? "old" : image == CUTS_NEW ? "new" : "-";
}

/* The word, quoted for a shell. */
static const char *quoted(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "@%+=:,./_-";
    if (*word != '\0' && word[strspn(word, plain)] == '\0')
        return word;
    const char *text = "'";
    for (const char *p = word; *p != '\0'; p++)
        text = *p == '\'' ? cli_text("%s'\\''", text) : cli_text("%s%c", text, *p);
    return cli_text("%s'", text);
}

/* The command line that replays this sequence, without the options for many cases. */
static const char *replay_command(const struct cli_args *a, const struct cuts_sequence *q)
{
    char cuts[CUTS_TEXT_MAX];
    const char *text = "slipway rehearse update";
    cuts_print(q, cuts);
    for (unsigned i = 0; i < a->arg_count; i++)
        text = cli_text("%s %s", text, quoted(a->arg[i]));
    for (unsigned i = 0; i < a->given_count; i++) {
        const char *name = a->given[i].option->name;
        if (strcmp(name, "cuts") == 0 || strcmp(name, "jobs") == 0 || strcmp(name, "json") == 0 ||
            strcmp(name, "replay") == 0 || strcmp(name, "quiet") == 0 ||
            strcmp(name, "verbose") == 0)
            continue;
        text = a->given[i].value != NULL
                   ? cli_text("%s --%s %s", text, name, quoted(a->given[i].value))
                   : cli_text("%s --%s", text, name);
    }
    return cli_text("%s --replay '%s'", text, cuts);
}

/* ---- the undisturbed update ---- */

static const char *strategy_text(const struct rehearsal *r)
{
    return cli_text("%s (%s)", layout_strategy_text(&r->slots), r->slots.origin);
}

static void print_start(const struct rehearsal *r, const struct cli_args *a)
{
    const struct image_file *f = r->file;
    const struct flash_area *s = r->slots.pair.slot;
    cli_say("layout   %s: slot0 0x%06x, slot1 0x%06x, %u KB each; %s", r->layout_path,
            (unsigned)s[0].offset, (unsigned)s[1].offset, (unsigned)s[0].size / 1024,
            strategy_text(r));
    cli_say("old      %s, %u bytes, %s", f[CUTS_OLD].version, (unsigned)f[CUTS_OLD].size,
            f[CUTS_OLD].path);
    cli_say("new      %s, %u bytes, %s; requested %s", f[CUTS_NEW].version,
            (unsigned)f[CUTS_NEW].size, f[CUTS_NEW].path,
            !update_takes_requests(&r->slots.pair) ? "by its version"
            : cli_has(a, "permanent")              ? "as permanent"
                                                   : "as a test");
}

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
            image_text(now->over->image), (unsigned long long)now->over->operations,
            now->at_rest ? ": at rest" : "");
}

static int no_update(const struct cuts *c)
{
    return cli_fail(
        CLI_REFUSED, "the update does not work even without a power cut",
        cli_text("boot %u: %s\n%s", cuts_boots(c) + 1, cuts_why(c),
                 rehearsal_tail(cuts_console(c))),
        cuts_result(c)->end == CUTS_STOPPED
            ? "--unmodelled warn goes on, and reads 0 there"
            : "slipway verify --against BOOTLOADER.elf IMAGE judges an image; slipway "
              "why FILE explains a log; --layout and --config must be the bootloader's");
}

/* Fail if the bootloader kept the old image in the undisturbed update. */
static int check_update(const struct cuts *c)
{
    if (cuts_result(c)->end != CUTS_CAME_BACK)
        return no_update(c);
    if (cuts_boot(c, 1)->image != CUTS_NEW)
        return cli_fail(
            CLI_REFUSED, "the bootloader keeps the old image, even without a power cut",
            rehearsal_tail(cuts_console(c)),
            "slipway verify --against BOOTLOADER.elf NEW; --layout and --config must be "
            "the bootloader's, else the request is not where it looks");
    return CLI_DONE;
}

/* ---- many cases ---- */

static void on_done(void *progress, unsigned done)
{
    progress_update(progress, done);
}

struct totals {
    unsigned ends[CUTS_STOPPED + 1], cuts, nested, boots, how[3], in_erase, bricks;
    unsigned repeated; /* cases that failed with the cuts of an earlier one: counted nowhere else */
    uint64_t operations;
    unsigned brick[SHOWN];
};

static void add_case(struct totals *t, const struct cuts *c, const struct cuts_sequence *q,
                     const struct cuts_result *r, unsigned i)
{
    t->ends[r->end]++;
    t->cuts += r->cuts;
    t->nested += r->cuts > 1;
    t->how[q->cut[0].how]++;
    t->in_erase += cuts_in_erase(c, q);
    if (!cuts_survived(r->end)) {
        if (t->bricks < SHOWN)
            t->brick[t->bricks] = i;
        t->bricks++;
        return;
    }
    t->boots = r->boots > t->boots ? r->boots : t->boots;
    t->operations = r->operations > t->operations ? r->operations : t->operations;
}

static const char *ran_text(const struct cuts_result *r)
{
    const char *text = "";
    for (unsigned i = 0; i < r->boots; i++)
        text = cli_text("%s%s%s", text, i == 0 ? "" : ", ", image_text(r->ran[i]));
    return text;
}

static void print_case(const struct cuts_sequence *q, const struct cuts_result *r, unsigned i)
{
    char text[CUTS_TEXT_MAX];
    cuts_print(q, text);
    cli_say("case %-5u cut in boot %-40s then %s: %s", i, text, ran_text(r), cuts_end_text(r->end));
}

static void json_case(struct json *j, const struct cuts_sequence *q, const struct cuts_result *r)
{
    static const char *const ends[] = {
        [CUTS_UNKNOWN] = "unknown",     [CUTS_CAME_BACK] = "came back",
        [CUTS_WENT_BACK] = "went back", [CUTS_DEAD] = "dead",
        [CUTS_NEITHER] = "neither",     [CUTS_LOST] = "lost",
        [CUTS_RESTLESS] = "restless",   [CUTS_STOPPED] = "stopped",
    };
    char text[CUTS_TEXT_MAX];
    cuts_print(q, text);
    json_object(j, NULL);
    json_string(j, "cuts", text);
    json_string(j, "end", ends[r->end]);
    json_array(j, "ran");
    for (unsigned i = 0; i < r->boots; i++)
        json_string(j, NULL, r->ran[i] == CUTS_NO_IMAGE ? NULL : image_text(r->ran[i]));
    json_end(j);
    json_number(j, "operations", r->operations);
    json_end(j);
}

static void json_report(const struct cuts *c, const struct cuts_result *results, unsigned count,
                        const struct totals *t)
{
    struct json j;
    json_begin(&j, stdout);
    json_array(&j, "boots");
    for (unsigned n = 1; n <= cuts_boots(c); n++) {
        json_object(&j, NULL);
        json_string(&j, "image", image_text(cuts_boot(c, n)->image));
        json_number(&j, "operations", cuts_boot(c, n)->operations);
        json_end(&j);
    }
    json_end(&j);
    json_array(&j, "cases");
    for (unsigned i = 0; i < count; i++) {
        struct cuts_sequence q = cuts_draw(c, i);
        json_case(&j, &q, &results[i]);
    }
    json_end(&j);
    json_number(&j, "cuts", t->cuts);
    json_number(&j, "bricks", t->bricks);
    json_finish(&j);
}

static const char *cases_text(unsigned n)
{
    return cli_text("%u case%s", n, n == 1 ? "" : "s");
}

static void print_totals(const struct cuts *c, const struct totals *t, unsigned count)
{
    unsigned erases = 0;
    for (unsigned n = 1; n <= cuts_boots(c); n++)
        erases += cuts_boot(c, n)->erases;
    cli_say("cuts     %s with %u power cuts in all, seed %llu.", cases_text(count), t->cuts,
            (unsigned long long)rehearsal.plan.seed);
    cli_say("         First cut of a case: %u before, %u inside and %u after a flash operation.",
            t->how[0], t->how[1], t->how[2]);
    cli_say("         In %s the first cut was at an erase. The update has %u erases.",
            cases_text(t->in_erase), erases);
    cli_say("         %s had more cuts while the bootloader repaired the first.",
            cases_text(t->nested));
    cli_say("end      %s finished the update.", cases_text(t->ends[CUTS_CAME_BACK]));
    cli_say("         %s went back to the old image.%s", cases_text(t->ends[CUTS_WENT_BACK]),
            t->ends[CUTS_WENT_BACK] == 0 ? ""
            : rehearsal.plan.request_may_go
                ? " That is right: the cut ended the new image's trial "
                  "or took the request back."
                : " That is right: the cut ended the new image's trial.");
    if (t->bricks != 0)
        cli_say("         %s failed.", cases_text(t->bricks));
    cli_say("repair   A repair took at most %u boots and %llu flash operations.", t->boots,
            (unsigned long long)t->operations);
}

/* Run the first brick again, to print its console. */
static int fail_bricks(struct cuts *c, const struct cli_args *a, const struct totals *t,
                       unsigned count)
{
    const char *evidence = "", *next = "";
    struct progress p;
    progress_begin_open(&p, "again    the first cases that failed, for their evidence", "");
    for (unsigned i = 0; i < t->bricks && i < SHOWN; i++) {
        char text[CUTS_TEXT_MAX];
        progress_open_at(&p, cli_text("%u", i + 1));
        struct cuts_sequence q = cuts_draw(c, t->brick[i]);
        struct cuts_result r = cuts_try(c, &q, NULL, NULL);
        cuts_print(&q, text);
        evidence = cli_text("%s%scut in boot %s: %s", evidence, i == 0 ? "" : "\n", text,
                            cuts_end_text(r.end));
        if (cuts_why(c)[0] != '\0')
            evidence = cli_text("%s (%s)", evidence, cuts_why(c));
        next = i == 0 ? replay_command(a, &q) : next;
    }
    const char *what =
        t->ends[CUTS_STOPPED] == t->bricks
            ? "of %u cases reached what the board does not model; nothing is known about them"
            : "of %u cases the board did not come back as it should";
    return cli_fail(CLI_REFUSED,
                    cli_text("%s %u %s", t->ends[CUTS_STOPPED] == t->bricks ? "" : "in", t->bricks,
                             cli_text(what, count)),
                    evidence, next);
}

static int sweep(struct cuts *c, const struct cli_args *a, uint64_t cuts, uint64_t jobs)
{
    unsigned count = cuts_cases(c, (unsigned)cuts);
    struct cuts_result *results = cli_memory(count * sizeof *results);
    bool *repeated = cli_memory(count * sizeof *repeated);
    struct progress progress;
    struct totals t = {.bricks = 0};
    progress_begin_count(&progress, "cuts    ", "cases", count);
    bool ran = cuts_farm(c, count, (unsigned)jobs, results, on_done, &progress);
    progress_end(&progress, ran ? count : 0);
    if (!ran)
        return cli_fail(CLI_REFUSED, "no process could be started", NULL, "ulimit -u; free -m");
    if (!cuts_find_repeated(c, results, count, repeated))
        return cli_fail(CLI_REFUSED, "out of memory", NULL, NULL);
    for (unsigned i = 0; i < count; i++) {
        struct cuts_sequence q = cuts_draw(c, i);
        if (repeated[i])
            t.repeated++;
        else
            add_case(&t, c, &q, &results[i], i);
        if (cli_mode.verbose && !repeated[i])
            print_case(&q, &results[i], i);
    }
    if (cli_mode.json && t.bricks == 0)
        json_report(c, results, count, &t);
    print_totals(c, &t, count - t.repeated);
    if (t.bricks != 0)
        return fail_bricks(c, a, &t, count - t.repeated);
    cli_say("rehearse update: 0 bricks");
    return CLI_DONE;
}

/* ---- one case ---- */

static void print_session(void *ctx, const char *title, const char *console)
{
    (void)ctx;
    cli_say("== %s", title);
    if (console[0] != '\0')
        cli_say("%s", rehearsal_tail(console));
}

static int replay(struct cuts *c, const struct cli_args *a, const char *text)
{
    struct cuts_sequence q;
    if (!cuts_parse(text, &q) || q.boot > cuts_boots(c) ||
        q.cut[0].at > cuts_boot(c, q.boot)->operations)
        return cli_usage(a,
                         "--replay: '%s' is not a cut of this update; write BOOT: "
                         "OPERATION.before, .during or .after, at most %u",
                         text, CUTS_DEPTH_MAX);
    struct cuts_result r = cuts_try(c, &q, print_session, NULL);
    if (cli_mode.json) {
        struct json j;
        json_begin(&j, stdout);
        json_array(&j, "cases");
        json_case(&j, &q, &r);
        json_finish(&j);
    }
    const char *why = cuts_why(c);
    cli_say("replay: %s%s%s", cuts_end_text(r.end), *why != '\0' ? "; " : "", why);
    return cuts_survived(r.end) ? CLI_DONE : CLI_REFUSED;
}

struct amounts {
    uint64_t cuts, jobs;
};

static int take_amounts(const struct cli_args *a, struct amounts *n)
{
    int code = cli_number(a, "cuts", 200, 1, CUTS_CASES_MAX, &n->cuts);
    return code == CLI_DONE ? cli_number(a, "jobs", 2, 1, 64, &n->jobs) : code;
}

static int rehearse(struct cuts *c, const struct cli_args *a, const struct amounts *n)
{
    int code = check_update(c);
    if (code != CLI_DONE)
        return code;
    if (cuts_boots(c) == 1) { /* images that run from either slot, asked for for good */
        cli_say("rehearse update: the boot writes nothing, so there is nothing to cut; 0 bricks");
        return CLI_DONE;
    }
    const char *text = cli_value(a, "replay", NULL);
    return text != NULL ? replay(c, a, text) : sweep(c, a, n->cuts, n->jobs);
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

static int rehearse_files(struct rehearsal *r, const struct cli_args *a, const struct amounts *n)
{
    print_start(r, a);
    int code = prepare(r, a);
    if (code != CLI_DONE)
        return code;
    struct cuts *c = open_update(r);
    code = c != NULL ? rehearse(c, a, n)
                     : cli_fail(CLI_REFUSED, "no memory for the virtual boards", NULL, "free -m");
    cuts_close(c);
    return code;
}

static int run(const struct cli_args *a)
{
    struct amounts n;
    int code = take_amounts(a, &n);
    if (code != CLI_DONE)
        return code;
    code = rehearsal_open(&rehearsal, a);
    if (code == CLI_DONE)
        code = rehearse_files(&rehearsal, a, &n);
    rehearsal_close(&rehearsal);
    return code;
}

static const struct cli_option options[] = {
    {"cuts", 'n', "N", "approximate number of power cuts (default 200)", 0},
    {"permanent", 0, NULL, "request the new image as permanent (default: as a test, which reverts)",
     0},
    {"layout", 0, "FILE",
     "the partition table: .dts, .dtb or overlay (default: board.dtb beside "
     "the bootloader)",
     0},
    {"board", 'b', "FILE.dts", "the board's devicetree that an overlay belongs to", 0},
    {"config", 'c', "FILE", "the bootloader's .config, which chooses the upgrade strategy", 0},
    {"ready", 0, "TEXT",
     "an image counts as started when the console shows TEXT (default: at its first instruction)",
     0},
    {"console", 0, "UNIT", "the UART of the console (default USART3)", 0},
    {"seed", 0, "NUMBER", "seed that draws the cases and the torn words (default 1)", 0},
    {"replay", 0, "CUTS", "run only these cuts, and print the console of every boot", 0},
    {"jobs", 'j', "N", "number of processes (default 2)", 0},
    BOARD_OPTIONS,
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
        "The upload itself is not rehearsed.",
    .example = "slipway rehearse update bootloader.elf 1.0.0.signed.bin 2.0.0.signed.bin\n"
               "slipway rehearse update mcuboot.elf a.bin b.bin --layout zephyr.dts --config "
               "mcuboot/.config --cuts 2000 --seed 7",
    .run = run,
};
