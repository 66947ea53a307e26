/* pages.h - memory in pages of 16 KB that boards share until one of them writes.
 *
 * A table of page pointers is a memory; a copy of the table plus pages_share is a copy of the memory. Counts are
 * atomic, so boards in different threads may share pages. */
#ifndef VBOARD_SOC_H7_FLASH_PAGES_H
#define VBOARD_SOC_H7_FLASH_PAGES_H

#include <stddef.h>
#include <stdint.h>

#define SOC_PAGE 0x4000u

/* n new references to what a table holds; entries may be NULL. */
void pages_share(uint8_t *const *table, size_t n);
/* n references fewer; the entries become NULL. */
void pages_drop(uint8_t **table, size_t n);
/* Make *page one that nobody else has, with the same contents (NULL: undefined ones). Ends the program if memory
 * is short. Returns it. */
uint8_t *page_own(uint8_t **page);
/* Pages that exist now, shared ones counted once. */
size_t pages_alive(void);

#endif
