#include "museum/suite/judgement.h"

#include <stdio.h>
#include <string.h>

static bool matches(const struct judgement *j, unsigned i, const struct conformance_finding *f)
{
    const struct expected row = expected_on(&j->exhibit->rows[i], j->soc);
    return row.symptom == f->symptom && (row.check == NULL || strcmp(row.check, f->check) == 0) &&
           (row.where == ANY || row.where == f->where) &&
           (row.have == ANY || row.have == f->have) &&
           (row.rule == NULL || strcmp(row.rule, f->rule) == 0);
}

static unsigned kept(const struct conformance_report *r)
{
    return r->count < CONFORMANCE_FINDINGS ? r->count : CONFORMANCE_FINDINGS;
}

static bool is_row(const struct exhibit *e, unsigned i)
{
    return i < EXPECTED_MAX && e->rows[i].symptom != SYMPTOM_NONE;
}

const struct conformance_finding *judgement_found(const struct judgement *j, unsigned i)
{
    for (unsigned n = 0; n < kept(j->report); n++)
        if (matches(j, i, &j->report->finding[n]))
            return &j->report->finding[n];
    return NULL;
}

static bool foreseen(const struct judgement *j, const struct conformance_finding *f)
{
    const struct exhibit *e = j->exhibit;
    bool changes_setups = strcmp(f->check, "option_swap") == 0;
    if (e->setups != 0 && (f->setups & ~e->setups) != 0 && !changes_setups)
        return false;
    for (unsigned i = 0; is_row(e, i); i++)
        if (matches(j, i, f))
            return true;
    return false;
}

void judge(struct judgement *j, const struct exhibit *e, const struct soc *soc,
           const struct conformance_report *report)
{
    *j = (struct judgement){.exhibit = e, .soc = soc, .report = report};
    j->caught = is_row(e, 0) && report->count <= CONFORMANCE_FINDINGS;
    for (unsigned i = 0; is_row(e, i); i++) {
        j->missing[i] = expected_applies(&e->rows[i], soc) && judgement_found(j, i) == NULL;
        j->caught &= !j->missing[i];
    }
    for (unsigned n = 0; n < kept(report); n++) {
        j->unforeseen[n] = !foreseen(j, &report->finding[n]);
        j->caught &= !j->unforeseen[n];
    }
}

void judgement_showed(const struct judgement *j, char text[JUDGEMENT_TEXT])
{
    char symptom[CONFORMANCE_TEXT];
    text[0] = '\0';
    for (unsigned i = 0; i < j->exhibit->shown; i++) {
        const struct conformance_finding *f = judgement_found(j, i);
        size_t at = strlen(text);
        if (f != NULL)
            snprintf(text + at, JUDGEMENT_TEXT - at, "%s%s (%s)", at == 0 ? "" : "; ",
                     conformance_symptom_text(f, symptom), f->check);
    }
    if (text[0] == '\0')
        strcpy(text, "-");
}

void judgement_row(const struct judgement *j, unsigned i, char text[JUDGEMENT_TEXT])
{
    char symptom[CONFORMANCE_TEXT];
    const struct expected row = expected_on(&j->exhibit->rows[i], j->soc);
    const struct conformance_finding f = {
        .symptom = row.symptom, .where = row.where, .have = row.have};
    snprintf(text, JUDGEMENT_TEXT, "%s: %s", row.check != NULL ? row.check : "any check",
             conformance_symptom_text(&f, symptom));
}
