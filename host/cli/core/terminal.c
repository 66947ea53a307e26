#include "host/cli/core/terminal.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/base/compiler.h"

unsigned terminal_width(int fd)
{
    struct winsize w;
    return isatty(fd) == 1 && ioctl(fd, TIOCGWINSZ, &w) == 0 && w.ws_col > 1 ? w.ws_col - 1u
                                                                             : TERMINAL_WIDTH;
}

/* The first of these variables that is not empty decides [POSIX, 8.2]. */
static const char *locale_name(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < ARRAY_LEN(variables); i++) {
        const char *value = getenv(variables[i]);
        if (value != NULL && value[0] != '\0')
            return value;
    }
    return "C";
}

/* "de_DE.UTF-8@euro", "C.utf8": language, encoding, variant. */
bool terminal_utf8(void)
{
    const char *dot = strchr(locale_name(), '.');
    if (dot == NULL)
        return false;
    const size_t len = strcspn(dot + 1, "@");
    return (len == 5 && strncasecmp(dot + 1, "UTF-8", len) == 0) ||
           (len == 4 && strncasecmp(dot + 1, "UTF8", len) == 0);
}
