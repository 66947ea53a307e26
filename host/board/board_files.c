#include "host/board/board_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/soc/soc.h"
#include "host/cli/core/cli.h"
#include "vboard/board/load.h"

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

/* Intel HEX and ELF. Of a pipe nothing is taken. */
static bool has_addresses(const char *path)
{
    uint8_t begin[16]; /* more than load_format_of looks at */
    struct stat st;
    FILE *f = stat(path, &st) == 0 && S_ISREG(st.st_mode) ? fopen(path, "rbe") : NULL;
    if (f == NULL)
        return false;
    size_t len = fread(begin, 1, sizeof begin, f);
    fclose(f);
    return load_format_of(path, begin, len) != LOAD_BIN;
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

/* ---- one board to a file ---- */

const char *board_process_text(long pid)
{
    char line[256] = "";
    FILE *f = pid > 0 ? fopen(cli_text("/proc/%ld/cmdline", pid), "re") : NULL;
    size_t len = f != NULL ? fread(line, 1, sizeof line - 1, f) : 0;
    if (f != NULL)
        fclose(f);
    for (size_t i = 0; i + 1 < len; i++)
        if (line[i] == '\0')
            line[i] = ' ';
    return pid <= 0   ? "another process"
           : len == 0 ? cli_text("process %ld", pid)
                      : cli_text("process %ld (%s)", pid, cli_one_line(line));
}

/* Who holds the lock on the file: Linux lists the locks of flock() in /proc/locks. 0: not known. */
static long lock_holder(int fd)
{
    struct stat st;
    char line[200];
    long found = 0;
    FILE *f = fstat(fd, &st) == 0 ? fopen("/proc/locks", "re") : NULL;
    while (f != NULL && found == 0 && fgets(line, sizeof line, f) != NULL) {
        unsigned major_id, minor_id;
        unsigned long long inode;
        long pid;
        if (sscanf(line, "%*d: FLOCK %*s %*s %ld %x:%x:%llu", &pid, &major_id, &minor_id, &inode) ==
                4 &&
            inode == st.st_ino && major_id == major(st.st_dev) && minor_id == minor(st.st_dev))
            found = pid;
    }
    if (f != NULL)
        fclose(f);
    return found;
}

static int in_use(const char *path, long pid)
{
    return cli_fail(CLI_REFUSED, cli_text("'%s' is the flash of a running board", path),
                    cli_text("%s holds the lock on the file", board_process_text(pid)),
                    pid > 0 ? cli_text("end that board (kill %ld), or give this one a file of its "
                                       "own",
                                       pid)
                            : "end that board, or give this one a file of its own");
}

/* Does path still name the open file? A board that starts replaces it. */
static bool is_at(const char *path, int fd)
{
    struct stat here, there;
    return fstat(fd, &here) == 0 && stat(path, &there) == 0 && here.st_ino == there.st_ino &&
           here.st_dev == there.st_dev;
}

int board_claim_flash(const char *path, struct flash_claim *c)
{
    *c = (struct flash_claim){-1, false};
    for (;;) {
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        c->absent = fd < 0 && errno == ENOENT;
        if (fd < 0)
            return CLI_DONE; /* any other fault is reported when the file is read */
        if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
            int code = in_use(path, lock_holder(fd));
            close(fd);
            return code;
        }
        c->fd = fd;
        if (is_at(path, fd))
            return CLI_DONE;
        board_release_flash(c);
    }
}

void board_release_flash(struct flash_claim *c)
{
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
}

static int appeared(const char *path)
{
    return cli_fail(CLI_REFUSED, cli_text("'%s' was made by another process meanwhile", path),
                    "it was not there when this command began",
                    "run the same command again, or give this board a file of its own");
}

int board_save_flash(const struct vboard *v, const char *path, const struct flash_claim *c)
{
    char *bytes = NULL;
    size_t len = 0;
    if (c->absent && access(path, F_OK) == 0)
        return appeared(path);
    FILE *f = open_memstream(&bytes, &len);
    enum err e = f != NULL ? vboard_flash_write(v, f) : ERR_NOMEM;
    if (f != NULL && fclose(f) != 0)
        e = ERR_NOMEM;
    int code = e != ERR_OK
                   ? cli_fail(CLI_BAD_FILE, cli_text("cannot write the flash file '%s'", path),
                              err_text(e), "free some memory")
               : c->absent ? cli_write_new_file(path, bytes, len, 0644)
                           : cli_write_file(path, bytes, len, 0644);
    free(bytes);
    return code;
}

int board_keep_flash(struct vboard *v, const char *path, const struct flash_claim *c)
{
    int code = board_save_flash(v, path, c);
    enum err e = code == CLI_DONE ? vboard_flash_map(v, path) : ERR_OK;
    if (e == ERR_BUSY)
        return in_use(path, 0);
    if (e != ERR_OK)
        return cli_fail(CLI_BAD_FILE, cli_text("cannot keep the flash in '%s'", path), err_text(e),
                        "use a file on a local disk, which can be mapped and locked");
    return code;
}

uint32_t board_flash_size(const struct vboard *v)
{
    return vboard_soc(v)->flash.size;
}
