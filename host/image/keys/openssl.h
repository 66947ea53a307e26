/* openssl.h - the library's headers without its type ERR_STATE, which we do not use; the house has an error code of
 * that name. */
#ifndef HOST_IMAGE_KEYS_OPENSSL_H
#define HOST_IMAGE_KEYS_OPENSSL_H

#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/decoder.h>
#include <openssl/ec.h>
#include <openssl/encoder.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#undef ERR_STATE

#endif
