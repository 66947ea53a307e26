/* The server under any packets: two bytes of length, packet, and so on. A first byte chooses the state of the slots.
 * No answer may exceed the buffer, slot0 may never be written below its trailer, and no used flash word may be
 * programmed again. */
#include <stdlib.h>
#include <string.h>

#include "core/smp/server/system.h"
#include "testing/rig_smp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rig rig;
static uint8_t image[8192], slot0[8192];
static uint32_t image_len;
static bool ready;

static void on_send(void *ctx, const uint8_t *packet, size_t len)
{
    (void)ctx;
    struct smp_header h;
    if (len < 8 || len > SMP_RIG_BUF)
        abort();
    smp_header_decode(&h, packet);
    if (h.len != len - 8 || packet[8] != 0xbf || packet[len - 1] != 0xff)
        abort();
}

/* What group os tells beside. */
static uint32_t stack_size(void)
{
    return 16384;
}

static const struct smp_task tasks[] = {{"main", 0, SMP_TASK_QUEUED, stack_size, stack_size}};
static const unsigned used = 1;
static const struct smp_pool pools[] = {{"requests", SMP_RIG_BUF, 4, &used, &used}};
static struct date_time the_time;

static enum err read_clock(struct date_time *t)
{
    *t = the_time;
    return t->year != 0 ? ERR_OK : ERR_STATE;
}

static enum err set_clock(const struct date_time *t)
{
    the_time = *t;
    return ERR_OK;
}

static const struct smp_clock clock = {read_clock, set_clock};

static void set_up(uint8_t state)
{
    if (!ready) {
        smp_rig_small(&rig);
        image_len = smp_rig_image(image, 6000, 1, 0, 0, 1);
        rig.config.tasks = tasks;
        rig.config.task_count = ARRAY_LEN(tasks);
        rig.config.pools = pools;
        rig.config.pool_count = ARRAY_LEN(pools);
        rig.config.clock = &clock;
        ready = true;
    }
    memset(rig.bytes, 0xff, rig.fake.flash.size);
    memset(rig.words, FAKE_VIRGIN, rig.fake.flash.size / SMP_RIG_WORD);
    smp_rig_install(&rig, SLOT_PRIMARY, 0, image, image_len);
    if (state & 1)
        smp_rig_install(&rig, SLOT_SECONDARY, state & 2 ? 0 : 4096, image, image_len);
    if (state & 4)
        smp_rig_set_revert(&rig);
    smp_rig_restart(&rig);
    smp_rig_clear_log(&rig);
    rig.touched_again = 0;
    memcpy(slot0, rig.bytes + 4096, sizeof slot0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    set_up(data[0]);
    for (size_t at = 1; at + 2 <= size;) {
        size_t len = (size_t)(data[at] << 8 | data[at + 1]) % 512;
        at += 2;
        len = len < size - at ? len : size - at;
        uint8_t *packet = malloc(len + 1), response[SMP_RIG_BUF];
        if (packet == NULL)
            return 0;
        memcpy(packet, data + at, len);
        smp_server_receive(&rig.server, packet, len, response, sizeof response, on_send, NULL);
        free(packet);
        at += len;
    }
    if (memcmp(slot0, rig.bytes + 4096, sizeof slot0) != 0 || rig.touched_again != 0)
        abort();
    return 0;
}
