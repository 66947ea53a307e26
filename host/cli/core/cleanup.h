/* cleanup.h - what must not outlive the program: unfinished files, temporary folders, tools that run for it, a terminal that
 * does not echo.
 *
 * A signal that would end the program first undoes what is listed here, and then does end it: the exit status tells the
 * signal. One that is ignored, or that somebody else handles, stays as it is. The normal way out does not come here: who
 * lists something also undoes it and takes it off the list. A child of fork() undoes nothing of its parent's. */
#ifndef HOST_CLI_CORE_CLEANUP_H
#define HOST_CLI_CORE_CLEANUP_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

/* Between the two no signal is served, so that something is made and listed, or neither. before: for cleanup_release. */
void cleanup_hold(sigset_t *before);
void cleanup_release(const sigset_t *before);

/* A file, or a folder that was listed before all that is in it. Copied. False: there is no room for it (CLEANUP_PATHS of
 * them, each shorter than PATH_MAX). */
#define CLEANUP_PATHS 12
bool cleanup_add(const char *path);
/* Off the list, whether it is there still or not. */
void cleanup_forget(const char *path);

/* The process group to be killed; 0: none. */
void cleanup_group(pid_t group);

/* The terminal's modes are to be before again. A stop (Ctrl-Z) puts them back, too, and going on then sets during and writes
 * text again. fd < 0: the list has no terminal; the modes are the caller's to put back. text is not copied. */
void cleanup_terminal(int fd, const struct termios *before, const struct termios *during,
                      const char *text);

#endif
