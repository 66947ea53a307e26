/* document.h - members of a report's JSON document, which may be anything: a file that was edited, torn or made by somebody
 * else. What is missing or of another type counts as empty, so that a page never needs to ask. object may be NULL, and of
 * any type. jansson's own json_array_size and json_array_get take NULL, too. */
#ifndef HOST_REPORT_DOCUMENT_H
#define HOST_REPORT_DOCUMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* "" unless it is a text. Lives as long as the document. */
const char *document_text(const json_t *object, const char *key);
/* 0 unless it is a number of at least 0; of a number with a fraction the whole part. At most INT64_MAX. */
uint64_t document_number(const json_t *object, const char *key);
bool document_has_number(const json_t *object, const char *key);
/* False unless it is true. */
bool document_flag(const json_t *object, const char *key);
/* NULL unless it is an array. */
const json_t *document_list(const json_t *object, const char *key);

#endif
