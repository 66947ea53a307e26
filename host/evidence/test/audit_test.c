/* A pack that is whole passes; a change of any file, a manifest that claims what its documents do not show, and a wrong
 * key do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/evidence/audit.h"
#include "host/evidence/words.h"
#include "testing/rig_evidence.h"

static struct rig_evidence r;
static struct audit a;
static struct key signer, stranger;

static int set_up(void **state)
{
    (void)state;
    assert_int_equal(key_generate(&key_kinds[KEY_P256], &signer), CLI_DONE);
    assert_int_equal(key_generate(&key_kinds[KEY_P256], &stranger), CLI_DONE);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    key_free(&signer), key_free(&stranger);
    cli_release();
    return 0;
}

static void check(const struct key *given)
{
    evidence_free(&a.manifest);
    assert_int_equal(audit_pack("x.zip", &r.files, given, &a), CLI_DONE);
}

static void passes(void)
{
    if (a.wrong_count != 0)
        fail_msg("%s", a.wrong[0]);
    assert_true(a.manifest.passed);
}

static void is_wrong(const char *text)
{
    bool found = false;
    for (unsigned i = 0; i < a.wrong_count && i < AUDIT_WRONG_MAX; i++)
        found |= strstr(a.wrong[i], text) != NULL;
    if (!found)
        fail_msg("'%s' is not among %u errors: %s", text, a.wrong_count,
                 a.wrong_count > 0 ? a.wrong[0] : "-");
}

/* ---- what is whole ---- */

static void a_whole_pack_passes(void **state)
{
    (void)state;
    rig_evidence_begin(&r);
    rig_evidence_finish(&r, &signer);
    check(&signer);
    passes();
    assert_int_equal(a.signature.state, SIGNATURE_GIVEN);
    assert_string_equal(a.manifest.program, "slipway 9");
    assert_string_equal(a.manifest.input[1].version, "1.0.0");
    assert_string_equal(a.judged[4].summary, "2 cases with 3 power cuts, 0 bricks");
    assert_int_equal(a.judged[6].warnings, 1);
    check(NULL);
    passes();
    assert_int_equal(a.signature.state, SIGNATURE_ENCLOSED);
    assert_string_equal(a.signature.key, evidence_key_text(&signer));
}

/* Each kind of key signs, and its signature is no other message's. */
static void every_kind_of_key_signs(void **state)
{
    (void)state;
    for (unsigned i = 0; i < KEY_KINDS; i++) {
        struct key key;
        if (key_kinds[i].signature_tlv == 0)
            continue;
        assert_int_equal(key_generate(&key_kinds[i], &key), CLI_DONE);
        rig_evidence_begin(&r);
        rig_evidence_finish(&r, &key);
        check(&key);
        passes();
        rig_evidence_change(&r, "manifest.json", "\"seed\": 7", "\"seed\": 8");
        check(&key);
        is_wrong("signature: it was not made with the given key, or the manifest has changed");
        check(NULL);
        is_wrong("signature: the manifest has changed since it was signed");
        key_free(&key);
    }
}

/* ---- changes behind the manifest's back ---- */

static void any_changed_byte_is_found(void **state)
{
    (void)state;
    rig_evidence_begin(&r);
    rig_evidence_finish(&r, &signer);
    for (unsigned i = 0; i < r.files.count; i++) {
        struct cli_blob *b = &r.files.entry[i].blob;
        if (strcmp(r.files.entry[i].name, "manifest.json") == 0)
            continue; /* below: it may be no JSON any more */
        const size_t places[] = {0, b->len / 2, b->len - 9};
        for (size_t k = 0; k < ARRAY_LEN(places); k++) {
            b->data[places[k]] ^= 1;
            check(&signer);
            if (a.wrong_count == 0)
                fail_msg("%s, byte %zu", r.files.entry[i].name, places[k]);
            b->data[places[k]] ^= 1;
        }
    }
    check(&signer);
    passes();
}

static void any_changed_byte_of_the_manifest_is_found(void **state)
{
    (void)state;
    rig_evidence_begin(&r);
    rig_evidence_finish(&r, &signer);
    const struct zip_entry *manifest = zip_find(&r.files, "manifest.json");
    unsigned refused = 0;
    for (size_t at = 0; at < manifest->blob.len; at += 7) {
        manifest->blob.data[at] ^= 4;
        const struct signature s = signature_check(&r.files, &signer);
        assert_int_equal(s.state, SIGNATURE_WRONG);
        manifest->blob.data[at] ^= 4;
        refused++;
    }
    assert_true(refused > 100);
}

static void a_missing_or_added_file_is_found(void **state)
{
    (void)state;
    rig_evidence_begin(&r);
    rig_evidence_finish(&r, &signer);
    rig_evidence_put(&r, "more.txt", "more");
    check(&signer);
    is_wrong("'more.txt' is not in the manifest");
    r.files.count--;
    r.files.entry[1].blob.len--;
    check(&signer);
    is_wrong(" bytes, and had ");
    r.files.entry[1].blob.len++;
    strcpy(r.files.entry[0].name, "other.json"); /* was verify-old.json */
    check(&signer);
    is_wrong("'verify-old.json' is missing");
    is_wrong("'other.json' is not in the manifest");
    rig_evidence_begin(&r);
    rig_evidence_check(&r, "fit old")->document = "fit.json";
    rig_evidence_finish(&r, &signer);
    check(&signer);
    is_wrong("fit old: its document 'fit.json' is not among the files");
}

/* What somebody put there instead is not for the parser: a small file can take gigabytes. */
static void a_changed_document_is_not_parsed(void **state)
{
    (void)state;
    rig_evidence_begin(&r);
    rig_evidence_finish(&r, &signer);
    rig_evidence_put(&r, "keys.json", "[");
    check(&signer);
    is_wrong("'keys.json' has ");
    assert_int_equal(a.wrong_count, 1);
    rig_evidence_begin(&r);
    rig_evidence_put(&r, "keys.json", "[");
    rig_evidence_finish(&r, &stranger);
    check(&signer);
    is_wrong("signature: ");
    assert_int_equal(a.wrong_count, 1);
}

/* ---- signatures ---- */

static void a_stranger_s_key_is_found(void **state)
{
    (void)state;
    rig_evidence_begin(&r);
    rig_evidence_finish(&r, &stranger);
    check(&signer);
    is_wrong("signature: it was not made with the given key");
    check(NULL); /* the stranger's own key is in it: whole, and no more */
    passes();
    assert_int_equal(a.signature.state, SIGNATURE_ENCLOSED);
    /* The right key beside a signature of another one. */
    rig_evidence_put(&r, "manifest.pub.pem", key_public_pem(&signer));
    check(NULL);
    is_wrong("signature: the manifest has changed");
    /* The right signature beside another key. */
    rig_evidence_begin(&r);
    rig_evidence_finish(&r, &signer);
    rig_evidence_put(&r, "manifest.pub.pem", key_public_pem(&stranger));
    check(&signer);
    is_wrong("signature: manifest.pub.pem is another key than the one that signed");
}

static void a_pack_without_signature_is_no_signed_one(void **state)
{
    (void)state;
    rig_evidence_begin(&r);
    rig_evidence_finish(&r, NULL);
    check(NULL);
    passes();
    assert_int_equal(a.signature.state, SIGNATURE_ABSENT);
    rig_evidence_put(&r, "manifest.pub.pem", key_public_pem(&signer));
    check(NULL);
    is_wrong("signature: manifest.sig is missing");
    rig_evidence_put(&r, "manifest.sig", "");
    check(NULL);
    is_wrong("signature: ");
    rig_evidence_put(&r, "manifest.pub.pem", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END ");
    check(NULL);
    is_wrong("signature: manifest.pub.pem is not a key");
    rig_evidence_put(&r, "manifest.pub.pem", key_private_pem(&signer, NULL));
    check(NULL);
    is_wrong("signature: manifest.pub.pem holds a private key");
    rig_evidence_put(&r, "manifest.pub.pem",
                     cli_text("%*s%s", (int)KEY_FILE_MAX, "", key_public_pem(&signer)));
    check(NULL);
    is_wrong("signature: manifest.pub.pem is too long for a key");
}

/* ---- manifests that claim what is not shown: signed again ---- */

/* Document, what in it becomes what, and the error. */
static const struct {
    const char *document, *from, *to, *says;
} claims[] = {
    {"verify-old.json", "\"valid\": true", "\"valid\": false",
     "verify old: 'verify-old.json': it does "},
    {"verify-old.json", "\"verified\"", "\"not checked\"", "it does not say that a signature"},
    {"verify-old.json", "a2", "a3", "it is about an image with another hash"},
    {"verify-old.json", "{", "[", "it is not a JSON document"},
    {"verify-new.json", "\"valid\": true", "\"error\": {\"what\": \"no\", \"exit\": 1}",
     "the manifest says passed with 0 warnings, the document shows failed"},
    {"verify-new.json", "\"valid\": true", "\"error\": {\"what\": \"no\", \"exit\": 4}",
     "the document shows not run"},
    {"verify-new.json", "\"valid\": true", "\"error\": {}",
     "its \"error\" does not say what failed"},
    {"fit-new.json", "4096", "2999", "it does not say that the image fits"},
    {"fit-new.json", "4096", "-1", "it does not say that the image fits"},
    {"fit-new.json", "4096", "\"4096\"", "it does not say that the image fits"},
    {"rehearsal.json", "\"went back\"", "\"dead\"", "its totals or its verdict do not follow"},
    {"rehearsal.json", "\"cuts\": 3", "\"cuts\": 4", "its totals or its verdict do not follow"},
    {"rehearsal.json", "\"cuts\": 3", "\"cuts\": 1", "its totals or its verdict do not follow"},
    {"rehearsal.json", "\"came back\": 1", "\"came back\": 2", "its totals or its verdict do not"},
    {"rehearsal.json", "\"bricks\": 0", "\"bricks\": 1", "its totals or its verdict do not follow"},
    {"rehearsal.json", "\"seed\": 7", "\"seed\": 8", "its seed is another one"},
    {"rehearsal.json", "111111", "111110", "it is about other files"},
    {"rehearsal.json", "\"a3\"", "\"a4\"", "it is about other files"},
    {"rehearsal.json", "\"bytes\": 2000", "\"bytes\": 2001", "it is about other files"},
    {"rehearsal.json", "\"name\": \"old\"", "\"name\": \"new\"", "it is about other files"},
    {"rehearsal.json", "rehearse update", "museum", "it is not the report of a rehearsal"},
    {"rehearsal.json", "\"verdict\": \"passed\"", "\"verdict\": \"failed\"",
     "its \"error\" does not say what failed"},
    {"rehearsal.json", "1: 9.before 2.after", "1: 9.before",
     "its totals or its verdict do not follow"},
    {"rehearsal.json", "\"cuts\": \"1: 9.before 2.after\"",
     "\"cuts\": \"1: 9.before\", \"repeated\": true", "its totals or its verdict do not follow"},
    {"rehearsal.json", "\"cases\": [",
     "\"cases\": [{\"cuts\": \"1: 2.during\", \"end\": \"dead\", \"repeated\": true},",
     "its totals or its verdict do not follow"},
    {"keys.json", "[]", "[{\"severity\": \"fault\", \"what\": \"a\"}]",
     "the document shows failed"},
    {"verify-sbom.json", "\"valid\": true", "\"error\": {\"what\": \"no\", \"exit\": 4}",
     "the document shows failed"},
    {"keys.json", "[]", "[{\"severity\": \"warning\", \"what\": \"a\"}]", "passed with 1 warning"},
    {"keys.json", "[]", "[{\"severity\": \"note\", \"what\": \"a\"}]",
     "neither a fault nor a warning"},
    {"keys.json", "[]", "3", "it has no list of findings"},
    {"verify-sbom.json", "\"sbom\": \"", "\"sbom\": \"0",
     "the SBOM that the image names is not in"},
    {"sbom-app.cdx.json", "CycloneDX", "cyclonedx", "the SBOM app.cdx.json is not among the files"},
};

static void an_outcome_follows_from_its_document(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(claims); i++) {
        rig_evidence_begin(&r);
        rig_evidence_change(&r, claims[i].document, claims[i].from, claims[i].to);
        rig_evidence_finish(&r, &signer);
        check(&signer);
        is_wrong(claims[i].says);
        assert_int_equal(a.signature.state, SIGNATURE_GIVEN);
    }
}

static void the_cuts_are_those_that_were_asked_for(void **state)
{
    static const char few[] = "it has fewer power cuts than were asked for";
    (void)state;
    rig_evidence_begin(&r);
    r.e.cuts = 4;
    rig_evidence_finish(&r, &signer);
    check(&signer);
    is_wrong(few);
    for (unsigned writes = 0; writes < 2; writes++) { /* nothing can be cut if nothing is written */
        rig_evidence_begin(&r);
        rig_evidence_change(
            &r, "rehearsal.json", "\"cases\": [",
            cli_text("\"boots\": [{\"operations\": %u}], \"cases\": [], \"c\": [", writes));
        rig_evidence_change(&r, "rehearsal.json", "\"cuts\": 3", "\"cuts\": 0");
        rig_evidence_change(&r, "rehearsal.json", "\"came back\": 1, \"went back\": 1",
                            "\"came back\": 0");
        rig_evidence_finish(&r, &signer);
        check(&signer);
        if (writes)
            is_wrong(few);
        else
            passes();
    }
}

static void begin_with_a_brick(void)
{
    rig_evidence_begin(&r);
    rig_evidence_change(&r, "rehearsal.json", "\"went back\"}", "\"dead\"}");
    rig_evidence_change(&r, "rehearsal.json", "\"went back\": 1, \"dead\": 0", "\"dead\": 1");
    rig_evidence_change(&r, "rehearsal.json", "\"bricks\": 0", "\"bricks\": 1");
}

static void bricks_do_not_pass(void **state)
{
    (void)state;
    begin_with_a_brick();
    rig_evidence_finish(&r, &signer);
    check(&signer);
    is_wrong("its totals or its verdict do not follow");
    begin_with_a_brick(); /* no repetition of it */
    rig_evidence_change(&r, "rehearsal.json", "\"dead\"}],",
                        "\"dead\"}, {\"cuts\": \"1: 9.before 2.after\", "
                        "\"end\": \"came back\", \"repeated\": true}],");
    rig_evidence_change(&r, "rehearsal.json", "\"verdict\": \"passed\"", "\"verdict\": \"failed\"");
    rig_evidence_finish(&r, &signer);
    check(&signer);
    is_wrong("its totals or its verdict do not follow");
}

/* A failure that the manifest names as one is not wrong: the pack is unfavourable, and whole. */
static void a_failure_is_whole(void **state)
{
    (void)state;
    begin_with_a_brick();
    rig_evidence_change(&r, "rehearsal.json", "\"verdict\": \"passed\"",
                        "\"error\": {\"what\": \"a brick\", \"exit\": 1}, \"verdict\": \"failed\"");
    rig_evidence_change(&r, "rehearsal.json", "\"dead\"}],",
                        "\"dead\"}, {\"cuts\": \"1: 9.before 2.after\", \"end\": \"dead\", "
                        "\"repeated\": true}],");
    rig_evidence_check(&r, "rehearsal")->outcome = EVIDENCE_FAILED;
    r.e.passed = false;
    r.e.cuts = 5;
    rig_evidence_finish(&r, &signer);
    check(&signer);
    assert_int_equal(a.wrong_count, 0);
    assert_string_equal(a.judged[4].summary, "2 cases with 3 power cuts, 1 brick");
    assert_string_equal(evidence_against(&a.manifest),
                        "rehearsal failed: 2 cases with 3 power cuts, 1 brick");
}

static void a_verdict_follows_from_the_checks(void **state)
{
    (void)state;
    rig_evidence_begin(&r);
    rig_evidence_check(&r, "fit old")->outcome = EVIDENCE_NOT_RUN;
    rig_evidence_check(&r, "fit old")->document = NULL;
    rig_evidence_finish(&r, &signer);
    check(&signer);
    is_wrong("the verdict is passed, and does not follow from the checks");
    rig_evidence_begin(&r); /* its command was run, and left nothing */
    rig_evidence_check(&r, "sbom")->outcome = EVIDENCE_NOT_RUN;
    rig_evidence_check(&r, "sbom")->document = NULL;
    rig_evidence_check(&r, "sbom")->command = "slipway verify --sbom a b";
    rig_evidence_finish(&r, &signer);
    check(&signer);
    is_wrong("the verdict is passed, and does not follow from the checks");
    rig_evidence_begin(&r); /* the configuration is no condition */
    rig_evidence_check(&r, "configuration")->outcome = EVIDENCE_NOT_RUN;
    rig_evidence_check(&r, "configuration")->warnings = 0;
    rig_evidence_check(&r, "configuration")->document = NULL;
    rig_evidence_finish(&r, &signer);
    check(&signer);
    passes();
}

static void no_check_is_left_out_or_added(void **state)
{
    (void)state;
    rig_evidence_begin(&r);
    rig_evidence_check(&r, "keys")->name = "locks";
    rig_evidence_finish(&r, &signer);
    check(&signer);
    is_wrong("the check 'keys' is in the manifest 0 times");
    is_wrong("there is no check 'locks'");
    rig_evidence_begin(&r);
    rig_evidence_check(&r, "keys")->name = "sbom";
    rig_evidence_finish(&r, &signer);
    check(&signer);
    is_wrong("the check 'sbom' is in the manifest 2 times");
    is_wrong("sbom: its document is 'keys.json'");
    rig_evidence_begin(&r);
    r.e.input_count = 2;
    rig_evidence_finish(&r, &signer);
    check(&signer);
    is_wrong("the manifest names no new image");
}

static void a_list_with_a_file_twice_is_found(void **state)
{
    (void)state;
    rig_evidence_begin(&r);
    r.e.file[r.e.file_count++] = (struct evidence_file){
        "keys.json", 1, "4444444444444444444444444444444444444444444444444444444444444444"};
    rig_evidence_finish(&r, &signer);
    check(&signer);
    is_wrong("the manifest lists 'keys.json' twice");
}

static void given_files_are_compared(void **state)
{
    (void)state;
    rig_evidence_begin(&r);
    rig_evidence_finish(&r, &signer);
    check(&signer);
    audit_input(&a, "old image", "my.bin", r.e.input[1].sha256);
    passes();
    audit_input(&a, "new image", "my.bin", r.e.input[1].sha256);
    is_wrong("my.bin is not the new image of the pack");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_pack_passes),
        cmocka_unit_test(every_kind_of_key_signs),
        cmocka_unit_test(any_changed_byte_is_found),
        cmocka_unit_test(any_changed_byte_of_the_manifest_is_found),
        cmocka_unit_test(a_missing_or_added_file_is_found),
        cmocka_unit_test(a_changed_document_is_not_parsed),
        cmocka_unit_test(a_stranger_s_key_is_found),
        cmocka_unit_test(a_pack_without_signature_is_no_signed_one),
        cmocka_unit_test(an_outcome_follows_from_its_document),
        cmocka_unit_test(the_cuts_are_those_that_were_asked_for),
        cmocka_unit_test(bricks_do_not_pass),
        cmocka_unit_test(a_failure_is_whole),
        cmocka_unit_test(a_verdict_follows_from_the_checks),
        cmocka_unit_test(no_check_is_left_out_or_added),
        cmocka_unit_test(a_list_with_a_file_twice_is_found),
        cmocka_unit_test(given_files_are_compared),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
