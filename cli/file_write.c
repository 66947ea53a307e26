/* file_write.c - whole files out: written beside the old one, which keeps its place until the new one is whole. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/file_map.h"

#define SECRET_MODE 0600u

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

void cli_output_begin(struct cli_output *o, const char *path, unsigned mode)
{
    bool direct = is_special(path);
    *o = (struct cli_output){.path = path, .direct = direct, .mode = mode, .fd = -1};
    o->target = direct ? path : cli_text("%s.%ld.tmp", path, (long)getpid());
    /* A secret cannot be made again; anything else can, and a build does not wait for the disk. */
    o->sync = !direct && mode == SECRET_MODE;
}

static bool opened(struct cli_output *o)
{
    if (o->fd >= 0)
        return true;
    o->fd = open(o->target, O_WRONLY | O_CLOEXEC | (o->direct ? 0 : O_CREAT | O_TRUNC),
                 (mode_t)o->mode);
    if (o->fd >= 0 && !o->direct)
        file_map_unfinished(o->target);
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
    file_map_unfinished(NULL);
}

void cli_output_abandon(struct cli_output *o)
{
    if (o->fd >= 0)
        close(o->fd);
    discard(o);
}

/* Closed before it is renamed: a network's file system may tell only then that there is no space. */
static bool finish(struct cli_output *o)
{
    bool synced = o->error != 0 || !o->sync || fsync(o->fd) == 0;
    if (!synced)
        o->error = errno;
    if (o->fd >= 0 && close(o->fd) != 0 && o->error == 0)
        o->error = errno;
    if (o->error == 0 && !o->direct && !replace(o->target, o->path, o->sync))
        o->error = errno;
    return o->error == 0;
}

int cli_output_close(struct cli_output *o)
{
    int code = file_map_unchanged();
    if (code != CLI_DONE) {
        cli_output_abandon(o);
        return code;
    }
    if (finish(o)) {
        file_map_unfinished(NULL);
        return CLI_DONE;
    }
    discard(o);
    errno = o->error;
    return cannot_write(o->path);
}

int cli_write_file(const char *path, const void *data, size_t len, unsigned mode)
{
    struct cli_output o;
    cli_output_begin(&o, path, mode);
    cli_output_put(&o, data, len);
    return cli_output_close(&o);
}
