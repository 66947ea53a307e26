/* museum_json.h - an exhibit as a member of the museum's JSON document (docs/json.md). */
#ifndef MUSEUM_SUITE_MUSEUM_JSON_H
#define MUSEUM_SUITE_MUSEUM_JSON_H

#include "host/cli/core/cli.h"
#include "museum/suite/judgement.h"

/* An object in the array that is open. Only the findings that show the exhibit best have the accesses before them:
 * those of all together are megabytes. */
void museum_json_exhibit(struct json *j, const struct judgement *judged);

#endif
