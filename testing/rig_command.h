/* rig_command.h - for tests: run a command as main does, and keep what it printed. */
#ifndef TESTING_RIG_COMMAND_H
#define TESTING_RIG_COMMAND_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/compiler.h"

extern char rig_output[1 << 16]; /* stdout and stderr of the last command */

/* folder: exists, and takes one file of ours until rig_end. */
void rig_begin(const char *folder);
void rig_end(void);

/* The command's words, with single blanks between them. Its exit code. */
int rig_command(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Fails the test if the text is not, or is, in what the command printed. */
void rig_expect(const char *text);
void rig_expect_not(const char *text);

void rig_save(const char *path, const uint8_t *bytes, size_t len);

#endif
