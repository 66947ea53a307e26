/* rig_line.h - for tests of commands: a serial line that loses requests and answers as it is told, with a fake device
 * behind it. All of it is in this process, and time passes only while somebody waits, so nothing depends on the
 * machine's speed.
 *
 * port_tcp_open and the clock stand in rig_line.c instead of the library's: RIG_DEVICE is this line. */
#ifndef TESTING_CLIENT_RIG_LINE_H
#define TESTING_CLIENT_RIG_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "testing/client/fake_device.h"
#include "testing/client/fake_wire.h"

#define RIG_DEVICE " --tcp 192.0.2.1:5000"

enum rig_loss {
    LOSE_NOTHING,
    /* The loss of one packet. */
    LOSE_REQUEST,
    LOSE_ANSWER,
    LOSE_ANSWER_LATE, /* it comes behind the next request */
    /* Nothing is lost: a packet comes twice, or behind the one that follows it. */
    DOUBLE_REQUEST,
    DOUBLE_ANSWER,
    SWAP_REQUESTS,
    SWAP_ANSWERS,
    LOSE_LINE_CLOSED, /* with the request; it can be opened again */
    /* The loss of a packet and of all others with its sequence number: no retry gets through. */
    LOSE_REQUEST_AND_RETRIES,
    LOSE_ANSWER_AND_RETRIES,
    /* The loss of a packet and of all that follow. */
    LOSE_REQUESTS_FROM,
    LOSE_ANSWERS_FROM,
    LOSE_EVERY_REQUEST, /* whose number is a multiple of n */
    LOSSES
};

extern const char *const rig_loss_names[LOSSES];

extern struct rig_line {
    /* What goes wrong: loss with the n-th request or answer, counted from 1. */
    enum rig_loss loss;
    unsigned n;
    bool has_console;     /* the device prints its log */
    bool boots_twice;     /* the new image does not keep running */
    const char *cause;    /* of each boot, as our bootloader says it; NULL: it does not */
    bool listens_at_once; /* the bootloader, after a reset */
    bool framing_changes; /* with a reset, to framing_after_reset */
    enum fake_framing framing_after_reset;
    bool says_dropped; /* a lost request is reported on the console */
    size_t takes;      /* bytes of the largest request that arrives; 0: any */
    uint8_t slow_id;   /* of the image group's command that takes slow_ms; with 0 none does */
    unsigned slow_ms;
    unsigned delay_ms; /* of answers */
    /* The server takes handle_ms for a request, one after the other, and holds so many meanwhile; 0: any number. More are
     * lost. */
    unsigned handle_ms, holds;
    unsigned reboot_at; /* with this request, which is lost; 0: never */
    int signal; /* to this process, with the signal_at-th request, counted from 1; 0: none */
    unsigned signal_at;
    uint64_t refused_until, off_until; /* nobody listens; somebody does, and the device is not up */
    /* What happened. */
    uint64_t now; /* ms */
    unsigned requests, answers;
    unsigned most_waiting,
        surplus; /* requests that waited at once; those for which there was no room */
    bool hit;    /* what was to be lost was lost */
    struct fake_wire wire;
} rig_line;

/* What the devices announce as buf_count from now on; 0: 2. */
extern uint32_t rig_line_buffers;

/* Files of a test's folder: version 1.0.0 of 40,000 bytes, 2.0.0 of 6,000, and 2.0.0 of a whole slot's size. */
extern const char *rig_one_path, *rig_two_path, *rig_large_path;

/* A cmocka group's set-up and tear-down: the folder and its files. */
int rig_line_set_up(void **state);

/* A new device on a line that is whole. */
void rig_line_new(enum fake_habit habit);
void rig_line_behind(enum fake_framing framing, enum fake_habit habit);

/* From now on; requests and answers are counted anew. */
void rig_lose(enum rig_loss loss, unsigned n);

/* The line is whole again, and the device has had time to do what it was asked for. */
void rig_line_mend(void);

/* Of the device, once the line is whole: fails the test if 2.0.0 does not run, confirmed. */
void rig_expect_two_confirmed(void);

#endif
