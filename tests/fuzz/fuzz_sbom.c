/* Fuzz target: the other files that slipway sbom, sign --sbom and verify --sbom read, from anywhere: the bytes are a
 * component file, an ELF file, and an SBOM. */
#include <stdlib.h>
#include <string.h>

#include "host/cli/core/cli.h"
#include "host/report/sbom/component_file.h"
#include "host/report/sbom/licence.h"
#include "host/report/sbom/program_file.h"
#include "host/report/sbom/sbom_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char why[300];

static void check(bool ok)
{
    if (!ok)
        abort();
}

/* A copy of its own size, and a NUL: a sanitizer sees what is read behind it. */
static char *copy(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    check(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

static void read_components(char *text, size_t size)
{
    static struct component_list l;
    component_list_init(&l);
    if (!component_list_add(&l, text, size, why, sizeof why)) {
        check(why[0] != '\0');
        return;
    }
    check(l.count >= 1 && l.count <= COMPONENTS_MAX + 1 && l.component[0].product);
    for (unsigned i = 1; i < l.count; i++)
        check(l.component[i].text[COMPONENT_NAME] != NULL && !l.component[i].product);
    (void)component_of(&l, "core/crypto/libbearssl.a");
    const char *licence = l.component[0].text[COMPONENT_LICENSE];
    while (licence != NULL && *licence_next_ref(&licence) != '\0')
        ;
}

static void read_program(char *bytes, size_t size)
{
    struct program_facts f;
    size_t letters = 0;
    if (!program_facts_read(&f, (const uint8_t *)bytes, size, why, sizeof why)) {
        check(why[0] != '\0');
        return;
    }
    for (unsigned i = 0; i < f.compiler_count; i++)
        letters += strlen(f.compiler[i]);
    for (unsigned i = 0; i < f.library_count; i++)
        letters += strlen(f.library[i]);
    check(letters <= size * (COMPILERS_MAX + LIBRARIES_MAX));
}

static void read_sbom(char *text, size_t size)
{
    struct sbom_subject s;
    if (!sbom_file_read(&s, text, size, why, sizeof why))
        check(why[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const readers[])(char *, size_t) = {read_components, read_program, read_sbom};
    for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
        char *text = copy(data, size);
        why[0] = '\0';
        readers[i](text, size);
        free(text);
    }
    cli_release();
    return 0;
}
