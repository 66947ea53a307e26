#include "rehearse/fleet/fleet_device.h"

#include <string.h>

#include "core/smp/wire/cbor_map.h"
#include "core/smp/wire/packet.h"
#include "rehearse/fleet/fleet_draw.h"

#define COPY_BUF 4096u

/* ---- power ---- */

static void vanish(struct fleet_device *d)
{
    d->power = POWER_VANISHED;
    d->wake_ms = FLEET_NEVER;
}

static void power_off(struct fleet_device *d, uint64_t now_ms)
{
    d->power = POWER_OFF;
    d->wake_ms = now_ms + fleet_draw_in(d->fate.seed, DRAW_OFF_TIME, d->boots + d->flash.cuts,
                                        FLEET_OFF_MS_LOW, FLEET_OFF_MS_HIGH);
}

/* What runs is written down at the boot: later the flash may be off. */
static void note_running(struct fleet_device *d, const struct update_outcome *out)
{
    struct slot_view view;
    struct image_source src = slot_source_at(&d->pair, out->slot, 0, &view);
    d->pair.active = out->slot;
    d->version = out->primary.header.version;
    if (image_stored_hash(&src, src.size, &d->hash) != IMAGE_FAULT_NONE)
        d->hash.len = 0;
}

/* True if the image that has just started resets before anybody can talk to it. */
static bool loops(const struct fleet_device *d)
{
    bool confirmed = true;
    return d->fate.unit == UNIT_BOOT_LOOP && update_is_confirmed(&d->pair, &confirmed) == ERR_OK &&
           !confirmed;
}

static void start_image(struct fleet_device *d, const struct update_outcome *out, uint64_t now_ms)
{
    note_running(d, out);
    d->boots++;
    d->reverts += out->performed == SWAP_TYPE_REVERT;
    d->wake_ms = FLEET_NEVER;
    d->power = POWER_ON;
    d->reset_asked = d->mute = false;
    smp_server_init(&d->server, &d->config);
    if (loops(d))
        power_off(d, now_ms);
}

static void boot(struct fleet_device *d, uint64_t now_ms)
{
    uint8_t buf[COPY_BUF];
    struct update_outcome out;
    const struct update_env env = {.pair = &d->pair,
                                   .keys = &d->model->key,
                                   .key_count = 1,
                                   .buf = buf,
                                   .buf_len = sizeof buf};
    fleet_flash_power_on(&d->flash);
    /* As in target/boot/main.c, the verdict counts and not the error: the image may be complete. */
    (void)!update_boot(&env, &out);
    if (d->flash.off) {
        power_off(d, now_ms);
        return;
    }
    if (out.verdict == IMAGE_GENUINE) {
        start_image(d, &out, now_ms);
        return;
    }
    d->power = POWER_BRICKED;
    d->wake_ms = FLEET_NEVER;
}

void fleet_device_wake(struct fleet_device *d, uint64_t now_ms)
{
    if (d->power == POWER_OFF && now_ms >= d->wake_ms)
        boot(d, now_ms);
}

void fleet_device_power_cycle(struct fleet_device *d, uint64_t now_ms)
{
    if (d->power != POWER_VANISHED)
        power_off(d, now_ms);
}

/* ---- what the server asks of its program ---- */

static void on_reset(void *ctx, uint32_t delay_ms)
{
    struct fleet_device *d = ctx;
    (void)delay_ms;
    d->reset_asked = true;
}

static int on_access(void *ctx, const struct smp_group *g, const struct smp_header *h)
{
    struct fleet_device *d = ctx;
    if (g->id != SMP_GROUP_IMAGE || h->op != SMP_WRITE)
        return MGMT_ERR_EOK;
    return d->writes++ < d->fate.busy_writes ? MGMT_ERR_EBUSY : MGMT_ERR_EOK;
}

static bool asks_to_confirm(const struct smp_request *q)
{
    static const struct cbor_key key = {"confirm", CBOR_BOOL};
    struct cbor_value v;
    return cbor_map_decode(q->body, q->body_len, &key, &v, 1, NULL) == ERR_OK && v.present && v.b;
}

/* A bad unit's application, while its image is on trial. */
static int withhold(struct fleet_device *d, const struct smp_request *q, struct smp_reply *r)
{
    d->confirms_withheld++;
    if (d->fate.unit == UNIT_REFUSES)
        return smp_reply_error(r, IMG_MGMT_ERR_IMAGE_CONFIRMATION_DENIED);
    if (d->fate.unit == UNIT_RESETS)
        d->reset_asked = d->mute = true;
    return smp_group_img.commands[SMP_IMAGE_STATE].read(&d->server, q, r);
}

static int on_state_write(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    struct fleet_device *d = CONTAINER_OF(s, struct fleet_device, server);
    bool confirmed = true, never = d->fate.unit == UNIT_REFUSES || d->fate.unit == UNIT_FORGETS ||
                                   d->fate.unit == UNIT_RESETS;
    if (never && asks_to_confirm(q) && update_is_confirmed(&d->pair, &confirmed) == ERR_OK &&
        !confirmed)
        return withhold(d, q, r);
    return smp_group_img.commands[SMP_IMAGE_STATE].write(s, q, r);
}

/* ---- packets ---- */

/* Where the answers to one packet go. */
struct answer {
    struct fleet_device *d;
    void (*send)(void *ctx, const uint8_t *packet, size_t len);
    void *ctx;
};

static void send_answer(void *ctx, const uint8_t *packet, size_t len)
{
    const struct answer *a = ctx;
    struct fleet_device *d = a->d;
    if (d->flash.off || d->mute)
        return;
    if (!fleet_chance(d->fate.seed, DRAW_SENT, d->sent++, d->fate.loss))
        a->send(a->ctx, packet, len);
}

/* What comes of a packet that was handled: a unit may have lost its power, or was asked to reset. */
static void after_packet(struct fleet_device *d, uint64_t now_ms)
{
    if (d->reset_asked && d->fate.unit == UNIT_NO_RETURN)
        vanish(d);
    else if (d->flash.off || d->reset_asked)
        power_off(d, now_ms);
    else if (d->fate.unit == UNIT_VANISHES && d->requests >= d->fate.moment)
        vanish(d);
}

void fleet_device_receive(struct fleet_device *d, const uint8_t *packet, size_t len,
                          uint64_t now_ms,
                          void (*send)(void *ctx, const uint8_t *packet, size_t len), void *ctx)
{
    uint8_t response[FLEET_PACKET_MAX];
    struct answer a = {d, send, ctx};
    if (d->power != POWER_ON || fleet_chance(d->fate.seed, DRAW_HEARD, d->heard++, d->fate.loss))
        return;
    d->requests++;
    smp_server_receive(&d->server, packet, len, response, sizeof response, send_answer, &a);
    smp_server_poll(&d->server);
    after_packet(d, now_ms);
}

/* ---- truth ---- */

/* Whether the image from which the device runs would be started again as it lies there. */
static bool is_intact(struct fleet_device *d)
{
    uint8_t buf[COPY_BUF];
    struct slot_view view;
    struct image_report report;
    struct image_source src = slot_source_at(&d->pair, d->pair.active, 0, &view);
    const struct image_policy policy = {.keys = &d->model->key, .key_count = 1, .limit = src.size};
    return image_verify(&src, &policy, buf, sizeof buf, NULL, &report) == IMAGE_GENUINE;
}

struct fleet_truth fleet_device_truth(struct fleet_device *d)
{
    struct fleet_truth t = {.power = d->power, .known = !d->flash.off, .next = SWAP_TYPE_PANIC};
    if (!t.known)
        return t;
    t.intact = is_intact(d);
    if (update_is_confirmed(&d->pair, &t.confirmed) != ERR_OK)
        t.confirmed = false;
    if (update_next_swap_type(&d->pair, &t.next) != ERR_OK)
        t.next = SWAP_TYPE_PANIC;
    return t;
}

/* ---- set-up ---- */

static struct slot_pair pair_on(const struct fleet_model *model, struct fleet_flash *f)
{
    return (struct slot_pair){
        .slot = {{&f->flash, 0, FLEET_SLOT_SIZE}, {&f->flash, FLEET_SLOT_SIZE, FLEET_SLOT_SIZE}},
        .max_align = FLEET_WORD,
        .max_sectors = FLEET_SECTORS / 2,
        .strategy = model->strategy};
}

static enum err check_image(const struct fleet_model *model)
{
    struct fleet_device d;
    const struct fleet_fate fate = {.unit = UNIT_GOOD};
    fleet_device_init(&d, model, 0, &fate);
    uint32_t largest = update_max_image_size(&d.pair);
    const char *why;
    enum err e = slot_pair_check(&d.pair, &why);
    if (e == ERR_OK)
        fleet_device_wake(&d, 0);
    bool runs = d.power == POWER_ON;
    fleet_device_free(&d);
    if (e != ERR_OK)
        return e;
    return model->image_len > largest ? ERR_NOSPC : runs ? ERR_OK : ERR_FORMAT;
}

enum err fleet_model_init(struct fleet_model *model)
{
    memcpy(model->commands, smp_group_img.commands, sizeof model->commands);
    model->commands[SMP_IMAGE_STATE].write = on_state_write;
    model->image_group = smp_group_img;
    model->image_group.commands = model->commands;
    model->groups[0] = &smp_group_os;
    model->groups[1] = &model->image_group;
    model->groups[2] = &smp_group_enum;
    return model->image_len > FLEET_SLOT_SIZE ? ERR_NOSPC : check_image(model);
}

static void configure(struct fleet_device *d)
{
    d->boot = (struct boot_info){.has = BOOT_INFO_MODE, .mode = (uint8_t)update_mode(&d->pair)};
    d->config = (struct smp_server_config){.groups = d->model->groups,
                                           .group_count = ARRAY_LEN(d->model->groups),
                                           .buf_size = FLEET_PACKET_MAX,
                                           .buf_count = 4,
                                           .words = {.kernel = "Slipway",
                                                     .node = "unknown",
                                                     .release = "fleet",
                                                     .version = "native",
                                                     .machine = "native",
                                                     .processor = "native",
                                                     .platform = "native",
                                                     .os = "Slipway"},
                                           .pair = &d->pair,
                                           .image_count = 1,
                                           .boot = &d->boot,
                                           .stream_buf = d->block,
                                           .stream_buf_size = sizeof d->block,
                                           .access = on_access,
                                           .reset = on_reset,
                                           .ctx = d};
}

void fleet_device_init(struct fleet_device *d, const struct fleet_model *model, unsigned number,
                       const struct fleet_fate *fate)
{
    *d = (struct fleet_device){.model = model, .number = number, .fate = *fate};
    fleet_flash_init(&d->flash, fate->seed);
    fleet_flash_place(&d->flash, 0, model->image, model->image_len);
    d->pair = pair_on(model, &d->flash);
    d->flash.cut_ppm = fate->cuts;
    if (fate->unit == UNIT_BAD_FLASH) {
        d->flash.fail_from = FLEET_SLOT_SIZE;
        d->flash.fail_behind = fate->moment;
    }
    configure(d);
}

void fleet_device_free(struct fleet_device *d)
{
    fleet_flash_free(&d->flash);
}
