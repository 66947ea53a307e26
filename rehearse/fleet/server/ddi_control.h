/* ddi_control.h - what a judge asks of the stand-in server: a JSON object, answered with one.
 *
 *   {"cmd":"target","controller":C,"token":T}        a target with a token of its own
 *   {"cmd":"assign","file":PATH,"version":V,"controllers":[C,...]}
 *       and, if wanted: filename, name, part ("os"), download and update ("forced", "attempt", "skip"), window
 *       ("available", "unavailable"). An older action of a controller that is open is to be cancelled, as in hawkBit.
 *       -> {"artifact":ID,"actions":[ID,...]}
 *   {"cmd":"cancel","controllers":[C,...]}           its open action is to be cancelled -> {"changed":N}
 *   {"cmd":"change","controllers":[C,...],"window":W}  also update, download: of the open action -> {"changed":N}
 *   {"cmd":"reopen","action":ID}                     offer an action again that is over -> {"changed":N}
 *   {"cmd":"actions"}   -> {"actions":[{id, controller, version, status, execution, finished, details, feedbacks,
 *                          late},...]}: the last word that came in time, and how many came, and came too late
 *   {"cmd":"targets"}   -> {"targets":[{controller, requests, attributes},...]}
 *   {"cmd":"counts"}    -> polls, downloads, ranges, unauthorized, bad_feedback, feedback_after_closed,
 *                          offered_after_closed, followed (requests at the other host), and a count of each fault
 *   {"cmd":"faults","percent":P,"kinds":[KIND,...],"seed":N}   from now on; without kinds: all (ddi_fault.h)
 *
 * An error: {"error":"text"}, with status 400. */
#ifndef REHEARSE_FLEET_SERVER_DDI_CONTROL_H
#define REHEARSE_FLEET_SERVER_DDI_CONTROL_H

#include "rehearse/fleet/server/ddi_fault.h"
#include "rehearse/fleet/server/ddi_request.h"

/* The caller frees the answer. *status is HTTP's. */
char *ddi_control(struct ddi *d, struct ddi_faults *faults, const char *body, size_t len,
                  unsigned *status);

#endif
