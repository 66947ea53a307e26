/* fuzz_image - the readers of core/image/ on arbitrary bytes. The mutator starts from genuine images and
 * repairs what would otherwise stop most inputs at the first check, so no corpus is kept. */
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "testing/rig_image.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

static struct fresh_key key;
static struct test_image signed_image, unsigned_image;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    fresh_key_make(&key);
    test_image_make(&signed_image, &key);
    test_image_make(&unsigned_image, NULL);
    return 0;
}

static void check(bool ok)
{
    if (!ok)
        abort();
}

/* Invariants that hold for every input, whatever the verdict. */
static void walk(const struct image_source *s)
{
    struct image_header h;
    struct image_tlvs t;
    struct image_tlv tlv;
    struct image_hash hash;
    uint32_t size = 0, seen = 0;
    bool more = true;
    enum image_fault fault = image_read_header(s, s->size, &h);
    if (fault == IMAGE_FAULT_NONE)
        fault = image_tlvs_begin(&t, s, &h, s->size);
    check((image_size(s, s->size, &size) == IMAGE_FAULT_NONE) == (fault == IMAGE_FAULT_NONE));
    if (image_stored_hash(s, s->size, &hash) == IMAGE_FAULT_NONE)
        check(fault == IMAGE_FAULT_NONE);
    if (fault != IMAGE_FAULT_NONE)
        return;
    check(size == t.end && size <= s->size);
    while (image_tlvs_next(&t, &tlv, &more) == IMAGE_FAULT_NONE && more) {
        check(tlv.offset >= seen && tlv.offset + tlv.len <= size);
        check(!tlv.is_protected || tlv.offset + tlv.len <= t.protected_end);
        seen = tlv.offset + tlv.len;
    }
}

/* No key signs during the run, so a genuine verdict means the signed image's own digest. */
static void judge(const struct image_source *s)
{
    uint8_t buf[64], digest[SHA256_SIZE];
    struct image_report r;
    struct image_policy p = {.keys = &key.key, .key_count = 1, .limit = s->size};
    enum image_verdict v = image_verify(s, &p, buf, sizeof buf, NULL, &r);
    check((v == IMAGE_GENUINE) == (r.fault == IMAGE_FAULT_NONE));
    test_image_digest(&signed_image, digest);
    if (v == IMAGE_GENUINE)
        check(memcmp(r.hash, digest, sizeof digest) == 0);
    p.key_count = 0;
    v = image_verify(s, &p, buf, sizeof buf, NULL, &r);
    check((v == IMAGE_GENUINE) == (r.fault == IMAGE_FAULT_NONE));
    check(r.size <= s->size);
}

/* What an image says of itself: the walk ends, and nothing is read that is not there. */
static void ask(const struct image_source *s)
{
    struct image_dependency d;
    struct image_header h;
    struct image_tlvs t;
    uint8_t hash[SHA256_SIZE];
    uint32_t counter;
    bool more = true;
    if (image_read_header(s, s->size, &h) != IMAGE_FAULT_NONE)
        return;
    (void)image_security_counter(s, &h, &counter);
    if (image_tlvs_begin(&t, s, &h, s->size) != IMAGE_FAULT_NONE)
        return;
    struct image_tlvs again = t;
    while (more && image_dependency_next(&t, &d, &more) == IMAGE_FAULT_NONE)
        check(t.at <= s->size);
    more = true;
    while (more && image_retired_key_next(&again, hash, &more) == IMAGE_FAULT_NONE)
        check(again.at <= s->size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t sig[P256_SIG_SIZE];
    const struct image_source s = image_source_memory(data, (uint32_t)size);
    walk(&s);
    judge(&s);
    ask(&s);
    (void)ecdsa_p256_sig_decode(sig, data, size);
    return 0;
}

/* Put the right hash into the place where an image of this header keeps it first. */
static void repair_hash(uint8_t *data, size_t size)
{
    struct image_header h;
    struct image_tlvs t;
    struct sha256 hash;
    const struct image_source s = image_source_memory(data, (uint32_t)size);
    if (image_read_header(&s, (uint32_t)size, &h) != IMAGE_FAULT_NONE ||
        image_tlvs_begin(&t, &s, &h, (uint32_t)size) != IMAGE_FAULT_NONE)
        return;
    uint32_t at = t.protected_end + IMAGE_TLV_INFO_SIZE + IMAGE_TLV_HEADER_SIZE;
    if (at + SHA256_SIZE > t.end)
        return;
    sha256_init(&hash);
    sha256_update(&hash, data, t.protected_end);
    sha256_final(&hash, data + at);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    const struct test_image *start = (seed & 1) != 0 ? &signed_image : &unsigned_image;
    if ((size < IMAGE_HEADER_SIZE || seed % 16 == 0) && start->len <= max) {
        memcpy(data, start->bytes, start->len);
        size = start->len;
    }
    size = LLVMFuzzerMutate(data, size, max);
    if (size >= 4 && seed % 8 != 1)
        put_le32(data, IMAGE_MAGIC);
    if (seed % 4 != 2)
        repair_hash(data, size);
    return size;
}
