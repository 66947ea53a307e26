/* Fuzz target: what a person types for a raw SMP command, and what a device answers to it. What JSON became can be shown as
 * JSON again; any other bytes are shown or refused. And a file of settings. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/client/settings_json.h"
#include "host/client/smp_json.h"
#include "host/client/smp_json_encode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum err show(const uint8_t *bytes, size_t len)
{
    char *text = NULL;
    size_t text_len;
    struct json j;
    FILE *f = open_memstream(&text, &text_len);
    if (f == NULL)
        abort();
    json_begin(&j, f);
    enum err e = smp_json_print(&j, (struct cbor_span){bytes, len});
    json_finish(&j);
    fclose(f);
    free(text);
    return e;
}

static void type(const uint8_t *data, size_t size)
{
    static uint8_t bytes[SMP_PACKET_MAX];
    char why[100] = "";
    struct cbor_writer w;
    char *json = cli_memory(size); /* ends with a NUL */
    memcpy(json, data, size);
    cbor_write_begin(&w, bytes, sizeof bytes);
    cbor_open_map(&w);
    enum err e = smp_json_encode(json, &w, why, sizeof why);
    cbor_close_map(&w);
    if (e != ERR_OK && why[0] == '\0')
        abort();
    if (e == ERR_OK && cbor_write_size(&w) > 0 && show(bytes, cbor_write_size(&w)) != ERR_OK)
        abort();
}

static bool take_setting(void *ctx, const char *name, const uint8_t *value, size_t len)
{
    size_t *size = ctx;
    if (name[0] == '\0' || value == NULL || len > *size)
        abort();
    return true;
}

static void read_settings(const uint8_t *data, size_t size)
{
    char why[200] = "";
    bool ok = settings_json_read((const char *)data, size, take_setting, &size, why, sizeof why);
    if (ok == (why[0] != '\0'))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    type(data, size);
    read_settings(data, size);
    (void)!show(data, size);
    cli_release();
    return 0;
}
