/* key_token.c - keys that stay on a PKCS#11 token, named by a pkcs11: URI. */
#include "cli/keys.h"
#include "cli/openssl.h"

int key_from_token(const char *path, struct key *k)
{
    *k = (struct key){0};
    return cli_fail(CLI_BAD_FILE, cli_text("'%s' cannot be used", path),
                    "keys on a PKCS#11 token are not supported yet", NULL);
}
