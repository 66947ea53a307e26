/* What a look at keys and at a configuration finds, and what of it is a fault. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "host/evidence/evidence.h"
#include "host/evidence/findings.h"
#include "testing/rig_command.h"
#include "testing/rig_folder.h"

#define KEYS 3u

static struct key keys[KEYS];
static struct boot_elf boot;
static struct image_file from, to;
static struct layout_config config;
static char document[8192];
static struct evidence_judgement judged;

static int set_up(void **state)
{
    rig_folder_begin(state);
    boot = (struct boot_elf){.path = "boot.elf", .key_count = KEYS};
    for (unsigned i = 0; i < KEYS; i++) {
        if (key_generate(&key_kinds[KEY_P256], &keys[i]) != CLI_DONE)
            return -1;
        const char *pem = key_private_pem(&keys[i], NULL);
        rig_save(rig_path(cli_text("key%u.pem", i)), (const uint8_t *)pem, strlen(pem));
        boot.keys[i] = key_public(&keys[i]);
        boot.kinds[i] = keys[i].kind;
    }
    cli_release();
    return 0;
}

static int tear_down(void **state)
{
    for (unsigned i = 0; i < KEYS; i++)
        key_free(&keys[i]);
    cli_release();
    return rig_folder_end(state);
}

/* An image that is signed with this key, and retires others. */
static void sign(const char *name, const char *version, unsigned key, const char *more)
{
    static const uint8_t program[600] = {1};
    rig_save(rig_path("program"), program, sizeof program);
    if (rig_command("sign -k %s -v %s -H 0x200 --pad-header -S 0x10000 --align 32 %s %s %s",
                    rig_path(cli_text("key%u.pem", key)), version, more, rig_path("program"),
                    rig_path(name)) != CLI_DONE)
        fail_msg("%s", rig_output);
}

/* Behind the commands, which give back all memory. */
static void load_images(void)
{
    assert_int_equal(image_file_load(&from, rig_path("old"), NULL), CLI_DONE);
    assert_int_equal(image_file_load(&to, rig_path("new"), NULL), CLI_DONE);
}

static const struct findings_about *about(bool allowed)
{
    static struct findings_about a;
    a = (struct findings_about){.program = "slipway 9",
                                .command = "slipway evidence",
                                .boot = &boot,
                                .old_image = &from,
                                .new_image = &to,
                                .config = &config,
                                .development_allowed = allowed};
    return &a;
}

static void take(const char *check, const struct cli_blob *b)
{
    static const struct evidence none;
    assert_true(b->len < sizeof document);
    memcpy(document, b->data, b->len);
    document[b->len] = '\0';
    assert_true(evidence_judge(&none, evidence_kind(check), document, b->len, &judged));
}

static void look_at_keys(bool allowed)
{
    struct cli_blob b;
    load_images();
    assert_int_equal(keys_report(about(allowed), &b), CLI_DONE);
    take("keys", &b);
}

static void finds(const char *text)
{
    if (strstr(document, text) == NULL)
        fail_msg("'%s' is not in:\n%s", text, document);
}

/* ---- keys ---- */

static void a_development_key_is_a_fault_unless_allowed(void **state)
{
    (void)state;
    sign("old", "1.0.0", 0, "");
    sign("new", "2.0.0", 0, "");
    look_at_keys(false);
    assert_int_equal(judged.outcome, EVIDENCE_PASSED);
    assert_int_equal(judged.warnings, 0);
    finds("\"signed_old\": true");
    boot.development = 1u << 1;
    look_at_keys(false);
    assert_int_equal(judged.outcome, EVIDENCE_FAILED);
    assert_string_equal(judged.summary, "the bootloader has a development key");
    finds("key 2 of 3: ECDSA P-256, hash ");
    look_at_keys(true);
    assert_int_equal(judged.outcome, EVIDENCE_PASSED);
    assert_int_equal(judged.warnings, 1);
    boot.development = 0;
    boot.development_enc = true;
    look_at_keys(false);
    assert_string_equal(judged.summary, "the decryption key is a development key");
    boot.development_enc = false;
}

static const char *retire(unsigned key)
{
    return cli_text("--retire-key %s", rig_path(cli_text("key%u.pem", key)));
}

static void retired_keys_are_followed(void **state)
{
    (void)state;
    sign("old", "1.0.0", 0, "");
    sign("new", "2.0.0", 1, retire(0));
    look_at_keys(false);
    assert_int_equal(judged.outcome, EVIDENCE_PASSED);
    finds("once the new image is confirmed, the old one can never be installed again");
    finds("the images are signed with different keys");
    finds("\"retired_by_new\": true");
    assert_int_equal(judged.warnings, 2);
    /* Only keys that stand before its own. */
    sign("new", "2.0.0", 0, retire(1));
    look_at_keys(false);
    finds("stays trusted");
    finds("an image retires only keys before its own");
    assert_int_equal(judged.warnings, 1);
    assert_null(strstr(document, "\"retired_by_new\": true"));
    /* The new image cannot run where the old one is confirmed. */
    sign("old", "1.0.0", 1, retire(0));
    sign("new", "2.0.0", 0, "");
    look_at_keys(false);
    assert_int_equal(judged.outcome, EVIDENCE_FAILED);
    assert_string_equal(judged.summary, "the old image retires the key that signed the new one");
}

static void a_retired_key_that_is_not_the_bootloader_s(void **state)
{
    (void)state;
    sign("old", "1.0.0", 1, "");
    sign("new", "2.0.0", 1, retire(2));
    boot.key_count = 2;
    look_at_keys(false);
    finds("the bootloader does not have it");
    boot.key_count = KEYS;
}

/* ---- the configuration ---- */

static const char plain[] = "CONFIG_BOARD=\"x\"\n"
                            "CONFIG_MCUBOOT_DOWNGRADE_PREVENTION=y\n"
                            "CONFIG_BOOT_WATCHDOG=y\n";

static void look_at_config(const char *text)
{
    struct cli_blob b;
    load_images();
    rig_save(rig_path(".config"), (const uint8_t *)text, strlen(text));
    config = (struct layout_config){.path = rig_path(".config"), .symbol = "CONFIG_BOOT_X"};
    assert_int_equal(configuration_report(about(false), &b), CLI_DONE);
    take("configuration", &b);
}

static void what_a_configuration_leaves_open(void **state)
{
    static const struct {
        const char *text, *summary;
        enum evidence_outcome outcome;
    } cases[] = {
        {plain, "no finding", EVIDENCE_PASSED},
        {"# CONFIG_MCUBOOT_DOWNGRADE_PREVENTION is not set\n", "downgrade prevention is off",
         EVIDENCE_PASSED},
        {"# CONFIG_MCUBOOT_DOWNGRADE_PREVENTION is not set\n"
         "CONFIG_MCUBOOT_HW_DOWNGRADE_PREVENTION=y\n",
         "no finding", EVIDENCE_PASSED},
        {"CONFIG_BOOT_SIGNATURE_TYPE_NONE=y\n", "images are not signed", EVIDENCE_FAILED},
        {"CONFIG_BOOT_SIGNATURE_KEY_FILE=\"/x/bootloader/mcuboot/root-ec-p256.pem\"\n",
         "the signing key is one that MCUboot publishes", EVIDENCE_FAILED},
        {"# CONFIG_BOOT_VALIDATE_SLOT0 is not set\n", "the image in slot0 is not verified",
         EVIDENCE_PASSED},
        {"CONFIG_BOOT_UPGRADE_ONLY=y\r\n", "there is no revert", EVIDENCE_PASSED},
        {"# CONFIG_BOOT_WATCHDOG is not set\n", "the bootloader starts no watchdog",
         EVIDENCE_PASSED},
        {"CONFIG_LOG_DEFAULT_LEVEL=0\n", "the log is off", EVIDENCE_PASSED},
        {"CONFIG_APP_WRITES_OPEN=y\n", "whoever reaches the console may write", EVIDENCE_PASSED},
    };
    (void)state;
    sign("old", "1.0.0", 0, "");
    sign("new", "2.0.0", 0, "");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        look_at_config(cases[i].text);
        assert_int_equal(judged.outcome, cases[i].outcome);
        assert_memory_equal(judged.summary, cases[i].summary, strlen(cases[i].summary));
        bool warns = cases[i].outcome == EVIDENCE_PASSED && cases[i].summary[3] != 'f';
        assert_int_equal(judged.warnings, warns && strcmp(cases[i].summary, "no finding") != 0);
    }
}

static void versions_and_the_strategy_are_looked_at(void **state)
{
    struct cli_blob b;
    (void)state;
    sign("old", "2.0.0", 0, "");
    sign("new", "2.0.0", 0, "");
    look_at_config(plain);
    assert_string_equal(judged.summary, "the new image is not newer than the old one");
    config.symbol = NULL;
    assert_int_equal(configuration_report(about(false), &b), CLI_DONE);
    take("configuration", &b);
    assert_int_equal(judged.warnings, 2);
    finds("no configuration names the upgrade strategy");
}

static void retirement_needs_a_bootloader_that_does_it(void **state)
{
    (void)state;
    sign("old", "1.0.0", 0, "");
    sign("new", "2.0.0", 1, retire(0));
    look_at_config("# CONFIG_BOOT_KEY_RETIREMENT is not set\n");
    assert_string_equal(judged.summary, "the keys that the new image retires stay trusted");
    look_at_config("CONFIG_BOOT_KEY_RETIREMENT=y\n");
    assert_int_equal(judged.warnings, 0);
    sign("new", "2.0.0", 1, "");
    look_at_config("# CONFIG_BOOT_KEY_RETIREMENT is not set\n");
    assert_int_equal(judged.warnings, 0);
}

/* Values of a hostile file are text. */
static void a_hostile_configuration_is_text(void **state)
{
    static char line[10000];
    (void)state;
    sign("old", "2.0.0", 0, "");
    sign("new", "2.0.0", 0, "");
    memset(line, 'x', sizeof line - 1);
    memcpy(line, "CONFIG_LOG_DEFAULT_LEVEL=", 25);
    look_at_config(line);
    look_at_config("CONFIG_APP_WRITES_OPEN=\x1b[2J\"\\\xff<script>\n");
    finds("\"value\": \"\\\"\\\\?<script>\"");
    look_at_config("");
    assert_string_equal(judged.summary, "the new image is not newer than the old one");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_development_key_is_a_fault_unless_allowed),
        cmocka_unit_test(retired_keys_are_followed),
        cmocka_unit_test(a_retired_key_that_is_not_the_bootloader_s),
        cmocka_unit_test(what_a_configuration_leaves_open),
        cmocka_unit_test(versions_and_the_strategy_are_looked_at),
        cmocka_unit_test(retirement_needs_a_bootloader_that_does_it),
        cmocka_unit_test(a_hostile_configuration_is_text),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
