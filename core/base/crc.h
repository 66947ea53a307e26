/* crc.h - checksums, with small tables or none: the device pays in bytes first. */
#ifndef CORE_BASE_CRC_H
#define CORE_BASE_CRC_H

#include <stddef.h>
#include <stdint.h>

/* CRC-16/XMODEM: polynomial 0x1021, no reflection, no final xor. seed is 0 for a fresh sum or
 * the previous result to go on. crc16_xmodem(0, "123456789", 9) == 0x31c3. */
uint16_t crc16_xmodem(uint16_t seed, const void *data, size_t len);

/* CRC-32 of Ethernet and zlib: polynomial 0x04c11db7, reflected. seed is 0 for a fresh sum or the
 * previous result to go on. crc32_zlib(0, "123456789", 9) == 0xcbf43926. */
uint32_t crc32_zlib(uint32_t seed, const void *data, size_t len);

#endif
