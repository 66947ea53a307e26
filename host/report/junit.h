/* junit.h - test results as JUnit XML, as GitHub's, GitLab's and Jenkins' readers take it: testsuites, testsuite, testcase.
 * No times: the same rehearsal gives the same file. Order: junit_begin; junit_suite, then its cases; any more suites;
 * junit_end. What is in the file counts in the attributes. Names and messages are one line: a line break in them is shown
 * as an escape, and nothing as a dash. The caller sees to it that names differ: of suites, and of the cases of one class. */
#ifndef HOST_REPORT_JUNIT_H
#define HOST_REPORT_JUNIT_H

#include "host/report/markup.h"

enum junit_outcome {
    JUNIT_PASSED,
    JUNIT_FAILED, /* the product did not do what it must */
    JUNIT_ERROR,  /* nothing is known about the product */
    JUNIT_SKIPPED,
};

struct junit_case {
    const char *classname, *name;
    enum junit_outcome outcome;
    const char *message; /* not for JUNIT_PASSED */
    const char *text;    /* any number of lines, or NULL; not for JUNIT_PASSED */
};

struct junit_counts {
    unsigned tests, failures, errors, skipped;
};

struct junit {
    struct markup *out;
    struct markup suites, cases; /* finished ones, and those of the suite that is open */
    const char *name, *suite;    /* not copied; suite NULL: none is open */
    struct junit_counts all, here;
};

void junit_begin(struct junit *j, struct markup *out, const char *name);
void junit_suite(struct junit *j, const char *name);
void junit_add(struct junit *j, const struct junit_case *c);
/* The same with more text: junit_open_case, any number of lines, junit_close_case. The case must not be JUNIT_PASSED. */
void junit_open_case(struct junit *j, const struct junit_case *c);
void junit_line(struct junit *j, const char *title,
                const char *text); /* nothing if text is empty */
void junit_close_case(struct junit *j);
void junit_end(struct junit *j);

#endif
