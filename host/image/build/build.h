/* build.h - make an image: the writing half of the format. Host only, never linked into a device.
 *
 * The caller owns all memory. Bytes are imgtool's: for the same plan and digest-only content the two
 * files are equal, signatures (which are random) aside. */
#ifndef HOST_IMAGE_BUILD_BUILD_H
#define HOST_IMAGE_BUILD_BUILD_H

#include <stddef.h>

#include "core/image/image.h"

#define IMAGE_SIG_MAX           384u /* RSA-3072 */
#define IMAGE_BOOT_RECORD_MAX   12u  /* characters of a boot record's software type */
#define IMAGE_TLV_AREA_MAX      65535u
#define IMAGE_VERSION_TEXT_MAX  26u
#define IMAGE_CUSTOM_TLV_MIN    0x00a0u
#define IMAGE_CUSTOM_TLV_MAX    0xfffeu
#define IMAGE_DEFAULT_SECTORS   128u
#define IMAGE_DEFAULT_MAX_ALIGN 8u
#define IMAGE_STATES_PER_SECTOR 3u /* as imgtool estimates, whatever the strategy */

/* A TLV whose type and value the user chooses; protected. */
struct image_custom_tlv {
    uint16_t type;
    const uint8_t *value;
    uint16_t len;
};

/* The hash of an image that is built: it is in memory as a whole, so one call does it. */
struct image_digest {
    uint16_t tlv, size; /* IMAGE_TLV_SHA256 and its kin; bytes, at most IMAGE_HASH_MAX */
    const char *name;   /* "SHA256", as the boot record says it */
    void (*compute)(const void *data, size_t len, uint8_t *digest);
};

/* What a signature is made of: most kinds sign the digest, the pure kind signs the data. */
struct image_to_sign {
    const uint8_t *data;
    size_t data_len;
    const uint8_t *digest;
    size_t digest_len;
    bool pure;
};

struct image_signer {
    /* Writes a signature of at most IMAGE_SIG_MAX bytes. */
    enum err (*sign)(const struct image_signer *s, const struct image_to_sign *what, uint8_t *sig,
                     size_t *len);
    uint16_t tlv;         /* type of the signature */
    uint16_t padded_len;  /* with pad_signature: filled up with zeros to this; 0: never */
    struct image_key key; /* the public half, for KEYHASH or PUBKEY */
    void *ctx;
};

/* How the payload is encrypted. The image key is made, and wrapped in its TLV, before. */
struct image_cipher {
    uint32_t flag; /* IMAGE_FLAG_ENCRYPTED_AES128 or _AES256 */
    uint16_t tlv_type;
    const uint8_t *tlv; /* the wrapped image key */
    uint16_t tlv_len;
    bool clear; /* flag and TLV only: for the primary slot */
    enum err (*encrypt)(const struct image_cipher *c, uint8_t *data, size_t len); /* in place */
    void *ctx;
};

/* What a compressed image tells of the image that comes out of it. */
struct image_compressed {
    uint32_t flags; /* IMAGE_FLAG_COMPRESSED_... */
    uint32_t size;  /* payload after decompression */
    uint8_t hash[IMAGE_HASH_MAX];
    uint16_t hash_len;
    uint8_t signature[IMAGE_SIG_MAX];
    uint16_t signature_len; /* 0: not signed */
};

/* What to put into an image. Zeroed members mean "none". */
struct image_plan {
    struct image_version version;
    uint32_t hdr_size; /* bytes, 32..65535 */
    uint32_t load_addr;
    uint32_t flags;
    const uint8_t *input; /* the payload, behind hdr_size zero bytes unless pad_header */
    size_t input_len;
    bool pad_header; /* the header is not part of input */
    bool big_endian;
    uint8_t erased; /* fills the header behind its 32 bytes (pad_header) and padding */
    bool has_security_counter;
    uint32_t security_counter;
    const char *boot_record; /* software type, or NULL */
    const struct image_dependency *dependencies;
    unsigned dependency_count;
    const struct image_compressed *compressed; /* input is compressed */
    const uint8_t *vid, *cid;                  /* 16 bytes each, or NULL */
    const struct image_custom_tlv *custom;
    unsigned custom_count;
    const struct image_digest *digest; /* NULL: SHA-256 */
    const struct image_signer *signer; /* NULL: the hash only */
    bool full_key;                     /* PUBKEY instead of KEYHASH */
    bool pad_signature;
    bool pure;
    const struct image_cipher *cipher; /* NULL: not encrypted */
    bool only_what_is_signed; /* stop when hashed bytes and digest are there: --vector-to-sign */
};

struct image_built {
    size_t hashed;    /* bytes from the start that are hashed and signed */
    size_t len;       /* the whole image; the hashed bytes with only_what_is_signed */
    uint32_t payload; /* bytes */
    uint8_t digest[IMAGE_HASH_MAX];
    uint16_t digest_len;
    uint8_t signature[IMAGE_SIG_MAX];
    uint16_t signature_len; /* 0: not signed */
};

/* A buffer size, in bytes, that is enough for any image of this plan. */
size_t image_build_cap(const struct image_plan *plan);

/* Build into out[0..cap). plan->input may lie in it if it is where the image has it: at out + hdr_size with pad_header.
 * ERR_INVAL: hdr_size, or a boot record or custom TLV outside its limits;
 * ERR_FORMAT: without pad_header the input must start with hdr_size zero bytes; ERR_NOSPC: a TLV
 * area above 64 KiB or an image above 4 GiB; ERR_NOMEM: cap; or what the signer returned. */
MUST_CHECK enum err image_build(const struct image_plan *plan, uint8_t *out, size_t cap,
                                struct image_built *built);

/* ---- slot and trailer ------------------------------------------------------------------------ */

struct image_slot_plan {
    uint32_t size;        /* bytes; 0: no fit check, no padding */
    uint32_t align;       /* write unit for the estimate: 1..32 */
    uint32_t max_align;   /* 8, 16 or 32 */
    uint32_t max_sectors; /* status records are kept for so many */
    uint32_t key_len;     /* bytes that the trailer keeps for each of two keys; 0: not encrypted */
    bool overwrite_only;
    bool confirm; /* image_ok in the trailer, not with overwrite_only */
    bool test;    /* image_ok is written as erased: matters in a HEX file only */
    bool big_endian;
};

/* Bytes that imgtool keeps free for the trailer. */
uint64_t image_trailer_estimate(const struct image_slot_plan *s);

/* Fill out[len..size) with the erased value and write the trailer's magic, and image_ok if
 * confirm. out has size bytes. ERR_NOSPC if image and trailer estimate exceed size. */
MUST_CHECK enum err image_pad(const struct image_slot_plan *s, uint8_t erased, uint8_t *out,
                              size_t len);

/* The trailer's magic: the last 16 bytes of a slot. */
void image_trailer_magic(uint32_t max_align, uint8_t magic[16]);
/* The same for a plan, in its byte order. */
void image_slot_magic(const struct image_slot_plan *s, uint8_t magic[16]);
/* Offset of image_ok in a slot. */
uint32_t image_trailer_image_ok(const struct image_slot_plan *s);

/* "maj[.min[.rev[+build]]]", decimal, no leading zeros. False if text is anything else. */
bool image_version_parse(struct image_version *v, const char *text);

#endif
