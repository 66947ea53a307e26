/* Code for P-256 only, with a table of multiples of the generator. */
#include "crypto/p256.h"

const br_ec_impl *const p256 = &br_ec_p256_m31;
