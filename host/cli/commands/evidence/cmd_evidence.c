/* cmd_evidence.c - slipway evidence: what proves an update of these files, in a folder and a signed zip file. */
#include <stdlib.h>
#include <string.h>

#include "host/cli/commands/commands.h"
#include "host/cli/commands/evidence/making.h"
#include "host/cli/commands/rehearse/update_options.h"
#include "host/evidence/audit.h"
#include "host/evidence/pack.h"
#include "host/evidence/words.h"
#include "rehearse/cuts/board_cuts.h"

#define PROGRAM_MAX (256u << 20)

/* A pkcs11: URI may hold a PIN; where the pack lies says nothing about it. */
static const char *const left_out[] = {"key", "out", "json", "quiet", "verbose", NULL};

static int take_head(struct making *m)
{
    struct cli_blob self;
    struct evidence *e = &m->e;
    int code = cli_number(m->a, "cuts", 200, 1, CUTS_CASES_MAX, &e->cuts);
    if (code == CLI_DONE)
        code = cli_number(m->a, "seed", 1, 0, INT64_MAX, &e->seed);
    if (code == CLI_DONE)
        code = cli_read_file("/proc/self/exe", PROGRAM_MAX, &self);
    if (code != CLI_DONE)
        return code;
    e->program = cli_text("slipway %s", cli_version);
    e->program_sha256 = evidence_sha256(&self);
    e->command = cli_command_line(m->a, left_out);
    evidence_libraries(e);
    return CLI_DONE;
}

/* The name of a folder, however it was typed. */
static const char *without_slashes(const char *path)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    return cli_text("%.*s", (int)len, path);
}

/* All that can be refused before the work begins. */
static int open_all(struct making *m)
{
    const char *key = cli_value(m->a, "key", NULL);
    m->name = without_slashes(cli_value(m->a, "out", ""));
    int code = pack_check_name(m->name);
    if (code == CLI_DONE)
        code = take_head(m);
    if (code == CLI_DONE && key != NULL)
        code = signature_key(key, &m->key);
    if (code == CLI_DONE)
        code = making_read(m);
    return code == CLI_DONE ? making_read_sboms(m) : code;
}

/* ---- the pack ---- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct zip_entry *)a)->name, ((const struct zip_entry *)b)->name);
}

/* The names in m->e are those in m->files, whose order stays from here on. */
static void list_files(struct making *m)
{
    qsort(m->files.entry, m->files.count, sizeof m->files.entry[0], compare_names);
    for (unsigned i = 0; i < m->files.count; i++) {
        const struct zip_entry *z = &m->files.entry[i];
        m->e.file[m->e.file_count++] =
            (struct evidence_file){z->name, z->blob.len, evidence_sha256(&z->blob)};
    }
}

static int finish(struct making *m, struct cli_blob *manifest)
{
    const struct key *key = m->key.pkey != NULL ? &m->key : NULL;
    m->e.passed = evidence_passed(&m->e);
    const char *readme = evidence_readme(&m->e, key);
    const struct cli_blob b = {(uint8_t *)(uintptr_t)readme, strlen(readme)};
    pack_add(&m->files, EVIDENCE_README, &b);
    list_files(m);
    int code = manifest_write(&m->e, manifest);
    if (code != CLI_DONE)
        return code;
    pack_add(&m->files, EVIDENCE_MANIFEST, manifest);
    if (key != NULL)
        code = signature_add(key, &m->files);
    return code == CLI_DONE ? pack_write(m->name, &m->files) : code;
}

/* ---- what is printed ---- */

static void print_signature(const struct making *m)
{
    if (m->key.pkey == NULL) {
        cli_warn("the pack is NOT SIGNED: anybody can change it, and nobody vouches for it", NULL,
                 "--key SIGNING.pem signs it");
        return;
    }
    cli_say("signed         %s", evidence_key_text(&m->key));
    if (m->key.development)
        cli_warn("the pack is signed with a DEVELOPMENT KEY: whoever has the build has it", NULL,
                 "--key: a key that is yours");
}

static int report(const struct making *m, const struct cli_blob *manifest)
{
    cli_say("pack           %s and %s.zip, %u files", m->name, m->name, m->files.count);
    print_signature(m);
    if (cli_mode.json)
        fwrite(manifest->data, 1, manifest->len, stdout);
    if (m->e.passed) {
        cli_say("evidence: passed");
        return CLI_DONE;
    }
    return evidence_refuse(
        "the evidence is unfavourable; it is in the pack as it is", evidence_against(&m->e),
        cli_text("read %s/" EVIDENCE_README "; each check's command is in %s/" EVIDENCE_MANIFEST,
                 m->name, m->name));
}

static int run(const struct cli_args *a)
{
    static struct making m;
    struct cli_blob manifest;
    m = (struct making){.a = a};
    int code = open_all(&m);
    if (code == CLI_DONE)
        code = making_check(&m);
    if (code == CLI_DONE)
        code = making_check_inputs(&m);
    if (code == CLI_DONE)
        code = finish(&m, &manifest);
    if (code == CLI_DONE)
        code = report(&m, &manifest);
    key_free(&m.key);
    return code;
}

static const struct cli_option options[] = {
    {"out", 'o', "NAME", "the folder to write; NAME.zip has the same files", CLI_REQUIRED},
    {"key", 'k', "SIGNING.pem", "sign the pack with this private key", 0},
    {"sbom", 0, "FILE", "an SBOM for the pack (default: those beside the bootloader and NEW)",
     CLI_REPEATED},
    {"allow-development", 0, NULL, "a development key is a warning, and does not fail the pack", 0},
    REHEARSE_UPDATE_OPTIONS,
    {0},
};

const struct cli_command cmd_evidence = {
    .name = "evidence",
    .summary = "prove an update of these files, in a signed pack",
    .arguments = "BOOTLOADER OLD NEW",
    .min_args = 3,
    .max_args = 3,
    .options = options,
    .details =
        "Verifies OLD and NEW against the bootloader's keys, checks that they fit the layout,\n"
        "rehearses the update with power cuts, and looks at keys and configuration. What comes of "
        "it\n"
        "goes into the folder NAME and into NAME.zip: each check's document, the rehearsal's "
        "page,\n"
        "SBOMs, and a manifest with the inputs by SHA-256, the commands, seed and versions, which "
        "is\n"
        "signed. An unfavourable result is in it as it is; the exit code is then 1. What could "
        "not\n"
        "be checked is in it as \"not run\", with the reason.",
    .example =
        "slipway evidence bootloader.elf 1.0.0.signed.bin 2.0.0.signed.bin --key release.pem "
        "--out evidence-2.0.0\n"
        "slipway evidence check evidence-2.0.0.zip -k release.pub.pem",
    .run = run,
};
