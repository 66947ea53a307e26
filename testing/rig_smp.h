/* rig_smp.h - for core/smp/'s tests and fuzzers: a device in one process. Two slots on a fake flash, hash-only images,
 * a server, its log, and a link from a client to it. */
#ifndef TESTING_RIG_SMP_H
#define TESTING_RIG_SMP_H

#include "core/smp/server/server.h"
#include "core/smp/wire/transport.h"
#include "testing/fake_flash.h"

#define SMP_RIG_SECTORS 7u /* per slot */
#define SMP_RIG_WORD    32u
#define SMP_RIG_BLOCK   512u
#define SMP_RIG_RING    8192u /* the reception buffer */
#define SMP_RIG_BUF     384u  /* the buffer size that the server reports */
#define SMP_RIG_ANSWER  640u  /* the longest answer: the list of two images */
#define SMP_RIG_LOG_MAX 16384u

struct rig {
    struct fake_flash fake;
    uint8_t *bytes, *words; /* of the fake */
    struct slot_pair pair;
    struct smp_server server;
    struct smp_server_config config;
    uint8_t block[SMP_RIG_BLOCK], ring[SMP_RIG_RING], response[SMP_RIG_ANSWER];
    unsigned feeds, resets;
    unsigned touched_again; /* programs of a used word outside the sector in front of the image */
    uint32_t reset_delay, boot_mode;
    unsigned erases_first;     /* erases before the first program */
    unsigned erases;           /* all of them */
    uint32_t first_program;    /* device offset of the first program; UINT32_MAX: none yet */
    char log[SMP_RIG_LOG_MAX]; /* log lines without their stamps */
    size_t log_len;
};

/* slot0 at one slot's size behind the start, slot1 at slot1_offset; the two may lie in two banks. One rig at a time:
 * it takes the log. *b is zero or was used before. */
void smp_rig_init(struct rig *b, uint32_t sector, uint32_t slot1_offset, uint32_t flash_size);
/* The small one that most tests use: sectors of 4 KiB. */
void smp_rig_small(struct rig *b);
void smp_rig_free(struct rig *b);
/* Its flash erases beside the program (so many polls an erase) and tells which words are virgin; the server has a
 * reception buffer. */
void smp_rig_erase_beside(struct rig *b, uint32_t polls);

/* Power off and on: the flash stays, the server starts anew. */
void smp_rig_restart(struct rig *b);
void smp_rig_clear_log(struct rig *b);

/* A whole image of len bytes or a little less, filled from seed. Returns its length. */
uint32_t smp_rig_image(uint8_t *out, uint32_t len, unsigned major, unsigned minor, uint32_t build,
                       uint8_t seed);
/* Its SHA-256 TLV. */
void smp_rig_image_hash(const uint8_t *image, uint32_t len, uint8_t hash[SHA256_SIZE]);
/* Put it into a slot at off, as a programmer would. */
void smp_rig_install(struct rig *b, enum slot s, uint32_t off, const uint8_t *image, uint32_t len);

/* The trailers as a bootloader leaves them after a test swap that is not confirmed. */
void smp_rig_set_revert(struct rig *b);

/* Handle one request given in hex (spaces skipped); the response as hex in static memory, "" if there is none. */
const char *smp_rig_ask(struct rig *b, const char *hex);
/* Bytes from hex; returns how many. */
size_t smp_rig_unhex(uint8_t *out, size_t cap, const char *hex);

/* A link whose send runs the server at once. What may happen to packets on the way is drawn from seed; loss,
 * duplicate: per 256. */
struct smp_rig_link {
    struct smp_link link;
    struct rig *rig;
    uint32_t seed;
    unsigned loss, duplicate;
    uint8_t queue[8][SMP_RIG_ANSWER]; /* answers not yet taken */
    size_t queue_len[8];
    unsigned head, count;
};
void smp_rig_link_init(struct smp_rig_link *l, struct rig *b);

#endif
