/* engine.h - the update of one device, as a state machine without input and output: check, upload, test, reset, wait,
 * prove, confirm.
 *
 * update_begin says what is wanted. From then on u->order is what is to be done next. Whoever drives the update does it,
 * as slowly as the device is (update_drive does, and blocks), and hands the result to update_took, which chooses the next
 * order; UPDATE_END is the last, and u->end says why.
 *
 * Each step looks at the device before it acts, so an update that was broken off at any order may be begun again: what is
 * done is found done. A request without an answer may have arrived or not: the device is looked at, and what it then says
 * decides. Nothing is allocated; a struct update may be copied. */
#ifndef HOST_CLIENT_UPDATE_ENGINE_H
#define HOST_CLIENT_UPDATE_ENGINE_H

#include "host/client/smp/client.h"

/* What the device shall run. */
struct update_goal {
    uint32_t image; /* number */
    uint8_t hash[SMP_HASH_MAX];
    size_t hash_len; /* 0: not known until UPDATE_FILE has chosen the file */
    char version[32];
    uint32_t size; /* bytes of the file */
    bool permanent, confirm;
    uint32_t wait_ms; /* for a device that is away */
};

enum update_order_kind {
    UPDATE_LIST,     /* read the image list */
    UPDATE_RECOVERY, /* is it serial recovery that answers? (recovery_evidence of u->list) */
    UPDATE_FILE,     /* choose the file, by u->list and u->recovery: update_choose */
    UPDATE_MODE,     /* ask for the bootloader's mode */
    UPDATE_SLOTS,    /* ask for the slots' sizes */
    UPDATE_UPLOAD,   /* send the file; through lost answers, and a device that goes away */
    UPDATE_MARK,     /* have the image of the goal's hash started at the next boot */
    UPDATE_CONFIRM, /* have the running image stay: image 0 without a hash, another one by its own */
    UPDATE_ERASE,   /* erase this slot */
    UPDATE_RESET,
    UPDATE_WAIT, /* for quiet_ms send nothing; then wait until the device answers, at most goal.wait_ms */
    UPDATE_END,
};

/* "upload"; for a journal. */
const char *update_order_name(enum update_order_kind kind);

struct update_order {
    enum update_order_kind kind;
    uint32_t slot;     /* UPDATE_ERASE, by mcumgr's numbers */
    uint32_t quiet_ms; /* UPDATE_WAIT */
    /* UPDATE_WAIT, as words for people. event: the request that err was the end of; NULL: a reset. unknown: what is not
     * known as long as the device is away, or NULL. */
    const char *event, *unknown;
    enum err err;
};

/* What came of an order. */
struct update_result {
    enum err e; /* of the request. ERR_PEER: error is the device's answer */
    struct smp_error error;
    /* Whoever drives the update does not go on, and has reported why. The update ends with UPDATE_GAVE_UP. */
    bool gave_up;
    const struct smp_image_list *list; /* UPDATE_LIST, _MARK, _CONFIRM */
    const char *recovery;              /* UPDATE_RECOVERY: as recovery_evidence */
    int mode;                          /* UPDATE_MODE; negative: not known */
    const struct smp_slot_list *slots; /* UPDATE_SLOTS */
    bool was_there;                    /* UPDATE_UPLOAD: the slot held the whole file already */
    bool booted; /* UPDATE_WAIT: after quiet_ms, the bootloader had spoken since the reset */
    uint64_t now_ms;
};

enum update_end {
    UPDATE_GOES_ON,
    UPDATE_DONE, /* the goal's image runs, and is confirmed if the goal says so */
    UPDATE_GAVE_UP,
    UPDATE_ALREADY_RUNS,        /* confirmed */
    UPDATE_OTHER_ON_TRIAL,      /* an upload would take the place of the image to go back to */
    UPDATE_TOO_LARGE,           /* too_large is the slot */
    UPDATE_NO_TEST_IN_RECOVERY, /* the goal was not to confirm */
    UPDATE_LIST_FAILED,         /* e, error */
    UPDATE_IN_NO_SLOT,          /* acknowledged, and not in the list */
    UPDATE_MARK_FAILED,         /* e, error */
    UPDATE_NOT_PENDING,         /* the mark was acknowledged, and the list does not show it */
    UPDATE_OTHER_PENDING,       /* other; erase_error says what the device answered to its erase */
    UPDATE_OTHER_MARKED,        /* other was marked instead, twice; that is taken back */
    UPDATE_RESET_REFUSED,       /* e, error */
    UPDATE_RECOVERY_AGAIN,      /* after the reset; recovery says why */
    UPDATE_NOT_STARTED,         /* another image runs after the reset */
    UPDATE_CONFIRM_FAILED,      /* e, error */
    UPDATE_GONE,                /* the image ran and does not any more */
    UPDATE_NOT_CONFIRMED,       /* acknowledged, and the list does not show it */
};

/* What happens, as it happens. */
enum update_news {
    UPDATE_NEWS_RECOVERY,     /* serial recovery answers */
    UPDATE_NEWS_RUNNING,      /* what runs, before the update and after the reset */
    UPDATE_NEWS_NOT_NEEDED,   /* the upload: a slot holds the image */
    UPDATE_NEWS_UPLOADED,     /* to a slot; in recovery perhaps not in its list yet */
    UPDATE_NEWS_OTHER_MARKED, /* other, which is being taken back */
    UPDATE_NEWS_MARKED,
    UPDATE_NEWS_RESET,         /* reset.taken: answered */
    UPDATE_NEWS_RESET_AGAIN,   /* out of recovery */
    UPDATE_NEWS_STILL_WAITING, /* for the new image to start, waited_ms */
};

struct update {
    struct update_goal goal;
    struct update_order order;
    enum update_end end;
    /* May be NULL. Called from within update_took. */
    void (*news)(void *ctx, const struct update *u, enum update_news news);
    void *ctx;

    struct smp_image_list list; /* as last read */
    const char *recovery; /* what shows that serial recovery answers; NULL: an application does */
    bool began_in_recovery;
    int mode;          /* of the bootloader, enum update_mode; negative: not known */
    char previous[32]; /* version that ran before, "" if it is not known */
    enum err e;
    struct smp_error error, erase_error;
    bool erase_refused; /* erase_error is an answer */
    struct smp_image_state other;
    struct smp_slot_info too_large;
    uint32_t waited_ms;
    struct update_reset {
        unsigned count;   /* since the first of this step */
        uint64_t sent_ms; /* the last one */
        bool taken;       /* the device has answered one */
        enum err e;       /* of the last one */
    } reset;

    /* For engine.c only. */
    void (*then)(struct update *u, const struct update_result *r);
    void (*after_list)(struct update *u, const struct update_result *r);
    void (*after_upload)(struct update *u);
    struct update_change {
        enum update_order_kind kind;
        const char *unknown; /* what is not known while no answer comes */
        bool (*is_settled)(const struct update *u);
        void (*after)(struct update *u, const struct update_result *r);
        unsigned looks;
    } change;
    struct smp_image_list before;
    unsigned looks;
    unsigned recovery_resets;
    bool undone, was_there, booted;
    uint64_t wait_start_ms, next_word_ms;
};

/* hash_len of the goal may be 0: then update_choose must be called while the order is UPDATE_FILE. */
void update_begin(struct update *u, const struct update_goal *goal);
/* The image that goes to this device. */
void update_choose(struct update *u, const uint8_t *hash, size_t hash_len, const char *version,
                   uint32_t size);
void update_took(struct update *u, const struct update_result *r);

/* ---- what the list says ---- */

/* The image that runs, or NULL. */
const struct smp_image_state *update_running(const struct update *u);
/* The goal's image in a slot that is not running, or NULL. */
const struct smp_image_state *update_waiting(const struct update *u);
/* The goal's image in the first slot, where serial recovery puts it, or NULL; a list without hashes is gone by the
 * version. */
const struct smp_image_state *update_in_place(const struct update *u);
/* Is s, which may be NULL, the goal's image? */
bool update_is_ours(const struct update *u, const struct smp_image_state *s);

#endif
