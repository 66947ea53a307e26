/* making_checks.c - what is checked of an update, one after another. What cannot be checked is in the pack, with the reason. */
#include <string.h>

#include "host/cli/commands/evidence/making.h"
#include "host/evidence/pack.h"
#include "host/evidence/words.h"
#include "host/report/report_draw.h"

/* ---- what comes of a check ---- */

static void say(const struct evidence_check *c)
{
    cli_say("%-14s %s", c->name, evidence_check_text(c));
}

static struct evidence_check *add(struct making *m, const struct evidence_kind *kind,
                                  enum evidence_outcome outcome, const char *summary)
{
    struct evidence_check *c = &m->e.check[m->e.check_count++];
    *c = (struct evidence_check){.name = kind->name, .outcome = outcome, .summary = summary};
    return c;
}

static void not_run(struct making *m, const struct evidence_kind *kind, const char *why)
{
    say(add(m, kind, EVIDENCE_NOT_RUN, why));
}

/* The command was run, so that not even a check that may be left out can be missed. */
static void no_result(struct making *m, const struct evidence_kind *kind, const char *command,
                      const char *why)
{
    struct evidence_check *c = add(m, kind, EVIDENCE_NOT_RUN, why);
    c->command = command;
    say(c);
}

/* The check's document decides. last: what the command said last, where it left no document. */
static void take(struct making *m, const struct evidence_kind *kind, const char *command,
                 const struct cli_blob *b, const char *last)
{
    struct evidence_judgement j;
    if (b->len == 0) {
        no_result(m, kind, command, cli_text("the command ended without a result: %s", last));
        return;
    }
    if (!evidence_judge(&m->e, kind, (const char *)b->data, b->len, &j)) {
        no_result(m, kind, command, cli_text("the command's result cannot be used: %s", j.summary));
        return;
    }
    struct evidence_check *c = add(m, kind, j.outcome, cli_text("%s", j.summary));
    c->warnings = j.warnings;
    c->command = command;
    c->document = kind->document;
    pack_add(&m->files, kind->document, b);
    say(c);
}

static int run(struct making *m, const struct evidence_kind *kind, const struct own_command *c,
               const char *command)
{
    struct cli_blob out;
    const char *last;
    int code = own_run(c, m->name, &out, &last);
    if (code == CLI_DONE)
        take(m, kind, command, &out, last);
    return code;
}

/* ---- commands ---- */

/* --json, and the command's first words. */
static struct own_command begin(const char *const *words)
{
    struct own_command c = {.count = 0};
    own_add(&c, "--json");
    for (; *words != NULL; words++)
        own_add(&c, *words);
    return c;
}

static int check_verify(struct making *m, const struct evidence_kind *kind, unsigned n)
{
    static const char *const words[] = {"verify", "--against", NULL};
    struct own_command c = begin(words);
    if (m->no_boot != NULL) {
        not_run(m, kind, m->no_boot);
        return CLI_DONE;
    }
    own_add(&c, m->boot.path);
    own_add_files(&c, &m->a->arg[1 + n], 1);
    return run(m, kind, &c, own_text(&c));
}

static void add_option(struct making *m, struct own_command *c, const char *name)
{
    const char *value = cli_value(m->a, name, NULL);
    if (value == NULL)
        return;
    own_add(c, cli_text("--%s", name));
    own_add(c, value);
}

static int check_fit(struct making *m, const struct evidence_kind *kind, unsigned n)
{
    static const char *const words[] = {"layout", "check", "--image-size", NULL};
    struct own_command c = begin(words);
    if (m->layout == NULL || m->no_image[n] != NULL) {
        not_run(m, kind,
                m->layout == NULL ? "there is no board.dtb beside the bootloader; --layout FILE "
                                    "names the layout"
                                  : m->no_image[n]);
        return CLI_DONE;
    }
    own_add(&c, cli_text("%u", (unsigned)m->image[n].size));
    add_option(m, &c, "board");
    add_option(m, &c, "config");
    own_add_files(&c, &m->layout, 1);
    return run(m, kind, &c, own_text(&c));
}

static int check_sbom(struct making *m, const struct evidence_kind *kind)
{
    static const char *const words[] = {"verify", "--against", NULL};
    struct own_command c = begin(words);
    const char *why_not = making_no_sbom(m);
    if (why_not != NULL) {
        not_run(m, kind, why_not);
        return CLI_DONE;
    }
    own_add(&c, m->boot.path);
    own_add(&c, "--sbom");
    own_add(&c, m->bound_sbom);
    own_add_files(&c, &m->a->arg[1 + NEW_IMAGE], 1);
    return run(m, kind, &c, own_text(&c));
}

static bool is_ours(const char *name)
{
    static const char *const ours[] = {"key",  "out",   "sbom",    "allow-development",
                                       "json", "quiet", "verbose", NULL};
    unsigned i = 0;
    while (ours[i] != NULL && strcmp(ours[i], name) != 0)
        i++;
    return ours[i] != NULL;
}

/* Page and JUnit, drawn from the document that is in the pack. */
static void draw_rehearsal(struct making *m)
{
    struct markup page, junit;
    char why[REPORT_WHY_MAX];
    const struct zip_entry *json = zip_find(&m->files, "rehearsal.json");
    if (json == NULL)
        return;
    markup_init(&page);
    markup_init(&junit);
    if (report_render((const char *)json->blob.data, json->blob.len, &page, &junit, why)) {
        const struct markup *drawn[] = {&page, &junit};
        static const char *const names[] = {"rehearsal.html", "rehearsal.junit.xml"};
        for (size_t i = 0; i < ARRAY_LEN(drawn); i++) {
            struct cli_blob b = {cli_memory(drawn[i]->len), drawn[i]->len};
            memcpy(b.data, drawn[i]->text, b.len);
            pack_add(&m->files, names[i], &b);
        }
    } else {
        cli_warn("the rehearsal's page is not in the pack", why, NULL);
    }
    markup_free(&page);
    markup_free(&junit);
}

static int check_rehearsal(struct making *m, const struct evidence_kind *kind)
{
    static const char *const words[] = {"rehearse", "update", NULL};
    struct own_command c = begin(words);
    for (unsigned i = 0; i < m->a->given_count; i++) {
        const struct cli_option *o = m->a->given[i].option;
        if (is_ours(o->name))
            continue;
        own_add(&c, cli_text("--%s", o->name));
        if (m->a->given[i].value != NULL)
            own_add(&c, m->a->given[i].value);
    }
    own_add_files(&c, m->a->arg, m->a->arg_count);
    c.progress = cli_text("rehearsal      %llu cuts", (unsigned long long)m->e.cuts);
    int code = run(m, kind, &c, own_text(&c));
    if (code == CLI_DONE)
        draw_rehearsal(m);
    return code;
}

/* ---- looks at keys and configuration, which are no commands ---- */

static struct findings_about about(const struct making *m)
{
    return (struct findings_about){
        .program = m->e.program,
        .command = m->e.command,
        .boot = &m->boot,
        .old_image = &m->image[OLD_IMAGE],
        .new_image = &m->image[NEW_IMAGE],
        .config = &m->config,
        .development_allowed = cli_has(m->a, "allow-development"),
    };
}

static int look(struct making *m, const struct evidence_kind *kind, const char *why_not,
                int (*report)(const struct findings_about *a, struct cli_blob *b))
{
    struct cli_blob b;
    const struct findings_about a = about(m);
    for (unsigned n = 0; n < IMAGES && why_not == NULL; n++)
        why_not = m->no_image[n];
    if (why_not != NULL) {
        not_run(m, kind, why_not);
        return CLI_DONE;
    }
    int code = report(&a, &b);
    if (code == CLI_DONE)
        take(m, kind, NULL, &b, "");
    return code;
}

int making_check(struct making *m)
{
    const struct evidence_kind *k = evidence_kinds; /* in their order */
    int code = check_verify(m, k++, OLD_IMAGE);
    if (code == CLI_DONE)
        code = check_verify(m, k++, NEW_IMAGE);
    if (code == CLI_DONE)
        code = check_fit(m, k++, OLD_IMAGE);
    if (code == CLI_DONE)
        code = check_fit(m, k++, NEW_IMAGE);
    if (code == CLI_DONE)
        code = check_rehearsal(m, k++);
    if (code == CLI_DONE)
        code = look(m, k++, m->no_boot, keys_report);
    if (code == CLI_DONE)
        code = look(m, k++, m->no_config, configuration_report);
    return code == CLI_DONE ? check_sbom(m, k) : code;
}
