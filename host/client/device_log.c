#include "host/client/device_log.h"

#include <string.h>

#include "host/cli/core/cli.h"
#include "host/cli/core/progress.h"

void device_log_init(struct device_log *l, FILE *show)
{
    memset(l, 0, sizeof *l);
    l->show = show;
}

/* Length of the character at s; 0: it is none, or a control character of the upper half (C1). */
static unsigned text_length(const unsigned char *s)
{
    bool control = s[0] == 0xc2 && s[1] < 0xa0;
    return control ? 0 : cli_utf8_length(s);
}

static void replace_noise(struct device_log *l, char *line)
{
    for (unsigned char *s = (unsigned char *)line; *s != '\0';) {
        unsigned n = text_length(s);
        l->noise += n == 0;
        if (n == 0)
            *s = '?';
        s += n == 0 ? 1 : n;
    }
}

bool device_log_is_noise(const struct device_log *l)
{
    return l->noise > 8 && l->noise > l->bytes / 4;
}

static char *open_line(struct device_log *l)
{
    return l->line[l->count % DEVICE_LOG_LINES];
}

void device_log_flush(struct device_log *l)
{
    if (l->len == 0)
        return;
    char *line = open_line(l);
    line[l->len] = '\0';
    l->len = 0;
    replace_noise(l, line);
    if (line[0] == '\0')
        return;
    l->count++;
    if (l->show == NULL)
        return;
    progress_make_room();
    cli_print(l->show, "device| %s\n", line);
    fflush(l->show);
}

void device_log_text(struct device_log *l, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        l->bytes++;
        if (c == '\n')
            device_log_flush(l);
        if (escapes_take(&l->escapes, c))
            continue;
        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            l->noise += c != '\n' && c != '\r';
            continue;
        }
        if (l->len == DEVICE_LOG_WIDTH - 1)
            device_log_flush(l); /* an endless line is shown in pieces */
        open_line(l)[l->len++] = (char)c;
    }
}

unsigned device_log_kept(const struct device_log *l)
{
    /* The line under construction uses one place of the ring. */
    return l->count < DEVICE_LOG_LINES - 1 ? (unsigned)l->count : DEVICE_LOG_LINES - 1;
}

const char *device_log_line(const struct device_log *l, unsigned n)
{
    return l->line[(l->count - device_log_kept(l) + n) % DEVICE_LOG_LINES];
}
