/* clock.h - time as the device commands see it. In a file of its own, so that a test can put a clock that does not wait in
 * its place. */
#ifndef HOST_CLI_CORE_CLOCK_H
#define HOST_CLI_CORE_CLOCK_H

#include <stdint.h>

/* Milliseconds of a clock that never jumps. */
uint64_t clock_ms(void);

void clock_sleep_ms(unsigned ms);

#endif
