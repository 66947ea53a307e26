#include "host/rehearsal/rehearsed_elf.h"

#include <string.h>

#include "host/board/board_options.h"

static int take_layout(const struct cli_args *a, struct rehearsed_elf *e)
{
    const char *elf = e->boot.path, *slash = strrchr(elf, '/');
    int folder = slash != NULL ? (int)(slash - elf) + 1 : 0;
    const char *path = cli_value(a, "layout", cli_text("%.*sboard.dtb", folder, elf));
    struct layout_config c = {.images = 0};
    int code = layout_file_read(path, NULL, &e->layout);
    if (code == CLI_DONE)
        code = layout_config_read(cli_value(a, "config", NULL), path, &c);
    if (code == CLI_DONE && c.path == NULL)
        return cli_fail(CLI_BAD_FILE, cli_text("there is no .config beside '%s'", path),
                        "it says which upgrade strategy the bootloader has",
                        "give --config FILE, the .config of its build");
    if (code == CLI_DONE && c.images > 1)
        return cli_fail(CLI_REFUSED, cli_text("'%s' has %u images", elf, (unsigned)c.images),
                        "a replay on the ELF has one", "give a bootloader of one image");
    if (code == CLI_DONE)
        code = layout_slots_init(&e->slots, &e->layout, &c, 0);
    e->board.pair = &e->slots.pair;
    e->board.no_downgrade = code == CLI_DONE && c.no_downgrade;
    return code;
}

static bool is_trusted(const struct rehearsed_elf *e)
{
    for (unsigned i = 0; i < e->boot.key_count; i++)
        if (e->boot.keys[i].spki_len == e->key.pub_len &&
            memcmp(e->boot.keys[i].spki, e->key.pub, e->key.pub_len) == 0)
            return true;
    return false;
}

static int take_key(const struct cli_args *a, struct rehearsed_elf *e)
{
    const char *path = cli_value(a, "key", NULL);
    if (path == NULL)
        return cli_fail(CLI_USAGE, "--elf needs --key",
                        "the bootloader runs only images that are signed",
                        "give --key FILE.pem, a private key that it trusts");
    int code = key_load(path, &e->key);
    if (code != CLI_DONE)
        return code;
    if (!e->key.is_private || !is_trusted(e))
        return cli_fail(CLI_BAD_FILE, cli_text("'%s' cannot sign for '%s'", path, e->boot.path),
                        e->key.is_private ? "it is none of the keys that the bootloader trusts"
                                          : "it holds a public key only",
                        "slipway getpubhash says which key a file holds");
    e->signer = key_signer(&e->key);
    e->board.signer = &e->signer;
    e->board.digest = e->boot.scheme ? digest_by_tlv(e->boot.scheme->hash_tlv) : NULL;
    e->board.pure = e->boot.pure;
    return CLI_DONE;
}

int rehearsed_elf_open(const struct cli_args *a, struct rehearsed_elf *e)
{
    *e = (struct rehearsed_elf){.boot = {.path = NULL}};
    int code = boot_elf_load(cli_value(a, "elf", NULL), &e->boot);
    if (code == CLI_DONE)
        code = take_layout(a, e);
    if (code == CLI_DONE)
        code = take_key(a, e);
    e->board.elf = e->boot.path;
    if (code == CLI_DONE && (e->boot.soc != NULL || e->layout.assumed[0] == '\0'))
        e->board.name =
            vboard_board_with((e->boot.soc != NULL ? e->boot.soc : e->layout.soc)->name);
    return code;
}

void rehearsed_elf_close(struct rehearsed_elf *e)
{
    key_free(&e->key);
}
