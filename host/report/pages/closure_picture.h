/* closure_picture.h - the way to a violation as a picture: power sessions side by side, in each of them the flash operations
 * by sector, and where power was cut. */
#ifndef HOST_REPORT_PAGES_CLOSURE_PICTURE_H
#define HOST_REPORT_PAGES_CLOSURE_PICTURE_H

#include <jansson.h>

#include "host/report/markup.h"

/* path: an element of "paths". What a path of ours never has, more than 80 sessions or 64 sectors, is left out. */
void closure_picture(struct markup *m, const json_t *path);
/* What its colours and signs mean. */
void closure_picture_legend(struct markup *m);

#endif
