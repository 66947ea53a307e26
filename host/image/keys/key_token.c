/* key_token.c - keys that stay on a PKCS#11 token, named by a pkcs11: URI.
 *
 * OpenSSL's own configuration finds the token: first a provider with a store for such URIs
 * (pkcs11-provider, which Debian 12 lacks), then the engine "pkcs11" (libengine-pkcs11-openssl).
 * Both find the token's library by themselves (p11-kit, or PKCS11_MODULE_PATH for the engine). */
#include <stdlib.h>
#include <string.h>

/* Engines are all that Debian 12 has for tokens. The engine finds the key; what signs with it is EVP. */
#undef OPENSSL_NO_DEPRECATED
#define OPENSSL_SUPPRESS_DEPRECATED
#include "host/image/keys/keys.h"
#include "host/image/keys/openssl.h"

#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/engine.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#undef ERR_STATE

/* In a library context of its own: SoftHSM uses OpenSSL, too, and in the default one its calls would reach the
 * provider that waits for it: a deadlock. */
static EVP_PKEY *from_store(const char *uri)
{
    static OSSL_LIB_CTX *own; /* never freed: the key belongs to it */
    EVP_PKEY *pkey = NULL;
    if (own == NULL)
        own = OSSL_LIB_CTX_new();
    OSSL_STORE_CTX *c = NULL;
    if (own != NULL && OSSL_PROVIDER_try_load(own, "pkcs11", 1) != NULL &&
        OSSL_PROVIDER_try_load(own, "default", 1) != NULL)
        c = OSSL_STORE_open_ex(uri, own, NULL, UI_get_default_method(), NULL, NULL, NULL, NULL);
    while (c != NULL && pkey == NULL && OSSL_STORE_eof(c) == 0) {
        OSSL_STORE_INFO *info = OSSL_STORE_load(c);
        if (info == NULL)
            break;
        pkey = OSSL_STORE_INFO_get1_PKEY(info);
        OSSL_STORE_INFO_free(info);
    }
    OSSL_STORE_close(c);
    return pkey;
}

static EVP_PKEY *from_engine(const char *uri)
{
    ENGINE_load_dynamic();
    ENGINE *e = ENGINE_by_id("pkcs11");
    if (e == NULL)
        return NULL;
    EVP_PKEY *pkey = NULL;
    if (ENGINE_init(e) == 1) {
        pkey = ENGINE_load_private_key(e, uri, UI_OpenSSL(), NULL);
        ENGINE_finish(e);
    }
    ENGINE_free(e);
    return pkey;
}

int key_from_token(const char *path, struct key *k)
{
    *k = (struct key){.pkey = from_store(path), .is_private = true};
    if (k->pkey == NULL)
        k->pkey = from_engine(path);
    ERR_clear_error();
    if (k->pkey == NULL)
        return cli_fail(CLI_BAD_FILE, cli_text("no private key at '%s'", path),
                        "neither a provider nor an engine for PKCS#11 gave OpenSSL a key",
                        "apt install libengine-pkcs11-openssl, set PKCS11_MODULE_PATH, and check "
                        "the URI: p11tool --list-all, or pkcs11-tool -O");
    int code = key_identify(path, k);
    if (code != CLI_DONE)
        key_free(k);
    return code;
}
