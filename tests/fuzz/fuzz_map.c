/* Fuzz target: a linker map from anywhere. What is read can be found again, and the documents can be written. */
#include <stdlib.h>
#include <string.h>

#include "host/report/sbom/sbom.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sbom sbom;

static void check(bool ok)
{
    if (!ok)
        abort();
}

static void check_map(const struct link_map *m)
{
    check(m->count > 0);
    for (unsigned i = 0; i < m->count; i++) {
        const struct link_object *o = &m->object[i];
        check(link_map_find(m, o->name) == o && o->path[0] != '\0');
        check(o->member == NULL || strlen(o->path) + strlen(o->member) + 2 == strlen(o->name));
    }
}

/* With a component for every name nothing is unknown, and the documents can be written. */
static void write_sbom(void)
{
    static const char all[] =
        "Role: product\nName: x\nVersion: 1\nFiles: */a*\n\nName: y\nFiles: *\n";
    char why[200], components[sizeof all];
    size_t len;
    memcpy(components, all, sizeof all);
    component_list_init(&sbom.components);
    check(component_list_add(&sbom.components, components, sizeof all - 1, why, sizeof why));
    check(sbom_link(&sbom, "x.map") == CLI_DONE);
    for (unsigned form = SBOM_CYCLONEDX; form <= SBOM_SPDX; form++) {
        char *text = sbom_text(&sbom, (enum sbom_form)form, &len);
        check(text != NULL && strlen(text) == len);
        free(text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char why[100] = "", *text = cli_memory(size);
    memcpy(text, data, size);
    memset(&sbom, 0, sizeof sbom);
    sbom.file = sbom.created = sbom.maker = "x";
    if (link_map_read(&sbom.map, text, size, why, sizeof why)) {
        check_map(&sbom.map);
        write_sbom();
    } else {
        check(why[0] != '\0');
    }
    cli_release();
    return 0;
}
