#include "host/evidence/words.h"

const char *evidence_key_text(const struct key *k)
{
    const struct image_key public = key_public(k);
    return cli_text("%s, hash %s", k->kind->title, key_hash_text(&public));
}

const char *evidence_check_text(const struct evidence_check *c)
{
    const char *warnings = c->warnings == 1
                               ? ", 1 warning"
                               : cli_text(", %llu warnings", (unsigned long long)c->warnings);
    return cli_text("%s%s: %s", evidence_outcome_names[c->outcome],
                    c->warnings == 0 ? "" : warnings, cli_one_line(c->summary));
}

const char *evidence_against(const struct evidence *e)
{
    const char *text = "";
    for (unsigned i = 0; i < e->check_count; i++)
        if (evidence_is_against(&e->check[i]))
            text = cli_text("%s%s%s %s", text, *text != '\0' ? "\n" : "",
                            cli_one_line(e->check[i].name), evidence_check_text(&e->check[i]));
    return text;
}

int evidence_refuse(const char *what, const char *evidence, const char *next)
{
    const bool as_json = cli_mode.json;
    cli_mode.json = false;
    int code = cli_fail(CLI_REFUSED, what, evidence, next);
    cli_mode.json = as_json;
    return code;
}

/* ---- README.txt ---- */

static const char *inputs_text(const struct evidence *e)
{
    const char *text = "The files that were checked. Of them only the SBOMs are in the pack:\n\n";
    for (unsigned i = 0; i < e->input_count; i++) {
        const struct evidence_input *in = &e->input[i];
        text = cli_text("%s  %-13s %s%s%s, %llu bytes\n%16sSHA-256 %s\n", text, in->role,
                        cli_one_line(in->path), in->version != NULL ? ", version " : "",
                        in->version != NULL ? in->version : "", (unsigned long long)in->bytes, "",
                        in->sha256);
    }
    return text;
}

static const char *checks_text(const struct evidence *e)
{
    const char *text = "What was checked, and what came of it:\n\n";
    for (unsigned i = 0; i < e->check_count; i++) {
        const struct evidence_check *c = &e->check[i];
        text = cli_text("%s  %-13s %s\n", text, c->name, evidence_check_text(c));
        if (c->document != NULL)
            text = cli_text("%s%16s%s\n", text, "", c->document);
    }
    return text;
}

/* How OpenSSL's own program checks the signature. */
static const char *openssl_text(const struct key *key)
{
    if (key->kind->type == KEY_ED25519)
        return "openssl pkeyutl -verify -rawin -pubin -inkey manifest.pub.pem \\\n"
               "    -sigfile manifest.sig -in manifest.json";
    return cli_text("openssl dgst -%s %s-verify manifest.pub.pem \\\n"
                    "    -signature manifest.sig manifest.json",
                    key->kind->type == KEY_P384 ? "sha384" : "sha256",
                    key->kind->type == KEY_P256 || key->kind->type == KEY_P384
                        ? ""
                        : "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 ");
}

static const char *signature_text(const struct key *key)
{
    if (key == NULL)
        return "This pack is NOT SIGNED: anybody can have changed it, and nobody vouches for "
               "it.\n\n"
               "  slipway evidence check --unsigned PACK.zip\n";
    return cli_text("The manifest names every file by its SHA-256, and is signed with the key\n"
                    "%s.\n"
                    "Take the public key from whom you trust, and not from the pack, which anybody "
                    "can sign anew:\n\n"
                    "  slipway evidence check PACK.zip -k PUBLIC.pem\n\nWithout slipway:\n\n  %s\n"
                    "  sha256sum FILE...       (compare with \"files\" in manifest.json)\n",
                    evidence_key_text(key), openssl_text(key));
}

const char *evidence_readme(const struct evidence *e, const struct key *key)
{
    return cli_text(
        "Evidence of a firmware update, by %s\n\nVerdict: %s\n\n%s\n%s\n"
        "A rehearsal runs the files on a virtual board, and cuts its power in the flash operations "
        "of\n"
        "the update. Nothing was run on silicon, and the upload to the device was not rehearsed.\n"
        "rehearsal.html is its report for a person, rehearsal.json the same for programs.\n\n"
        "How to check this pack\n\n%s",
        e->program, e->passed ? "passed" : "FAILED", inputs_text(e), checks_text(e),
        signature_text(key));
}
