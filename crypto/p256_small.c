/* Generic code for prime curves: 3.5 KB less, twice the time, 1.5 KB more stack. */
#include "crypto/p256.h"

const br_ec_impl *const p256 = &br_ec_prime_i31;
