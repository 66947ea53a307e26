/* rollout.h - the pace of a rollout, as pure functions: which update may start now, and when a device is tried again. */
#ifndef HOST_GATEWAY_ROLLOUT_H
#define HOST_GATEWAY_ROLLOUT_H

#include "host/gateway/config/config.h"

/* One artifact on its way to many devices. Kept in the journal's actions, and counted again at a start. */
struct rollout {
    unsigned running, succeeded;
    unsigned
        broken_off; /* begun, and not under way now: the gateway was restarted, or the device is away */
    unsigned failures_in_a_row; /* since the last success */
    bool
        is_stopped; /* by so many of them; a success of a device that was under way does not lift it */
};

enum rollout_answer {
    ROLLOUT_START,
    ROLLOUT_NOT_NOW,      /* the server wants no update now */
    ROLLOUT_STOPPED,      /* by failures in a row; somebody must look */
    ROLLOUT_CANARY,       /* one of the first few is under way, or was not a success yet */
    ROLLOUT_LINK_IS_FULL, /* as many as allowed are under way on this link */
    ROLLOUT_IS_FULL,      /* and in all */
};
/* In words for people: "waits: ..."; NULL of ROLLOUT_START. */
const char *rollout_answer_text(enum rollout_answer a);

/* May one more device start? running, on_link: updates under way in all, and on the device's link. under_way: this
 * device's update had begun already, and a restart of the gateway has broken it off: it does not wait for others' sake. */
enum rollout_answer rollout_may_start(const struct gateway_rollout *pace, const struct rollout *r,
                                      unsigned running, unsigned on_link, bool under_way);

void rollout_started(struct rollout *r);
void rollout_succeeded(struct rollout *r);
void rollout_failed(const struct gateway_rollout *pace, struct rollout *r);
/* A person has looked at the failures. */
void rollout_resumed(struct rollout *r);
/* Neither: cancelled, or put off. */
void rollout_left(struct rollout *r);

/* Seconds until the next try, after so many that failed (at least 1). */
uint32_t rollout_pause(const struct gateway_rollout *pace, unsigned attempts);

#endif
