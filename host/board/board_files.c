#include "host/board/board_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/soc/soc.h"
#include "host/cli/core/cli.h"

int board_load_program(struct vboard *v, const char *text)
{
    char why[200] = "";
    uint64_t address = vboard_soc(v)->flash.base;
    const char *at = strrchr(text, '@'), *path = text;
    if (at != NULL && access(text, F_OK) != 0) {
        path = cli_text("%.*s", (int)(at - text), text);
        if (!cli_parse_number(at + 1, &address) || address > UINT32_MAX)
            return cli_fail(CLI_USAGE, cli_text("'%s' is no address", at + 1), NULL,
                            "FILE.bin@0x08020000");
    }
    if (vboard_load(v, path, (uint32_t)address, why, sizeof why) == ERR_OK)
        return CLI_DONE;
    return cli_fail(
        CLI_BAD_FILE, cli_text("cannot load '%s'", path), why,
        "an ELF, an Intel HEX (.hex), or a raw binary with its address: FILE.bin@0x08020000");
}

int board_load_flash(struct vboard *v, const char *path)
{
    enum err e = vboard_flash_load(v, path);
    if (e == ERR_OK || e == ERR_NOENT) /* the first run starts erased */
        return CLI_DONE;
    return cli_fail(CLI_BAD_FILE, cli_text("cannot read the flash file '%s'", path), err_text(e),
                    "it must come from slipway board run; remove it to start with erased flash");
}

int board_save_flash(const struct vboard *v, const char *path)
{
    char *bytes = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&bytes, &len);
    enum err e = f != NULL ? vboard_flash_write(v, f) : ERR_NOMEM;
    if (f != NULL && fclose(f) != 0)
        e = ERR_NOMEM;
    int code = e == ERR_OK
                   ? cli_write_file(path, bytes, len, 0644)
                   : cli_fail(CLI_BAD_FILE, cli_text("cannot write the flash file '%s'", path),
                              err_text(e), "free some memory");
    free(bytes);
    return code;
}
