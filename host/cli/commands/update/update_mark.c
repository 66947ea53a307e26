/* update_mark.c - the image into its slot, and marked for the next boot. */
#include <string.h>

#include "core/smp/wire/errors.h"
#include "host/cli/commands/update/update.h"
#include "host/client/image_print.h"
#include "host/client/upload.h"

static const char mark_unknown[] = "the device did not say whether it marked the image";

static int say_not_needed(const struct update *u)
{
    cli_say("upload   not needed: slot %u holds the image", (unsigned)list_waiting(u)->slot);
    return CLI_DONE;
}

/* The file to the device, and what its list says then. *was_there: the device had the whole file already. */
static int upload_file(struct update *u, bool *was_there)
{
    const struct upload_job job = {.data = u->file.blob.data,
                                   .len = (uint32_t)u->file.blob.len,
                                   .image = u->image,
                                   .wait_seconds = u->wait_seconds};
    int code = upload_run(&u->device, &job, was_there);
    return code == CLI_DONE ? list_read(u) : code;
}

static int send_image(struct update *u)
{
    bool was_there;
    int code = upload_file(u, &was_there);
    if (code != CLI_DONE)
        return code;
    if (list_waiting(u) == NULL)
        return cli_fail(CLI_REFUSED, "the uploaded image is in no slot of the device's list",
                        "the upload was acknowledged, but the list has no image with its hash",
                        "slipway image list; slipway image erase, then update again");
    if (was_there)
        return say_not_needed(u);
    cli_say("upload   slot %u holds version %s", (unsigned)list_waiting(u)->slot, u->file.version);
    return CLI_DONE;
}

/* A list that has our image is no proof: the list goes by the header and by the hash at the image's end. A swap using
 * offset puts an image where no request finds it, and half an upload over an older image can look whole. So the upload
 * is begun, and a server that has all of the file says so at once. A pending image is left alone: an upload would take
 * the request back. */
int step_upload(struct update *u)
{
    bool pending = list_waiting(u) != NULL && list_waiting(u)->pending;
    return pending ? say_not_needed(u) : send_image(u);
}

static bool is_marked(const struct update *u)
{
    const struct smp_image_state *s = list_waiting(u);
    return s != NULL && s->pending && (s->permanent || !u->permanent);
}

static bool same_place(const struct smp_image_state *a, const struct smp_image_state *b)
{
    return a->image == b->image && a->slot == b->slot && a->hash_len == b->hash_len &&
           memcmp(a->hash, b->hash, a->hash_len) == 0;
}

/* Another image that is pending and was not in the list before, or NULL. */
static const struct smp_image_state *marked_instead(const struct update *u,
                                                    const struct smp_image_list *before)
{
    for (unsigned i = 0; i < u->list.count; i++) {
        const struct smp_image_state *s = &u->list.image[i];
        bool was = list_is_ours(u, s) || !s->pending || s->image != u->image;
        for (unsigned k = 0; k < before->count && !was; k++)
            was = before->image[k].pending && same_place(&before->image[k], s);
        if (!was)
            return s;
    }
    return NULL;
}

/* What came of asking for an erase; error: what the device answered, if e is ERR_PEER. */
struct erased {
    enum err e;
    struct smp_error error;
};

/* Have the device forget that image s is pending. Whether it did is for the list to say. */
static int take_back(struct update *u, struct smp_image_state s, struct erased *erased)
{
    enum err e = smp_image_erase(&u->device.client, (int)(2 * s.image + s.slot % 2));
    *erased = (struct erased){e, u->device.client.error};
    if (!device_lost(e))
        return list_read(u);
    int code =
        device_bring_back(&u->device, e, "the erase of the slot has no answer", u->wait_seconds,
                          "whether the other image is still pending is not known");
    return code == CLI_DONE ? list_read(u) : code;
}

static bool is_pending(const struct update *u, const struct smp_image_state *wanted)
{
    for (unsigned i = 0; i < u->list.count; i++)
        if (u->list.image[i].pending && same_place(&u->list.image[i], wanted))
            return true;
    return false;
}

static int fail_other_pending(const struct smp_image_state *other, const char *evidence,
                              const struct erased *erased)
{
    const char *next;
    if (erased->e == ERR_PEER) {
        evidence = cli_text("%s\nthe device refused to erase the slot: %s", evidence,
                            smp_error_name(&erased->error));
        next = cli_text("slipway reset starts %s%s; then slipway update again", other->version,
                        other->permanent ? "" : ", and a second one goes back");
    } else {
        next = cli_text("slipway image erase --slot %u takes it back, else a reset starts it",
                        (unsigned)(2 * other->image + other->slot % 2));
    }
    return cli_fail(CLI_REFUSED, "another image than the new one is pending", evidence, next);
}

/* An older Zephyr marks a slot, and the bootloader finds another image in it than the one that was listed. */
static int undo(struct update *u, struct smp_image_state other, bool undone)
{
    struct erased erased;
    cli_say("test     the device marked another image instead: %s in slot %u; taking it back",
            other.version, (unsigned)other.slot);
    int code = take_back(u, other, &erased);
    if (code != CLI_DONE)
        return code;
    const char *evidence = cli_text("asked for was %s; the list has %s in slot %u as pending",
                                    u->file.version, other.version, (unsigned)other.slot);
    bool no_erase =
        erased.e == ERR_PEER && erased.error.group == -1 && erased.error.rc == MGMT_ERR_ENOTSUP;
    if (is_pending(u, &other) && !(no_erase && !undone)) /* an upload takes it back, too */
        return fail_other_pending(&other, evidence, &erased);
    if (undone)
        return cli_fail(
            CLI_REFUSED, "the device marks another image than the new one",
            cli_text("asked for was %s; it marked %s in slot %u, twice; that is taken back",
                     u->file.version, other.version, (unsigned)other.slot),
            "slipway image list shows the state; nothing changes at a reset");
    return send_image(u);
}

static int fail_mark(struct update *u, enum err e)
{
    if (e != ERR_OK)
        return device_fail_change(&u->device, e, "the image could not be marked for the next boot",
                                  mark_unknown, "slipway update again, once the device answers");
    return cli_fail(CLI_REFUSED, "the device accepted the mark, but the image is not pending",
                    "its list says so", "slipway image list shows the state");
}

/* Pending for good though nobody asked: a device that runs the newest image, and takes no request. */
int step_mark(struct update *u)
{
    const struct change c = {&u->file.hash, u->permanent, is_marked, mark_unknown};
    bool is_done = is_marked(u), undone = false;
    while (!is_done) {
        const struct smp_image_list before = u->list;
        enum err e;
        int code = list_change(u, &c, &e);
        if (code != CLI_DONE)
            return code;
        const struct smp_image_state *other = e == ERR_OK ? marked_instead(u, &before) : NULL;
        is_done =
            e == ERR_OK && other == NULL && list_waiting(u) != NULL && list_waiting(u)->pending;
        if (is_done)
            break;
        code = other != NULL ? undo(u, *other, undone) : fail_mark(u, e);
        if (code != CLI_DONE)
            return code;
        undone |= other != NULL;
    }
    cli_say("test     %s", image_next_boot_text(u->mode, list_waiting(u)));
    return CLI_DONE;
}

int step_upload_in_place(struct update *u)
{
    bool was_there;
    int code = upload_file(u, &was_there);
    if (code == CLI_DONE && list_in_place(u) != NULL)
        cli_say("upload   slot 0 holds version %s", u->file.version);
    else if (code == CLI_DONE)
        cli_say("upload   done; the list of serial recovery does not have the image yet");
    return code;
}
