/* engine_reset.c - the reset, the proof of what runs after it, and the confirmation. */
#include <string.h>

#include "core/base/compiler.h"
#include "host/client/update/engine_inside.h"

/* A device that still runs the old program so long after a reset that it has not answered did not get it: Zephyr's resets
 * after 250 ms. */
#define RESET_TAKEN_MS 3000
#define AFTER_RESET_MS 500

/* MCUboot may wait for recovery's first request at each start (CONFIG_BOOT_SERIAL_WAIT_FOR_DFU, 0.5 s by default): a
 * device that is to leave recovery hears nothing for so long after the reset, and longer at the second try. */
static const uint32_t quiet_ms[] = {2000, 10000};

/* ---- confirm ---- */

static void confirm_is_shown(struct update *u, const struct update_result *r)
{
    (void)r;
    const struct smp_image_state *s = update_running(u);
    engine_end(u, !update_is_ours(u, s) ? UPDATE_GONE
                  : !s->confirmed       ? UPDATE_NOT_CONFIRMED
                                        : UPDATE_DONE);
}

static void confirm_is_here(struct update *u, const struct update_result *r)
{
    if (r->e != ERR_OK)
        engine_end_with(u, UPDATE_CONFIRM_FAILED, r);
    else
        engine_look(u, confirm_is_shown);
}

/* Confirmed, or gone: the device has reset meanwhile and went back. */
static bool confirm_is_settled(const struct update *u)
{
    const struct smp_image_state *s = update_running(u);
    return !update_is_ours(u, s) || s->confirmed;
}

void engine_confirm(struct update *u)
{
    if (!u->goal.confirm || update_running(u)->confirmed)
        engine_end(u, UPDATE_DONE);
    else
        engine_change(u, (struct update_change){
                             .kind = UPDATE_CONFIRM,
                             .unknown = "the device did not say whether it confirmed the new image",
                             .is_settled = confirm_is_settled,
                             .after = confirm_is_here});
}

/* ---- reset, until the new image runs ---- */

static void prove(struct update *u)
{
    engine_tell(u, UPDATE_NEWS_RUNNING);
    if (update_is_ours(u, update_running(u)))
        engine_confirm(u);
    else
        engine_end(u, UPDATE_NOT_STARTED);
}

static bool note_reset(struct update *u, const struct update_result *r)
{
    u->reset.sent_ms = r->now_ms;
    u->reset.count++;
    u->reset.e = r->e;
    u->reset.taken |= r->e == ERR_OK;
    if (r->e != ERR_OK && !smp_is_lost(r->e)) {
        engine_end_with(u, UPDATE_RESET_REFUSED, r);
        return false;
    }
    engine_tell(u, UPDATE_NEWS_RESET);
    return true;
}

static void leave_recovery(struct update *u);

static void left_recovery(struct update *u, const struct update_result *r)
{
    u->recovery = r->recovery;
    if (u->recovery == NULL)
        prove(u);
    else if ((update_in_place(u) == NULL && update_waiting(u) == NULL) ||
             u->recovery_resets == ARRAY_LEN(quiet_ms))
        engine_end(u,
                   UPDATE_RECOVERY_AGAIN); /* perhaps the bootloader has nothing of ours to start */
    else
        leave_recovery(u);
}

static void ask_for_recovery(struct update *u, const struct update_result *r)
{
    (void)r;
    engine_order(u, UPDATE_RECOVERY, left_recovery);
}

static void look_for_recovery(struct update *u, const struct update_result *r)
{
    (void)r;
    engine_look(u, ask_for_recovery);
}

static void recovery_is_reset(struct update *u, const struct update_result *r)
{
    if (!note_reset(u, r))
        return;
    engine_order(u, UPDATE_WAIT, look_for_recovery);
    u->order.quiet_ms = quiet_ms[u->recovery_resets++];
    u->order.unknown = "the image is uploaded; whether it runs is not known: does it have an SMP "
                       "server on this line?";
}

/* Reset, and no word until the bootloader has decided. */
static void leave_recovery(struct update *u)
{
    engine_order(u, UPDATE_RESET, recovery_is_reset);
}

void engine_leave_recovery(struct update *u)
{
    u->reset = (struct update_reset){.count = 0};
    u->recovery_resets = 0;
    leave_recovery(u);
}

static void wait_for_start(struct update *u);

static void another_reset_is_sent(struct update *u, const struct update_result *r)
{
    if (note_reset(u, r))
        wait_for_start(u);
}

static void keep_waiting(struct update *u, uint64_t now_ms)
{
    u->waited_ms = (uint32_t)(now_ms - u->wait_start_ms);
    if (now_ms >= u->next_word_ms) {
        u->next_word_ms += SMP_WORD_MS;
        engine_tell(u, UPDATE_NEWS_STILL_WAITING);
    }
    /* Nothing but our pending image can be started by another reset, so it does no harm. */
    if (!u->reset.taken && now_ms - u->reset.sent_ms >= RESET_TAKEN_MS)
        engine_order(u, UPDATE_RESET, another_reset_is_sent);
    else
        wait_for_start(u);
}

/* An answer may still come from before the reset: then our image is still pending. It may be so after it as well, when
 * the bootloader lets it wait for another image. */
static void judge_after_reset(struct update *u, const struct update_result *r)
{
    const struct smp_image_state *waiting = update_waiting(u);
    if (waiting == NULL || !waiting->pending || u->booted ||
        r->now_ms > u->wait_start_ms + u->goal.wait_ms)
        prove(u);
    else
        keep_waiting(u, r->now_ms);
}

static void is_recovery_after_reset(struct update *u, const struct update_result *r)
{
    if (r->recovery == NULL) {
        judge_after_reset(u, r);
        return;
    }
    u->recovery = r->recovery;
    engine_tell(u, UPDATE_NEWS_RESET_AGAIN);
    engine_leave_recovery(u);
}

static void look_after_reset(struct update *u, const struct update_result *r)
{
    if (update_is_ours(u, update_running(u)))
        prove(u);
    else if (update_running(u) == NULL)
        engine_order(u, UPDATE_RECOVERY, is_recovery_after_reset);
    else
        judge_after_reset(u, r);
}

static void device_is_back(struct update *u, const struct update_result *r)
{
    u->booted = r->booted;
    engine_look(u, look_after_reset);
}

static void wait_for_start(struct update *u)
{
    engine_order(u, UPDATE_WAIT, device_is_back);
    u->order.quiet_ms = AFTER_RESET_MS;
    u->order.unknown = "whether the new image was started is not known";
}

static void reset_is_sent(struct update *u, const struct update_result *r)
{
    u->wait_start_ms = r->now_ms;
    u->next_word_ms = r->now_ms + SMP_WORD_MS;
    if (note_reset(u, r))
        wait_for_start(u);
}

void engine_reset(struct update *u)
{
    u->reset = (struct update_reset){.count = 0};
    engine_order(u, UPDATE_RESET, reset_is_sent);
}
