/* file_write.c - whole files out: written beside the old one, which keeps its place until the new one is whole. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/cli/core/cleanup.h"
#include "host/cli/core/cli.h"

#define SECRET_MODE 0600u
/* So many names that exist already cannot be chance. */
#define NAMES_TRIED 100

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

int cli_refuse_existing(const char *path)
{
    struct stat st;
    if (lstat(path, &st) != 0 || cli_is_stream(path))
        return CLI_DONE;
    return cli_fail(CLI_BAD_FILE, cli_text("'%s' exists", path),
                    S_ISLNK(st.st_mode)
                        ? "it is a link, and stays as it is"
                        : cli_text("it has %lld bytes, and stays as it is", (long long)st.st_size),
                    "choose another name, or add --force: its content is then lost");
}

/* The descriptor that /dev/fd/N names, or -1. Opening such a name again fails for a socket, and starts at the
 * beginning of a file. */
static int open_already(const char *path)
{
    static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
    uint64_t number;
    if (strcmp(path, "/dev/stdout") == 0)
        return STDOUT_FILENO;
    if (strcmp(path, "/dev/stderr") == 0)
        return STDERR_FILENO;
    for (size_t i = 0; i < ARRAY_LEN(folders); i++)
        if (strncmp(path, folders[i], strlen(folders[i])) == 0 &&
            cli_parse_number(path + strlen(folders[i]), &number) && number <= INT32_MAX)
            return (int)number;
    return -1;
}

bool cli_is_stream(const char *path)
{
    struct stat st;
    return open_already(path) >= 0 || (stat(path, &st) == 0 && !S_ISREG(st.st_mode));
}

const char *cli_beside(const char *path)
{
    uint32_t random = 0;
    (void)!getrandom(&random, sizeof random, 0); /* a guessed name only costs a retry */
    const char *slash = strrchr(path, '/');
    int folder = slash != NULL ? (int)(slash - path) + 1 : 0;
    return cli_text("%.*s.slipway-%08x.tmp", folder, path, (unsigned)random);
}

/* Both ways are atomic. A rename over a file makes ext4 give the new one its place on the disk before it returns, 1.3
 * ms that only keep an image through a power loss of this computer; an exchange does not, but not every file system
 * has it. */
static bool replace(const char *target, const char *path, bool sync)
{
    if (sync || renameat2(AT_FDCWD, target, AT_FDCWD, path, RENAME_EXCHANGE) != 0)
        return rename(target, path) == 0;
    (void)!unlink(target);
    return true;
}

/* Fails with EEXIST if there is anything by that name. Not every file system has the first way (NFS), or the second
 * (FAT). */
static bool place(const char *target, const char *path)
{
    if (renameat2(AT_FDCWD, target, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
        return true;
    if (errno == EEXIST || link(target, path) != 0)
        return false;
    (void)!unlink(target);
    return true;
}

void cli_output_begin(struct cli_output *o, const char *path, unsigned mode)
{
    bool direct = cli_is_stream(path);
    *o = (struct cli_output){.path = path, .direct = direct, .mode = mode, .fd = -1};
    /* Only secrets are synced: anything else can be made again, and a build should not wait for the disk. */
    o->sync = !direct && mode == SECRET_MODE;
}

/* False for a secret and a pipe that another user owns, who would read it. */
static bool may_write(int fd, unsigned mode)
{
    struct stat st;
    if (mode != SECRET_MODE || fstat(fd, &st) != 0 || !S_ISFIFO(st.st_mode) ||
        st.st_uid == geteuid() || st.st_uid == 0)
        return true;
    errno = EPERM;
    return false;
}

static int open_stream(const char *path, unsigned mode)
{
    int already = open_already(path);
    if (already >= 0)
        return fcntl(already, F_DUPFD_CLOEXEC, 0);
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 || may_write(fd, mode))
        return fd;
    close(fd);
    errno = EPERM;
    return -1;
}

/* Create a new file and list it for removal on a signal. */
static int create(const char *name, unsigned mode)
{
    sigset_t before;
    cleanup_hold(&before);
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, (mode_t)mode);
    if (fd >= 0 && !cleanup_add(name)) {
        close(fd);
        unlink(name);
        fd = -1;
        errno = ENAMETOOLONG;
    }
    cleanup_release(&before);
    return fd;
}

static bool opened(struct cli_output *o)
{
    if (o->fd >= 0)
        return true;
    if (o->direct) {
        o->fd = open_stream(o->path, o->mode);
        return o->fd >= 0;
    }
    errno = EEXIST;
    for (int i = 0; i < NAMES_TRIED && o->fd < 0 && errno == EEXIST; i++) {
        o->target = cli_beside(o->path);
        o->fd = create(o->target, o->mode);
    }
    return o->fd >= 0;
}

void cli_output_put(struct cli_output *o, const void *data, size_t len)
{
    errno = EIO;
    if (o->error == 0 && !(opened(o) && write_all(o->fd, data, len)))
        o->error = errno;
}

static void discard(const struct cli_output *o)
{
    if (o->direct || o->fd < 0)
        return;
    unlink(o->target);
    cleanup_forget(o->target);
}

void cli_output_abandon(struct cli_output *o)
{
    if (o->fd >= 0)
        close(o->fd);
    discard(o);
}

/* Closed before it is renamed: a network file system may report a full disk only at close(). */
static bool finish(struct cli_output *o)
{
    bool synced = o->error != 0 || !o->sync || fsync(o->fd) == 0;
    if (!synced)
        o->error = errno;
    if (o->fd >= 0 && close(o->fd) != 0 && o->error == 0)
        o->error = errno;
    if (o->error == 0 && !o->direct &&
        !(o->only_new ? place(o->target, o->path) : replace(o->target, o->path, o->sync)))
        o->error = errno;
    return o->error == 0;
}

int cli_output_close(struct cli_output *o)
{
    if (finish(o)) {
        if (!o->direct)
            cleanup_forget(o->target);
        return CLI_DONE;
    }
    discard(o);
    if (o->only_new && o->error == EEXIST && cli_refuse_existing(o->path) != CLI_DONE)
        return CLI_BAD_FILE;
    errno = o->error;
    return cannot_write(o->path);
}

static int write_whole(const char *path, const void *data, size_t len, unsigned mode, bool only_new)
{
    struct cli_output o;
    cli_output_begin(&o, path, mode);
    o.only_new = only_new;
    cli_output_put(&o, data, len);
    return cli_output_close(&o);
}

int cli_write_file(const char *path, const void *data, size_t len, unsigned mode)
{
    return write_whole(path, data, len, mode, false);
}

int cli_write_new_file(const char *path, const void *data, size_t len, unsigned mode)
{
    return write_whole(path, data, len, mode, true);
}
