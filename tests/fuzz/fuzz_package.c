/* Fuzz target: a package from anywhere. The bytes are a zip file; they are a manifest; and they are a manifest and an image in a
 * zip file that is whole, where the rest of the reader is reached. What is read is what it says it is. */
#include <stdlib.h>
#include <string.h>

#include "host/image/package/package.h"
#include "host/image/package/zip_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if (!ok)
        abort();
}

static void check_package(const struct package *p)
{
    check(p->count >= 1 && p->count <= MANIFEST_FILES_MAX);
    for (unsigned i = 0; i < p->count; i++) {
        const struct package_image *x = &p->image[i];
        const struct package_image *found = package_find(p, x->image, x->slot);
        check(found == x && x->file.size <= x->file.blob.len && x->file.hash.len > 0);
        const struct package_image *other = package_find(p, x->image, !x->slot);
        check(!x->in_place ? other == x : other != NULL && other != x && other->home != x->home);
    }
}

static void read_package(const struct cli_blob *b)
{
    static struct package p;
    if (package_read(&p, "x.zip", b, NULL) == CLI_DONE)
        check_package(&p);
}

static void read_zip(const uint8_t *data, size_t size)
{
    struct cli_blob b = {cli_memory(size), size};
    memcpy(b.data, data, size);
    read_package(&b);
}

static void read_manifest(const uint8_t *data, size_t size)
{
    struct manifest m;
    char why[200] = "";
    bool ok = manifest_parse((const char *)data, size, &m, why, sizeof why);
    check(ok ? m.count >= 1 && m.count <= MANIFEST_FILES_MAX : why[0] != '\0');
    for (unsigned i = 0; i < m.count && ok; i++)
        check(m.file[i].name[0] != '\0' && m.file[i].slot <= 1);
}

static void add(struct zip_file *z, const char *name, const uint8_t *data, size_t size)
{
    struct zip_entry *e = &z->entry[z->count++];
    strcpy(e->name, name);
    e->blob = (struct cli_blob){cli_memory(size), size};
    memcpy(e->blob.data, data, size);
}

/* The first two bytes say how long the manifest is, the next two how long the first image; the rest is the second one. */
static void read_whole(const uint8_t *data, size_t size)
{
    struct zip_file z = {.count = 0};
    struct cli_blob b;
    size_t len[2];
    if (size < 4)
        return;
    for (unsigned i = 0; i < 2; i++)
        len[i] = (size_t)(data[2 * i] | data[2 * i + 1] << 8);
    data += 4, size -= 4;
    len[0] = len[0] < size ? len[0] : size;
    len[1] = len[1] < size - len[0] ? len[1] : size - len[0];
    add(&z, "manifest.json", data, len[0]);
    add(&z, "a.bin", data + len[0], len[1]);
    add(&z, "b.bin", data + len[0] + len[1], size - len[0] - len[1]);
    check(zip_write(&z, 0, &b) == CLI_DONE && zip_is_one(&b));
    read_package(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_zip(data, size);
    read_manifest(data, size);
    read_whole(data, size);
    cli_release();
    return 0;
}
