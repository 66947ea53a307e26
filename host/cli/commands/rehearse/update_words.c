#include "host/cli/commands/rehearse/update_words.h"

#include <string.h>

void update_count(struct update_totals *t, const struct cuts *c, const struct cuts_sequence *q,
                  const struct cuts_result *r, unsigned i)
{
    t->ends[r->end]++;
    t->cuts += r->cuts;
    t->nested += r->cuts > 1;
    t->how[q->cut[0].how]++;
    t->in_erase += cuts_in_erase(c, q);
    if (!cuts_survived(r->end)) {
        if (t->bricks < UPDATE_STORIES)
            t->brick[t->bricks] = i;
        t->bricks++;
        return;
    }
    t->boots = r->boots > t->boots ? r->boots : t->boots;
    t->operations = r->operations > t->operations ? r->operations : t->operations;
}

const char *update_image_text(int image)
{
    return image == CUTS_OLD ? "old" : image == CUTS_NEW ? "new" : "-";
}

const char *update_request_text(const struct rehearsal *r, const struct cli_args *a)
{
    return !update_takes_requests(&r->slots.pair) ? "by its version"
           : cli_has(a, "permanent")              ? "as permanent"
                                                  : "as a test";
}

/* ---- the command that replays ---- */

static const struct cli_option *option_named(const struct cli_command *c, const char *name)
{
    const struct cli_option *o = c->options;
    while (strcmp(o->name, name) != 0)
        o++;
    return o;
}

/* The option, which is on the command line at most once now; with value NULL it is not on it. */
static void set_option(struct cli_args *a, const char *name, const char *value)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < a->given_count; i++)
        if (strcmp(a->given[i].option->name, name) != 0)
            a->given[kept++] = a->given[i];
    a->given_count = kept;
    if (value == NULL || kept == CLI_ARGS_MAX)
        return;
    a->given[kept].option = option_named(a->command, name);
    a->given[a->given_count++].value = value;
}

const char *update_replay_command(const struct cli_args *a, const struct cuts_sequence *q, bool gdb)
{
    static const char *const of_many[] = {"cuts",      "jobs", "quiet", "verbose", "json",
                                          "json-file", "html", "junit", NULL};
    char cuts[CUTS_TEXT_MAX];
    struct cli_args one = *a;
    cuts_print(q, cuts);
    set_option(&one, "replay", cli_text("%s", cuts));
    set_option(&one, "gdb", gdb ? ":3333" : NULL);
    return cli_command_line(&one, of_many);
}

/* ---- lines ---- */

void update_print_start(const struct rehearsal *r, const struct cli_args *a)
{
    const struct image_file *f = r->file;
    const struct flash_area *s = r->slots.pair.slot;
    cli_say("layout   %s: slot0 0x%06x, slot1 0x%06x, %u KB each; %s (%s)", r->layout_path,
            (unsigned)s[0].offset, (unsigned)s[1].offset, (unsigned)s[0].size / 1024,
            layout_strategy_text(&r->slots), r->slots.origin);
    cli_say("old      %s, %u bytes, %s", f[CUTS_OLD].version, (unsigned)f[CUTS_OLD].size,
            f[CUTS_OLD].path);
    cli_say("new      %s, %u bytes, %s; requested %s", f[CUTS_NEW].version,
            (unsigned)f[CUTS_NEW].size, f[CUTS_NEW].path, update_request_text(r, a));
}

static const char *ran_text(const struct cuts_result *r)
{
    const char *text = "";
    for (unsigned i = 0; i < r->boots; i++)
        text = cli_text("%s%s%s", text, i == 0 ? "" : ", ", update_image_text(r->ran[i]));
    return text;
}

void update_print_case(const struct cuts_sequence *q, const struct cuts_result *r, unsigned i)
{
    char text[CUTS_TEXT_MAX];
    cuts_print(q, text);
    cli_say("case %-5u cut in boot %-40s then %s: %s", i, text, ran_text(r), cuts_end_text(r->end));
}

static const char *cases_text(unsigned n)
{
    return cli_text("%u case%s", n, n == 1 ? "" : "s");
}

void update_print_totals(const struct rehearsal *r, const struct cuts *c,
                         const struct update_totals *t, unsigned count)
{
    unsigned erases = 0;
    for (unsigned n = 1; n <= cuts_boots(c); n++)
        erases += cuts_boot(c, n)->erases;
    cli_say("cuts     %s with %u power cuts in all, seed %llu.", cases_text(count), t->cuts,
            (unsigned long long)r->plan.seed);
    cli_say("         First cut of a case: %u before, %u inside and %u after a flash operation.",
            t->how[0], t->how[1], t->how[2]);
    cli_say("         In %s the first cut was at an erase. The update has %u erases.",
            cases_text(t->in_erase), erases);
    cli_say("         %s had more cuts while the bootloader repaired the first.",
            cases_text(t->nested));
    cli_say("end      %s finished the update.", cases_text(t->ends[CUTS_CAME_BACK]));
    cli_say("         %s went back to the old image.%s", cases_text(t->ends[CUTS_WENT_BACK]),
            t->ends[CUTS_WENT_BACK] == 0 ? ""
            : r->plan.request_may_go     ? " That is right: the cut ended the new image's trial "
                                           "or took the request back."
                                         : " That is right: the cut ended the new image's trial.");
    if (t->bricks != 0)
        cli_say("         %s failed.", cases_text(t->bricks));
    cli_say("repair   A repair took at most %u boots and %llu flash operations.", t->boots,
            (unsigned long long)t->operations);
}
