/* The reader of maps: every form that GNU ld writes, and files that are torn, huge or nonsense. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/cli/core/cli.h"
#include "host/report/sbom/link_map.h"

#define INCLUDED "Archive member included to satisfy reference by file (symbol)\n\n"
#define LAYOUT   "\nLinker script and memory map\n\n"
#define END      "OUTPUT(app.elf elf32-littlearm)\nLOAD linker stubs\n"

static struct link_map map;
static char why[100];

static int release(void **state)
{
    (void)state;
    cli_release();
    return 0;
}

static bool read_map(const char *text)
{
    why[0] = '\0';
    return link_map_read(&map, text, strlen(text), why, sizeof why);
}

static const struct link_object *object(const char *name)
{
    const struct link_object *o = link_map_find(&map, name);
    if (o == NULL)
        fail_msg("%s is not in the map", name);
    return o;
}

/* What counts is what the program has bytes of: not what --gc-sections took out, nor what only debuggers see. */
static void sections_say_what_is_linked(void **state)
{
    (void)state;
    assert_true(read_map(INCLUDED
                         "lib/libfirst.a(used.o)\n"
                         "                              main.o (used)\n"
                         "lib/libfirst.a(a_member_with_a_long_name.o)\n"
                         "                              lib/libfirst.a(used.o) (other)\n"
                         "libs.a(x.o)                   (forced)\n"
                         "libt.a(y.o)                   main.o (foo(char (*)(int)))\n"
                         "\nDiscarded input sections\n\n"
                         " .text.gone     0x00000000       0x10 gone.o\n"
                         "gone.a(odd.o)\n                              gone.o (odd)\n"
                         "\nMemory Configuration\n\nName Origin\n" LAYOUT "LOAD main.o\n"
                         "LOAD lib/libfirst.a\nLOAD /usr/lib/libunused.a\nSTART GROUP\nEND GROUP\n"
                         "                0x08000000                        BASE = 0x8000000\n\n"
                         ".text           0x08020400    0x53948\n"
                         " *(.text .text.*)\n"
                         " .text.main     0x08020400       0x1c main.o\n"
                         "                0x08020400                main\n"
                         " *fill*         0x08020976        0x2 \n"
                         " .text.a_long_section_name\n"
                         "                0x08020978       0x20 lib/libfirst.a(used.o)\n"
                         " .text          0x08020998        0x0 "
                         "lib/libfirst.a(a_member_with_a_long_name.o)\n"
                         " COMMON         0x20000000        0x4 libs.a(x.o)\n" END
                         "\n.debug_info     0x00000000    0x5014a\n"
                         " .debug_info    0x00000000      0x123 libt.a(y.o)\n"
                         "                                0x130 (size before relaxing)\n"));
    assert_int_equal(map.count, 5);
    assert_false(map.optimized || map.shared_libraries);
    assert_true(object("main.o")->linked && object("libs.a(x.o)")->linked);
    const struct link_object *o = object("lib/libfirst.a(used.o)");
    assert_true(o->linked);
    assert_string_equal(o->path, "lib/libfirst.a");
    assert_string_equal(o->member, "used.o");
    assert_string_equal(o->for_whom, "main.o");
    assert_false(object("lib/libfirst.a(a_member_with_a_long_name.o)")->linked);
    assert_false(object("libt.a(y.o)")->linked);
    assert_string_equal(object("libt.a(y.o)")->for_whom, "main.o");
    assert_null(object("libs.a(x.o)")->for_whom);
    assert_null(link_map_find(&map, "gone.o"));
    assert_null(link_map_find(&map, "used.o"));
}

/* Of optimized objects the map has no section, and no archive in the names of those that refer. */
static void link_time_optimization(void **state)
{
    (void)state;
    assert_true(read_map(INCLUDED "core/libimage.a(verify.c.obj)\n"
                                  "                              boot/main.c.obj (symbol from "
                                  "plugin) (image_verify)\n"
                                  "core/libcrypto.a(hash.c.obj)\n"
                                  "                              verify.c.obj (symbol from plugin) "
                                  "(sha256_init)\n"
                                  "one.a(same.o)                 verify.c.obj (x)\n"
                                  "two.a(same.o)                 same.o (y)\n"
                                  "libgcc.a(div.o)               /tmp/ccKKlBJO.ltrans0.ltrans.o "
                                  "(__aeabi_uldivmod)\n" LAYOUT "LOAD /tmp/cc6iSljF.debug.temp.o\n"
                                  "LOAD boot/main.c.obj\nLOAD core/libimage.a\nLOAD odd.archive\n"
                                  ".text           0x08000000     0x8650\n"
                                  " .text.a        0x08000000       0x1c "
                                  "/tmp/ccKKlBJO.ltrans0.ltrans.o\n"
                                  " .text.b        0x08000020       0x1c odd.archive(z.o)\n" END));
    assert_true(map.optimized);
    assert_true(object("boot/main.c.obj")->linked &&
                object("core/libcrypto.a(hash.c.obj)")->linked);
    assert_string_equal(object("verify.c.obj")->path, "core/libimage.a");
    assert_null(link_map_find(&map, "same.o")); /* which of the two? */
    assert_false(object("odd.archive")->linked);
    assert_true(object("odd.archive(z.o)")->linked);
    for (unsigned i = 0; i < map.count; i++)
        if (strncmp(map.object[i].name, "/tmp/", 5) == 0)
            fail_msg("%s is no component", map.object[i].name);
}

/* Only the compiler's own temporary files are passed over. */
static void what_looks_like_a_temporary_file(void **state)
{
    (void)state;
    static const char *const names[] = {"vendor.lto.o", "ccKKlBJ.debug.temp.o",
                                        "a.ltransx.ltrans.o", "a.ltrans.ltrans.o", ".ltrans.o"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        assert_true(
            read_map(cli_text(LAYOUT ".text 0x1 0x2\n .text 0x00000010 0x20 %s\n" END, names[i])));
        assert_true(object(names[i])->linked);
    }
    assert_false(
        read_map(LAYOUT ".text 0x1 0x2\n .text 0x00000010 0x20 app.elf.ltrans12.ltrans.o\n" END));
    assert_string_equal(why, "it names no object");
}

/* A thin archive's members are named by their files. Names may have blanks, brackets, and bytes of any kind. */
static void names_of_every_kind(void **state)
{
    (void)state;
    assert_true(read_map(
        INCLUDED "thin/zcbor_decode.c.obj\n"
                 "                              main (copy).o (zcbor_uint32_decode)\n" LAYOUT
                 "LOAD main (copy).o\nLOAD /home/j\xc3\xb6rg/\xf0\x9f\x9a\xa2.o\n"
                 ".text           0x08000000     0x8650\r\n"
                 " .text.a        0x08000000       0x1c thin/zcbor_decode.c.obj\r\n"
                 " .text.a        0x08000020       0x1c main (copy).o\n"
                 " .text.a        0x08000040       0x1c /home/j\xc3\xb6rg/\xf0\x9f\x9a\xa2.o\n"
                 " .text.a        0x08000060       0x1c <b>\x1b[31m\xff\xc3.a(<script>.o)\n"
                 " .text.a        0x08000080       0x1c ()\n"
                 " .text.a        0x080000a0       0x1c a()\n" END));
    assert_int_equal(map.count, 6);
    assert_null(object("thin/zcbor_decode.c.obj")->member);
    assert_string_equal(object("main (copy).o")->path, "main (copy).o");
    assert_true(object("/home/j\xc3\xb6rg/\xf0\x9f\x9a\xa2.o")->linked);
    assert_string_equal(object("<b>\x1b[31m\xff\xc3.a(<script>.o)")->path, "<b>\x1b[31m\xff\xc3.a");
    assert_string_equal(object("()")->path, "()");
    assert_string_equal(object("a()")->member, "");
}

static void a_pc_program(void **state)
{
    (void)state;
    assert_true(
        read_map("As-needed library included to satisfy reference by file (symbol)\n\n"
                 "libc.so.6                     main.o (puts)\n\nMerging program properties\n\n"
                 "Removed property 0xc0000002 to merge a.o (0x3) and b.o (not found)\n" LAYOUT
                 "LOAD Scrt1.o\nLOAD /usr/lib/x86_64-linux-gnu/libc.so\nLOAD /lib/libm.so.6\n"
                 ".text           0x0000000000001000     0x8650\n"
                 " .text          0x0000000000001000       0x1c Scrt1.o\n"
                 "OUTPUT(a.out elf64-x86-64)\n\nCross Reference Table\n\nSymbol   File\n"
                 "LOAD puts                                         main.o\n"));
    assert_true(map.shared_libraries);
    assert_int_equal(map.count, 1);
}

static void not_a_map(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", "it has no line 'Linker script and memory map'"},
        {"#!/bin/sh\n", "it has no line 'Linker script and memory map'"},
        {INCLUDED "a.a(b.o)\n", "it has no line 'Linker script and memory map'"},
        {LAYOUT "LOAD main.o\n", "it ends before its OUTPUT line, so it is torn"},
        {LAYOUT END, "it names no object"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_false(read_map(cases[i].text));
        assert_string_equal(why, cases[i].why);
    }
    assert_false(link_map_read(&map, "a\0b", 3, why, sizeof why));
    assert_string_equal(why, "it holds a NUL, so it is not a text");
}

/* Torn at any byte before its OUTPUT line, the file is refused. */
static void torn(void **state)
{
    (void)state;
    static const char text[] = INCLUDED "a.a(b.o)                      main.o (b)\n" LAYOUT
                                        "LOAD main.o\n.text  0x0 0x10\n"
                                        " .text          0x00000000       0x10 a.a(b.o)\n" END;
    const size_t whole = (size_t)(strstr(text, "OUTPUT(") - text) + strlen("OUTPUT(");
    for (size_t len = 0; len < sizeof text; len++) {
        char *part = malloc(len + 1); /* so that a sanitizer sees what is read behind it */
        assert_non_null(part);
        memcpy(part, text, len);
        part[len] = '\0';
        assert_int_equal(link_map_read(&map, part, len, why, sizeof why), len >= whole);
        free(part);
    }
}

/* 200,000 members, of which each refers to another one, in a fraction of a second. */
static void huge(void **state)
{
    enum { MEMBERS = 200000 };
    char *text = NULL;
    size_t len = 0;
    (void)state;
    FILE *f = open_memstream(&text, &len);
    assert_non_null(f);
    fprintf(f, INCLUDED);
    for (unsigned i = 0; i < MEMBERS; i++)
        fprintf(f, "lib%u.a(m%u.o)\n%30sm%u.o (symbol)\n", i % 100, i, "", (i + 7) % MEMBERS);
    fprintf(f, LAYOUT ".text 0x0 0x0\n");
    for (unsigned i = 0; i < MEMBERS; i++)
        fprintf(f, " .text          0x%08x       0x10 lib%u.a(m%u.o)\n", i * 16, i % 100, i);
    fprintf(f, " .text          0x0       0x10 /tmp/ccKKlBJO.ltrans0.ltrans.o\n" END);
    fclose(f);
    assert_true(link_map_read(&map, text, len, why, sizeof why));
    assert_int_equal(map.count, MEMBERS);
    for (unsigned i = 0; i < MEMBERS; i++)
        if (link_map_find(&map, map.object[i].for_whom) != &map.object[(i + 7) % MEMBERS])
            fail_msg("member %u", i);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(sections_say_what_is_linked, release),
        cmocka_unit_test_teardown(link_time_optimization, release),
        cmocka_unit_test_teardown(what_looks_like_a_temporary_file, release),
        cmocka_unit_test_teardown(names_of_every_kind, release),
        cmocka_unit_test_teardown(a_pc_program, release),
        cmocka_unit_test_teardown(not_a_map, release),
        cmocka_unit_test_teardown(torn, release),
        cmocka_unit_test_teardown(huge, release),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
