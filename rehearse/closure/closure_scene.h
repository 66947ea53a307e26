/* closure_scene.h - what is done to a toy device while its power is cut: the images, the requests, and
 * the rules that say which image may run.
 *
 * The application and its host remember how far they are in a stage, which no cut can
 * take from them: stage 0 until the first action has returned success, and so on. */
#ifndef REHEARSE_CLOSURE_CLOSURE_SCENE_H
#define REHEARSE_CLOSURE_CLOSURE_SCENE_H

#include "core/update/rollback/rollback.h"
#include "host/image/build/build.h"
#include "rehearse/closure/closure_flash.h"

#define CLOSURE_STAGES   5u
#define CLOSURE_RAM_BASE 0x10000000u /* of the toy: as good as any */
#define CLOSURE_KEY_SIZE 16u         /* of encrypted images */
#define CLOSURE_IMAGES   2u          /* that one device has at most */
/* Of the toy; the bytes of an image. */
#define CLOSURE_IMAGE_MAX (CLOSURE_SECTORS_MAX / 2 * CLOSURE_SECTOR_MAX)

/* Why a session is a violation. */
enum closure_fault {
    FAULT_NONE,
    FAULT_LEAK,     /* no violation: an abstracted sector was read, and must be kept as sets */
    FAULT_RULE,     /* a flash rule was broken */
    FAULT_ENDLESS,  /* it did not end */
    FAULT_ERROR,    /* the bootloader returned an error though the flash never failed */
    FAULT_REFUSED,  /* no genuine image in the primary */
    FAULT_WRONG,    /* a genuine image that the rules do not allow now */
    FAULT_APART,    /* two images whose dependencies are not met */
    FAULT_OLD,      /* an image that the rollback store shuts out */
    FAULT_SANK,     /* the rollback store holds less than it did */
    FAULT_CALL,     /* a call of the application failed */
    FAULT_NAMED,    /* a request that names an image asks for another one */
    FAULT_RESTLESS, /* undisturbed boots do not come to rest */
    FAULT_END,      /* they do, with the wrong image */
    FAULT_PENDING,  /* ... with a request or a revert still standing */
    FAULT_STUCK,    /* ... and the device does not take another update */
    FAULT_COURSE,   /* undisturbed, other images run than the scene names */
    FAULT_CRASH,    /* on the ELF: a fault, a reset or a hang */
    FAULT_COUNT
};

/* A way of upgrading, by the name that rows have. */
struct closure_strategy {
    const char *name;
    const struct update_strategy *strategy;
    unsigned has; /* enum closure_need */
};

/* What a scene needs from the strategy. */
enum closure_need {
    NEED_REVERT = 1, /* an image on trial goes back */
    NEED_OFFSET = 2, /* uploads do not start at the start of the slot */
    NEED_SCRATCH = 4,
    NEED_IN_PLACE = 8,    /* they do */
    NEED_REQUEST = 16,    /* an image can be asked for */
    NEED_COPY = 32,       /* images move into the primary slot, whatever their versions */
    NEED_EITHER = 64,     /* they run from either slot, the newest first */
    NEED_ONE_IMAGE = 128, /* there is one slot */
    NEED_NEWEST = 256,    /* nothing can be asked for: the newest runs */
    /* What a device has beside: only scenes that speak of it are played there. */
    NEED_TWO = 512,        /* images, which depend on each other */
    NEED_CIPHER = 8192,    /* images come encrypted, with AES-128 */
    NEED_ROLLBACK = 1024,  /* what is older does not run: by one of the next two */
    NEED_UNSTABLE = 16384, /* words that read differently at different boots */
    BY_COUNTER = 2048,     /* security counters rise: A 1, B and C 2, D 3 */
    BY_KEY = 4096,         /* A is signed with a key that the next ones retire */
};
#define NEED_EXTRAS (NEED_TWO | NEED_ROLLBACK | NEED_CIPHER | NEED_UNSTABLE)

extern const struct closure_strategy closure_strategies[];
extern const unsigned closure_strategy_count;

/* Geometry: two slots of equal size for each image, and behind them, if they are needed, a scratch area of one sector
 * and a rollback store of two. */
struct closure_shape {
    uint32_t word, align;     /* bytes; align is BOOT_MAX_ALIGN */
    uint32_t sector, sectors; /* bytes, and per slot */
    uint32_t coarse;          /* so many make one sector of the secondary; 0: one */
};

/* Their versions rise. D is for a further update at the end. Of two images each has its own A to D; either B needs
 * the other image at B or later. */
enum closure_image { IMG_NONE, IMG_A, IMG_B, IMG_C, IMG_D, IMG_COUNT };
#define IMG_BIT(i) (1u << (i))

/* ACT_RAN: nothing is called; the device is in the next stage because the image runs. There is no cut between the
 * end of the boot and that: an image that is cut in its first instruction has run. */
enum closure_action { ACT_TEST, ACT_PERM, ACT_CONFIRM, ACT_UPLOAD, ACT_RAN };

/* What the running image does in a stage: the first row that fits, and again, until none fits. ACT_RAN also counts
 * when the application is quiet. */
struct closure_step {
    uint8_t stage, running, action;
    uint8_t
        image; /* of ACT_UPLOAD; of ACT_TEST and ACT_PERM: the request names it, and may be refused; 0: it names none */
    uint8_t next; /* stage; 0: no step */
    uint8_t of;   /* number of the image that is uploaded, asked for or confirmed */
};

/* IMG_BITs of one stage. */
struct closure_rule {
    uint8_t allowed;   /* may run */
    uint8_t end;       /* may run when the device has come to rest; 0: as allowed */
    uint8_t quiet_end; /* the same if the application does nothing more; 0: end */
};

struct closure_model;
struct closure_session;

/* A device of full size in place of the toy: how first states are put into its flash, and how it boots. The strategy
 * and the application's part are the same code for both. See closure_board.c. */
struct closure_bench {
    /* Bytes at off of an area as if programmed long ago; any length. */
    void (*place)(struct closure_model *model, const struct flash_area *a, uint32_t off,
                  const void *src, uint32_t len);
    void (*spoil)(struct closure_model *model, const struct flash_area *a, uint32_t off);
    /* One boot: which image runs, and where. */
    enum closure_fault (*boot)(struct closure_model *model, struct closure_session *s);
};

/* In the order of the bootloader's table. */
struct closure_keys {
    struct image_key table[2];
    struct image_signer signer[2];
    uint8_t name[2][SHA256_SIZE];
};

struct closure_file {
    uint32_t len;
    uint8_t *bytes;
};

struct closure_scene {
    const char *name, *summary;
    unsigned needs, also;                       /* enum closure_need; extras of also may be there */
    void (*build)(struct closure_model *model); /* the flash before the first session */
    uint8_t in_app; /* the first session starts in this image, not in the bootloader */
    struct closure_step steps[6];
    struct closure_rule rules[CLOSURE_STAGES]; /* 0: as the stage before */
    bool plain_a;       /* A is not encrypted, as before the first encrypted image */
    bool no_downgrade;  /* the bootloader compares versions */
    const char *course; /* images that run, in turn, if nothing is disturbed: "ABA" */
};

extern const struct closure_scene closure_scenes[];
extern const unsigned closure_scene_count;
const struct closure_scene *closure_scene_find(const char *name, size_t len);

/* Whether the scene is for devices of this strategy. */
bool closure_plays(const struct closure_scene *scene, const struct closure_strategy *strategy);

struct closure_model {
    struct closure_flash f;
    struct flash coarse; /* the same flash with larger sectors: see shape */
    struct slot_pair pair[CLOSURE_IMAGES];
    unsigned images;
    struct rollback_protection rollback; /* area.size 0: none */
    const struct closure_keys *keys;
    const struct closure_strategy *strategy;
    const struct closure_scene *scene;
    const struct closure_bench *bench;                       /* NULL: the toy */
    struct closure_file image[CLOSURE_IMAGES][IMG_COUNT][2]; /* the last: slot that it lies in */
    enum slot first_active; /* whose image runs in the first session, if that starts in it */
    uint8_t stage;          /* with the two flags below */
    uint8_t buf[256];
    struct load_ram load_ram;
};

#define STAGE_IN_APP 0x40u /* the session does not begin with the bootloader */
#define STAGE_QUIET  0x80u /* the application does nothing any more */
#define STAGE_FLOOR  0x30u /* what the rollback store holds, once a boot has seen it */
#define STAGE_NUMBER 0x0fu

const char *closure_fault_text(enum closure_fault f);

struct closure_session {
    enum closure_fault fault;
    enum err err;
    bool cut;                /* a replay's cut came */
    uint8_t running, beside; /* enum closure_image: of image 0, and of image 1 */
    uint32_t boot_ops;       /* of the bootloader */
};

/* ---- closure_images.c ----------------------------------------------------------------------------- */

/* The keys of a device that retires them: made once in a program. */
const struct closure_keys *closure_make_keys(void);

/* What opens the images of a device where they come encrypted. */
struct update_encryption closure_encryption(void);

/* Bytes of an image in the slots of model->pair, of which overhead are header and TLVs. */
uint32_t closure_image_length(const struct closure_model *model, enum closure_image which,
                              uint32_t overhead);
void closure_build_images(struct closure_model *model);
void closure_model_free_images(struct closure_model *model);

/* For the first states: put an image (or its first len bytes) of image number of into a slot, as if programmed long
 * ago; change bytes there; make a word unreadable. closure_built(false, ...) ends the program: the scene itself is
 * wrong. */
void closure_install(struct closure_model *model, unsigned of, enum slot s, uint32_t off,
                     enum closure_image which);
void closure_install_part(struct closure_model *model, unsigned of, enum slot s, uint32_t off,
                          enum closure_image which, uint32_t len);
void closure_change(struct closure_model *model, unsigned of, enum slot s, uint32_t off,
                    const void *src, uint32_t len);
void closure_rot(struct closure_model *model, enum slot s, uint32_t off);
void closure_built(bool ok, const char *what);

/* ---- closure_scene.c ------------------------------------------------------------------------------ */

/* Build the toy device and the scene's first state. ERR_INVAL, with *why, if the geometry cannot be. */
MUST_CHECK enum err closure_model_open(struct closure_model *model,
                                       const struct closure_shape *shape,
                                       const struct closure_strategy *strategy,
                                       const struct closure_scene *scene, const char **why);
void closure_model_close(struct closure_model *model);

/* Tell model->f of the words that are programmed later than in the session of their erase: confirmations; and, where
 * images run from either slot, the marks of their trials, which may be programmed again after a cut. Once pair is there. */
void closure_allow_late_words(struct closure_model *model);

/* The scene's first state, once pair and images are there. */
void closure_model_begin(struct closure_model *model);

/* Bit per sector of the device: all but those of the slots' trailers. */
uint32_t closure_model_payload(const struct closure_model *model);

/* The bootloader, once: which images run, by *s, and from where. On the toy the engine is called. */
enum closure_fault closure_boot(struct closure_model *model, struct closure_session *s);

/* What the application does in a step. */
MUST_CHECK enum err closure_act(struct closure_model *model, const struct closure_step *step);

/* One power session on the contents that are loaded, with model->stage; model->stage follows. */
void closure_session(struct closure_model *model, struct closure_session *s);

/* ---- closure_rules.c: the verdicts, computed without the engine ------------------------------------- */

/* After a boot without an error. */
enum closure_fault closure_check_running(const struct closure_model *model,
                                         const struct closure_session *s);

/* IMG_BITs of the images that may run now; at_rest: once the device has come to rest. */
uint8_t closure_allowed(const struct closure_model *model, bool at_rest);

/* After a request that names an image was taken: it is the one that the bootloader will find. */
enum closure_fault closure_check_named(const struct closure_model *model,
                                       const struct closure_step *step);

/* Before and after a boot: what the rollback store holds has not gone down. Put down in the stage. */
enum closure_fault closure_check_rollback(struct closure_model *model);

/* At rest: the intended end, nothing requested, nothing to be taken back. Then a whole further update, on the contents
 * that are loaded, which are lost. */
enum closure_fault closure_check_rest(struct closure_model *model, const struct closure_session *s);

#endif
