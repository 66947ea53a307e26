/* fleet_fate.h - what is wrong with a device, drawn from a seed. */
#ifndef REHEARSE_FLEET_FLEET_FATE_H
#define REHEARSE_FLEET_FLEET_FATE_H

#include <stdbool.h>
#include <stdint.h>

enum fleet_unit {
    UNIT_GOOD,
    UNIT_BAD_FLASH, /* the slot of uploads takes no more programs and erases, after some of the first upload */
    UNIT_BOOT_LOOP, /* an image on trial resets as soon as it starts, so that the bootloader goes back */
    UNIT_REFUSES,   /* the application answers a confirmation with an error */
    UNIT_FORGETS,   /* it answers a confirmation as if it had done it, and writes nothing */
    UNIT_RESETS,    /* it resets instead of answering a confirmation */
    UNIT_VANISHES,  /* after some requests it answers nothing any more */
    UNIT_NO_RETURN, /* after the first reset that it is asked for it answers nothing any more */
    UNIT_COUNT
};

/* "good", "bad-flash", "boot-loop", "refuses", "forgets", "resets", "vanishes", "no-return". */
const char *fleet_unit_text(enum fleet_unit unit);
bool fleet_unit_find(const char *text, enum fleet_unit *unit);

/* Shares of a fleet, in millionths. */
struct fleet_shares {
    uint64_t seed;
    uint32_t loss; /* of datagrams, in each direction */
    uint32_t cuts; /* of flash operations at which power fails */
    uint32_t bad;  /* of devices that are not UNIT_GOOD */
    uint32_t busy; /* of devices that answer their first writes with MGMT_ERR_EBUSY */
};

struct fleet_fate {
    uint64_t seed; /* of this device's draws */
    enum fleet_unit unit;
    uint32_t loss, cuts;  /* in millionths */
    uint32_t moment;      /* UNIT_BAD_FLASH: flash operations; UNIT_VANISHES: requests */
    uint32_t busy_writes; /* so many writes to the image group are answered MGMT_ERR_EBUSY */
};

/* The same device of the same fleet has the same fate. */
struct fleet_fate fleet_fate_draw(const struct fleet_shares *shares, unsigned device);

/* Make it such a unit, whatever was drawn. */
void fleet_fate_set(struct fleet_fate *fate, enum fleet_unit unit);

#endif
