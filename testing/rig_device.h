/* rig_device.h - a whole device in one process: SMP server, update engine, one or two images in slots on a flash
 * whose power can be cut. Tests use it as a host would. It checks which image runs: one that is not genuine, or was not
 * named, ends the program with the reason.
 *
 * One rig at a time. It logs nothing. */
#ifndef TESTING_RIG_DEVICE_H
#define TESTING_RIG_DEVICE_H

#include "host/client/smp/client.h"
#include "testing/rig_smp.h"

#define RIG_IMAGES 2u

/* What can be uploaded. V1 and V2 fit into one sector: after a swap using offset the copy of the one that runs is still
 * where uploads go. */
enum rig_version {
    RIG_V1,
    RIG_V2,
    RIG_V3,
    RIG_V4,
    RIG_GENUINE,
    RIG_TAMPERED = RIG_GENUINE,
    RIG_STRANGER,
    RIG_UNSIGNED,
    RIG_VERSIONS
};

struct rig_file {
    const uint8_t *bytes;
    uint32_t len;
    uint8_t hash[SHA256_SIZE];
};

/* A file for image 0 or 1; one that is to be copied to RAM and run there has its address in the header. */
const struct rig_file *rig_file(unsigned image, enum rig_version v, bool for_ram);

struct rig_device {
    struct rig rig;
    struct slot_pair pair[RIG_IMAGES];
    unsigned images;
    bool for_ram;
    struct smp_rig_link wire;
    struct smp_client client;
    unsigned used_again; /* programs of a word that was not erased before */
    enum rig_version running[RIG_IMAGES];
    bool confirmed[RIG_IMAGES];
    /* What may run after the next boot: a bit for each version. */
    unsigned allowed[RIG_IMAGES];
    /* What the next boot must start; RIG_VERSIONS: any that is allowed. */
    enum rig_version must[RIG_IMAGES];
};

/* The strategies that take updates, by number. */
#define RIG_STRATEGIES 8u
const struct update_strategy *rig_strategy(unsigned number);

/* A new device that runs V1, confirmed; with strategies of odd numbers its flash erases beside the program. d is zero or
 * was used before. Two images only where the strategy copies. */
void rig_device_init(struct rig_device *d, unsigned strategy, unsigned images);

/* Power off and on, whether it is off or not, and boot. before (may be NULL) is called before each boot, and may plan a
 * cut of it with fake_cut_at. */
void rig_device_boot(struct rig_device *d, void (*before)(void *ctx, struct fake_flash *f),
                     void *ctx);

/* What a host does. Each returns what the client returns, and an error also if the power went. */
enum err rig_upload(struct rig_device *d, unsigned image, enum rig_version v);
enum err rig_ask(struct rig_device *d, unsigned image, enum rig_version v, bool permanent);
enum err rig_confirm(struct rig_device *d, unsigned image);
enum err rig_erase(struct rig_device *d, unsigned image);

/* An update as `slipway update` does it: upload, ask for the image, boot, confirm. Ends the program if that does not
 * end with this version running, confirmed. False where it need not: the strategy wants a newer one than runs. */
bool rig_update(struct rig_device *d, unsigned image, enum rig_version v);

/* End the program, with the device's story so far. */
_Noreturn void rig_fail(const struct rig_device *d, const char *what);

#endif
