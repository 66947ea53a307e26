/* rig_update_flow.h - an update over the wire, on real ELF files: an image is uploaded, tried, goes back, is tried
 * again and kept, with power cuts in the boot that brings it in and in the one that takes it back. What goes wrong here
 * fails the test. */
#ifndef TESTING_SYSTEM_RIG_UPDATE_FLOW_H
#define TESTING_SYSTEM_RIG_UPDATE_FLOW_H

#include "testing/system/rig_firmware.h"

struct flow {
    const char
        *firmware;   /* as rig_new has it; its second version is build/tests/<firmware>-2.0.0.bin */
    int mode;        /* MCUboot's number */
    unsigned second; /* slot that the new image runs from */
    bool reverts;    /* what is not confirmed goes back */
    const char *console; /* what the bootloader says when it brings the new one in */
    /* Encrypted images: where in slot1 an upload lies; its program in clear is build/<firmware>/smp_server.bin. */
    bool encrypted;
    uint32_t upload;
};

void flow_update(const struct flow *f);

/* The signed image of that version; free its data. */
struct rig_file flow_version(const char *firmware, const char *number);

/* Is this file there in flash, byte for byte? */
bool flow_holds(struct rig *r, uint32_t off, const struct rig_file *what);

/* The board with version 1.0.0, booted. */
struct rig *flow_board(const char *firmware);

#endif
