#include "cli/device_log.h"

#include <string.h>

#include "cli/progress.h"

void device_log_init(struct device_log *l, FILE *show)
{
    memset(l, 0, sizeof *l);
    l->show = show;
}

/* Remove "ESC [ parameters letter" (colours) in place. */
static void strip_escapes(char *s)
{
    char *to = s;
    while (*s != '\0') {
        if (s[0] == '\x1b' && s[1] == '[') {
            for (s += 2; *s != '\0' && !(*s >= '@' && *s <= '~'); s++)
                ;
            s += *s != '\0';
        } else if (*s == '\x1b') {
            s++;
        } else {
            *to++ = *s++;
        }
    }
    *to = '\0';
}

/* Bytes of the UTF-8 sequence at s, 1 for ASCII; 0: it is none. */
static unsigned utf8(const unsigned char *s)
{
    unsigned n = s[0] < 0x80   ? 1
                 : s[0] < 0xc2 ? 0
                 : s[0] < 0xe0 ? 2
                 : s[0] < 0xf0 ? 3
                 : s[0] < 0xf5 ? 4
                               : 0;
    for (unsigned i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    return n == 2 && s[0] == 0xc2 && s[1] < 0xa0 ? 0 : n; /* C1 control characters */
}

static void replace_noise(struct device_log *l, char *line)
{
    for (unsigned char *s = (unsigned char *)line; *s != '\0';) {
        unsigned n = utf8(s);
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
    strip_escapes(line);
    replace_noise(l, line);
    if (line[0] == '\0')
        return;
    l->count++;
    if (l->show == NULL)
        return;
    progress_make_room();
    fprintf(l->show, "device| %s\n", line);
    fflush(l->show);
}

void device_log_text(struct device_log *l, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        l->bytes++;
        if (c == '\n')
            device_log_flush(l);
        if ((c < 0x20 && c != '\t' && c != '\x1b') || c == 0x7f) {
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
