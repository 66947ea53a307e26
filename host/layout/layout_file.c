#include "host/layout/layout_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/soc/stm32h7.h"
#include "host/cli/core/cleanup.h"
#include "host/cli/core/tool_run.h"
#include "host/layout/overlay.h"

#define FILE_MAX  (4u << 20)
#define DTB_MAGIC "\xd0\x0d\xfe\xed"

/* The devicetree under an overlay if no board is named: an STM32H753's flash, and a console. */
static const char *plain_board(void)
{
    const struct soc *soc = &soc_stm32h753;
    const struct soc_flash *f = &soc->flash;
    return cli_text("/dts-v1/;\n"
                    "/ {\n"
                    "\t#address-cells = <1>;\n"
                    "\t#size-cells = <1>;\n"
                    "\tchosen {\n"
                    "\t\tzephyr,console = &usart3;\n"
                    "\t\tzephyr,flash = &flash0;\n"
                    "\t};\n"
                    "\tsoc {\n"
                    "\t\tcompatible = \"st,%s\", \"simple-bus\";\n"
                    "\t\t#address-cells = <1>;\n"
                    "\t\t#size-cells = <1>;\n"
                    "\t\tranges;\n"
                    "\t\tusart3: serial@%x {\n"
                    "\t\t\treg = <0x%x 0x400>;\n"
                    "\t\t\tcurrent-speed = <115200>;\n"
                    "\t\t};\n"
                    "\t\tflash: flash-controller@%x {\n"
                    "\t\t\tcompatible = \"st,stm32h7-flash-controller\";\n"
                    "\t\t\treg = <0x%x 0x400>;\n"
                    "\t\t\t#address-cells = <1>;\n"
                    "\t\t\t#size-cells = <1>;\n"
                    "\t\t\tranges;\n"
                    "\t\t\tflash0: flash@%x {\n"
                    "\t\t\t\tcompatible = \"st,stm32-nv-flash\", \"soc-nv-flash\";\n"
                    "\t\t\t\treg = <0x%x 0x%x>;\n"
                    "\t\t\t\terase-block-size = <%u>;\n"
                    "\t\t\t\twrite-block-size = <%u>;\n"
                    "\t\t\t\t#address-cells = <1>;\n"
                    "\t\t\t\t#size-cells = <1>;\n"
                    "\t\t\t};\n"
                    "\t\t};\n"
                    "\t};\n"
                    "};\n",
                    soc->name, USART3_BASE, USART3_BASE, FLASH_R_BASE, FLASH_R_BASE,
                    (unsigned)f->base, (unsigned)f->base, (unsigned)f->size, (unsigned)f->sector,
                    (unsigned)f->word);
}

/* ---- source to blob: cpp and dtc, through a folder of our own ---- */

/* Limits far above what a board needs (the NUCLEO's: 2 KB, 0.1 s), far below what harms this computer. */
static const struct tool_limits limits = {
    .seconds = 60, .file = 16u << 20, .memory = (size_t)1 << 30};

/* The tools' messages, with the user's file in place of the temporary one. */
static const char *complaint(const char *log, const char *tool)
{
    struct cli_blob b;
    if (cli_read_file(log, limits.file, &b) != CLI_DONE || b.len == 0)
        return cli_text("%s gave no reason", tool);
    return cli_text("%s", (const char *)b.data);
}

static int expands(const char *path, const char *what)
{
    return cli_fail(CLI_BAD_FILE, cli_text("'%s' does not compile", path), what,
                    "look for a macro or an #include that expands without end, or reads a pipe; or "
                    "give a compiled .dtb instead");
}

/* What became of a tool that did not do its work. */
static int failed(const char *folder, const char *path, const char *tool, enum tool_end end)
{
    if (end == TOOL_MISSING)
        return cli_fail(CLI_BAD_FILE, cli_text("'%s' does not compile", path),
                        cli_text("%s cannot be started", tool),
                        "install device-tree-compiler and cpp");
    if (end == TOOL_TOO_LONG)
        return expands(path, cli_text("%s was stopped after its time limit of %u seconds", tool,
                                      limits.seconds));
    if (end == TOOL_TOO_LARGE)
        return expands(path, cli_text("%s was stopped: it wrote more than its limit of %zu MB",
                                      tool, limits.file >> 20));
    const char *why = complaint(cli_text("%s/log", folder), tool);
    if (strstr(why, "out of memory") != NULL || strstr(why, "memory exhausted") != NULL)
        return expands(path,
                       cli_text("%s was stopped: it needed more than its limit of %zu MB of memory",
                                tool, limits.memory >> 20));
    if (strstr(why, ": No such file or directory") != NULL)
        return cli_fail(CLI_BAD_FILE, cli_text("'%s' includes a file that cannot be found", path),
                        why,
                        "name build/zephyr/zephyr.dts instead: Zephyr's build has made it from the "
                        "board, the chip's\nincludes and the overlays; for an overlay: --board "
                        "build/zephyr/zephyr.dts");
    return cli_fail(CLI_BAD_FILE, cli_text("'%s' does not compile", path), why,
                    "an overlay that refers to another board's nodes needs --board FILE.dts "
                    "(Zephyr: build/zephyr/zephyr.dts)");
}

/* ---- an overlay's other nodes ---- */

#define AGAIN      (-1) /* beside the exit codes: more nodes are there now */
#define ROUNDS_MAX 16u

/* What cpp reads: the board, then the file. */
struct wrapper {
    const char *path, *board;
    const char *folder; /* of path */
    bool complete;      /* path is a whole tree */
    const char *text;   /* of path */
    const char *left;   /* ", i2c1, usart1": what is ignored */
    const char *nodes;  /* source of nodes that the plain board has not */
};

/* A partition table does not depend on the rest of an overlay. */
static bool is_plain(const struct wrapper *w)
{
    return w->board == NULL && !w->complete;
}

static int replace_macros(const char *folder, struct wrapper *w)
{
    const char *path = cli_text("%s/mid.dts", folder);
    struct cli_blob b;
    int code = cli_read_file(path, limits.file, &b);
    if (code != CLI_DONE)
        return code;
    const char *text = overlay_without_macros((const char *)b.data, &w->left);
    return cli_write_file(path, text, strlen(text), 0600);
}

static int compile(const char *folder, struct wrapper *w, struct cli_blob *dtb)
{
    const char *path = w->path;
    const char *const cpp[] = {"cpp",
                               "-nostdinc",
                               "-undef",
                               "-iquote",
                               w->folder,
                               "-x",
                               "assembler-with-cpp",
                               "-DDT_SIZE_K(n)=((n)*1024)",
                               "-DDT_SIZE_M(n)=((n)*1024*1024)",
                               "in.dts",
                               NULL};
    static const char *const dtc[] = {"dtc", "-q", "-@", "-I", "dts", "-O", "dtb", "mid.dts", NULL};
    enum tool_end end = tool_run(cpp, folder, "mid.dts", "log", &limits);
    if (end != TOOL_DONE)
        return failed(folder, path, "cpp", end);
    int code = is_plain(w) ? replace_macros(folder, w) : CLI_DONE;
    if (code != CLI_DONE)
        return code;
    end = tool_run(dtc, folder, "out.dtb", "log", &limits);
    const char *nodes = NULL;
    if (end == TOOL_FAILED && is_plain(w))
        nodes = overlay_missing_nodes(complaint(cli_text("%s/log", folder), "dtc"), &w->left);
    if (nodes != NULL) {
        w->nodes = cli_text("%s%s", w->nodes, nodes);
        unlink(cli_text("%s/log", folder));
        return AGAIN;
    }
    if (end != TOOL_DONE)
        return failed(folder, path, "dtc", end);
    return cli_read_file(cli_text("%s/out.dtb", folder), FILE_MAX, dtb);
}

static int write_wrapper(const char *folder, struct wrapper *w)
{
    char *file = realpath(w->path, NULL);
    char *base = w->board != NULL ? realpath(w->board, NULL) : NULL;
    int code = CLI_DONE;
    if (w->board != NULL && base == NULL)
        code =
            cli_fail(CLI_BAD_FILE, cli_text("cannot read '%s'", w->board), strerror(errno), NULL);
    const char *from = file != NULL ? file : w->path, *slash = strrchr(from, '/');
    w->folder = slash != NULL ? cli_text("%.*s", (int)(slash - from) + 1, from) : ".";
    const char *text = cli_text("#include \"%s\"\n", from);
    if (base != NULL)
        text = cli_text("#include \"%s\"\n%s", base, text);
    if (is_plain(w))
        text = cli_text("%s%s# 1 \"%s\"\n%s\n", plain_board(), w->nodes,
                        strpbrk(w->path, "\"\\\n") == NULL ? w->path : "overlay",
                        overlay_without_headers(w->text, &w->left));
    if (code == CLI_DONE)
        code = cli_write_file(cli_text("%s/in.dts", folder), text, strlen(text), 0600);
    free(file);
    free(base);
    return code;
}

static int wrap_and_compile(const char *folder, struct wrapper *w, struct cli_blob *dtb)
{
    int code = AGAIN;
    for (unsigned i = 0; code == AGAIN && i < ROUNDS_MAX; i++) {
        code = write_wrapper(folder, w);
        if (code == CLI_DONE)
            code = compile(folder, w, dtb);
    }
    if (code == AGAIN)
        return cli_fail(CLI_BAD_FILE, cli_text("'%s' does not compile", w->path),
                        cli_text("after %u rounds dtc still misses nodes", ROUNDS_MAX),
                        "name the board: --board FILE.dts (Zephyr: build/zephyr/zephyr.dts)");
    if (code == CLI_DONE && w->left[0] != '\0' && !cli_mode.quiet)
        cli_print(stderr,
                  "'%s' is taken as an overlay for the flash of a NUCLEO-H753ZI; ignored: %s "
                  "(--board FILE.dts names another board)\n",
                  w->path, w->left + 2);
    return code;
}

static const char *const names[] = {"in.dts", "mid.dts", "out.dtb", "log"};

static void remove_folder(const char *folder)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *path = cli_text("%s/%s", folder, names[i]);
        unlink(path);
        cleanup_forget(path);
    }
    rmdir(folder);
    cleanup_forget(folder);
}

/* Make the folder, and list it and its files for removal on a signal. */
static bool make_folder(char *folder)
{
    sigset_t before;
    cleanup_hold(&before);
    bool made = mkdtemp(folder) != NULL, listed = made && cleanup_add(folder);
    for (size_t i = 0; i < ARRAY_LEN(names) && listed; i++)
        listed = cleanup_add(cli_text("%s/%s", folder, names[i]));
    if (made && !listed) {
        remove_folder(folder);
        errno = ENAMETOOLONG;
    }
    cleanup_release(&before);
    return listed;
}

static int compile_source(const char *path, const char *board, bool complete, struct cli_blob *dtb)
{
    const char *tmp = getenv("TMPDIR");
    char folder[256];
    snprintf(folder, sizeof folder, "%s/slipway.XXXXXX",
             tmp != NULL && tmp[0] == '/' ? tmp : "/tmp");
    if (!make_folder(folder))
        return cli_fail(CLI_BAD_FILE, cli_text("cannot make a folder '%s'", folder),
                        strerror(errno), "set TMPDIR to a folder that can be written");
    struct wrapper w = {.path = path,
                        .board = board,
                        .complete = complete,
                        .text = (const char *)dtb->data,
                        .left = "",
                        .nodes = ""};
    int code = wrap_and_compile(folder, &w, dtb);
    remove_folder(folder);
    return code;
}

/* A devicetree may describe less flash than its part has, not more. */
static int check_part(const char *path, const struct layout *l)
{
    const struct soc_flash *part = &l->soc->flash;
    if (l->assumed[0] != '\0' || (l->base == part->base && l->size <= part->size &&
                                  l->sector == part->sector && l->word == part->word))
        return CLI_DONE;
    return cli_fail(
        CLI_REFUSED,
        cli_text("the flash in '%s' is not that of the %s, which it names", path, l->soc->name),
        cli_text("%u KB at 0x%08x, sectors of %u KB, words of %u bytes; the %s has %u KB at "
                 "0x%08x, %u KB, %u "
                 "bytes",
                 (unsigned)l->size / 1024, (unsigned)l->base, (unsigned)l->sector / 1024,
                 (unsigned)l->word, l->soc->name, (unsigned)part->size / 1024, (unsigned)part->base,
                 (unsigned)part->sector / 1024, (unsigned)part->word),
        "correct the flash node, or the compatible of /soc: \"st,stm32h753\", \"st,stm32h723\"");
}

int layout_file_read(const char *path, const char *board, struct layout *l)
{
    struct cli_blob b;
    char why[200] = "";
    int code = cli_read_file(path, FILE_MAX, &b);
    if (code != CLI_DONE)
        return code;
    if (b.len < 4 || memcmp(b.data, DTB_MAGIC, 4) != 0) {
        bool complete = strstr((const char *)b.data, "/dts-v1/") != NULL;
        code = compile_source(path, board, complete, &b);
    }
    if (code != CLI_DONE)
        return code;
    enum err e = layout_from_dtb(b.data, b.len, l, why, sizeof why);
    if (e == ERR_OK)
        return check_part(path, l);
    if (e == ERR_FORMAT || e == ERR_NOSPC)
        return cli_fail(CLI_BAD_FILE,
                        cli_text("'%s' is not the devicetree of a board that slipway knows", path),
                        why,
                        "name the board's .dts or .dtb (Zephyr: build/zephyr/zephyr.dts), or an "
                        "overlay for it (--board FILE.dts)");
    return cli_fail(
        CLI_REFUSED, cli_text("the partition table in '%s' cannot work", path), why,
        cli_text("partitions must lie on sector borders (%u KB), inside the flash, and not overlap",
                 (unsigned)l->soc->flash.sector / 1024));
}
