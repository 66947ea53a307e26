/* pages.h - what is drawn of each kind of report. A page_* writes sections between page_begin and page_end, which
 * report_draw calls; a junit_* opens suites and adds their cases. The report is an object, and its members may be anything
 * (document.h); report_draw has checked "report" and "schema". */
#ifndef HOST_REPORT_PAGES_PAGES_H
#define HOST_REPORT_PAGES_PAGES_H

#include <jansson.h>

#include "host/report/junit.h"
#include "host/report/markup.h"

void page_update(struct markup *m, const json_t *report);
void junit_update(struct junit *j, const json_t *report);
void page_flash(struct markup *m, const json_t *report);
void junit_flash(struct junit *j, const json_t *report);
void page_closure(struct markup *m, const json_t *report);
void junit_closure(struct junit *j, const json_t *report);
void page_fleet(struct markup *m, const json_t *report);
void junit_fleet(struct junit *j, const json_t *report);
void page_museum(struct markup *m, const json_t *report);
void junit_museum(struct junit *j, const json_t *report);

#endif
