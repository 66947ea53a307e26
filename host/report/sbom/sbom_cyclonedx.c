/* sbom_cyclonedx.c - CycloneDX 1.6, JSON. */
#include "host/report/sbom/sbom.h"

static void put_if(struct json *j, const char *key, const char *value)
{
    if (value != NULL)
        json_string(j, key, value);
}

static void put_hash(struct json *j, const char *sha256)
{
    json_array(j, "hashes");
    json_object(j, NULL);
    json_string(j, "alg", "SHA-256");
    json_string(j, "content", sha256);
    json_end(j);
    json_end(j);
}

static void put_property(struct json *j, const char *name, const char *value)
{
    if (value == NULL)
        return;
    json_object(j, NULL);
    json_string(j, "name", name);
    json_string(j, "value", value);
    json_end(j);
}

static void put_licence(struct json *j, const struct component *c)
{
    if (c->text[COMPONENT_LICENSE] == NULL)
        return;
    json_array(j, "licenses");
    json_object(j, NULL);
    json_string(j, "expression", c->text[COMPONENT_LICENSE]);
    json_end(j);
    json_end(j);
}

/* The file that the source was unpacked from. Where it can be had is said by the package's URL, or by the homepage. */
static void put_source(struct json *j, const struct component *c, const char *sha256)
{
    const char *purl = c->text[COMPONENT_PURL];
    json_object(j, NULL);
    json_string(j, "type", "source-distribution");
    json_string(j, "url", purl != NULL ? purl : c->text[COMPONENT_HOMEPAGE]);
    put_if(j, "comment", c->text[COMPONENT_SOURCE_FILE]);
    put_hash(j, sha256);
    json_end(j);
}

static void put_references(struct json *j, const struct component *c)
{
    if (c->text[COMPONENT_HOMEPAGE] == NULL && c->sha256.count == 0)
        return;
    json_array(j, "externalReferences");
    if (c->text[COMPONENT_HOMEPAGE] != NULL) {
        json_object(j, NULL);
        json_string(j, "type", "website");
        json_string(j, "url", c->text[COMPONENT_HOMEPAGE]);
        json_end(j);
    }
    for (unsigned i = 0; i < c->sha256.count; i++)
        put_source(j, c, c->sha256.line[i]);
    json_end(j);
}

/* The members that the program and its parts have in common. */
static void put_component(struct json *j, const struct sbom_part *p)
{
    const struct component *c = p->component;
    json_string(j, "bom-ref", p->id);
    if (c->text[COMPONENT_SUPPLIER] != NULL) {
        json_object(j, "supplier");
        json_string(j, "name", c->text[COMPONENT_SUPPLIER]);
        json_end(j);
    }
    json_string(j, "name", c->text[COMPONENT_NAME]);
    put_if(j, "version", c->text[COMPONENT_VERSION]);
    put_if(j, "description", c->text[COMPONENT_COMMENT]);
    put_licence(j, c);
    put_if(j, "purl", c->text[COMPONENT_PURL]);
    put_references(j, c);
}

static void put_properties(struct json *j, const struct sbom *s, const struct sbom_part *p)
{
    json_array(j, "properties");
    if (p == s->part)
        put_property(j, "slipway:file", s->file);
    put_property(j, "slipway:linked", sbom_linked_text(p));
    put_property(j, "slipway:license-text", p->component->text[COMPONENT_LICENSE_TEXT]);
    json_end(j);
}

static void put_tools(struct json *j, const struct sbom *s)
{
    json_object(j, "tools");
    json_array(j, "components");
    json_object(j, NULL);
    json_string(j, "type", "application");
    json_string(j, "name", "slipway");
    json_string(j, "version", s->maker);
    json_end(j);
    for (unsigned i = 0; i < s->facts.compiler_count; i++) {
        const char *version, *name = sbom_compiler_name(s->facts.compiler[i], &version);
        json_object(j, NULL);
        json_string(j, "type", "application");
        json_string(j, "name", name);
        json_string(j, "version", version);
        json_end(j);
    }
    json_end(j);
    json_end(j);
}

static void put_program(struct json *j, const struct sbom *s)
{
    char sha256[2 * SBOM_SHA256 + 1];
    cli_hex(sha256, s->sha256, sizeof s->sha256);
    json_object(j, "component");
    json_string(j, "type", sbom_is_firmware(s) ? "firmware" : "application");
    put_component(j, &s->part[0]);
    put_hash(j, sha256);
    put_properties(j, s, &s->part[0]);
    json_end(j);
}

static void put_needs(struct json *j, const struct sbom *s, unsigned of)
{
    json_object(j, NULL);
    json_string(j, "ref", s->part[of].id);
    json_array(j, "dependsOn");
    for (unsigned i = 0; i < s->count; i++)
        if (s->needs[of][i])
            json_string(j, NULL, s->part[i].id);
    json_end(j);
    json_end(j);
}

void sbom_cyclonedx(const struct sbom *s, struct json *j, const char *uuid)
{
    json_string(j, "$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json");
    json_string(j, "bomFormat", "CycloneDX");
    json_string(j, "specVersion", "1.6");
    json_string(j, "serialNumber", cli_text("urn:uuid:%s", uuid));
    json_number(j, "version", 1);
    json_object(j, "metadata");
    put_tools(j, s);
    put_program(j, s);
    json_end(j);
    json_array(j, "components");
    for (unsigned i = 1; i < s->count; i++) {
        json_object(j, NULL);
        json_string(j, "type", "library");
        put_component(j, &s->part[i]);
        put_properties(j, s, &s->part[i]);
        json_end(j);
    }
    json_end(j);
    json_array(j, "dependencies");
    for (unsigned i = 0; i < s->count; i++)
        put_needs(j, s, i);
    json_end(j);
}
