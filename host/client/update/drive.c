#include "host/client/update/drive.h"

#include <string.h>

#include "host/cli/core/clock.h"
#include "host/client/smp/recovery.h"
#include "host/client/update/words.h"

static void drive_list(struct update_drive *v, struct update_result *r)
{
    r->e = smp_image_list(&v->device->client, &v->list);
    r->list = &v->list;
}

/* A confirmation is asked for once: a device that has reset meanwhile, and gone back, would take the repeated one for the
 * image that runs then, or (by hash) for a request to start ours for good. */
static void drive_change(struct update_drive *v, const struct update *u, struct update_result *r)
{
    const struct update_goal *g = &u->goal;
    const bool confirm = u->order.kind == UPDATE_CONFIRM;
    const bool by_hash = !confirm || g->image != 0;
    const unsigned retries = v->device->client.retries;
    v->device->client.retries = confirm ? 0 : retries;
    v->list = u->list;
    r->e = smp_image_set_state(&v->device->client, by_hash ? g->hash : NULL,
                               by_hash ? g->hash_len : 0, confirm || g->permanent, &v->list);
    r->list = &v->list;
    v->device->client.retries = retries;
}

static void drive_mode(struct update_drive *v, struct update_result *r)
{
    struct smp_bootloader b;
    r->e = smp_bootloader_info(&v->device->client, &b);
    if ((r->e == ERR_OK || r->e == ERR_PEER) && b.has_mode)
        r->mode = b.mode;
}

static void drive_slots(struct update_drive *v, struct update_result *r)
{
    r->e = smp_image_slots(&v->device->client, &v->slots);
    r->slots = &v->slots;
}

static void drive_upload(struct update_drive *v, const struct update *u, struct update_result *r)
{
    const struct upload_job job = {.data = v->data,
                                   .len = u->goal.size,
                                   .image = u->goal.image,
                                   .wait_seconds = u->goal.wait_ms / 1000,
                                   .watch = v->watch};
    v->code = upload_run(v->device, &job, &r->was_there);
}

static void drive_reset(struct update_drive *v, const struct update *u, struct update_result *r)
{
    if (u->reset.count == 0)
        v->boot_mark = v->device->log.count;
    r->e = smp_reset(&v->device->client, false);
}

/* For ms milliseconds nothing is sent. */
static void be_quiet(struct device *d, unsigned ms)
{
    uint64_t end = clock_ms() + ms;
    device_listen(d, ms);
    if (clock_ms() < end) /* the port has gone */
        clock_sleep_ms((unsigned)(end - clock_ms()));
}

static void drive_wait(struct update_drive *v, const struct update *u, struct update_result *r)
{
    const struct update_order *o = &u->order;
    const unsigned seconds = u->goal.wait_ms / 1000;
    if (o->event != NULL) {
        v->code = device_bring_back(v->device, o->err, o->event, seconds, o->unknown);
        return;
    }
    be_quiet(v->device, o->quiet_ms);
    r->booted = device_has_booted(v->device, v->boot_mark);
    v->code = device_wait(v->device, seconds, o->unknown);
    words_of_watchdog(v, u);
}

void update_drive(struct update_drive *v, struct update *u, struct update_result *r)
{
    struct smp_client *c = &v->device->client;
    *r = (struct update_result){.mode = -1};
    v->code = CLI_DONE;
    switch (u->order.kind) {
    case UPDATE_LIST:
        drive_list(v, r);
        break;
    case UPDATE_RECOVERY:
        r->recovery = recovery_evidence(c, &u->list);
        break;
    case UPDATE_FILE:
        v->code = v->choose(v, u);
        break;
    case UPDATE_MODE:
        drive_mode(v, r);
        break;
    case UPDATE_SLOTS:
        drive_slots(v, r);
        break;
    case UPDATE_UPLOAD:
        drive_upload(v, u, r);
        break;
    case UPDATE_MARK:
    case UPDATE_CONFIRM:
        drive_change(v, u, r);
        break;
    case UPDATE_ERASE:
        r->e = smp_image_erase(c, (int)u->order.slot);
        break;
    case UPDATE_RESET:
        drive_reset(v, u, r);
        break;
    case UPDATE_WAIT:
        drive_wait(v, u, r);
        break;
    case UPDATE_END:
        break;
    }
    r->error = c->error;
    r->gave_up = v->code != CLI_DONE;
    r->now_ms = clock_ms();
}
