/* sign.h - what `slipway sign` was asked for; shared by its files. */
#ifndef HOST_IMAGE_SIGN_H
#define HOST_IMAGE_SIGN_H

#include "host/image/encrypt.h"
#include "host/image/hex_file.h"
#include "host/layout/layout_file.h"

#define DEPENDENCIES_MAX 32
#define CUSTOM_MAX       CLI_ARGS_MAX
#define SLOT_MAX         (256u * 1024u * 1024u)

enum sign_output { SIGN_IMAGE, SIGN_PAYLOAD, SIGN_DIGEST };

/* Everything that the command line says, in the words of host/image/build/build.h. */
struct request {
    bool has_room; /* input has room for the header in front of it and for the TLVs behind it */
    struct image_plan plan;
    struct image_slot_plan slot;
    bool pad;
    struct image_dependency dependencies[DEPENDENCIES_MAX];
    struct image_custom_tlv custom[CUSTOM_MAX];
    uint8_t vid[16], cid[16];

    struct cli_blob input;
    bool has_base; /* address of the image's first byte, for Intel HEX */
    uint32_t base;
    enum sign_output output;

    bool has_layout;
    unsigned image; /* of the layout's images, the one that this is */
    struct layout layout;
    struct layout_slots slots;

    struct key key; /* that signs, or whose signature is given */
    struct image_signer signer;
    uint8_t fixed[IMAGE_SIG_MAX];
    size_t fixed_len; /* --fix-sig */
    struct recipient recipient;
    struct encryption encryption;
};

extern const struct cli_option sign_options[];

/* sign_options.c: options to request, files aside. CLI_DONE, or CLI_USAGE (or what reading a file gave) with the
 * error printed. */
MUST_CHECK int sign_take_request(const struct cli_args *a, struct request *r);

/* sign_keys.c: the keys, the hash that goes with them, the image key. The same results. */
MUST_CHECK int sign_take_keys(const struct cli_args *a, struct request *r);
void sign_release_keys(struct request *r);

/* sign_retire.c: the keys that the image retires, once it is known which one signs. */
MUST_CHECK int sign_take_retired(const struct cli_args *a, struct request *r);

/* sign_sbom.c: the SBOM's TLV, once the program is read. */
MUST_CHECK int sign_take_sbom(const struct cli_args *a, struct request *r);

/* sign_layout.c: what --layout decides before, and what it and the program's vectors say to the result. */
MUST_CHECK int sign_take_layout(const struct cli_args *a, struct request *r);
MUST_CHECK int sign_check_layout(const struct cli_args *a, const struct request *r, size_t len);

/* sign_compress.c: make r->plan one of a compressed image, if that is smaller; plain is the image built without
 * compression. c and what it points to must outlive the plan. */
MUST_CHECK int sign_compress(const struct cli_args *a, struct request *r,
                             const struct image_built *plain, struct image_compressed *c);

/* sign_write.c: the image of len bytes in out (cap: slot size, if padded) to the file. */
MUST_CHECK int sign_write(const struct cli_args *a, struct request *r, uint8_t *out, size_t len,
                          size_t *file_len);
/* --sig-out */
MUST_CHECK int sign_write_signature(const struct cli_args *a, const struct image_built *b);

#endif
