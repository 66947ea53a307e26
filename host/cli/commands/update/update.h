/* update.h - what the steps of `slipway update` share: what was asked for, and the device as last looked at.
 *
 * Every function returns an exit code, its error printed, unless it says otherwise. */
#ifndef HOST_CLI_COMMANDS_UPDATE_UPDATE_H
#define HOST_CLI_COMMANDS_UPDATE_UPDATE_H

#include "host/client/device.h"
#include "host/image/package/package.h"

struct update {
    struct device device;
    struct package package;     /* count 0: an image was given */
    struct image_file file;     /* of a package: once the device has said which slot is free */
    struct smp_image_list list; /* as last read */
    uint32_t image;
    bool permanent, confirm;
    /* What shows that serial recovery answered at first; NULL: an application did. */
    const char *recovery;
    unsigned wait_seconds;
    int mode;          /* of the bootloader, enum update_mode; negative: not known */
    char previous[32]; /* version that ran before */
    struct {
        unsigned long boot_mark; /* first log line after the reset */
        unsigned count;          /* requested since then */
        uint64_t sent_ms;        /* the last one */
        bool taken;              /* the device has answered one */
        bool watchdog_told;
    } reset;
};

/* ---- update_list.c: the device's image list ---- */

MUST_CHECK int list_read(struct update *u);
/* The image that runs, or NULL. */
const struct smp_image_state *list_running(const struct update *u);
/* Our image in a slot that is not running, or NULL. */
const struct smp_image_state *list_waiting(const struct update *u);
/* Ours in the first slot, where serial recovery puts it, or NULL; a list without hashes is gone by the version. */
const struct smp_image_state *list_in_place(const struct update *u);
/* Is s, which may be NULL, our image? */
bool list_is_ours(const struct update *u, const struct smp_image_state *s);

/* A change of state: what is asked for, and how the list shows that it is done, or that it is of no use any more. */
struct change {
    const struct image_hash *hash; /* NULL: the running image */
    bool confirm;
    bool (*is_settled)(const struct update *u);
    const char *unknown; /* what is not known while no answer comes */
};

/* Ask for it, and look at the list when no answer comes. An exit code for what ends the update; else *e is what the
 * device answered, or the silence. */
MUST_CHECK int list_change(struct update *u, const struct change *c, enum err *e);

/* Ask for the bootloader's mode, if it is not known. Without an answer it stays so. */
void ask_mode(struct update *u);
void tell_running(const struct update *u);

/* ---- update_file.c ---- */

/* The file that is given, an image or a package, which its first bytes tell. key: as of image_file_load. */
MUST_CHECK int file_load(struct update *u, const char *path, const char *key);
/* Of a package, the file for the slot that is free. The list has been read. */
MUST_CHECK int file_choose(struct update *u);

/* ---- the steps, in their order ---- */

/* update_mark.c: the image into a slot (of serial recovery: into the first one), and marked for the next boot. */
MUST_CHECK int step_upload(struct update *u);
MUST_CHECK int step_upload_in_place(struct update *u);
MUST_CHECK int step_mark(struct update *u);
/* update_reset.c: the reset, until the device answers again, and the proof that our image runs. */
MUST_CHECK int step_reset(struct update *u);
MUST_CHECK int step_leave_recovery(struct update *u);
MUST_CHECK int step_prove(struct update *u);

#endif
