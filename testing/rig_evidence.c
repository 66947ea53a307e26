#include "testing/rig_evidence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/evidence/audit.h"
#include "host/evidence/manifest_write.h"
#include "host/evidence/pack.h"
#include "host/evidence/signature.h"
#include "testing/rig_folder.h"

#define SHA_BOOT "1111111111111111111111111111111111111111111111111111111111111111"
#define SHA_OLD  "2222222222222222222222222222222222222222222222222222222222222222"
#define SHA_NEW  "3333333333333333333333333333333333333333333333333333333333333333"
#define HASH_OLD "a2"
#define HASH_NEW "a3"

static const char sbom[] = "{\"bomFormat\": \"CycloneDX\"}\n";

static const struct {
    const char *name, *text;
} documents[] = {
    {"verify-old.json", "{\"valid\": true, \"version\": \"1.0.0\", \"digest\": \"" HASH_OLD "\", "
                        "\"signature\": \"verified\", \"keyhash\": \"cc\"}\n"},
    {"verify-new.json", "{\"valid\": true, \"version\": \"2.0.0\", \"digest\": \"" HASH_NEW "\", "
                        "\"signature\": \"verified\", \"keyhash\": \"cc\"}\n"},
    {"fit-old.json", "{\"largest_image\": 4096, \"strategy\": \"swap using offset\"}\n"},
    {"fit-new.json", "{\"largest_image\": 4096, \"strategy\": \"swap using offset\"}\n"},
    {"rehearsal.json",
     "{\"report\": \"rehearse update\", \"schema\": 1, \"seed\": 7,\n"
     " \"bootloader\": {\"sha256\": \"" SHA_BOOT "\"},\n"
     " \"images\": [{\"name\": \"old\", \"bytes\": 2000, \"hash\": \"" HASH_OLD "\"},\n"
     "  {\"name\": \"new\", \"bytes\": 3000, \"hash\": \"" HASH_NEW "\"}],\n"
     " \"cases\": [{\"cuts\": \"1: 4.during\", \"end\": \"came back\"},\n"
     "  {\"cuts\": \"1: 9.before 2.after\", \"end\": \"went back\"}],\n"
     " \"cuts\": 3, \"bricks\": 0, \"ends\": {\"came back\": 1, \"went back\": 1, \"dead\": 0},\n"
     " \"verdict\": \"passed\"}\n"},
    {"keys.json", "{\"report\": \"keys\", \"findings\": []}\n"},
    {"configuration.json", "{\"report\": \"configuration\", \"findings\": [{\"severity\": "
                           "\"warning\", \"what\": \"there is no revert\"}]}\n"},
    {"rehearsal.html", "<html></html>\n"},
    {"sbom-app.cdx.json", sbom},
};

static void add_inputs(struct evidence *e)
{
    const struct cli_blob b = {(uint8_t *)(uintptr_t)sbom, sizeof sbom - 1};
    const struct evidence_input inputs[] = {
        {"bootloader", "boot.elf", SHA_BOOT, 100, NULL, NULL, 0},
        {"old image", "old.bin", SHA_OLD, 2000, "1.0.0", HASH_OLD, 2000},
        {"new image", "new.bin", SHA_NEW, 3000, "2.0.0", HASH_NEW, 3000},
        {"SBOM", "app.cdx.json", evidence_sha256(&b), b.len, NULL, NULL, 0},
    };
    memcpy(e->input, inputs, sizeof inputs);
    e->input_count = ARRAY_LEN(inputs);
}

static void add_checks(struct rig_evidence *r)
{
    struct evidence *e = &r->e;
    for (unsigned i = 0; i < EVIDENCE_KINDS; i++)
        e->check[i] = (struct evidence_check){.name = evidence_kinds[i].name,
                                              .outcome = EVIDENCE_PASSED,
                                              .summary = "as it should be",
                                              .document = evidence_kinds[i].document};
    e->check_count = EVIDENCE_KINDS;
    rig_evidence_check(r, "configuration")->warnings = 1;
}

struct evidence_check *rig_evidence_check(struct rig_evidence *r, const char *name)
{
    for (unsigned i = 0; i < r->e.check_count; i++)
        if (strcmp(r->e.check[i].name, name) == 0)
            return &r->e.check[i];
    return NULL;
}

void rig_evidence_put(struct rig_evidence *r, const char *name, const char *text)
{
    struct cli_blob b = {cli_memory(strlen(text)), strlen(text)};
    memcpy(b.data, text, b.len);
    for (unsigned i = 0; i < r->files.count; i++)
        if (strcmp(r->files.entry[i].name, name) == 0) {
            r->files.entry[i].blob = b;
            return;
        }
    pack_add(&r->files, name, &b);
}

void rig_evidence_change(struct rig_evidence *r, const char *name, const char *from, const char *to)
{
    const struct zip_entry *entry = zip_find(&r->files, name);
    const char *text = (const char *)entry->blob.data, *at = strstr(text, from);
    if (at == NULL)
        fail_msg("'%s' is not in %s", from, text);
    else
        rig_evidence_put(r, name,
                         cli_text("%.*s%s%s", (int)(at - text), text, to, at + strlen(from)));
}

struct key rig_signer;

int rig_evidence_set_up(void **state)
{
    rig_folder_begin(state);
    return key_generate(&key_kinds[KEY_P256], &rig_signer);
}

int rig_evidence_tear_down(void **state)
{
    key_free(&rig_signer);
    cli_release();
    return rig_folder_end(state);
}

void rig_evidence_begin(struct rig_evidence *r)
{
    memset(r, 0, sizeof *r);
    r->e.program = "slipway 9";
    r->e.command = "slipway evidence boot.elf old.bin new.bin";
    r->e.part = "stm32h753";
    r->e.seed = 7;
    r->e.cuts = 3;
    r->e.passed = true;
    evidence_libraries(&r->e);
    add_inputs(&r->e);
    add_checks(r);
    for (size_t i = 0; i < ARRAY_LEN(documents); i++)
        rig_evidence_put(r, documents[i].name, documents[i].text);
    rig_evidence_put(r, "verify-sbom.json",
                     cli_text("{\"valid\": true, \"digest\": \"" HASH_NEW "\", \"signature\": "
                              "\"verified\", \"sbom\": \"%s\"}\n",
                              r->e.input[3].sha256));
}

void rig_evidence_finish(struct rig_evidence *r, const struct key *key)
{
    struct cli_blob manifest;
    for (unsigned i = 0; i < r->files.count; i++) {
        const struct zip_entry *z = &r->files.entry[i];
        r->e.file[r->e.file_count++] =
            (struct evidence_file){z->name, z->blob.len, evidence_sha256(&z->blob)};
    }
    assert_int_equal(manifest_write(&r->e, &manifest), CLI_DONE);
    pack_add(&r->files, EVIDENCE_MANIFEST, &manifest);
    if (key != NULL)
        assert_int_equal(signature_add(key, &r->files), CLI_DONE);
}

void rig_evidence_make(struct rig_evidence *r, const struct key *key)
{
    rig_evidence_begin(r);
    rig_evidence_finish(r, key);
}

void rig_evidence_save(const struct rig_evidence *r, const char *path)
{
    struct cli_blob packed;
    assert_int_equal(zip_write(&r->files, 0, &packed), CLI_DONE);
    assert_int_equal(cli_write_file(path, packed.data, packed.len, 0644), CLI_DONE);
}
