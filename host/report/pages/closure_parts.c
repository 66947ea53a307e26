#include "host/report/pages/closure_parts.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/base/compiler.h"
#include "host/report/document.h"
#include "host/report/page.h"

/* ---- rows ---- */

const struct closure_outcome closure_outcomes[CLOSURE_OUTCOMES] = {
    {"violated", PAGE_BAD, false},
    {"not finished", PAGE_OTHER, false},
    {"no violation", PAGE_GOOD, true},
};

static const char *bound_of(const json_t *row)
{
    return document_text(row, "bounded");
}

const struct closure_outcome *closure_outcome(const json_t *row)
{
    if (document_number(row, "violations") > 0)
        return &closure_outcomes[0];
    return &closure_outcomes[bound_of(row)[0] != '\0' ? 1 : 2];
}

void closure_reason(char text[CLOSURE_SENTENCE], const json_t *row)
{
    const struct closure_outcome *o = closure_outcome(row);
    const char *fault = document_text(row, "fault"), *bound = bound_of(row);
    const bool both = fault[0] != '\0' && bound[0] != '\0';
    snprintf(text, CLOSURE_SENTENCE, "%.190s%s%.190s", fault, both ? "; " : "", bound);
    if (o->is_good)
        text[0] = '\0';
    else if (text[0] == '\0')
        snprintf(text, CLOSURE_SENTENCE, "%s", o->word);
}

/* ---- a session in words ---- */

/* "secondary slot", "secondary slot, trailer"; "flash" where no area is. */
static void place_of(char text[80], const json_t *path, const json_t *operation)
{
    const json_t *areas = document_list(path, "areas");
    const uint64_t at = document_number(operation, "offset");
    snprintf(text, 80, "flash");
    for (size_t i = 0; i < json_array_size(areas); i++) {
        const json_t *area = json_array_get(areas, i);
        const uint64_t offset = document_number(area, "offset");
        const uint64_t size = document_number(area, "size");
        const uint64_t trailer = document_number(area, "trailer");
        if (at < offset || at - offset >= size)
            continue;
        const bool in_trailer = trailer <= size && at - offset >= size - trailer;
        snprintf(text, 80, "%.60s%s", document_text(area, "name"), in_trailer ? ", trailer" : "");
        return;
    }
}

static void cut_sentence(char *text, size_t cap, const json_t *path, const json_t *operation,
                         const json_t *cut)
{
    char place[80];
    const bool after = strcmp(document_text(cut, "how"), "after") == 0;
    const unsigned long long number = document_number(cut, "operation");
    const char *in = document_text(cut, "in");
    place_of(place, path, operation);
    if (operation == NULL || number == 0)
        snprintf(text, cap, "power is cut in the %.20s, before any flash operation.", in);
    else
        snprintf(text, cap,
                 "power is cut in the %.20s, %s operation %llu, %s at 0x%04llx (%s): %.120s.", in,
                 after ? "after" : "at", number,
                 strcmp(document_text(operation, "kind"), "erase") == 0 ? "an erase" : "a program",
                 (unsigned long long)document_number(operation, "offset"), place,
                 document_text(cut, "left"));
}

void closure_sentence(char text[CLOSURE_SENTENCE], const json_t *path, const json_t *operation,
                      const json_t *outcome)
{
    const char *kind = document_text(outcome, "kind");
    const int at =
        snprintf(text, CLOSURE_SENTENCE,
                 "Power on %llu: ", (unsigned long long)document_number(outcome, "session"));
    char *to = text + at;
    const size_t cap = CLOSURE_SENTENCE - (size_t)at;
    if (strcmp(kind, "cut") == 0)
        cut_sentence(to, cap, path, operation, outcome);
    else if (strcmp(kind, "runs") == 0)
        snprintf(to, cap, "not disturbed; image %.8s runs.", document_text(outcome, "image"));
    else if (strcmp(kind, "rest") == 0)
        snprintf(to, cap, "nothing changes any more; it is judged, and a further update is tried.");
    else
        snprintf(to, cap, "%.300s", document_text(outcome, "text"));
}

bool closure_is_outcome(const json_t *step)
{
    static const char *const kinds[] = {"cut", "runs", "rest", "fault"};
    for (unsigned i = 0; i < ARRAY_LEN(kinds); i++)
        if (strcmp(document_text(step, "kind"), kinds[i]) == 0)
            return true;
    return false;
}
