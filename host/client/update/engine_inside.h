/* engine_inside.h - shared by the engine_*.c of this folder only: the steps, and what they are made of.
 *
 * A step gives an order, or ends the update, and returns. An order names the step that gets its result. */
#ifndef HOST_CLIENT_UPDATE_ENGINE_INSIDE_H
#define HOST_CLIENT_UPDATE_ENGINE_INSIDE_H

#include "host/client/update/engine.h"

typedef void engine_step(struct update *u, const struct update_result *r);

/* ---- engine_look.c ---- */

void engine_order(struct update *u, enum update_order_kind kind, engine_step *then);
void engine_end(struct update *u, enum update_end why);
/* With the request's error in u->e and u->error. */
void engine_end_with(struct update *u, enum update_end why, const struct update_result *r);
void engine_tell(struct update *u, enum update_news news);
/* Wait for the device after a request that was lost with e; the words as in struct update_order. */
void engine_wait_after(struct update *u, enum err e, const char *event, const char *unknown,
                       engine_step *then);
/* Read the list into u->list, and go on. Lost answers are waited out; at last the update ends. */
void engine_look(struct update *u, engine_step *then);
/* Ask for a change, and look at the list where its answer is lost: c.after gets ERR_OK once it is settled, else the last
 * request's result. */
void engine_change(struct update *u, struct update_change c);

/* ---- engine_reset.c ---- */

/* The image is marked: reset, wait until it runs, and confirm it. */
void engine_reset(struct update *u);
/* The image is uploaded in place: out of serial recovery, and then the same. */
void engine_leave_recovery(struct update *u);
/* The image runs, on trial or for good. */
void engine_confirm(struct update *u);

#endif
