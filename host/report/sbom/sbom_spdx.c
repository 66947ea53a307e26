/* sbom_spdx.c - SPDX 2.3, JSON. */
#include <string.h>

#include "host/report/sbom/licence.h"
#include "host/report/sbom/sbom.h"

#define UNSAID "NOASSERTION"

static const char *said(const char *text)
{
    return text != NULL ? text : UNSAID;
}

static const char *ref(const struct sbom_part *p)
{
    return cli_text("SPDXRef-%s", p->id);
}

static void put_checksum(struct json *j, const char *sha256)
{
    json_object(j, NULL);
    json_string(j, "algorithm", "SHA256");
    json_string(j, "checksumValue", sha256);
    json_end(j);
}

static void put_purl(struct json *j, const char *purl)
{
    if (purl == NULL)
        return;
    json_array(j, "externalRefs");
    json_object(j, NULL);
    json_string(j, "referenceCategory", "PACKAGE-MANAGER");
    json_string(j, "referenceType", "purl");
    json_string(j, "referenceLocator", purl);
    json_end(j);
    json_end(j);
}

/* What nobody has looked into is said to be so: the standard asks for these members. */
static void put_package(struct json *j, const char *id, const char *name, const char *version)
{
    json_string(j, "SPDXID", id);
    json_string(j, "name", name);
    if (version != NULL)
        json_string(j, "versionInfo", version);
    json_string(j, "downloadLocation", UNSAID);
    json_bool(j, "filesAnalyzed", false);
    json_string(j, "licenseConcluded", UNSAID);
    json_string(j, "copyrightText", UNSAID);
}

static const char *comment_of(const struct sbom_part *p)
{
    const char *comment = p->component->text[COMPONENT_COMMENT], *linked = sbom_linked_text(p);
    linked = linked != NULL ? cli_text("linked: %s", linked) : NULL;
    if (comment == NULL || linked == NULL)
        return comment != NULL ? comment : linked;
    return cli_text("%s\n%s", comment, linked);
}

static void put_part(struct json *j, const struct sbom *s, const struct sbom_part *p)
{
    const struct component *c = p->component;
    const bool program = p == s->part;
    const char *supplier = c->text[COMPONENT_SUPPLIER], *file = c->text[COMPONENT_SOURCE_FILE];
    char sha256[2 * SBOM_SHA256 + 1];
    cli_hex(sha256, s->sha256, sizeof s->sha256);
    json_object(j, NULL);
    put_package(j, ref(p), c->text[COMPONENT_NAME], c->text[COMPONENT_VERSION]);
    json_string(j, "primaryPackagePurpose",
                !program              ? "LIBRARY"
                : sbom_is_firmware(s) ? "FIRMWARE"
                                      : "APPLICATION");
    json_string(j, "licenseDeclared", said(c->text[COMPONENT_LICENSE]));
    json_string(j, "supplier", supplier != NULL ? cli_text("Organization: %s", supplier) : UNSAID);
    if (program || file != NULL)
        json_string(j, "packageFileName", program ? s->file : file);
    json_array(j, "checksums");
    if (program)
        put_checksum(j, sha256);
    for (unsigned i = 0; !program && i < c->sha256.count; i++)
        put_checksum(j, c->sha256.line[i]);
    json_end(j);
    if (c->text[COMPONENT_HOMEPAGE] != NULL)
        json_string(j, "homepage", c->text[COMPONENT_HOMEPAGE]);
    put_purl(j, c->text[COMPONENT_PURL]);
    if (comment_of(p) != NULL)
        json_string(j, "comment", comment_of(p));
    json_end(j);
}

static void put_compilers(struct json *j, const struct sbom *s)
{
    for (unsigned i = 0; i < s->facts.compiler_count; i++) {
        const char *version, *name = sbom_compiler_name(s->facts.compiler[i], &version);
        json_object(j, NULL);
        put_package(j, cli_text("SPDXRef-compiler-%u", i), name, version);
        json_string(j, "primaryPackagePurpose", "APPLICATION");
        json_string(j, "licenseDeclared", UNSAID);
        json_string(j, "supplier", UNSAID);
        json_end(j);
    }
}

/* ---- relationships ---- */

static void relate(struct json *j, const char *from, const char *how, const char *to)
{
    json_object(j, NULL);
    json_string(j, "spdxElementId", from);
    json_string(j, "relationshipType", how);
    json_string(j, "relatedSpdxElement", to);
    json_end(j);
}

static void put_relationships(struct json *j, const struct sbom *s)
{
    const char *program = ref(&s->part[0]);
    json_array(j, "relationships");
    relate(j, "SPDXRef-DOCUMENT", "DESCRIBES", program);
    for (unsigned i = 1; i < s->count; i++)
        relate(j, program, s->part[i].shared ? "DYNAMIC_LINK" : "STATIC_LINK", ref(&s->part[i]));
    for (unsigned a = 0; a < s->count; a++)
        for (unsigned b = 0; b < s->count; b++)
            if (s->needs[a][b])
                relate(j, ref(&s->part[a]), "DEPENDS_ON", ref(&s->part[b]));
    for (unsigned i = 0; i < s->facts.compiler_count; i++)
        relate(j, cli_text("SPDXRef-compiler-%u", i), "BUILD_TOOL_OF", program);
    json_end(j);
}

/* ---- licences that SPDX's list does not have ---- */

struct refs {
    const char *name[COMPONENTS_MAX];
    unsigned count;
};

static bool is_new(struct refs *r, const char *name)
{
    for (unsigned i = 0; i < r->count; i++)
        if (strcmp(r->name[i], name) == 0)
            return false;
    if (r->count < COMPONENTS_MAX)
        r->name[r->count++] = name;
    return true;
}

static void put_licence_texts(struct json *j, const struct sbom *s)
{
    static struct refs seen;
    seen.count = 0;
    json_array(j, "hasExtractedLicensingInfos");
    for (unsigned i = 0; i < s->count; i++) {
        const struct component *c = s->part[i].component;
        const char *at = c->text[COMPONENT_LICENSE] != NULL ? c->text[COMPONENT_LICENSE] : "";
        const char *text = c->text[COMPONENT_LICENSE_TEXT];
        for (const char *name = licence_next_ref(&at); *name != '\0';
             name = licence_next_ref(&at)) {
            if (!is_new(&seen, name))
                continue;
            json_object(j, NULL);
            json_string(j, "licenseId", name);
            json_string(
                j, "extractedText",
                text != NULL ? text : cli_text("The text comes with %s.", c->text[COMPONENT_NAME]));
            json_end(j);
        }
    }
    json_end(j);
}

void sbom_spdx(const struct sbom *s, struct json *j, const char *uuid)
{
    const struct component *program = s->part[0].component;
    json_string(j, "spdxVersion", "SPDX-2.3");
    json_string(j, "dataLicense", "CC0-1.0");
    json_string(j, "SPDXID", "SPDXRef-DOCUMENT");
    json_string(j, "name",
                cli_text("%s %s", program->text[COMPONENT_NAME], program->text[COMPONENT_VERSION]));
    json_string(j, "documentNamespace", cli_text("urn:uuid:%s", uuid));
    json_object(j, "creationInfo");
    json_string(j, "created", s->created);
    json_array(j, "creators");
    json_string(j, NULL, cli_text("Tool: slipway-%s", s->maker));
    json_end(j);
    json_end(j);
    json_array(j, "packages");
    for (unsigned i = 0; i < s->count; i++)
        put_part(j, s, &s->part[i]);
    put_compilers(j, s);
    json_end(j);
    put_licence_texts(j, s);
    put_relationships(j, s);
}
