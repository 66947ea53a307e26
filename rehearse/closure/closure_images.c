/* closure_images.c - the images of a toy device. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "host/image/build/fresh_key.h"
#include "rehearse/closure/closure_scene.h"

#define OVERHEAD   (32u + 4u + 36u) /* header, TLV info, hash */
#define PROTECTED  4u               /* TLV info */
#define DEPENDENCY (PROTECTED + 4u + 12u)
#define COUNTER    (PROTECTED + 4u + 4u)
#define RETIRES    (PROTECTED + 4u + SHA256_SIZE)
#define SIGNATURE  (4u + SHA256_SIZE + 4u + 72u) /* with KEYHASH */

void closure_built(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "closure: a scenario cannot be built: %s\n", what);
        abort();
    }
}

/* ---- encrypted images: each has a key of its own. It is wrapped by adding 1, with a check of eight bytes: what is
 * rehearsed is where keys come from, not how they are wrapped. */

#define WRAPPED (CLOSURE_KEY_SIZE + 8u)

static void make_key(unsigned of, enum closure_image which, uint8_t key[CLOSURE_KEY_SIZE])
{
    for (unsigned i = 0; i < CLOSURE_KEY_SIZE; i++)
        key[i] = (uint8_t)((unsigned)which * 0x35 + of * 0x11 + 7 * i);
}

static void wrap(const uint8_t key[CLOSURE_KEY_SIZE], uint8_t value[WRAPPED])
{
    for (unsigned i = 0; i < WRAPPED; i++)
        value[i] = (uint8_t)(key[i % CLOSURE_KEY_SIZE] + (i < CLOSURE_KEY_SIZE ? 1 : 0x55));
}

static bool unwrap(uint8_t *key, size_t key_len, uint8_t *value, const struct image_secret *secret)
{
    uint8_t again[WRAPPED];
    (void)secret;
    for (unsigned i = 0; i < CLOSURE_KEY_SIZE; i++)
        key[i] = (uint8_t)(value[i] - 1);
    wrap(key, again);
    return key_len == CLOSURE_KEY_SIZE && memcmp(again, value, WRAPPED) == 0;
}

struct update_encryption closure_encryption(void)
{
    static const struct image_unwrap kind = {IMAGE_TLV_ENC_KW, WRAPPED, 0, unwrap};
    return (struct update_encryption){.unwrap = &kind};
}

static enum err encrypt(const struct image_cipher *c, uint8_t *data, size_t len)
{
    aes_ctr_xor(c->ctx, CLOSURE_KEY_SIZE, 0, data, (uint32_t)len);
    return ERR_OK;
}

static bool is_encrypted(const struct closure_lab *lab, enum closure_image which)
{
    return lab->pair[0].key_size && !(which == IMG_A && lab->scene->plain_a);
}

/* ---- all images ----------------------------------------------------------------------------------- */

static bool depends(const struct closure_lab *lab, enum closure_image which)
{
    return lab->images == 2 && which == IMG_B;
}

static bool retires(const struct closure_lab *lab, enum closure_image which)
{
    return lab->keys && which > IMG_A;
}

static uint32_t overhead_of(const struct closure_lab *lab, enum closure_image which)
{
    return OVERHEAD + (depends(lab, which) ? DEPENDENCY : 0) + (lab->guard.counters ? COUNTER : 0) +
           (lab->keys ? SIGNATURE : 0) + (is_encrypted(lab, which) ? 4u + WRAPPED : 0) +
           (retires(lab, which) ? RETIRES : 0);
}

uint32_t closure_image_length(const struct closure_lab *lab, enum closure_image which,
                              uint32_t overhead)
{
    const struct slot_pair *p = &lab->pair[0];
    uint32_t sector = p->slot[SLOT_PRIMARY].flash->sector, max = update_max_image_size(p);
    uint32_t small = sector * 3 / 4 > overhead + 5 ? sector * 3 / 4 : overhead + 5;
    if (which == IMG_A)
        return small;
    return which == IMG_B ? max - 3 : max - max % sector;
}

static struct closure_file make_file(const struct image_plan *plan)
{
    struct image_built built;
    struct closure_file file = {0, malloc(CLOSURE_IMAGE_MAX)};
    closure_must(file.bytes != NULL);
    closure_built(image_build(plan, file.bytes, CLOSURE_IMAGE_MAX, &built) == ERR_OK, "image");
    file.len = (uint32_t)built.len;
    return file;
}

/* In the primary in clear, in the secondary as it comes. */
static void make_sealed(const struct image_plan *plan, unsigned of, enum closure_image which,
                        struct closure_file file[2])
{
    uint8_t key[CLOSURE_KEY_SIZE], value[WRAPPED];
    struct image_cipher cipher = {.flag = IMAGE_FLAG_ENCRYPTED_AES128,
                                  .tlv_type = IMAGE_TLV_ENC_KW,
                                  .tlv = value,
                                  .tlv_len = WRAPPED,
                                  .encrypt = encrypt,
                                  .ctx = key};
    struct image_plan sealed = *plan;
    make_key(of, which, key);
    wrap(key, value);
    sealed.cipher = &cipher;
    sealed.input_len = round_down32((uint32_t)plan->input_len, AES_BLOCK_SIZE);
    file[SLOT_SECONDARY] = make_file(&sealed);
    cipher.clear = true;
    file[SLOT_PRIMARY] = make_file(&sealed);
}

static void build_image(struct closure_lab *lab, unsigned of, enum closure_image which)
{
    uint8_t payload[CLOSURE_IMAGE_MAX];
    uint32_t more = overhead_of(lab, which), total = closure_image_length(lab, which, more);
    const struct image_dependency other = {(uint8_t)!of, {.major = IMG_B}};
    const struct image_custom_tlv old_key = {IMAGE_TLV_RETIRE_KEY,
                                             lab->keys ? lab->keys->name[0] : NULL, SHA256_SIZE};
    closure_built(total > more && total <= sizeof(payload), "image size");
    for (uint32_t i = 0; i < total; i++)
        payload[i] = (uint8_t)(i * 31 + (i >> 8) + (uint32_t)which * 101 + of * 57);
    bool to_ram = update_mode(&lab->pair[0]) == UPDATE_MODE_RAM_LOAD;
    struct image_plan plan = {.version = {.major = (uint8_t)which},
                              .hdr_size = 32,
                              .load_addr = to_ram ? CLOSURE_RAM_BASE : 0,
                              .flags = to_ram ? IMAGE_FLAG_RAM_LOAD : 0,
                              .pad_header = true,
                              .erased = 0xff,
                              .input = payload,
                              .input_len = total - more,
                              .dependencies = &other,
                              .dependency_count = depends(lab, which),
                              .has_security_counter = lab->guard.counters,
                              .security_counter = which == IMG_A   ? 1
                                                  : which == IMG_D ? 3
                                                                   : 2,
                              .custom = &old_key,
                              .custom_count = retires(lab, which),
                              .pad_signature = true,
                              .signer = lab->keys ? &lab->keys->signer[which > IMG_A] : NULL};
    struct closure_file *file = lab->image[of][which];
    if (is_encrypted(lab, which))
        make_sealed(&plan, of, which, file);
    else
        file[SLOT_PRIMARY] = file[SLOT_SECONDARY] = make_file(&plan);
    closure_built(total - file->len < AES_BLOCK_SIZE, "image");
}

const struct closure_keys *closure_make_keys(void)
{
    static struct closure_keys keys;
    static struct fresh_key key[2];
    for (unsigned i = 0; i < ARRAY_LEN(key) && key[i].pkey == NULL; i++) {
        struct sha256 h;
        fresh_key_make(&key[i]);
        keys.table[i] = key[i].key;
        keys.signer[i] = key[i].signer;
        sha256_init(&h);
        sha256_update(&h, key[i].spki, sizeof key[i].spki);
        sha256_final(&h, keys.name[i]);
    }
    return &keys;
}

void closure_build_images(struct closure_lab *lab)
{
    for (unsigned of = 0; of < lab->images; of++)
        for (int i = IMG_A; i < IMG_COUNT; i++)
            build_image(lab, of, (enum closure_image)i);
}

void closure_lab_free_images(struct closure_lab *lab)
{
    struct closure_file *f = lab->image[0][0];
    for (unsigned i = 0; i < CLOSURE_IMAGES * IMG_COUNT; i++, f += 2) {
        if (f[SLOT_SECONDARY].bytes != f[SLOT_PRIMARY].bytes)
            free(f[SLOT_SECONDARY].bytes);
        free(f[SLOT_PRIMARY].bytes);
    }
    memset(lab->image, 0, sizeof(lab->image));
}

/* ---- past the strategy --------------------------------------------------------------------------- */

void closure_install_part(struct closure_lab *lab, unsigned of, enum slot s, uint32_t off,
                          enum closure_image which, uint32_t len)
{
    const struct flash_area *a = &lab->pair[of].slot[s];
    uint32_t whole = round_up32(len, a->flash->word);
    uint8_t *padded = malloc(whole);
    closure_must(padded != NULL);
    memset(padded, 0xff, whole);
    memcpy(padded, lab->image[of][which][s].bytes, len);
    if (lab->bench)
        lab->bench->place(lab, a, off, padded, whole);
    else
        closure_flash_place(&lab->f, a->offset + off, padded, whole);
    free(padded);
}

void closure_install(struct closure_lab *lab, unsigned of, enum slot s, uint32_t off,
                     enum closure_image which)
{
    closure_install_part(lab, of, s, off, which, lab->image[of][which][s].len);
}

void closure_change(struct closure_lab *lab, unsigned of, enum slot s, uint32_t off,
                    const void *src, uint32_t len)
{
    const struct flash_area *a = &lab->pair[of].slot[s];
    if (lab->bench)
        lab->bench->place(lab, a, off, src, len);
    else
        memcpy(lab->f.bytes + a->offset + off, src, len);
}

void closure_rot(struct closure_lab *lab, enum slot s, uint32_t off)
{
    const struct flash_area *a = &lab->pair[0].slot[s];
    if (lab->bench)
        lab->bench->spoil(lab, a, off);
    else
        closure_flash_spoil(&lab->f, a->offset + off, CELL_UNREADABLE);
}
