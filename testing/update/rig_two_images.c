#include "testing/update/rig_two_images.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/update/rollback/rollback_store.h"
#include "core/update/strategy.h"
#include "core/update/swap/trailer.h"

/* An error in the test itself. */
static void must(bool ok)
{
    if (!ok)
        abort();
}

static void bind(struct two_images *f)
{
    f->fake.bytes = f->bytes;
    f->fake.words = f->words;
    f->rollback.area.flash = &f->fake.flash;
    for (unsigned i = 0; i < f->count; i++)
        for (unsigned s = 0; s < ARRAY_LEN(f->pair[i].slot); s++)
            f->pair[i].slot[s].flash = &f->fake.flash;
}

void two_images_init(struct two_images *f, const struct two_images_shape *s, unsigned count)
{
    uint32_t slot = s->sector * s->sectors, at = 0;
    uint32_t sectors = 2 * count * s->sectors + s->scratch + 2;
    must(sectors * s->sector <= TWO_IMAGES_FLASH_MAX);
    memset(f, 0, sizeof *f);
    fake_init(&f->fake, s->word, s->sector, sectors, f->bytes, f->words);
    f->count = count;
    for (unsigned i = 0; i < count; i++) {
        f->pair[i] = (struct slot_pair){.image = (uint8_t)i,
                                        .max_align = s->align,
                                        .max_sectors = s->sectors,
                                        .strategy = s->strategy};
        for (unsigned n = SLOT_PRIMARY; n <= SLOT_SECONDARY; n++, at += slot)
            f->pair[i].slot[n] = (struct flash_area){.offset = at, .size = slot};
    }
    for (unsigned i = 0; i < count; i++)
        f->pair[i].slot[SLOT_SCRATCH] =
            (struct flash_area){.offset = at, .size = s->scratch * s->sector};
    f->rollback.area =
        (struct flash_area){.offset = at + s->scratch * s->sector, .size = 2 * s->sector};
    bind(f);
    for (unsigned i = 0; i < count; i++)
        must(slot_pair_check(&f->pair[i], NULL) == ERR_OK);
    must(rollback_store_check(&f->rollback.area) == ERR_OK);
    for (unsigned n = 0; n < 2 && s->strategy->runs_either; n++)
        f->fake.again[n] =
            f->pair[0].slot[n].offset + trailer_layout(&f->pair[0], (enum slot)n).copy_done;
}

void two_images_copy(struct two_images *dst, const struct two_images *src)
{
    uint32_t size = src->fake.flash.size;
    memcpy(dst->bytes, src->bytes, size);
    memcpy(dst->words, src->words, size / src->fake.flash.word);
    dst->fake = src->fake;
    memcpy(dst->pair, src->pair, sizeof dst->pair);
    dst->count = src->count;
    dst->rollback = src->rollback;
    dst->keys = src->keys;
    dst->key_count = src->key_count;
    bind(dst);
}

/* ---- encryption: this key wrapping only has to refuse keys that it has not wrapped ---- */

static const uint8_t secret[TWO_IMAGES_KEY] = "a tests' secret";

static bool unwrap(uint8_t *key, size_t key_len, uint8_t *value, const struct image_secret *s)
{
    for (size_t i = 0; i < key_len; i++)
        key[i] = value[i] ^ s->bytes[i];
    return bytes_all(value + key_len, 0xa6, AES_KW_OVERHEAD);
}

static const struct image_unwrap toy_unwrap = {
    .tlv = IMAGE_TLV_ENC_KW, .len_128 = TWO_IMAGES_KEY + AES_KW_OVERHEAD, .open = unwrap};

static enum err leave_in_clear(const struct image_cipher *c, uint8_t *data, size_t len)
{
    (void)c, (void)data, (void)len;
    return ERR_OK;
}

static void seal(struct member *m, const uint8_t key[TWO_IMAGES_KEY])
{
    struct image_header h;
    must(image_header_decode(&h, m->bytes));
    memcpy(m->encrypted, m->bytes, m->len);
    aes_ctr_xor(key, TWO_IMAGES_KEY, 0, m->encrypted + h.hdr_size, h.img_size);
}

void two_images_encrypt(struct two_images *f)
{
    for (unsigned i = 0; i < f->count; i++) {
        f->pair[i].key_size = TWO_IMAGES_KEY;
        must(slot_pair_check(&f->pair[i], NULL) == ERR_OK);
    }
}

void two_images_build(const struct two_images *f, struct member *m)
{
    static uint8_t payload[TWO_IMAGES_IMAGE_MAX];
    uint8_t key[TWO_IMAGES_KEY], wrapped[TWO_IMAGES_KEY + AES_KW_OVERHEAD];
    bool encrypted = f->pair[0].key_size != 0;
    memset(wrapped, 0xa6, sizeof wrapped);
    for (unsigned i = 0; i < TWO_IMAGES_KEY; i++) {
        key[i] = (uint8_t)(m->major * 53u + m->size * 7u + i);
        wrapped[i] = key[i] ^ secret[i];
    }
    const struct image_cipher cipher = {.flag = IMAGE_FLAG_ENCRYPTED_AES128,
                                        .tlv_type = IMAGE_TLV_ENC_KW,
                                        .tlv = wrapped,
                                        .tlv_len = sizeof wrapped,
                                        .encrypt = leave_in_clear};
    const struct image_dependency needs = {(uint8_t)m->needs, {.major = m->version}};
    const struct image_custom_tlv retires = {IMAGE_TLV_RETIRE_KEY, m->retires, SHA256_SIZE};
    uint32_t len = f->fake.flash.sector * m->size / 10;
    for (uint32_t i = 0; i < len; i++)
        payload[i] = (uint8_t)(i * 31 + (i >> 8) + m->major * 101u + m->size);
    const struct image_plan plan = {.version = {.major = m->major},
                                    .hdr_size = 32,
                                    .pad_header = true,
                                    .erased = 0xff,
                                    .input = payload,
                                    .input_len = len,
                                    .has_security_counter = m->counter >= 0,
                                    .security_counter = (uint32_t)m->counter,
                                    .dependencies = &needs,
                                    .dependency_count = m->needs >= 0,
                                    .custom = &retires,
                                    .custom_count = m->retires != NULL,
                                    .signer = m->signer,
                                    .cipher = encrypted ? &cipher : NULL};
    struct image_built built;
    must(image_build(&plan, m->bytes, sizeof m->bytes, &built) == ERR_OK);
    m->len = (uint32_t)built.len;
    memcpy(m->encrypted, m->bytes, m->len);
    if (encrypted)
        seal(m, key);
    must(m->len <= update_max_image_size(&f->pair[0]));
}

void two_images_install(struct two_images *f, unsigned image, enum slot s, const struct member *m)
{
    const struct slot_pair *p = &f->pair[image];
    uint32_t sector = f->fake.flash.sector, word = f->fake.flash.word;
    uint32_t at = p->slot[s].offset + (s == SLOT_SECONDARY ? update_upload_offset(p) : 0);
    uint32_t covered = (m->len + sector - 1) / sector * sector;
    uint8_t padded[TWO_IMAGES_IMAGE_MAX + 32];
    memset(padded, 0xff, sizeof padded);
    memcpy(padded, s == SLOT_PRIMARY ? m->bytes : m->encrypted, m->len);
    memset(f->bytes + at, 0xff, covered);
    memset(f->words + at / word, FAKE_VIRGIN, covered / word);
    fake_place(&f->fake, at, padded, (m->len + word - 1) & ~(word - 1));
}

enum err two_images_boot(struct two_images *f, struct update_outcome *out)
{
    static uint8_t buf[256];
    struct update_encryption encryption = {.unwrap = &toy_unwrap,
                                           .secret = {secret, sizeof secret}};
    const struct update_env env = {.pair = f->pair,
                                   .keys = f->keys,
                                   .key_count = f->key_count,
                                   .buf = buf,
                                   .buf_len = sizeof buf,
                                   .rollback = &f->rollback,
                                   .encryption = f->pair[0].key_size ? &encryption : NULL};
    enum err e = update_boot_images(&env, f->pair, f->count, out);
    must(bytes_all(encryption.payload, 0, sizeof encryption.payload));
    return e;
}

static uint32_t next_random(uint32_t *seed)
{
    uint32_t x = *seed ? *seed : 88172645u;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *seed = x;
}

enum err two_images_boot_through(struct two_images *f, struct update_outcome *out, uint32_t *seed,
                                 unsigned more)
{
    for (;;) {
        enum err e = two_images_boot(f, out);
        if (!f->fake.off)
            return e;
        fake_power_on(&f->fake);
        if (more == 0)
            continue;
        more--;
        uint32_t bound = 1 + next_random(seed) % 400, at = 1 + next_random(seed) % bound;
        enum fake_cut how = (enum fake_cut)(next_random(seed) % FAKE_CUT_COUNT);
        fake_cut_at(&f->fake, at, how, next_random(seed));
    }
}

enum err two_images_boot_cut(struct two_images *w, const struct two_images *start,
                             struct update_outcome *out, uint32_t n, int how, unsigned more)
{
    uint32_t seed = n * 977 + (uint32_t)how * 31 + more * 7 + 1;
    two_images_copy(w, start);
    fake_power_on(&w->fake);
    fake_cut_at(&w->fake, n, (enum fake_cut)how, seed);
    return two_images_boot_through(w, out, &seed, more);
}

bool two_images_runs(const struct two_images *f, unsigned image, const struct member *m)
{
    const struct flash_area *a = &f->pair[image].slot[SLOT_PRIMARY];
    return m->len > 0 && memcmp(f->bytes + a->offset, m->bytes, m->len) == 0;
}

bool two_images_keeps(const struct two_images *f, unsigned image, uint32_t off,
                      const struct member *m)
{
    const struct flash_area *a = &f->pair[image].slot[SLOT_SECONDARY];
    return m->len > 0 && memcmp(f->bytes + a->offset + off, m->encrypted, m->len) == 0;
}

uint32_t two_images_counter(struct two_images *f, unsigned image)
{
    struct rollback_record r = {.type = ROLLBACK_COUNTER, .index = (uint8_t)image};
    bool found;
    must(rollback_store_find(&f->rollback.area, &r, &found, NULL) == ERR_OK);
    return found ? r.value : 0;
}
