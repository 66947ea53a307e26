#include "core/base/crc.h"

uint16_t crc16_xmodem(uint16_t seed, const void *data, size_t len)
{
    const uint8_t *p = data;
    uint32_t crc = seed;
    for (size_t i = 0; i < len; i++) {
        crc ^= (uint32_t)p[i] << 8;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc & 0x8000u) ? (crc << 1) ^ 0x1021u : crc << 1;
        crc &= 0xffffu;
    }
    return (uint16_t)crc;
}
