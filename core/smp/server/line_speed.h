/* line_speed.h - a faster serial line for a transfer: what the two ends agree on, and when the device goes back by itself.
 * Bytes and story: core/smp/SPEC.md, "Line speed".
 *
 * Nothing here waits or touches a UART: the program's main loop asks what is due, and passes the time. */
#ifndef CORE_SMP_SERVER_LINE_SPEED_H
#define CORE_SMP_SERVER_LINE_SPEED_H

#include <stdbool.h>
#include <stdint.h>

/* Caller-owned. Speeds in baud. */
struct line_speed {
    uint32_t usual; /* after a reset, and after silence */
    uint32_t max;   /* no faster is accepted */
    bool (*has_speed)(uint32_t baud);
    uint32_t now;
    uint32_t asked; /* accepted, and due once the response has left; 0: none */
    uint64_t until_us;
};

/* max below usual: the speed cannot be changed. */
void line_speed_init(struct line_speed *l, uint32_t usual, uint32_t max,
                     bool (*has_speed)(uint32_t baud));

/* A client asks for a speed: the usual one, or a faster one. False: the line does not have it. */
bool line_speed_ask(struct line_speed *l, uint32_t baud);

/* A request was handled, and its response sent. The speed to go to now, once that has left; 0: none. */
uint32_t line_speed_after_request(struct line_speed *l, uint64_t now_us);

/* In each round of the main loop: the speed to go back to, because nobody has said anything for too long; 0: none. */
uint32_t line_speed_after_silence(struct line_speed *l, uint64_t now_us);

#endif
