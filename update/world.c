#include "update/world.h"

#include <stdlib.h>
#include <string.h>

#include "image/build.h"

/* A mistake in a test, not in what it tests. */
static void must(bool ok)
{
    if (!ok)
        abort();
}

static enum err coarse_read(struct flash *f, uint32_t off, void *dst, uint32_t len)
{
    struct flash *fine = &CONTAINER_OF(f, struct world_coarse, flash)->fake->flash;
    return fine->read(fine, off, dst, len);
}

static enum err coarse_program(struct flash *f, uint32_t off, const void *src, uint32_t len)
{
    struct flash *fine = &CONTAINER_OF(f, struct world_coarse, flash)->fake->flash;
    return fine->program(fine, off, src, len);
}

static enum err coarse_erase(struct flash *f, uint32_t off, uint32_t len)
{
    struct flash *fine = &CONTAINER_OF(f, struct world_coarse, flash)->fake->flash;
    return fine->erase(fine, off, len);
}

static void bind(struct world *w)
{
    bool coarse = w->coarse.flash.sector > w->fake.flash.sector;
    w->fake.bytes = w->bytes;
    w->fake.words = w->words;
    w->coarse.fake = &w->fake;
    w->pair.slot[SLOT_PRIMARY].flash = &w->fake.flash;
    w->pair.slot[SLOT_SECONDARY].flash = coarse ? &w->coarse.flash : &w->fake.flash;
    w->pair.slot[SLOT_SCRATCH].flash = &w->fake.flash;
}

void world_init(struct world *w, const struct world_shape *shape)
{
    uint32_t slot = shape->sector * shape->sectors, scratch = shape->sector * shape->scratch;
    must(2 * slot + scratch <= WORLD_FLASH_MAX);
    fake_init(&w->fake, shape->word, shape->sector, 2 * shape->sectors + shape->scratch, w->bytes,
              w->words);
    w->coarse.flash = w->fake.flash;
    w->coarse.flash.sector *= shape->per_coarse ? shape->per_coarse : 1;
    w->coarse.flash.read = coarse_read;
    w->coarse.flash.program = coarse_program;
    w->coarse.flash.erase = coarse_erase;
    w->pair = (struct slot_pair){
        .slot = {{.label = "image-0", .offset = 0, .size = slot},
                 {.label = "image-1", .offset = slot, .size = slot},
                 {.label = "scratch", .offset = 2 * slot, .size = scratch}},
        .max_align = shape->align,
        .max_sectors = shape->sectors,
        .strategy = shape->strategy,
    };
    w->no_downgrade = false;
    w->ran = SLOT_PRIMARY;
    memset(w->ram, 0, sizeof(w->ram));
    bind(w);
    const char *why = "";
    must(slot_pair_check(&w->pair, &why) == ERR_OK);
}

void world_copy(struct world *dst, const struct world *src)
{
    uint32_t size = src->fake.flash.size;
    dst->fake = src->fake;
    dst->coarse = src->coarse;
    dst->pair = src->pair;
    dst->no_downgrade = src->no_downgrade;
    dst->ran = src->ran;
    memcpy(dst->ram, src->ram, sizeof(dst->ram));
    memcpy(dst->bytes, src->bytes, size);
    memcpy(dst->words, src->words, size / src->fake.flash.word);
    bind(dst);
}

static uint32_t image_length(const struct world *w, enum world_image which)
{
    uint32_t sector = w->fake.flash.sector;
    if (which == IMAGE_B)
        return update_max_image_size(&w->pair) - 3;
    return which == IMAGE_A ? sector + sector / 8 + 5 : 2 * sector;
}

static bool is_loaded(const struct world *w)
{
    return update_mode(&w->pair) == UPDATE_MODE_RAM_LOAD;
}

static void build_image(uint8_t out[WORLD_FLASH_MAX], enum world_image which, uint32_t total,
                        bool loaded)
{
    static uint8_t payload[WORLD_FLASH_MAX];
    uint32_t overhead = 32 + 4 + 36; /* header, TLV info, hash */
    must(total > overhead && total <= WORLD_FLASH_MAX);
    for (uint32_t i = 0; i < total; i++)
        payload[i] = (uint8_t)(i * 31 + (i >> 8) + (uint32_t)which * 101);
    struct image_plan plan = {.version = {.major = (uint8_t)which},
                              .hdr_size = 32,
                              .load_addr = loaded ? WORLD_LOAD : 0,
                              .flags = loaded ? IMAGE_FLAG_RAM_LOAD : 0,
                              .pad_header = true,
                              .erased = 0xff,
                              .input = payload,
                              .input_len = total - overhead};
    struct image_built built;
    must(image_build(&plan, out, WORLD_FLASH_MAX, &built) == ERR_OK && built.len == total);
}

const uint8_t *world_image_bytes(const struct world *w, enum world_image which, uint32_t *len)
{
    /* Building hashes; the sweeps ask a hundred thousand times for the same few images. */
    static struct {
        uint32_t len;
        bool loaded;
        uint8_t bytes[WORLD_FLASH_MAX];
    } kept[IMAGE_C + 1];
    *len = image_length(w, which);
    if (kept[which].len != *len || kept[which].loaded != is_loaded(w)) {
        build_image(kept[which].bytes, which, *len, is_loaded(w));
        kept[which].len = *len;
        kept[which].loaded = is_loaded(w);
    }
    return kept[which].bytes;
}

void world_install(struct world *w, enum slot s, uint32_t off, enum world_image which)
{
    uint32_t len = 0, sector = w->pair.slot[s].flash->sector, at = w->pair.slot[s].offset + off;
    uint8_t padded[WORLD_FLASH_MAX];
    memset(padded, 0xff, sizeof(padded));
    const uint8_t *image = world_image_bytes(w, which, &len);
    memcpy(padded, image, len);
    uint32_t covered = (len + sector - 1) / sector * sector;
    uint32_t whole = (len + w->fake.flash.word - 1) & ~(w->fake.flash.word - 1);
    memset(w->bytes + at, 0xff, covered);
    memset(w->words + at / w->fake.flash.word, FAKE_VIRGIN, covered / w->fake.flash.word);
    fake_place(&w->fake, at, padded, whole);
}

enum err world_boot(struct world *w, struct update_outcome *out)
{
    static uint8_t buf[256];
    const struct load_ram ram = {WORLD_RAM_BASE, sizeof(w->ram), w->ram};
    struct update_env env = {.pair = &w->pair, .buf = buf, .buf_len = sizeof(buf), .ram = &ram};
    env.may_replace = w->no_downgrade ? update_no_downgrade : NULL;
    enum err e = update_boot(&env, out);
    if (out->verdict == IMAGE_GENUINE)
        w->ran = w->pair.active = out->slot;
    return e;
}

uint32_t world_random(uint32_t *seed)
{
    uint32_t x = *seed ? *seed : 88172645u;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *seed = x;
}

/* Early operations are drawn more often: trailers are dealt with there. */
static void plan_cut(struct world *w, uint32_t *seed)
{
    uint32_t bound = 1 + world_random(seed) % 400;
    uint32_t at = 1 + world_random(seed) % bound;
    enum fake_cut how = (enum fake_cut)(world_random(seed) % FAKE_CUT_COUNT);
    fake_cut_at(&w->fake, at, how, world_random(seed));
}

enum err world_boot_through(struct world *w, struct update_outcome *out, uint32_t *seed,
                            unsigned more)
{
    for (;;) {
        enum err e = world_boot(w, out);
        if (!w->fake.off)
            return e;
        fake_power_on(&w->fake);
        if (more > 0) {
            more--;
            plan_cut(w, seed);
        }
    }
}

enum world_image world_running(const struct world *w)
{
    for (int i = IMAGE_A; i <= IMAGE_C; i++) {
        uint32_t len;
        const uint8_t *image = world_image_bytes(w, (enum world_image)i, &len);
        bool in_slot = memcmp(w->bytes + w->pair.slot[w->ran].offset, image, len) == 0;
        bool in_ram =
            !is_loaded(w) || memcmp(w->ram + (WORLD_LOAD - WORLD_RAM_BASE), image, len) == 0;
        if (in_slot && in_ram)
            return (enum world_image)i;
    }
    return IMAGE_NOTHING;
}
