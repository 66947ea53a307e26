#include "museum/suite/museum_json.h"

#include "host/rehearsal/flash_json.h"

/* Is it one of those that stand in the museum's table? */
static bool is_shown(const struct judgement *judged, const struct conformance_finding *f)
{
    for (unsigned i = 0; i < judged->exhibit->shown; i++)
        if (judgement_found(judged, i) == f)
            return true;
    return false;
}

static void findings_json(struct json *j, const struct judgement *judged)
{
    const struct conformance_report *r = judged->report;
    json_array(j, "findings");
    for (unsigned n = 0; n < r->count && n < CONFORMANCE_FINDINGS; n++) {
        json_object(j, NULL);
        flash_json_finding(j, &r->finding[n],
                           judged->unforeseen[n] || is_shown(judged, &r->finding[n]));
        json_end(j);
    }
    json_end(j);
}

static void differences_json(struct json *j, const struct judgement *judged)
{
    char text[JUDGEMENT_TEXT];
    json_array(j, "missing");
    for (unsigned i = 0; i < EXPECTED_MAX; i++) {
        if (!judged->missing[i])
            continue;
        judgement_row(judged, i, text);
        json_string(j, NULL, text);
    }
    json_end(j);
    json_array(j, "unexpected");
    for (unsigned n = 0; n < CONFORMANCE_FINDINGS; n++)
        if (judged->unforeseen[n])
            json_string(j, NULL, conformance_text(&judged->report->finding[n], text));
    json_end(j);
}

void museum_json_exhibit(struct json *j, const struct judgement *judged)
{
    char text[JUDGEMENT_TEXT];
    const struct exhibit *e = judged->exhibit;
    json_object(j, NULL);
    json_string(j, "name", e->name);
    json_number(j, "entry", e->entry);
    json_string(j, "source", e->source);
    json_bool(j, "caught", judged->caught);
    judgement_showed(judged, text);
    json_string(j, "showed", text);
    flash_json_counts(j, judged->report);
    differences_json(j, judged);
    findings_json(j, judged);
    json_end(j);
}
