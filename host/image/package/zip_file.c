#include "host/image/package/zip_file.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <string.h>

#include "core/base/bytes.h"

const struct zip_purpose zip_package = {
    "a package",
    "take the file of the build, or make a new one: slipway package IMAGE [IMAGE] PACKAGE.zip"};

bool zip_is_one(const struct cli_blob *b)
{
    /* A file, or the end of a zip file without one. */
    return b->len >= 4 && (memcmp(b->data, "PK\3\4", 4) == 0 || memcmp(b->data, "PK\5\6", 4) == 0);
}

bool zip_name_is_plain(const char *name)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-";
    size_t len = strlen(name);
    return len > 0 && len <= ZIP_NAME_MAX && strspn(name, letters) == len &&
           strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

const struct zip_entry *zip_find(const struct zip_file *z, const char *name)
{
    for (unsigned i = 0; i < z->count; i++)
        if (strcmp(z->entry[i].name, name) == 0)
            return &z->entry[i];
    return NULL;
}

const char *zip_names(const struct zip_file *z)
{
    const char *text = z->count == 0 ? "nothing" : "";
    for (unsigned i = 0; i < z->count; i++)
        text = cli_text("%s%s%s", text, i == 0 ? "" : ", ", z->entry[i].name);
    return text;
}

/* ---- reading ---- */

/* A file that is being read. */
struct reader {
    const char *path;
    const struct zip_purpose *purpose;
    struct archive *archive;
};

static int refuse(const struct reader *r, const char *evidence)
{
    return cli_fail(CLI_BAD_FILE, cli_text("'%s' is not %s", r->path, r->purpose->what), evidence,
                    r->purpose->next);
}

static int refuse_archive(const struct reader *r)
{
    const char *why = archive_error_string(r->archive);
    return refuse(r, cli_text("the zip file is damaged: %s",
                              why != NULL ? cli_one_line(why) : "no reason is known"));
}

/* What the entry is called and how large it says it is. */
static int check_entry(const struct reader *r, struct archive_entry *e, const struct zip_file *z,
                       uint64_t left)
{
    const char *name = archive_entry_pathname(e);
    const int64_t size = archive_entry_size(e);
    if (z->count == ZIP_ENTRIES_MAX)
        return refuse(r, cli_text("it holds more than %u files", ZIP_ENTRIES_MAX));
    if (name == NULL || !zip_name_is_plain(name))
        return refuse(r, cli_text("'%s' is not a plain file name (letters, digits, ._+-)",
                                  name != NULL ? cli_one_line(name) : "?"));
    if (archive_entry_filetype(e) != AE_IFREG || archive_entry_is_encrypted(e))
        return refuse(r, cli_text("'%s' is a folder, a link, or locked by a password", name));
    if (zip_find(z, name) != NULL)
        return refuse(r, cli_text("it holds '%s' twice", name));
    if (!archive_entry_size_is_set(e) || size < 0 || (uint64_t)size > left)
        return refuse(r, cli_text("with '%s' (%lld bytes) it holds more than %u bytes", name,
                                  (long long)size, ZIP_BYTES_MAX));
    return CLI_DONE;
}

/* All bytes of an entry, and not one more than it says it has. */
static int unpack(const struct reader *r, struct zip_entry *entry)
{
    size_t len = 0;
    for (;;) {
        uint8_t beyond;
        bool full = len == entry->blob.len;
        la_ssize_t n = archive_read_data(r->archive, full ? &beyond : entry->blob.data + len,
                                         full ? 1 : entry->blob.len - len);
        if (n < 0)
            return refuse_archive(r);
        if (n == 0)
            break;
        if (full)
            return refuse(r, cli_text("'%s' is longer than the %zu bytes that it says", entry->name,
                                      entry->blob.len));
        len += (size_t)n;
    }
    return len == entry->blob.len ? CLI_DONE
                                  : refuse(r, cli_text("'%s' ends at %zu of %zu bytes", entry->name,
                                                       len, entry->blob.len));
}

static int read_entries(const struct reader *r, struct zip_file *z)
{
    uint64_t left = ZIP_BYTES_MAX;
    struct archive_entry *e;
    int end;
    while ((end = archive_read_next_header(r->archive, &e)) == ARCHIVE_OK) {
        int code = check_entry(r, e, z, left);
        if (code != CLI_DONE)
            return code;
        struct zip_entry *entry = &z->entry[z->count];
        snprintf(entry->name, sizeof entry->name, "%s", archive_entry_pathname(e));
        entry->blob.len = (size_t)archive_entry_size(e);
        entry->blob.data = cli_memory(entry->blob.len);
        code = unpack(r, entry);
        if (code != CLI_DONE)
            return code;
        left -= entry->blob.len;
        z->count++;
    }
    return end == ARCHIVE_EOF ? CLI_DONE : refuse_archive(r);
}

int zip_read(const char *path, const struct cli_blob *b, const struct zip_purpose *purpose,
             struct zip_file *z)
{
    struct archive *a = archive_read_new();
    const struct reader r = {path, purpose, a};
    z->count = 0;
    if (a == NULL)
        return cli_fail(CLI_REFUSED, "out of memory", NULL, "free -m");
    int code;
    if (archive_read_support_format_zip_seekable(a) != ARCHIVE_OK ||
        archive_read_open_memory(a, b->data, b->len) != ARCHIVE_OK)
        code = refuse_archive(&r);
    else
        code = read_entries(&r, z);
    archive_read_free(a);
    return code;
}

/* ---- reading again, from front to back ---- */

static bool is_same_entry(struct archive *a, const struct zip_entry *entry)
{
    uint8_t part[4096];
    size_t len = 0;
    la_ssize_t n;
    while ((n = archive_read_data(a, part, sizeof part)) > 0) {
        if ((size_t)n > entry->blob.len - len ||
            memcmp(entry->blob.data + len, part, (size_t)n) != 0)
            return false;
        len += (size_t)n;
    }
    return n == 0 && len == entry->blob.len;
}

static bool are_same_entries(struct archive *a, const struct zip_file *z)
{
    struct archive_entry *e;
    for (unsigned i = 0; i < z->count; i++) {
        if (archive_read_next_header(a, &e) != ARCHIVE_OK)
            return false;
        const char *name = archive_entry_pathname(e);
        if (name == NULL || strcmp(name, z->entry[i].name) != 0 || !is_same_entry(a, &z->entry[i]))
            return false;
    }
    return archive_read_next_header(a, &e) == ARCHIVE_EOF;
}

#define DIRECTORY_END   22u /* bytes; it ends the file, without a comment */
#define DIRECTORY_ENTRY 46u /* and the name, and what is said beside it */

/* libarchive takes names from the entries, other programs from the directory. */
static bool has_same_directory(const struct cli_blob *b, const struct zip_file *z)
{
    if (b->len < DIRECTORY_END)
        return false;
    const size_t limit = b->len - DIRECTORY_END;
    const uint8_t *end = b->data + limit;
    size_t at = get_le32(end + 16);
    if (memcmp(end, "PK\5\6", 4) != 0 || get_le16(end + 10) != z->count)
        return false;
    for (unsigned i = 0; i < z->count; i++) {
        if (at > limit || limit - at < DIRECTORY_ENTRY || memcmp(b->data + at, "PK\1\2", 4) != 0)
            return false;
        const uint8_t *e = b->data + at;
        const size_t name = get_le16(e + 28), more = get_le16(e + 30) + get_le16(e + 32);
        at += DIRECTORY_ENTRY + name + more;
        if (at > limit || name != strlen(z->entry[i].name) ||
            memcmp(e + DIRECTORY_ENTRY, z->entry[i].name, name) != 0)
            return false;
    }
    return at == limit;
}

int zip_check_forward(const char *path, const struct cli_blob *b, const struct zip_purpose *purpose,
                      const struct zip_file *z)
{
    struct archive *a = archive_read_new();
    const struct reader r = {path, purpose, a};
    if (a == NULL)
        return cli_fail(CLI_REFUSED, "out of memory", NULL, "free -m");
    bool same =
        has_same_directory(b, z) && archive_read_support_format_zip_streamable(a) == ARCHIVE_OK &&
        archive_read_open_memory(a, b->data, b->len) == ARCHIVE_OK && are_same_entries(a, z);
    archive_read_free(a);
    return same ? CLI_DONE
                : refuse(&r, "its directory names other files than those that it has from front to "
                             "back: unpacked, they may be others than those that were read");
}

/* ---- writing ---- */

static bool write_entry(struct archive *a, const struct zip_entry *entry, uint64_t seconds)
{
    struct archive_entry *e = archive_entry_new();
    if (e == NULL)
        return false;
    archive_entry_set_pathname(e, entry->name);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_size(e, (la_int64_t)entry->blob.len);
    archive_entry_set_mtime(e, (time_t)seconds, 0);
    bool ok =
        archive_write_header(a, e) == ARCHIVE_OK &&
        archive_write_data(a, entry->blob.data, entry->blob.len) == (la_ssize_t)entry->blob.len &&
        archive_write_finish_entry(a) == ARCHIVE_OK;
    archive_entry_free(e);
    return ok;
}

/* Deflated: libarchive writes an entry's sum behind its data, and readers that go from front to back (Java's) take that of
 * a deflated entry only. */
static bool pack(struct archive *a, const struct zip_file *z, uint64_t seconds, struct cli_blob *b,
                 size_t cap)
{
    bool ok = archive_write_set_format_zip(a) == ARCHIVE_OK &&
              archive_write_zip_set_compression_deflate(a) == ARCHIVE_OK &&
              archive_write_set_bytes_in_last_block(a, 1) == ARCHIVE_OK &&
              archive_write_open_memory(a, b->data, cap, &b->len) == ARCHIVE_OK;
    for (unsigned i = 0; i < z->count && ok; i++)
        ok = write_entry(a, &z->entry[i], seconds);
    return ok && archive_write_close(a) == ARCHIVE_OK;
}

int zip_write(const struct zip_file *z, uint64_t seconds, struct cli_blob *b)
{
    size_t cap = 1024;
    for (unsigned i = 0; i < z->count; i++)
        cap += z->entry[i].blob.len + z->entry[i].blob.len / 64 + 1024;
    *b = (struct cli_blob){cli_memory(cap), 0};
    struct archive *a = archive_write_new();
    bool ok = a != NULL && pack(a, z, seconds, b, cap);
    const char *why = a != NULL && archive_errno(a) != 0 ? archive_error_string(a) : NULL;
    int code = ok ? CLI_DONE
                  : cli_fail(CLI_REFUSED, "the zip file cannot be packed",
                             why != NULL ? cli_one_line(why) : NULL, "free -m");
    archive_write_free(a);
    return code;
}
