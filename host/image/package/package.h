/* package.h - a package: a zip file with the images of one version and manifest.json, as nRF Connect SDK's dfu_application.zip.
 * Of an image that runs in its slot it holds two, one linked for each slot. */
#ifndef HOST_IMAGE_PACKAGE_PACKAGE_H
#define HOST_IMAGE_PACKAGE_PACKAGE_H

#include "host/image/image_file.h"
#include "host/image/package/manifest.h"

struct package_image {
    struct image_file file;
    uint32_t image; /* number */
    bool in_place;  /* runs in its slot, and there is another one for the other slot */
    uint8_t slot;   /* in_place: 0 or 1, of this image's two */
    uint32_t home;  /* in_place: where its slot begins, or its program, on the bus */
};
struct package {
    const char *path;
    unsigned count;
    struct package_image image[MANIFEST_FILES_MAX];
};

/* Unpack and check the package in b, which may hold anything; path is its name for people, key as in image_file_load. Every image
 * is whole, is what the manifest says of it, and has its other half: of the same version, and linked for another place.
 * CLI_DONE, CLI_BAD_FILE or CLI_REFUSED, the error printed. */
MUST_CHECK int package_read(struct package *p, const char *path, const struct cli_blob *b,
                            const char *key);

/* Load the file that a person gave, as its first bytes say: a package into p, or an image into f, and then p->count is 0.
 * key: as in image_file_load. An exit code, its error printed. */
MUST_CHECK int package_load(struct package *p, struct image_file *f, const char *path,
                            const char *key);

/* Is this the first of the files of its image? */
bool package_begins_image(const struct package *p, unsigned file);
/* The file for this slot (0 or 1) of this image, or its only file; NULL: there is none. */
const struct package_image *package_find(const struct package *p, uint32_t image, unsigned slot);
/* package_find, or CLI_REFUSED with the error printed: the package has nothing for that image. */
MUST_CHECK int package_choose(const struct package *p, uint32_t image, unsigned slot,
                              const struct package_image **chosen);

/* Two halves that belong together? CLI_BAD_FILE, with the error printed: two versions, or one place. path is what they are in. */
MUST_CHECK int package_check_halves(const char *path, const struct package_image *a,
                                    const struct package_image *b);
/* Where it runs, by its header (imgtool's --rom-fixed). False: the header does not say. */
bool package_home(const struct image_file *f, uint32_t *home);

/* What a package says beside its images. */
struct package_labels {
    const char *name, *board, *soc; /* name may be NULL */
};
/* Write the package of these images to path, replacing what is there; their file names become those in the package. An exit
 * code, its error printed. */
MUST_CHECK int package_write(const char *path, const struct package *p,
                             const struct package_labels *labels);

#endif
