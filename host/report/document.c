#include "host/report/document.h"

#include <string.h>

const char *document_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

uint64_t document_number(const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);
    if (json_is_integer(v))
        return json_integer_value(v) > 0 ? (uint64_t)json_integer_value(v) : 0;
    const double real = json_is_real(v) ? json_real_value(v) : 0;
    if (!(real > 0))
        return 0;
    return real < 9e18 ? (uint64_t)real : INT64_MAX;
}

bool document_has_number(const json_t *object, const char *key)
{
    return json_is_number(json_object_get(object, key));
}

bool document_flag(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

const json_t *document_list(const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);
    return json_is_array(v) ? v : NULL;
}
