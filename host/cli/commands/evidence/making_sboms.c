/* making_sboms.c - the SBOMs of a pack: those of the command line, or those that lie beside the files. */
#include <string.h>
#include <unistd.h>

#include "host/cli/commands/evidence/making.h"
#include "host/evidence/audit.h"
#include "host/evidence/pack.h"

static const char *const endings[] = {".cdx.json", ".spdx.json"};

/* The SHA-256 of the SBOM that the new image names, in digits; NULL: it names none. */
static const char *named(const struct making *m)
{
    const struct image_file *f = &m->image[NEW_IMAGE];
    uint8_t sha256[SHA256_SIZE];
    char digits[2 * sizeof sha256 + 1];
    bool found = false;
    if (m->no_image[NEW_IMAGE] != NULL)
        return NULL;
    const struct image_source s = image_source_memory(f->blob.data, (uint32_t)f->blob.len);
    if (image_sbom(&s, &f->header, sha256, &found) != IMAGE_FAULT_NONE || !found)
        return NULL;
    cli_hex(digits, sha256, sizeof sha256);
    return cli_text("%s", digits);
}

static int add(struct making *m, const char *path)
{
    struct cli_blob b;
    const char *slash = strrchr(path, '/');
    const char *name = cli_text("sbom-%s", slash != NULL ? slash + 1 : path);
    int code = making_input(m, "SBOM", path, &b);
    if (code != CLI_DONE)
        return code;
    if (!zip_name_is_plain(name) || zip_find(&m->files, name) != NULL)
        return cli_fail(CLI_USAGE, cli_text("'%s' cannot be a file of the pack", path),
                        zip_find(&m->files, name) != NULL
                            ? "another SBOM has this name"
                            : "its name is not of letters, digits and ._+- alone, or too long",
                        "give the file another name");
    const char *sha256 = named(m);
    if (sha256 != NULL && strcmp(m->e.input[m->e.input_count - 1].sha256, sha256) == 0)
        m->bound_sbom = path;
    pack_add(&m->files, name, &b);
    return CLI_DONE;
}

/* ---- those that a build leaves beside a program ---- */

static int add_both(struct making *m, const char *stem)
{
    int code = CLI_DONE;
    for (size_t i = 0; i < ARRAY_LEN(endings) && code == CLI_DONE; i++) {
        const char *path = cli_text("%s%s", stem, endings[i]);
        if (access(path, R_OK) == 0)
            code = add(m, path);
    }
    return code;
}

static bool is_named(const char *path, const char *sha256)
{
    struct cli_blob b;
    return access(path, R_OK) == 0 && cli_read_file(path, EVIDENCE_INPUT_MAX, &b) == CLI_DONE &&
           strcmp(evidence_sha256(&b), sha256) == 0;
}

/* Of "app-2.0.0.signed.bin" the build may have written app-2.0.0.cdx.json or app.cdx.json. Only what the image names
 * belongs to it. */
static int add_of_new(struct making *m)
{
    const char *sha256 = named(m), *path = m->a->arg[1 + NEW_IMAGE];
    const char *slash = strrchr(path, '/');
    size_t base = slash != NULL ? (size_t)(slash - path) + 1 : 0;
    for (size_t len = strlen(path); sha256 != NULL && len > base; len--) {
        const char *stem = cli_text("%.*s", (int)len, path);
        if (path[len] != '\0' && path[len] != '.' && path[len] != '-')
            continue;
        for (size_t i = 0; i < ARRAY_LEN(endings); i++)
            if (is_named(cli_text("%s%s", stem, endings[i]), sha256))
                return add_both(m, stem);
    }
    return CLI_DONE;
}

static int add_of_bootloader(struct making *m)
{
    const char *path = m->e.input[0].path, *dot = strrchr(path, '.'), *slash = strrchr(path, '/');
    bool ends = dot != NULL && (slash == NULL || dot > slash);
    return add_both(m, ends ? cli_text("%.*s", (int)(dot - path), path) : path);
}

int making_read_sboms(struct making *m)
{
    const char *path;
    int code = CLI_DONE;
    if (!cli_has(m->a, "sbom")) {
        code = add_of_bootloader(m);
        return code == CLI_DONE ? add_of_new(m) : code;
    }
    for (unsigned i = 0; code == CLI_DONE && (path = cli_nth_value(m->a, "sbom", i)) != NULL; i++)
        code = add(m, path);
    return code;
}

const char *making_no_sbom(const struct making *m)
{
    if (m->no_boot != NULL)
        return m->no_boot;
    if (m->no_image[NEW_IMAGE] != NULL)
        return m->no_image[NEW_IMAGE];
    if (named(m) == NULL)
        return "the new image names no SBOM (slipway sign --sbom FILE)";
    if (m->bound_sbom == NULL)
        return cli_text("the new image names the SBOM with SHA-256 %s, which is not there "
                        "(--sbom FILE)",
                        named(m));
    return NULL;
}
