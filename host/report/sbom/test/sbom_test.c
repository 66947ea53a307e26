/* Component files, licences, ELF files, UUIDs, and SBOMs that are read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/cli/core/cli.h"
#include "host/report/sbom/licence.h"
#include "host/report/sbom/sbom.h"
#include "host/report/sbom/sbom_file.h"
#include "host/report/sbom/uuid.h"

#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct component_list list;
static char why[300];

static int release(void **state)
{
    (void)state;
    cli_release();
    return 0;
}

static bool add(const char *text)
{
    char *copy = cli_memory(strlen(text));
    memcpy(copy, text, strlen(text));
    why[0] = '\0';
    return component_list_add(&list, copy, strlen(text), why, sizeof why);
}

/* ---- component files ---- */

static void fields(void **state)
{
    (void)state;
    component_list_init(&list);
    assert_true(add("# ours\n\nName: BearSSL\nVersion:  0.6 \nLicense: MIT\nHomepage: "
                    "http://x/\nSource-SHA256: " SHA "\n " SHA
                    "\nFiles: core/*\n libx.a\n# in between\n\r\n"
                    "Role: product\nSupplier: Me\n"));
    assert_int_equal(list.count, 2);
    const struct component *c = &list.component[1];
    assert_string_equal(c->text[COMPONENT_NAME], "BearSSL");
    assert_string_equal(c->text[COMPONENT_VERSION], "0.6");
    assert_int_equal(c->sha256.count, 2);
    assert_int_equal(c->files.count, 2);
    assert_true(add("Name: Text\nLicense-Text: one\n two\n .\n four\n\nRole: product\nName: "
                    "app\nSupplier: Not me\nFiles: app/*\n"));
    assert_string_equal(list.component[2].text[COMPONENT_LICENSE_TEXT], "one\ntwo\n\nfour");
    assert_string_equal(list.component[0].text[COMPONENT_NAME], "app");
    assert_string_equal(list.component[0].text[COMPONENT_SUPPLIER], "Me");
    assert_ptr_equal(component_of(&list, "core/crypto/a.a"), c);
    assert_ptr_equal(component_of(&list, "/usr/lib/libx.a"), c);
    assert_ptr_equal(component_of(&list, "app/main.o"), &list.component[0]);
    assert_null(component_of(&list, "/usr/lib/libxx.a"));
    assert_null(component_of(&list, "/score/x.o"));
}

/* What the product's own folder has from others comes first. */
static void patterns(void **state)
{
    (void)state;
    component_list_init(&list);
    assert_true(add("Role: product\nFiles: app/*\n\nName: vendor\nFiles: */blob*.a\n"));
    assert_string_equal(component_of(&list, "app/lib/blob-1.a")->text[COMPONENT_NAME], "vendor");
    assert_true(component_of(&list, "app/lib/blob-1.b")->product);
    component_list_init(&list);
    assert_true(add(cli_text("Name: a\nFiles: %s\n", "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b")));
    char text[4001];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_null(component_of(&list, text));
}

static void wrong_files(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"nonsense\n", "line 1: it is not 'Field: value': nonsense"},
        {"\n\nColour: red\n", "line 3: no field has this name: Colour"},
        {"Version: 1\n", "line 2: the paragraph has no Name (or Role: product)"},
        {"Name: a\nName: b\n", "line 2: a field comes twice in a paragraph: Name"},
        {"Name:\n", "line 1: a field is empty: Name"},
        {"Role: tool\n", "line 1: Role is 'product' or is left out, not: tool"},
        {" a\n", "line 1: it continues no field that may have several lines: a"},
        {"Name: a\n b\n", "line 2: it continues no field that may have several lines: b"},
        {"Name: a\nLicense: <b>\n",
         "line 2: License is not an SPDX expression, such as MIT OR Apache-2.0: <b>"},
        {"Name: a\nPurl: http://x\n", "line 2: Purl is not a package URL: http://x"},
        {"Name: a\nHomepage: javascript:1\n", "line 2: Homepage is not a URL: javascript:1"},
        {"Name: a\nHomepage: http://\xc3\xa4\n", "line 2: Homepage is not a URL: http://\xc3\xa4"},
        {"Name: a\nSource-SHA256: 12\n",
         "line 2: Source-SHA256 is not 64 hexadecimal digits (0-9, a-f): 12"},
        {"Name: a\nSource-SHA256: " SHA "g\n",
         "line 2: Source-SHA256 is not 64 hexadecimal digits (0-9, a-f): " SHA "g"},
        {"Name: a\nSource-SHA256: " SHA "\n",
         "line 3: Source-SHA256 needs a Purl or a Homepage: where it can be had"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        component_list_init(&list);
        assert_false(add(cases[i].text));
        assert_string_equal(why, cases[i].why);
    }
    assert_false(component_list_add(&list, (char[]){"a\0b"}, 3, why, sizeof why));
}

static void as_many_as_there_may_be(void **state)
{
    (void)state;
    component_list_init(&list);
    for (unsigned i = 0; i < COMPONENTS_MAX; i++)
        assert_true(add("Name: a\n"));
    assert_false(add("Name: a\n"));
    assert_string_equal(why, "line 2: there are more than 256 components");
    component_list_init(&list);
    for (unsigned i = 0; i < COMPONENT_VALUES_MAX; i++)
        assert_true(add("Role: product\nFiles: x\n"));
    assert_false(add("Role: product\nFiles: x\n"));
}

static void expressions(void **state)
{
    (void)state;
    static const char *const good[] = {
        "MIT",
        "GPL-3.0-or-later WITH GCC-exception-3.1",
        "(MIT OR Apache-2.0) AND LicenseRef-x.1",
        "GPL-2.0+ OR (A AND (B OR C WITH d))",
        "((A))",
    };
    static const char *const bad[] = {
        "",           " ",      "MIT AND",  "AND MIT",    "MIT MIT",         "(MIT", "MIT)", "()",
        "A WITH",     "WITH B", "A (B)",    "A WITH (B)", "A WITH B WITH C", "<b>",  "a/b",  "A,B",
        "A AND OR B", "A+ +",   "A) OR (B", "MIT\n",      "\xc3\xa4",
    };
    char deep[2101];
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        if (!licence_is_expression(good[i]))
            fail_msg("%s", good[i]);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (licence_is_expression(bad[i]))
            fail_msg("%s", bad[i]);
    memset(deep, '(', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    assert_false(licence_is_expression(deep));
    const char *at = good[2];
    assert_string_equal(licence_next_ref(&at), "LicenseRef-x.1");
    assert_string_equal(licence_next_ref(&at), "");
}

/* ---- ELF files ---- */

static void this_program(void **state)
{
    struct program_facts f;
    struct cli_blob b;
    bool c_library = false;
    (void)state;
    assert_int_equal(cli_read_file("/proc/self/exe", PROGRAM_FILE_MAX, &b), CLI_DONE);
    assert_true(program_facts_read(&f, b.data, b.len, why, sizeof why));
    assert_true(f.compiler_count > 0);
    for (unsigned i = 0; i < f.library_count; i++)
        c_library |= strcmp(f.library[i], "libc.so.6") == 0;
    assert_true(c_library);
    /* Torn in the header, and in front of its table of sections, which comes last. */
    for (size_t len = 0; len < 70; len++)
        assert_false(program_facts_read(&f, b.data, len, why, sizeof why));
    for (size_t len = b.len - 1; len > b.len - 70; len--)
        assert_false(program_facts_read(&f, b.data, len, why, sizeof why));
}

static void names_of_compilers(void **state)
{
    const char *version;
    (void)state;
    assert_string_equal(sbom_compiler_name("GCC: (Debian 12.2.0-14) 12.2.0", &version), "GCC");
    assert_string_equal(version, "(Debian 12.2.0-14) 12.2.0");
    assert_string_equal(sbom_compiler_name("Debian clang version 14.0.6", &version), "Clang");
    assert_string_equal(version, "14.0.6");
    assert_string_equal(sbom_compiler_name("rustc 1.0", &version), "compiler");
    assert_string_equal(version, "rustc 1.0");
}

/* ---- the document ---- */

static void known_uuid(void **state)
{
    uint8_t uuid[UUID_SIZE];
    char text[UUID_TEXT];
    (void)state;
    uuid_of_name(uuid_dns, "python.org", 10, uuid); /* the example of Python's documentation */
    uuid_print(text, uuid);
    assert_string_equal(text, "886313e1-3b8a-5372-9b90-0c9aee199e5d");
}

static struct sbom sbom;

static int link_sbom(const char *map, const char *components)
{
    memset(&sbom, 0, sizeof sbom);
    component_list_init(&list);
    assert_true(add(components));
    sbom.components = list;
    sbom.file = "app.bin";
    sbom.created = "1970-01-01T00:00:00Z";
    sbom.maker = "0.1.0";
    assert_true(link_map_read(&sbom.map, map, strlen(map), why, sizeof why));
    return sbom_link(&sbom, "app.map");
}

#define MAP                                                                                     \
    "Archive member included to satisfy reference by file (symbol)\n\n"                         \
    "liba.a(a.o)                   main.o (a)\nlibb.a(b.o)                   liba.a(a.o) (b)\n" \
    "\nLinker script and memory map\n\nLOAD main.o\n.text 0x0 0x0\n .text 0x00000000 0x10 "     \
    "main.o\n"                                                                                  \
    " .text 0x00000010 0x10 libb.a(b.o)\n .text 0x00000020 0x10 liba.a(a.o)\n"                  \
    " .text 0x00000030 0x10 libc.a(c.o)\nOUTPUT(app elf32-littlearm)\n"
#define PRODUCT "Role: product\nName: app\nVersion: 1\nFiles: main.o\n\n"
#define THREE   "Name: A\nFiles: liba.a\n\nName: unused\nFiles: libu.a\n\nName: B\nFiles: libb.a\n\n"

static void who_needs_whom(void **state)
{
    (void)state;
    assert_int_equal(link_sbom(MAP, PRODUCT "Name: C\nFiles: libc.a\n\n" THREE), CLI_DONE);
    assert_int_equal(sbom.count, 4); /* in the order of the file, and without what is not linked */
    assert_string_equal(sbom.part[1].id, "1-C");
    assert_string_equal(sbom.part[2].id, "2-A");
    assert_string_equal(sbom.part[3].id, "3-B");
    for (unsigned a = 0; a < sbom.count; a++)
        for (unsigned b = 0; b < sbom.count; b++) {
            bool known = (a == 0 && b == 2) || (a == 2 && b == 3);
            bool assumed = a == 0 && b == 1; /* nobody is known to need it */
            assert_int_equal(sbom.needs[a][b], known || assumed);
        }
    assert_string_equal(sbom_linked_text(&sbom.part[0]), "1 object");
    assert_string_equal(sbom_linked_text(&sbom.part[2]), "liba.a: 1 object");
}

static void nothing_is_left_out(void **state)
{
    (void)state;
    assert_int_equal(link_sbom(MAP, PRODUCT THREE), CLI_BAD_FILE);
    assert_int_equal(
        link_sbom(MAP, "Role: product\nName: app\n\n" THREE "Name: C\nFiles: libc.a\n"),
        CLI_BAD_FILE);
}

/* What is written names its program, in both forms; and the same, the second time. */
static void written_and_read_back(void **state)
{
    (void)state;
    assert_int_equal(link_sbom(MAP, PRODUCT THREE "Name: C\nFiles: libc.a\n"), CLI_DONE);
    memset(sbom.sha256, 0xa5, sizeof sbom.sha256);
    for (unsigned form = SBOM_CYCLONEDX; form <= SBOM_SPDX; form++) {
        struct sbom_subject s;
        size_t len, len2;
        char *text = sbom_text(&sbom, (enum sbom_form)form, &len);
        char *again = sbom_text(&sbom, (enum sbom_form)form, &len2);
        assert_true(text != NULL && again != NULL && len == len2);
        assert_memory_equal(text, again, len);
        assert_true(sbom_file_read(&s, text, len, why, sizeof why));
        assert_string_equal(s.name, "app");
        assert_string_equal(s.version, "1");
        assert_memory_equal(s.sha256, sbom.sha256, sizeof s.sha256);
        for (size_t cut = 0; cut < len - 2; cut += 97)
            assert_false(sbom_file_read(&s, text, cut, why, sizeof why));
        free(text);
        free(again);
    }
}

#define DESCRIBES(package)                                                        \
    "{\"spdxElementId\":\"SPDXRef-DOCUMENT\",\"relationshipType\":\"DESCRIBES\"," \
    "\"relatedSpdxElement\":\"" package "\"}"

static void documents_of_others(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why; /* NULL: read */
    } cases[] = {
        {"{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.4\",\"metadata\":{\"component\":{"
         "\"name\":"
         "\"x\",\"hashes\":[{\"alg\":\"MD5\",\"content\":\"1\"},{\"alg\":\"SHA-256\",\"content\":"
         "\"" SHA "\"}]}}}",
         NULL},
        {"{\"spdxVersion\":\"SPDX-2.2\",\"documentDescribes\":[\"P\"],\"packages\":[{\"SPDXID\":"
         "\"O\"}"
         ",{\"SPDXID\":\"P\",\"checksums\":[{\"algorithm\":\"SHA256\",\"checksumValue\":\"" SHA
         "\"}]}]}",
         NULL},
        {"[]", "it is neither CycloneDX 1.x nor SPDX 2.x in JSON"},
        {"{}", "it is neither CycloneDX 1.x nor SPDX 2.x in JSON"},
        {"{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\"}",
         "it has no metadata.component, so it does not say of which program it is"},
        {"{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"metadata\":{\"component\":{}}}",
         "it does not name the SHA-256 of its program"},
        {"{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"metadata\":{\"component\":{"
         "\"hashes\":"
         "[{\"alg\":\"SHA-256\",\"content\":\"zz\"}]}}}",
         "the SHA-256 of its program is not 64 hexadecimal digits"},
        {"{\"spdxVersion\":\"SPDX-2.3\",\"documentDescribes\":[\"P\",\"Q\"]}",
         "it does not describe one package, so it does not say of which program it is"},
        {"{\"spdxVersion\":\"SPDX-2.3\",\"relationships\":[" DESCRIBES("P") "," DESCRIBES("Q") "]}",
         "it does not describe one package, so it does not say of which program it is"},
        {"{\"spdxVersion\":\"SPDX-2.3\",\"documentDescribes\":[\"P\"]}",
         "the package that it describes is not in it"},
    };
    struct sbom_subject s;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        bool ok = sbom_file_read(&s, cases[i].text, strlen(cases[i].text), why, sizeof why);
        assert_int_equal(ok, cases[i].why == NULL);
        if (!ok)
            assert_string_equal(why, cases[i].why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(fields, release),
        cmocka_unit_test_teardown(patterns, release),
        cmocka_unit_test_teardown(wrong_files, release),
        cmocka_unit_test_teardown(as_many_as_there_may_be, release),
        cmocka_unit_test_teardown(expressions, release),
        cmocka_unit_test_teardown(this_program, release),
        cmocka_unit_test_teardown(names_of_compilers, release),
        cmocka_unit_test_teardown(known_uuid, release),
        cmocka_unit_test_teardown(who_needs_whom, release),
        cmocka_unit_test_teardown(nothing_is_left_out, release),
        cmocka_unit_test_teardown(written_and_read_back, release),
        cmocka_unit_test_teardown(documents_of_others, release),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
