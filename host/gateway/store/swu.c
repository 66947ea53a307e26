#include "host/gateway/store/swu.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/gateway/store/file_digest.h"
#include "host/gateway/store/files.h"

#define DESCRIPTION "sw-description"
#define TRAILER     "TRAILER!!!"
#define HEADER_SIZE 110u /* of a member, in front of its name: cpio(5), "New ASCII Format" */

struct swu {
    struct archive *archive;
    struct swu_image *image;
    const char *board, *part; /* part: the file that is written */
    int fd;                   /* of that; -1: not open */
    unsigned members;
    char *why;
    size_t cap;
};

static bool wrong(const struct swu *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
static bool wrong(const struct swu *s, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(s->why, s->cap, fmt, args);
    va_end(args);
    return false;
}

static bool wrong_archive(const struct swu *s)
{
    const char *error = archive_error_string(s->archive);
    return wrong(s, "the archive is damaged behind member %u: %s", s->members,
                 error != NULL ? error : "no reason is known");
}

bool swu_is(const char *path)
{
    char begin[HEADER_SIZE + sizeof DESCRIPTION];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, begin, sizeof begin);
    close(fd);
    return n == (ssize_t)sizeof begin &&
           (memcmp(begin, "070701", 6) == 0 || memcmp(begin, "070702", 6) == 0) &&
           memcmp(begin + HEADER_SIZE, DESCRIPTION, sizeof DESCRIPTION) == 0;
}

/* ---- the headers ---- */

/* A field of a header: eight hexadecimal digits. */
static bool field_of(const char *header, size_t at, uint32_t *n)
{
    char text[9];
    memcpy(text, header + at, 8);
    text[8] = '\0';
    *n = (uint32_t)strtoul(text, NULL, 16);
    return strspn(text, "0123456789abcdefABCDEF") == 8;
}

/* The header at *at, and *at to the next one; *last: it is the trailer. */
static bool check_header(const struct swu *s, int fd, uint64_t *at, bool *last)
{
    char header[HEADER_SIZE + sizeof TRAILER];
    uint32_t name, size;
    ssize_t n = pread(fd, header, sizeof header, (off_t)*at);
    if (n != (ssize_t)sizeof header)
        return wrong(s, "the archive is cut off behind member %u", s->members);
    if ((memcmp(header, "070701", 6) != 0 && memcmp(header, "070702", 6) != 0) ||
        !field_of(header, 54, &size) || !field_of(header, 94, &name))
        return wrong(s,
                     s->members == 0 ? "the archive is not cpio in the format newc or crc"
                                     : "the archive is damaged behind member %u",
                     s->members);
    if (name == 0 || name > SWU_NAME_MAX)
        return wrong(s, "the name of member %u has %u bytes; it may have %u", s->members + 1,
                     (unsigned)name, SWU_NAME_MAX);
    *at = (*at + HEADER_SIZE + name + 3) / 4 * 4 + ((uint64_t)size + 3) / 4 * 4;
    *last = name == sizeof TRAILER && memcmp(header + HEADER_SIZE, TRAILER, sizeof TRAILER) == 0;
    return true;
}

/* Before libarchive reads the archive: it takes as much memory for a name as the header asks for, up to 4 GB; and it
 * remembers every member that has several names. */
static bool check_headers(struct swu *s, int fd)
{
    uint64_t at = 0;
    bool last = false;
    for (s->members = 0; s->members <= SWU_MEMBERS_MAX; s->members++) {
        if (!check_header(s, fd, &at, &last))
            return false;
        if (last)
            return true;
    }
    return wrong(s, "the archive has more than %u members", SWU_MEMBERS_MAX);
}

/* ---- members ---- */

/* The next member's header. ARCHIVE_OK, ARCHIVE_EOF, or another code with the reason in s->why. */
static int next_member(struct swu *s, struct archive_entry **e)
{
    int r = archive_read_next_header(s->archive, e);
    if (r == ARCHIVE_EOF)
        return r;
    if (r != ARCHIVE_OK) { /* also a warning: something was skipped */
        (void)wrong_archive(s);
        return ARCHIVE_FATAL;
    }
    s->members++;
    const char *name = archive_entry_pathname(*e);
    if (name != NULL && archive_entry_filetype(*e) == AE_IFREG &&
        archive_entry_hardlink(*e) == NULL)
        return ARCHIVE_OK;
    (void)wrong(s, "member %u, '%.60s', is not a file", s->members, name != NULL ? name : "?");
    return ARCHIVE_FATAL;
}

/* The next size bytes of the member. */
static bool read_member(struct swu *s, char *dst, size_t size)
{
    size_t n = 0;
    while (n < size) {
        la_ssize_t got = archive_read_data(s->archive, dst + n, size - n);
        if (got <= 0)
            return wrong_archive(s);
        n += (size_t)got;
    }
    return true;
}

static bool read_description(struct swu *s)
{
    struct archive_entry *e;
    int r = next_member(s, &e);
    if (r == ARCHIVE_EOF)
        return wrong(s, "the archive is empty");
    if (r != ARCHIVE_OK)
        return false;
    if (strcmp(archive_entry_pathname(e), DESCRIPTION) != 0)
        return wrong(s, "the first member is '%.60s', not " DESCRIPTION, archive_entry_pathname(e));
    int64_t size = archive_entry_size(e);
    if (size <= 0 || size > (int64_t)SW_DESCRIPTION_MAX)
        return wrong(s, DESCRIPTION " has %lld bytes; it may have 1 to %u", (long long)size,
                     SW_DESCRIPTION_MAX);
    char *text = malloc((size_t)size);
    if (text == NULL)
        return wrong(s, "out of memory");
    bool ok = read_member(s, text, (size_t)size) &&
              sw_description_find(text, (size_t)size, s->board, &s->image->said, s->why, s->cap);
    free(text);
    return ok;
}

/* ---- the image ---- */

static bool open_part(struct swu *s)
{
    (void)unlink(s->part);
    s->fd = open(s->part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return s->fd >= 0 || wrong(s, "'%.100s' cannot be written: %s", s->part, strerror(errno));
}

static bool copy_member(struct swu *s, uint64_t left)
{
    char buffer[16384];
    while (left > 0) {
        size_t n = left < sizeof buffer ? (size_t)left : sizeof buffer;
        if (!read_member(s, buffer, n))
            return false;
        if (files_write(s->fd, buffer, n) != ERR_OK)
            return wrong(s, "'%.100s' cannot be written: %s", s->part, strerror(errno));
        left -= n;
    }
    return true;
}

static bool take_image(struct swu *s, int64_t size)
{
    struct swu_image *i = s->image;
    if (s->fd >= 0)
        return wrong(s, "the archive holds '%s' twice", i->said.name);
    if (size <= 0 || size > (int64_t)SWU_IMAGE_MAX)
        return wrong(s, "'%s' has %lld bytes; it may have 1 to %u", i->said.name, (long long)size,
                     SWU_IMAGE_MAX);
    i->size = (uint64_t)size;
    if (!open_part(s) || !copy_member(s, i->size))
        return false;
    if (!file_sha256(s->fd, i->sha256))
        return wrong(s, "'%.100s' cannot be read back", s->part);
    if (i->said.has_sha256 && memcmp(i->sha256, i->said.sha256, sizeof i->sha256) != 0)
        return wrong(s, "'%s' does not have the SHA-256 that " DESCRIPTION " states", i->said.name);
    return true;
}

/* To the end, so that an archive that was cut off is noticed whatever its order. */
static bool read_images(struct swu *s)
{
    struct archive_entry *e;
    int r;
    while ((r = next_member(s, &e)) == ARCHIVE_OK) {
        if (strcmp(archive_entry_pathname(e), s->image->said.name) == 0 &&
            !take_image(s, archive_entry_size(e)))
            return false;
    }
    if (r != ARCHIVE_EOF)
        return false;
    return s->fd >= 0 || wrong(s, "the archive does not hold '%s', which its " DESCRIPTION " names",
                               s->image->said.name);
}

/* ---- all of it ---- */

static bool read_archive(struct swu *s, int fd)
{
    if (!check_headers(s, fd))
        return false;
    s->members = 0;
    s->archive = archive_read_new();
    if (s->archive == NULL)
        return wrong(s, "out of memory");
    if (archive_read_support_format_cpio(s->archive) != ARCHIVE_OK ||
        archive_read_open_fd(s->archive, fd, 16384) != ARCHIVE_OK)
        return wrong_archive(s);
    return read_description(s) && read_images(s);
}

static bool open_archive(struct swu *s, const char *path)
{
    int fd = open(path,
                  O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not keep the gateway waiting */
    if (fd < 0)
        return wrong(s, "'%.100s' cannot be opened: %s", path, strerror(errno));
    bool ok = read_archive(s, fd);
    archive_read_free(s->archive);
    close(fd);
    return ok;
}

/* Its bytes are on the disk before it has the name. */
static bool name_image(struct swu *s, const char *to)
{
    return (fsync(s->fd) == 0 && rename(s->part, to) == 0) ||
           wrong(s, "'%.100s' cannot be written: %s", to, strerror(errno));
}

bool swu_extract(const char *path, const char *board, const char *to, struct swu_image *image,
                 char *why, size_t cap)
{
    char *part;
    struct swu s = {.image = image, .board = board, .fd = -1, .why = why, .cap = cap};
    memset(image, 0, sizeof *image);
    why[0] = '\0';
    if (asprintf(&part, "%s.part", to) < 0)
        return wrong(&s, "out of memory");
    s.part = part;
    bool ok = open_archive(&s, path) && name_image(&s, to);
    if (s.fd >= 0)
        close(s.fd);
    if (!ok && s.fd >= 0)
        (void)unlink(part);
    free(part);
    sw_printable(why);
    return ok;
}
