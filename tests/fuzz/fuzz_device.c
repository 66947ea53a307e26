/* A whole device in the hands of a bad host and a bad supply: uploads, requests and erases of images that are
 * genuine, old, forged or half there, torn and meaningless packets, console noise, lost and doubled answers, and
 * power cuts at any flash operation of the server and of the bootloader, with every strategy, one image and two. The
 * rig ends the program if an image runs that is not genuine, or that was not named. At the end an ordinary update to
 * a named image must succeed.
 *
 * Input: strategy, images, and then operations. */
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/smp/server/inbox.h"
#include "testing/rig_device.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OPERATIONS_MAX 48u
#define PACKET_MAX     400u

struct input {
    const uint8_t *at;
    size_t left;
};

static uint8_t next(struct input *in)
{
    if (in->left == 0)
        return 0;
    in->left--;
    return *in->at++;
}

static struct rig_device d;
static struct smp_inbox inbox;
static uint8_t inbox_slots[4 * SMP_RIG_BLOCK], inbox_work[SMP_RIG_BLOCK];

static void plan_cut(struct input *in, struct fake_flash *f)
{
    uint32_t n = 1u + next(in);
    enum fake_cut how = (enum fake_cut)(next(in) % FAKE_CUT_COUNT);
    fake_cut_at(f, n, how, next(in));
}

/* One boot in four is cut. */
static void maybe_cut(void *ctx, struct fake_flash *f)
{
    struct input *in = ctx;
    if (in->left > 0 && next(in) % 4 == 0)
        plan_cut(in, f);
}

static void boot(struct input *in)
{
    rig_device_boot(&d, maybe_cut, in);
    smp_inbox_init(&inbox, inbox_slots, SMP_RIG_BLOCK, 4, inbox_work);
}

/* ---- what no client would send ---- */

static void on_answer(void *ctx, const uint8_t *packet, size_t len)
{
    struct smp_header h;
    (void)ctx;
    if (len < SMP_HEADER_SIZE || len > SMP_RIG_ANSWER)
        rig_fail(&d, "an answer of impossible length");
    smp_header_decode(&h, packet);
    if (h.len != len - SMP_HEADER_SIZE || packet[8] != 0xbf || packet[len - 1] != 0xff)
        rig_fail(&d, "an answer that is no map");
}

/* In memory of its own, so that a sanitizer sees a byte too many. */
static void receive(const uint8_t *packet, size_t len)
{
    uint8_t *copy = malloc(len + 1), answer[SMP_RIG_ANSWER];
    if (copy == NULL)
        abort();
    memcpy(copy, packet, len);
    smp_server_receive(&d.rig.server, copy, len, answer, sizeof answer, on_answer, NULL);
    free(copy);
}

/* A request that nobody wrote can ask for whatever is there: only what is not genuine is still out. */
static void anything_may_be_asked(void)
{
    for (unsigned i = 0; i < d.images; i++) {
        d.allowed[i] = (1u << RIG_GENUINE) - 1;
        d.must[i] = RIG_VERSIONS;
    }
}

/* A header that leads to a command, and a body of any bytes. */
static void raw_packet(struct input *in)
{
    uint8_t packet[PACKET_MAX];
    size_t len = SMP_HEADER_SIZE + next(in);
    struct smp_header h = {.version = next(in) & 1,
                           .op = next(in) & 2,
                           .len = (uint16_t)(len - SMP_HEADER_SIZE),
                           .group = next(in) & 1,
                           .id = next(in) % 9};
    smp_header_encode(&h, packet);
    for (size_t i = SMP_HEADER_SIZE; i < len; i++)
        packet[i] = next(in);
    anything_may_be_asked();
    receive(packet, len);
}

static void console_bytes(struct input *in)
{
    uint8_t bytes[256] = {0};
    const uint8_t *packet;
    size_t len, n = next(in);
    for (size_t i = 0; i < n; i++)
        bytes[i] = next(in);
    anything_may_be_asked();
    smp_inbox_put(&inbox, bytes, n);
    while ((packet = smp_inbox_peek(&inbox, &len)) != NULL) {
        receive(packet, len);
        smp_inbox_drop(&inbox);
    }
}

/* ---- what a client would ---- */

/* The first chunks of a file, and then nothing more. */
static void half_upload(unsigned image, enum rig_version v, unsigned chunks)
{
    const struct rig_file *file = rig_file(image, v, d.for_ram);
    struct smp_upload u;
    d.must[image] = RIG_VERSIONS;
    if (v < RIG_GENUINE && !update_takes_requests(&d.pair[0]))
        d.allowed[image] |= 1u << v; /* it may be the rest of one that began before */
    smp_upload_begin(&u, file->bytes, file->len, image, false);
    for (enum err e = ERR_OK; e == ERR_OK && !u.done && chunks > 0; chunks--)
        e = smp_upload_step(&d.client, &u);
}

/* So that long histories are short inputs. */
static void whole_update(unsigned image, enum rig_version v)
{
    struct smp_rig_link wire = d.wire;
    if (!d.rig.fake.off && d.rig.fake.cut_at == 0 && v < RIG_GENUINE)
        (void)rig_update(&d, image, v);
    d.wire.loss = wire.loss;
    d.wire.duplicate = wire.duplicate;
}

static void one_operation(struct input *in)
{
    uint8_t op = next(in) % 11, which = next(in);
    unsigned image = which % d.images;
    enum rig_version v = (enum rig_version)((which >> 1) % RIG_VERSIONS);
    switch (op) {
    case 0:
        (void)rig_upload(&d, image, v);
        return;
    case 1:
        half_upload(image, v, which >> 4);
        return;
    case 2:
        (void)rig_ask(&d, image, v, which >> 7);
        return;
    case 3:
        if (rig_upload(&d, image, v) == ERR_OK)
            (void)rig_ask(&d, image, v, which >> 7);
        return;
    case 4:
        (void)rig_confirm(&d, image);
        return;
    case 5:
        (void)rig_erase(&d, image);
        return;
    case 6:
        plan_cut(in, &d.rig.fake);
        return;
    case 7:
        raw_packet(in);
        return;
    case 8:
        console_bytes(in);
        return;
    case 9:
        whole_update(image, v);
        return;
    default:
        boot(in);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    unsigned strategy = next(&in);
    uint8_t how = next(&in);
    bool two =
        how & 1 && !update_runs_either(&(struct slot_pair){.strategy = rig_strategy(strategy)});
    rig_device_init(&d, strategy, two ? 2 : 1);
    d.wire.loss = how & 2 ? 32 : 0;
    d.wire.duplicate = how & 4 ? 32 : 0;
    d.wire.seed = how;
    smp_inbox_init(&inbox, inbox_slots, SMP_RIG_BLOCK, 4, inbox_work);
    for (unsigned n = 0; in.left > 0 && n < OPERATIONS_MAX; n++) {
        one_operation(&in);
        if (d.rig.fake.off)
            boot(&in);
    }
    fake_power_on(&d.rig.fake);
    unsigned image = how / 8 % d.images;
    for (unsigned v = 0; v < RIG_GENUINE; v++)
        if (rig_update(&d, image, (enum rig_version)((v + how / 16) % RIG_GENUINE)))
            break;
    smp_rig_free(&d.rig);
    return 0;
}
