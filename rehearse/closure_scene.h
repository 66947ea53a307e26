/* closure_scene.h - what is done to a toy device while its power is cut: the images, the requests, and
 * the rules that say which image may run.
 *
 * The application and its host remember how far they are in a stage, which no cut can
 * take from them: stage 0 until the first action has returned success, and so on. */
#ifndef REHEARSE_CLOSURE_SCENE_H
#define REHEARSE_CLOSURE_SCENE_H

#include "rehearse/closure_flash.h"
#include "update/update.h"

#define CLOSURE_STAGES 4u

/* Why a session is a violation. */
enum closure_fault {
    FAULT_NONE,
    FAULT_LEAK,     /* not the engine's: abstraction must go for a sector */
    FAULT_RULE,     /* a flash rule was broken */
    FAULT_ENDLESS,  /* it did not end */
    FAULT_ERROR,    /* the bootloader returned an error though the flash never failed */
    FAULT_REFUSED,  /* no genuine image in the primary */
    FAULT_WRONG,    /* a genuine image that the rules do not allow now */
    FAULT_CALL,     /* a call of the application failed */
    FAULT_RESTLESS, /* undisturbed boots do not come to rest */
    FAULT_END,      /* they do, with the wrong image */
    FAULT_PENDING,  /* ... with a request or a revert still standing */
    FAULT_STUCK,    /* ... and the device does not take another update */
    FAULT_COURSE,   /* the undisturbed course is not the scenario's */
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
    NEED_IN_PLACE = 8, /* they do */
    NEED_REQUEST = 16, /* an image can be asked for */
    NEED_COPY = 32,    /* images move into the primary slot, whatever their versions */
    NEED_EITHER = 64,  /* they run from either slot, the newest first */
    NEED_ALONE = 128,  /* there is one slot */
    NEED_NEWEST = 256, /* nothing can be asked for: the newest runs */
};

extern const struct closure_strategy closure_strategies[];
extern const unsigned closure_strategy_count;

/* Geometry: two slots of equal size, and behind them a scratch area of one sector if it is needed. */
struct closure_shape {
    uint32_t word, align;     /* bytes; align is BOOT_MAX_ALIGN */
    uint32_t sector, sectors; /* bytes, and per slot */
    uint32_t coarse;          /* so many make one sector of the secondary; 0: one */
};

/* Their versions rise. D is for a further update at the end. */
enum closure_image { IMG_NONE, IMG_A, IMG_B, IMG_C, IMG_D, IMG_COUNT };
#define IMG_BIT(i) (1u << (i))

enum closure_action { ACT_TEST, ACT_PERM, ACT_CONFIRM, ACT_UPLOAD };

/* What the running image does in a stage; the first row that fits, again until none does. */
struct closure_step {
    uint8_t stage, running, action;
    uint8_t image; /* of ACT_UPLOAD */
    uint8_t next;
};

struct closure_lab;
struct closure_session;

/* A device of full size in place of the toy: what reaches its flash past struct flash, and who boots it. The strategy and
 * the application's part are the same for both. closure_board.c. */
struct closure_bench {
    /* Bytes at off of an area as if programmed long ago; any length. */
    void (*place)(struct closure_lab *lab, const struct flash_area *a, uint32_t off,
                  const void *src, uint32_t len);
    void (*spoil)(struct closure_lab *lab, const struct flash_area *a, uint32_t off);
    /* One boot: which image runs, and where. */
    enum closure_fault (*boot)(struct closure_lab *lab, struct closure_session *s);
};

struct closure_file {
    uint32_t len;
    uint8_t *bytes;
};

struct closure_scene {
    const char *name, *summary;
    unsigned needs;                         /* enum closure_need */
    void (*build)(struct closure_lab *lab); /* the flash before the first session */
    uint8_t in_app; /* the first session starts in this image, not in the bootloader */
    struct closure_step steps[4];
    unsigned step_count;
    uint8_t allowed[CLOSURE_STAGES];   /* IMG_BITs that may run in each stage */
    uint8_t end[CLOSURE_STAGES];       /* that may stand when the device has come to rest */
    uint8_t quiet_end[CLOSURE_STAGES]; /* the same if the application does nothing more */
    bool no_downgrade;                 /* the bootloader compares versions */
    const char *course; /* images that run, in turn, if nothing is disturbed: "ABA" */
};

extern const struct closure_scene closure_scenes[];
extern const unsigned closure_scene_count;
const struct closure_scene *closure_scene_find(const char *name, size_t len);

struct closure_lab {
    struct closure_flash f;
    struct flash coarse; /* the same flash with larger sectors: see shape */
    struct slot_pair pair;
    const struct closure_strategy *strategy;
    const struct closure_scene *scene;
    const struct closure_bench *bench;       /* NULL: the toy */
    struct closure_file image[IMG_COUNT][2]; /* by the slot that it lies in */
    enum slot first_active; /* whose image runs in the first session, if that starts in it */
    uint8_t stage;          /* with the two flags below */
    uint8_t buf[256];
    struct load_ram load_ram;
};

#define STAGE_IN_APP 0x40u /* the session does not begin with the bootloader */
#define STAGE_QUIET  0x80u /* the application does nothing any more */
#define STAGE_NUMBER 0x0fu

const char *closure_fault_text(enum closure_fault f);

struct closure_session {
    enum closure_fault fault;
    enum err err;
    bool cut;          /* a replay's cut came */
    uint8_t running;   /* enum closure_image */
    uint32_t boot_ops; /* of the bootloader */
};

/* For the first states: an image in a slot, programmed long ago; what rot or a stranger changed there since; what
 * the bootloader is handed; and a mistake here, not in what is rehearsed, ends the program. */
void closure_install(struct closure_lab *lab, enum slot s, uint32_t off, enum closure_image which);
void closure_install_part(struct closure_lab *lab, enum slot s, uint32_t off,
                          enum closure_image which, uint32_t len);
void closure_change(struct closure_lab *lab, enum slot s, uint32_t off, const void *src,
                    uint32_t len);
void closure_rot(struct closure_lab *lab, enum slot s, uint32_t off);
struct update_env closure_env(struct closure_lab *lab);
void closure_built(bool ok, const char *what);

/* Build the toy device and the scene's first state. ERR_INVAL, with *why, if the geometry cannot be. */
MUST_CHECK enum err closure_lab_open(struct closure_lab *lab, const struct closure_shape *shape,
                                     const struct closure_strategy *strategy,
                                     const struct closure_scene *scene, const char **why);
void closure_lab_close(struct closure_lab *lab);

/* Bytes of an image in the slots of lab->pair, of which overhead are header and TLVs. */
uint32_t closure_image_length(const struct closure_lab *lab, enum closure_image which,
                              uint32_t overhead);

/* The scene's first state, once pair and images are there. */
void closure_lab_begin(struct closure_lab *lab);
void closure_lab_free_images(struct closure_lab *lab);

/* Bit per sector of the device: all but those of the slots' trailers. */
uint32_t closure_lab_payload(const struct closure_lab *lab);

/* One power session on the contents that are loaded, with lab->stage; lab->stage follows. */
void closure_session(struct closure_lab *lab, struct closure_session *s);

/* At rest: nothing requested, nothing to be taken back. Then a whole further update, on the contents
 * that are loaded, which are lost. */
enum closure_fault closure_check_rest(struct closure_lab *lab, enum closure_image running);

#endif
