#include "core/base/compiler.h"
#include "core/image/image.h"

static const char *const texts[] = {
    [IMAGE_FAULT_NONE] = "genuine",
    [IMAGE_FAULT_READ] = "cannot be read",
    [IMAGE_FAULT_NO_IMAGE] = "no image: the header is erased",
    [IMAGE_FAULT_MAGIC] = "bad image magic",
    [IMAGE_FAULT_HEADER_SIZE] = "header size below 32",
    [IMAGE_FAULT_SIZE_OVERFLOW] = "sizes in the header overflow",
    [IMAGE_FAULT_TOO_LARGE] = "image is larger than its space",
    [IMAGE_FAULT_FLAGS] = "encrypted or compressed, which is not supported",
    [IMAGE_FAULT_NOT_BOOTABLE] = "marked as not bootable",
    [IMAGE_FAULT_TLV_MAGIC] = "bad TLV area magic",
    [IMAGE_FAULT_TLV_PROTECTED_SIZE] = "protected TLV size differs from the header",
    [IMAGE_FAULT_TLV_OVERRUN] = "a TLV runs past its area",
    [IMAGE_FAULT_TLV_UNEXPECTED] = "TLV type not allowed outside the protected area",
    [IMAGE_FAULT_HASH_LENGTH] = "hash TLV has the wrong length",
    [IMAGE_FAULT_HASH_MISMATCH] = "image hash does not match",
    [IMAGE_FAULT_HASH_MISSING] = "no hash TLV of the right type",
    [IMAGE_FAULT_KEY_UNKNOWN] = "signed with an unknown key",
    [IMAGE_FAULT_SIGNATURE_FORMAT] = "malformed signature",
    [IMAGE_FAULT_SIGNATURE_WRONG] = "signature does not verify",
    [IMAGE_FAULT_SIGNATURE_MISSING] = "not signed",
    [IMAGE_FAULT_SIGNATURE_COUNT] = "too many signatures",
    [IMAGE_FAULT_VECTORS] = "not built for this place",
    [IMAGE_FAULT_COUNTER_MISSING] = "no security counter",
    [IMAGE_FAULT_COUNTER_FORMAT] = "malformed security counter",
    [IMAGE_FAULT_COUNTER_LOW] = "security counter below the stored one",
    [IMAGE_FAULT_KEY_RETIRED] = "signed with a retired key",
    [IMAGE_FAULT_ENC_SIZE] = "encrypted with an image key of another size",
    [IMAGE_FAULT_ENC_MISSING] = "encrypted, but no TLV has the image key for this bootloader",
    [IMAGE_FAULT_ENC_LENGTH] = "the TLV with the image key has the wrong length",
    [IMAGE_FAULT_ENC_KEY] = "the image key does not unwrap: encrypted for another key, or damaged",
};

const char *image_fault_text(enum image_fault fault)
{
    return (unsigned)fault < ARRAY_LEN(texts) ? texts[fault] : "unknown fault";
}
