/* fleet_device.h - one native device: the project's SMP server over the project's update engine, on a flash in RAM.
 *
 * It has no clock and no socket: whoever serves it passes packets and the time. Time is in milliseconds from any start.
 * A device that is off, because it resets or its power has failed, hears nothing until fleet_device_wake. */
#ifndef REHEARSE_FLEET_FLEET_DEVICE_H
#define REHEARSE_FLEET_FLEET_DEVICE_H

#include "core/smp/server/server.h"
#include "core/smp/wire/errors.h"
#include "rehearse/fleet/fleet_fate.h"
#include "rehearse/fleet/fleet_flash.h"

#define FLEET_PACKET_MAX \
    1472u /* of a datagram in an Ethernet frame: what a device receives and sends */
#define FLEET_BLOCK       512u /* bytes that an upload collects before it writes */
#define FLEET_SLOT_SIZE   (FLEET_SECTORS / 2 * FLEET_SECTOR)
#define FLEET_NEVER       UINT64_MAX
#define FLEET_OFF_MS_LOW  50u
#define FLEET_OFF_MS_HIGH 300u

/* What all devices of a fleet have in common. Caller-owned, and outlives them; key and image are not copied. */
struct fleet_model {
    struct image_key key; /* what the bootloader trusts: a P-256 key */
    const uint8_t *image; /* what a device runs at first, confirmed */
    uint32_t image_len;
    const struct update_strategy *strategy;
    /* fleet_model_init fills these in. */
    struct smp_command commands[SMP_IMAGE_SLOTS + 1]; /* of the image group; one is a unit's own */
    struct smp_group image_group;
    const struct smp_group *groups[3];
};

/* model->key, image, image_len and strategy are set. ERR_NOSPC: the image does not fit the slot so that it can be
 * updated; ERR_FORMAT: a device with this key would not run it. */
MUST_CHECK enum err fleet_model_init(struct fleet_model *model);

enum fleet_power {
    POWER_OFF,      /* until wake_ms */
    POWER_ON,       /* an image runs and answers */
    POWER_BRICKED,  /* the bootloader found nothing to run */
    POWER_VANISHED, /* for good */
};

struct fleet_device {
    const struct fleet_model *model;
    unsigned number;
    struct fleet_fate fate;
    struct fleet_flash flash;
    struct slot_pair pair;
    struct boot_info boot;
    struct smp_server server;
    struct smp_server_config config;
    uint8_t block[FLEET_BLOCK];
    enum fleet_power power;
    uint64_t wake_ms;           /* FLEET_NEVER: it stays as it is */
    bool reset_asked, mute;     /* while a packet is handled: reset afterwards; send nothing more */
    uint32_t boots, reverts;    /* boots to the end; of these with a revert */
    uint64_t heard, sent;       /* datagrams, also those that the line then lost */
    uint32_t requests, writes;  /* taken by the server; of these writes to the image group */
    uint32_t confirms_withheld; /* confirmations that a bad unit did not carry out */
    struct image_version version; /* of the image that the last boot started */
    struct image_hash hash;       /* its hash TLV */
};

/* A device that is off, and wakes at once. fate is that of fleet_fate_draw or a test's own. */
void fleet_device_init(struct fleet_device *d, const struct fleet_model *model, unsigned number,
                       const struct fleet_fate *fate);
void fleet_device_free(struct fleet_device *d);

/* Boot it if its time has come. */
void fleet_device_wake(struct fleet_device *d, uint64_t now_ms);

/* Pull the plug and put it back, as a person does: off for the usual time, and a new boot. Not after it has vanished. */
void fleet_device_power_cycle(struct fleet_device *d, uint64_t now_ms);

/* A datagram arrives. What it answers goes to send, unless the line loses it. */
void fleet_device_receive(struct fleet_device *d, const uint8_t *packet, size_t len,
                          uint64_t now_ms,
                          void (*send)(void *ctx, const uint8_t *packet, size_t len), void *ctx);

/* The truth about a device, as its flash has it. */
struct fleet_truth {
    enum fleet_power power;
    bool known;          /* the flash can be read: not while it is off */
    bool confirmed;      /* the running image stays at the next boot */
    enum swap_type next; /* what the next boot does */
    bool intact;         /* the running image verifies: hash and signature */
};

/* Judge the device from its flash, without SMP. Costs the check of a signature. */
struct fleet_truth fleet_device_truth(struct fleet_device *d);

#endif
