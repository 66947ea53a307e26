/* junit_fleet.c - the test cases of `rehearse fleet`. A kind of unit is one, and the devices of which the server's word is
 * wrong are named in its failure: names of devices change with the seed, and a reader of test results follows names. What
 * belongs to no unit has a case of its own. */
#include <stdio.h>
#include <string.h>

#include "host/report/document.h"
#include "host/report/pages/fleet_parts.h"
#include "host/report/pages/pages.h"

#define LINES_MAX      8000u
#define LINE_MAX_BYTES 200u
#define DEVICES_MAX    4000u /* that are looked up in a list of names */

static bool is_in(const json_t *names, const char *name)
{
    for (size_t i = 0; i < json_array_size(names) && i < DEVICES_MAX; i++) {
        const char *one = json_string_value(json_array_get(names, i));
        if (one != NULL && strcmp(one, name) == 0)
            return true;
    }
    return false;
}

/* "native-7: bricks, open", a line. */
static void list_device(char *line, size_t cap, const json_t *report, const char *name)
{
    size_t len = (size_t)snprintf(line, cap, "%.100s:", name);
    unsigned count = 0;
    for (unsigned w = 0; w < FLEET_WRONGS && len + 1 < cap; w++)
        if (is_in(document_list(report, fleet_wrongs[w].member), name)) {
            snprintf(line + len, cap - len, "%s%s", count++ > 0 ? ", " : " ", fleet_wrongs[w].name);
            len += strlen(line + len);
        }
    snprintf(line + len, cap - len, "\n");
}

/* As many as fit. */
static void list_devices(char lines[LINES_MAX], const json_t *report, const json_t *devices)
{
    size_t len = 0;
    lines[0] = '\0';
    for (size_t i = 0; i < json_array_size(devices) && len + LINE_MAX_BYTES < LINES_MAX; i++) {
        const char *name = json_string_value(json_array_get(devices, i));
        list_device(lines + len, LINE_MAX_BYTES, report, name != NULL ? name : "?");
        len += strlen(lines + len);
    }
}

static void add_unit(struct junit *j, const json_t *report, const json_t *unit)
{
    static char lines[LINES_MAX];
    char message[80];
    const json_t *wrong = document_list(unit, "wrong");
    struct junit_case c = {"unit", document_text(unit, "unit"), JUNIT_PASSED, NULL, NULL};
    if (json_array_size(wrong) > 0) {
        list_devices(lines, report, wrong);
        snprintf(message, sizeof message,
                 "of %llu devices the server's word or the state is wrong: %zu",
                 (unsigned long long)document_number(unit, "devices"), json_array_size(wrong));
        c = (struct junit_case){c.classname, c.name, JUNIT_FAILED, message, lines};
    }
    junit_add(j, &c);
}

/* A case with a number that must be at most so high. */
static void add_limit(struct junit *j, const char *name, uint64_t number, uint64_t most)
{
    char message[80];
    struct junit_case c = {"rollout", name, JUNIT_PASSED, NULL, NULL};
    snprintf(message, sizeof message, "%llu, and may be %llu", (unsigned long long)number,
             (unsigned long long)most);
    if (number > most)
        c = (struct junit_case){c.classname, c.name, JUNIT_FAILED, message, NULL};
    junit_add(j, &c);
}

void junit_fleet(struct junit *j, const json_t *report)
{
    const json_t *units = document_list(report, "units");
    const json_t *gateway = json_object_get(report, "gateway");
    const json_t *server = json_object_get(report, "server");
    if (json_array_size(units) == 0) /* it ended before anything was judged */
        return;
    junit_suite(j, "rehearse fleet");
    for (size_t i = 0; i < json_array_size(units); i++)
        add_unit(j, report, json_array_get(units, i));
    add_limit(j, "no action is offered again after it was closed",
              document_number(report, "offered_again"), 0);
    add_limit(j, "the gateway does not follow a server to another host",
              document_number(server, "followed"), 0);
    add_limit(j, "the gateway's memory, in KB", document_number(gateway, "memory_kb"),
              document_number(gateway, "memory_limit_kb"));
}
