/* update_list.c - what the device's image list says of the update, and changes of it that survive lost answers; and its bootloader's mode. */
#include <string.h>

#include "host/cli/commands/update/update.h"

/* Times that one step may look at the device after requests without an answer. */
#define LOOKS_MAX 5

const struct smp_image_state *list_running(const struct update *u)
{
    for (unsigned i = 0; i < u->list.count; i++)
        if (u->list.image[i].image == u->image && u->list.image[i].active)
            return &u->list.image[i];
    return NULL;
}

bool list_is_ours(const struct update *u, const struct smp_image_state *s)
{
    return s != NULL && s->image == u->image && s->hash_len == u->file.hash.len &&
           memcmp(s->hash, u->file.hash.bytes, u->file.hash.len) == 0;
}

const struct smp_image_state *list_waiting(const struct update *u)
{
    for (unsigned i = 0; i < u->list.count; i++)
        if (!u->list.image[i].active && list_is_ours(u, &u->list.image[i]))
            return &u->list.image[i];
    return NULL;
}

int list_read(struct update *u)
{
    enum err e = smp_image_list(&u->device.client, &u->list);
    for (unsigned looks = 0; device_lost(e) && looks < LOOKS_MAX; looks++) {
        int code = device_bring_back(&u->device, e, "the device did not send its image list",
                                     u->wait_seconds, NULL);
        if (code != CLI_DONE)
            return code;
        e = smp_image_list(&u->device.client, &u->list);
    }
    return e == ERR_OK ? CLI_DONE : device_fail(&u->device, "the image list could not be read", e);
}

int list_change(struct update *u, const struct change *c, enum err *e)
{
    for (unsigned looks = 0;; looks++) {
        *e = smp_image_set_state(&u->device.client, c->hash != NULL ? c->hash->bytes : NULL,
                                 c->hash != NULL ? c->hash->len : 0, c->confirm, &u->list);
        if (!device_lost(*e) || looks == LOOKS_MAX)
            return CLI_DONE;
        int code = device_bring_back(&u->device, *e, c->unknown, u->wait_seconds, c->unknown);
        if (code == CLI_DONE)
            code = list_read(u);
        if (code != CLI_DONE)
            return code;
        if (c->is_settled(u)) {
            *e = ERR_OK;
            return CLI_DONE;
        }
    }
}

const struct smp_image_state *list_in_place(const struct update *u)
{
    for (unsigned i = 0; i < u->list.count; i++) {
        const struct smp_image_state *s = &u->list.image[i];
        bool same_version = s->hash_len == 0 && strcmp(s->version, u->file.version) == 0;
        if (s->slot == 0 && s->image == u->image && (list_is_ours(u, s) || same_version))
            return s;
    }
    return NULL;
}

void ask_mode(struct update *u)
{
    struct smp_bootloader b;
    if (u->mode >= 0)
        return;
    enum err e = smp_bootloader_info(&u->device.client, &b);
    if ((e == ERR_OK || e == ERR_PEER) && b.has_mode)
        u->mode = b.mode;
}
