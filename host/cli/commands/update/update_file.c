/* update_file.c - the file that is sent: an image, or the one of a package that the free slot needs. */
#include <string.h>

#include "core/update/update.h"
#include "host/cli/commands/update/update.h"
#include "host/image/image_check.h"
#include "host/image/image_part.h"

/* Is one of the files what runs already, confirmed or on trial? */
static const struct package_image *running_file(const struct update_command *c)
{
    const struct smp_image_state *s = update_running(&c->update);
    for (unsigned i = 0; i < c->package.count && s != NULL; i++) {
        const struct package_image *p = &c->package.image[i];
        if (p->image == c->update.goal.image && s->hash_len == p->file.hash.len &&
            memcmp(s->hash, p->file.hash.bytes, s->hash_len) == 0)
            return p;
    }
    return NULL;
}

static int ask_mode(struct update_command *c)
{
    struct smp_bootloader b;
    enum err e = smp_bootloader_info(&c->device.client, &b);
    if ((e == ERR_OK || e == ERR_PEER) && b.has_mode)
        c->update.mode = b.mode;
    return c->update.mode;
}

/* Files that run in their slots are for a bootloader that starts them there. Where it does not say what it does, the device
 * judges the first packet. */
static int check_mode(struct update_command *c)
{
    const int mode = ask_mode(c);
    if (mode < 0 || mode == UPDATE_MODE_DIRECT_XIP || mode == UPDATE_MODE_DIRECT_XIP_REVERT)
        return CLI_DONE;
    return cli_fail(
        CLI_REFUSED, "the package is not for this device's bootloader",
        cli_text("its images run in the slot that they are in (direct-XIP); the device's "
                 "mode is %s",
                 smp_mode_text(mode)),
        "update with an image that was built for that mode (make firmware STRATEGY=...)");
}

/* The file for the slot that does not run; serial recovery takes that for the first slot. */
static int choose_for_free_slot(const struct update_command *c, const struct package_image **chosen)
{
    const struct update *u = &c->update;
    const struct smp_image_state *s = update_running(u);
    unsigned slot = u->recovery == NULL && s != NULL && s->slot % 2 == 0;
    int code = package_choose(&c->package, u->goal.image, slot, chosen);
    if (code == CLI_DONE && (*chosen)->in_place && u->recovery == NULL && s == NULL)
        return cli_fail(
            CLI_REFUSED, "which half of the package is needed is not known",
            "no image of the device's list is marked as active",
            "slipway image slots may tell; unpack the package, and update with the half "
            "for the slot that is free");
    return code;
}

int file_choose(struct update_drive *v, struct update *u)
{
    struct update_command *c = v->ctx;
    const struct package_image *chosen = running_file(c);
    int code = chosen == NULL ? choose_for_free_slot(c, &chosen) : CLI_DONE;
    if (code == CLI_DONE && chosen->in_place && u->recovery == NULL)
        code = check_mode(c);
    if (code != CLI_DONE)
        return code;
    c->file = chosen->file;
    v->data = c->file.blob.data;
    update_choose(u, c->file.hash.bytes, c->file.hash.len, c->file.version,
                  (uint32_t)c->file.blob.len);
    cli_say("image    %s, %zu bytes%s", c->file.path, c->file.blob.len,
            !chosen->in_place   ? ""
            : chosen->slot == 0 ? ", linked for the first slot"
                                : ", linked for the second slot");
    return CLI_DONE;
}

static void tell_package(const struct package *p, uint32_t image)
{
    cli_say("package  %s: version %s, %u file%s", p->path, p->image[0].file.version, p->count,
            p->count == 1 ? "" : "s");
    for (unsigned i = 0; i < p->count; i++)
        if (package_begins_image(p, i) && p->image[i].image != image)
            cli_say("package  image %u of it is not sent: slipway update --image %u",
                    (unsigned)p->image[i].image, (unsigned)p->image[i].image);
}

int file_load(struct update_command *c, const char *path, const char *key, uint32_t image)
{
    int code = package_load(&c->package, &c->file, path, key);
    if (code == CLI_DONE && c->package.count > 0) {
        tell_package(&c->package, image);
        return CLI_DONE;
    }
    if (code == CLI_DONE)
        code =
            image_vectors_check_image(path, c->file.blob.data, c->file.blob.len, &c->file.header);
    if (code == CLI_DONE)
        cli_say("image    %s: version %s, %zu bytes", c->file.path, c->file.version,
                c->file.blob.len);
    return code;
}
