/* cmd_evidence_check.c - slipway evidence check: is a pack whole, who signed it, and does it prove what it says? */
#include <string.h>

#include "host/cli/commands/commands.h"
#include "host/evidence/audit.h"
#include "host/evidence/pack.h"
#include "host/evidence/words.h"

static struct zip_file files;
static struct audit audit;

/* ---- the inputs, if somebody still has them ---- */

static int compare_inputs(const struct cli_args *a)
{
    static const struct {
        const char *option, *role;
    } inputs[] = {{"bootloader", "bootloader"}, {"old", "old image"}, {"new", "new image"}};
    for (size_t i = 0; i < ARRAY_LEN(inputs); i++) {
        struct cli_blob b;
        const char *path = cli_value(a, inputs[i].option, NULL);
        if (path == NULL)
            continue;
        int code = cli_read_file(path, EVIDENCE_INPUT_MAX, &b);
        if (code != CLI_DONE)
            return code;
        audit_input(&audit, inputs[i].role, path, evidence_sha256(&b));
    }
    return CLI_DONE;
}

/* ---- what is printed ---- */

static const char *signature_words(const struct signature *s)
{
    switch (s->state) {
    case SIGNATURE_GIVEN:
        return cli_text("by the given key: %s", s->key);
    case SIGNATURE_ENCLOSED:
        return cli_text("by the enclosed key: %s", s->key);
    case SIGNATURE_WRONG:
        return cli_text("WRONG: %s", s->why);
    default:
        return "NONE: anybody can have changed this pack";
    }
}

static void print_inputs(const struct evidence *e)
{
    for (unsigned i = 0; i < e->input_count; i++) {
        const struct evidence_input *in = &e->input[i];
        cli_say("%-14s %s%s%s, SHA-256 %.16s...", cli_one_line(in->role), cli_one_line(in->path),
                in->version != NULL ? ", " : "",
                in->version != NULL ? cli_one_line(in->version) : "", in->sha256);
    }
}

static void print_checks(const struct evidence *e)
{
    for (unsigned i = 0; i < e->check_count; i++)
        cli_say("%-14s %s", cli_one_line(e->check[i].name), evidence_check_text(&e->check[i]));
}

static void print_table(const char *path)
{
    const struct evidence *e = &audit.manifest;
    cli_say("pack           %s: %u files, by %s", path, files.count, cli_one_line(e->program));
    cli_say("signed         %s", signature_words(&audit.signature));
    if (audit.signature.state == SIGNATURE_ENCLOSED)
        cli_say("               That proves only that the pack is whole. Whose key it is, -k "
                "PUBLIC.pem tells.");
    print_inputs(e);
    if (audit.wrong_count == 0) /* else they are words of the manifest, which nothing shows */
        print_checks(e);
}

static void print_json(const char *path, bool good)
{
    static const char *const states[] = {
        [SIGNATURE_ABSENT] = "unsigned",
        [SIGNATURE_GIVEN] = "given key",
        [SIGNATURE_ENCLOSED] = "enclosed key",
        [SIGNATURE_WRONG] = "wrong",
    };
    struct json j;
    json_begin(&j, stdout);
    json_string(&j, "report", "evidence check");
    json_number(&j, "schema", EVIDENCE_SCHEMA);
    json_string(&j, "program", cli_text("slipway %s", cli_version));
    json_string(&j, "pack", path);
    json_string(&j, "signature", states[audit.signature.state]);
    json_string(&j, "key", audit.signature.key);
    json_string(&j, "evidence", audit.manifest.passed ? "passed" : "failed");
    json_array(&j, "wrong");
    for (unsigned i = 0; i < audit.wrong_count && i < AUDIT_WRONG_MAX; i++)
        json_string(&j, NULL, audit.wrong[i]);
    json_end(&j);
    json_string(&j, "verdict", good ? "passed" : "failed");
    json_finish(&j);
}

/* ---- the verdict ---- */

static const char *wrong_text(void)
{
    const char *text = "";
    for (unsigned i = 0; i < audit.wrong_count && i < AUDIT_WRONG_MAX; i++)
        text = cli_text("%s%s%s", text, i == 0 ? "" : "\n", audit.wrong[i]);
    if (audit.wrong_count > AUDIT_WRONG_MAX)
        text = cli_text("%s\nand %u more", text, audit.wrong_count - AUDIT_WRONG_MAX);
    return text;
}

static int judge(const struct cli_args *a)
{
    const char *path = a->arg[0];
    bool unsigned_pack = audit.signature.state == SIGNATURE_ABSENT;
    bool unsigned_wrong = unsigned_pack && (!cli_has(a, "unsigned") || cli_has(a, "key"));
    bool good = audit.wrong_count == 0 && !unsigned_wrong && audit.manifest.passed;
    if (cli_mode.json)
        print_json(path, good);
    if (audit.wrong_count > 0)
        return evidence_refuse(cli_text("'%s' does not prove what it says", path), wrong_text(),
                               "take the pack again from where it was made");
    if (unsigned_wrong)
        return evidence_refuse(
            cli_text("'%s' is not signed", path),
            "nobody vouches for it: whoever had it can have changed it",
            "slipway evidence --key SIGNING.pem makes a signed pack; --unsigned takes "
            "this one");
    if (!audit.manifest.passed)
        return evidence_refuse(cli_text("'%s' is whole%s, and its evidence is unfavourable", path,
                                        unsigned_pack ? "" : " and signed"),
                               evidence_against(&audit.manifest), NULL);
    cli_say("evidence check: passed: whole%s, and its evidence is favourable",
            unsigned_pack ? ", NOT SIGNED" : " and signed");
    return CLI_DONE;
}

static int run_with(const struct cli_args *a, const struct key *key)
{
    int code = pack_read(a->arg[0], &files);
    if (code == CLI_DONE)
        code = audit_pack(a->arg[0], &files, key, &audit);
    if (code == CLI_DONE)
        code = compare_inputs(a);
    if (code == CLI_DONE) {
        print_table(a->arg[0]);
        code = judge(a);
    }
    evidence_free(&audit.manifest);
    return code;
}

static int run(const struct cli_args *a)
{
    struct key key = {0};
    const char *path = cli_value(a, "key", NULL);
    audit = (struct audit){.wrong_count = 0};
    int code = path != NULL ? key_load(path, &key) : CLI_DONE;
    if (code == CLI_DONE)
        code = run_with(a, path != NULL ? &key : NULL);
    key_free(&key);
    return code;
}

static const struct cli_option options[] = {
    {"key", 'k', "PUBLIC.pem", "the public key of whoever must have signed the pack", 0},
    {"unsigned", 0, NULL, "take a pack that is not signed", 0},
    {"bootloader", 0, "FILE", "also compare this file with the bootloader of the pack", 0},
    {"old", 0, "FILE", "also compare this file with the old image of the pack", 0},
    {"new", 0, "FILE", "also compare this file with the new image of the pack", 0},
    {0},
};

const struct cli_command cmd_evidence_check = {
    .name = "evidence check",
    .summary = "check a pack of evidence, without the files that it is about",
    .arguments = "PACK",
    .min_args = 1,
    .max_args = 1,
    .options = options,
    .details =
        "PACK is the zip file or the folder. Checked are the signature, every file's SHA-256, "
        "that\n"
        "there is no file beside those, and that each outcome and the verdict follow from the\n"
        "documents: a rehearsal's cases are counted again. Without -k the enclosed key is taken,\n"
        "which shows that the pack is whole, and not who made it. Exit code 0: all that, and the\n"
        "evidence is favourable; 1: not, and what; 4: the file is not a pack.",
    .example =
        "slipway evidence check evidence-2.0.0.zip -k release.pub.pem\n"
        "slipway evidence check evidence-2.0.0.zip -k release.pub.pem --new 2.0.0.signed.bin",
    .run = run,
};
