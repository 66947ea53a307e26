#include <stddef.h>

#include "core/base/text.h"
#include "core/image/image.h"
#include "core/image/internal.h"

/* One behind the other in the order of enum image_fault, each with its zero: a table of pointers would be 88 bytes
 * of the bootloader. */
static const char texts[] TEXT_SECTION =
    "genuine\0"                                         /* IMAGE_FAULT_NONE */
    "cannot be read\0"                                  /* IMAGE_FAULT_READ */
    "no image: the header is erased\0"                  /* IMAGE_FAULT_NO_IMAGE */
    "bad image magic\0"                                 /* IMAGE_FAULT_MAGIC */
    "header size below 32\0"                            /* IMAGE_FAULT_HEADER_SIZE */
    "sizes in the header overflow\0"                    /* IMAGE_FAULT_SIZE_OVERFLOW */
    "image runs past the space it has\0"                /* IMAGE_FAULT_TOO_LARGE */
    "encrypted or compressed, which is not supported\0" /* IMAGE_FAULT_FLAGS */
    "marked as not bootable\0"                          /* IMAGE_FAULT_NOT_BOOTABLE */
    "bad TLV area magic\0"                              /* IMAGE_FAULT_TLV_MAGIC */
    "protected TLV size differs from the header\0"      /* IMAGE_FAULT_TLV_PROTECTED_SIZE */
    "a TLV runs past its area\0"                        /* IMAGE_FAULT_TLV_OVERRUN */
    "TLV type not allowed outside the protected area\0" /* IMAGE_FAULT_TLV_UNEXPECTED */
    "hash TLV of the wrong length\0"                    /* IMAGE_FAULT_HASH_LENGTH */
    "image hash does not match\0"                       /* IMAGE_FAULT_HASH_MISMATCH */
    "no hash TLV of its kind\0"                         /* IMAGE_FAULT_HASH_MISSING */
    "signed with an unknown key\0"                      /* IMAGE_FAULT_KEY_UNKNOWN */
    "malformed signature\0"                             /* IMAGE_FAULT_SIGNATURE_FORMAT */
    "signature does not verify\0"                       /* IMAGE_FAULT_SIGNATURE_WRONG */
    "not signed\0"                                      /* IMAGE_FAULT_SIGNATURE_MISSING */
    "too many signatures\0"                             /* IMAGE_FAULT_SIGNATURE_COUNT */
    "not built for this place" /* IMAGE_FAULT_VECTORS */;

const char *image_fault_text(enum image_fault fault)
{
    if ((unsigned)fault <= IMAGE_FAULT_VECTORS)
        return text_nth(texts, fault);
    const char *text = image_outgrown_text(fault);
    return text != NULL ? text : image_enc_fault_text(fault);
}
