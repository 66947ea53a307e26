#include "host/evidence/pack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/cli/core/cleanup.h"

static const struct zip_purpose purpose = {
    "an evidence pack", "take the pack as slipway evidence made it: the zip file, or its folder"};

void pack_add(struct zip_file *z, const char *name, const struct cli_blob *b)
{
    struct zip_entry *e = &z->entry[z->count++];
    snprintf(e->name, sizeof e->name, "%.*s", ZIP_NAME_MAX, name);
    e->blob = *b;
}

/* ---- reading ---- */

static int refuse(const char *path, const char *evidence)
{
    return cli_fail(CLI_BAD_FILE, cli_text("'%s' is not %s", path, purpose.what), evidence,
                    purpose.next);
}

static bool read_all(int fd, struct cli_blob *b)
{
    size_t len = 0;
    ssize_t n = 1;
    while (len < b->len && n != 0) {
        n = read(fd, b->data + len, b->len - len);
        if (n < 0 && errno != EINTR)
            return false;
        len += n > 0 ? (size_t)n : 0;
    }
    return len == b->len;
}

/* A plain file of at most left bytes. Neither a link nor a pipe, which could lead or wait anywhere. */
static int read_entry(const char *path, int folder, const char *name, uint64_t left,
                      struct cli_blob *b)
{
    struct stat st;
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    int code = CLI_DONE;
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        code = refuse(path, cli_text("'%s' in it is not a plain file", cli_one_line(name)));
    } else if ((uint64_t)st.st_size > left) {
        code = refuse(path, cli_text("with '%s' it holds more than %u bytes", name, ZIP_BYTES_MAX));
    } else {
        *b = (struct cli_blob){cli_memory((size_t)st.st_size), (size_t)st.st_size};
        if (!read_all(fd, b))
            code = refuse(path, cli_text("'%s' in it cannot be read", name));
    }
    if (fd >= 0)
        close(fd);
    return code;
}

static int read_next(const char *path, int folder, const char *name, uint64_t *left,
                     struct zip_file *z)
{
    struct cli_blob b;
    if (z->count == ZIP_ENTRIES_MAX)
        return refuse(path, cli_text("it holds more than %u files", ZIP_ENTRIES_MAX));
    if (!zip_name_is_plain(name))
        return refuse(path, cli_text("'%s' is not a plain file name (letters, digits, ._+-)",
                                     cli_one_line(name)));
    int code = read_entry(path, folder, name, *left, &b);
    if (code != CLI_DONE)
        return code;
    *left -= b.len;
    pack_add(z, name, &b);
    return CLI_DONE;
}

static int read_folder(const char *path, DIR *folder, struct zip_file *z)
{
    const struct dirent *d;
    uint64_t left = ZIP_BYTES_MAX;
    int code = CLI_DONE;
    z->count = 0;
    while (code == CLI_DONE && (d = readdir(folder)) != NULL)
        if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
            code = read_next(path, dirfd(folder), d->d_name, &left, z);
    return code;
}

int pack_read(const char *path, struct zip_file *z)
{
    struct cli_blob b;
    DIR *folder = opendir(path);
    if (folder != NULL) {
        int code = read_folder(path, folder, z);
        closedir(folder);
        return code;
    }
    int code = cli_read_file(path, ZIP_BYTES_MAX, &b);
    if (code == CLI_DONE)
        code = zip_read(path, &b, &purpose, z);
    return code == CLI_DONE ? zip_check_forward(path, &b, &purpose, z) : code;
}

/* ---- writing ---- */

static const char *base_of(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash != NULL ? slash + 1 : name;
}

static int refuse_existing(const char *path)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return CLI_DONE;
    return cli_fail(CLI_BAD_FILE, cli_text("'%s' exists", path),
                    "evidence is written once, and never over something else",
                    "choose another name, or move that one away");
}

int pack_check_name(const char *name)
{
    if (!zip_name_is_plain(base_of(name)) || strlen(base_of(name)) > ZIP_NAME_MAX - 4)
        return cli_fail(CLI_USAGE, cli_text("'%s' cannot be the name of a pack", name),
                        "its last part is not of letters, digits and ._+- alone",
                        "--out release-2.0.0 makes the folder release-2.0.0 and release-2.0.0.zip");
    int code = refuse_existing(name);
    return code == CLI_DONE ? refuse_existing(cli_text("%s.zip", name)) : code;
}

/* What is being written, under names that nobody reads yet. A signal removes it. */
struct draft {
    const char *name, *folder, *zip;
    const struct zip_file *files;
};

static const char *path_in(const struct draft *d, unsigned i)
{
    return cli_text("%s/%s", d->folder, d->files->entry[i].name);
}

static int cannot_write(const char *path)
{
    return cli_fail(CLI_BAD_FILE, cli_text("cannot write '%s'", path), strerror(errno),
                    "check the folder that it is in, its permissions and the free space");
}

/* Listed first: a signal that comes in between finds nothing to remove. */
static int write_listed(const char *path, const struct cli_blob *b)
{
    if (cleanup_add(path))
        return cli_write_new_file(path, b->data, b->len, 0644);
    errno = ENAMETOOLONG;
    return cannot_write(path);
}

static int fill(const struct draft *d, const struct cli_blob *packed)
{
    int code = CLI_DONE;
    for (unsigned i = 0; i < d->files->count && code == CLI_DONE; i++)
        code = write_listed(path_in(d, i), &d->files->entry[i].blob);
    return code == CLI_DONE ? write_listed(d->zip, packed) : code;
}

/* Fails if there is anything by the new name. Not every file system has the first way (NFS, FAT). */
static bool move(const char *from, const char *to)
{
    struct stat st;
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return true;
    return errno == EINVAL && lstat(to, &st) != 0 && rename(from, to) == 0;
}

/* Both or neither: no signal is handled in between. */
static int move_into_place(const struct draft *d)
{
    sigset_t before;
    const char *zip = cli_text("%s.zip", d->name);
    cleanup_hold(&before);
    bool ok = move(d->zip, zip);
    if (ok && !move(d->folder, d->name)) {
        int kept = errno;
        (void)!unlink(zip);
        errno = kept;
        ok = false;
    }
    cleanup_release(&before);
    return ok ? CLI_DONE : cannot_write(d->name);
}

/* Whatever of it is still there, and off the list. */
static void remove_draft(const struct draft *d)
{
    (void)!unlink(d->zip);
    cleanup_forget(d->zip);
    for (unsigned i = 0; i < d->files->count; i++) {
        (void)!unlink(path_in(d, i));
        cleanup_forget(path_in(d, i));
    }
    (void)!rmdir(d->folder);
    cleanup_forget(d->folder);
}

/* What pack_read would not read is not written. */
static int check_size(const struct zip_file *z)
{
    uint64_t bytes = 0;
    for (unsigned i = 0; i < z->count; i++)
        bytes += z->entry[i].blob.len;
    if (bytes <= ZIP_BYTES_MAX)
        return CLI_DONE;
    return cli_fail(CLI_REFUSED, "the pack is too large",
                    cli_text("its files have %llu bytes, and may have %u",
                             (unsigned long long)bytes, ZIP_BYTES_MAX),
                    "rehearse with fewer cuts: --cuts N; or leave out large SBOMs");
}

int pack_write(const char *name, const struct zip_file *z)
{
    struct cli_blob packed;
    const struct draft d = {name, cli_beside(name), cli_beside(name), z};
    int code = check_size(z);
    if (code == CLI_DONE)
        code = zip_write(z, 0, &packed);
    if (code != CLI_DONE)
        return code;
    if (!cleanup_make_folder(d.folder, 0755))
        return cannot_write(name);
    code = fill(&d, &packed);
    if (code == CLI_DONE)
        code = move_into_place(&d);
    remove_draft(&d);
    return code;
}
