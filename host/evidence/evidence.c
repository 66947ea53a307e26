#include "host/evidence/evidence.h"

#include <string.h>

const char *const evidence_outcome_names[EVIDENCE_OUTCOMES] = {
    [EVIDENCE_NOT_RUN] = "not run", [EVIDENCE_PASSED] = "passed", [EVIDENCE_FAILED] = "failed"};

const struct evidence_kind evidence_kinds[EVIDENCE_KINDS] = {
    {"verify old", "verify-old.json", "old image", true},
    {"verify new", "verify-new.json", "new image", true},
    {"fit old", "fit-old.json", "old image", true},
    {"fit new", "fit-new.json", "new image", true},
    {"rehearsal", "rehearsal.json", NULL, true},
    {"keys", "keys.json", NULL, true},
    {"configuration", "configuration.json", NULL, false},
    {"sbom", "verify-sbom.json", "new image", false},
};

const struct evidence_kind *evidence_kind(const char *name)
{
    for (unsigned i = 0; i < EVIDENCE_KINDS; i++)
        if (strcmp(evidence_kinds[i].name, name) == 0)
            return &evidence_kinds[i];
    return NULL;
}

const struct evidence_input *evidence_input(const struct evidence *e, const char *role)
{
    for (unsigned i = 0; i < e->input_count; i++)
        if (strcmp(e->input[i].role, role) == 0)
            return &e->input[i];
    return NULL;
}

bool evidence_is_against(const struct evidence_check *c)
{
    const struct evidence_kind *kind = evidence_kind(c->name);
    bool needed = kind == NULL || kind->required || c->command != NULL;
    return c->outcome == EVIDENCE_FAILED || (c->outcome == EVIDENCE_NOT_RUN && needed);
}

bool evidence_passed(const struct evidence *e)
{
    for (unsigned i = 0; i < e->check_count; i++)
        if (evidence_is_against(&e->check[i]))
            return false;
    return true;
}
