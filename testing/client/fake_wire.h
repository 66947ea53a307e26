/* fake_wire.h - how a device's serial line takes packets out of bytes: console framing, the same behind Zephyr's shell, or
 * raw packets. What a double does here is what the originals do. */
#ifndef TESTING_CLIENT_FAKE_WIRE_H
#define TESTING_CLIENT_FAKE_WIRE_H

#include "core/smp/wire/console.h"
#include "testing/client/fake_device.h"

enum fake_framing {
    FAKE_FRAMES,
    FAKE_FRAMES_STRICT, /* Zephyr's UART transport, MCUboot's recovery: a frame's marker begins a line, or the line is lost */
    FAKE_SHELL_FRAMES, /* Zephyr's shell transport: a frame counts where a piece of input begins with it */
    FAKE_RAW_PACKETS, /* Zephyr's raw UART transport, MCUboot's raw recovery */
};

struct fake_wire {
    enum fake_framing framing;
    void (*packet)(void *ctx, const uint8_t *packet, size_t len);
    void (*shell)(const char *text, size_t len); /* what the shell prints; NULL without one */
    uint64_t (*now_ms)(void); /* for raw packets: half a one is forgotten after 3 s; NULL: never */
    uint64_t taken_ms;
    struct smp_console_decoder decoder;
    bool in_frame;
    unsigned lost; /* frames that did not count for where they stood */
    size_t raw_len;
    uint8_t raw[FAKE_BUF_SIZE], frame[FAKE_BUF_SIZE];
};

void fake_wire_init(struct fake_wire *w, enum fake_framing framing,
                    void (*packet)(void *ctx, const uint8_t *packet, size_t len),
                    void (*shell)(const char *text, size_t len), uint64_t (*now_ms)(void));

/* One piece of input: what the UART's interrupt finds at once. */
void fake_wire_take(struct fake_wire *w, const void *bytes, size_t len);

/* An answer on its way back. */
MUST_CHECK enum err fake_wire_send(const struct fake_wire *w, const uint8_t *packet, size_t len,
                                   smp_line_writer write, void *ctx);

#endif
