#include "rehearse/closure/closure_event.h"

#include <stdio.h>

#define BYTES_SHOWN 24u /* of a word */

const char *closure_event_name(const struct closure_event *e)
{
    static const char *const names[EVENT_KINDS] = {
        [EVENT_POWER] = "boot", [EVENT_LOG] = "log",   [EVENT_CUT] = "cut",
        [EVENT_RUNS] = "runs",  [EVENT_REST] = "rest", [EVENT_FAULT] = "fault"};
    if (e->kind == EVENT_OPERATION)
        return e->op.erase ? "erase" : "program";
    return names[e->kind];
}

const char *closure_event_images(const struct closure_event *e)
{
    static const char names[IMG_COUNT][IMG_COUNT][3] = {[IMG_A] = {"A", "AA", "AB", "AC", "AD"},
                                                        [IMG_B] = {"B", "BA", "BB", "BC", "BD"},
                                                        [IMG_C] = {"C", "CA", "CB", "CC", "CD"},
                                                        [IMG_D] = {"D", "DA", "DB", "DC", "DD"}};
    return names[e->running][e->beside];
}

void closure_event_allowed(const struct closure_event *e, char text[CLOSURE_ALLOWED_MAX])
{
    int len = 0;
    text[0] = '\0';
    for (int i = IMG_A; i < IMG_COUNT; i++)
        if (e->allowed & IMG_BIT(i))
            len += snprintf(text + len, CLOSURE_ALLOWED_MAX - (size_t)len, "%s%c",
                            len > 0 ? " or " : "", 'A' + i - IMG_A);
}

static void operation_text(const struct closure_op *op, char *line)
{
    int n = snprintf(line, CLOSURE_LINE_MAX, "%4u  %s 0x%04x", (unsigned)op->number,
                     op->erase ? "erase" : "program", (unsigned)op->offset);
    for (uint32_t i = 0; !op->erase && i < op->size && i < BYTES_SHOWN; i++)
        n += snprintf(line + n, CLOSURE_LINE_MAX - (size_t)n, "%s%02x", i % 8 ? "" : " ",
                      op->bytes[i]);
}

static void cut_text(const struct closure_event *e, char *line)
{
    char arg[8] = "";
    if (e->cut.arg)
        snprintf(arg, sizeof(arg), "%u", e->cut.arg);
    snprintf(line, CLOSURE_LINE_MAX, "      power is cut at operation %u: %s%s", e->cut.op,
             cut_kind_name((enum cut_kind)e->cut.kind), arg);
}

static void fault_text(const struct closure_event *e, char *line)
{
    char detail[80] = "", allowed[CLOSURE_ALLOWED_MAX];
    closure_event_allowed(e, allowed);
    if (e->fault == FAULT_RULE)
        snprintf(detail, sizeof(detail), " (offset 0x%x)", (unsigned)e->offset);
    else if (e->err)
        snprintf(detail, sizeof(detail), " (error %d)", (int)e->err);
    else if (e->running)
        snprintf(detail, sizeof(detail), " (image %s%s%s)", closure_event_images(e),
                 allowed[0] ? "; allowed: " : "", allowed);
    snprintf(line, CLOSURE_LINE_MAX, "      VIOLATION: %s%s", closure_fault_text(e->fault), detail);
}

void closure_event_text(const struct closure_event *e, char line[CLOSURE_LINE_MAX])
{
    switch (e->kind) {
    case EVENT_POWER:
        snprintf(line, CLOSURE_LINE_MAX, "----- power on %u", e->session);
        break;
    case EVENT_OPERATION:
        operation_text(&e->op, line);
        break;
    case EVENT_CUT:
        cut_text(e, line);
        break;
    case EVENT_RUNS:
        snprintf(line, CLOSURE_LINE_MAX, "      undisturbed: image %s runs, stage %u",
                 closure_event_images(e), e->stage);
        break;
    case EVENT_REST:
        snprintf(line, CLOSURE_LINE_MAX,
                 "----- at rest; is it the end, and does it take a further update?");
        break;
    case EVENT_FAULT:
        fault_text(e, line);
        break;
    default:
        snprintf(line, CLOSURE_LINE_MAX, "      %s", e->text);
    }
}
