#include "testing/update/rig_two_slots.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/update/strategy.h"
#include "core/update/swap/trailer.h"
#include "host/image/build/build.h"

/* An error in the test itself. */
static void must(bool ok)
{
    if (!ok)
        abort();
}

static enum err coarse_read(struct flash *f, uint32_t off, void *dst, uint32_t len)
{
    struct flash *fine = &CONTAINER_OF(f, struct two_slots_coarse, flash)->fake->flash;
    return fine->read(fine, off, dst, len);
}

static enum err coarse_program(struct flash *f, uint32_t off, const void *src, uint32_t len)
{
    struct flash *fine = &CONTAINER_OF(f, struct two_slots_coarse, flash)->fake->flash;
    return fine->program(fine, off, src, len);
}

static enum err coarse_erase(struct flash *f, uint32_t off, uint32_t len)
{
    struct flash *fine = &CONTAINER_OF(f, struct two_slots_coarse, flash)->fake->flash;
    return fine->erase(fine, off, len);
}

static void bind(struct device *w)
{
    bool coarse = w->coarse.flash.sector > w->fake.flash.sector;
    w->fake.bytes = w->bytes;
    w->fake.words = w->words;
    w->coarse.fake = &w->fake;
    w->pair.slot[SLOT_PRIMARY].flash = &w->fake.flash;
    w->pair.slot[SLOT_SECONDARY].flash = coarse ? &w->coarse.flash : &w->fake.flash;
    w->pair.slot[SLOT_SCRATCH].flash = &w->fake.flash;
}

void two_slots_init(struct device *w, const struct two_slots_shape *shape)
{
    uint32_t slot = shape->sector * shape->sectors, scratch = shape->sector * shape->scratch;
    must(2 * slot + scratch <= TWO_SLOTS_FLASH_MAX);
    fake_init(&w->fake, shape->word, shape->sector, 2 * shape->sectors + shape->scratch, w->bytes,
              w->words);
    w->coarse.flash = w->fake.flash;
    w->coarse.flash.sector *= shape->per_coarse ? shape->per_coarse : 1;
    w->coarse.flash.read = coarse_read;
    w->coarse.flash.program = coarse_program;
    w->coarse.flash.erase = coarse_erase;
    w->pair = (struct slot_pair){
        .slot = {{.offset = 0, .size = slot},
                 {.offset = slot, .size = slot},
                 {.offset = 2 * slot, .size = scratch}},
        .max_align = shape->align,
        .max_sectors = shape->sectors,
        .strategy = shape->strategy,
    };
    w->no_downgrade = false;
    w->plain_a = false;
    w->ran = SLOT_PRIMARY;
    memset(w->ram, 0, sizeof(w->ram));
    bind(w);
    const char *why = "";
    must(slot_pair_check(&w->pair, &why) == ERR_OK);
    for (unsigned s = 0; s < 2 && shape->strategy->runs_either; s++)
        w->fake.again[s] =
            w->pair.slot[s].offset + trailer_layout(&w->pair, (enum slot)s).copy_done;
}

void two_slots_copy(struct device *dst, const struct device *src)
{
    uint32_t size = src->fake.flash.size;
    dst->fake = src->fake;
    dst->coarse = src->coarse;
    dst->pair = src->pair;
    dst->no_downgrade = src->no_downgrade;
    dst->plain_a = src->plain_a;
    dst->ran = src->ran;
    memcpy(dst->ram, src->ram, sizeof(dst->ram));
    memcpy(dst->bytes, src->bytes, size);
    memcpy(dst->words, src->words, size / src->fake.flash.word);
    bind(dst);
}

/* ---- encrypted images: keys of 16 and 32 bytes, each image its own, as AES key wrap under the key-encryption key
 * 00 01 02 ... makes them (Python's cryptography). */

static const uint8_t kek[AES_KEY_MAX] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
                                         11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
                                         22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
static const uint8_t wrapped_16[][24] = {
    {0x01, 0xa9, 0x02, 0x28, 0x8f, 0x09, 0xae, 0x3a, 0x40, 0x29, 0x90, 0xbc,
     0x93, 0xc3, 0xf9, 0xcf, 0x0b, 0xea, 0x16, 0x8b, 0xbd, 0xc0, 0x5c, 0x44},
    {0x79, 0x25, 0xbf, 0xf4, 0x1b, 0x62, 0xfa, 0x70, 0xab, 0x98, 0x4f, 0x8e,
     0xb3, 0x3a, 0x14, 0x69, 0x28, 0x86, 0x9c, 0x2e, 0x39, 0x65, 0xc3, 0x87},
    {0x2f, 0x3e, 0x65, 0x15, 0x4b, 0x66, 0xde, 0xe1, 0x61, 0xdb, 0x73, 0xa6,
     0xc3, 0x6e, 0x87, 0xd5, 0xbf, 0x92, 0x8b, 0xc6, 0x08, 0x85, 0x93, 0xad},
};
static const uint8_t wrapped_32[][40] = {
    {0x85, 0x47, 0xf2, 0x90, 0x55, 0xe1, 0x97, 0x4e, 0xd1, 0x5b, 0x95, 0x7d, 0x9f, 0x55,
     0x5c, 0x6f, 0x62, 0xc2, 0xd9, 0x47, 0xc4, 0xd7, 0x4e, 0x04, 0x9e, 0x21, 0x48, 0x62,
     0x02, 0xf8, 0x74, 0x9f, 0xb0, 0x55, 0xe1, 0xce, 0x31, 0x49, 0xbb, 0xa4},
    {0x6d, 0x69, 0xb6, 0x34, 0x1a, 0x3d, 0x57, 0x37, 0x99, 0xf8, 0x73, 0x49, 0x4e, 0x3d,
     0x9d, 0x2d, 0x90, 0x51, 0x9b, 0xe1, 0xa0, 0x43, 0x70, 0x8d, 0x96, 0x75, 0xb0, 0x95,
     0xc4, 0xf6, 0x19, 0x0b, 0x47, 0x98, 0xd8, 0x3d, 0x33, 0xef, 0x3c, 0x1d},
    {0x22, 0x79, 0x56, 0x99, 0x44, 0x56, 0xe9, 0x3d, 0x21, 0x87, 0xdd, 0xd0, 0xc1, 0x4e,
     0xa1, 0x88, 0x2f, 0x1f, 0xdd, 0x54, 0x75, 0xd3, 0xc7, 0x14, 0x5a, 0xf1, 0x47, 0x03,
     0xbe, 0xea, 0x8a, 0x89, 0xb7, 0xaf, 0x36, 0x99, 0x21, 0x19, 0xf2, 0x10},
};

/* The image key that the image's TLV wraps. */
static void image_key(enum two_slots_image which, uint8_t key[AES_KEY_MAX])
{
    for (unsigned i = 0; i < AES_KEY_MAX; i++)
        key[i] = (uint8_t)((unsigned)which * 0x35 + 7 * i);
}

static uint8_t key_size_of(const struct device *w, enum two_slots_image which)
{
    return which == IMAGE_A && w->plain_a ? 0 : w->pair.key_size;
}

static enum err leave_in_clear(const struct image_cipher *c, uint8_t *data, size_t len)
{
    (void)c, (void)data, (void)len;
    return ERR_OK;
}

static struct image_cipher cipher_of(enum two_slots_image which, uint8_t key_size)
{
    bool long_key = key_size == 32;
    return (struct image_cipher){
        .flag = long_key ? IMAGE_FLAG_ENCRYPTED_AES256 : IMAGE_FLAG_ENCRYPTED_AES128,
        .tlv_type = IMAGE_TLV_ENC_KW,
        .tlv = long_key ? wrapped_32[which - IMAGE_A] : wrapped_16[which - IMAGE_A],
        .tlv_len = (uint16_t)(key_size + AES_KW_OVERHEAD),
        .encrypt = leave_in_clear};
}

static uint32_t image_length(const struct device *w, enum two_slots_image which)
{
    uint32_t sector = w->fake.flash.sector;
    if (which == IMAGE_B)
        return update_max_image_size(&w->pair) - 3;
    return which == IMAGE_A ? sector + sector / 8 + 5 : 2 * sector;
}

static bool is_loaded(const struct device *w)
{
    return update_mode(&w->pair) == UPDATE_MODE_RAM_LOAD;
}

/* A plain image of total bytes; if it will be encrypted, up to one cipher block shorter. */
static uint32_t build_image(uint8_t out[TWO_SLOTS_FLASH_MAX], enum two_slots_image which,
                            uint32_t total, bool loaded, uint8_t key_size)
{
    static uint8_t payload[TWO_SLOTS_FLASH_MAX];
    struct image_cipher cipher = cipher_of(which, key_size);
    uint32_t overhead = 32 + 4 + 36; /* header, TLV info, hash */
    if (key_size)
        overhead += 4u + cipher.tlv_len;
    must(total > overhead && total <= TWO_SLOTS_FLASH_MAX);
    for (uint32_t i = 0; i < total; i++)
        payload[i] = (uint8_t)(i * 31 + (i >> 8) + (uint32_t)which * 101);
    uint32_t len = total - overhead;
    struct image_plan plan = {.version = {.major = (uint8_t)which},
                              .hdr_size = 32,
                              .load_addr = loaded ? TWO_SLOTS_LOAD : 0,
                              .flags = loaded ? IMAGE_FLAG_RAM_LOAD : 0,
                              .pad_header = true,
                              .erased = 0xff,
                              .input = payload,
                              .input_len = key_size ? round_down32(len, AES_BLOCK_SIZE) : len,
                              .cipher = key_size ? &cipher : NULL};
    struct image_built built;
    must(image_build(&plan, out, TWO_SLOTS_FLASH_MAX, &built) == ERR_OK);
    must(built.len == total - (len - plan.input_len));
    return (uint32_t)built.len;
}

static void encrypt_image(uint8_t *image, enum two_slots_image which, uint8_t key_size)
{
    struct image_header h;
    uint8_t key[AES_KEY_MAX];
    image_key(which, key);
    must(image_header_decode(&h, image));
    aes_ctr_xor(key, key_size, 0, image + h.hdr_size, h.img_size);
}

void two_slots_encrypt(struct device *w, uint8_t key_size, bool plain_a)
{
    const char *why = "";
    w->pair.key_size = key_size;
    w->plain_a = plain_a;
    must(slot_pair_check(&w->pair, &why) == ERR_OK);
}

static const uint8_t *image_bytes(const struct device *w, bool as_it_came,
                                  enum two_slots_image which, uint32_t *len)
{
    /* Building hashes; the sweeps ask a hundred thousand times for the same few images. */
    static struct {
        uint32_t asked, len;
        bool loaded;
        uint8_t key_size;
        uint8_t bytes[2][TWO_SLOTS_FLASH_MAX]; /* plain; as uploaded */
    } kept[IMAGE_C + 1], *k;
    uint32_t asked = image_length(w, which);
    uint8_t key_size = key_size_of(w, which);
    k = &kept[which];
    if (k->asked != asked || k->loaded != is_loaded(w) || k->key_size != key_size) {
        k->len = build_image(k->bytes[0], which, asked, is_loaded(w), key_size);
        k->asked = asked;
        k->loaded = is_loaded(w);
        k->key_size = key_size;
        memcpy(k->bytes[1], k->bytes[0], k->len);
        if (key_size)
            encrypt_image(k->bytes[1], which, key_size);
    }
    *len = k->len;
    return k->bytes[as_it_came];
}

const uint8_t *two_slots_image_stored(const struct device *w, enum slot s,
                                      enum two_slots_image which, uint32_t *len)
{
    return image_bytes(w, s != SLOT_PRIMARY || is_loaded(w), which, len);
}

const uint8_t *two_slots_image_bytes(const struct device *w, enum two_slots_image which,
                                     uint32_t *len)
{
    return image_bytes(w, false, which, len);
}

bool two_slots_holds(const struct device *w, enum slot s, uint32_t off, enum two_slots_image which)
{
    uint32_t len;
    const uint8_t *image = two_slots_image_stored(w, s, which, &len);
    return memcmp(w->bytes + w->pair.slot[s].offset + off, image, len) == 0;
}

void two_slots_install(struct device *w, enum slot s, uint32_t off, enum two_slots_image which)
{
    uint32_t len = 0, sector = w->pair.slot[s].flash->sector, at = w->pair.slot[s].offset + off;
    uint8_t padded[TWO_SLOTS_FLASH_MAX];
    memset(padded, 0xff, sizeof(padded));
    const uint8_t *image = two_slots_image_stored(w, s, which, &len);
    memcpy(padded, image, len);
    uint32_t covered = (len + sector - 1) / sector * sector;
    uint32_t whole = (len + w->fake.flash.word - 1) & ~(w->fake.flash.word - 1);
    memset(w->bytes + at, 0xff, covered);
    memset(w->words + at / w->fake.flash.word, FAKE_VIRGIN, covered / w->fake.flash.word);
    fake_place(&w->fake, at, padded, whole);
}

enum err two_slots_boot(struct device *w, struct update_outcome *out)
{
    static uint8_t buf[256];
    const struct load_ram ram = {TWO_SLOTS_RAM_BASE, sizeof(w->ram), w->ram};
    struct update_env env = {.pair = &w->pair, .buf = buf, .buf_len = sizeof(buf), .ram = &ram};
    env.may_replace = w->no_downgrade ? update_no_downgrade : NULL;
    struct update_encryption encryption = {.unwrap = &image_unwrap_kw,
                                           .secret = {kek, w->pair.key_size}};
    env.encryption = w->pair.key_size ? &encryption : NULL;
    enum err e = update_boot(&env, out);
    must(bytes_all(encryption.payload, 0, sizeof(encryption.payload)));
    if (out->verdict == IMAGE_GENUINE)
        w->ran = w->pair.active = out->slot;
    return e;
}

uint32_t two_slots_random(uint32_t *seed)
{
    uint32_t x = *seed ? *seed : 88172645u;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *seed = x;
}

/* Early operations are drawn more often, because they write the trailers. */
static void plan_cut(struct device *w, uint32_t *seed)
{
    uint32_t bound = 1 + two_slots_random(seed) % 400;
    uint32_t at = 1 + two_slots_random(seed) % bound;
    enum fake_cut how = (enum fake_cut)(two_slots_random(seed) % FAKE_CUT_COUNT);
    fake_cut_at(&w->fake, at, how, two_slots_random(seed));
}

enum err two_slots_boot_through(struct device *w, struct update_outcome *out, uint32_t *seed,
                                unsigned more)
{
    for (;;) {
        enum err e = two_slots_boot(w, out);
        if (!w->fake.off)
            return e;
        fake_power_on(&w->fake);
        if (more > 0) {
            more--;
            plan_cut(w, seed);
        }
    }
}

enum two_slots_image two_slots_running(const struct device *w)
{
    for (int i = IMAGE_A; i <= IMAGE_C; i++) {
        uint32_t len;
        const uint8_t *image = two_slots_image_bytes(w, (enum two_slots_image)i, &len);
        bool in_slot = two_slots_holds(w, w->ran, 0, (enum two_slots_image)i);
        bool in_ram = !is_loaded(w) ||
                      memcmp(w->ram + (TWO_SLOTS_LOAD - TWO_SLOTS_RAM_BASE), image, len) == 0;
        if (in_slot && in_ram)
            return (enum two_slots_image)i;
    }
    return IMAGE_NOTHING;
}
