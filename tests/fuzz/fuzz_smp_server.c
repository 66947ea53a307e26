/* The server under any packets: two bytes of length, packet, and so on. A first byte chooses the state of the slots. No answer may exceed the
 * buffer, slot0 may never be written below its trailer, and no used flash word may be programmed again. */
#include <stdlib.h>
#include <string.h>

#include "testing/rig_smp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct bed bed;
static uint8_t image[8192], slot0[8192];
static uint32_t image_len;
static bool ready;

static void on_send(void *ctx, const uint8_t *packet, size_t len)
{
    (void)ctx;
    struct smp_header h;
    if (len < 8 || len > BED_BUF)
        abort();
    smp_header_decode(&h, packet);
    if (h.len != len - 8 || packet[8] != 0xbf || packet[len - 1] != 0xff)
        abort();
}

static void set_up(uint8_t state)
{
    if (!ready) {
        bed_small(&bed);
        image_len = bed_image(image, 6000, 1, 0, 0, 1);
        ready = true;
    }
    memset(bed.bytes, 0xff, bed.fake.flash.size);
    memset(bed.words, FAKE_VIRGIN, bed.fake.flash.size / BED_WORD);
    bed_install(&bed, SLOT_PRIMARY, 0, image, image_len);
    if (state & 1)
        bed_install(&bed, SLOT_SECONDARY, state & 2 ? 0 : 4096, image, image_len);
    if (state & 4)
        bed_set_revert(&bed);
    bed_restart(&bed);
    bed_clear_log(&bed);
    bed.touched_again = 0;
    memcpy(slot0, bed.bytes + 4096, sizeof slot0);
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
        uint8_t *packet = malloc(len + 1), response[BED_BUF];
        if (packet == NULL)
            return 0;
        memcpy(packet, data + at, len);
        smp_server_receive(&bed.server, packet, len, response, sizeof response, on_send, NULL);
        free(packet);
        at += len;
    }
    if (memcmp(slot0, bed.bytes + 4096, sizeof slot0) != 0 || bed.touched_again != 0)
        abort();
    return 0;
}
