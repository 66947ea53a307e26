/* ddi_write.c - what a device tells a DDI server, written by jansson. All values are made by json_pack: json_string, json_array
 * and json_object are, in this program, those of cli.h. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "host/gateway/server/ddi.h"
#include "host/gateway/server/ddi_text.h"

static const char *const executions[] = {
    [DDI_PROCEEDING] = "proceeding", [DDI_DOWNLOAD] = "download", [DDI_DOWNLOADED] = "downloaded",
    [DDI_SCHEDULED] = "scheduled",   [DDI_RESUMED] = "resumed",   [DDI_REJECTED] = "rejected",
    [DDI_CLOSED] = "closed",
};
static const char *const finished[] = {
    [DDI_FINISHED_NONE] = "none",
    [DDI_FINISHED_SUCCESS] = "success",
    [DDI_FINISHED_FAILURE] = "failure",
};

/* v is released; NULL gives NULL. */
static char *text_of(json_t *v)
{
    char *text = v != NULL ? json_dumps(v, JSON_COMPACT) : NULL;
    json_decref(v);
    return text;
}

static json_t *detail(const char *text)
{
    char clean[DDI_TEXT_BYTES(DDI_DETAIL_CHARACTERS)];
    ddi_text_clean(clean, text, DDI_DETAIL_CHARACTERS);
    return json_pack("s", clean);
}

static json_t *details_of(const char *const *details, size_t count)
{
    char more[40];
    json_t *list = json_pack("[]");
    bool all = count <= DDI_DETAILS_MAX;
    size_t kept = all ? count : DDI_DETAILS_MAX - 1;
    int failed = list == NULL;
    for (size_t i = 0; i < kept && !failed; i++)
        failed = json_array_append_new(list, detail(details[i]));
    snprintf(more, sizeof more, "... and %zu more", count - kept);
    if (!all && !failed)
        failed = json_array_append_new(list, json_pack("s", more));
    if (!failed)
        return list;
    json_decref(list);
    return NULL;
}

/* "20261130T080000", UTC. "": the clock says a year that has not four digits. */
static void print_time(char text[16], int64_t unix_s)
{
    time_t t = (time_t)unix_s;
    struct tm tm;
    text[0] = '\0';
    if (gmtime_r(&t, &tm) != NULL && tm.tm_year >= 0 && tm.tm_year <= 9999 - 1900)
        strftime(text, 16, "%Y%m%dT%H%M%S", &tm);
}

char *ddi_write_feedback(const struct ddi_feedback *f)
{
    char time[16], id[DDI_TEXT_BYTES(DDI_ID_MAX)];
    json_t *progress = NULL, *details = details_of(f->details, f->detail_count);
    print_time(time, f->time);
    ddi_text_clean(id, f->id, DDI_ID_MAX);
    if (f->of > 0)
        progress = json_pack("{s:I, s:I}", "cnt", (json_int_t)f->cnt, "of", (json_int_t)f->of);
    if (details == NULL || (f->of > 0 && progress == NULL)) {
        json_decref(progress);
        json_decref(details);
        return NULL;
    }
    /* o takes the reference also if packing fails; * leaves the key of a NULL out. */
    return text_of(json_pack("{s:s, s:s, s:{s:s, s:{s:s, s:o*}, s:o}}", "id", id, "time", time,
                             "status", "execution", executions[f->execution], "result", "finished",
                             finished[f->finished], "progress", progress, "details", details));
}

static int put_attribute(json_t *data, const struct ddi_attribute *a)
{
    char key[DDI_TEXT_BYTES(DDI_ATTRIBUTE_MAX)], value[DDI_TEXT_BYTES(DDI_ATTRIBUTE_MAX)];
    ddi_text_clean(key, a->key, DDI_ATTRIBUTE_MAX);
    ddi_text_clean(value, a->value, DDI_ATTRIBUTE_MAX);
    return json_object_set_new(data, key, json_pack("s", value));
}

char *ddi_write_config_data(const struct ddi_attribute *list, size_t count)
{
    json_t *data = json_pack("{}");
    int failed = data == NULL;
    for (size_t i = 0; i < count && !failed; i++)
        failed = put_attribute(data, &list[i]);
    if (!failed)
        return text_of(json_pack("{s:s, s:o}", "mode", "merge", "data", data));
    json_decref(data);
    return NULL;
}

char *ddi_write_confirmation(bool yes, const char *const *details, size_t detail_count)
{
    json_t *list = details_of(details, detail_count);
    return list == NULL
               ? NULL
               : text_of(json_pack("{s:s, s:i, s:o}", "confirmation", yes ? "confirmed" : "denied",
                                   "code", yes ? 1 : 0, "details", list));
}
