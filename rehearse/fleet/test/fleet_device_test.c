/* Tests of the native devices: flash that is torn, fates that repeat, and whole updates of each kind of unit, over a line
 * that loses datagrams. Time is a number of this test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/log.h"
#include "host/client/smp/client.h"
#include "host/image/build/fresh_key.h"
#include "rehearse/fleet/fleet_device.h"
#include "rehearse/fleet/fleet_draw.h"

#define PAYLOAD   20000u
#define IMAGE_MAX 24000u
#define TRIES     60u

static struct fresh_key key;
static uint8_t file[2][IMAGE_MAX]; /* version 1.0.0 and 2.0.0 */
static uint32_t file_len[2];
static uint8_t file_hash[2][SHA256_SIZE];
static struct fleet_model model;

static void make_image(unsigned n)
{
    static uint8_t program[PAYLOAD];
    for (unsigned i = 0; i < sizeof program; i++)
        program[i] = (uint8_t)(i * 31 + i / 251 + n);
    const struct image_plan plan = {.version = {.major = (uint8_t)(n + 1)},
                                    .hdr_size = 0x400,
                                    .input = program,
                                    .input_len = sizeof program,
                                    .pad_header = true,
                                    .erased = 0xff,
                                    .signer = &key.signer};
    struct image_built built;
    assert_int_equal(image_build(&plan, file[n], sizeof file[n], &built), ERR_OK);
    file_len[n] = (uint32_t)built.len;
    memcpy(file_hash[n], built.digest, SHA256_SIZE);
}

static int set_up(void **state)
{
    (void)state;
    log_set_backend(NULL);
    fresh_key_make(&key);
    make_image(0);
    make_image(1);
    model = (struct fleet_model){.key = key.key,
                                 .image = file[0],
                                 .image_len = file_len[0],
                                 .strategy = &update_swap_offset};
    assert_int_equal(fleet_model_init(&model), ERR_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fresh_key_free(&key);
    return 0;
}

/* ---- a line to a device ---- */

struct line {
    struct smp_link link;
    struct fleet_device *d;
    uint64_t now_ms;
    uint8_t queue[8][FLEET_PACKET_MAX];
    size_t queue_len[8];
    unsigned head, count;
};

static void keep_answer(void *ctx, const uint8_t *packet, size_t len)
{
    struct line *l = ctx;
    if (l->count == 8)
        return;
    unsigned at = (l->head + l->count++) % 8;
    memcpy(l->queue[at], packet, len);
    l->queue_len[at] = len;
}

static enum err line_send(struct smp_link *link, const uint8_t *packet, size_t len)
{
    struct line *l = CONTAINER_OF(link, struct line, link);
    fleet_device_wake(l->d, l->now_ms);
    fleet_device_receive(l->d, packet, len, l->now_ms, keep_answer, l);
    return ERR_OK;
}

static enum err line_recv(struct smp_link *link, uint8_t *packet, size_t cap, size_t *len,
                          uint32_t timeout_ms)
{
    struct line *l = CONTAINER_OF(link, struct line, link);
    if (l->count == 0) {
        l->now_ms += timeout_ms;
        return ERR_TIMEOUT;
    }
    *len = l->queue_len[l->head];
    assert_true(*len <= cap);
    memcpy(packet, l->queue[l->head], *len);
    l->head = (l->head + 1) % 8;
    l->count--;
    return ERR_OK;
}

/* ---- what a gateway does, again and again until it is done or has had enough ---- */

enum end { END_CONFIRMED, END_GAVE_UP };

static enum err upload(struct smp_client *c)
{
    struct smp_upload u;
    enum err e = ERR_OK;
    smp_upload_begin(&u, file[1], file_len[1], 0, false);
    while (e == ERR_OK && !u.done)
        e = smp_upload_step(c, &u);
    return e;
}

static bool is_new(const struct smp_image_list *list)
{
    return list->count > 0 && memcmp(list->image[0].hash, file_hash[1], SHA256_SIZE) == 0;
}

/* Not repeated blindly: a unit may have gone back in between, and then the same request asks for a permanent swap. */
static enum err confirm(struct smp_client *c, struct smp_image_list *list)
{
    unsigned retries = c->retries;
    c->retries = 0;
    enum err e = smp_image_set_state(c, file_hash[1], SHA256_SIZE, true, list);
    c->retries = retries;
    return e;
}

/* One try. True: the device says that it runs the new image, confirmed. */
static bool step(struct smp_client *c)
{
    struct smp_image_list list;
    if (smp_image_list(c, &list) != ERR_OK)
        return false;
    if (is_new(&list) && !list.image[0].confirmed && confirm(c, &list) != ERR_OK)
        return false;
    if (is_new(&list))
        return list.image[0].confirmed;
    if (upload(c) == ERR_OK && smp_image_set_state(c, file_hash[1], SHA256_SIZE, false, NULL) == 0)
        (void)!smp_reset(c, false);
    return false;
}

static enum end update(struct fleet_device *d, struct line *l)
{
    static struct smp_client c;
    *l = (struct line){.link = {.send = line_send, .recv = line_recv}, .d = d, .now_ms = 1};
    l->link.max_packet = FLEET_PACKET_MAX;
    smp_client_init(&c, &l->link);
    for (unsigned n = 0; n < TRIES; n++) {
        if (step(&c))
            return END_CONFIRMED;
        l->now_ms += 1000;
        fleet_device_wake(d, l->now_ms);
    }
    return END_GAVE_UP;
}

/* Pull the plug until nothing changes: what then runs is what the unit is worth. */
static struct fleet_truth at_rest(struct fleet_device *d, struct line *l)
{
    d->flash.cut_ppm = 0;
    for (unsigned n = 0; n < 3; n++) {
        fleet_device_power_cycle(d, l->now_ms);
        for (unsigned i = 0; i < 4; i++) { /* a boot loop needs two boots */
            l->now_ms += 1000;
            fleet_device_wake(d, l->now_ms);
        }
    }
    return fleet_device_truth(d);
}

static bool runs(const struct fleet_device *d, unsigned n)
{
    return d->hash.len == SHA256_SIZE && memcmp(d->hash.bytes, file_hash[n], SHA256_SIZE) == 0;
}

static struct fleet_fate fate_of(uint64_t seed, enum fleet_unit unit)
{
    const struct fleet_shares shares = {.seed = seed, .loss = 100000, .cuts = 600};
    struct fleet_fate fate = fleet_fate_draw(&shares, (unsigned)seed);
    fleet_fate_set(&fate, unit);
    return fate;
}

/* ---- tests ---- */

static void draws_repeat_and_keep_their_shares(void **state)
{
    (void)state;
    unsigned hits = 0;
    for (unsigned n = 0; n < 10000; n++)
        hits += fleet_chance(5, DRAW_HEARD, n, 100000);
    assert_in_range(hits, 900, 1100);
    assert_true(fleet_draw(1, DRAW_CUT, 2) == fleet_draw(1, DRAW_CUT, 2));
    assert_true(fleet_draw(1, DRAW_CUT, 2) != fleet_draw(1, DRAW_TEAR, 2));
    assert_true(fleet_draw(1, DRAW_CUT, 2) != fleet_draw(2, DRAW_CUT, 2));
    for (unsigned n = 0; n < 100; n++)
        assert_in_range(fleet_draw_in(9, DRAW_BUSY, n, 3, 5), 3, 5);
}

static void words_are_read_or_refused(void **state)
{
    (void)state;
    uint32_t ppm;
    uint64_t n;
    assert_true(fleet_percent("0.5", &ppm));
    assert_int_equal(ppm, 5000);
    assert_true(fleet_percent("100", &ppm));
    static const char *const bad[] = {"", "x", "10x", "-1", "101", "nan", "inf"};
    for (unsigned i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(fleet_percent(bad[i], &ppm));
    assert_true(fleet_number("65535", 0, 65535, &n));
    static const char *const wrong[] = {"", "-1", " 1", "1x", "65536", "99999999999999999999999"};
    for (unsigned i = 0; i < ARRAY_LEN(wrong); i++)
        assert_false(fleet_number(wrong[i], 0, 65535, &n));
}

static void a_fate_repeats(void **state)
{
    (void)state;
    const struct fleet_shares shares = {.seed = 3, .bad = 50000, .busy = 50000};
    unsigned bad = 0, busy = 0;
    for (unsigned i = 0; i < 1000; i++) {
        struct fleet_fate a = fleet_fate_draw(&shares, i), b = fleet_fate_draw(&shares, i);
        assert_memory_equal(&a, &b, sizeof a);
        bad += a.unit != UNIT_GOOD;
        busy += a.busy_writes > 0;
    }
    assert_in_range(bad, 25, 80);
    assert_in_range(busy, 25, 80);
}

static void flash_takes_each_word_once(void **state)
{
    (void)state;
    struct fleet_flash f;
    uint8_t a[FLEET_WORD], b[FLEET_WORD];
    memset(a, 0x5a, sizeof a);
    fleet_flash_init(&f, 1);
    assert_int_equal(flash_program(&f.flash, 64, a, sizeof a), ERR_OK);
    assert_int_equal(flash_read(&f.flash, 64, b, sizeof b), ERR_OK);
    assert_memory_equal(a, b, sizeof a);
    assert_int_equal(flash_erase(&f.flash, 0, FLEET_SECTOR), ERR_OK);
    assert_null(f.sector[0]);
    assert_int_equal(f.misuses, 0);
    fleet_flash_place(&f, 0, a, 20);
    (void)!f.flash.program(&f.flash, 0, a, sizeof a);
    assert_int_equal(f.misuses, 1);
    fleet_flash_free(&f);
}

/* Each way in which a cut can leave a word and a sector comes, and nothing works until the power is back. */
static void a_cut_leaves_anything(void **state)
{
    (void)state;
    uint8_t a[FLEET_WORD], b[FLEET_WORD];
    unsigned old = 0, new = 0, mixed = 0, unreadable = 0;
    memset(a, 0x5a, sizeof a);
    for (unsigned seed = 0; seed < 100; seed++) {
        struct fleet_flash f;
        fleet_flash_init(&f, seed);
        f.cut_ppm = FLEET_MILLION;
        assert_int_equal(flash_program(&f.flash, 0, a, sizeof a), ERR_IO);
        assert_int_equal(flash_read(&f.flash, 0, b, sizeof b), ERR_IO);
        assert_int_equal(flash_erase(&f.flash, 0, FLEET_SECTOR), ERR_IO);
        fleet_flash_power_on(&f);
        enum err e = flash_read(&f.flash, 0, b, sizeof b);
        unreadable += e == ERR_UNREADABLE;
        old += e == ERR_OK && b[0] == 0xff && b[31] == 0xff;
        new += e == ERR_OK &&memcmp(a, b, sizeof a) == 0;
        mixed += e == ERR_OK && b[0] != 0xff && memcmp(a, b, sizeof a) != 0;
        assert_int_equal(f.cuts, 1);
        fleet_flash_free(&f);
    }
    assert_true(old > 5 && new > 5 && mixed > 5 && unreadable > 5);
}

static void a_good_unit_ends_with_the_new_image(void **state)
{
    (void)state;
    unsigned cuts = 0;
    for (unsigned seed = 1; seed <= 12; seed++) {
        struct fleet_device d;
        struct line l;
        struct fleet_fate fate = fate_of(seed, UNIT_GOOD);
        fleet_device_init(&d, &model, seed, &fate);
        assert_int_equal(update(&d, &l), END_CONFIRMED);
        cuts += d.flash.cuts;
        struct fleet_truth t = at_rest(&d, &l);
        assert_true(t.known && t.confirmed && t.intact && t.next == SWAP_TYPE_NONE);
        assert_true(runs(&d, 1));
        assert_int_equal(d.flash.misuses, 0);
        fleet_device_free(&d);
    }
    assert_true(cuts > 3);
}

static void a_bad_unit_keeps_the_old_image(void **state)
{
    (void)state;
    for (unsigned unit = UNIT_BAD_FLASH; unit < UNIT_COUNT; unit++)
        for (unsigned seed = 1; seed <= 3; seed++) {
            struct fleet_device d;
            struct line l;
            struct fleet_fate fate = fate_of(seed, (enum fleet_unit)unit);
            fleet_device_init(&d, &model, seed, &fate);
            assert_int_equal(update(&d, &l), END_GAVE_UP);
            struct fleet_truth t = at_rest(&d, &l);
            assert_int_equal(t.power, unit >= UNIT_VANISHES ? POWER_VANISHED : POWER_ON);
            assert_true(runs(&d, 0));
            assert_true(unit != UNIT_BAD_FLASH || d.flash.failures > 0);
            assert_true(unit != UNIT_BOOT_LOOP || d.reverts > 0);
            assert_true(unit < UNIT_REFUSES || unit > UNIT_RESETS || d.confirms_withheld > 0);
            fleet_device_free(&d);
        }
}

static void a_busy_unit_answers_so_and_then_works(void **state)
{
    (void)state;
    struct fleet_device d;
    struct line l;
    struct fleet_fate fate = fate_of(1, UNIT_GOOD);
    fate.busy_writes = 3;
    fleet_device_init(&d, &model, 1, &fate);
    assert_int_equal(update(&d, &l), END_CONFIRMED);
    assert_int_equal(fate.busy_writes, 3);
    assert_true(d.writes > 3);
    fleet_device_free(&d);
}

static void the_same_seed_is_the_same_story(void **state)
{
    (void)state;
    struct fleet_device a, b;
    struct line l;
    struct fleet_fate fate = fate_of(7, UNIT_GOOD);
    fleet_device_init(&a, &model, 7, &fate);
    fleet_device_init(&b, &model, 7, &fate);
    assert_int_equal(update(&a, &l), END_CONFIRMED);
    assert_int_equal(update(&b, &l), END_CONFIRMED);
    assert_true(a.heard == b.heard && a.sent == b.sent && a.flash.ops == b.flash.ops &&
                a.flash.cuts == b.flash.cuts && a.boots == b.boots);
    fleet_device_free(&a);
    fleet_device_free(&b);
}

static void a_fleet_needs_an_image_that_it_can_run(void **state)
{
    (void)state;
    struct fresh_key other;
    struct fleet_model m = model;
    fresh_key_make(&other);
    m.key = other.key;
    assert_int_equal(fleet_model_init(&m), ERR_FORMAT);
    m = model;
    m.image_len = FLEET_SLOT_SIZE + 1;
    assert_int_equal(fleet_model_init(&m), ERR_NOSPC);
    fresh_key_free(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_repeat_and_keep_their_shares),
        cmocka_unit_test(words_are_read_or_refused),
        cmocka_unit_test(a_fate_repeats),
        cmocka_unit_test(flash_takes_each_word_once),
        cmocka_unit_test(a_cut_leaves_anything),
        cmocka_unit_test(a_good_unit_ends_with_the_new_image),
        cmocka_unit_test(a_bad_unit_keeps_the_old_image),
        cmocka_unit_test(a_busy_unit_answers_so_and_then_works),
        cmocka_unit_test(the_same_seed_is_the_same_story),
        cmocka_unit_test(a_fleet_needs_an_image_that_it_can_run),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
