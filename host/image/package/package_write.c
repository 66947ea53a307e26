/* package_write.c - the manifest is what nRF Connect SDK's script writes: numbers as texts, but for sizes, times and
 * addresses. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "host/image/package/package.h"
#include "host/image/package/zip_file.h"

#define MANIFEST_NAME "manifest.json"

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* Seconds since 1970: of a build that can be repeated, or the clock. */
static uint64_t time_now(void)
{
    uint64_t seconds;
    const char *text = getenv("SOURCE_DATE_EPOCH");
    return text != NULL && cli_parse_number(text, &seconds) ? seconds : (uint64_t)time(NULL);
}

static uint64_t time_of(const char *path, uint64_t now)
{
    struct stat st;
    return getenv("SOURCE_DATE_EPOCH") == NULL && stat(path, &st) == 0 ? (uint64_t)st.st_mtime
                                                                       : now;
}

static void put_file(struct json *j, const struct package_image *i,
                     const struct package_labels *labels, uint64_t now)
{
    const struct image_file *f = &i->file;
    char version[32];
    image_version_print(version, sizeof version, &f->header.version, '+');
    json_object(j, NULL);
    json_string(j, "type", "application");
    json_string(j, "board", labels->board);
    json_string(j, "soc", labels->soc);
    if (i->in_place)
        json_number(j, "load_address", i->home + f->header.hdr_size);
    json_string(j, "image_index", cli_text("%u", (unsigned)i->image));
    if (i->in_place) {
        json_string(j, "slot", cli_text("%u", 2 * (unsigned)i->image + i->slot));
    } else { /* counted from 1 */
        json_string(j, "slot_index_primary", cli_text("%u", 2 * (unsigned)i->image + 1));
        json_string(j, "slot_index_secondary", cli_text("%u", 2 * (unsigned)i->image + 2));
    }
    json_string(j, i->in_place ? "version_MCUBOOT+XIP" : "version_MCUBOOT", version);
    json_number(j, "size", f->blob.len);
    json_string(j, "file", base_name(f->path));
    json_number(j, "modtime", time_of(f->path, now));
    json_end(j);
}

static bool make_manifest(const struct package *p, const struct package_labels *labels,
                          uint64_t now, struct cli_blob *b)
{
    char *text = NULL;
    size_t len;
    struct json j;
    FILE *f = open_memstream(&text, &len);
    if (f == NULL)
        return false;
    json_begin(&j, f);
    json_number(&j, "format-version", 1);
    json_number(&j, "time", now);
    json_array(&j, "files");
    for (unsigned i = 0; i < p->count; i++)
        put_file(&j, &p->image[i], labels, now);
    json_end(&j);
    if (labels->name != NULL)
        json_string(&j, "name", labels->name);
    json_finish(&j);
    bool ok = fclose(f) == 0;
    if (ok) {
        *b = (struct cli_blob){cli_memory(len), len};
        memcpy(b->data, text, len);
    }
    free(text);
    return ok;
}

static int add(struct zip_file *z, const char *path, const struct cli_blob *b)
{
    const char *name = base_name(path);
    struct zip_entry *entry = &z->entry[z->count];
    if (!zip_name_is_plain(name) || zip_find(z, name) != NULL)
        return cli_fail(
            CLI_USAGE, cli_text("'%s' cannot be a file of a package", cli_one_line(name)),
            zip_find(z, name) != NULL ? "another file of it has this name"
                                      : "its name is not of letters, digits and ._+- alone",
            "give the file another name");
    snprintf(entry->name, sizeof entry->name, "%s", name);
    entry->blob = *b;
    z->count++;
    return CLI_DONE;
}

int package_write(const char *path, const struct package *p, const struct package_labels *labels)
{
    struct zip_file z = {.count = 0};
    struct cli_blob manifest, packed;
    const uint64_t now = time_now();
    if (!make_manifest(p, labels, now, &manifest))
        return cli_fail(CLI_REFUSED, "out of memory", NULL, "free -m");
    int code = add(&z, MANIFEST_NAME, &manifest);
    for (unsigned i = 0; i < p->count && code == CLI_DONE; i++)
        code = add(&z, p->image[i].file.path, &p->image[i].file.blob);
    if (code == CLI_DONE)
        code = zip_write(&z, now, &packed);
    return code == CLI_DONE ? cli_write_file(path, packed.data, packed.len, 0644) : code;
}
