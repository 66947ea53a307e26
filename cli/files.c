/* files.c - whole files in and out, hexadecimal, and the memory that lives as long as a command. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

#define SECRET_MODE 0600u

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

/* Grow a buffer while reading, so that pipes work like files. */
static int read_all(int fd, const char *path, size_t max, struct cli_blob *b)
{
    size_t cap = 64 * 1024, len = 0;
    uint8_t *data = malloc(cap + 1);
    for (;;) {
        if (data != NULL && len == cap) {
            uint8_t *bigger = realloc(data, cap * 2 + 1);
            if (bigger == NULL)
                free(data);
            data = bigger;
            cap *= 2;
        }
        if (data == NULL)
            return cannot_read(path, strerror(ENOMEM));
        ssize_t n = read(fd, data + len, cap - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || len + (size_t)n > max) {
            const char *why =
                n < 0 ? strerror(errno) : cli_text("it is larger than %zu bytes", max);
            free(data);
            return cannot_read(path, why);
        }
        if (n == 0)
            break;
        len += (size_t)n;
    }
    b->data = keep(len + 1);
    b->len = len;
    memcpy(b->data, data, len);
    b->data[len] = 0;
    free(data);
    return CLI_DONE;
}

int cli_read_file(const char *path, size_t max, struct cli_blob *b)
{
    if (strcmp(path, "-") == 0)
        return read_all(STDIN_FILENO, "standard input", max, b);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return cannot_read(path, strerror(errno));
    int code = read_all(fd, path, max, b);
    close(fd);
    return code;
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
    if (close(fd) == 0 && ok && (direct || rename(target, path) == 0))
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
