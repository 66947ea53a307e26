/* fuzz_rollback_store - any bytes as the two pages, any words unreadable: a record is found or damage is reported,
 * never both, and a store is found again and lowers nothing. The first byte chooses the size of a flash word, and
 * which pages get a valid head and checksum; the second what is unreadable. */
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/crc.h"
#include "core/update/rollback/rollback_store.h"
#include "testing/fake_flash.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if (!ok)
        abort();
}

enum { SECTOR = 256 };

/* Make magic, count and checksum valid, which would stop most inputs at the first check. */
static void repair(uint8_t *page)
{
    uint32_t count = page[8] % (SECTOR / ROLLBACK_RECORD_SIZE);
    memcpy(page, "RtCt", 4);
    put_le32(page + 8, count);
    uint32_t sum = crc32_zlib(0, page + ROLLBACK_RECORD_SIZE, count * ROLLBACK_RECORD_SIZE);
    put_le32(page + 28, crc32_zlib(sum, page, 28));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[2 * SECTOR], words[2 * SECTOR];
    struct fake_flash f;
    struct rollback_record r = {.type = ROLLBACK_COUNTER}, again = r;
    bool found, damaged;
    if (size < 2)
        return 0;
    uint32_t word = 1u << ((data[0] & 0x3f) % 6);
    fake_init(&f, word, SECTOR, 2, bytes, words);
    size_t n = size - 2 < sizeof bytes ? size - 2 : sizeof bytes;
    memcpy(bytes, data + 2, n);
    if (data[0] & 0x40)
        repair(bytes);
    if (data[0] & 0x80)
        repair(bytes + SECTOR);
    memset(words, FAKE_WRITTEN, sizeof words / word);
    for (uint32_t i = 0; i < sizeof bytes / word; i++)
        if (data[1] != 0 && i % 37 == data[1])
            fake_spoil(&f, i * word, FAKE_UNREADABLE);
    const struct flash_area a = {.flash = &f.flash, .size = sizeof bytes};
    check(rollback_store_check(&a) == ERR_OK);
    check(rollback_store_find(&a, &r, &found, &damaged) == ERR_OK);
    check(!(found && damaged));
    uint32_t wanted = found && r.value > 77 ? r.value : 77; /* it only rises */
    r.value = 77;
    enum err e = rollback_store_raise(&a, &r, NULL);
    check(e == ERR_OK || e == ERR_NOSPC);
    check(f.violations == 0);
    check(rollback_store_find(&a, &again, &found, NULL) == ERR_OK);
    check(e == ERR_NOSPC || (found && again.value == wanted));
    return 0;
}
