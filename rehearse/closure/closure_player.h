/* closure_player.h - internal to the closure's replays: who plays the sessions of a sequence. */
#ifndef REHEARSE_CLOSURE_CLOSURE_PLAYER_H
#define REHEARSE_CLOSURE_CLOSURE_PLAYER_H

#include "rehearse/closure/closure.h"

struct player {
    struct closure_model
        *model;        /* whose scene it is: the toy's, or that of the device of full size */
    unsigned sessions; /* so far */
    void (*say)(const char *line);
    /* One session, cut as c says. False, once it has been said why, if it cannot be played. */
    bool (*session)(struct player *p, const struct cut *c, struct closure_session *s);
};

/* A session of a toy from power-on. If it was cut, before (may be NULL) holds what was in the sector that model->f.where
 * names, in front of the operation that was cut. */
void closure_toy_session(struct closure_model *toy, const struct cut *c, struct closure_session *s,
                         struct draft *before);

/* closure_board.c: a player on the board. False, with *why, if the configuration cannot be carried over. */
bool closure_board_open(const struct closure_config *c, uint32_t abstract,
                        const struct closure_board *board, void (*say)(const char *line),
                        struct player **p, const char **why);
void closure_board_close(void);

#endif
