/* Any flash contents, and any requests: no fault, no write where the store may not write, no word programmed twice; and what
 * was set is there after the next start. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/settings/settings.h"
#include "testing/fake_flash.h"

enum { WORD = 8, SECTOR = 512, SECTORS = 4, KEYS = 6, NAME = 12, VALUE = 40 };

static uint8_t bytes[SECTOR * SECTORS], words[SECTOR * SECTORS / WORD];
static struct fake_flash fake;
static struct settings_key keys[KEYS];
static bool single, busy;

static void check(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "%s\n", what);
    abort();
}

/* The last sector is nobody's: it must stay as it is. */
static bool lent(void *ctx, unsigned n, struct flash_area *sector)
{
    (void)ctx;
    *sector = (struct flash_area){&fake.flash, (1 + n) * SECTOR, SECTOR};
    return single && n < SECTORS - 2;
}

static enum err borrow(void *ctx, struct flash_area *sector)
{
    return !busy && lent(ctx, 0, sector) ? ERR_OK : ERR_BUSY;
}

static enum err start(struct settings *s, struct settings_config *config)
{
    *config =
        (struct settings_config){.area = {&fake.flash, 0, (single ? 1 : SECTORS - 1) * SECTOR},
                                 .keys = keys,
                                 .keys_max = KEYS,
                                 .name_max = NAME,
                                 .value_max = VALUE,
                                 .borrow = borrow,
                                 .lent = lent};
    fake_power_on(&fake);
    return settings_open(s, config);
}

static void expect(struct settings *s, const struct setting *item)
{
    uint8_t got[VALUE];
    size_t len;
    enum err e = settings_get(s, item->name, item->name_len, got, sizeof got, &len);
    if (item->value == NULL)
        check(e == ERR_NOENT, "a key that was deleted is there");
    else
        check(e == ERR_OK && len == item->len && memcmp(got, item->value, len) == 0,
              "a value that was set is not there");
}

/* Of a key that comes twice the last value counts. */
static void expect_all(struct settings *s, const struct setting *items, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        bool last = true;
        for (unsigned k = i + 1; k < count; k++)
            last &= items[k].name_len != items[i].name_len ||
                    memcmp(items[k].name, items[i].name, items[i].name_len) != 0;
        if (last)
            expect(s, &items[i]);
    }
}

static bool any(void *ctx, const char *name, size_t name_len, size_t len)
{
    size_t *sum = ctx;
    *sum += (size_t)(uint8_t)name[0] + name_len + len;
    return true;
}

/* Up to three values, drawn from the input. */
static unsigned take_items(const uint8_t **in, const uint8_t *end, struct setting items[3])
{
    unsigned count = 0;
    while (count < 3 && end - *in >= 3) {
        size_t name = 1 + (*in)[0] % (NAME + 1), value = (*in)[1] % (VALUE + 2), more = (*in)[2];
        *in += 3;
        if ((size_t)(end - *in) < name + value)
            break;
        items[count++] =
            (struct setting){(const char *)*in, name, more & 2 ? NULL : *in + name, value};
        *in += name + value;
        if (more & 1)
            break;
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct settings_config config;
    struct settings s;
    const uint8_t *end = data + size;
    uint8_t last[SECTOR];
    size_t sum = 0, placed;
    if (size < 4)
        return 0;
    fake_init(&fake, WORD, SECTOR, SECTORS, bytes, words);
    fake.same_again = true;
    single = data[0] & 1;
    busy = data[0] & 2;
    placed = (size_t)data[1] * 8;
    data += 2;
    for (size_t at = 0; at < placed && at < sizeof bytes && end - data >= WORD;
         at += WORD, data += WORD)
        if (!bytes_all(data, 0xff, WORD))
            fake_place(&fake, (uint32_t)at, data, WORD);
    memcpy(last, bytes + (SECTORS - 1) * SECTOR, SECTOR);
    if (start(&s, &config) != ERR_OK)
        return 0;
    (void)!settings_each(&s, any, &sum);
    while (end - data >= 4) {
        struct setting items[3];
        unsigned count = take_items(&data, end, items);
        if (count == 0)
            break;
        enum err e = settings_set(&s, items, count);
        check(e == ERR_OK || e == ERR_INVAL || e == ERR_NOSPC || e == ERR_BUSY || e == ERR_STATE ||
                  e == ERR_UNREADABLE,
              "an error that flash which works does not give");
        if (e == ERR_OK)
            expect_all(&s, items, count);
        if (e == ERR_OK && start(&s, &config) == ERR_OK)
            expect_all(&s, items, count);
        if (e == ERR_STATE)
            check(settings_erase(&s) == ERR_OK, "an erase fails");
    }
    check(fake.violations == 0, "a word was programmed twice");
    check(memcmp(last, bytes + (SECTORS - 1) * SECTOR, SECTOR) == 0,
          "a sector of others was written");
    return 0;
}
