/* page_fleet.c - the page of `rehearse fleet`: what was reported of which units, and how the rollout went over time. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/compiler.h"
#include "host/report/document.h"
#include "host/report/page.h"
#include "host/report/pages/fleet_parts.h"
#include "host/report/pages/pages.h"

/* Drawn of a document that may have any number. */
#define UNITS_MAX 100u
#define NAMES_MAX 400u

static void put_figures(struct markup *m, const json_t *report)
{
    page_tiles_begin(m);
    page_tile(m, PAGE_OTHER, "devices", "%" PRIu64, document_number(report, "devices"));
    /* Without units nothing was judged. */
    for (unsigned i = 0; i < FLEET_WRONGS && json_object_get(report, "units") != NULL; i++) {
        const uint64_t count = fleet_wrong_count(report, &fleet_wrongs[i]);
        page_tile(m, count == 0 ? PAGE_GOOD : PAGE_BAD, fleet_wrongs[i].name, "%" PRIu64, count);
    }
    page_tiles_end(m);
}

/* ---- what is wrong ---- */

static void put_names(struct markup *m, const json_t *names)
{
    const size_t count = json_array_size(names);
    markup_open(m, "p");
    markup_attr(m, "class", "mono");
    for (size_t i = 0; i < count && i < NAMES_MAX; i++) {
        const char *name = json_string_value(json_array_get(names, i));
        markup_text(m, i > 0 ? ", " : NULL);
        markup_text(m, name);
    }
    if (count > NAMES_MAX)
        markup_textf(m, " and %zu more", count - NAMES_MAX);
    markup_close(m);
}

static void put_wrongs(struct markup *m, const json_t *report)
{
    bool begun = false;
    for (unsigned i = 0; i < FLEET_WRONGS; i++) {
        const struct fleet_wrong *w = &fleet_wrongs[i];
        if (fleet_wrong_count(report, w) == 0)
            continue;
        if (!begun)
            page_section(m, "wrong", "What is wrong");
        begun = true;
        markup_open(m, "h3");
        markup_classed(m, "b", PAGE_BAD, w->name);
        markup_close(m);
        page_say(m, "%s", w->meaning);
        put_names(m, document_list(report, w->member));
    }
}

/* ---- units ---- */

/* What happens to a unit of this kind; "" for a kind that this program does not know. */
static const char *story_of(const char *unit)
{
    static const struct {
        const char *unit, *story;
    } stories[] = {
        {"good", "power cuts at drawn flash operations, lost packets: success in the end"},
        {"board", "a virtual board with the ELF files: success in the end"},
        {"bad-flash", "the flash of the upload slot fails: the upload fails"},
        {"boot-loop", "the new image resets at once, and the old one comes back"},
        {"refuses", "the application refuses to confirm"},
        {"forgets", "the application says that it has confirmed, and has not"},
        {"resets", "it resets when it is to confirm, and the old image comes back"},
        {"vanishes", "it is silent from some point of the upload on"},
        {"no-return", "it is silent after the reset"},
    };
    for (unsigned i = 0; i < ARRAY_LEN(stories); i++)
        if (strcmp(stories[i].unit, unit) == 0)
            return stories[i].story;
    return "";
}

static void put_unit(struct markup *m, const json_t *unit)
{
    static const char *const numbers[] = {"devices", "success", "failure", "open", "new"};
    const bool right = json_array_size(document_list(unit, "wrong")) == 0;
    page_row(m);
    page_outcome(m, right ? PAGE_GOOD : PAGE_BAD, right ? "right" : "wrong");
    markup_classed(m, "td", "mono", document_text(unit, "unit"));
    page_cell(m, story_of(document_text(unit, "unit")));
    for (unsigned i = 0; i < ARRAY_LEN(numbers); i++)
        page_number(m, "%" PRIu64, document_number(unit, numbers[i]));
    page_row_end(m);
}

static void put_units(struct markup *m, const json_t *report)
{
    static const char *const heads[] = {
        "the server's word", "unit",  "what happens to it", "#devices", "#told success",
        "#told failure",     "#open", "#run the new image", NULL};
    const json_t *units = document_list(report, "units");
    if (json_array_size(units) == 0)
        return;
    page_section(m, "units", "Units");
    page_say(m,
             "What the server was told, beside what every device really runs. A bad unit must end "
             "as a failure; a success must be true.");
    page_table_begin(m, heads);
    for (size_t i = 0; i < json_array_size(units) && i < UNITS_MAX; i++)
        put_unit(m, json_array_get(units, i));
    page_table_end(m);
}

/* ---- gateway, server, options ---- */

static void put_gateway(struct markup *m, const json_t *report)
{
    const json_t *gateway = json_object_get(report, "gateway");
    const json_t *server = json_object_get(report, "server");
    if (!json_is_object(gateway) || !json_is_object(server))
        return;
    page_section(m, "gateway", "Gateway and server");
    page_facts_begin(m);
    page_factf(m, "gateway",
               "killed %" PRIu64 " times, a stopped rollout resumed %" PRIu64 " times",
               document_number(gateway, "kills"), document_number(gateway, "resumed"));
    page_factf(m, "its memory", "%" PRIu64 " MB at most; the limit is %" PRIu64 " MB",
               document_number(gateway, "memory_kb") / 1024,
               document_number(gateway, "memory_limit_kb") / 1024);
    page_factf(m, "server",
               "killed %" PRIu64 " times, %" PRIu64 " answers spoilt, %" PRIu64
               " downloads, %" PRIu64 " polls",
               document_number(server, "restarts"), document_number(server, "faults"),
               document_number(server, "downloads"), document_number(server, "polls"));
    page_facts_end(m);
}

static void put_options(struct markup *m, const json_t *report)
{
    static const struct {
        const char *key, *name, *unit;
    } options[] = {
        {"loss", "packets lost, each way", " %"},
        {"cuts", "flash operations with a power cut", " %"},
        {"bad", "bad units", " %"},
        {"busy", "devices busy at first", " %"},
        {"faults", "answers of the server that are spoilt", " %"},
        {"at_once", "updates at the same time", ""},
    };
    const json_t *given = json_object_get(report, "options");
    page_section(m, "options", "What was drawn, and by what");
    page_facts_begin(m);
    page_fact(m, "program", document_text(report, "program"));
    page_factf(m, "seed", "%" PRIu64, document_number(report, "seed"));
    page_factf(m, "virtual boards", "%" PRIu64 " of the devices",
               document_number(report, "boards"));
    for (unsigned i = 0; i < ARRAY_LEN(options); i++)
        if (json_is_number(json_object_get(given, options[i].key)))
            page_factf(m, options[i].name, "%.6g%s",
                       json_number_value(json_object_get(given, options[i].key)), options[i].unit);
    page_facts_end(m);
}

void page_fleet(struct markup *m, const json_t *report)
{
    put_figures(m, report);
    put_wrongs(m, report);
    fleet_chart(m, report);
    put_units(m, report);
    put_gateway(m, report);
    put_options(m, report);
}
