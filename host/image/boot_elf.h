/* boot_elf.h - what a bootloader's ELF file says about the images that it takes. */
#ifndef HOST_IMAGE_BOOT_ELF_H
#define HOST_IMAGE_BOOT_ELF_H

#include "core/soc/soc.h"
#include "host/image/keys/keys.h"

#define BOOT_ELF_MAX  (64u * 1024u * 1024u)
#define BOOT_KEYS_MAX 16u

struct boot_elf {
    const char *path;
    struct cli_blob file; /* the keys point into it */
    struct image_key keys[BOOT_KEYS_MAX];
    const struct key_kind *kinds[BOOT_KEYS_MAX];
    unsigned key_count;
    uint32_t development; /* bit i: keys[i] is a development key; ours tell */
    bool decrypts;        /* it has a decryption key */
    bool development_enc; /* the decryption key is a development key */
    /* The encryption TLV that it reads, and the bytes of an image key; 0: it does not decrypt, or the file does not
     * say. */
    uint32_t enc_tlv, enc_key_size;
    /* The judge that it was built with; NULL: the file does not tell (not ours), or of no known kind. */
    const struct image_scheme *scheme;
    bool pure; /* it takes signatures of the image, and of nothing else */
    const struct soc *
        soc; /* the part that it is built for; NULL: it does not tell, or one that we do not know */
};

/* Read the table that MCUboot's bootloaders call bootutil_keys. Both shapes are understood: each length in the table
 * (ours) or behind a pointer (upstream's). CLI_DONE, or CLI_BAD_FILE with the error printed. */
MUST_CHECK int boot_elf_load(const char *path, struct boot_elf *e);

/* Warn of development keys in it: whoever has one can sign what the device runs, or read what was encrypted for it. */
void boot_elf_warn(const struct boot_elf *e);

/* The same of the bootloader.elf beside a devicetree that a build made. Nothing if there is none that tells. */
void boot_elf_warn_beside(const char *dtb);

#endif
