/* drivers.h - the flash drivers that a host program can put on trial: this project's, and its museum. */
#ifndef TESTS_MUSEUM_DRIVERS_H
#define TESTS_MUSEUM_DRIVERS_H

#include "rehearse/flash_conformance.h"

/* The first one is the clean driver, under the name "stm32h7"; then the exhibits in the order of the
 * catalogue. Ends with a row without name. */
extern const struct conformance_driver museum_drivers[];

#endif
