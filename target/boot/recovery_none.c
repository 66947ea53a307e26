#include "target/boot/recovery.h"

const uint8_t recovery_kind = BOOT_INFO_NO_RECOVERY;

bool recovery_is_asked(void)
{
    return false;
}

void recovery_run(const struct slot_pair *slots, uint8_t *buf, size_t len)
{
    (void)slots;
    (void)buf;
    (void)len;
}
