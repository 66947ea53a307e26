/* journal_line.c - written by jansson; apart from the rest, because its functions have the names of those in cli.h. Of
 * them only json_pack is used here, whose name is not one of these. */
#include "host/gateway/store/journal_line.h"

#include <jansson.h>

static char *line_of(json_t *object)
{
    char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    return text;
}

char *journal_event_line(const struct journal_event *e)
{
    return line_of(json_pack("{sI sI ss ss ss}", "event", (json_int_t)e->id, "time",
                             (json_int_t)e->time, "controller", e->controller, "action", e->action,
                             "text", e->text));
}

char *journal_action_line(const struct journal_action *a)
{
    return line_of(json_pack(
        "{ss ss ss ss sI sI sb ss ss ss ss ss}", "controller", a->controller, "action", a->id,
        "state", journal_state_name(a->state), "step", a->step, "since", (json_int_t)a->since,
        "attempts", (json_int_t)a->attempts, "reported", a->reported, "reason", a->reason,
        "version", a->version, "hash", a->hash, "file", a->file, "artifact", a->artifact));
}
