/* rig_gateway.h - for tests: the gateway's loop with one device on a line in this process (rig_line), a DDI server that does
 * what the test says (fake_ddi), and a clock that passes only while somebody waits. SHOW=1 shows its log. */
#ifndef TESTING_GATEWAY_RIG_GATEWAY_H
#define TESTING_GATEWAY_RIG_GATEWAY_H

#include "host/gateway/gateway_inside.h"
#include "testing/client/fake_device.h"

extern struct gateway rig_gateway;
extern struct gateway_config rig_gateway_config;
/* The file of 2.0.0. */
extern uint8_t rig_two[1 << 16];
extern size_t rig_two_len;

/* For a cmocka group. */
int rig_gateway_set_up(void **state);
int rig_gateway_tear_down(void **state);

/* A new device, server, gateway and folder; 2.0.0 is assigned as action 7. */
void rig_gateway_begin(enum fake_habit habit);
void rig_gateway_start(void);
void rig_gateway_stop(void);
void rig_gateway_restart(void);
struct gw_device *rig_gateway_device(void);

/* The loop: one turn; for so long; until *done, at most so long; until the image is marked. */
void rig_gateway_turn(void);
void rig_gateway_run_for(unsigned seconds);
void rig_gateway_run_until(const bool *done, unsigned seconds);
void rig_gateway_run_past_return(void);

/* They fail the test. */
void rig_expect_feedback(const char *text);
void rig_expect_no_feedback(const char *text);
void rig_expect_state(const char *id, enum journal_state state);
/* Of every rollout, when no update is under way: nothing is counted. */
void rig_expect_no_drift(void);

#endif
