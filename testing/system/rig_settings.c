#include "testing/system/rig_settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "core/settings/settings.h"
#include "host/client/smp/client_exchange.h"
#include "testing/fake_flash.h"

#define STORAGE 0x001e0000u
#define WORD    32u

/* ---- a client ---- */

static uint32_t ask(struct rig *r, uint8_t op, uint8_t id, const char *name, const char *value,
                    char *got, size_t cap)
{
    static const struct cbor_key keys[] = {{"val", CBOR_BYTES}};
    struct exchange x = exchange_plain(&r->client, op, SMP_GROUP_SETTINGS, id);
    struct cbor_value v[1];
    struct cbor_writer w;
    x.timeout_ms = 20000; /* three erases, at their slowest */
    x.retries = 0;
    exchange_begin(&r->client, &w);
    if (name != NULL)
        cbor_put_text(&w, "name", name, strlen(name));
    if (value != NULL)
        cbor_put_bytes(&w, "val", value, strlen(value));
    enum err e = exchange_run(&r->client, &w, &x, keys, v, 1);
    if (e == ERR_PEER)
        return r->client.error.rc + (r->client.error.group < 0 ? 0 : 100u);
    if (e != ERR_OK)
        return UINT32_MAX; /* no answer */
    if (got != NULL && v[0].present && v[0].s.len < cap) {
        memcpy(got, v[0].s.ptr, v[0].s.len);
        got[v[0].s.len] = '\0';
    }
    return 0;
}

uint32_t rig_setting_write(struct rig *r, const char *name, const char *value)
{
    return ask(r, SMP_WRITE, SMP_SETTINGS_VALUE, name, value, NULL, 0);
}

uint32_t rig_settings_save(struct rig *r)
{
    return ask(r, SMP_WRITE, SMP_SETTINGS_LOAD_SAVE, NULL, NULL, NULL, 0);
}

void rig_setting_read(struct rig *r, const char *name, char value[64])
{
    uint32_t rc = ask(r, SMP_READ, SMP_SETTINGS_VALUE, name, NULL, value, 64);
    if (rc != 0)
        fail_msg("%s is not there: %u\n%s", name, (unsigned)rc, r->console);
}

void rig_setting_expect(struct rig *r, const char *name, const char *value)
{
    char got[64];
    rig_setting_read(r, name, got);
    assert_string_equal(got, value);
}

/* ---- a store that is full ---- */

static enum err nothing_to_borrow(void *ctx, struct flash_area *sector)
{
    (void)ctx, (void)sector;
    return ERR_NOSPC;
}

static bool nothing_lent(void *ctx, unsigned n, struct flash_area *sector)
{
    (void)ctx, (void)n, (void)sector;
    return false;
}

unsigned rig_settings_fill(struct rig *r)
{
    static uint8_t bytes[SECTOR], words[SECTOR / WORD];
    static struct fake_flash fake;
    struct settings_key keys[4];
    struct settings s;
    fake_init(&fake, WORD, SECTOR, 1, bytes, words);
    const struct settings_config config = {.area = {&fake.flash, 0, SECTOR},
                                           .keys = keys,
                                           .keys_max = 4,
                                           .name_max = 64,
                                           .value_max = 255,
                                           .borrow = nothing_to_borrow,
                                           .lent = nothing_lent};
    const struct setting other = {"other", 5, "stays", 5};
    assert_int_equal(settings_open(&s, &config), ERR_OK);
    assert_int_equal(settings_set(&s, &other, 1), ERR_OK);
    unsigned n = 0;
    while (settings_room(&s) >= 3 * WORD) {
        uint8_t value[4];
        put_le32(value, ++n);
        const struct setting item = {"counter", 7, value, sizeof value};
        assert_int_equal(settings_set(&s, &item, 1), ERR_OK);
    }
    vboard_flash_poke(r->board, STORAGE, bytes, s.end); /* the words behind it stay virgin */
    return n;
}
