#include "host/image/package/zip_file.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <string.h>

#define NEXT \
    "take the file of the build, or make a new one: slipway package IMAGE [IMAGE] PACKAGE.zip"

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

static int refuse(const char *path, const char *evidence)
{
    return cli_fail(CLI_BAD_FILE, cli_text("'%s' is not a package", path), evidence, NEXT);
}

static int refuse_archive(const char *path, struct archive *a)
{
    const char *why = archive_error_string(a);
    return refuse(path, cli_text("the zip file is damaged: %s",
                                 why != NULL ? cli_one_line(why) : "no reason is known"));
}

/* What the entry is called and how large it says it is. */
static int check_entry(const char *path, struct archive_entry *e, const struct zip_file *z,
                       uint64_t left)
{
    const char *name = archive_entry_pathname(e);
    const int64_t size = archive_entry_size(e);
    if (z->count == ZIP_ENTRIES_MAX)
        return refuse(path, cli_text("it holds more than %u files", ZIP_ENTRIES_MAX));
    if (name == NULL || !zip_name_is_plain(name))
        return refuse(path, cli_text("'%s' is not a plain file name (letters, digits, ._+-)",
                                     name != NULL ? cli_one_line(name) : "?"));
    if (archive_entry_filetype(e) != AE_IFREG || archive_entry_is_encrypted(e))
        return refuse(path, cli_text("'%s' is a folder, a link, or locked by a password", name));
    if (zip_find(z, name) != NULL)
        return refuse(path, cli_text("it holds '%s' twice", name));
    if (!archive_entry_size_is_set(e) || size < 0 || (uint64_t)size > left)
        return refuse(path, cli_text("with '%s' (%lld bytes) it holds more than %u bytes", name,
                                     (long long)size, ZIP_BYTES_MAX));
    return CLI_DONE;
}

/* All bytes of an entry, and not one more than it says it has. */
static int unpack(const char *path, struct archive *a, struct zip_entry *entry)
{
    size_t len = 0;
    for (;;) {
        uint8_t beyond;
        bool full = len == entry->blob.len;
        la_ssize_t n = archive_read_data(a, full ? &beyond : entry->blob.data + len,
                                         full ? 1 : entry->blob.len - len);
        if (n < 0)
            return refuse_archive(path, a);
        if (n == 0)
            break;
        if (full)
            return refuse(path, cli_text("'%s' is longer than the %zu bytes that it says",
                                         entry->name, entry->blob.len));
        len += (size_t)n;
    }
    return len == entry->blob.len ? CLI_DONE
                                  : refuse(path, cli_text("'%s' ends at %zu of %zu bytes",
                                                          entry->name, len, entry->blob.len));
}

static int read_entries(const char *path, struct archive *a, struct zip_file *z)
{
    uint64_t left = ZIP_BYTES_MAX;
    struct archive_entry *e;
    int r;
    while ((r = archive_read_next_header(a, &e)) == ARCHIVE_OK) {
        int code = check_entry(path, e, z, left);
        if (code != CLI_DONE)
            return code;
        struct zip_entry *entry = &z->entry[z->count];
        snprintf(entry->name, sizeof entry->name, "%s", archive_entry_pathname(e));
        entry->blob.len = (size_t)archive_entry_size(e);
        entry->blob.data = cli_memory(entry->blob.len);
        code = unpack(path, a, entry);
        if (code != CLI_DONE)
            return code;
        left -= entry->blob.len;
        z->count++;
    }
    return r == ARCHIVE_EOF ? CLI_DONE : refuse_archive(path, a);
}

int zip_read(const char *path, const struct cli_blob *b, struct zip_file *z)
{
    struct archive *a = archive_read_new();
    z->count = 0;
    if (a == NULL)
        return cli_fail(CLI_REFUSED, "out of memory", NULL, "free -m");
    int code;
    if (archive_read_support_format_zip_seekable(a) != ARCHIVE_OK ||
        archive_read_open_memory(a, b->data, b->len) != ARCHIVE_OK)
        code = refuse_archive(path, a);
    else
        code = read_entries(path, a, z);
    archive_read_free(a);
    return code;
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
                  : cli_fail(CLI_REFUSED, "the package cannot be packed",
                             why != NULL ? cli_one_line(why) : NULL, "free -m");
    archive_write_free(a);
    return code;
}
