/* closure_event.h - what happens while a violation is replayed, one event after another. The printed replay, the JSON
 * document and the ELF's replay are made of the same events. */
#ifndef REHEARSE_CLOSURE_CLOSURE_EVENT_H
#define REHEARSE_CLOSURE_CLOSURE_EVENT_H

#include "rehearse/closure/closure_scene.h"

#define CLOSURE_LINE_MAX 320u /* of an event as text, with its NUL */

enum closure_event_kind {
    EVENT_POWER,     /* power comes on */
    EVENT_LOG,       /* text: a line of the bootloader, or what the replay has to say */
    EVENT_OPERATION, /* op is about to begin */
    EVENT_CUT,       /* power went as cut says */
    EVENT_RUNS,      /* the session ended undisturbed: running, beside, stage */
    EVENT_REST, /* the device is at rest: from here on, the check of that, which takes a further update */
    EVENT_FAULT, /* fault; of FAULT_RULE the offset, else err */
    EVENT_KINDS
};

/* The members that its kind does not name are zero. What it points to is valid until the sink returns. */
struct closure_event {
    enum closure_event_kind kind;
    unsigned session; /* from 1 */
    struct closure_op op;
    struct cut cut;
    uint8_t running,
        beside; /* enum closure_image; of a cut: the application that was cut, or IMG_NONE for a boot */
    uint8_t allowed; /* IMG_BITs: may run */
    uint8_t stage;
    enum closure_fault fault;
    enum err err;
    uint32_t offset;  /* bytes from the start of the device */
    const char *text; /* one line, without its end */
};

struct closure_sink {
    void (*event)(void *ctx, const struct closure_event *e); /* NULL: nobody listens */
    void *ctx;
};

/* "boot", "erase", "program", ...: what the kind is called in documents. */
const char *closure_event_name(const struct closure_event *e);
/* "A"; with two images the second letter is image 1's, "AB"; "" if none runs. */
const char *closure_event_images(const struct closure_event *e);
/* "A or B": those that may run. */
#define CLOSURE_ALLOWED_MAX 24u
void closure_event_allowed(const struct closure_event *e, char text[CLOSURE_ALLOWED_MAX]);
/* The line of a printed replay, without its end. A longer one is cut. */
void closure_event_text(const struct closure_event *e, char line[CLOSURE_LINE_MAX]);

#endif
