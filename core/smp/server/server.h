/* server.h - the SMP server: a packet in, a packet out. It has no heap and no clock, and does not know how packets
 * travel.
 *
 * The program provides the transport (core/smp/server/inbox.h for the console), the slots and a few callbacks. All
 * state is in struct smp_server. */
#ifndef CORE_SMP_SERVER_SERVER_H
#define CORE_SMP_SERVER_SERVER_H

#include <stdbool.h>

#include "core/flash/ahead.h"
#include "core/smp/server/boot_info.h"
#include "core/smp/wire/cbor_write.h"
#include "core/smp/wire/packet.h"
#include "core/update/update.h"

/* Delay between the response to a reset request and the reset. The program sends what is left before it resets, so this
 * is for what holds bytes back behind it: an FTDI adapter's latency timer is 16 ms. (Zephyr: 250 ms.) */
#define SMP_RESET_DELAY_MS 50u

struct smp_server;
struct line_speed;
struct smp_settings;
struct smp_stat_group;
struct smp_shell_command;
struct smp_task;
struct smp_pool;
struct smp_clock;

struct smp_request {
    struct smp_header header;
    const uint8_t *body; /* CBOR; body_len may exceed header.len, but ends with the packet */
    size_t body_len;
};

/* A response being written. The handler adds keys to an open map. */
struct smp_reply {
    struct cbor_writer cbor;
    const struct smp_request *request;
    const struct smp_group *group;
    bool refused; /* smp_reply_error was called */
};

/* Returns MGMT_ERR_EOK, also after smp_reply_error. With any other enum mgmt_err, what it wrote is
 * dropped and the response is {"rc": n}. */
typedef int (*smp_handler)(struct smp_server *s, const struct smp_request *q, struct smp_reply *r);

struct smp_command {
    smp_handler read, write; /* NULL: not supported */
};

struct smp_group {
    const char *name; /* for group enum; NULL: none */
    uint16_t id;
    uint8_t command_count, v1_count;
    const struct smp_command *commands; /* indexed by command id */
    const uint8_t *v1_rc; /* MGMT_ERR for each error of the group; others are EUNKNOWN */
};

extern const struct smp_group smp_group_os;
extern const struct smp_group smp_group_img;
extern const struct smp_group smp_group_stat;  /* the program's counters */
extern const struct smp_group smp_group_shell; /* the program's commands */
extern const struct smp_group smp_group_enum;  /* which groups there are */
extern const struct smp_group smp_group_line;  /* the speed of the serial line */

/* Respond with an error of the request's group: an "err" map, or a flat "rc" for an SMP v1 client. Returns
 * MGMT_ERR_EOK, so that a handler can return it. */
int smp_reply_error(struct smp_reply *r, uint32_t group_rc);

/* The texts of "os info". NULL: not built in. */
struct smp_os_words {
    const char *kernel, *node, *release, *version, *build_date, *machine, *processor, *platform,
        *os;
};

/* The configuration of a server. Caller-owned; must outlive the server. */
struct smp_server_config {
    const struct smp_group *const *groups;
    unsigned group_count;
    uint32_t buf_size, buf_count; /* the response to "mcumgr parameters" */
    struct smp_os_words words;
    const struct slot_pair *pair; /* an array with one entry for each image */
    unsigned image_count;         /* 0 counts as 1 */
    uint32_t
        flash_base; /* bus address of flash offset 0; 0: --rom-fixed addresses are not checked */
    /* The bootloader's boot information; NULL: none. Then "bootloader mode" is refused, and sizes are those of
     * update_max_image_size. */
    const struct boot_info *boot;
    /* "no-downgrade" in "bootloader mode": an image with a lower version is refused. */
    bool no_downgrade;
    /* Leaves a boot mode (1: serial recovery) for the boot after the reset. NULL: a reset with a boot_mode
     * other than 0 is refused. */
    void (*boot_mode)(void *ctx, uint32_t mode);
    uint8_t *stream_buf; /* collects an upload before it is written, CONFIG_IMG_BLOCK_BUF_SIZE */
    uint32_t stream_buf_size; /* a multiple of the flash word, at least 64 */
    /* What comes while a sector is erased waits here (core/flash/ahead.h): at least buf_size bytes, best what the line
     * brings in the time of an erase. 0: each sector is erased when data reach it, and the client waits. */
    uint8_t *reception_buf;
    uint32_t reception_size;
    struct line_speed
        *line; /* the serial line on which the requests come; NULL: another transport */
    struct smp_settings *settings; /* core/smp/groups/settings.h; NULL: there are none */
    /* For group os (core/smp/server/system.h). None, or NULL: the command is not supported. */
    const struct smp_task *tasks;
    unsigned task_count;
    const struct smp_pool *pools;
    unsigned pool_count;
    const struct smp_clock *clock;
    /* For group stat and group shell (core/smp/server/stat.h, shell.h). */
    const struct smp_stat_group *const *stats;
    unsigned stat_count;
    const struct smp_shell_command *shell;
    unsigned shell_count;
    /* Asked before a command of group g runs, reads too. MGMT_ERR_EOK: it runs. Anything else is the response, such as
     * MGMT_ERR_EACCESSDENIED or, for a client that shall come again later, MGMT_ERR_EBUSY; the program logs why. NULL:
     * every command runs. core/smp/server/access.h has a rule. */
    int (*access)(void *ctx, const struct smp_group *g, const struct smp_header *h);
    void (*feed)(void); /* watchdog, before each sector erase and chunk hashed; may be NULL */
    /* Resets after delay_ms, so that the response can leave first. NULL: not supported. */
    void (*reset)(void *ctx, uint32_t delay_ms);
    void *ctx;
};

/* An upload in progress. It is lost at a reset; the upload record in flash stays (core/smp/SPEC.md). */
struct img_session {
    bool open;
    uint8_t image;     /* image number; the upload goes to its upload slot */
    uint32_t len, off; /* file size; bytes taken so far, in flash or still in the buffer */
    uint8_t sha[SHA256_SIZE];
    uint32_t sha_len;
    uint32_t base;    /* offset of the file's first byte in the slot */
    uint32_t start;   /* offset in the file at which the stream was opened */
    uint32_t marked;  /* file bytes that are in flash according to the upload record */
    uint32_t mark_at; /* offset of the next mark; 0: there is no record */
    /* A new upload, and no record of a cut one: sectors that are virgin are not erased. */
    bool keep_virgin;
    struct stream stream;
    struct ahead ahead;
    struct sha256 hash; /* of the first hashed bytes of the file, as flash has them */
    uint32_t hashed;
};

/* What a server has done since smp_server_init. */
struct smp_counts {
    uint32_t requests; /* each is answered */
    uint32_t errors;   /* of these, answered with an error */
    uint32_t denied;   /* of these, by smp_server_config.access */
    /* Uploads whose first packet was accepted; of these: went on behind an older one's record; ended with the whole
     * file in flash, with its SHA-256 if the client sent that; ended by an error. The others were given up, or still
     * run. */
    uint32_t uploads, uploads_resumed, uploads_completed, uploads_failed;
};

struct smp_server {
    const struct smp_server_config *config;
    struct img_session img;
    struct smp_counts counts;
};

void smp_server_init(struct smp_server *s, const struct smp_server_config *config);

/* Handle a packet, which may have several requests; send is called once for each response.
 *   cap  at least 24, so that an error always fits */
void smp_server_receive(struct smp_server *s, const uint8_t *packet, size_t len, uint8_t *response,
                        size_t cap, void (*send)(void *ctx, const uint8_t *packet, size_t len),
                        void *ctx);

/* For serial recovery: the request at the start of a packet, without smp_server_config.access and counts. *resp_len:
 * bytes of the response, 0: none. Returns the bytes of the packet that were used; 0: the rest must be dropped. */
size_t smp_server_handle_unguarded(struct smp_server *s, const uint8_t *request, size_t len,
                                   uint8_t *response, size_t cap, size_t *resp_len);

/* Now and then, when no packet comes: an erase that has ended is followed by the data that wait for it, and what an upload
 * has in flash is hashed. */
void smp_server_poll(struct smp_server *s);

#endif
