/* ddi_feedback.h - what a device posts: feedback, and its attributes. Its text is not trusted. */
#ifndef REHEARSE_FLEET_SERVER_DDI_FEEDBACK_H
#define REHEARSE_FLEET_SERVER_DDI_FEEDBACK_H

#include "rehearse/fleet/server/ddi_store.h"

#define DDI_DETAILS_MAX 4096u /* bytes of all details, joined by newlines */

enum ddi_finished { FINISHED_NONE, FINISHED_SUCCESS, FINISHED_FAILURE };

struct ddi_feedback {
    char execution[DDI_WORD_MAX]; /* one of DDI's words */
    enum ddi_finished finished;
    char details[DDI_DETAILS_MAX]; /* cut if they are longer */
};

/* ERR_FORMAT: it is not JSON, or lacks a status, or a word is not one of DDI's. */
MUST_CHECK enum err ddi_feedback_read(const char *body, size_t len, struct ddi_feedback *f);

/* Take the feedback for a deployment, or for the cancel of an action (cancel), and return HTTP's status: 200; 410 if the
 * action is over; 403 after DDI_FEEDBACK_MAX of them. What comes late is kept too, for the judge. */
unsigned ddi_feedback_take(struct ddi_store *s, const struct ddi_action *a, bool cancel,
                           const struct ddi_feedback *f);

/* configData: merge, replace or remove the attributes. ERR_FORMAT. */
MUST_CHECK enum err ddi_attributes_take(struct ddi_store *s, const char *controller,
                                        const char *body, size_t len);

#endif
