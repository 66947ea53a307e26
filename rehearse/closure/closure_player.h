/* closure_player.h - internal to the closure's replays: a player runs the sessions of a sequence, on the toy or on a
 * virtual board. */
#ifndef REHEARSE_CLOSURE_CLOSURE_PLAYER_H
#define REHEARSE_CLOSURE_CLOSURE_PLAYER_H

#include "rehearse/closure/closure.h"

#define CLOSURE_NO_SUCH_CUT \
    "the cut of this step does not exist here: the code or the geometry differs"

struct player {
    struct closure_model
        *model;        /* whose scene it is: the toy's, or that of the device of full size */
    unsigned sessions; /* so far */
    struct closure_sink sink;
    /* One session, cut as c says. False, with the reason sent, if that cut does not exist here. */
    bool (*session)(struct player *p, const struct cut *c, struct closure_session *s);
};

/* A session of a toy from power-on. If it was cut, before (may be NULL) holds what was in the sector that
 * model->f.where names, in front of the operation that was cut. */
void closure_toy_session(struct closure_model *toy, const struct cut *c, struct closure_session *s,
                         struct draft *before);

/* To the sink. The event's session is filled in. */
void closure_send(const struct player *p, struct closure_event e);
void closure_send_text(const struct player *p, const char *text);

/* A replay text "ROW,ABSTRACT: CUTS", taken apart. abstract: a bit for each sector of the toy whose torn contents
 * count as one. cuts points into text. False, with *why, if it is none. */
struct replay_text {
    struct closure_config row;
    uint32_t abstract;
    const char *cuts;
};
bool closure_replay_parse(const char *text, struct replay_text *r, const char **why);

/* Play all cuts, then undisturbed sessions until the violation shows or the device is at rest. False, with *why, if a
 * step cannot be played. */
bool closure_play(struct player *player, const char *cuts, enum closure_fault *fault,
                  const char **why);

#endif
