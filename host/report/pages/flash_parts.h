/* flash_parts.h - what the pages and test cases of `rehearse flash` and of the museum have in common. */
#ifndef HOST_REPORT_PAGES_FLASH_PARTS_H
#define HOST_REPORT_PAGES_FLASH_PARTS_H

#include <jansson.h>
#include <stdbool.h>

#include "host/report/markup.h"

/* More than any report of ours has. What a document has beyond that is not drawn, so a hostile one costs no more. */
#define FLASH_CHECKS_MAX   256u
#define FLASH_FINDINGS_MAX 256u
#define FLASH_SETUPS_MAX   8u
#define FLASH_EXHIBITS_MAX 256u

/* The elements of an array, at most so many. */
size_t flash_count(const json_t *array, size_t most);

/* The name of a setup of the report, "" if there is none. */
const char *flash_setup(const json_t *report, size_t n);
/* How a check ended in one setup: "found", "passed" or "left out". row: of the report's "table". */
const char *flash_outcome(const json_t *row, const char *setup);

/* The filter, and the table of checks and setups. */
void flash_table(struct markup *m, const json_t *report);

/* The n-th finding of the report, or of a museum's exhibit, folded: what the check asks (as table says), where it came up,
 * and the accesses before it. */
void flash_finding(struct markup *m, const json_t *report, size_t n, const json_t *table,
                   bool open);

/* "erase_sectors: erase 0x100000+0x20000: started a sector erase at 0x000000", cut to what fits. */
#define FLASH_TEXT 400
void flash_finding_text(char text[FLASH_TEXT], const json_t *finding);
bool flash_finding_in(const json_t *finding, const char *setup);

#endif
