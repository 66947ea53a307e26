/* cleanup.h - what must not outlive the program: unfinished files, temporary folders, tools that run for it, a
 * terminal that does not echo.
 *
 * A signal that would end the program first undoes what is listed here and then ends it, so that the exit status
 * names the signal. A signal that is ignored or has another handler is left alone. A normal exit does not use the
 * list: whoever adds something also undoes it and takes it off. A child of fork() undoes nothing of its parent's. */
#ifndef HOST_CLI_CORE_CLEANUP_H
#define HOST_CLI_CORE_CLEANUP_H

#include <signal.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <termios.h>

/* No signal is handled between these two calls, so that a thing is either made and listed, or neither. before: for
 * cleanup_release. */
void cleanup_hold(sigset_t *before);
void cleanup_release(const sigset_t *before);

/* Add a file, or a folder (before anything that is in it); path is copied. False: the list is full (CLEANUP_PATHS of
 * them, each shorter than PATH_MAX). */
#define CLEANUP_PATHS 64 /* an evidence pack's files, and a few */
bool cleanup_add(const char *path);
/* Make a folder and add it, or neither. False: errno says why. */
bool cleanup_make_folder(const char *path, mode_t mode);
/* Take path off the list, whether it still exists or not. */
void cleanup_forget(const char *path);

/* From now on (until false) the first SIGINT or SIGTERM is only noted, so that what is under way can end in order; the
 * second one ends the program as ever. A signal that is ignored stays so. */
void cleanup_note_signals(bool note);
/* The signal that was noted since, or 0. */
int cleanup_noted_signal(void);

/* The process group to be killed; 0: none. */
void cleanup_group(pid_t group);

/* At the end the terminal gets the modes in before. A stop (Ctrl-Z) restores them, too, and continuing sets during
 * and prints text again. fd < 0: forget the terminal; the caller restores its modes. text is not copied. */
void cleanup_terminal(int fd, const struct termios *before, const struct termios *during,
                      const char *text);

#endif
