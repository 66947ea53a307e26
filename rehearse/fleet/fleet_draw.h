/* fleet_draw.h - chance that repeats: what happens to a device is a function of the seed, the device, and how often it
 * has happened before; never of the time at which a packet arrives. */
#ifndef REHEARSE_FLEET_FLEET_DRAW_H
#define REHEARSE_FLEET_FLEET_DRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is drawn for: each has its own row of numbers. */
enum fleet_draw {
    DRAW_DEVICE,   /* the seed of a device */
    DRAW_UNIT,     /* what is wrong with it */
    DRAW_MOMENT,   /* when that begins to show */
    DRAW_BUSY,     /* whether it is busy at first, and for how many writes */
    DRAW_HEARD,    /* loss of a datagram to the device */
    DRAW_SENT,     /* loss of a datagram from the device */
    DRAW_CUT,      /* power fails at a flash operation */
    DRAW_TEAR,     /* what a cut leaves of a word */
    DRAW_AGAIN,    /* what a second program of a torn word leaves */
    DRAW_OFF_TIME, /* how long the power is off */
    DRAW_ANSWER,   /* whether a server's answer is spoilt */
    DRAW_FAULT,    /* and how */
    DRAW_BYTES,    /* nonsense */
};

#define FLEET_MILLION 1000000u

/* The n-th number that is drawn for what. */
uint64_t fleet_draw(uint64_t seed, enum fleet_draw what, uint64_t n);

/* The same as a number from low to high; low <= high. */
uint32_t fleet_draw_in(uint64_t seed, enum fleet_draw what, uint64_t n, uint32_t low,
                       uint32_t high);

/* True for ppm of a million. */
bool fleet_chance(uint64_t seed, enum fleet_draw what, uint64_t n, uint32_t ppm);

/* "10", "0.5" as a share in percent; *ppm is in millionths. False: text is not a number from 0 to 100. */
bool fleet_percent(const char *text, uint32_t *ppm);

/* A decimal number from low to high. False: text is anything else. */
bool fleet_number(const char *text, uint64_t low, uint64_t high, uint64_t *n);

/* Zeroed memory. Ends the program if there is none: a rehearsal cannot go on without. */
void *fleet_memory(size_t count, size_t size);

#endif
