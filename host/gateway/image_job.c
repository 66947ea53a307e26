#include "host/gateway/image_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/core/cli.h"
#include "host/gateway/store/swu.h"
#include "host/image/image_check.h"
#include "host/image/image_part.h"
#include "host/image/package/package.h"

/* ---- words ---- */

static void drop_line(void *ctx, const char *line)
{
    (void)ctx;
    (void)line;
}

/* "what; evidence", of which the first error counts. */
static void take_failure(void *ctx, enum cli_exit code, const char *what, const char *evidence,
                         const char *next)
{
    struct image_job *j = ctx;
    (void)code;
    (void)next;
    snprintf(j->why, sizeof j->why, "%s%s%s", what, evidence != NULL ? "; " : "",
             evidence != NULL ? evidence : "");
}

/* ---- reading ---- */

/* The file that holds the image or the package: that of a .swu is unpacked. */
static const char *image_path(struct image_job *j)
{
    struct swu_image image;
    if (!swu_is(j->path))
        return j->path;
    if (j->board == NULL) {
        snprintf(j->why, sizeof j->why,
                 "it is a .swu file, and the gateway's configuration does not say the device's "
                 "board");
        return NULL;
    }
    return swu_extract(j->path, j->board, j->unpacked, &image, j->why, sizeof j->why) ? j->unpacked
                                                                                      : NULL;
}

static bool keep(struct image_job *j, const struct image_file *f, const struct package_image *p)
{
    struct image_variant *v = &j->variant[j->count];
    if (f->blob.len > UINT32_MAX || f->hash.len > sizeof v->hash)
        return false;
    v->data = malloc(f->blob.len);
    if (v->data == NULL) {
        snprintf(j->why, sizeof j->why, "there is no memory for its %zu bytes", f->blob.len);
        return false;
    }
    memcpy(v->data, f->blob.data, f->blob.len);
    v->size = (uint32_t)f->blob.len;
    memcpy(v->hash, f->hash.bytes, f->hash.len);
    v->hash_len = f->hash.len;
    snprintf(v->version, sizeof v->version, "%s", f->version);
    v->in_place = p != NULL && p->in_place;
    v->slot = p != NULL ? p->slot : 0;
    j->count++;
    return true;
}

static bool keep_package(struct image_job *j, const struct package *p)
{
    for (unsigned i = 0; i < p->count; i++)
        if (p->image[i].image == j->image && j->count < IMAGE_VARIANTS_MAX &&
            !keep(j, &p->image[i].file, &p->image[i]))
            return false;
    if (j->count == 0)
        snprintf(j->why, sizeof j->why, "the package has nothing for image %u of the device",
                 (unsigned)j->image);
    return j->count > 0;
}

/* Signed with this key, or with any (NULL). */
static bool read_signed(struct image_job *j, const char *path, const char *key)
{
    struct package package;
    struct image_file file;
    if (package_load(&package, &file, path, key) != CLI_DONE)
        return false;
    if (package.count > 0)
        return keep_package(j, &package);
    return image_vectors_check_image(path, file.blob.data, file.blob.len, &file.header) ==
               CLI_DONE &&
           keep(j, &file, NULL);
}

static bool read_any(struct image_job *j, const char *path)
{
    if (j->keys.count == 0)
        return read_signed(j, path, NULL);
    for (uint32_t i = 0; i < j->keys.count; i++)
        if (read_signed(j, path, j->keys.text[i]))
            return true;
    return false;
}

void image_job_run(void *job)
{
    struct image_job *j = job;
    const struct cli_sink sink = {drop_line, take_failure, j};
    cli_set_sink(&sink);
    const char *path = image_path(j);
    j->fits = path != NULL && read_any(j, path);
    cli_set_sink(NULL);
}

void image_job_free(struct image_job *j)
{
    for (unsigned i = 0; i < j->count; i++)
        free(j->variant[i].data);
    j->count = 0;
}

const struct image_variant *image_job_variant(const struct image_job *j, unsigned free_slot)
{
    for (unsigned i = 0; i < j->count; i++)
        if (!j->variant[i].in_place || j->variant[i].slot == free_slot)
            return &j->variant[i];
    return NULL;
}
