/* fuzz_cli_images - key files, Intel HEX and images of any kind, from arbitrary bytes. The first byte chooses. */
#include <stdlib.h>
#include <string.h>

#include "host/image/encrypt.h"
#include "host/image/hex_file.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct key own;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    /* The refusals of our own commands; the fuzzer has kept its stream. */
    stderr = fopen("/dev/null", "w");
    if (stderr == NULL || key_generate(&key_kinds[KEY_X25519], &own) != CLI_DONE)
        abort();
    return 0;
}

/* What was parsed and is written again parses to the same. */
static void try_hex(const uint8_t *data, size_t size)
{
    struct hex_image first, second;
    unsigned line;
    char *copy = malloc(size + 1);
    memcpy(copy, data, size);
    copy[size] = '\0';
    if (hex_parse(copy, size, &first, &line) == NULL && first.bytes.len < 1u << 20) {
        const struct hex_chunk chunk = {first.base, first.bytes.data, first.bytes.len};
        size_t len;
        char *text = hex_text(&chunk, 1, &len);
        if (text == NULL || hex_parse(text, len, &second, &line) != NULL ||
            second.base != first.base || second.bytes.len != first.bytes.len ||
            memcmp(second.bytes.data, first.bytes.data, first.bytes.len) != 0)
            abort();
        free(text);
    }
    free(copy);
}

static void try_key(const uint8_t *data, size_t size)
{
    struct key k;
    struct cli_blob file = {cli_memory(size), size};
    memcpy(file.data, data, size);
    if (key_decode(&file, &k) != CLI_DONE)
        return;
    if (k.pub_len == 0 || k.pub_len > KEY_PUBLIC_MAX || k.kind == NULL)
        abort();
    key_free(&k);
}

static void try_image(const uint8_t *data, size_t size)
{
    struct image_kind kind;
    struct image_header h;
    struct image_report report;
    uint32_t at;
    uint8_t *copy = malloc(size + 1);
    memcpy(copy, data, size);
    struct cli_blob b = {copy, size};
    const struct recipient by = {.key = own};
    if (image_survey(&b, &kind, &h, &at) == IMAGE_FAULT_NONE && kind.encrypted)
        (void)!image_decrypt(&b, &kind, &h, &by, "fuzz");
    const struct image_key key = {data, (uint32_t)(size < KEY_PUBLIC_MAX ? size : KEY_PUBLIC_MAX)};
    for (size_t i = 0; i < KEY_KINDS; i++)
        if (image_check(&b, &key, 1, &key_kinds[i], &report) == IMAGE_GENUINE)
            abort(); /* nobody signs here */
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const targets[])(const uint8_t *, size_t) = {try_hex, try_key, try_image};
    if (size > 0)
        targets[data[0] % ARRAY_LEN(targets)](data + 1, size - 1);
    cli_release();
    return 0;
}
