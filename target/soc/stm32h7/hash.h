/* hash.h - SHA-256 by the HASH unit, fed by the core. */
#ifndef TARGET_SOC_STM32H7_HASH_H
#define TARGET_SOC_STM32H7_HASH_H

#include "core/crypto/hash.h"

extern const struct sha256_unit hash_unit;

/* Give the unit its clock. False: the chip has none. The STM32H743, which says the same of itself as the STM32H753,
 * lacks it. */
bool hash_start(void);

/* Unit and clock as a reset leaves them. */
void hash_stop(void);

#endif
