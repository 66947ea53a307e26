#include "testing/rig_device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "testing/fake_p256.h"

#define SECTOR    4096u
#define SECTORS   36u
#define RAM_BASE  0x20000000u
#define BOOTS_MAX 8u /* cut ones, and the last that is not */
#define NOBODY    RIG_VERSIONS
#define BIT(v)    (1u << (v))

const struct update_strategy *rig_strategy(unsigned number)
{
    static const struct update_strategy *const all[RIG_STRATEGIES] = {
        &update_swap_offset, &update_swap_move,         &update_swap_scratch,
        &update_overwrite,   &update_direct_xip_revert, &update_direct_xip,
        &update_ram_load,    &update_ram_load_revert};
    return all[number % RIG_STRATEGIES];
}

_Noreturn void rig_fail(const struct rig_device *d, const char *what)
{
    fprintf(stderr, "rig_device: %s\n  mode %u, %u image(s)\n", what,
            (unsigned)update_mode(&d->pair[0]), d->images);
    for (unsigned i = 0; i < d->images; i++)
        fprintf(stderr, "  image %u: v%u ran, allowed 0x%x, named v%u\n", i, d->running[i] + 1u,
                d->allowed[i], d->must[i] + 1u);
    abort();
}

/* ---- what runs ---- */

static enum rig_version version_in(const struct rig_device *d, unsigned image, enum slot s)
{
    const uint8_t *at = d->rig.bytes + d->pair[image].slot[s].offset;
    for (unsigned v = 0; v < RIG_VERSIONS; v++) {
        const struct rig_file *file = rig_file(image, (enum rig_version)v, d->for_ram);
        if (memcmp(at, file->bytes, file->len) == 0)
            return (enum rig_version)v;
    }
    return NOBODY;
}

/* After a boot that was not cut. disturbed: an earlier one was. */
static void watch(struct rig_device *d, unsigned i, const struct update_outcome *out,
                  bool disturbed)
{
    struct slot_pair *p = &d->pair[i];
    bool confirmed = true;
    enum swap_type type = SWAP_TYPE_NONE;
    if (out->verdict != IMAGE_GENUINE)
        rig_fail(d, "no genuine image runs");
    p->active = out->slot;
    enum rig_version was = d->running[i], now = version_in(d, i, out->slot);
    if (now >= RIG_GENUINE)
        rig_fail(d, "an image runs that is not genuine");
    if (!(d->allowed[i] & BIT(now)))
        rig_fail(d, "an image runs that was not named");
    if (!disturbed && d->must[i] != NOBODY && d->must[i] != now)
        rig_fail(d, "the image that was named does not run");
    if (update_is_confirmed(p, &confirmed) != ERR_OK || update_next_swap_type(p, &type) != ERR_OK)
        rig_fail(d, "the trailers cannot be read");
    unsigned back = confirmed ? 0 : now != was ? BIT(was) : d->allowed[i];
    unsigned asked = type == SWAP_TYPE_TEST || type == SWAP_TYPE_PERM ? d->allowed[i] : 0;
    d->allowed[i] = BIT(now) | back | asked;
    d->running[i] = now;
    d->confirmed[i] = confirmed;
    d->must[i] = NOBODY;
}

static enum err run_bootloader(struct rig_device *d, struct update_outcome *out)
{
    static uint8_t buf[256], ram[32 * 1024];
    static const struct load_ram load = {RAM_BASE, sizeof ram, ram};
    const struct image_key keys[] = {fake_p256_key(0)};
    const struct update_env env = {.pair = d->pair,
                                   .keys = keys,
                                   .key_count = 1,
                                   .buf = buf,
                                   .buf_len = sizeof buf,
                                   .ram = d->for_ram ? &load : NULL};
    return d->images == 1 ? update_boot(&env, out)
                          : update_boot_images(&env, d->pair, d->images, out);
}

void rig_device_boot(struct rig_device *d, void (*before)(void *ctx, struct fake_flash *f),
                     void *ctx)
{
    struct update_outcome out[RIG_IMAGES];
    bool disturbed = d->rig.fake.off;
    for (unsigned n = 0;; n++) {
        fake_power_on(&d->rig.fake);
        if (before != NULL && n + 1 < BOOTS_MAX)
            before(ctx, &d->rig.fake);
        enum err e = run_bootloader(d, out);
        if (!d->rig.fake.off && e != ERR_OK)
            rig_fail(d, "the bootloader returned an error though flash works");
        if (!d->rig.fake.off)
            break;
        disturbed = true;
    }
    fake_power_on(&d->rig.fake);
    for (unsigned i = 0; i < d->images; i++)
        watch(d, i, &out[i], disturbed);
    if (d->used_again != 0)
        rig_fail(d, "a flash word was programmed without an erase before");
    smp_server_init(&d->rig.server, &d->rig.config);
}

/* ---- set-up ---- */

/* The sector in front of an upload is not erased if it reads blank (core/smp/groups/img_upload.c, write_record): there
 * a word that a cut has touched may be programmed again. */
static bool is_front(const struct rig_device *d, uint32_t off)
{
    for (unsigned i = 0; i < d->images; i++) {
        uint32_t start = d->pair[i].slot[SLOT_SECONDARY].offset;
        if (off >= start && off < start + update_upload_offset(&d->pair[i]))
            return true;
    }
    return false;
}

static void on_flash(void *ctx, enum fake_op op, uint32_t off, uint32_t len)
{
    struct rig_device *d = ctx;
    if (op != FAKE_PROGRAM || is_front(d, off))
        return;
    for (uint32_t at = off; at < off + len; at += SMP_RIG_WORD)
        d->used_again += d->rig.words[at / SMP_RIG_WORD] != FAKE_VIRGIN;
}

static void lay_out(struct rig_device *d, const struct update_strategy *strategy, unsigned images)
{
    d->images = images;
    d->for_ram = strategy == &update_ram_load || strategy == &update_ram_load_revert;
    d->rig.pair.strategy = strategy;
    d->rig.pair.slot[SLOT_SCRATCH] =
        (struct flash_area){&d->rig.fake.flash, 32 * SECTOR, 4 * SECTOR};
    for (unsigned i = 0; i < RIG_IMAGES; i++) {
        d->pair[i] = d->rig.pair;
        d->pair[i].image = (uint8_t)i;
        d->pair[i].slot[SLOT_PRIMARY].offset += i * 16 * SECTOR;
        d->pair[i].slot[SLOT_SECONDARY].offset += i * 16 * SECTOR;
    }
    d->rig.config.pair = d->pair;
    d->rig.config.image_count = images;
}

void rig_device_init(struct rig_device *d, unsigned strategy, unsigned images)
{
    const char *why;
    smp_rig_init(&d->rig, SECTOR, 8 * SECTOR, SECTORS * SECTOR);
    log_set_backend(NULL); /* nobody reads it, and it takes time */
    if (strategy % 2 == 1)
        smp_rig_erase_beside(&d->rig, 2);
    lay_out(d, rig_strategy(strategy), images);
    d->used_again = 0;
    d->rig.fake.trace = on_flash;
    d->rig.fake.trace_ctx = d;
    if (slot_pair_check(&d->pair[0], &why) != ERR_OK)
        rig_fail(d, why);
    for (unsigned i = 0; i < images; i++) {
        const struct rig_file *v1 = rig_file(i, RIG_V1, d->for_ram);
        d->rig.pair = d->pair[i];
        smp_rig_install(&d->rig, SLOT_PRIMARY, 0, v1->bytes, v1->len);
        d->running[i] = RIG_V1;
        d->allowed[i] = BIT(RIG_V1);
        d->must[i] = NOBODY;
    }
    smp_rig_link_init(&d->wire, &d->rig);
    smp_client_init(&d->client, &d->wire.link);
    rig_device_boot(d, NULL, NULL);
}

/* ---- what a host does ---- */

static enum err after(const struct rig_device *d, enum err e)
{
    return d->rig.fake.off ? ERR_IO : e;
}

static bool runs_newest(const struct rig_device *d)
{
    return !update_takes_requests(&d->pair[0]);
}

/* With a strategy that runs the newest image, an upload is a request. Where images are copied, an upload that has begun
 * withdraws the request. */
static void note_upload(struct rig_device *d, unsigned image, enum rig_version v)
{
    d->must[image] = NOBODY;
    if (v < RIG_GENUINE && runs_newest(d))
        d->allowed[image] |= BIT(v);
}

enum err rig_upload(struct rig_device *d, unsigned image, enum rig_version v)
{
    const struct rig_file *file = rig_file(image, v, d->for_ram);
    struct smp_upload u;
    enum err e = ERR_OK;
    note_upload(d, image, v);
    smp_upload_begin(&u, file->bytes, file->len, image, false);
    while (e == ERR_OK && !u.done)
        e = smp_upload_step(&d->client, &u);
    return after(d, e == ERR_OK && u.has_match && !u.match ? ERR_PEER : e);
}

static bool can_follow(const struct rig_device *d, unsigned image, enum rig_version v)
{
    return !update_runs_either(&d->pair[image]) || v > d->running[image];
}

/* Where uploads go. */
static const uint8_t *offered(const struct rig_device *d, unsigned image)
{
    const struct slot_pair *p = &d->pair[image];
    return d->rig.bytes + p->slot[update_upload_slot(p)].offset + update_upload_offset(p);
}

/* By the SHA-256 TLV of the image that lies where uploads go. */
static bool is_offered(const struct rig_device *d, unsigned image, const uint8_t *hash)
{
    const struct slot_pair *p = &d->pair[image];
    struct slot_view view;
    struct image_hash stored;
    struct image_source src =
        slot_source_at(p, update_upload_slot(p), update_upload_offset(p), &view);
    return image_stored_hash(&src, src.size, &stored) == IMAGE_FAULT_NONE &&
           memcmp(stored.bytes, hash, SHA256_SIZE) == 0;
}

enum err rig_ask(struct rig_device *d, unsigned image, enum rig_version v, bool permanent)
{
    const struct rig_file *file = rig_file(image, v, d->for_ram);
    enum swap_type type;
    d->must[image] = NOBODY;
    enum err e =
        after(d, smp_image_set_state(&d->client, file->hash, SHA256_SIZE, permanent, NULL));
    /* ERR_PEER is an answer; after any other error the device may have taken the request. */
    if (e == ERR_PEER || v >= RIG_GENUINE)
        return e;
    d->allowed[image] |= BIT(v);
    if (e != ERR_OK || v == d->running[image] || !can_follow(d, image, v))
        return e;
    if (update_next_swap_type(&d->pair[image], &type) != ERR_OK || type == SWAP_TYPE_REVERT)
        return e; /* the revert comes first, whatever is requested */
    if (!is_offered(d, image, file->hash))
        rig_fail(d, "a request is taken for an image that was not named");
    if (memcmp(offered(d, image), file->bytes, file->len) == 0)
        d->must[image] = v; /* else it is the rest of an upload, which the bootloader refuses */
    return e;
}

enum err rig_confirm(struct rig_device *d, unsigned image)
{
    const struct rig_file *file = rig_file(image, d->running[image], d->for_ram);
    d->must[image] = NOBODY;
    if (runs_newest(d))
        return ERR_OK; /* there is nothing to confirm, and the server says so */
    return after(d, smp_image_set_state(&d->client, image ? file->hash : NULL,
                                        image ? SHA256_SIZE : 0, true, NULL));
}

enum err rig_erase(struct rig_device *d, unsigned image)
{
    d->must[image] = NOBODY;
    return after(
        d, smp_image_erase(&d->client, (int)(2 * image + update_upload_slot(&d->pair[image]))));
}

/* ---- a whole update ---- */

static void must_be_done(const struct rig_device *d, enum err e, const char *what)
{
    if (e != ERR_OK) {
        fprintf(stderr, "rig_device: error %d, group rc %u\n", e, (unsigned)d->client.error.rc);
        rig_fail(d, what);
    }
}

static void bring_in(struct rig_device *d, unsigned image, enum rig_version v)
{
    /* What is there whole, the server does not take a second time. */
    must_be_done(d, rig_upload(d, image, v), "an ordinary upload is refused");
    if (update_takes_requests(&d->pair[image]))
        must_be_done(d, rig_ask(d, image, v, false), "an image that can be asked for is refused");
    rig_device_boot(d, NULL, NULL);
    if (d->running[image] != v)
        rig_fail(d, "the update does not come in");
}

bool rig_update(struct rig_device *d, unsigned image, enum rig_version v)
{
    d->wire.loss = d->wire.duplicate = 0;
    for (unsigned n = 0; n < 2; n++) /* let what was cut come to rest */
        rig_device_boot(d, NULL, NULL);
    if (!d->confirmed[image])
        must_be_done(d, rig_confirm(d, image), "the running image cannot be confirmed");
    if (!can_follow(d, image, v))
        return false;
    if (d->running[image] != v)
        bring_in(d, image, v);
    must_be_done(d, rig_confirm(d, image), "the new image cannot be confirmed");
    rig_device_boot(d, NULL, NULL);
    if (d->running[image] != v || !d->confirmed[image])
        rig_fail(d, "the new image does not stay");
    return true;
}
