/* slipway sbom - the bill of materials of a program, from its linker map. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/cli/commands/commands.h"
#include "host/report/sbom/licence.h"
#include "host/report/sbom/sbom.h"

static const struct cli_option options[] = {
    {"components", 0, "FILE", "what the parts of the program are (docs/sbom.md); the first counts",
     CLI_REQUIRED | CLI_REPEATED},
    {"elf", 0, "FILE", "the program's ELF file, which names compilers and shared libraries", 0},
    {"cyclonedx", 0, "FILE", "write CycloneDX 1.6 (JSON)", 0},
    {"spdx", 0, "FILE", "write SPDX 2.3 (JSON)", 0},
    {"name", 0, "TEXT", "the program's name", 0},
    {"version", 0, "TEXT", "the program's version", 0},
    {"licence", 0, "EXPRESSION", "the program's licence, as an SPDX expression", 0},
    {0},
};

static struct sbom sbom; /* large */

static int bad_file(const char *path, const char *what, const char *why, const char *next)
{
    return cli_fail(CLI_BAD_FILE, cli_text("'%s' %s", path, what), why, next);
}

static int read_components(const struct cli_args *a)
{
    char why[300];
    const char *path;
    component_list_init(&sbom.components);
    for (unsigned i = 0; (path = cli_nth_value(a, "components", i)) != NULL; i++) {
        struct cli_blob b;
        int code = cli_read_file(path, COMPONENT_FILE_MAX, &b);
        if (code != CLI_DONE)
            return code;
        if (!component_list_add(&sbom.components, (char *)b.data, b.len, why, sizeof why))
            return bad_file(path, "is not a component file", why,
                            "docs/sbom.md says what may be in it");
    }
    return CLI_DONE;
}

/* What the command line says of the program counts before the files. */
static int take_product(const struct cli_args *a)
{
    struct component *c = &sbom.components.component[0];
    static const struct {
        const char *option;
        enum component_field field;
    } rows[] = {
        {"name", COMPONENT_NAME}, {"version", COMPONENT_VERSION}, {"licence", COMPONENT_LICENSE}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *text = cli_value(a, rows[i].option, c->text[rows[i].field]);
        if (text != NULL && *text == '\0')
            return cli_usage(a, "--%s is empty", rows[i].option);
        if (text != NULL && strlen(text) > COMPONENT_TEXT_MAX)
            return cli_usage(a, "--%s is longer than %u bytes", rows[i].option, COMPONENT_TEXT_MAX);
        c->text[rows[i].field] = text;
    }
    if (c->text[COMPONENT_NAME] == NULL || c->text[COMPONENT_VERSION] == NULL)
        return cli_usage(a, "the program has no name, or no version: --name, --version, or a "
                            "paragraph with Role: product");
    if (c->text[COMPONENT_LICENSE] == NULL || licence_is_expression(c->text[COMPONENT_LICENSE]))
        return CLI_DONE;
    return cli_usage(a, "--licence '%s' is not an SPDX expression, such as MIT OR Apache-2.0",
                     c->text[COMPONENT_LICENSE]);
}

static int read_map(const char *path)
{
    char why[100];
    struct cli_blob b;
    int code = cli_read_file(path, LINK_MAP_MAX, &b);
    if (code != CLI_DONE || link_map_read(&sbom.map, (const char *)b.data, b.len, why, sizeof why))
        return code;
    return bad_file(path, "is not a map file of GNU ld, or not a whole one", why,
                    "link with LC_ALL=C and -Wl,-Map=FILE, and give that file");
}

static int read_facts(const char *path, const struct cli_blob *b)
{
    char why[100];
    if (program_facts_read(&sbom.facts, b->data, b->len, why, sizeof why))
        return CLI_DONE;
    return bad_file(path, "is not a readable ELF file", why, "give the file that the linker wrote");
}

/* The hash is that of the file as it is: what slipway sign is given. */
static int read_program(const struct cli_args *a)
{
    const char *path = a->arg[0], *elf = cli_value(a, "elf", NULL), *slash = strrchr(path, '/');
    struct cli_blob b;
    size_t n = 0;
    int code = cli_read_file(path, PROGRAM_FILE_MAX, &b);
    if (code != CLI_DONE)
        return code;
    sbom.file = slash != NULL ? slash + 1 : path;
    if (EVP_Q_digest(NULL, "SHA256", NULL, b.data, b.len, sbom.sha256, &n) != 1)
        return cli_fail(CLI_REFUSED, "OpenSSL could not hash the program", NULL, NULL);
    if (elf == NULL && program_is_elf(b.data, b.len))
        return read_facts(path, &b);
    if (elf != NULL) {
        code = cli_read_file(elf, PROGRAM_FILE_MAX, &b);
        return code == CLI_DONE ? read_facts(elf, &b) : code;
    }
    if (!sbom.map.shared_libraries)
        return CLI_DONE;
    return cli_fail(CLI_BAD_FILE,
                    cli_text("'%s' does not say which shared libraries it needs", path),
                    cli_text("'%s' names some, and the program is not an ELF file", a->arg[1]),
                    "add --elf FILE");
}

/* A document has to have a time; one that is not in the inputs would make each document another one. */
static int take_time(void)
{
    const char *text = getenv("SOURCE_DATE_EPOCH");
    uint64_t seconds = 0;
    char date[32];
    struct tm tm;
    if (text != NULL && (!cli_parse_number(text, &seconds) || seconds > 253402300799u))
        return cli_fail(CLI_USAGE, "SOURCE_DATE_EPOCH is not a time",
                        cli_text("it is '%s'", cli_one_line(text)),
                        "set it to seconds since 1970 (git log -1 --format=%ct), or unset it");
    const time_t t = (time_t)seconds;
    gmtime_r(&t, &tm);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &tm);
    sbom.created = cli_text("%s", date);
    return CLI_DONE;
}

/* path NULL: to stdout. */
static int write_form(enum sbom_form form, const char *path)
{
    size_t len;
    char *text = sbom_text(&sbom, form, &len);
    if (text == NULL)
        return cli_fail(CLI_REFUSED, "out of memory", NULL, NULL);
    int code = CLI_DONE;
    if (path != NULL)
        code = cli_write_file(path, text, len, 0644);
    else
        cli_print(stdout, "%s", text);
    free(text);
    if (code == CLI_DONE && path != NULL)
        cli_say("wrote %s: %s", path, form == SBOM_SPDX ? "SPDX 2.3" : "CycloneDX 1.6");
    return code;
}

static void print_parts(void)
{
    char sha256[2 * SBOM_SHA256 + 1];
    cli_hex(sha256, sbom.sha256, sizeof sbom.sha256);
    cli_say("%s %s, SHA-256 %s", sbom.part[0].component->text[COMPONENT_NAME],
            sbom.part[0].component->text[COMPONENT_VERSION], sha256);
    for (unsigned i = 1; i < sbom.count; i++) {
        const struct component *c = sbom.part[i].component;
        const char *version = c->text[COMPONENT_VERSION], *licence = c->text[COMPONENT_LICENSE];
        cli_say("  %s %s, %s", c->text[COMPONENT_NAME],
                version != NULL ? version : "(version not known)",
                licence != NULL ? licence : "licence not known");
    }
}

static void print_json(const char *cyclonedx, const char *spdx)
{
    struct json j;
    json_begin(&j, stdout);
    json_string(&j, "name", sbom.part[0].component->text[COMPONENT_NAME]);
    json_string(&j, "version", sbom.part[0].component->text[COMPONENT_VERSION]);
    json_hex(&j, "sha256", sbom.sha256, sizeof sbom.sha256);
    json_string(&j, "cyclonedx", cyclonedx);
    json_string(&j, "spdx", spdx);
    json_array(&j, "components");
    for (unsigned i = 1; i < sbom.count; i++) {
        const struct component *c = sbom.part[i].component;
        json_object(&j, NULL);
        json_string(&j, "name", c->text[COMPONENT_NAME]);
        json_string(&j, "version", c->text[COMPONENT_VERSION]);
        json_string(&j, "license", c->text[COMPONENT_LICENSE]);
        json_end(&j);
    }
    json_finish(&j);
}

static int run(const struct cli_args *a)
{
    const char *cyclonedx = cli_value(a, "cyclonedx", NULL), *spdx = cli_value(a, "spdx", NULL);
    memset(&sbom, 0, sizeof sbom);
    sbom.maker = cli_version;
    int code = read_components(a);
    if (code == CLI_DONE)
        code = take_product(a);
    if (code == CLI_DONE)
        code = read_map(a->arg[1]);
    if (code == CLI_DONE)
        code = read_program(a);
    if (code == CLI_DONE)
        code = take_time();
    if (code == CLI_DONE)
        code = sbom_link(&sbom, a->arg[1]);
    if (code != CLI_DONE)
        return code;
    if (cyclonedx == NULL && spdx == NULL)
        return write_form(SBOM_CYCLONEDX, NULL);
    if (cyclonedx != NULL)
        code = write_form(SBOM_CYCLONEDX, cyclonedx);
    if (code == CLI_DONE && spdx != NULL)
        code = write_form(SBOM_SPDX, spdx);
    if (code != CLI_DONE)
        return code;
    if (cli_mode.json)
        print_json(cyclonedx, spdx);
    else
        print_parts();
    return CLI_DONE;
}

const struct cli_command cmd_sbom = {
    .name = "sbom",
    .summary = "write what a program is made of: CycloneDX, SPDX",
    .arguments = "PROGRAM MAP",
    .min_args = 2,
    .max_args = 2,
    .options = options,
    .details =
        "PROGRAM is what `slipway sign` is given (.bin), or any program; its SHA-256 goes into "
        "the\n"
        "document. MAP is the map file of its link (GNU ld, -Wl,-Map=FILE), which says what is\n"
        "really linked; --components say what that is. Without --cyclonedx and --spdx, CycloneDX\n"
        "goes to stdout. The same files give the same bytes; the time in SPDX is\n"
        "SOURCE_DATE_EPOCH, or 1970.",
    .example = "slipway sbom app.bin app.map --elf app.elf --components sbom.txt --cyclonedx "
               "app.cdx.json --spdx app.spdx.json\n"
               "slipway sign --sbom app.cdx.json -k signing.pem -v 1.2.3 -H 0x400 --pad-header -S "
               "0xe0000 --align 32 app.bin app.signed.bin",
    .run = run,
};
