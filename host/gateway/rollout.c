#include "host/gateway/rollout.h"

const char *rollout_answer_text(enum rollout_answer a)
{
    static const char *const texts[] = {
        [ROLLOUT_START] = NULL,
        [ROLLOUT_NOT_NOW] =
            "waits: the server's maintenance window is closed, or it wants no update now",
        [ROLLOUT_STOPPED] = "waits: the rollout is stopped after failures in a row",
        [ROLLOUT_CANARY] = "waits: the first devices are updated one by one",
        [ROLLOUT_LINK_IS_FULL] = "waits: other updates are under way on its link",
        [ROLLOUT_IS_FULL] = "waits: other updates are under way",
    };
    return texts[a];
}

enum rollout_answer rollout_may_start(const struct gateway_rollout *pace, const struct rollout *r,
                                      unsigned running, unsigned on_link, bool under_way)
{
    if (on_link >= pace->at_once_per_link)
        return ROLLOUT_LINK_IS_FULL;
    if (running >= pace->at_once)
        return ROLLOUT_IS_FULL;
    if (under_way)
        return ROLLOUT_START;
    if (r->is_stopped)
        return ROLLOUT_STOPPED;
    return r->succeeded < pace->canary && r->running + r->broken_off > 0 ? ROLLOUT_CANARY
                                                                         : ROLLOUT_START;
}

void rollout_started(struct rollout *r)
{
    r->running++;
}

void rollout_succeeded(struct rollout *r)
{
    r->running--;
    r->succeeded++;
    r->failures_in_a_row = 0;
}

void rollout_failed(const struct gateway_rollout *pace, struct rollout *r)
{
    r->running--;
    r->failures_in_a_row++;
    r->is_stopped |=
        pace->stop_after_failures > 0 && r->failures_in_a_row >= pace->stop_after_failures;
}

void rollout_resumed(struct rollout *r)
{
    r->failures_in_a_row = 0;
    r->is_stopped = false;
}

void rollout_left(struct rollout *r)
{
    r->running--;
}

uint32_t rollout_pause(const struct gateway_rollout *pace, unsigned attempts)
{
    uint64_t pause = pace->retry_first;
    for (unsigned i = 1; i < attempts && pause < pace->retry_most; i++)
        pause *= 2;
    return (uint32_t)(pause < pace->retry_most ? pause : pace->retry_most);
}
