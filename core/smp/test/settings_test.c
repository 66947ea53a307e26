/* Groups settings and zephyr-basic: write, read, save, load, delete, erase; limits; both protocol versions. */
#include "core/smp/groups/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "core/smp/wire/cbor_map.h"
#include "core/smp/wire/errors.h"
#include "testing/rig_smp.h"

enum { WORD = 32, SECTOR = 2048, SECTORS = 2, KEYS_MAX = 6 };

static struct rig rig;
static struct fake_flash fake;
static uint8_t bytes[SECTOR * SECTORS], words[SECTOR * SECTORS / WORD], stage[100];
static struct settings_key index_keys[KEYS_MAX];
static struct settings_config store_config;
static struct settings store;
static struct smp_settings group;
static unsigned commits;
static uint8_t response[SMP_RIG_ANSWER];
static size_t response_len;

static void on_commit(void *ctx)
{
    (void)ctx;
    commits++;
}

/* The device starts: what was not saved is gone. */
static void start(void)
{
    fake_power_on(&fake);
    store_config = (struct settings_config){.area = {&fake.flash, 0, SECTOR * SECTORS},
                                            .keys = index_keys,
                                            .keys_max = KEYS_MAX,
                                            .name_max = 16,
                                            .value_max = 60};
    assert_int_equal(settings_open(&store, &store_config), ERR_OK);
    group = (struct smp_settings){
        .store = &store, .stage = stage, .stage_size = sizeof stage, .commit = on_commit};
}

static int fresh(void **state)
{
    (void)state;
    static const struct smp_group *const groups[] = {&smp_group_settings, &smp_group_basic};
    smp_rig_small(&rig);
    fake_init(&fake, WORD, SECTOR, SECTORS, bytes, words);
    start();
    rig.config.groups = groups;
    rig.config.group_count = ARRAY_LEN(groups);
    rig.config.settings = &group;
    commits = 0;
    return 0;
}

static int done(void **state)
{
    (void)state;
    smp_rig_free(&rig);
    return 0;
}

/* What the answer says: 0, an "rc", or an "err" with 100 added, so that the two differ. */
static uint32_t code(void)
{
    enum { RC, ERR, COUNT };
    static const struct cbor_key keys[COUNT] = {
        [RC] = {"rc", CBOR_UINT}, [ERR] = {"err", CBOR_RAW}};
    static const struct cbor_key inner[] = {{"group", CBOR_UINT}, {"rc", CBOR_UINT}};
    struct cbor_value v[COUNT], in[2];
    const uint8_t *body = response + SMP_HEADER_SIZE;
    assert_int_equal(cbor_map_decode(body, response_len - SMP_HEADER_SIZE, keys, v, COUNT, NULL),
                     ERR_OK);
    if (!v[ERR].present)
        return v[RC].present ? v[RC].u : 0;
    assert_int_equal(cbor_map_decode(v[ERR].s.ptr, v[ERR].s.len, inner, in, 2, NULL), ERR_OK);
    return 100 + in[1].u;
}

struct request {
    uint8_t version, op, id;
    const char *name, *val;
    size_t name_len, val_len; /* 0: of the texts */
    uint32_t max_size;
};

static uint32_t send(uint16_t group_id, const struct request *q)
{
    uint8_t packet[700];
    struct cbor_writer w;
    cbor_write_begin(&w, packet + SMP_HEADER_SIZE, sizeof packet - SMP_HEADER_SIZE);
    cbor_open_map(&w);
    if (q->name != NULL)
        cbor_put_text(&w, "name", q->name, q->name_len ? q->name_len : strlen(q->name));
    if (q->val != NULL)
        cbor_put_bytes(&w, "val", q->val, q->val_len ? q->val_len : strlen(q->val));
    if (q->max_size != 0)
        cbor_put_uint(&w, "max_size", q->max_size);
    cbor_close_map(&w);
    const struct smp_header h = {.version = q->version,
                                 .op = q->op,
                                 .len = (uint16_t)cbor_write_size(&w),
                                 .group = group_id,
                                 .id = q->id};
    smp_header_encode(&h, packet);
    (void)smp_server_handle_unguarded(&rig.server, packet, SMP_HEADER_SIZE + cbor_write_size(&w),
                                      response, sizeof response, &response_len);
    return code();
}

static uint32_t ask(uint8_t op, uint8_t id, const char *name, const char *val)
{
    return send(SMP_GROUP_SETTINGS,
                &(struct request){.version = 1, .op = op, .id = id, .name = name, .val = val});
}

static uint32_t write_value(const char *name, const char *val)
{
    return ask(SMP_WRITE, SMP_SETTINGS_VALUE, name, val);
}

static uint32_t save(void)
{
    return ask(SMP_WRITE, SMP_SETTINGS_LOAD_SAVE, NULL, NULL);
}

static void expect_limited(const char *name, const char *val, uint32_t max_size)
{
    static const struct cbor_key keys[] = {{"val", CBOR_BYTES}, {"max_size", CBOR_UINT}};
    struct cbor_value v[2];
    uint32_t rc = send(SMP_GROUP_SETTINGS, &(struct request){.version = 1,
                                                             .op = SMP_READ,
                                                             .id = SMP_SETTINGS_VALUE,
                                                             .name = name,
                                                             .max_size = max_size});
    assert_int_equal(rc, val == NULL ? 100 + SETTINGS_MGMT_ERR_KEY_NOT_FOUND : 0);
    if (val == NULL)
        return;
    assert_int_equal(cbor_map_decode(response + SMP_HEADER_SIZE, response_len - SMP_HEADER_SIZE,
                                     keys, v, 2, NULL),
                     ERR_OK);
    size_t len = max_size && max_size < strlen(val) ? max_size : strlen(val);
    assert_int_equal(v[0].s.len, len);
    assert_memory_equal(v[0].s.ptr, val, len);
    assert_int_equal(v[1].present, len < strlen(val));
}

static void expect(const char *name, const char *val)
{
    expect_limited(name, val, 0);
}

static void what_is_written_is_there_and_what_is_saved_stays(void **state)
{
    (void)state;
    expect("net/ip", NULL);
    assert_int_equal(write_value("net/ip", "10.0.0.1"), 0);
    expect("net/ip", "10.0.0.1");
    assert_int_equal(fake.ops, 0); /* a write is in RAM */
    start();
    expect("net/ip", NULL);
    assert_int_equal(write_value("net/ip", "10.0.0.1"), 0);
    assert_int_equal(write_value("net/gw", "10.0.0.9"), 0);
    assert_int_equal(save(), 0);
    assert_int_equal(commits, 1);
    start();
    expect("net/ip", "10.0.0.1");
    expect("net/gw", "10.0.0.9");
    expect_limited("net/gw", "10.0.0.9", 4);
    expect_limited("net/gw", "10.0.0.9", 8);
}

/* An answer was lost, and the client asks once more. */
static void a_request_that_is_repeated_is_harmless(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 2; n++)
        assert_int_equal(write_value("k", "v"), 0);
    assert_int_equal(save(), 0);
    uint32_t ops = fake.ops;
    assert_int_equal(save(), 0);
    assert_int_equal(write_value("k", "v"), 0);
    assert_int_equal(save(), 0);
    assert_int_equal(fake.ops, ops);
    expect("k", "v");
}

static void load_forgets_what_is_not_saved(void **state)
{
    (void)state;
    assert_int_equal(write_value("k", "saved"), 0);
    assert_int_equal(save(), 0);
    assert_int_equal(write_value("k", "tried"), 0);
    assert_int_equal(write_value("other", "tried"), 0);
    expect("k", "tried");
    assert_int_equal(ask(SMP_READ, SMP_SETTINGS_LOAD_SAVE, NULL, NULL), 0);
    expect("k", "saved");
    expect("other", NULL);
    assert_int_equal(ask(SMP_WRITE, SMP_SETTINGS_COMMIT, NULL, NULL), 0);
    assert_int_equal(commits, 3);
}

static void one_name_can_be_saved_alone(void **state)
{
    (void)state;
    assert_int_equal(write_value("a", "1"), 0);
    assert_int_equal(write_value("b", "2"), 0);
    assert_int_equal(ask(SMP_WRITE, SMP_SETTINGS_LOAD_SAVE, "b", NULL), 0);
    start();
    expect("a", NULL);
    expect("b", "2");
}

static void a_delete_is_in_flash_at_once(void **state)
{
    (void)state;
    assert_int_equal(ask(SMP_WRITE, SMP_SETTINGS_DELETE, "k", NULL),
                     100 + SETTINGS_MGMT_ERR_KEY_NOT_FOUND);
    assert_int_equal(write_value("k", "v"), 0);
    assert_int_equal(save(), 0);
    assert_int_equal(write_value("k", "w"), 0);
    assert_int_equal(ask(SMP_WRITE, SMP_SETTINGS_DELETE, "k", NULL), 0);
    expect("k", NULL);
    start();
    expect("k", NULL);
    assert_int_equal(write_value("only written", "v"), 0);
    assert_int_equal(ask(SMP_WRITE, SMP_SETTINGS_DELETE, "only written", NULL), 0);
    expect("only written", NULL);
}

static void bad_requests(void **state)
{
    (void)state;
    static const char long_value[61] = {1};
    assert_int_equal(write_value("a name of 17 byte", "v"), 100 + SETTINGS_MGMT_ERR_KEY_TOO_LONG);
    assert_int_equal(ask(SMP_READ, SMP_SETTINGS_VALUE, "a name of 17 byte", NULL),
                     100 + SETTINGS_MGMT_ERR_KEY_TOO_LONG);
    assert_int_equal(write_value("a name of 16 byt", "v"), 0);
    assert_int_equal(write_value("", "v"), MGMT_ERR_EINVAL);
    assert_int_equal(write_value(NULL, "v"), MGMT_ERR_EINVAL);
    assert_int_equal(write_value("k", NULL), MGMT_ERR_EINVAL);
    assert_int_equal(write_value("two\nlines", "v"), MGMT_ERR_EINVAL);
    const struct request nul = {
        .version = 1, .op = SMP_WRITE, .name = "a\0b", .name_len = 3, .val = "v"};
    assert_int_equal(send(SMP_GROUP_SETTINGS, &nul), MGMT_ERR_EINVAL);
    const struct request big = {
        .version = 1, .op = SMP_WRITE, .name = "k", .val = long_value, .val_len = 61};
    assert_int_equal(send(SMP_GROUP_SETTINGS, &big), MGMT_ERR_EINVAL);
    const struct request v1 = {.version = 0, .op = SMP_READ, .name = "none"};
    assert_int_equal(send(SMP_GROUP_SETTINGS, &v1), MGMT_ERR_ENOENT);
    assert_int_equal(write_value("\xc3\xa4", "any bytes"), 0);
    rig.config.settings = NULL;
    assert_int_equal(write_value("k", "v"), MGMT_ERR_ENOTSUP);
    assert_int_equal(save(), MGMT_ERR_ENOTSUP);
}

static void no_room_is_an_error_and_loses_nothing(void **state)
{
    (void)state;
    char name[3] = "k0", value[61];
    memset(value, 'v', 60);
    value[60] = '\0';
    assert_int_equal(write_value("k0", value), 0);
    assert_int_equal(write_value("k1", value), MGMT_ERR_ENOMEM); /* to be saved first */
    expect("k0", value);
    expect("k1", NULL);
    for (; name[1] < '0' + KEYS_MAX; name[1]++) {
        assert_int_equal(write_value(name, value), 0);
        assert_int_equal(save(), 0);
    }
    assert_int_equal(write_value("one more", value), 0);
    smp_rig_clear_log(&rig);
    assert_int_equal(save(), MGMT_ERR_ENOMEM);
    assert_non_null(strstr(rig.log, "save: no space"));
    expect("one more", value); /* it is still written, and not saved */
    expect("k0", value);
}

static void other_peoples_bytes_are_refused_until_the_storage_is_erased(void **state)
{
    (void)state;
    static const uint8_t somebodys[WORD] = {1, 2, 3};
    const struct request erase = {.version = 1, .op = SMP_WRITE, .id = SMP_BASIC_ERASE_STORAGE};
    fake_place(&fake, 64, somebodys, WORD);
    start();
    assert_int_equal(write_value("k", "v"), 0);
    assert_int_equal(save(), MGMT_ERR_EBADSTATE);
    assert_non_null(strstr(rig.log, "erase storage"));
    assert_int_equal(bytes[64], 1);
    assert_int_equal(send(SMP_GROUP_ZEPHYR_BASIC, &erase), 0);
    expect("k", NULL);
    assert_int_equal(write_value("k", "v"), 0);
    assert_int_equal(save(), 0);
    start();
    expect("k", "v");
    assert_int_equal(send(SMP_GROUP_ZEPHYR_BASIC, &erase), 0);
    expect("k", NULL);
}

static void flash_that_fails_is_said(void **state)
{
    (void)state;
    const struct request erase = {.version = 1, .op = SMP_WRITE, .id = SMP_BASIC_ERASE_STORAGE};
    assert_int_equal(write_value("k", "v"), 0);
    fake_cut_at(&fake, 1, FAKE_CUT_BEFORE, 1);
    assert_int_equal(save(), 100 + SETTINGS_MGMT_ERR_UNKNOWN);
    assert_int_equal(send(SMP_GROUP_ZEPHYR_BASIC, &erase),
                     100 + ZEPHYRBASIC_MGMT_ERR_FLASH_ERASE_FAILED);
}

#define T(f) cmocka_unit_test_setup_teardown(f, fresh, done)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_is_written_is_there_and_what_is_saved_stays),
        T(a_request_that_is_repeated_is_harmless),
        T(load_forgets_what_is_not_saved),
        T(one_name_can_be_saved_alone),
        T(a_delete_is_in_flash_at_once),
        T(bad_requests),
        T(no_room_is_an_error_and_loses_nothing),
        T(other_peoples_bytes_are_refused_until_the_storage_is_erased),
        T(flash_that_fails_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
