#include "host/evidence/audit.h"

#include <string.h>

#include "core/crypto/hash.h"

const char *evidence_sha256(const struct cli_blob *b)
{
    uint8_t hash[SHA256_SIZE];
    char digits[2 * sizeof hash + 1];
    digest_find("SHA256")->compute(b->data, b->len, hash);
    cli_hex(digits, hash, sizeof hash);
    return cli_text("%s", digits);
}

static void wrong(struct audit *a, const char *what)
{
    if (a->wrong_count < AUDIT_WRONG_MAX)
        a->wrong[a->wrong_count] = what;
    a->wrong_count++;
}

/* ---- files ---- */

static bool is_special(const char *name)
{
    return strcmp(name, EVIDENCE_MANIFEST) == 0 || strcmp(name, EVIDENCE_SIGNATURE) == 0 ||
           strcmp(name, EVIDENCE_KEY) == 0;
}

static const struct evidence_file *find_listed(const struct evidence *e, const char *name)
{
    for (unsigned i = 0; i < e->file_count; i++)
        if (strcmp(e->file[i].name, name) == 0)
            return &e->file[i];
    return NULL;
}

static void check_file(struct audit *a, const struct zip_file *z, const struct evidence_file *f)
{
    const char *name = cli_one_line(f->name);
    const struct zip_entry *entry = zip_find(z, f->name);
    if (find_listed(&a->manifest, f->name) != f || is_special(f->name))
        wrong(a, cli_text("the manifest lists '%s' twice, or lists itself", name));
    else if (entry == NULL)
        wrong(a, cli_text("'%s' is missing", name));
    else if (entry->blob.len != f->bytes)
        wrong(a, cli_text("'%s' has %zu bytes, and had %llu", name, entry->blob.len,
                          (unsigned long long)f->bytes));
    else if (strcmp(evidence_sha256(&entry->blob), f->sha256) != 0)
        wrong(a, cli_text("'%s' has changed: SHA-256 %.16s..., was %.16s...", name,
                          evidence_sha256(&entry->blob), f->sha256));
}

static void check_files(struct audit *a, const struct zip_file *z)
{
    for (unsigned i = 0; i < a->manifest.file_count; i++)
        check_file(a, z, &a->manifest.file[i]);
    for (unsigned i = 0; i < z->count; i++)
        if (!is_special(z->entry[i].name) && find_listed(&a->manifest, z->entry[i].name) == NULL)
            wrong(a, cli_text("'%s' is not in the manifest", z->entry[i].name));
}

/* ---- checks ---- */

static const char *counted(uint64_t n)
{
    return cli_text("%llu warning%s", (unsigned long long)n, n == 1 ? "" : "s");
}

/* The outcome that the manifest gives is the one that the document shows; then its words count, too. */
static void check_document(struct audit *a, const struct zip_file *z, unsigned i)
{
    struct evidence_check *c = &a->manifest.check[i];
    const struct evidence_kind *kind = evidence_kind(c->name);
    const struct zip_entry *entry = zip_find(z, c->document);
    struct evidence_judgement *j = &a->judged[i];
    if (entry == NULL || find_listed(&a->manifest, c->document) == NULL)
        wrong(a, cli_text("%s: its document '%s' is not among the files", c->name,
                          cli_one_line(c->document)));
    else if (strcmp(kind->document, c->document) != 0)
        wrong(a, cli_text("%s: its document is '%s'", c->name, c->document));
    else if (!evidence_judge(&a->manifest, kind, (const char *)entry->blob.data, entry->blob.len,
                             j))
        wrong(a, cli_text("%s: '%s': %s", c->name, c->document, j->summary));
    else if (j->outcome != c->outcome || j->warnings != c->warnings)
        wrong(a, cli_text("%s: the manifest says %s with %s, the document shows %s with %s",
                          c->name, evidence_outcome_names[c->outcome], counted(c->warnings),
                          evidence_outcome_names[j->outcome], counted(j->warnings)));
    else
        c->summary = j->summary;
}

static unsigned times_checked(const struct evidence *e, const char *name)
{
    unsigned n = 0;
    for (unsigned i = 0; i < e->check_count; i++)
        n += strcmp(e->check[i].name, name) == 0;
    return n;
}

static void check_checks(struct audit *a, const struct zip_file *z)
{
    const struct evidence *e = &a->manifest;
    for (unsigned i = 0; i < EVIDENCE_KINDS; i++) {
        const struct evidence_kind *kind = &evidence_kinds[i];
        unsigned times = times_checked(e, kind->name);
        if (times != 1)
            wrong(a, cli_text("the check '%s' is in the manifest %u times", kind->name, times));
    }
    for (unsigned i = 0; i < e->check_count; i++)
        if (evidence_kind(e->check[i].name) == NULL)
            wrong(a, cli_text("there is no check '%s'", cli_one_line(e->check[i].name)));
        else if (e->check[i].document != NULL)
            check_document(a, z, i);
    if (e->passed != evidence_passed(e))
        wrong(a, cli_text("the verdict is %s, and does not follow from the checks",
                          e->passed ? "passed" : "failed"));
}

/* An SBOM is the one kind of input that the pack has. */
static void check_sbom(struct audit *a, const struct evidence_input *in)
{
    for (unsigned i = 0; i < a->manifest.file_count; i++)
        if (strcmp(a->manifest.file[i].sha256, in->sha256) == 0)
            return;
    wrong(a, cli_text("the SBOM %s is not among the files", cli_one_line(in->path)));
}

static void check_inputs(struct audit *a)
{
    static const char *const roles[] = {"bootloader", "old image", "new image"};
    for (size_t i = 0; i < ARRAY_LEN(roles); i++)
        if (evidence_input(&a->manifest, roles[i]) == NULL)
            wrong(a, cli_text("the manifest names no %s", roles[i]));
    for (unsigned i = 0; i < a->manifest.input_count; i++)
        if (strcmp(a->manifest.input[i].role, "SBOM") == 0)
            check_sbom(a, &a->manifest.input[i]);
}

void audit_input(struct audit *a, const char *role, const char *path, const char *sha256)
{
    const struct evidence_input *in = evidence_input(&a->manifest, role);
    if (in != NULL && strcmp(in->sha256, sha256) != 0)
        wrong(a, cli_text("%s is not the %s of the pack: SHA-256 %.16s..., was %.16s...", path,
                          role, sha256, in->sha256));
}

/* Changed bytes of a signed manifest are refused as such, whether they still are JSON or not. */
static int no_manifest(const char *path, const struct signature *s, const char *why)
{
    bool changed = s->state == SIGNATURE_WRONG;
    return cli_fail(changed ? CLI_REFUSED : CLI_BAD_FILE,
                    cli_text("the manifest of '%s' cannot be read", path),
                    cli_text("%s%s%s%s", changed ? "signature: " : "", changed ? s->why : "",
                             changed ? "\n" : "", cli_one_line(why)),
                    "take the pack as slipway evidence made it");
}

int audit_pack(const char *path, const struct zip_file *z, const struct key *given, struct audit *a)
{
    char why[200] = "";
    const struct zip_entry *manifest = zip_find(z, EVIDENCE_MANIFEST);
    *a = (struct audit){.wrong_count = 0};
    if (manifest == NULL)
        return cli_fail(CLI_BAD_FILE, cli_text("'%s' is not an evidence pack", path),
                        cli_text("it has no " EVIDENCE_MANIFEST "; it holds %s", zip_names(z)),
                        "take the pack as slipway evidence made it");
    a->signature = signature_check(z, given);
    if (!manifest_read((const char *)manifest->blob.data, manifest->blob.len, &a->manifest, why,
                       sizeof why))
        return no_manifest(path, &a->signature, why);
    if (a->signature.state == SIGNATURE_WRONG)
        wrong(a, cli_text("signature: %s", a->signature.why));
    check_files(a, z);
    check_inputs(a);
    if (a->wrong_count == 0) /* a document that somebody has changed is not even parsed */
        check_checks(a, z);
    return CLI_DONE;
}
