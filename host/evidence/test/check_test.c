/* What slipway evidence check says of packs: who signed, what is unfavourable, which manifest cannot be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "testing/rig_command.h"
#include "testing/rig_evidence.h"
#include "testing/rig_folder.h"

#define CHECK "evidence check %s"

static struct rig_evidence r;

static void save_public(const struct key *key, const char *name)
{
    const char *pem = key_public_pem(key);
    rig_save(rig_path(name), (const uint8_t *)pem, strlen(pem));
}

static void the_command_says_who_signed(void **state)
{
    struct key other;
    (void)state;
    assert_int_equal(key_generate(&key_kinds[KEY_ED25519], &other), CLI_DONE);
    rig_evidence_make(&r, &rig_signer);
    rig_evidence_save(&r, rig_path("x.zip"));
    save_public(&rig_signer, "signer.pem");
    save_public(&other, "other.pem");
    key_free(&other);
    assert_int_equal(rig_command(CHECK " -k %s", rig_path("x.zip"), rig_path("signer.pem")),
                     CLI_DONE);
    rig_expect("by the given key: ECDSA P-256, hash ");
    rig_expect("rehearsal      passed: 2 cases with 3 power cuts, 0 bricks");
    rig_expect("evidence check: passed: whole and signed");
    assert_int_equal(rig_command(CHECK, rig_path("x.zip")), CLI_DONE);
    rig_expect("by the enclosed key");
    rig_expect("proves only that the pack is whole");
    assert_int_equal(rig_command(CHECK " -k %s", rig_path("x.zip"), rig_path("other.pem")),
                     CLI_REFUSED);
    rig_expect("does not prove what it says");
    rig_expect("signature: it was not made with the given key");
    rig_expect_not("rehearsal      passed");
    assert_int_equal(
        rig_command("--json " CHECK " --new %s", rig_path("x.zip"), rig_path("signer.pem")),
        CLI_REFUSED);
    rig_expect("\"signature\": \"enclosed key\"");
    rig_expect("is not the new image of the pack: SHA-256 ");
}

static void an_unsigned_pack_needs_a_word(void **state)
{
    (void)state;
    rig_evidence_make(&r, NULL);
    rig_evidence_save(&r, rig_path("x.zip"));
    save_public(&rig_signer, "signer.pem");
    assert_int_equal(rig_command(CHECK, rig_path("x.zip")), CLI_REFUSED);
    rig_expect("is not signed");
    assert_int_equal(rig_command(CHECK " --unsigned", rig_path("x.zip")), CLI_DONE);
    rig_expect("evidence check: passed: whole, NOT SIGNED");
    assert_int_equal(
        rig_command(CHECK " --unsigned -k %s", rig_path("x.zip"), rig_path("signer.pem")),
        CLI_REFUSED);
}

static void an_unfavourable_pack_is_no_success(void **state)
{
    (void)state;
    rig_evidence_begin(&r);
    rig_evidence_change(&r, "keys.json", "[]",
                        "[{\"severity\": \"fault\", \"what\": \"a key\\u001b[2J\"}]");
    rig_evidence_check(&r, "keys")->outcome = EVIDENCE_FAILED;
    r.e.passed = false;
    rig_evidence_finish(&r, &rig_signer);
    rig_evidence_save(&r, rig_path("x.zip"));
    assert_int_equal(rig_command(CHECK, rig_path("x.zip")), CLI_REFUSED);
    rig_expect("is whole and signed, and its evidence is unfavourable");
    rig_expect("keys failed: a key\\x1b[2J");
}

static void a_manifest_that_cannot_be_read(void **state)
{
    static const struct {
        const char *from, *to, *says;
    } cases[] = {
        {"{", "", "not JSON, line 2"},
        {"\"schema\": 1", "\"schema\": 2",
         "\"schema\" is not 1: another version of slipway made it"},
        {"\"schema\": 1", "\"schema\": -1", "\"schema\" is not a number from 0 on"},
        {"\"report\": \"evidence\"", "\"report\": \"museum\"", "\"report\" is not \"evidence\""},
        {"\"program\": \"slipway 9\"", "\"program\": 9", "\"program\" is not a text"},
        {"\"verdict\": \"passed\"", "\"verdict\": \"good\"", "\"verdict\" is not passed or failed"},
        {"\"inputs\": [", "\"inputs\": 1, \"x\": [", "\"inputs\" is not a list"},
        {"\"path\": \"boot.elf\"", "\"path\": \"\"", "inputs[0]: \"path\" is missing"},
        {"\"sha256\": \"1", "\"sha256\": \"", "inputs[0]: \"sha256\" is not 64 hexadecimal digits"},
        {"1111\"", "1111x\"", "inputs[0]: \"sha256\" is not 64 hexadecimal digits"},
        {"\"sha256\": \"1", "\"sha256\": \"G",
         "inputs[0]: \"sha256\" is not 64 hexadecimal digits"},
        {"\"outcome\": \"passed\"", "\"outcome\": \"good\"",
         "checks[0]: \"outcome\" is not passed"},
        {"\"document\": \"verify-old.json\"", "\"document\": null",
         "checks[0]: \"document\" is missing"},
        {"\"warnings\": 0", "\"warnings\": 0.5", "checks[0]: \"warnings\" is not a number"},
        {"\"seed\": 7", "\"seed\": 7, \"seed\": 7", "duplicate object key"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        rig_evidence_make(&r, NULL);
        rig_evidence_change(&r, "manifest.json", cases[i].from, cases[i].to);
        rig_evidence_save(&r, rig_path("x.zip"));
        assert_int_equal(rig_command(CHECK, rig_path("x.zip")), CLI_BAD_FILE);
        rig_expect("the manifest of '");
        rig_expect(cases[i].says);
    }
    rig_evidence_make(&r, NULL);
    for (unsigned n = 0; n <= EVIDENCE_CHECKS_MAX; n++)
        rig_evidence_change(&r, "manifest.json", "\"checks\": [", "\"checks\": [{},");
    rig_evidence_save(&r, rig_path("x.zip"));
    assert_int_equal(rig_command(CHECK, rig_path("x.zip")), CLI_BAD_FILE);
    rig_expect("\"checks\" is longer than a pack has it");
    rig_evidence_make(&r, NULL);
    rig_evidence_put(&r, "manifest.json", cli_text("%*s", (int)MANIFEST_BYTES_MAX + 1, "["));
    rig_evidence_save(&r, rig_path("x.zip"));
    assert_int_equal(rig_command(CHECK, rig_path("x.zip")), CLI_BAD_FILE);
    rig_expect("a manifest has at most 4194304");
    /* Of a signed one that is the signature's business. */
    rig_evidence_make(&r, &rig_signer);
    rig_evidence_change(&r, "manifest.json", "{", "");
    rig_evidence_save(&r, rig_path("x.zip"));
    assert_int_equal(rig_command(CHECK, rig_path("x.zip")), CLI_REFUSED);
    rig_expect("signature: the manifest has changed since it was signed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_command_says_who_signed),
        cmocka_unit_test(an_unsigned_pack_needs_a_word),
        cmocka_unit_test(an_unfavourable_pack_is_no_success),
        cmocka_unit_test(a_manifest_that_cannot_be_read),
    };
    return cmocka_run_group_tests(tests, rig_evidence_set_up, rig_evidence_tear_down);
}
