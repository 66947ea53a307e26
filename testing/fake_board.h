/* fake_board.h - a board for target/boot/recovery_serial.c on the host: two slots for each of RECOVERY_IMAGES images on
 * a fake flash, between two areas that are not recovery's, and a console that is two buffers. */
#ifndef TESTING_FAKE_BOARD_H
#define TESTING_FAKE_BOARD_H

#include "core/smp/wire/packet.h"
#include "core/update/update.h"
#include "testing/fake_flash.h"

#define HOST_SECTOR  4096u
#define HOST_WORD    32u
#define HOST_SECTORS 7u /* per slot */
#define HOST_SLOTS   (2u * RECOVERY_IMAGES)
#define HOST_SLOT(n) (HOST_SECTOR + (n)*HOST_SECTORS * HOST_SECTOR) /* as mcumgr numbers them */
#define HOST_SLOT0   HOST_SLOT(0)
#define HOST_SLOT1   HOST_SLOT(1)
#define HOST_FLASH   (HOST_SLOT(HOST_SLOTS) + HOST_SECTOR)
#define HOST_BUF     1024u /* CONFIG_BOOT_COPY_BUF_SIZE */
#define HOST_INPUT   65536u

struct host_board {
    struct fake_flash fake;
    uint8_t bytes[HOST_FLASH], words[HOST_FLASH / HOST_WORD];
    struct slot_pair pairs[RECOVERY_IMAGES];
    size_t input_len, input_at, output_len;
    unsigned feeds, naps;
    uint64_t now_us;
    bool was_reset;
    uint32_t boot_mode;                            /* left for the next boot */
    uint8_t input[HOST_INPUT], output[HOST_INPUT]; /* last: not cleared */
};

/* Erased flash, but for the two areas outside the slots. */
void host_board_init(struct host_board *b);

/* Append bytes, or a packet in its frame, to what will come in; what does not fit is left out whole. */
void host_board_type(struct host_board *b, const void *bytes, size_t len);
void host_board_send(struct host_board *b, const uint8_t *packet, size_t len);

/* Run recovery until it resets the board, or has taken everything and sleeps. The input is used up, the output new. */
void host_board_run(struct host_board *b);

/* The answers in the output, each in a frame of its own with a right CRC, in order. Returns how many; at most max
 * are kept. */
struct host_answer {
    uint8_t packet[512];
    size_t len;
};
unsigned host_board_answers(const struct host_board *b, struct host_answer *answers, unsigned max);

/* Nothing outside the slots has changed, and no word was programmed twice. */
bool host_board_is_unharmed(const struct host_board *b);

#endif
