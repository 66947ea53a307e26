#include "host/rehearsal/flash_json.h"

static void access_json(struct json *j, const struct conformance_access *a)
{
    static const char *const kinds[] = {
        [ACCESS_READ] = "read", [ACCESS_WRITE] = "write", [ACCESS_BARRIER] = "barrier"};
    char text[CONFORMANCE_TEXT];
    json_object(j, NULL);
    json_string(j, "access", kinds[a->kind]);
    json_string(j, "register", conformance_access_text(a, text));
    if (a->kind != ACCESS_BARRIER)
        json_number(j, "address", a->address);
    if (a->has_value)
        json_number(j, "value", a->value);
    if (conformance_access_bits(a, text)[0] != '\0')
        json_string(j, "bits", text);
    if (a->count > 1)
        json_number(j, "count", a->count);
    if (a->flash)
        json_number(j, "bytes", a->bytes);
    if (a->first)
        json_bool(j, "call_begins", true);
    json_end(j);
}

static void setups_json(struct json *j, unsigned setups)
{
    json_array(j, "setups");
    for (unsigned w = 0; w < SETUP_COUNT; w++)
        if ((setups >> w & 1) != 0)
            json_string(j, NULL, conformance_setup_text((enum conformance_setup)w));
    json_end(j);
}

void flash_json_finding(struct json *j, const struct conformance_finding *f, bool trace)
{
    char text[CONFORMANCE_TEXT];
    json_string(j, "check", f->check);
    json_string(j, "action", f->action);
    json_number(j, "offset", f->off);
    json_number(j, "length", f->len);
    json_string(j, "symptom", conformance_symptom_text(f, text));
    setups_json(j, f->setups);
    if (!trace)
        return;
    json_array(j, "trace");
    for (unsigned i = 0; i < f->trace_count; i++)
        access_json(j, &f->trace[i]);
    json_end(j);
}

static void row_json(struct json *j, const struct conformance_row *row)
{
    json_object(j, NULL);
    json_string(j, "check", row->check);
    json_string(j, "asks", conformance_question(row->check));
    json_object(j, "outcomes");
    for (unsigned w = 0; w < SETUP_COUNT; w++)
        json_string(j, conformance_setup_text((enum conformance_setup)w),
                    conformance_outcome_text(row->outcome[w]));
    json_end(j);
    json_end(j);
}

void flash_json_counts(struct json *j, const struct conformance_report *r)
{
    json_number(j, "checks", r->checks);
    json_number(j, "calls", r->calls);
    json_number(j, "finding_count", r->count);
}

void flash_json_report(struct json *j, const char *driver, const char *part,
                       const struct conformance_report *r)
{
    char text[CONFORMANCE_TEXT];
    json_string(j, "driver", driver);
    json_string(j, "part", part);
    flash_json_counts(j, r);
    if (conformance_left_out(r, text) != NULL)
        json_string(j, "left_out", text);
    setups_json(j, SETUPS_ALL);
    json_array(j, "table");
    for (unsigned i = 0; i < r->rows; i++)
        row_json(j, &r->row[i]);
    json_end(j);
    json_array(j, "findings");
    for (unsigned i = 0; i < r->count && i < CONFORMANCE_FINDINGS; i++) {
        json_object(j, NULL);
        flash_json_finding(j, &r->finding[i], true);
        json_end(j);
    }
    json_end(j);
}
