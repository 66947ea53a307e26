#include "host/gateway/store/artifacts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/cli/core/cli.h"
#include "host/gateway/store/file_digest.h"
#include "host/gateway/store/files.h"

/* What belongs to an artifact, behind its name. The last is an image that is being unpacked (swu.h). */
static const char *const suffixes[] = {"", ".part", ".image", ".image.part"};
#define NAME_MAX_LEN (ARTIFACT_NAME_LEN + sizeof ".image.part")

static enum err fail(struct artifacts *a, enum err e, const char *what, const char *why)
{
    snprintf(a->why, sizeof a->why, "%s: %s", what, why);
    return e;
}

static enum err fail_errno(struct artifacts *a, const char *what)
{
    int error = errno;
    return fail(a, files_err(error), what, strerror(error));
}

static bool is_name(const char *digest)
{
    const size_t len = strlen(digest);
    return (len == ARTIFACT_NAME_LEN || len == 2 * FILE_SHA1_SIZE) &&
           strspn(digest, "0123456789abcdef") == len;
}

static enum err check_name(struct artifacts *a, const char *digest)
{
    return is_name(digest) ? ERR_OK
                           : fail(a, ERR_INVAL, "the artifact's hash",
                                  "not 64 or 40 lower-case hexadecimal digits");
}

/* NAME and a suffix. */
static const char *file_name(char dst[NAME_MAX_LEN], const char *name, const char *suffix)
{
    snprintf(dst, NAME_MAX_LEN, "%s%s", name, suffix);
    return dst;
}

/* Is `file` NAME with one of our suffixes? */
static bool is_ours(const char *file, char name[ARTIFACT_NAME_LEN + 1])
{
    const size_t len = strcspn(file, ".");
    if (len > ARTIFACT_NAME_LEN)
        return false;
    memcpy(name, file, len);
    name[len] = '\0';
    for (unsigned i = 0; i < ARRAY_LEN(suffixes); i++)
        if (is_name(name) && strcmp(file + len, suffixes[i]) == 0)
            return true;
    return false;
}

/* ---- the folder ---- */

enum err artifacts_open(struct artifacts *a, const char *folder, uint64_t max_bytes)
{
    *a = (struct artifacts){.fd = -1, .max_bytes = max_bytes};
    if (strlen(folder) > ARTIFACT_FOLDER_MAX || max_bytes > ARTIFACT_BYTES_MAX)
        return fail(a, ERR_INVAL, "the cache", "its path or its limit is too large");
    snprintf(a->folder, sizeof a->folder, "%s", folder);
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return fail_errno(a, "the cache cannot be created");
    a->fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return a->fd >= 0 ? ERR_OK : fail_errno(a, "the cache cannot be opened");
}

void artifacts_close(struct artifacts *a)
{
    if (a->fd >= 0)
        close(a->fd);
    a->fd = -1;
}

/* The regular file of that name. ERR_STATE: something else is there, which *st describes. */
static enum err look(const struct artifacts *a, const char *file, struct stat *st)
{
    if (fstatat(a->fd, file, st, AT_SYMLINK_NOFOLLOW) != 0)
        return files_err(errno);
    return S_ISREG(st->st_mode) ? ERR_OK : ERR_STATE;
}

static void remove_artifact(const struct artifacts *a, const char *name)
{
    char file[NAME_MAX_LEN];
    for (unsigned i = 0; i < ARRAY_LEN(suffixes); i++)
        (void)unlinkat(a->fd, file_name(file, name, suffixes[i]), 0);
}

/* ---- use ---- */

static struct artifact_use *find_use(struct artifacts *a, const char *name)
{
    for (unsigned i = 0; i < ARTIFACT_USES_MAX; i++)
        if (strcmp(a->use[i].name, name) == 0)
            return &a->use[i];
    return NULL;
}

/* The row of that artifact, or a free one, whose name is empty. NULL: there is none. */
static struct artifact_use *take_use(struct artifacts *a, const char *name)
{
    struct artifact_use *u = find_use(a, name);
    if (u == NULL)
        u = find_use(a, "");
    if (u != NULL)
        snprintf(u->name, sizeof u->name, "%s", name);
    else
        (void)fail(a, ERR_NOSPC, "the cache", "too many artifacts are in use at one time");
    return u;
}

static void release_use(struct artifact_use *u)
{
    if (u->pins == 0 && !u->download)
        u->name[0] = '\0';
}

enum err artifacts_pin(struct artifacts *a, const char *digest)
{
    enum err e = check_name(a, digest);
    struct artifact_use *u = e == ERR_OK ? take_use(a, digest) : NULL;
    if (u == NULL)
        return e == ERR_OK ? ERR_NOSPC : e;
    u->pins++;
    return ERR_OK;
}

void artifacts_unpin(struct artifacts *a, const char *digest)
{
    struct artifact_use *u = is_name(digest) ? find_use(a, digest) : NULL;
    if (u == NULL || u->pins == 0)
        return;
    u->pins--;
    release_use(u);
}

/* ---- room ---- */

struct survey {
    uint64_t bytes; /* of all files of ours */
    bool found;     /* one that may go */
    char oldest[ARTIFACT_NAME_LEN + 1];
    time_t used;
};

static void count_file(struct artifacts *a, const char *file, struct survey *s)
{
    char name[ARTIFACT_NAME_LEN + 1];
    struct stat st;
    if (!is_ours(file, name) || look(a, file, &st) != ERR_OK)
        return;
    s->bytes += st.st_size > 0 ? (uint64_t)st.st_size : 0;
    if (find_use(a, name) != NULL || (s->found && st.st_mtime >= s->used))
        return;
    s->found = true;
    s->used = st.st_mtime;
    snprintf(s->oldest, sizeof s->oldest, "%s", name);
}

static enum err survey_folder(struct artifacts *a, struct survey *s)
{
    *s = (struct survey){.bytes = 0};
    int fd = openat(a->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    if (d == NULL) {
        enum err e = fail_errno(a, "the cache cannot be read");
        if (fd >= 0)
            close(fd);
        return e;
    }
    const struct dirent *entry;
    while ((entry = readdir(d)) != NULL)
        count_file(a, entry->d_name, s);
    closedir(d);
    return ERR_OK;
}

enum err artifacts_make_room(struct artifacts *a, uint64_t bytes)
{
    struct survey s;
    if (bytes > a->max_bytes)
        return fail(a, ERR_NOSPC, "the cache", "the file is larger than the whole cache may be");
    for (;;) {
        enum err e = survey_folder(a, &s);
        if (e != ERR_OK)
            return e;
        if (s.bytes + a->promised + bytes <= a->max_bytes)
            return ERR_OK;
        if (!s.found)
            return fail(a, ERR_NOSPC, "the cache", "it is full of files that are in use");
        remove_artifact(a, s.oldest);
    }
}

/* ---- what is there ---- */

static void path_of(const struct artifacts *a, const char *file, char path[ARTIFACT_PATH_MAX])
{
    snprintf(path, ARTIFACT_PATH_MAX, "%s/%.*s", a->folder, (int)NAME_MAX_LEN, file);
}

/* Mark the artifact and its image as used. A time that cannot be written costs only a worse order. */
static void touch(const struct artifacts *a, const char *name, int64_t now)
{
    const struct timespec times[2] = {{.tv_sec = now}, {.tv_sec = now}};
    char file[NAME_MAX_LEN];
    for (unsigned i = 0; i < ARRAY_LEN(suffixes); i++)
        (void)utimensat(a->fd, file_name(file, name, suffixes[i]), times, AT_SYMLINK_NOFOLLOW);
}

enum err artifacts_find(struct artifacts *a, const char *digest, uint64_t size, int64_t now,
                        char path[ARTIFACT_PATH_MAX])
{
    struct stat st;
    enum err e = check_name(a, digest);
    if (e != ERR_OK)
        return e;
    e = look(a, digest, &st);
    if (e != ERR_OK)
        return fail(a, e == ERR_STATE ? ERR_NOENT : e, "the artifact",
                    e == ERR_STATE ? "something else is in its place" : err_text(e));
    if (st.st_size < 0 || (uint64_t)st.st_size != size)
        return fail(a, ERR_NOENT, "the artifact", "the file of that name has another size");
    touch(a, digest, now);
    path_of(a, digest, path);
    return ERR_OK;
}

enum err artifacts_image_path(struct artifacts *a, const char *digest, char path[ARTIFACT_PATH_MAX])
{
    char file[NAME_MAX_LEN];
    enum err e = check_name(a, digest);
    if (e == ERR_OK)
        path_of(a, file_name(file, digest, ".image"), path);
    return e;
}

/* ---- downloads ---- */

/* What is in the place of a file of ours, and is none, goes: a link, a pipe, an empty folder. So
 * does a file that has another name besides: it is somebody else's, too. */
static enum err clear_place(struct artifacts *a, const char *file)
{
    struct stat st;
    enum err e = look(a, file, &st);
    if (e == ERR_NOENT || (e == ERR_OK && st.st_nlink == 1))
        return ERR_OK;
    if (e != ERR_OK && e != ERR_STATE)
        return fail(a, e, "the artifact's place", err_text(e));
    int flags = S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0;
    return unlinkat(a->fd, file, flags) == 0
               ? ERR_OK
               : fail_errno(a, "something else is in the artifact's place");
}

static enum err open_part(struct artifacts *a, struct artifact_download *d)
{
    char file[NAME_MAX_LEN];
    struct stat st;
    enum err e = clear_place(a, file_name(file, d->name, ".part"));
    if (e != ERR_OK)
        return e;
    d->fd = openat(a->fd, file, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (d->fd < 0 || fstat(d->fd, &st) != 0)
        return fail_errno(a, "the artifact cannot be opened");
    d->offset = st.st_size > 0 ? (uint64_t)st.st_size : 0;
    if (d->offset > d->size) /* of another announcement */
        d->offset = 0;
    if (ftruncate(d->fd, (off_t)d->offset) != 0 || lseek(d->fd, (off_t)d->offset, SEEK_SET) < 0)
        return fail_errno(a, "the artifact cannot be written");
    return ERR_OK;
}

static void end_download(struct artifact_download *d)
{
    struct artifact_use *u = find_use(d->cache, d->name);
    d->cache->promised -= d->size - d->offset;
    if (d->fd >= 0)
        close(d->fd);
    d->fd = -1;
    u->download = false;
    release_use(u);
}

enum err artifacts_begin(struct artifacts *a, const char *digest, uint64_t size,
                         struct artifact_download *d)
{
    enum err e = check_name(a, digest);
    if (e != ERR_OK)
        return e;
    struct artifact_use *u = take_use(a, digest);
    if (u == NULL)
        return ERR_NOSPC;
    if (u->download)
        return fail(a, ERR_BUSY, "the artifact", "it is being downloaded already");
    *d = (struct artifact_download){.cache = a, .fd = -1, .size = size, .offset = size};
    snprintf(d->name, sizeof d->name, "%s", digest);
    u->download = true;
    e = size <= a->max_bytes ? open_part(a, d)
                             : fail(a, ERR_NOSPC, "the artifact", "it is larger than the cache");
    if (e == ERR_OK)
        e = artifacts_make_room(a, size - d->offset);
    a->promised += size - d->offset;
    if (e != ERR_OK)
        end_download(d);
    return e;
}

enum err artifacts_restart(struct artifact_download *d)
{
    if (ftruncate(d->fd, 0) != 0 || lseek(d->fd, 0, SEEK_SET) != 0)
        return fail_errno(d->cache, "the artifact cannot be written");
    d->cache->promised += d->offset;
    d->offset = 0;
    return ERR_OK;
}

enum err artifacts_write(struct artifact_download *d, const void *data, size_t len)
{
    if (len > d->size - d->offset)
        return fail(d->cache, ERR_RANGE, "the artifact", "the server sends more than it announced");
    if (files_write(d->fd, data, len) != ERR_OK)
        return fail_errno(d->cache, "the artifact cannot be written");
    d->offset += len;
    d->cache->promised -= len;
    return ERR_OK;
}

/* The file's hash, of the kind that the name is. */
static bool hash_file(const struct artifact_download *d, char hex[ARTIFACT_NAME_LEN + 1])
{
    uint8_t digest[FILE_SHA256_SIZE];
    const bool is_sha1 = strlen(d->name) == 2 * FILE_SHA1_SIZE;
    if (!(is_sha1 ? file_sha1(d->fd, digest) : file_sha256(d->fd, digest)))
        return false;
    cli_hex(hex, digest, is_sha1 ? FILE_SHA1_SIZE : FILE_SHA256_SIZE);
    return true;
}

/* Are the bytes on the disk those that the name promises? */
static enum err check_content(struct artifact_download *d)
{
    char hex[ARTIFACT_NAME_LEN + 1], why[120];
    if (d->offset != d->size) {
        snprintf(why, sizeof why, "%llu of %llu bytes have come", (unsigned long long)d->offset,
                 (unsigned long long)d->size);
        return fail(d->cache, ERR_STATE, "the artifact", why);
    }
    if (fsync(d->fd) != 0 || !hash_file(d, hex))
        return fail_errno(d->cache, "the artifact cannot be checked");
    if (strcmp(hex, d->name) == 0)
        return ERR_OK;
    snprintf(why, sizeof why, "its hash is %s", hex);
    return fail(d->cache, ERR_FORMAT, "the artifact is not what was announced", why);
}

/* On the disk under its name, also after a power loss. */
static enum err name_file(struct artifacts *a, const char *name)
{
    char part[NAME_MAX_LEN];
    enum err e = clear_place(a, name);
    if (e != ERR_OK)
        return e;
    return renameat(a->fd, file_name(part, name, ".part"), a->fd, name) == 0 && fsync(a->fd) == 0
               ? ERR_OK
               : fail_errno(a, "the artifact cannot get its name");
}

enum err artifacts_finish(struct artifact_download *d, int64_t now, char path[ARTIFACT_PATH_MAX])
{
    struct artifacts *a = d->cache;
    char part[NAME_MAX_LEN];
    enum err e = check_content(d);
    if (e == ERR_FORMAT)
        (void)unlinkat(a->fd, file_name(part, d->name, ".part"), 0);
    if (e == ERR_OK)
        e = name_file(a, d->name);
    end_download(d);
    if (e != ERR_OK)
        return e;
    touch(a, d->name, now);
    path_of(a, d->name, path);
    return ERR_OK;
}

void artifacts_abandon(struct artifact_download *d)
{
    end_download(d);
}
