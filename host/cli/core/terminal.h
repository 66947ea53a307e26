/* terminal.h - what the place can show that a program's words go to. */
#ifndef HOST_CLI_CORE_TERMINAL_H
#define HOST_CLI_CORE_TERMINAL_H

#include <stdbool.h>

/* Columns that a line may have on this file descriptor. The last one of a terminal stays free: some wrap as soon as it is
 * written. 80 for a file, a pipe, and a terminal that does not know its width. */
#define TERMINAL_WIDTH 80u
unsigned terminal_width(int fd);

/* Does the locale say UTF-8? As its name says it: the locale itself need not be installed, and on a small system often is
 * not. */
bool terminal_utf8(void);

#endif
