/* text.h - texts that a person reads. TEXT puts one into a section of its own, where a product may hold it packed.
 *
 * In a product with PACKED_TEXTS (tools/cmake/target.cmake) that section is not loaded. It lies at addresses where
 * there is no memory, so a text's address is good for one thing: to name it. tools/pack_texts.py reads the section from
 * a first link and writes it out packed, for the second; text_plain unpacks from the beginning and counts until it is
 * where the address says. Every other program loads the section as it is. */
#ifndef CORE_BASE_TEXT_H
#define CORE_BASE_TEXT_H

#include "core/base/compiler.h"

/* A string literal, to be read through text_plain or a log line's "%s" only. */
#define TEXT(literal) TEXT_IN_PLACE(TEXT_SECTION, literal)
/* For a static array of several, each behind the other's zero: read through text_nth. */
#define TEXT_SECTION SECTION(".texts")

/* The longest text, its zero included; the build of packed texts refuses a longer one. */
#define TEXT_MAX 160

/* The text as it can be read, at text itself or in room, which has TEXT_MAX bytes. Takes any other string too, and
 * returns it. */
const char *text_plain(const char *text, char *room);

/* The text behind n others; there must be so many. */
const char *text_nth(const char *texts, unsigned n);

#endif
