#include "testing/update/rig_garbage.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/update/swap/progress.h"
#include "core/update/swap/trailer.h"

/* Boots after which nothing may change any more: a swap, its revert, two repairs, and one to check. */
#define BOOTS_MAX 6

/* More operations than any boot of the toy device needs: reached only by an endless loop. */
#define OPS_MAX 20000u

struct stream_of_bytes {
    const uint8_t *data;
    size_t len;
};

static uint8_t take(struct stream_of_bytes *s)
{
    if (s->len == 0)
        return 0;
    s->len--;
    return *s->data++;
}

static void place_byte(struct device *w, enum slot s, uint32_t off, uint8_t value)
{
    uint8_t word[32];
    memset(word, 0xff, sizeof(word));
    word[0] = value;
    fake_place(&w->fake, w->pair.slot[s].offset + off, word, w->fake.flash.word);
}

/* Fill one field: left erased, a valid value, noise, unreadable, or touched. */
static void fill_flag(struct device *w, enum slot s, uint32_t off, uint8_t meaningful,
                      struct stream_of_bytes *in)
{
    uint32_t at = w->pair.slot[s].offset + off;
    switch (take(in) % 6) {
    case 1:
    case 2:
        place_byte(w, s, off, meaningful);
        break;
    case 3:
        place_byte(w, s, off, take(in));
        break;
    case 4:
        fake_spoil(&w->fake, at, FAKE_UNREADABLE);
        break;
    case 5:
        fake_spoil(&w->fake, at, FAKE_TOUCHED);
        break;
    default:
        break;
    }
}

static void fill_number(struct device *w, enum slot s, uint32_t off, uint32_t meaningful,
                        struct stream_of_bytes *in)
{
    uint8_t word[32];
    memset(word, 0xff, sizeof(word));
    uint8_t how = take(in) % 4;
    if (how == 0)
        return;
    put_le32(word, how == 1 ? (uint32_t)(take(in) << 16 | take(in) << 8 | take(in)) : meaningful);
    fake_place(&w->fake, w->pair.slot[s].offset + off, word, round_up32(4, w->fake.flash.word));
}

static void fill_magic(struct device *w, enum slot s, struct stream_of_bytes *in)
{
    struct trailer_layout l = trailer_layout(&w->pair, s);
    uint32_t at = w->pair.slot[s].offset + l.magic;
    uint8_t how = take(in) % 8;
    if (how >= 3 && trailer_put_magic(&w->pair, s) != ERR_OK)
        return;
    if (how == 1)
        fake_spoil(&w->fake, at, FAKE_UNREADABLE);
    if (how == 2 || how == 3)
        fake_place(&w->fake, at, (const uint8_t[32]){take(in), 2, 3}, w->fake.flash.word);
}

static uint32_t length_of(const struct device *w, enum two_slots_image which)
{
    uint32_t len;
    (void)two_slots_image_bytes(w, which, &len);
    return len;
}

static void fill_trailer(struct device *w, enum slot s, struct stream_of_bytes *in)
{
    struct trailer_layout l = trailer_layout(&w->pair, s);
    uint32_t longest = length_of(w, IMAGE_B);
    fill_magic(w, s, in);
    fill_flag(w, s, l.image_ok, 1, in);
    fill_flag(w, s, l.copy_done, 1, in);
    fill_flag(w, s, l.swap_info, (uint8_t)(2 + take(in) % 3), in);
    if (l.tlv_sizes)
        fill_number(w, s, l.tlv_sizes, 0x00280028, in);
    fill_number(w, s, l.swap_size, longest, in);
    for (uint32_t n = take(in) % (l.records + 1); n > 0; n--)
        fill_flag(w, s, l.status + (n - 1) * w->fake.flash.word, (uint8_t)(1 + n % 2), in);
}

static void fill_secondary(struct device *w, struct stream_of_bytes *in)
{
    uint32_t sector = w->fake.flash.sector, base = w->pair.slot[SLOT_SECONDARY].offset;
    uint8_t how = take(in);
    enum two_slots_image which = how & 1 ? IMAGE_B : IMAGE_C;
    if (how & 2)
        two_slots_install(w, SLOT_SECONDARY, update_upload_offset(&w->pair), which);
    else if (how & 4)
        two_slots_install(w, SLOT_SECONDARY, sector - update_upload_offset(&w->pair), which);
    if (how & 8)
        w->bytes[base + (take(in) << 8 | take(in)) % (4 * sector)] ^= take(in);
    if (how & 16)
        fake_spoil(&w->fake, base + round_down32(take(in) * 37u % (4 * sector), 32),
                   FAKE_UNREADABLE);
}

/* A trailer that tells, in every detail, of a swap of the images that are there cannot be distinguished from a
 * true one: then only the weaker promises hold. */
static bool tells_of_a_swap(struct device *w)
{
    struct trailer_state pri;
    struct swap sw;
    bool claims, kept;
    if (engine_of(&w->pair)->swap == NULL)
        return false;
    return trailer_read(&w->pair, SLOT_PRIMARY, &pri) != ERR_OK ||
           progress_read(&w->pair, &pri, &sw, &claims) != ERR_OK ||
           (claims && engine_of(&w->pair)->swap->plausible(&w->pair, &sw)) ||
           checkpoint_read(&w->pair, &sw, &kept) != ERR_OK || kept;
}

static const char *boot_until_rest(struct device *w, bool weak)
{
    for (int boots = 0; boots < BOOTS_MAX; boots++) {
        struct update_outcome out;
        fake_power_on(&w->fake);
        fake_cut_at(&w->fake, OPS_MAX, FAKE_CUT_BEFORE, 1);
        enum err e = two_slots_boot(w, &out);
        if (w->fake.off)
            return "a boot does not end";
        if (w->fake.violations)
            return "a word was programmed twice";
        /* Records of another layout are refused, and left as they are. */
        if (e != ERR_OK && (e != ERR_STATE || w->fake.ops != 0))
            return "the update failed";
        if (!weak && out.verdict != IMAGE_GENUINE)
            return "no genuine image in the primary";
        if (out.verdict == IMAGE_GENUINE && two_slots_running(w) == IMAGE_NOTHING)
            return "genuine, but not an image that was there";
        if (w->fake.ops == 0)
            return NULL;
    }
    return "not at rest";
}

const char *garbage_run(const uint8_t *data, size_t len)
{
    static const struct two_slots_shape shapes[] = {
        {32, 32, 512, 5, &update_swap_offset, 0, 0},
        {8, 8, 192, 5, &update_swap_offset, 0, 0},
        {1, 8, 128, 5, &update_swap_offset, 0, 0},
        {8, 8, 64, 8, &update_swap_offset, 0, 0},
        {32, 32, 768, 5, &update_swap_move, 0, 0},
        {8, 8, 64, 9, &update_swap_move, 0, 0},
        {8, 8, 128, 6, &update_swap_scratch, 3, 2},
        {32, 32, 768, 4, &update_swap_scratch, 1, 0},
        {32, 32, 512, 4, &update_direct_xip_revert, 0, 0},
        {8, 8, 128, 4, &update_ram_load_revert, 0, 0},
    };
    static struct device w;
    struct stream_of_bytes in = {data, len};
    two_slots_init(&w, &shapes[take(&in) % ARRAY_LEN(shapes)]);
    two_slots_install(&w, SLOT_PRIMARY, 0, IMAGE_A);
    fill_secondary(&w, &in);
    fill_trailer(&w, SLOT_PRIMARY, &in);
    fill_trailer(&w, SLOT_SECONDARY, &in);
    return boot_until_rest(&w, tells_of_a_swap(&w));
}
