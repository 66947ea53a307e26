/* The files that rig_device uploads. */
#include <stdlib.h>
#include <string.h>

#include "host/image/build/build.h"
#include "testing/fake_p256.h"
#include "testing/rig_device.h"

#define FILE_MAX 16384u
#define RAM_BASE 0x20000000u

static const uint32_t payload_len[RIG_VERSIONS] = {3000, 3500, 9000, 15000, 7000, 7000, 3000};

static void build(struct rig_file *file, uint8_t *out, unsigned image, enum rig_version v,
                  bool for_ram)
{
    static uint8_t payload[FILE_MAX];
    for (uint32_t i = 0; i < payload_len[v]; i++)
        payload[i] = (uint8_t)(i * 31 + (i >> 8) + v * 77 + image * 13);
    const struct image_plan plan = {
        .version = {(uint8_t)(v + 1), 0, 0, 0},
        .hdr_size = IMAGE_HEADER_SIZE,
        .flags = for_ram ? IMAGE_FLAG_RAM_LOAD : 0,
        .load_addr = for_ram ? RAM_BASE : 0,
        .input = payload,
        .input_len = payload_len[v],
        .pad_header = true,
        .erased = 0xff,
        .signer = v == RIG_UNSIGNED ? NULL : fake_p256_signer(v == RIG_STRANGER)};
    struct image_built built;
    if (image_build(&plan, out, FILE_MAX, &built) != ERR_OK)
        abort();
    memcpy(file->hash, built.digest, SHA256_SIZE);
    if (v == RIG_TAMPERED)
        out[100] ^= 1;
    file->bytes = out;
    file->len = (uint32_t)built.len;
}

const struct rig_file *rig_file(unsigned image, enum rig_version v, bool for_ram)
{
    static uint8_t bytes[RIG_IMAGES][RIG_VERSIONS][2][FILE_MAX];
    static struct rig_file files[RIG_IMAGES][RIG_VERSIONS][2];
    struct rig_file *file = &files[image][v][for_ram];
    if (file->bytes == NULL)
        build(file, bytes[image][v][for_ram], image, v, for_ram);
    return file;
}
