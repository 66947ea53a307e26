/* tty_speed.h - the speed of a terminal line in baud, as termios has it: a code for each. */
#ifndef HOST_CLIENT_LINK_TTY_SPEED_H
#define HOST_CLIENT_LINK_TTY_SPEED_H

#include <stdbool.h>
#include <termios.h>

/* The speed of a pty that nobody has set [Linux, tty_std_termios]. */
#define TTY_SPEED_UNSET 38400u

/* 0: termios has a code that is none of ours. */
unsigned tty_speed(const struct termios *t);
/* False, and t unchanged: termios has no code for it. */
bool tty_set_speed(struct termios *t, unsigned baud);

#endif
