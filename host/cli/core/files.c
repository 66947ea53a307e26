/* files.c - whole files in, hexadecimal, and the memory that lives as long as a command. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/cli/core/cli.h"

/* For fewer bytes populating gains nothing. */
#define POPULATE_MIN (256u * 1024u)

/* Memory that was handed out to this thread, newest first; cli_release frees it. */
struct kept {
    struct kept *next;
    max_align_t data[];
};
static _Thread_local struct kept *kept;

static void *keep(size_t len)
{
    struct kept *k = malloc(sizeof *k + len);
    if (k == NULL) {
        fputs("error: out of memory\n", stderr);
        abort();
    }
    k->next = kept;
    kept = k;
    return k->data;
}

/* Resize the newest block; it may move. */
static void *grow(size_t len)
{
    struct kept *k = realloc(kept, sizeof *k + len);
    if (k == NULL) {
        fputs("error: out of memory\n", stderr);
        abort();
    }
    kept = k;
    return k->data;
}

const void *cli_mark(void)
{
    return kept;
}

void cli_release(void)
{
    cli_release_to(NULL);
}

void cli_release_to(const void *mark)
{
    while (kept != mark) {
        struct kept *next = kept->next;
        free(kept);
        kept = next;
    }
}

void *cli_memory(size_t len)
{
    return memset(keep(len + 1), 0, len + 1);
}

const char *cli_text(const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    char *text = keep(len < 0 ? 1 : (size_t)len + 1);
    text[0] = '\0';
    if (len >= 0)
        vsnprintf(text, (size_t)len + 1, fmt, again);
    va_end(again);
    return text;
}

static int cannot_read(const char *path, const char *why)
{
    return cli_fail(CLI_BAD_FILE, cli_text("cannot read '%s'", path), why,
                    "check the file's name and permissions");
}

void cli_populate(void *data, size_t len)
{
    const uintptr_t page = 4096, start = ((uintptr_t)data + page - 1) & ~(page - 1);
    const uintptr_t end = ((uintptr_t)data + len) & ~(page - 1);
    if (end > start && end - start >= POPULATE_MIN)
        (void)!madvise((uint8_t *)data + (start - (uintptr_t)data), end - start,
                       MADV_POPULATE_WRITE);
}

/* The file's size if it is known before reading; 0 for a pipe. */
static size_t expected_size(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 ? (size_t)st.st_size : 0;
}

/* Read to the end into a kept block, which grows if the file is longer than expected. */
static int read_all(int fd, const char *path, size_t max, struct cli_room room, struct cli_blob *b)
{
    size_t expected = expected_size(fd), len = 0, around = room.front + room.back + 1;
    size_t cap =
        expected == 0 ? 64 * 1024 : (expected <= max ? expected : max) + 1; /* 1: to see the end */
    uint8_t *data = (uint8_t *)keep(cap + around) + room.front;
    cli_populate(data, cap);
    for (;;) {
        if (len == cap) {
            cap *= 2;
            data = (uint8_t *)grow(cap + around) + room.front;
        }
        ssize_t n = read(fd, data + len, cap - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return cannot_read(path, strerror(errno));
        len += (size_t)n;
        if (len > max)
            return cannot_read(path, cli_text("it is larger than %zu bytes", max));
        if (n == 0)
            break;
    }
    data[len] = 0;
    *b = (struct cli_blob){data, len};
    return CLI_DONE;
}

static int open_to_read(const char *path, int *fd)
{
    bool standard = strcmp(path, "-") == 0;
    *fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    return *fd >= 0 ? CLI_DONE : cannot_read(path, strerror(errno));
}

static int read_and_close(int fd, const char *path, size_t max, struct cli_room room,
                          struct cli_blob *b)
{
    int code = read_all(fd, fd == STDIN_FILENO ? "standard input" : path, max, room, b);
    if (fd != STDIN_FILENO)
        close(fd);
    return code;
}

int cli_read_file_within(const char *path, size_t max, struct cli_room room, struct cli_blob *b)
{
    int fd, code = open_to_read(path, &fd);
    return code == CLI_DONE ? read_and_close(fd, path, max, room, b) : code;
}

int cli_read_file(const char *path, size_t max, struct cli_blob *b)
{
    return cli_read_file_within(path, max, (struct cli_room){0}, b);
}

void cli_hex(char *dst, const void *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *b = bytes;
    for (size_t i = 0; i < len; i++) {
        dst[2 * i] = digits[b[i] >> 4];
        dst[2 * i + 1] = digits[b[i] & 15];
    }
    dst[2 * len] = '\0';
}

static unsigned nibble(char c)
{
    return isdigit((unsigned char)c) ? (unsigned)(c - '0')
                                     : (unsigned)(tolower((unsigned char)c) - 'a') + 10;
}

bool cli_unhex(const char *text, uint8_t *dst, size_t cap, size_t *len)
{
    size_t digits = strlen(text);
    if (digits == 0 || digits % 2 != 0 || digits / 2 > cap)
        return false;
    for (size_t i = 0; i < digits; i++)
        if (!isxdigit((unsigned char)text[i]))
            return false;
    for (size_t i = 0; i < digits / 2; i++)
        dst[i] = (uint8_t)(nibble(text[2 * i]) << 4 | nibble(text[2 * i + 1]));
    *len = digits / 2;
    return true;
}
