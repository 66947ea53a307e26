/* server.h - the device's half of SMP: a packet in, a packet out. No heap, no port, no clock.
 *
 * The program brings the link (see core/smp/server/inbox.h for the console), the slots and a few callbacks. All
 * state is in struct smp_server. */
#ifndef CORE_SMP_SERVER_SERVER_H
#define CORE_SMP_SERVER_SERVER_H

#include <stdbool.h>

#include "core/flash/stream.h"
#include "core/smp/server/boot_info.h"
#include "core/smp/wire/cbor_write.h"
#include "core/smp/wire/packet.h"
#include "core/update/update.h"

/* Delay between the answer to a reset and the reset: time for the answer to leave. */
#define SMP_RESET_DELAY_MS 250u

struct smp_server;

struct smp_request {
    struct smp_header header;
    const uint8_t *body; /* CBOR; may run past header.len, never past the packet */
    size_t body_len;
};

/* A response being written. The handler adds keys to an open map. */
struct smp_reply {
    struct cbor_writer cbor;
    const struct smp_request *request;
    const struct smp_group *group;
};

/* Returns MGMT_ERR_EOK, also after smp_reply_error, or an enum mgmt_err; then what it wrote is
 * dropped and the answer is {"rc": n}. */
typedef int (*smp_handler)(struct smp_server *s, const struct smp_request *q, struct smp_reply *r);

struct smp_command {
    smp_handler read, write; /* NULL: not supported */
};

struct smp_group {
    const char *name; /* told by group enum; NULL: none is told */
    uint16_t id;
    uint8_t command_count, v1_count;
    const struct smp_command *commands; /* indexed by command id */
    const uint8_t *v1_rc; /* MGMT_ERR for each error of the group; others are EUNKNOWN */
};

extern const struct smp_group smp_group_os;
extern const struct smp_group smp_group_img;
extern const struct smp_group smp_group_enum; /* which groups there are */

/* Fail with an error of the request's group: an "err" map, or for a v1 client its flat rc. Always
 * returns MGMT_ERR_EOK, so that a handler can end with it. */
int smp_reply_error(struct smp_reply *r, uint32_t group_rc);

/* The words of "os info". A NULL word counts as not built in. */
struct smp_os_words {
    const char *kernel, *node, *release, *version, *build_date, *machine, *processor, *platform,
        *os;
};

/* What a product fixes once. Must outlive the server. */
struct smp_server_config {
    const struct smp_group *const *groups;
    unsigned group_count;
    uint32_t buf_size, buf_count; /* told to clients by "mcumgr parameters" */
    struct smp_os_words words;
    const struct slot_pair *pair; /* of image 0; behind it those of the others */
    unsigned image_count;         /* 0 counts as 1 */
    uint32_t
        flash_base; /* bus address of flash offset 0; 0: images are not asked for their address */
    /* What the bootloader said of itself; NULL if it said nothing: then "bootloader mode" is refused, and
     * no size is told that only it knows. */
    const struct boot_info *boot;
    bool no_downgrade; /* told with the bootloader's mode: it brings no lower version in */
    /* Asked to leave a mode for the next boot (1: serial recovery) before the reset. NULL: a reset with a
     * boot_mode other than 0 is refused. */
    void (*boot_mode)(void *ctx, uint32_t mode);
    uint8_t *stream_buf; /* collects an upload before it is written, CONFIG_IMG_BLOCK_BUF_SIZE */
    uint32_t stream_buf_size; /* a multiple of the flash word, at least 64 */
    void (*feed)(void);       /* watchdog, before each sector erase and chunk hashed; may be NULL */
    /* Asked to reset after delay_ms, so that the answer can leave first. NULL: not supported. */
    void (*reset)(void *ctx, uint32_t delay_ms);
    void *ctx;
};

/* An upload in progress. Lost at reset; what the flash holds of it is not (core/smp/SPEC.md). */
struct img_session {
    bool open;
    uint8_t image;     /* whose secondary slot takes it */
    uint32_t len, off; /* file size; next offset wanted, whether in flash or still in the buffer */
    uint8_t sha[SHA256_SIZE];
    uint32_t sha_len;
    uint32_t base;    /* offset of the file's first byte in the secondary slot */
    uint32_t start;   /* offset in the file at which the stream was opened */
    uint32_t marked;  /* file bytes that the upload record in flash vouches for */
    uint32_t mark_at; /* next free place behind the record; 0: no record */
    struct stream stream;
};

struct smp_server {
    const struct smp_server_config *config;
    struct img_session img;
};

void smp_server_init(struct smp_server *s, const struct smp_server_config *config);

/* Handle the request at the start of a packet. *resp_len: bytes of the response, 0 for none.
 * Returns the bytes of the packet that were used, or 0 when the rest must be dropped.
 *   cap  at least 24, so that an error always fits */
size_t smp_server_handle(struct smp_server *s, const uint8_t *request, size_t len,
                         uint8_t *response, size_t cap, size_t *resp_len);

/* Handle a whole packet, which may hold several requests; send is called once per response. */
void smp_server_receive(struct smp_server *s, const uint8_t *packet, size_t len, uint8_t *response,
                        size_t cap, void (*send)(void *ctx, const uint8_t *packet, size_t len),
                        void *ctx);

#endif
