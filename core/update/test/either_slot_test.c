/* Direct-XIP, RAM-load and single slot: size limits, load addresses, and which image runs if one is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "core/update/strategy.h"
#include "core/update/swap/trailer.h"
#include "host/image/build/build.h"
#include "testing/update/rig_full_size.h"

#define RAM_BASE 0x24000000u
#define RAM_SIZE 0x60000u

static uint8_t memory[RAM_SIZE], buf[1024], file[FULL_SLOT];
static struct load_ram ram = {RAM_BASE, RAM_SIZE, memory};
static struct update_outcome out;
static unsigned asked;
static enum slot only_slot;

static struct update_env env_of(void)
{
    return (struct update_env){.pair = &full.pair, .buf = buf, .buf_len = sizeof(buf), .ram = &ram};
}

static void boot(void)
{
    struct update_env env = env_of();
    assert_int_equal(update_boot(&env, &out), ERR_OK);
}

/* A hash-only image of size bytes, made for address. */
static void place(enum slot s, unsigned major, uint32_t size, uint32_t flags, uint32_t address)
{
    static uint8_t payload[FULL_SLOT];
    struct image_plan plan = {.version = {.major = (uint8_t)major},
                              .hdr_size = 32,
                              .pad_header = true,
                              .erased = 0xff,
                              .flags = flags,
                              .load_addr = address,
                              .input = payload,
                              .input_len = size - 32 - 4 - 36};
    struct image_built built;
    memset(payload, (int)major, sizeof(payload));
    assert_int_equal(image_build(&plan, file, sizeof(file), &built), ERR_OK);
    assert_int_equal(built.len, size);
    memset(file + size, 0xff, sizeof(file) - size);
    fake_place(&full.fake, full.pair.slot[s].offset, file, round_up32(size, FULL_WORD));
}

static void blank_device(const struct update_strategy *strategy)
{
    full_device(strategy);
    memset(full.bytes, 0xff, sizeof(full.bytes));
    memset(full.words, FAKE_VIRGIN, sizeof(full.words));
}

/* Spec 4.6, geometry A, and 3.2. What is tried at boot writes its trailer, and shares no sector with it. */
static void limits(void **state)
{
    static const struct {
        const struct update_strategy *strategy;
        uint32_t limit;
    } cases[] = {
        {&update_direct_xip, 0xdff80},
        {&update_ram_load, 0xdff80},
        {&update_direct_xip_revert, 0xc0000},
        {&update_ram_load_revert, 0xc0000},
        {&update_single, 0xdff60},
    };
    (void)state;
    ram = (struct load_ram){RAM_BASE, sizeof(memory), memory};
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        blank_device(cases[i].strategy);
        assert_int_equal(update_max_image_size(&full.pair), cases[i].limit);
        if (cases[i].strategy->mode == UPDATE_MODE_RAM_LOAD)
            continue;
        place(SLOT_PRIMARY, 1, cases[i].limit, 0, 0);
        boot();
        assert_int_equal(out.verdict, IMAGE_GENUINE);
        blank_device(cases[i].strategy);
        place(SLOT_PRIMARY, 1, cases[i].limit + 1, 0, 0);
        boot();
        assert_int_equal(out.verdict, IMAGE_REFUSED);
        assert_int_equal(out.primary.fault, IMAGE_FAULT_TOO_LARGE);
    }
}

static void load_addresses(void **state)
{
    const uint32_t size = 5000;
    const struct {
        const char *name;
        uint32_t flags, address;
        bool runs;
    } cases[] = {
        {"at the start", IMAGE_FLAG_RAM_LOAD, RAM_BASE, true},
        {"to the last byte", IMAGE_FLAG_RAM_LOAD, RAM_BASE + RAM_SIZE - size, true},
        {"one byte over", IMAGE_FLAG_RAM_LOAD, RAM_BASE + RAM_SIZE - size + 1, false},
        {"in front", IMAGE_FLAG_RAM_LOAD, RAM_BASE - 1, false},
        {"behind", IMAGE_FLAG_RAM_LOAD, RAM_BASE + RAM_SIZE, false},
        {"the bootloader's RAM", IMAGE_FLAG_RAM_LOAD, 0x20000000, false},
        {"wraps", IMAGE_FLAG_RAM_LOAD, 0xfffff000, false},
        {"null", IMAGE_FLAG_RAM_LOAD, 0, false},
        {"not to be loaded", 0, RAM_BASE, false},
        {"for a slot", IMAGE_FLAG_ROM_FIXED, RAM_BASE, false},
    };
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        print_message("%s\n", cases[i].name);
        blank_device(&update_ram_load);
        memset(memory, 0xee, sizeof(memory));
        place(SLOT_SECONDARY, 9, size, cases[i].flags, cases[i].address);
        place(SLOT_PRIMARY, 1, size, IMAGE_FLAG_RAM_LOAD, RAM_BASE + 64);
        boot();
        assert_int_equal(out.verdict, IMAGE_GENUINE);
        assert_int_equal(out.slot, cases[i].runs ? SLOT_SECONDARY : SLOT_PRIMARY);
        struct image_source src;
        assert_true(update_loaded_source(&ram, &out, &src));
        assert_int_equal(src.size, size);
        uint32_t at = cases[i].runs ? cases[i].address - RAM_BASE : 64;
        assert_ptr_equal(src.ctx, memory + at);
        assert_memory_equal(memory + at, full.bytes + full.pair.slot[out.slot].offset, size);
        assert_true(bytes_all(memory, 0xee, at));
        assert_true(bytes_all(memory + at + size, 0xee, sizeof(memory) - at - size));
        assert_int_equal(full.fake.ops, 0);
    }
}

static unsigned lies, lie_at;

static enum err lies_once(struct flash *f, uint32_t off, void *dst, uint32_t len)
{
    enum err e = full.fake.flash.read(&full.fake.flash, off, dst, len);
    (void)f;
    if (off <= lie_at && off + len > lie_at && lies > 0) {
        lies--;
        ((uint8_t *)dst)[lie_at - off] ^= 1;
    }
    return e;
}

/* Flash that reads differently the second time does not get a wrong copy past the judge. */
static void the_copy_is_judged(void **state)
{
    (void)state;
    blank_device(&update_ram_load);
    place(SLOT_PRIMARY, 1, 5000, IMAGE_FLAG_RAM_LOAD, RAM_BASE);
    static struct flash liar; /* the slots keep it */
    liar = full.fake.flash;
    liar.read = lies_once;
    full.pair.slot[SLOT_PRIMARY].flash = full.pair.slot[SLOT_SECONDARY].flash = &liar;
    for (unsigned i = 0; i < 2; i++) {
        lie_at =
            i == 0 ? 3000 : 5; /* the payload; the load address, in the list and before the copy */
        lies = i == 0 ? 1 : 2;
        boot();
        assert_int_equal(lies, 0);
        assert_int_equal(out.verdict, IMAGE_REFUSED);
        boot();
        assert_int_equal(out.verdict, IMAGE_GENUINE);
    }
}

/* Of two that are equal the primary's. */
static void who_is_first(void **state)
{
    (void)state;
    blank_device(&update_direct_xip);
    place(SLOT_PRIMARY, 3, 5000, 0, 0);
    place(SLOT_SECONDARY, 3, 5000, 0, 0);
    boot();
    assert_int_equal(out.slot, SLOT_PRIMARY);
}

static uint32_t mark_of(enum slot s)
{
    return full.pair.slot[s].offset + trailer_layout(&full.pair, s).copy_done;
}

/* 1 in the primary with that trailer, 2 in the secondary, asked for. */
static void asked_for(enum trial old)
{
    blank_device(&update_direct_xip_revert);
    place(SLOT_PRIMARY, 1, 5000, 0, 0);
    place(SLOT_SECONDARY, 2, 5000, 0, 0);
    assert_int_equal(trial_write(&full.pair, SLOT_PRIMARY, old, NULL), ERR_OK);
    assert_int_equal(trial_write(&full.pair, SLOT_SECONDARY, TRIAL_PENDING, NULL), ERR_OK);
    full.op_count = 0; /* of a log of limited length */
    full.fake.ops = 0;
}

static void starts(void)
{
    boot();
    assert_int_equal(out.slot, SLOT_SECONDARY);
    assert_int_equal(out.performed, SWAP_TYPE_TEST);
}

static void on_trial(enum trial old)
{
    asked_for(old);
    starts();
}

/* A cut in the mark: both trailers are written anew, with a note of the trial. */
static void on_noted_trial(enum trial old)
{
    asked_for(old);
    fake_spoil(&full.fake, mark_of(SLOT_SECONDARY), FAKE_UNREADABLE);
    starts();
}

/* Between the request and the new image there is one program, and no erase. */
static void a_trial_costs_one_word(void **state)
{
    static const enum trial old[] = {TRIAL_NONE, TRIAL_CONFIRMED};
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(old); i++) {
        on_trial(old[i]);
        assert_int_equal(full.fake.ops, 1);
        assert_int_equal(full.op_count, 1);
        assert_int_equal(full.ops[0].what, 'W');
        assert_int_equal(full.ops[0].off, mark_of(SLOT_SECONDARY));
        assert_int_equal(full.bytes[mark_of(SLOT_SECONDARY)], 1);
        assert_int_equal(full.fake.violations, 0);
    }
}

/* What a cut has left of the mark: the image gets its one boot all the same, and one only. */
static void a_torn_mark_is_no_trial(void **state)
{
    static const enum fake_word left[] = {FAKE_TOUCHED, FAKE_UNREADABLE, FAKE_WRITTEN};
    (void)state;
    for (unsigned n = 0; n < 8 * ARRAY_LEN(left); n++) {
        asked_for(TRIAL_CONFIRMED);
        full.fake.seed = n * 77 + 1; /* is a word that was touched right after its program? */
        full.fake.again[0] = mark_of(SLOT_SECONDARY);
        fake_spoil(&full.fake, mark_of(SLOT_SECONDARY), left[n / 8]);
        if (left[n / 8] == FAKE_WRITTEN)
            full.bytes[mark_of(SLOT_SECONDARY)] = 0x03;
        starts();
        assert_int_equal(full.fake.violations, 0);
        boot();
        assert_int_equal(out.slot, SLOT_PRIMARY);
        assert_int_equal(out.performed, SWAP_TYPE_REVERT);
    }
}

/* The image that asked is the one to go back to, confirmed or not, until its successor is confirmed. */
static void the_way_back(void **state)
{
    bool confirmed;
    (void)state;
    on_trial(TRIAL_TRIED);
    boot();
    assert_int_equal(out.slot, SLOT_PRIMARY);
    assert_int_equal(out.performed, SWAP_TYPE_REVERT);
    assert_false(slot_has_header(&full.pair, SLOT_SECONDARY, 0));
    full.pair.active = SLOT_PRIMARY;
    assert_int_equal(update_is_confirmed(&full.pair, &confirmed), ERR_OK);
    assert_true(confirmed);

    on_trial(TRIAL_TRIED);
    full.pair.active = SLOT_SECONDARY;
    assert_int_equal(update_set_confirmed(&full.pair), ERR_OK);
    for (unsigned n = 0; n < 2; n++) {
        full.fake.ops = 0;
        boot();
        assert_int_equal(out.slot, SLOT_SECONDARY);
        assert_int_equal(full.fake.ops, 0);
    }
}

/* What an attempt has noted in the other slot does not ask for the same image once more when it is uploaded again. */
static void an_attempt_is_forgotten(void **state)
{
    (void)state;
    on_noted_trial(TRIAL_CONFIRMED);
    boot();
    assert_int_equal(out.slot, SLOT_PRIMARY);
    place(SLOT_SECONDARY, 2, 5000, 0, 0);
    boot();
    assert_int_equal(out.slot, SLOT_PRIMARY);
    assert_int_equal(out.requested, SWAP_TYPE_NONE);
}

/* A note is of one image: another one in its place was not asked for. */
static void a_note_is_of_one_image(void **state)
{
    (void)state;
    for (unsigned same = 0; same < 2; same++) {
        on_noted_trial(TRIAL_CONFIRMED);
        place(SLOT_SECONDARY, same ? 2 : 3, 5000, 0, 0);
        assert_int_equal(trailer_erase(&full.pair, SLOT_SECONDARY, NULL), ERR_OK);
        boot();
        assert_int_equal(out.slot, same ? SLOT_SECONDARY : SLOT_PRIMARY);
    }
}

/* What is not genuine does not stay in RAM, and an outcome that names no RAM has no source. */
static void nothing_is_left(void **state)
{
    struct image_source src;
    (void)state;
    blank_device(&update_ram_load);
    memset(memory, 0xee, sizeof(memory));
    place(SLOT_PRIMARY, 1, 5000, IMAGE_FLAG_RAM_LOAD, RAM_BASE + 64);
    full.bytes[100] ^= 1;
    boot();
    assert_int_equal(out.verdict, IMAGE_REFUSED);
    assert_int_equal(out.primary.fault, IMAGE_FAULT_HASH_MISMATCH);
    assert_true(bytes_all(memory + 64, 0, 5000));
    out.primary.header.load_addr = RAM_BASE + RAM_SIZE - 1;
    out.primary.size = 2;
    assert_false(update_loaded_source(&ram, &out, &src));
    out.primary.header.load_addr = RAM_BASE;
    out.primary.size = 0;
    assert_false(update_loaded_source(&ram, &out, &src));
    out.primary.size = 2;
    assert_false(update_loaded_source(NULL, &out, &src));
    assert_true(update_loaded_source(&ram, &out, &src));
}

static enum swap_type next_type(void)
{
    enum swap_type type;
    assert_int_equal(update_next_swap_type(&full.pair, &type), ERR_OK);
    return type;
}

/* Where the newest runs, what is said of the next boot is what that does: an upload counts once it is whole. */
static void an_upload_counts_once_it_is_whole(void **state)
{
    const uint32_t size = 5000, second = full.pair.slot[SLOT_SECONDARY].offset;
    (void)state;
    for (uint32_t n = 0; n <= 10; n++) {
        const uint32_t have = size / 10 * n;
        blank_device(&update_direct_xip);
        place(SLOT_PRIMARY, 1, size, 0, 0);
        place(SLOT_SECONDARY, 1, size, 0, 0); /* an old one of the same size, TLVs and all */
        uint8_t kept[5000];
        memcpy(kept, full.bytes + second, size);
        place(SLOT_SECONDARY, 2, size, 0, 0);
        memcpy(full.bytes + second + have, kept + have, size - have);
        bool whole = have == size;
        assert_int_equal(next_type(), whole ? SWAP_TYPE_PERM : SWAP_TYPE_NONE);
        boot();
        assert_int_equal(out.slot, whole ? SLOT_SECONDARY : SLOT_PRIMARY);
        if (!whole)
            memset(full.bytes + second + have, 0xff, size - have); /* over erased flash */
        assert_int_equal(next_type(), whole ? SWAP_TYPE_PERM : SWAP_TYPE_NONE);
    }
}

static bool only(const struct update_env *env, const struct update_outcome *o)
{
    (void)env;
    asked++;
    return o->slot == only_slot;
}

/* A newer image that was built for the other slot leaves the older one to run. */
static void built_for_another_slot(void **state)
{
    (void)state;
    for (unsigned s = 0; s < 2; s++) {
        blank_device(&update_direct_xip);
        place(SLOT_PRIMARY, 1 + s, 5000, 0, 0);
        place(SLOT_SECONDARY, 2 - s, 5000, 0, 0);
        struct update_env env = env_of();
        env.runs_here = only;
        only_slot = (enum slot)s;
        asked = 0;
        assert_int_equal(update_boot(&env, &out), ERR_OK);
        assert_int_equal(out.verdict, IMAGE_GENUINE);
        assert_int_equal(out.slot, s);
        only_slot = SLOT_NONE;
        assert_int_equal(update_boot(&env, &out), ERR_OK);
        assert_int_equal(out.verdict, IMAGE_REFUSED);
        assert_int_equal(out.primary.fault, IMAGE_FAULT_VECTORS);
        assert_int_equal(asked, 2 + 2);
    }
}

static enum err fails(struct flash *f, uint32_t off, void *dst, uint32_t len)
{
    (void)f, (void)off, (void)dst, (void)len;
    return ERR_IO;
}

/* A device that fails says nothing about its images: no trailer is touched for it. */
static void read_errors_erase_nothing(void **state)
{
    (void)state;
    blank_device(&update_direct_xip_revert);
    place(SLOT_PRIMARY, 1, 5000, 0, 0);
    place(SLOT_SECONDARY, 2, 5000, 0, 0);
    assert_int_equal(trailer_put_magic(&full.pair, SLOT_SECONDARY), ERR_OK);
    struct flash broken = full.fake.flash;
    broken.read = fails;
    full.pair.slot[SLOT_SECONDARY].flash = &broken;
    full.fake.ops = 0;
    struct update_env env = env_of();
    (void)!update_boot(&env, &out);
    assert_int_equal(out.slot, SLOT_PRIMARY);
    assert_int_equal(out.verdict, IMAGE_GENUINE);
    full.pair.slot[SLOT_SECONDARY].flash = &full.fake.flash;
    struct trailer_state t;
    assert_int_equal(trailer_read(&full.pair, SLOT_SECONDARY, &t), ERR_OK);
    assert_int_equal(t.magic, TRAILER_MAGIC_GOOD);
}

static void single_slot(void **state)
{
    enum swap_type type;
    bool confirmed;
    (void)state;
    blank_device(&update_single);
    full.pair.slot[SLOT_SECONDARY] = (struct flash_area){0};
    place(SLOT_PRIMARY, 1, 5000, 0, 0);
    boot();
    assert_int_equal(out.verdict, IMAGE_GENUINE);
    assert_int_equal(full.fake.ops, 0);
    assert_int_equal(update_slot_count(&full.pair), 1);
    assert_int_equal(update_upload_slot(&full.pair), SLOT_NONE);
    assert_false(update_takes_requests(&full.pair));
    assert_int_equal(update_next_swap_type(&full.pair, &type), ERR_OK);
    assert_int_equal(type, SWAP_TYPE_NONE);
    assert_int_equal(update_is_confirmed(&full.pair, &confirmed), ERR_OK);
    assert_true(confirmed);
    assert_int_equal(update_set_confirmed(&full.pair), ERR_OK);
    assert_int_equal(update_set_pending(&full.pair, true), ERR_NOTSUP);
    assert_int_equal(update_upload_begin(&full.pair), ERR_STATE);
    assert_int_equal(update_clear_request(&full.pair), ERR_STATE);
    assert_int_equal(full.fake.ops, 0);
    full.bytes[100] ^= 1;
    boot();
    assert_int_equal(out.verdict, IMAGE_REFUSED);
}

/* If the application does not know which slot runs, requests and erases are refused. */
static void active_slot_not_known(void **state)
{
    bool confirmed;
    (void)state;
    blank_device(&update_ram_load_revert);
    full.pair.active = SLOT_NONE;
    assert_int_equal(update_upload_slot(&full.pair), SLOT_NONE);
    assert_int_equal(update_set_pending(&full.pair, true), ERR_STATE);
    assert_int_equal(update_set_confirmed(&full.pair), ERR_STATE);
    assert_int_equal(update_is_confirmed(&full.pair, &confirmed), ERR_STATE);
    assert_int_equal(update_upload_begin(&full.pair), ERR_STATE);
    assert_int_equal(full.fake.ops, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits),
        cmocka_unit_test(load_addresses),
        cmocka_unit_test(the_copy_is_judged),
        cmocka_unit_test(who_is_first),
        cmocka_unit_test(a_trial_costs_one_word),
        cmocka_unit_test(a_torn_mark_is_no_trial),
        cmocka_unit_test(the_way_back),
        cmocka_unit_test(an_attempt_is_forgotten),
        cmocka_unit_test(a_note_is_of_one_image),
        cmocka_unit_test(an_upload_counts_once_it_is_whole),
        cmocka_unit_test(nothing_is_left),
        cmocka_unit_test(built_for_another_slot),
        cmocka_unit_test(read_errors_erase_nothing),
        cmocka_unit_test(single_slot),
        cmocka_unit_test(active_slot_not_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
