/* libFuzzer target: the GDB machine. The first byte says whether the rest is raw bytes for the line, or bodies between
 * newlines that get frames and right checksums, so that the commands behind are reached, too. */
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "vboard/gdb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct vboard *fresh, *v;
static struct gdb g;

static void start(void)
{
    static const uint8_t code[] = {0x08, 0x60, 0x01, 0x30, 0xfc, 0xe7}; /* str, adds, b */
    const struct vboard_config config = {.timing = VBOARD_TIMING_FAST, .seed = 1};
    uint8_t vectors[8];
    if (fresh == NULL) {
        fresh = vboard_new(&config);
        v = vboard_new(&config);
        if (fresh == NULL || v == NULL)
            abort();
        put_le32(vectors, 0x20000400);
        put_le32(vectors + 4, 0x08000041);
        vboard_flash_poke(fresh, 0, vectors, sizeof vectors);
        vboard_flash_poke(fresh, 0x40, code, sizeof code);
        vboard_power_on(fresh);
    }
    vboard_copy(v, fresh);
    vboard_points_clear(v);
    gdb_init(&g, v, NULL, false);
    gdb_connect(&g);
}

/* As the owner of a board does it. */
static void serve(const uint8_t *bytes, size_t len)
{
    uint8_t out[512];
    while (len != 0) {
        size_t n = gdb_receive(&g, bytes, len);
        bytes += n;
        len -= n;
        size_t fetched = 0;
        for (size_t k; (k = gdb_send(&g, out, sizeof out)) != 0;)
            fetched += k;
        if (n == 0 && fetched == 0)
            abort(); /* stuck */
    }
    if (gdb_halted(&g))
        return;
    struct vboard_stop stop = vboard_run(v, 2000, gdb_until(&g));
    gdb_stopped(&g, &stop);
}

static void serve_body(const uint8_t *body, size_t len)
{
    static uint8_t frame[3 * GDB_PACKET];
    char sum_text[4];
    uint8_t sum = 0;
    if (len > sizeof frame - 5)
        len = sizeof frame - 5;
    frame[0] = '$';
    memcpy(frame + 1, body, len);
    for (size_t i = 0; i < len; i++)
        sum = (uint8_t)(sum + body[i]);
    snprintf(sum_text, sizeof sum_text, "#%02x", sum);
    memcpy(frame + 1 + len, sum_text, 3);
    serve(frame, len + 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    start();
    const uint8_t *at = data + 1, *end = data + size;
    if (data[0] == 'r') {
        serve(at, (size_t)(end - at));
    } else {
        while (at < end) {
            const uint8_t *line = memchr(at, '\n', (size_t)(end - at));
            size_t len = (size_t)((line != NULL ? line : end) - at);
            serve_body(at, len);
            at += len + 1;
        }
    }
    gdb_disconnect(&g);
    return 0;
}
