/* Serial recovery under any console input. A first byte chooses what the slots look like; then come pieces: one byte
 * says whether the piece is a packet to be framed or raw bytes, two its length. However that ends, nothing outside
 * the slots changes, no word is programmed twice, the watchdog is fed, and what is answered is whole frames. */
#include <stdlib.h>
#include <string.h>

#include "testing/fake_board.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct host_board board;

static void set_up(uint8_t state)
{
    static uint8_t text[HOST_SECTOR];
    memset(text, state, sizeof text);
    host_board_init(&board);
    if (state & 1)
        fake_place(&board.fake, HOST_SLOT0, text, sizeof text);
    if (state & 2)
        fake_spoil(&board.fake, HOST_SLOT0 + (state >> 4) * HOST_WORD, FAKE_UNREADABLE);
    if (state & 4)
        fake_spoil(&board.fake, HOST_SLOT1 - HOST_WORD, FAKE_TOUCHED);
    if (state & 8)
        fake_cut_at(&board.fake, 1 + (state >> 4) * 3, FAKE_CUT_MIXED, state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct host_answer answers[1];
    if (size == 0)
        return 0;
    set_up(data[0]);
    for (size_t at = 1; at + 3 <= size;) {
        size_t len = (size_t)(data[at + 1] << 8 | data[at + 2]) % 1200;
        bool framed = (data[at] & 1) == 0;
        at += 3;
        len = len < size - at ? len : size - at;
        if (framed)
            host_board_send(&board, data + at, len);
        else
            host_board_type(&board, data + at, len);
        at += len;
    }
    host_board_run(&board);
    if (!host_board_is_unharmed(&board) || board.feeds == 0 ||
        host_board_answers(&board, answers, 1) == UINT32_MAX)
        abort();
    return 0;
}
