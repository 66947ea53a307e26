#include "host/report/junit.h"

void junit_begin(struct junit *j, struct markup *out, const char *name)
{
    *j = (struct junit){.out = out, .name = name};
    markup_init(&j->suites);
    markup_init(&j->cases);
}

/* An attribute of one line. */
static void put_line(struct markup *m, const char *name, const char *value)
{
    markup_attr_line(m, name, value != NULL && value[0] != '\0' ? value : "-");
}

static void put_counts(struct markup *m, const struct junit_counts *c)
{
    markup_attr(m, "tests", "%u", c->tests);
    markup_attr(m, "failures", "%u", c->failures);
    markup_attr(m, "errors", "%u", c->errors);
    markup_attr(m, "skipped", "%u", c->skipped);
}

/* The counts stand in front of what they count, so a suite is collected first. */
static void end_suite(struct junit *j)
{
    if (j->suite == NULL)
        return;
    markup_raw(&j->suites, " ");
    markup_open(&j->suites, "testsuite");
    put_line(&j->suites, "name", j->suite);
    put_counts(&j->suites, &j->here);
    markup_raw(&j->suites, "\n");
    markup_append(&j->suites, &j->cases);
    markup_raw(&j->suites, " ");
    markup_close(&j->suites);
    markup_raw(&j->suites, "\n");
    markup_free(&j->cases);
    j->suite = NULL;
}

void junit_suite(struct junit *j, const char *name)
{
    end_suite(j);
    j->suite = name;
    j->here = (struct junit_counts){0};
}

static void count(struct junit_counts *c, enum junit_outcome outcome)
{
    c->tests++;
    c->failures += outcome == JUNIT_FAILED;
    c->errors += outcome == JUNIT_ERROR;
    c->skipped += outcome == JUNIT_SKIPPED;
}

/* The element, with its outcome's in it; open. */
static void open_case(struct junit *j, const struct junit_case *c)
{
    static const char *const elements[] = {
        [JUNIT_FAILED] = "failure", [JUNIT_ERROR] = "error", [JUNIT_SKIPPED] = "skipped"};
    struct markup *m = &j->cases;
    count(&j->here, c->outcome);
    count(&j->all, c->outcome);
    markup_raw(m, "  ");
    markup_open(m, "testcase");
    put_line(m, "classname", c->classname);
    put_line(m, "name", c->name);
    if (c->outcome == JUNIT_PASSED)
        return;
    markup_open(m, elements[c->outcome]);
    put_line(m, "message", c->message);
    markup_text(m, c->text);
}

static void close_case(struct junit *j, bool passed)
{
    if (!passed)
        markup_close(&j->cases);
    markup_close(&j->cases);
    markup_raw(&j->cases, "\n");
}

void junit_add(struct junit *j, const struct junit_case *c)
{
    open_case(j, c);
    close_case(j, c->outcome == JUNIT_PASSED);
}

void junit_open_case(struct junit *j, const struct junit_case *c)
{
    open_case(j, c);
    markup_text(&j->cases, "\n");
}

void junit_line(struct junit *j, const char *title, const char *text)
{
    if (text[0] != '\0')
        markup_textf(&j->cases, "%s%s%s\n", title, title[0] != '\0' ? ": " : "", text);
}

void junit_close_case(struct junit *j)
{
    close_case(j, false);
}

void junit_end(struct junit *j)
{
    end_suite(j);
    markup_raw(j->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    markup_open(j->out, "testsuites");
    put_line(j->out, "name", j->name);
    put_counts(j->out, &j->all);
    markup_raw(j->out, "\n");
    markup_append(j->out, &j->suites);
    markup_close(j->out);
    markup_raw(j->out, "\n");
    markup_free(&j->suites);
    markup_free(&j->cases);
}
