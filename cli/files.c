/* files.c - whole files in and out, hexadecimal, and the memory that lives as long as a command. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

#define SECRET_MODE 0600u

/* Below it a page at a time is as good. */
#define POPULATE_MIN (256u * 1024u)

/* What was handed out, newest first. */
struct kept {
    struct kept *next;
    max_align_t data[];
};
static struct kept *kept;

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

/* The newest of what was handed out, at a new size and perhaps at another place. */
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

void cli_release(void)
{
    while (kept != NULL) {
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

/* What can be told of a file's size before it is read: of a pipe nothing. */
static size_t expected_size(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 ? (size_t)st.st_size : 0;
}

/* Read to the end into what is kept, which grows if there is more than expected. */
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

int cli_read_file_within(const char *path, size_t max, struct cli_room room, struct cli_blob *b)
{
    if (strcmp(path, "-") == 0)
        return read_all(STDIN_FILENO, "standard input", max, room, b);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return cannot_read(path, strerror(errno));
    int code = read_all(fd, path, max, room, b);
    close(fd);
    return code;
}

int cli_read_file(const char *path, size_t max, struct cli_blob *b)
{
    return cli_read_file_within(path, max, (struct cli_room){0}, b);
}

static bool write_all(int fd, const uint8_t *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

static int cannot_write(const char *path)
{
    return cli_fail(CLI_BAD_FILE, cli_text("cannot write '%s'", path), strerror(errno),
                    "check the folder, its permissions and the free space");
}

/* /dev/stdout and the like cannot be replaced by a rename. */
static bool is_special(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

/* Both ways are atomic. A rename over a file makes ext4 give the new one its place on the disk before it returns, 1.3 ms
 * that only keep an image through a power loss of this computer; an exchange does not, but not every file system has it. */
static bool replace(const char *target, const char *path, bool sync)
{
    if (sync || renameat2(AT_FDCWD, target, AT_FDCWD, path, RENAME_EXCHANGE) != 0)
        return rename(target, path) == 0;
    (void)!unlink(target);
    return true;
}

int cli_write_file(const char *path, const void *data, size_t len, unsigned mode)
{
    bool direct = is_special(path);
    const char *target = direct ? path : cli_text("%s.%ld.tmp", path, (long)getpid());
    int fd = open(target, O_WRONLY | O_CLOEXEC | (direct ? 0 : O_CREAT | O_TRUNC), (mode_t)mode);
    if (fd < 0)
        return cannot_write(path);
    /* A secret cannot be made again; anything else can, and a build does not wait for the disk. */
    bool sync = !direct && mode == SECRET_MODE;
    bool ok = write_all(fd, data, len) && (!sync || fsync(fd) == 0);
    int error = errno;
    if (close(fd) == 0 && ok && (direct || replace(target, path, sync)))
        return CLI_DONE;
    errno = ok ? errno : error;
    int code = cannot_write(path);
    if (!direct)
        unlink(target);
    return code;
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
