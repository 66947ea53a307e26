/* update.h - what the files of `slipway update` share: the files that were given, and the update that sends one of them. */
#ifndef HOST_CLI_COMMANDS_UPDATE_UPDATE_H
#define HOST_CLI_COMMANDS_UPDATE_UPDATE_H

#include "host/client/update/drive.h"
#include "host/image/package/package.h"

struct update_command {
    struct device device;
    struct update update;
    struct update_drive drive;
    struct package package; /* count 0: an image was given */
    struct image_file file; /* of a package: once the device has said which slot is free */
};

/* The file that is given, an image or a package, which its first bytes tell; image: the number that is asked for. key: as of
 * image_file_load. An exit code, the error printed. */
MUST_CHECK int file_load(struct update_command *c, const char *path, const char *key,
                         uint32_t image);
/* Of a package, the file for the slot that is free (struct update_drive.choose); v->ctx is the struct update_command. */
MUST_CHECK int file_choose(struct update_drive *v, struct update *u);

#endif
