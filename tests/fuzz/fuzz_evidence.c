/* Fuzz target: a pack of evidence from anywhere. The bytes are a zip file; they are a manifest; they are the document of each
 * check; and they are a file of a pack that is whole otherwise, where the rest of the checker is reached. What is found to be
 * right is right. */
#include <stdlib.h>
#include <string.h>

#include "host/evidence/audit.h"
#include "host/evidence/pack.h"
#include "host/evidence/words.h"
#include "host/image/package/zip_file.h"
#include "testing/rig_evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct audit a;
static struct rig_evidence r;

static void check(bool ok)
{
    if (!ok)
        abort();
}

/* A pack with nothing wrong has each check once, with the outcome of its document, and a verdict that follows. */
static void check_audit(void)
{
    const struct evidence *e = &a.manifest;
    check(e->check_count <= EVIDENCE_CHECKS_MAX && e->file_count <= EVIDENCE_FILES_MAX);
    if (a.wrong_count > 0)
        return;
    check(e->check_count == EVIDENCE_KINDS && e->passed == evidence_passed(e));
    check(a.signature.state != SIGNATURE_WRONG);
    for (unsigned i = 0; i < e->check_count; i++)
        check(e->check[i].document == NULL || a.judged[i].outcome == e->check[i].outcome);
    check(strlen(evidence_readme(e, NULL)) > 0);
}

static void audit(const struct zip_file *z)
{
    if (audit_pack("x.zip", z, NULL, &a) == CLI_DONE)
        check_audit();
    evidence_free(&a.manifest);
}

static struct cli_blob copy(const uint8_t *data, size_t size)
{
    struct cli_blob b = {cli_memory(size), size};
    memcpy(b.data, data, size);
    return b;
}

static void read_zip(const uint8_t *data, size_t size)
{
    static const struct zip_purpose purpose = {"a pack", "none"};
    struct zip_file z;
    const struct cli_blob b = copy(data, size);
    if (zip_read("x.zip", &b, &purpose, &z) == CLI_DONE &&
        zip_check_forward("x.zip", &b, &purpose, &z) == CLI_DONE)
        audit(&z);
}

static void read_manifest(const uint8_t *data, size_t size)
{
    char why[200] = "";
    check(manifest_read((const char *)data, size, &a.manifest, why, sizeof why) || why[0] != '\0');
    evidence_free(&a.manifest);
}

static void read_documents(const uint8_t *data, size_t size)
{
    struct evidence_judgement j;
    for (unsigned i = 0; i < EVIDENCE_KINDS; i++)
        if (!evidence_judge(&r.e, &evidence_kinds[i], (const char *)data, size, &j))
            check(j.outcome == EVIDENCE_NOT_RUN && j.summary[0] != '\0');
}

/* The first byte chooses the file that the others are: of the pack, or its signature and key. */
static void read_whole(const uint8_t *data, size_t size)
{
    if (size == 0)
        return;
    const struct cli_blob b = copy(data + 1, size - 1);
    const unsigned which = data[0] % (r.files.count + 2);
    if (which < r.files.count)
        r.files.entry[which].blob = b;
    rig_evidence_finish(&r, NULL);
    if (which >= r.files.count - 1) {
        pack_add(&r.files, EVIDENCE_KEY, &b);
        pack_add(&r.files, EVIDENCE_SIGNATURE, &b);
    }
    audit(&r.files);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    rig_evidence_begin(&r);
    read_zip(data, size);
    read_manifest(data, size);
    read_documents(data, size);
    read_whole(data, size);
    cli_release();
    return 0;
}
