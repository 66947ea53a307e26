#include "host/image/package/package.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/image/encrypted/encrypted.h"
#include "host/image/build/build.h"
#include "host/image/image_check.h"
#include "host/image/image_part.h"
#include "host/image/package/zip_file.h"

#define NEXT_MANIFEST \
    "take the package of the build, or make a new one: slipway package IMAGE [IMAGE] PACKAGE.zip"
#define NEXT_HALVES                                                                               \
    "build both links of one version: make firmware STRATEGY=direct-xip, or slipway package A B " \
    "PACKAGE.zip"

static int refuse(const char *path, const char *evidence)
{
    return cli_fail(CLI_BAD_FILE, cli_text("the manifest of '%s' is wrong", path), evidence,
                    NEXT_MANIFEST);
}

/* ---- one file against what the manifest says of it ---- */

static int check_version(const char *path, const struct package_image *i,
                         const struct manifest_file *m)
{
    struct image_version stated;
    char have[32];
    const struct image_version *v = &i->file.header.version;
    if (m->version[0] == '\0')
        return CLI_DONE;
    if (image_version_parse(&stated, m->version) && image_version_compare(&stated, v) == 0 &&
        stated.build == v->build)
        return CLI_DONE;
    image_version_print(have, sizeof have, v, '+');
    return refuse(path, cli_text("it says that '%s' is version %s; the image is %s", m->name,
                                 cli_one_line(m->version), have));
}

/* The SDK states the address behind the header. */
static bool is_at(const struct image_file *f, uint32_t home, uint32_t stated)
{
    return stated == home || stated == home + f->header.hdr_size;
}

/* Of an image whose header does not say where it runs, the reset vector tells whether the manifest can be right. */
static bool starts_behind(const struct image_file *f, uint32_t stated)
{
    const uint8_t *program = f->blob.data + f->header.hdr_size;
    return f->header.hdr_size <= f->size &&
           image_has_vectors(program, f->size - f->header.hdr_size) &&
           get_le32(program + 4) - stated < f->size;
}

bool package_home(const struct image_file *f, uint32_t *home)
{
    *home = f->header.load_addr;
    return (f->header.flags & IMAGE_FLAG_ROM_FIXED) != 0;
}

static int check_home(const char *path, struct package_image *i, const struct manifest_file *m)
{
    bool known = package_home(&i->file, &i->home);
    if (!i->in_place)
        return CLI_DONE;
    if (!known && !m->has_load_address)
        return refuse(path,
                      cli_text("nothing says for which address '%s' was linked: the image was "
                               "signed without --rom-fixed, and there is no load_address",
                               m->name));
    if (!known)
        i->home = m->load_address;
    if (!m->has_load_address ||
        (known ? is_at(&i->file, i->home, m->load_address)
               : image_is_encrypted(&i->file.header) || starts_behind(&i->file, m->load_address)))
        return CLI_DONE;
    return refuse(
        path, known ? cli_text("it says that '%s' runs at 0x%08x; the image was signed for 0x%08x",
                               m->name, (unsigned)m->load_address, (unsigned)i->home)
                    : cli_text("it says that '%s' runs at 0x%08x; its reset vector leads elsewhere",
                               m->name, (unsigned)m->load_address));
}

static int take_file(struct package_image *i, const char *path, const struct manifest_file *m,
                     const struct zip_file *z, const char *key)
{
    const struct zip_entry *entry = zip_find(z, m->name);
    *i = (struct package_image){.image = m->image, .in_place = m->in_place, .slot = m->slot};
    if (entry == NULL)
        return cli_fail(
            CLI_BAD_FILE, cli_text("'%s' is not whole", path),
            cli_text("its manifest names '%s'; it holds %s", cli_one_line(m->name), zip_names(z)),
            NEXT_MANIFEST);
    if (entry->blob.len != m->size)
        return refuse(path, cli_text("it says that '%s' has %u bytes; it has %zu", m->name,
                                     (unsigned)m->size, entry->blob.len));
    const char *name = cli_text("%s: %s", path, m->name);
    int code = image_file_take(&i->file, name, &entry->blob, key);
    if (code == CLI_DONE)
        code =
            image_vectors_check_image(name, i->file.blob.data, i->file.blob.len, &i->file.header);
    if (code == CLI_DONE)
        code = check_version(path, i, m);
    return code == CLI_DONE ? check_home(path, i, m) : code;
}

/* ---- the files of one image ---- */

int package_check_halves(const char *path, const struct package_image *a,
                         const struct package_image *b)
{
    if (image_version_compare(&a->file.header.version, &b->file.header.version) != 0 ||
        a->file.header.version.build != b->file.header.version.build)
        return cli_fail(CLI_BAD_FILE, cli_text("the halves of '%s' are of two versions", path),
                        cli_text("%s is %s, %s is %s", a->file.path, a->file.version, b->file.path,
                                 b->file.version),
                        NEXT_HALVES);
    if (a->home == b->home)
        return cli_fail(CLI_BAD_FILE, cli_text("the halves of '%s' are for the same slot", path),
                        cli_text("%s and %s were both linked for 0x%08x", a->file.path,
                                 b->file.path, (unsigned)a->home),
                        NEXT_HALVES);
    return CLI_DONE;
}

/* Image number i of the package, with what comes behind it. */
static int check_image(const struct package *p, unsigned i)
{
    const struct package_image *first = &p->image[i], *other = NULL;
    for (unsigned k = 0; k < p->count; k++) {
        const struct package_image *x = &p->image[k];
        if (k == i || x->image != first->image)
            continue;
        if (!x->in_place || !first->in_place)
            return refuse(p->path, cli_text("it has two files for image %u, and not of both says "
                                            "version_MCUBOOT+XIP which slot it is for",
                                            (unsigned)first->image));
        if (x->slot == first->slot)
            return refuse(p->path, cli_text("it has two files for slot %u of image %u",
                                            (unsigned)x->slot, (unsigned)x->image));
        other = x;
    }
    if (!first->in_place)
        return CLI_DONE;
    if (other == NULL)
        return cli_fail(
            CLI_BAD_FILE, cli_text("'%s' lacks a half", p->path),
            cli_text("image %u runs in its slot: there is %s for slot %u, and nothing for "
                     "slot %u",
                     (unsigned)first->image, first->file.version,
                     2 * (unsigned)first->image + first->slot,
                     2 * (unsigned)first->image + !first->slot),
            NEXT_HALVES);
    return package_check_halves(p->path, first, other);
}

static int read_manifest(const char *path, const struct zip_file *z, struct manifest *m)
{
    char why[200] = "";
    const struct zip_entry *entry = zip_find(z, "manifest.json");
    if (entry == NULL)
        return cli_fail(CLI_BAD_FILE, cli_text("'%s' is not a package", path),
                        cli_text("it has no manifest.json; it holds %s", zip_names(z)),
                        NEXT_MANIFEST);
    return manifest_parse((const char *)entry->blob.data, entry->blob.len, m, why, sizeof why)
               ? CLI_DONE
               : refuse(path, cli_one_line(why));
}

int package_read(struct package *p, const char *path, const struct cli_blob *b, const char *key)
{
    struct zip_file z;
    struct manifest m;
    *p = (struct package){.path = path};
    int code = zip_read(path, b, &zip_package, &z);
    if (code == CLI_DONE)
        code = read_manifest(path, &z, &m);
    if (code != CLI_DONE)
        return code;
    for (unsigned i = 0; i < m.count && code == CLI_DONE; i++) {
        code = take_file(&p->image[i], path, &m.file[i], &z, key);
        p->count += code == CLI_DONE;
    }
    for (unsigned i = 0; i < p->count && code == CLI_DONE; i++)
        code = check_image(p, i);
    return code;
}

/* ---- choosing ---- */

int package_load(struct package *p, struct image_file *f, const char *path, const char *key)
{
    struct cli_blob b;
    int code = image_read_file(path, &b);
    p->count = 0;
    if (code != CLI_DONE)
        return code;
    return zip_is_one(&b) ? package_read(p, path, &b, key) : image_file_take(f, path, &b, key);
}

const struct package_image *package_find(const struct package *p, uint32_t image, unsigned slot)
{
    for (unsigned i = 0; i < p->count; i++)
        if (p->image[i].image == image && (!p->image[i].in_place || p->image[i].slot == slot))
            return &p->image[i];
    return NULL;
}

bool package_begins_image(const struct package *p, unsigned file)
{
    for (unsigned i = 0; i < file; i++)
        if (p->image[i].image == p->image[file].image)
            return false;
    return true;
}

int package_choose(const struct package *p, uint32_t image, unsigned slot,
                   const struct package_image **chosen)
{
    const char *has = "";
    *chosen = package_find(p, image, slot);
    if (*chosen != NULL)
        return CLI_DONE;
    for (unsigned i = 0; i < p->count; i++)
        if (package_begins_image(p, i))
            has = cli_text("%s%s image %u", has, i == 0 ? "" : ",", (unsigned)p->image[i].image);
    return cli_fail(CLI_REFUSED,
                    cli_text("'%s' has nothing for image %u", p->path, (unsigned)image),
                    cli_text("it has files of%s", has), "--image NUMBER names another one");
}
