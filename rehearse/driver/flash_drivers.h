/* flash_drivers.h - the flash drivers that a program can put on trial without including them.
 *
 * The suite knows no driver, and the host program may include none. The table is where both meet, in
 * museum/suite/drivers.c; a program that uses it links the library museum_drivers. */
#ifndef REHEARSE_DRIVER_FLASH_DRIVERS_H
#define REHEARSE_DRIVER_FLASH_DRIVERS_H

#include "rehearse/driver/flash_conformance.h"

/* First this project's driver, "stm32h7"; then the museum's exhibits in the order of the bug catalogue. Ends
 * with a row without name. */
extern const struct conformance_driver flash_drivers[];

#endif
