/* client_settings.c - the client half: group settings, which Mynewt calls config. */
#include <string.h>

#include "host/client/smp/cbor_walk.h"
#include "host/client/smp/client_exchange.h"
#include "host/client/smp/client_groups.h"

/* Flash is written, and perhaps collected: as long as the mark of an image may take. */
#define FLASH_TIMEOUT_MS 10000u

static struct exchange exchange_flash(const struct smp_client *c, uint8_t op, uint8_t id)
{
    struct exchange x = exchange_plain(c, op, SMP_GROUP_SETTINGS, id);
    x.timeout_ms = x.timeout_ms > FLASH_TIMEOUT_MS ? x.timeout_ms : FLASH_TIMEOUT_MS;
    x.what = "the device's settings";
    return x;
}

enum err smp_settings_read(struct smp_client *c, const char *name, uint32_t max_size,
                           struct smp_setting *s)
{
    static const struct cbor_key keys[] = {{"val", CBOR_RAW}, {"max_size", CBOR_UINT}};
    struct exchange x = exchange_plain(c, SMP_READ, SMP_GROUP_SETTINGS, SMP_SETTINGS_VALUE);
    struct cbor_writer w;
    struct cbor_value v[2];
    exchange_begin(c, &w);
    cbor_put_text(&w, "name", name, strlen(name));
    if (max_size > 0)
        cbor_put_uint(&w, "max_size", max_size);
    enum err e = exchange_run(c, &w, &x, keys, v, 2);
    if (e != ERR_OK)
        return e;
    s->has_max_size = v[1].present;
    s->max_size = v[1].present ? v[1].u : 0;
    return v[0].present &&
                   (cbor_value_bytes(v[0].s, &s->value) || cbor_value_text(v[0].s, &s->value))
               ? ERR_OK
               : ERR_FORMAT;
}

enum err smp_settings_write(struct smp_client *c, const char *name, const void *value, size_t len,
                            bool as_text)
{
    struct exchange x = exchange_flash(c, SMP_WRITE, SMP_SETTINGS_VALUE);
    struct cbor_writer w;
    exchange_begin(c, &w);
    cbor_put_text(&w, "name", name, strlen(name));
    if (as_text)
        cbor_put_text(&w, "val", value, len);
    else
        cbor_put_bytes(&w, "val", value, len);
    return exchange_run(c, &w, &x, NULL, NULL, 0);
}

enum err smp_settings_delete(struct smp_client *c, const char *name)
{
    struct exchange x = exchange_flash(c, SMP_WRITE, SMP_SETTINGS_DELETE);
    struct cbor_writer w;
    exchange_begin(c, &w);
    cbor_put_text(&w, "name", name, strlen(name));
    return exchange_run(c, &w, &x, NULL, NULL, 0);
}

enum err smp_settings_commit(struct smp_client *c)
{
    struct exchange x = exchange_flash(c, SMP_WRITE, SMP_SETTINGS_COMMIT);
    struct cbor_writer w;
    exchange_begin(c, &w);
    return exchange_run(c, &w, &x, NULL, NULL, 0);
}

enum err smp_settings_load(struct smp_client *c)
{
    struct exchange x = exchange_flash(c, SMP_READ, SMP_SETTINGS_LOAD_SAVE);
    struct cbor_writer w;
    exchange_begin(c, &w);
    return exchange_run(c, &w, &x, NULL, NULL, 0);
}

enum err smp_settings_save(struct smp_client *c, const char *name)
{
    struct exchange x = exchange_flash(c, SMP_WRITE, SMP_SETTINGS_LOAD_SAVE);
    struct cbor_writer w;
    exchange_begin(c, &w);
    if (name != NULL)
        cbor_put_text(&w, "name", name, strlen(name));
    return exchange_run(c, &w, &x, NULL, NULL, 0);
}
