/* client_groups.h - the calls of the other groups: stat, settings, fs, shell, enum, zephyr basic, and what os has beside
 * client.h.
 *
 * Errors are those of client.h; ERR_FORMAT is also an answer that is not what the command answers, or has more than
 * SMP_ENTRIES_MAX entries. A struct cbor_span in a result points into the client's receive buffer: it is valid until the next
 * call, has no NUL at its end, and may hold any bytes. */
#ifndef HOST_CLIENT_SMP_CLIENT_GROUPS_H
#define HOST_CLIENT_SMP_CLIENT_GROUPS_H

#include "core/smp/wire/cbor_map.h"
#include "host/client/smp/client.h"

#define SMP_ENTRIES_MAX 1024u

/* ---- group 2, stat ---- */

struct smp_stat {
    struct cbor_span name;
    uint64_t value;
};

struct smp_stat_list {
    unsigned count;
    struct smp_stat stat[SMP_ENTRIES_MAX];
};

/* The names of the groups of statistics; each value is 0. */
MUST_CHECK enum err smp_stat_list(struct smp_client *c, struct smp_stat_list *list);
/* The statistics of one group. */
MUST_CHECK enum err smp_stat_show(struct smp_client *c, const char *group,
                                  struct smp_stat_list *list);

/* ---- group 3, settings ---- */

struct smp_setting {
    struct cbor_span value;
    bool has_max_size;
    uint32_t max_size; /* bytes of the largest value that the server reads, if more was asked for */
};

/* max_size: bytes of the value at most; 0: what the server reads. The value may be a byte string (Zephyr) or a text
 * (Mynewt). */
MUST_CHECK enum err smp_settings_read(struct smp_client *c, const char *name, uint32_t max_size,
                                      struct smp_setting *s);
/* as_text: Mynewt's servers want a text and refuse a byte string with MGMT_ERR_EINVAL. */
MUST_CHECK enum err smp_settings_write(struct smp_client *c, const char *name, const void *value,
                                       size_t len, bool as_text);
MUST_CHECK enum err smp_settings_delete(struct smp_client *c, const char *name);
/* The values that were written take effect. */
MUST_CHECK enum err smp_settings_commit(struct smp_client *c);
/* From flash into RAM, and back. name NULL: all; a name is known to newer servers only. */
MUST_CHECK enum err smp_settings_load(struct smp_client *c);
MUST_CHECK enum err smp_settings_save(struct smp_client *c, const char *name);

/* ---- group 9, shell ---- */

struct smp_shell_answer {
    struct cbor_span output; /* of the command, as its terminal would have it, colours included */
    int32_t ret;             /* the command's own result; 0: success */
};

/* Sent once, unless retries says that it may act again. */
MUST_CHECK enum err smp_shell_exec(struct smp_client *c, const char *const *argv, unsigned argc,
                                   unsigned retries, struct smp_shell_answer *answer);

/* ---- group 0, os ---- */

/* "2026-11-30T20:40:00", perhaps with a fraction or a time zone behind it. */
MUST_CHECK enum err smp_datetime_get(struct smp_client *c, char *text, size_t cap);
/* Sent once: a repeated one would set the clock back. */
MUST_CHECK enum err smp_datetime_set(struct smp_client *c, const char *text);

/* What servers send of a task differs: a number that did not come has present false. */
struct smp_number {
    bool present;
    uint64_t u;
};

struct smp_task {
    struct cbor_span name;
    bool has_priority;
    int64_t priority;
    /* Stack sizes are in words of 4 bytes. */
    struct smp_number id, state, stack_used, stack_size, runtime, switches, last_checkin,
        next_checkin;
};

struct smp_task_list {
    unsigned count;
    struct smp_task task[SMP_ENTRIES_MAX];
};
MUST_CHECK enum err smp_task_list(struct smp_client *c, struct smp_task_list *list);

struct smp_pool {
    struct cbor_span name;
    struct smp_number block_size, blocks, free_blocks, least_free;
};

struct smp_pool_list {
    unsigned count;
    struct smp_pool pool[SMP_ENTRIES_MAX];
};
/* Takes the three shapes that servers send: pools below "mpools", below "tasks", or at the top of the map. */
MUST_CHECK enum err smp_pool_list(struct smp_client *c, struct smp_pool_list *list);

/* ---- group 10, enum ---- */

struct smp_group_info {
    uint32_t id;
    char name[48]; /* "": the server does not name it; a longer one is cut */
    bool has_handlers;
    uint32_t handlers; /* the highest command id and 1 */
};

#define SMP_GROUPS_MAX 256u

struct smp_group_list {
    unsigned count;
    bool
        is_probed; /* the server has no group enum: these groups answered a request that changes nothing */
    struct smp_group_info group[SMP_GROUPS_MAX];
};

/* What the server says of its groups; where it has no details, or they do not fit its buffer, what it has. A server without
 * group enum is asked for one command of each known group; group 63 has none that changes nothing, and is left out. */
MUST_CHECK enum err smp_group_list(struct smp_client *c, struct smp_group_list *list);
/* A group's name as Zephyr's documentation has it; NULL: it is not known. */
const char *smp_group_name(uint32_t id);

/* ---- group 63, zephyr basic ---- */

MUST_CHECK enum err smp_storage_erase(struct smp_client *c);

/* ---- group 8, fs ---- */

MUST_CHECK enum err smp_fs_status(struct smp_client *c, const char *name, uint32_t *len);
/* The file that the server holds open for an upload or a download, if any, is closed. */
MUST_CHECK enum err smp_fs_close(struct smp_client *c);

struct smp_fs_hash {
    struct cbor_span type;
    uint32_t off, len; /* of the bytes that were hashed */
    bool is_number;
    uint32_t number;        /* crc32 */
    struct cbor_span bytes; /* sha256 */
};
/* type NULL: the server's default, crc32 on Zephyr. len 0: to the file's end. */
MUST_CHECK enum err smp_fs_hash(struct smp_client *c, const char *name, const char *type,
                                uint32_t off, uint32_t len, struct smp_fs_hash *h);

struct smp_fs_type {
    struct cbor_span name;
    uint32_t format; /* 0: a number, 1: bytes */
    uint32_t size;   /* bytes */
};

struct smp_fs_type_list {
    unsigned count;
    struct smp_fs_type type[SMP_ENTRIES_MAX];
};
MUST_CHECK enum err smp_fs_types(struct smp_client *c, struct smp_fs_type_list *list);

/* An upload of a file: off is where it goes on, 0 for a new file, and done is its end. The caller calls smp_fs_upload_step
 * until done; after a lost link, too. */
struct smp_fs_upload {
    const char *name; /* on the device */
    const uint8_t *data;
    uint32_t len, off;
    bool done;
    uint32_t best;
    unsigned stalls; /* answers in a row without more than best */
};

/* One chunk. If the server has another length than off, the upload goes on from there: an answer was lost, or the device was
 * reset meanwhile. ERR_STATE: no progress after several answers. ERR_FORMAT: the answer makes no sense. */
MUST_CHECK enum err smp_fs_upload_step(struct smp_client *c, struct smp_fs_upload *u);

/* A download; the next bytes are from off on. */
struct smp_fs_download {
    const char *name;
    uint32_t len, off; /* len: of the file, once has_len is true */
    bool has_len, done;
};

/* One chunk, which *data names; off is behind it. ERR_FORMAT: the answer makes no sense, or the file has become shorter. */
MUST_CHECK enum err smp_fs_download_step(struct smp_client *c, struct smp_fs_download *d,
                                         struct cbor_span *data);

#endif
