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
        fprintf(stderr, "closure: the first state of a scene cannot be built: %s\n", what);
        abort();
    }
}

/* ---- encrypted images: each has a key of its own. "Wrapping" adds 1 to each byte, with a check of eight bytes: the
 * closure is about which key is used when, not about cryptography. */

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
    static const struct image_unwrap kind = {
        .tlv = IMAGE_TLV_ENC_KW, .len_128 = WRAPPED, .open = unwrap};
    return (struct update_encryption){.unwrap = &kind};
}

static enum err encrypt(const struct image_cipher *c, uint8_t *data, size_t len)
{
    aes_ctr_xor(c->ctx, CLOSURE_KEY_SIZE, 0, data, (uint32_t)len);
    return ERR_OK;
}

static bool is_encrypted(const struct closure_model *model, enum closure_image which)
{
    return model->pair[0].key_size && !(which == IMG_A && model->scene->plain_a);
}

/* ---- all images ----------------------------------------------------------------------------------- */

static bool depends(const struct closure_model *model, enum closure_image which)
{
    return model->images == 2 && which == IMG_B;
}

static bool retires(const struct closure_model *model, enum closure_image which)
{
    return model->keys && which > IMG_A;
}

static uint32_t overhead_of(const struct closure_model *model, enum closure_image which)
{
    return OVERHEAD + (depends(model, which) ? DEPENDENCY : 0) +
           (model->rollback.counters ? COUNTER : 0) + (model->keys ? SIGNATURE : 0) +
           (is_encrypted(model, which) ? 4u + WRAPPED : 0) + (retires(model, which) ? RETIRES : 0);
}

uint32_t closure_image_length(const struct closure_model *model, enum closure_image which,
                              uint32_t overhead)
{
    const struct slot_pair *p = &model->pair[0];
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
static void make_encrypted(const struct image_plan *plan, unsigned of, enum closure_image which,
                           struct closure_file file[2])
{
    uint8_t key[CLOSURE_KEY_SIZE], value[WRAPPED];
    struct image_cipher cipher = {.flag = IMAGE_FLAG_ENCRYPTED_AES128,
                                  .tlv_type = IMAGE_TLV_ENC_KW,
                                  .tlv = value,
                                  .tlv_len = WRAPPED,
                                  .encrypt = encrypt,
                                  .ctx = key};
    struct image_plan encrypted = *plan;
    make_key(of, which, key);
    wrap(key, value);
    encrypted.cipher = &cipher;
    encrypted.input_len = round_down32((uint32_t)plan->input_len, AES_BLOCK_SIZE);
    file[SLOT_SECONDARY] = make_file(&encrypted);
    cipher.clear = true;
    file[SLOT_PRIMARY] = make_file(&encrypted);
}

static void build_image(struct closure_model *model, unsigned of, enum closure_image which)
{
    uint8_t payload[CLOSURE_IMAGE_MAX];
    uint32_t more = overhead_of(model, which), total = closure_image_length(model, which, more);
    const struct image_dependency other = {(uint8_t)!of, {.major = IMG_B}};
    const struct image_custom_tlv old_key = {
        IMAGE_TLV_RETIRE_KEY, model->keys ? model->keys->name[0] : NULL, SHA256_SIZE};
    closure_built(total > more && total <= sizeof(payload), "image size");
    for (uint32_t i = 0; i < total; i++)
        payload[i] = (uint8_t)(i * 31 + (i >> 8) + (uint32_t)which * 101 + of * 57);
    bool to_ram = update_mode(&model->pair[0]) == UPDATE_MODE_RAM_LOAD;
    struct image_plan plan = {.version = {.major = (uint8_t)which},
                              .hdr_size = 32,
                              .load_addr = to_ram ? CLOSURE_RAM_BASE : 0,
                              .flags = to_ram ? IMAGE_FLAG_RAM_LOAD : 0,
                              .pad_header = true,
                              .erased = 0xff,
                              .input = payload,
                              .input_len = total - more,
                              .dependencies = &other,
                              .dependency_count = depends(model, which),
                              .has_security_counter = model->rollback.counters,
                              .security_counter = which == IMG_A   ? 1
                                                  : which == IMG_D ? 3
                                                                   : 2,
                              .custom = &old_key,
                              .custom_count = retires(model, which),
                              .pad_signature = true,
                              .signer = model->keys ? &model->keys->signer[which > IMG_A] : NULL};
    struct closure_file *file = model->image[of][which];
    if (is_encrypted(model, which))
        make_encrypted(&plan, of, which, file);
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

void closure_build_images(struct closure_model *model)
{
    for (unsigned of = 0; of < model->images; of++)
        for (int i = IMG_A; i < IMG_COUNT; i++)
            build_image(model, of, (enum closure_image)i);
}

void closure_model_free_images(struct closure_model *model)
{
    struct closure_file *f = model->image[0][0];
    for (unsigned i = 0; i < CLOSURE_IMAGES * IMG_COUNT; i++, f += 2) {
        if (f[SLOT_SECONDARY].bytes != f[SLOT_PRIMARY].bytes)
            free(f[SLOT_SECONDARY].bytes);
        free(f[SLOT_PRIMARY].bytes);
    }
    memset(model->image, 0, sizeof(model->image));
}

/* ---- past the strategy --------------------------------------------------------------------------- */

void closure_install_part(struct closure_model *model, unsigned of, enum slot s, uint32_t off,
                          enum closure_image which, uint32_t len)
{
    const struct flash_area *a = &model->pair[of].slot[s];
    uint32_t whole = round_up32(len, a->flash->word);
    uint8_t *padded = malloc(whole);
    closure_must(padded != NULL);
    memset(padded, 0xff, whole);
    memcpy(padded, model->image[of][which][s].bytes, len);
    if (model->bench)
        model->bench->place(model, a, off, padded, whole);
    else
        closure_flash_place(&model->f, a->offset + off, padded, whole);
    free(padded);
}

void closure_install(struct closure_model *model, unsigned of, enum slot s, uint32_t off,
                     enum closure_image which)
{
    closure_install_part(model, of, s, off, which, model->image[of][which][s].len);
}

void closure_change(struct closure_model *model, unsigned of, enum slot s, uint32_t off,
                    const void *src, uint32_t len)
{
    const struct flash_area *a = &model->pair[of].slot[s];
    if (model->bench)
        model->bench->place(model, a, off, src, len);
    else
        memcpy(model->f.bytes + a->offset + off, src, len);
}

void closure_rot(struct closure_model *model, enum slot s, uint32_t off)
{
    const struct flash_area *a = &model->pair[0].slot[s];
    if (model->bench)
        model->bench->spoil(model, a, off);
    else
        closure_flash_spoil(&model->f, a->offset + off, CELL_UNREADABLE);
}
