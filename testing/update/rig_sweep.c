#include "testing/update/rig_sweep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/update/swap/trailer.h"

struct device start, end;
static struct device w;

static void to_cut(uint32_t n, int how, uint32_t seed)
{
    two_slots_copy(&w, &start);
    fake_power_on(&w.fake);
    fake_cut_at(&w.fake, n, (enum fake_cut)how, seed);
}

bool at_rest(const struct device *x)
{
    static struct device y;
    struct update_outcome out;
    two_slots_copy(&y, x);
    fake_power_on(&y.fake);
    return two_slots_boot(&y, &out) == ERR_OK && y.fake.ops == 0 && out.verdict == IMAGE_GENUINE;
}

struct trailer_state trailer_of(const struct device *x, enum slot s)
{
    static struct device y;
    struct trailer_state t;
    two_slots_copy(&y, x);
    assert_int_equal(trailer_read(&y.pair, s, &t), ERR_OK);
    return t;
}

#define CHECK(what)                                                                               \
    do {                                                                                          \
        if (!(what))                                                                              \
            fail_msg("%s, word %u: cut %u class %d more %u seed %u: %s", g->name,                 \
                     (unsigned)w.fake.flash.word, (unsigned)n, how, more, (unsigned)seed, #what); \
    } while (0)

static void check_after(const struct goal *g, uint32_t n, int how, unsigned more, uint32_t seed)
{
    struct update_outcome out;
    uint32_t draw = seed;
    if (g->app) {
        g->app(&w);
        if (w.fake.off)
            fake_power_on(&w.fake);
    }
    enum err e = two_slots_boot_through(&w, &out, &draw, more);
    CHECK(e == ERR_OK);
    CHECK(out.verdict == IMAGE_GENUINE);
    CHECK(w.fake.violations == 0);
    if (g->may_revert && two_slots_running(&w) == two_slots_running(&start)) {
        struct trailer_state pri = trailer_of(&w, SLOT_PRIMARY);
        CHECK(at_rest(&w) && pri.swap_type == SWAP_TYPE_REVERT &&
              pri.image_ok == TRAILER_FLAG_SET && pri.copy_done == TRAILER_FLAG_SET);
        return;
    }
    CHECK(!g->reached || g->reached(&w));
    if (g->same_flash)
        CHECK(memcmp(w.bytes, end.bytes, w.fake.flash.size) == 0);
}

/* The number of operations of a run without cuts from start; end is its result. */
static uint32_t undisturbed(const struct goal *g)
{
    struct update_outcome out;
    to_cut(0, 0, 0);
    if (g->app)
        g->app(&w);
    assert_int_equal(two_slots_boot(&w, &out), ERR_OK);
    assert_int_equal(out.verdict, IMAGE_GENUINE);
    assert_int_equal(w.fake.violations, 0);
    assert_true(!g->reached || g->reached(&w));
    two_slots_copy(&end, &w);
    return w.fake.ops;
}

void sweep(const struct goal *g)
{
    uint32_t ops = undisturbed(g), runs = 0;
    for (uint32_t n = 1; n <= ops; n++)
        for (int how = 0; how < FAKE_CUT_COUNT; how++)
            for (unsigned more = 0; more < 6; more += start.pair.key_size ? 3 : 1) {
                uint32_t seed = n * 977 + (uint32_t)how * 31 + more * 7 + 1;
                if (!fake_cut_is_drawn(n, how, more))
                    continue;
                to_cut(n, how, seed);
                check_after(g, n, how, more < 2 ? more : 2 * more, seed);
                runs++;
            }
    print_message("  word %2u: %-28s %4u operations, %6u runs\n", (unsigned)start.fake.flash.word,
                  g->name, (unsigned)ops, (unsigned)runs);
}

void fresh(const struct two_slots_shape *shape, enum two_slots_image old, enum two_slots_image new)
{
    two_slots_init(&start, shape);
    two_slots_encrypt(&start, swept->key_size, false);
    two_slots_install(&start, SLOT_PRIMARY, 0, old);
    uint32_t upload = update_upload_offset(&start.pair);
    if (new != IMAGE_NOTHING)
        two_slots_install(&start, SLOT_SECONDARY, upload, new);
    /* Garbage behind the smaller image, as an interrupted upload may have left it. */
    uint32_t waste = 2 * shape->sector - shape->word;
    if (old == IMAGE_A)
        fake_spoil(&start.fake, waste, FAKE_UNREADABLE);
    if (new == IMAGE_A)
        fake_spoil(&start.fake, start.pair.slot[1].offset + upload + waste, FAKE_UNREADABLE);
}

void app_confirms(struct device *x)
{
    enum err e = update_set_confirmed(&x->pair);
    assert_true(x->fake.off ? e == ERR_IO : e == ERR_OK);
}

static void ask(struct device *x, bool permanent)
{
    enum err e = update_set_pending(&x->pair, permanent);
    assert_true(x->fake.off ? e == ERR_IO : e == ERR_OK);
}

void app_asks_test(struct device *x)
{
    ask(x, false);
}

void app_asks_permanent(struct device *x)
{
    ask(x, true);
}

void app_uploads(struct device *x)
{
    enum err e = update_upload_begin(&x->pair);
    assert_true(x->fake.off ? e == ERR_IO : e == ERR_OK);
}

const struct swept *swept;

bool sweep_choose(const struct swept *rows, size_t count, int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : rows[0].name;
    if (argc > 2)
        cmocka_set_test_filter(argv[2]);
    for (swept = rows; swept < rows + count; swept++)
        if (strcmp(swept->name, name) == 0)
            return true;
    print_error("no such strategy: %s\n", name);
    return false;
}
