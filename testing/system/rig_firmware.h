/* rig_firmware.h - a virtual board with real firmware on it, and an SMP client at the other end of its UART, in one
 * process and in virtual time: the base of the whole-system tests.
 *
 * Reading from the client's port runs the board. Everything is deterministic. */
#ifndef TESTING_SYSTEM_RIG_FIRMWARE_H
#define TESTING_SYSTEM_RIG_FIRMWARE_H

#include <stdbool.h>
#include <stdint.h>

#include "host/client/smp/client.h"
#include "host/client/smp/console_link.h"
#include "vboard/vboard.h"

#define RIG_CONSOLE_MAX (1024u * 1024u)

#define FLASH_BASE 0x08000000u
#define SLOT0      0x00020000u
#define SLOT1      0x00100000u
#define SECTOR     0x00020000u
#define FLASH_SIZE 0x00200000u

struct rig {
    struct smp_port port; /* first: the link's callbacks get a pointer to it */
    struct vboard *board;
    struct smp_console_link link;
    struct smp_client client;
    char *console; /* all text that the board has printed, NUL-terminated */
    size_t console_len;
    uint8_t rx[65536]; /* bytes from the board that the client has not read */
    size_t rx_len;
    char *reports; /* lint events and notes of the board */
    size_t reports_len;
    struct vboard_line line; /* its baud is the client's speed */
    bool deaf;               /* the line is cut: writes and reads fail with ERR_CLOSED */
    bool may_die;            /* a board that stops is part of the test: it looks like a cut line */
};

/* The bytes of a file. Aborts the test with a message if it is missing. */
struct rig_file {
    uint8_t *data;
    uint32_t len;
};
struct rig_file
rig_file(const char *name); /* under build/, for example "tests/nucleo_h753zi-2.0.0.bin" */

/* The board that the bootloader of build/<firmware> is for, with it and the signed image of version 1.0.0 in slot0,
 * off. */
struct rig *rig_new(const char *firmware, enum vboard_timing timing, uint64_t seed);
void rig_free(struct rig *r);

/* Program a file under build/ into flash, as a debugger would; at counts for a raw binary. */
void rig_load(struct rig *r, const char *name, uint32_t at);

/* Power on and run until the application says that it listens; fails the test when it does not within 120 s of
 * virtual time. */
void rig_boot(struct rig *r);

/* Run until text appears on the console after position from; false when it has not within ns. */
bool rig_run_until(struct rig *r, const char *text, size_t from, uint64_t ns);

/* True if the console holds text at or after position from. */
bool rig_said(const struct rig *r, const char *text, size_t from);

/* Upload a whole file with the client, aborting the test on an error. */
void rig_upload(struct rig *r, const struct rig_file *f);
void rig_upload_image(struct rig *r, const struct rig_file *f, uint32_t image);
/* The same to serial recovery, whose answers have no "match". */
void rig_upload_in_place(struct rig *r, const struct rig_file *f, uint32_t image);

/* Run until serial recovery listens, as the console says after position from; fails the test when it does not. */
void rig_wait_recovery(struct rig *r, size_t from);
/* The user button, which asks for it when it is held at the start; a power-on lets it go. */
void rig_hold_button(struct rig *r, bool held);

/* The running image's version text as the image list has it, and what it says of a slot. */
const struct smp_image_state *rig_slot(struct rig *r,
                                       unsigned slot); /* NULL: the slot is not listed */

const struct smp_image_state *rig_slot_of(struct rig *r, unsigned image, unsigned slot);

/* Mark the image of file f for test (or permanently), and reset; returns when the application is back. */
void rig_set_state(struct rig *r, const struct rig_file *f, bool permanent);
void rig_reset(struct rig *r);

/* Fail the test if the image list says otherwise, or if the firmware has broken a rule of the model so far. */
void rig_expect_slot(struct rig *r, unsigned slot, const char *version, bool active,
                     bool confirmed);
void rig_expect_no_lint(const struct rig *r);

#endif
