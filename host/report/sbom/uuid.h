/* uuid.h - UUIDs made from a name, RFC 4122 version 5: the same name, the same UUID. */
#ifndef HOST_REPORT_SBOM_UUID_H
#define HOST_REPORT_SBOM_UUID_H

#include <stddef.h>
#include <stdint.h>

#define UUID_SIZE 16u
#define UUID_TEXT 37u /* "6ba7b811-9dad-11d1-80b4-00c04fd430c8" and a NUL */

extern const uint8_t uuid_dns[UUID_SIZE]; /* the RFC's name space of domain names */

/* From the SHA-1 of len bytes at name in a name space. */
void uuid_of_name(const uint8_t space[UUID_SIZE], const void *name, size_t len,
                  uint8_t uuid[UUID_SIZE]);
void uuid_print(char text[UUID_TEXT], const uint8_t uuid[UUID_SIZE]);

#endif
