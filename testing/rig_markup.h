/* rig_markup.h - for tests of reports: is a text well-formed XML, as far as our pages and files use it? */
#ifndef TESTING_RIG_MARKUP_H
#define TESTING_RIG_MARKUP_H

#include <stdbool.h>
#include <stddef.h>

#define RIG_MARKUP_WHY_MAX 200u

/* One element outermost; each start tag has its end tag; attributes in quotes, none twice; only the entities that markup
 * writes; UTF-8 without what XML 1.0 forbids, and without what acts on a terminal or reorders text. The text ends with
 * a NUL. False, with why. */
bool rig_markup_is_well_formed(const char *text, char why[RIG_MARKUP_WHY_MAX]);

/* How often a text is in another. */
size_t rig_markup_count(const char *text, const char *wanted);

#endif
