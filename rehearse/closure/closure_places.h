/* closure_places.h - internal to the closure's replays: from the toy's geometry to the board's. Payload is scaled,
 * trailers are the same word for word. */
#ifndef REHEARSE_CLOSURE_CLOSURE_PLACES_H
#define REHEARSE_CLOSURE_CLOSURE_PLACES_H

#include "core/update/swap/trailer.h"
#include "rehearse/closure/closure_player.h"
#include "vboard/vboard.h"

/* An operation of the toy, by its place. */
struct place {
    bool erase;
    uint32_t off; /* of the word or sector, from the start of the device */
    unsigned
        nth; /* operations at that place before it, in this boot or this part of the application */
};

/* A cut that is to come, and what it leaves. */
struct plan {
    bool on, in_app;
    struct place at;
    uint32_t real; /* the place on the board, from the start of flash */
    enum cut_kind kind;
    const struct closure_model *toy;
    const struct slot_pair *pair; /* of the board */
    struct draft before, after;   /* the toy's sector */
};

/* Fill in real and after. left: number of the content that the toy's cut has left. */
void places_plan(struct plan *p, const struct closure_model *toy, const struct slot_pair *pair,
                 uint32_t left);

/* How the board must cut its power, and then what to put into its cells so that they hold what the toy's cut has left.
 * src: the word that the application was about to program; NULL: a boot was cut. */
enum vboard_cut places_way(const struct plan *p);
void places_leave(struct vboard *v, const struct plan *p, const uint8_t *src);
void places_blank(struct vboard *v, uint32_t off, uint32_t len);

/* The flash operations of a boot. */
struct places_trace {
    uint32_t flash_base; /* of the board */
    FILE *file;
    char *text;
    size_t len;
    uint32_t ops; /* set by places_trace_check */
};
void places_trace_begin(struct places_trace *t, struct vboard *v);
void places_trace_end(struct places_trace *t, struct vboard *v);
/* Number, from 1, of the operation at that place; 0: there is none. */
uint64_t places_trace_find(struct places_trace *t, const struct place *p, uint32_t real);
/* Was each word that was programmed erased before, in this session, or one of later? Adds to the sectors that were
 * erased. If not, *where is the word. */
bool places_trace_check(struct places_trace *t, uint32_t sector,
                        const uint32_t later[CLOSURE_LATER], uint32_t *erased, uint32_t *where);
/* How many words at these offsets were programmed. */
unsigned places_trace_programs(struct places_trace *t, const uint32_t *offsets, unsigned count);
void places_trace_free(struct places_trace *t);

#endif
