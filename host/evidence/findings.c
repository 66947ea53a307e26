#include "host/evidence/findings.h"

void findings_add(struct findings *f, enum severity severity, const char *what,
                  const char *evidence, const char *next)
{
    const struct finding more = {FAULT, "there are more findings than a document holds", NULL,
                                 NULL};
    if (f->count == FINDINGS_MAX)
        f->finding[FINDINGS_MAX - 1] = more;
    else
        f->finding[f->count++] = (struct finding){severity, what, evidence, next};
}

int findings_begin(struct document *d, const char *report, const struct findings_about *a)
{
    int code = document_begin(d);
    if (code != CLI_DONE)
        return code;
    json_string(&d->json, "report", report);
    json_number(&d->json, "schema", EVIDENCE_SCHEMA);
    json_string(&d->json, "program", a->program);
    json_string(&d->json, "command", a->command);
    return CLI_DONE;
}

int findings_end(struct document *d, const struct findings *f, struct cli_blob *b)
{
    bool passed = true;
    json_array(&d->json, "findings");
    for (unsigned i = 0; i < f->count; i++) {
        const struct finding *x = &f->finding[i];
        passed &= x->severity != FAULT;
        json_object(&d->json, NULL);
        json_string(&d->json, "severity", x->severity == FAULT ? "fault" : "warning");
        json_string(&d->json, "what", x->what);
        json_string(&d->json, "evidence", x->evidence);
        json_string(&d->json, "next", x->next);
        json_end(&d->json);
    }
    json_end(&d->json);
    json_string(&d->json, "verdict", passed ? "passed" : "failed");
    return document_end(d, b);
}
