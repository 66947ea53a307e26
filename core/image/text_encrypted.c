#include "core/base/text.h"
#include "core/image/internal.h"

const char *image_enc_fault_text(enum image_fault fault)
{
    switch (fault) {
    case IMAGE_FAULT_ENC_SIZE:
        return TEXT("encrypted with a key of another size than this bootloader takes");
    case IMAGE_FAULT_ENC_MISSING:
        return TEXT("encrypted, and no TLV of this bootloader's kind holds the image key");
    case IMAGE_FAULT_ENC_LENGTH:
        return TEXT("the TLV with the image key has the wrong length");
    case IMAGE_FAULT_ENC_KEY:
        return TEXT(
            "the image key does not unwrap: encrypted for another device's key, or damaged");
    default:
        return TEXT("unknown fault");
    }
}
