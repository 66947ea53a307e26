/* client.h - the client half of SMP: one call per command, any link below.
 *
 * All state is in struct smp_client; nothing is allocated. Every call returns ERR_OK, or ERR_PEER when the
 * server answered with an error (then c->error says which), or ERR_NOMEM when the request does not fit the server's buffer
 * (nothing is sent), or the link's error. */
#ifndef HOST_CLIENT_SMP_CLIENT_H
#define HOST_CLIENT_SMP_CLIENT_H

#include <stdbool.h>

#include "core/image/image.h"
#include "core/smp/wire/transport.h"

/* What the server said. version 2: group and rc of the err map. Top-level rc: group is -1. */
struct smp_error {
    int group; /* -1: rc is an MGMT_ERR code */
    uint32_t rc;
    uint16_t asked; /* the group of the request */
    char rsn[64];   /* text, if the server sent one */
};

#define SMP_WORD_MS 5000u

struct smp_client {
    struct smp_link *link;
    uint8_t version; /* 1 = SMP v2; falls back to 0 when the peer answers with 0 */
    uint8_t seq;     /* of the last request; start it anywhere, best not where the last run did */
    uint32_t timeout_ms; /* for ordinary commands; default 2500 */
    unsigned retries;    /* of safe requests; default 3 */
    uint32_t buf_size;   /* of the server; 0 until smp_params */
    uint32_t buf_count;
    bool no_params; /* the server refused the last smp_params: smp_upload_step does not ask again */
    uint32_t packet_max;    /* what the server turned out to take, bytes; 0: what it announces */
    uint32_t packet_proven; /* the largest request that it has answered */
    /* Milliseconds of a clock that only rises. NULL: a request is repeated after its whole time-out only. */
    uint64_t (*now_ms)(void);
    /* While no answer comes, every SMP_WORD_MS; NULL: nobody wants to know. what: is waited for. */
    void (*waiting)(void *ctx, const char *what, uint32_t waited_ms, uint32_t timeout_ms);
    void *waiting_ctx;
    /* True: waiting ends with ERR_TIMEOUT; an answer that has begun may still end first. NULL: never. Needs now_ms. */
    bool (*stopped)(void *ctx);
    void *stopped_ctx;
    /* Chunks of an upload that are under way at once: at most buf_count - 1, since the server answers from the same
     * buffers. After a loss one at a time, and one more after every patience answers in a row that wanted the next byte
     * (good counts them). */
    unsigned window, good, patience;
    uint32_t usual_ms, spread_ms; /* of the answers to chunks so far; 0: none */
    /* Not 0: the line is a fast one (fast_line.h). A chunk is lost after so long, and repeated once. */
    uint32_t fast_timeout_ms;
    unsigned losses; /* of chunks and their answers, for who counts them */
    bool dropped; /* set when the device logs that it dropped a packet; the link's recv then ends */
    bool echo_answered; /* the server answered the echo, but not the request before it */
    struct smp_error error;
    uint8_t tx[SMP_PACKET_MAX], rx[SMP_PACKET_MAX];
    size_t rx_len;
};

static inline bool smp_is_stopped(const struct smp_client *c)
{
    return c->stopped != NULL && c->stopped(c->stopped_ctx);
}

/* True if no answer came. Then it is not known whether the request arrived; the device's state shows it. */
static inline bool smp_is_lost(enum err e)
{
    return e == ERR_TIMEOUT || e == ERR_CLOSED || e == ERR_IO;
}

void smp_client_init(struct smp_client *c, struct smp_link *link);

/* Name of an error as the field writes it: "IMG_MGMT_ERR_FLASH_WRITE_FAILED", "MGMT_ERR_ENOTSUP". And its
 * meaning in a few words. Never NULL. */
const char *smp_error_name(const struct smp_error *e);
const char *smp_error_text(const struct smp_error *e);

/* The largest request that may be sent to this server: packet bytes, header included. */
size_t smp_packet_max(const struct smp_client *c);

/* ---- group 0, os ---- */
MUST_CHECK enum err smp_echo(struct smp_client *c, const char *text, char *reply, size_t cap);
MUST_CHECK enum err smp_reset(struct smp_client *c, bool force);
/* The same, and the next boot gets a mode, if it is not negative: 1 asks for serial recovery (retention boot mode). A
 * server that does not know modes resets all the same. */
MUST_CHECK enum err smp_reset_to(struct smp_client *c, bool force, int boot_mode);
MUST_CHECK enum err smp_params(struct smp_client *c, uint32_t *buf_size, uint32_t *buf_count);
MUST_CHECK enum err smp_os_info(struct smp_client *c, const char *format, char *reply, size_t cap);

#define SMP_IMAGES_MAX 8

struct smp_bootloader_image {
    uint32_t image;
    bool has_max_size, has_counter;
    uint32_t max_size; /* bytes of the largest file */
    uint32_t counter;  /* the lowest security counter that runs */
};

struct smp_bootloader {
    char name[32];
    bool has_mode;
    int mode;
    bool no_downgrade;
    /* What servers of other makers do not tell: then -1, "" and 0 images. */
    int signature, recovery, running_slot; /* enum boot_info_signature, enum boot_info_recovery */
    char version[32];
    bool has_sbom;             /* the running image names one */
    uint8_t sbom[SHA256_SIZE]; /* SHA-256 of its file */
    unsigned image_count;
    struct smp_bootloader_image image[SMP_IMAGES_MAX];
};
/* A mode in words: MCUboot's numbers, those of other strategies than ours, too. */
const char *smp_mode_text(int mode);

/* Name, mode, and the rest of what the bootloader has reported to the application, as far as the server passes it on. */
MUST_CHECK enum err smp_bootloader_info(struct smp_client *c, struct smp_bootloader *b);
/* The SHA-256 of the running image's SBOM alone. ERR_PEER: it names none, or the server does not know the query. */
MUST_CHECK enum err smp_sbom(struct smp_client *c, uint8_t sha256[SHA256_SIZE]);

/* ---- group 1, image ---- */
#define SMP_HASH_MAX 64

struct smp_image_state {
    uint32_t image, slot;
    char version[32];
    uint8_t hash[SMP_HASH_MAX];
    size_t hash_len; /* 0: the server did not send one */
    bool bootable, pending, confirmed, active, permanent;
    bool
        says_not_bootable; /* the server sent bootable = false; a missing key may mean false or nothing */
    bool has_flags;        /* one of the five keys is there at all; serial recovery has none */
};

struct smp_image_list {
    struct smp_image_state image[SMP_IMAGES_MAX];
    unsigned count;
    bool has_split_status; /* an application's server sends the key, unless it saves bytes */
};

MUST_CHECK enum err smp_image_list(struct smp_client *c, struct smp_image_list *list);

/* hash_len 0 with confirm: the running image. list (may be NULL) receives the state after it. */
MUST_CHECK enum err smp_image_set_state(struct smp_client *c, const uint8_t *hash, size_t hash_len,
                                        bool confirm, struct smp_image_list *list);

/* slot < 0: the server's default. */
MUST_CHECK enum err smp_image_erase(struct smp_client *c, int slot);

struct smp_slot_info {
    uint32_t image, slot, size;
    bool has_upload_id, has_max_size;
    uint32_t upload_id, max_size;
    uint32_t rc; /* not 0: the server could not open it */
};
struct smp_slot_list {
    struct smp_slot_info slot[SMP_IMAGES_MAX];
    unsigned count;
};
MUST_CHECK enum err smp_image_slots(struct smp_client *c, struct smp_slot_list *list);

#define SMP_WINDOW_MAX 7

/* An upload in progress. The caller loops: smp_upload_begin, then smp_upload_step until done. A lost link
 * is not fatal: reopen it and go on calling smp_upload_step; the server's offset rules. */
struct smp_upload {
    const uint8_t *data;
    uint32_t len;
    uint32_t off; /* next byte that the server wants */
    uint32_t image;
    bool upgrade; /* refuse unless newer than the running image */
    uint8_t sha[SHA256_SIZE];
    bool done;
    bool has_match,
        match; /* the server's own check of what it stored; done without match: it failed */
    uint32_t resumed_at; /* offset at which the server resumed, 0 if from the start */
    uint32_t chunk;      /* data bytes per packet, derived from buf_size */
    unsigned stalls;     /* answers in a row without progress */
    uint32_t best;       /* highest offset reached so far */
    unsigned restarts;   /* times that the server went back, since best last rose */
    /* Chunks that are sent and not answered, oldest first: where each ends. sent: where the next one begins. */
    unsigned under_way;
    uint32_t end[SMP_WINDOW_MAX], sent;
    uint64_t since_ms; /* the answer before, or when the oldest was sent */
};

void smp_upload_begin(struct smp_upload *u, const uint8_t *data, uint32_t len, uint32_t image,
                      bool upgrade);

/* What is under way is given up: its answers are strangers from now on. The next step sends one chunk. */
void smp_upload_give_up(struct smp_client *c, struct smp_upload *u);

/* Send as many chunks as the window takes, and take one answer: off and match are what the server has said, and what it
 * has not is sent again. Once c->stopped is true nothing more is sent as long as chunks are under way. The first chunk, a
 * small one, may wait for an erase: up to 60 s. If an echo is answered and the chunk is not, it was lost: it is sent
 * again at once, and in half the size if one of its size was never answered. ERR_STATE: no progress after several
 * answers (u->off says where). ERR_FORMAT: the server's answer makes no sense. */
MUST_CHECK enum err smp_upload_step(struct smp_client *c, struct smp_upload *u);

#endif
