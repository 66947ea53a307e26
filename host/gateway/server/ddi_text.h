/* ddi_text.h - a device's words in a form that a server stores and a page shows. Apart from the writers: the names of
 * jansson's functions are also those of cli.h. */
#ifndef HOST_GATEWAY_SERVER_DDI_TEXT_H
#define HOST_GATEWAY_SERVER_DDI_TEXT_H

#include <stddef.h>

/* Bytes for n characters of UTF-8 and a NUL. */
#define DDI_TEXT_BYTES(n) (4 * (n) + 1)

/* text as ddi.h describes it into dst of DDI_TEXT_BYTES(max) bytes: valid UTF-8 of at most max (at least 3) characters; of
 * more, the last three are "...". A character counts as UTF-16 does, which is what a server in Java stores. */
void ddi_text_clean(char *dst, const char *text, size_t max);

#endif
