/* update_file.c - the file that is sent: an image, or the one of a package that the free slot needs. */
#include <string.h>

#include "core/update/update.h"
#include "host/cli/commands/update/update.h"
#include "host/image/image_check.h"
#include "host/image/image_part.h"

/* Is one of the files what runs already, confirmed or on trial? */
static const struct package_image *running_file(const struct update *u)
{
    const struct smp_image_state *s = list_running(u);
    for (unsigned i = 0; i < u->package.count && s != NULL; i++) {
        const struct package_image *p = &u->package.image[i];
        if (p->image == u->image && s->hash_len == p->file.hash.len &&
            memcmp(s->hash, p->file.hash.bytes, s->hash_len) == 0)
            return p;
    }
    return NULL;
}

/* Files that run in their slots are for a bootloader that starts them there. Where it does not say what it does, the device
 * judges the first packet. */
static int check_mode(struct update *u)
{
    ask_mode(u);
    if (u->mode < 0 || u->mode == UPDATE_MODE_DIRECT_XIP ||
        u->mode == UPDATE_MODE_DIRECT_XIP_REVERT)
        return CLI_DONE;
    return cli_fail(
        CLI_REFUSED, "the package is not for this device's bootloader",
        cli_text("its images run in the slot that they are in (direct-XIP); the device's "
                 "mode is %s",
                 smp_mode_text(u->mode)),
        "update with an image that was built for that mode (make firmware STRATEGY=...)");
}

/* The file for the slot that does not run; serial recovery takes that for the first slot. */
static int choose_for_free_slot(const struct update *u, const struct package_image **chosen)
{
    const struct smp_image_state *s = list_running(u);
    unsigned slot = u->recovery == NULL && s != NULL && s->slot % 2 == 0;
    int code = package_choose(&u->package, u->image, slot, chosen);
    if (code == CLI_DONE && (*chosen)->in_place && u->recovery == NULL && s == NULL)
        return cli_fail(
            CLI_REFUSED, "which half of the package is needed is not known",
            "no image of the device's list is marked as active",
            "slipway image slots may tell; unpack the package, and update with the half "
            "for the slot that is free");
    return code;
}

int file_choose(struct update *u)
{
    const struct package_image *chosen = running_file(u);
    int code = CLI_DONE;
    if (u->package.count == 0)
        return CLI_DONE;
    if (chosen == NULL)
        code = choose_for_free_slot(u, &chosen);
    if (code == CLI_DONE && chosen->in_place && u->recovery == NULL)
        code = check_mode(u);
    if (code != CLI_DONE)
        return code;
    u->file = chosen->file;
    cli_say("image    %s, %zu bytes%s", u->file.path, u->file.blob.len,
            !chosen->in_place   ? ""
            : chosen->slot == 0 ? ", linked for the first slot"
                                : ", linked for the second slot");
    return CLI_DONE;
}

static void tell_package(const struct update *u)
{
    cli_say("package  %s: version %s, %u file%s", u->package.path, u->package.image[0].file.version,
            u->package.count, u->package.count == 1 ? "" : "s");
    for (unsigned i = 0; i < u->package.count; i++)
        if (package_begins_image(&u->package, i) && u->package.image[i].image != u->image)
            cli_say("package  image %u of it is not sent: slipway update --image %u",
                    (unsigned)u->package.image[i].image, (unsigned)u->package.image[i].image);
}

int file_load(struct update *u, const char *path, const char *key)
{
    int code = package_load(&u->package, &u->file, path, key);
    if (code == CLI_DONE && u->package.count > 0) {
        tell_package(u);
        return CLI_DONE;
    }
    if (code == CLI_DONE)
        code =
            image_vectors_check_image(path, u->file.blob.data, u->file.blob.len, &u->file.header);
    if (code == CLI_DONE)
        cli_say("image    %s: version %s, %zu bytes", u->file.path, u->file.version,
                u->file.blob.len);
    return code;
}
