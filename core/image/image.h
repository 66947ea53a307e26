/* image.h - MCUboot's image format: header, TLVs, and the verdict whether an image may run.
 *
 * No number in an image is trusted before it is checked here. All reads go through an image_source, and never outside
 * its size. Offsets are bytes from the start of the header. */
#ifndef CORE_IMAGE_IMAGE_H
#define CORE_IMAGE_IMAGE_H

#include <stdbool.h>

#include "core/crypto/ecdsa.h"
#include "core/crypto/hash.h"
#include "core/image/source.h"

#define IMAGE_MAGIC           0x96f3b83du
#define IMAGE_HEADER_SIZE     32u /* bytes of the header that are defined */
#define IMAGE_TLV_INFO_MAGIC  0x6907u
#define IMAGE_TLV_PROT_MAGIC  0x6908u
#define IMAGE_TLV_INFO_SIZE   4u
#define IMAGE_TLV_HEADER_SIZE 4u

/* Signatures by known keys that image_verify tries in one image. Each costs 0.4 s on the
 * board, and 64 KiB of TLVs have room for hundreds. */
#define IMAGE_SIGNATURES_MAX 8u

enum image_flag {
    IMAGE_FLAG_PIC = 0x1,
    IMAGE_FLAG_ENCRYPTED_AES128 = 0x4,
    IMAGE_FLAG_ENCRYPTED_AES256 = 0x8,
    IMAGE_FLAG_NON_BOOTABLE = 0x10,
    IMAGE_FLAG_RAM_LOAD = 0x20,
    IMAGE_FLAG_ROM_FIXED = 0x100,
    IMAGE_FLAG_COMPRESSED_LZMA1 = 0x200,
    IMAGE_FLAG_COMPRESSED_LZMA2 = 0x400,
    IMAGE_FLAG_COMPRESSED_ARM_THUMB = 0x800,
};

enum image_tlv_type {
    IMAGE_TLV_KEYHASH = 0x01,
    IMAGE_TLV_PUBKEY = 0x02,
    IMAGE_TLV_SHA256 = 0x10,
    IMAGE_TLV_SHA384 = 0x11,
    IMAGE_TLV_SHA512 = 0x12,
    IMAGE_TLV_RSA2048_PSS = 0x20,
    IMAGE_TLV_ECDSA224 = 0x21, /* withdrawn by MCUboot; ignored, but still allowed unprotected */
    IMAGE_TLV_ECDSA_SIG = 0x22,
    IMAGE_TLV_RSA3072_PSS = 0x23,
    IMAGE_TLV_ED25519 = 0x24,
    IMAGE_TLV_SIG_PURE = 0x25,
    IMAGE_TLV_ENC_RSA2048 = 0x30,
    IMAGE_TLV_ENC_KW = 0x31,
    IMAGE_TLV_ENC_EC256 = 0x32,
    IMAGE_TLV_ENC_X25519 = 0x33,
    IMAGE_TLV_ENC_X25519_SHA512 = 0x34,
    IMAGE_TLV_DEPENDENCY = 0x40,
    IMAGE_TLV_SEC_CNT = 0x50,
    IMAGE_TLV_BOOT_RECORD = 0x60,
    IMAGE_TLV_DECOMP_SIZE = 0x70,
    IMAGE_TLV_DECOMP_SHA = 0x71,
    IMAGE_TLV_DECOMP_SIGNATURE = 0x72,
    IMAGE_TLV_COMP_DEC_SIZE = 0x73,
    IMAGE_TLV_UUID_VID = 0x74,
    IMAGE_TLV_UUID_CID = 0x75,
    /* Ours, in the vendor range. */
    IMAGE_TLV_RETIRE_KEY = 0x4ba0,
    IMAGE_TLV_SBOM = 0x53a0, /* SHA-256 of the file that says what the program is made of */
};

struct image_version {
    uint8_t major, minor;
    uint16_t revision;
    uint32_t build;
};

/* -1, 0, 1: a older than, equal to, newer than b. The build number does not count. */
int image_version_compare(const struct image_version *a, const struct image_version *b);

/* "1.2.3" or, if build is not 0, "1.2.3+4" ('+' is MCUboot's separator, '.' the image list's). cap >= 26
 * always suffices. */
void image_version_print(char *dst, size_t cap, const struct image_version *v, char separator);

struct image_header {
    uint32_t load_addr;
    uint16_t hdr_size;       /* offset of the payload, bytes, >= 32 */
    uint16_t protected_size; /* protected TLV area with its info header; 0 if there is none */
    uint32_t img_size;       /* payload, bytes */
    uint32_t flags;
    struct image_version version;
};

/* Why an image may not run. IMAGE_FAULT_NONE only with the verdict IMAGE_GENUINE. */
enum image_fault {
    IMAGE_FAULT_NONE,
    IMAGE_FAULT_READ,     /* the source failed; see image_report.err */
    IMAGE_FAULT_NO_IMAGE, /* the header is erased flash */
    IMAGE_FAULT_MAGIC,
    IMAGE_FAULT_HEADER_SIZE,   /* below 32 */
    IMAGE_FAULT_SIZE_OVERFLOW, /* the sizes in the header do not add up in 32 bits */
    IMAGE_FAULT_TOO_LARGE,     /* the sizes run past the source or the policy's limit */
    IMAGE_FAULT_FLAGS,         /* contradictory or unsupported (encrypted, compressed) */
    IMAGE_FAULT_NOT_BOOTABLE,  /* the header itself says so (--non-bootable) */
    IMAGE_FAULT_TLV_MAGIC,
    IMAGE_FAULT_TLV_PROTECTED_SIZE,
    IMAGE_FAULT_TLV_OVERRUN,    /* an entry runs past its area, or an area past the source */
    IMAGE_FAULT_TLV_UNEXPECTED, /* a type that may not stand in the unprotected area */
    IMAGE_FAULT_HASH_LENGTH,    /* a hash or KEYHASH whose length is not the scheme's */
    IMAGE_FAULT_HASH_MISMATCH,
    IMAGE_FAULT_HASH_MISSING,
    IMAGE_FAULT_KEY_UNKNOWN, /* signed, but with no key that this policy trusts */
    IMAGE_FAULT_SIGNATURE_FORMAT,
    IMAGE_FAULT_SIGNATURE_WRONG,
    IMAGE_FAULT_SIGNATURE_MISSING,
    IMAGE_FAULT_SIGNATURE_COUNT, /* more than IMAGE_SIGNATURES_MAX by known keys */
    IMAGE_FAULT_VECTORS, /* linked for another address or part (core/update/, target/boot/) */
    /* Genuine images that rollback protection refuses (core/update/rollback/rollback.h). */
    IMAGE_FAULT_COUNTER_MISSING,
    IMAGE_FAULT_COUNTER_FORMAT, /* not four bytes, or more than one */
    IMAGE_FAULT_COUNTER_LOW,    /* below the stored counter */
    IMAGE_FAULT_KEY_RETIRED,
    /* Encrypted images (encrypted.h). A bootloader without them reports IMAGE_FAULT_FLAGS. */
    IMAGE_FAULT_ENC_SIZE,    /* the image key does not have the configured size */
    IMAGE_FAULT_ENC_MISSING, /* no TLV of the configured type has the image key */
    IMAGE_FAULT_ENC_LENGTH,  /* that TLV has the wrong length */
    IMAGE_FAULT_ENC_KEY,     /* the key does not unwrap: encrypted for another device, or damaged */
    IMAGE_FAULT_COUNT
};

/* The fault as one line of text, without full stop. Never NULL. */
const char *image_fault_text(enum image_fault fault);

/* Decode the 32 bytes of a header. Only the magic is checked: false if it is not IMAGE_MAGIC; *h is then not
 * written. */
bool image_header_decode(struct image_header *h, const uint8_t bytes[IMAGE_HEADER_SIZE]);
void image_header_encode(const struct image_header *h, uint8_t bytes[IMAGE_HEADER_SIZE]);

/* Read and check the header of the image in s: magic, sizes, flags. This and the functions below take encrypted images,
 * too, because header and TLVs are never encrypted; only image_verify decides whether an image may run.
 * limit: the image, TLVs included, must end at or below this offset; at most s->size. */
MUST_CHECK enum image_fault image_read_header(const struct image_source *s, uint32_t limit,
                                              struct image_header *h);

/* A walk over the TLVs of an image, protected area first. */
struct image_tlvs {
    const struct image_source *source;
    uint32_t at; /* next TLV header */
    uint32_t protected_end;
    uint32_t end; /* end of the unprotected area = size of the image in bytes */
    enum err err; /* with IMAGE_FAULT_READ: the error of the source */
};

struct image_tlv {
    uint16_t type, len;
    uint32_t offset; /* of the value */
    bool is_protected;
};

/* Find the TLV areas of the image with header h, and check their info headers against the header and against limit. On
 * IMAGE_FAULT_NONE, t->end is the total size of the image. */
MUST_CHECK enum image_fault image_tlvs_begin(struct image_tlvs *t, const struct image_source *s,
                                             const struct image_header *h, uint32_t limit);

/* The next TLV. At the end *more is false, and *tlv is not written. A malformed entry is a fault, not the end. */
MUST_CHECK enum image_fault image_tlvs_next(struct image_tlvs *t, struct image_tlv *tlv,
                                            bool *more);

/* Total size of the image in s (header to last TLV) in *size; header and TLV areas are checked,
 * content is not. */
MUST_CHECK enum image_fault image_size(const struct image_source *s, uint32_t limit,
                                       uint32_t *size);

/* An image's hash: SHA-256, SHA-384 or SHA-512. */
struct image_hash {
    uint8_t bytes[64];
    uint16_t len; /* 32, 48 or 64 */
};

/* The image hash as the first hash TLV states it; it is not recomputed. */
MUST_CHECK enum image_fault image_stored_hash(const struct image_source *s, uint32_t limit,
                                              struct image_hash *hash);

/* ---- the protected TLV area (protected.c) ---- */

/* The next TLV of this type in the protected area. Before the first call t is as image_tlvs_begin left it. *more is
 * false if there is none. */
MUST_CHECK enum image_fault image_protected_next(struct image_tlvs *t, uint16_t type,
                                                 struct image_tlv *tlv, bool *more);

/* The security counter of the image with header h in s. It is a fault if there is none, or more than one. */
MUST_CHECK enum image_fault image_security_counter(const struct image_source *s,
                                                   const struct image_header *h, uint32_t *value);

/* The image may run only together with this image, in this version or a later one. */
struct image_dependency {
    uint8_t image;
    struct image_version version;
};

/* The next dependency, and the next key that the image retires (SHA-256 of its KEYHASH encoding), as
 * image_protected_next. A TLV of another length is IMAGE_FAULT_TLV_OVERRUN. */
MUST_CHECK enum image_fault image_dependency_next(struct image_tlvs *t, struct image_dependency *d,
                                                  bool *more);
MUST_CHECK enum image_fault image_retired_key_next(struct image_tlvs *t, uint8_t hash[SHA256_SIZE],
                                                   bool *more);

/* The SHA-256 of the SBOM that the image with header h in s names. *found is false if it names none, or more than one.
 * The image is not verified. */
MUST_CHECK enum image_fault image_sbom(const struct image_source *s, const struct image_header *h,
                                       uint8_t sha256[SHA256_SIZE], bool *found);

/* A public key that a policy trusts. */
struct image_key {
    const uint8_t *spki; /* SubjectPublicKeyInfo DER; RSA: PKCS#1 RSAPublicKey */
    uint32_t spki_len;
};

/* A signature TLV, and what it signs. */
struct image_signature {
    const struct image_source *source;
    uint32_t offset, len;  /* of the TLV's value */
    uint32_t signed_len;   /* bytes from the image's start that hash and signature cover */
    const uint8_t *digest; /* of those bytes */
    enum err err;          /* with IMAGE_FAULT_READ: the error of the source */
};

/* A kind of hash and signature. A bootloader accepts one; a host program chooses the one that an image uses. The three
 * hash functions share a state of IMAGE_HASH_STATE bytes. */
#define IMAGE_HASH_STATE 256u
#define IMAGE_HASH_MAX   64u
struct image_scheme {
    uint16_t hash_tlv, hash_size; /* type and bytes, at most IMAGE_HASH_MAX */
    uint16_t signature_tlv;
    uint32_t flags; /* header flags that this scheme accepts though others refuse them */
    const uint16_t
        *allowed; /* further TLV types allowed in the unprotected area; ends with 0. NULL: none */
    void (*hash_init)(void *state);
    void (*hash_update)(void *state, const void *data, size_t len);
    void (*hash_final)(const void *state, uint8_t *digest);
    /* IMAGE_FAULT_NONE if s is a signature by key. Checks form and length of key, too. */
    enum image_fault (*check)(const struct image_key *key, struct image_signature *s);
};

/* The schemes that a bootloader can be built for. RSA and P-256 use SHA-256, P-384 uses SHA-384. Ed25519 signs the
 * SHA-256 or the SHA-512, or (pure) the bytes of the image: then the image must have a SIG_PURE TLV, its SHA-512 is
 * checked as well, and its bytes are read twice. */
extern const struct image_scheme image_scheme_rsa2048, image_scheme_rsa3072, image_scheme_p256,
    image_scheme_p384, image_scheme_ed25519, image_scheme_ed25519_sha512, image_scheme_ed25519_pure;

/* The scheme of this build: product.c in a firmware, P-256 on a PC. */
extern const struct image_scheme *const image_scheme_default;

struct image_policy {
    const struct image_key *keys;
    unsigned key_count; /* 0: no signature is required, only the hash */
    uint32_t limit;     /* the image must end at or below this offset; at most the source's size */
    bool allow_non_bootable;           /* true only in tools */
    const struct image_scheme *scheme; /* NULL: image_scheme_default */
    /* Hashes the image if the scheme's hash is SHA-256. NULL: the library does. */
    const struct sha256_unit *unit;
};

/* What image_verify found; for messages, never for decisions. */
struct image_report {
    enum image_fault fault;
    enum err err;    /* with IMAGE_FAULT_READ */
    uint32_t offset; /* where in the image the fault is, if it has one place */
    struct image_header header;
    uint32_t size;                /* total size if known, else 0 */
    uint8_t hash[IMAGE_HASH_MAX]; /* computed; the first hash_size bytes of the scheme */
    int key_index;                /* index in policy->keys of the last key that was tried, or -1 */
};

/* The two values differ in many bits, so that a glitch does not turn one into the other. Neither is all zeros or all
 * ones. */
enum image_verdict {
    IMAGE_REFUSED = 0x3a96c55a,
    IMAGE_GENUINE = 0x55c3693c,
};

/* May this image run? Checks header, TLVs, hash and signature as core/image/SPEC.md says. If several signatures are by
 * known keys, the last one decides.
 *   buf      for reading, len >= 64 bytes; larger is faster
 *   report   not NULL; always filled in
 *   feed     the watchdog, at least once per buf read; may be NULL */
MUST_CHECK enum image_verdict image_verify(const struct image_source *s,
                                           const struct image_policy *policy, uint8_t *buf,
                                           uint32_t len, void (*feed)(void),
                                           struct image_report *report);

#endif
