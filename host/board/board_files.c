#include "host/board/board_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/soc/soc.h"
#include "host/cli/core/cli.h"

int board_split(const char *text, const char **path, uint64_t *address)
{
    const char *at = strrchr(text, '@');
    *path = text;
    *address = vboard_board_soc(NULL)->flash.base; /* the same in all parts */
    if (at == NULL || access(text, F_OK) == 0)
        return CLI_DONE;
    *path = cli_text("%.*s", (int)(at - text), text);
    if (cli_parse_number(at + 1, address) && *address <= UINT32_MAX)
        return CLI_DONE;
    return cli_fail(CLI_USAGE, cli_text("'%s' is not an address", at + 1), NULL,
                    "give it as in FILE.bin@0x08020000");
}

/* Intel HEX and ELF, by their first bytes, as vboard_load has them. Of a pipe nothing is taken. */
static bool has_addresses(const char *path)
{
    char bytes[4] = "";
    struct stat st;
    size_t len = strlen(path);
    bool raw = len >= 4 && strcasecmp(path + len - 4, ".bin") == 0;
    FILE *f = !raw && stat(path, &st) == 0 && S_ISREG(st.st_mode) ? fopen(path, "rbe") : NULL;
    bool has = f != NULL && fread(bytes, 1, sizeof bytes, f) == sizeof bytes &&
               (bytes[0] == ':' || memcmp(bytes,
                                          "\x7f"
                                          "ELF",
                                          4) == 0);
    if (f != NULL)
        fclose(f);
    return has;
}

static void tell_unused_address(const char *text, const char *path)
{
    cli_warn(cli_text("%s is not used", text + strlen(path)),
             cli_text("'%s' is Intel HEX or ELF: it names its own addresses", path),
             "leave the address out; to place the bytes elsewhere, make them raw first:\n"
             "objcopy -I ihex -O binary FILE.hex FILE.bin");
}

int board_load_program(struct vboard *v, const char *text)
{
    char why[200] = "";
    const char *path;
    uint64_t address;
    int code = board_split(text, &path, &address);
    if (code != CLI_DONE)
        return code;
    if (path != text && has_addresses(path))
        tell_unused_address(text, path);
    enum err e = vboard_load(v, path, (uint32_t)address, why, sizeof why);
    if (e == ERR_OK)
        return CLI_DONE;
    if (e == ERR_ACCESS)
        return cli_fail(CLI_REFUSED, cli_text("'%s' is for another part", path), why,
                        "run the program on the board that it is for (--board NAME, or leave "
                        "--board out); each board needs a flash file of its own");
    return cli_fail(CLI_BAD_FILE, cli_text("cannot load '%s'", path), why,
                    "give an ELF file, an Intel HEX file (.hex), or a raw binary with its address: "
                    "FILE.bin@0x08020000");
}

int board_load_flash(struct vboard *v, const char *path)
{
    enum err e = vboard_flash_load(v, path);
    if (e == ERR_OK || e == ERR_NOENT) /* the first run starts erased */
        return CLI_DONE;
    const char *board = e == ERR_FORMAT ? vboard_board_of_flash(path) : NULL;
    if (board != NULL)
        return cli_fail(CLI_REFUSED, cli_text("the flash file '%s' is of another board", path),
                        cli_text("its size is that of %s; this board is %s, with %u KB of flash",
                                 board, vboard_name(v), (unsigned)vboard_soc(v)->flash.size / 1024),
                        cli_text("use --board %s with a program for it, or another file", board));
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

static int in_use(const char *path)
{
    return cli_fail(CLI_REFUSED, cli_text("'%s' is the flash of a running board", path),
                    "another process holds the lock on the file",
                    "end that board, or give this one a file of its own");
}

int board_flash_is_free(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return CLI_DONE; /* the file is absent; any other fault is reported when it is read */
    bool busy = flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close(fd);
    return busy ? in_use(path) : CLI_DONE;
}

int board_keep_flash(struct vboard *v, const char *path)
{
    int code = board_save_flash(v, path);
    enum err e = code == CLI_DONE ? vboard_flash_map(v, path) : ERR_OK;
    if (e == ERR_BUSY)
        return in_use(path);
    if (e != ERR_OK)
        return cli_fail(CLI_BAD_FILE, cli_text("cannot keep the flash in '%s'", path), err_text(e),
                        "use a file on a local disk, which can be mapped and locked");
    return code;
}

uint32_t board_flash_size(const struct vboard *v)
{
    return vboard_soc(v)->flash.size;
}
