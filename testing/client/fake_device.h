/* fake_device.h - a device for tests, in this process: the real SMP server and update engine on a fake flash. */
#ifndef TESTING_CLIENT_FAKE_DEVICE_H
#define TESTING_CLIENT_FAKE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKE_BUF_SIZE 1024u

/* What is wrong with the device, or special. */
enum fake_habit {
    FAKE_SOUND,
    FAKE_FLASH_FAILS,  /* every program of bank 2 fails as in the field report */
    FAKE_SILENT,       /* never answers */
    FAKE_HANGS_UP,     /* closes the line once when an upload is half done */
    FAKE_OTHER_KEY,    /* its bootloader trusts a key that nothing is signed with */
    FAKE_SWAP_MOVE,    /* swap using move: an image can be requested from where a swap has put it */
    FAKE_NOT_BOOTABLE, /* the same, but the list says that the first upload is not bootable */
    FAKE_MARKS_LEFTOVER, /* the first mark is of a leftover copy of the running image; erase and upload undo it */
    FAKE_LEFTOVER_STAYS, /* every mark is of the leftover copy, and nothing undoes it */
    /* Slot 0 is blank, so that serial recovery answers until an image is in it and a reset came: */
    FAKE_RECOVERY,         /* our bootloader's */
    FAKE_MCUBOOT_RECOVERY, /* MCUboot's, as built by default */
    FAKE_MCUBOOT_STATES,   /* MCUboot's, with flags in its list */
    FAKE_RECOVERY_KEPT,    /* MCUboot's, and somebody holds its button */
    /* For FAKE_DFU_WINDOW_MS after a reset MCUboot's recovery waits for a request, and stays if one comes. */
    FAKE_DFU_WINDOW,
    FAKE_OLD_SERVER, /* resets into no mode, and does not say so */
    FAKE_INTERRUPTS, /* sends SIGINT to the process that has started it, once an upload is half done */
    FAKE_OVERWRITE,  /* its bootloader copies the new image over the old one */
    FAKE_DIRECT_XIP, /* its bootloader starts either slot, with revert */
    FAKE_FRUGAL,     /* saves bytes: no splitStatus in its list, no os info, no bootloader info */
    FAKE_ALL_GROUPS, /* has the groups of fake_groups.h, too, as that says */
};

#define FAKE_DFU_WINDOW_MS 500u

/* Where the device sends to. text: its log lines; NULL: it has no console. */
struct fake_line {
    void (*packet)(void *ctx, const uint8_t *packet, size_t len);
    void (*text)(const char *text, size_t len);
    void *ctx;
    uint64_t (*now_ms)(void); /* for FAKE_DFU_WINDOW */
    uint32_t buf_count;       /* what the application announces; 0: 2 */
};

/* A new device: version 1.0.0 runs, confirmed, and slot 1 is blank, but for the habits that say otherwise. line is not
 * copied. */
void fake_device_start(enum fake_habit habit, const struct fake_line *line);

/* It gets a packet, and answers through its line before this returns. */
void fake_device_receive(const uint8_t *packet, size_t len);

/* Has it been asked to reset since the last call? Then the caller boots it. */
bool fake_device_takes_reset(void);
void fake_device_boot(void);

/* An upload is under way, and more than half of it is there. */
bool fake_device_half_done(void);

/* A hash-only image of this version, with payload bytes of program; returns its size. */
size_t fake_image(uint8_t *out, size_t cap, uint8_t major, size_t payload);

#endif
