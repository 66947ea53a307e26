/* client_basic.c - the client half: group zephyr basic. */
#include "host/client/smp/client_exchange.h"
#include "host/client/smp/client_groups.h"

#define ERASE_TIMEOUT_MS 60000u /* as for a slot of 128 KB sectors */

enum err smp_storage_erase(struct smp_client *c)
{
    struct exchange x =
        exchange_plain(c, SMP_WRITE, SMP_GROUP_ZEPHYR_BASIC, SMP_BASIC_ERASE_STORAGE);
    struct cbor_writer w;
    x.timeout_ms = x.timeout_ms > ERASE_TIMEOUT_MS ? x.timeout_ms : ERASE_TIMEOUT_MS;
    x.what = "the device to erase its storage";
    exchange_begin(c, &w);
    return exchange_run(c, &w, &x, NULL, NULL, 0);
}
