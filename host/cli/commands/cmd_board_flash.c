/* cmd_board_flash.c - slipway board flash: flash files of the virtual board, without running it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/board/board_files.h"
#include "host/board/board_options.h"
#include "host/board/flash_diff.h"
#include "host/cli/commands/commands.h"

static int dump_to(const struct vboard *v, const char *path)
{
    const uint32_t size = board_flash_size(v);
    uint8_t *bytes = malloc(size);
    unsigned bad = 0;
    if (bytes == NULL)
        return cli_fail(CLI_REFUSED, "no memory", strerror(errno), NULL);
    for (uint32_t off = 0; off < size; off += 32)
        if (!vboard_flash_peek(v, off, bytes + off, 32)) {
            memset(bytes + off, 0, 32);
            bad++;
        }
    int code = cli_write_file(path, bytes, size, 0644);
    free(bytes);
    if (code == CLI_DONE)
        cli_say("%s: %u bytes%s", path, (unsigned)size,
                bad > 0 ? cli_text(", %u unreadable flash words written as zero", bad) : "");
    return code;
}

static int load(struct vboard *v, const struct cli_args *a)
{
    struct flash_claim claim;
    int code = board_claim_flash(a->arg[1], &claim);
    if (code == CLI_DONE)
        code = board_load_flash(v, a->arg[1]);
    for (unsigned i = 2; i < a->arg_count && code == CLI_DONE; i++)
        code = board_load_program(v, a->arg[i]);
    if (code == CLI_DONE)
        code = board_save_flash(v, a->arg[1], &claim);
    board_release_flash(&claim);
    return code;
}

static int exists(const char *path)
{
    if (access(path, R_OK) == 0)
        return CLI_DONE;
    return cli_fail(CLI_BAD_FILE, cli_text("cannot read the flash file '%s'", path),
                    strerror(errno), "slipway board run --flash FILE makes one");
}

static int dump(struct vboard *v, const struct cli_args *a)
{
    int code =
        a->arg_count == 3 ? exists(a->arg[1]) : cli_usage(a, "usage: dump FLASHFILE OUT.bin");
    if (code == CLI_DONE)
        code = board_load_flash(v, a->arg[1]);
    return code == CLI_DONE ? dump_to(v, a->arg[2]) : code;
}

static int diff(struct vboard *v, const struct cli_args *a)
{
    const struct vboard_config config = {.timing = VBOARD_TIMING_TYPICAL, .board = vboard_name(v)};
    int code =
        a->arg_count == 3 ? exists(a->arg[1]) : cli_usage(a, "usage: diff FLASHFILE FLASHFILE");
    if (code == CLI_DONE)
        code = exists(a->arg[2]);
    if (code == CLI_DONE)
        code = board_load_flash(v, a->arg[1]);
    struct vboard *other = code == CLI_DONE ? vboard_new(&config) : NULL;
    if (code == CLI_DONE && other == NULL)
        code = cli_fail(CLI_REFUSED, "no memory for the virtual board", strerror(errno), NULL);
    if (code == CLI_DONE)
        code = board_load_flash(other, a->arg[2]);
    if (code == CLI_DONE)
        code = flash_diff(v, other);
    vboard_free(other);
    return code;
}

static int run_flash(const struct cli_args *a)
{
    static const struct {
        const char *name;
        int (*run)(struct vboard *v, const struct cli_args *a);
    } actions[] = {{"dump", dump}, {"load", load}, {"diff", diff}};
    struct vboard_config config = {.timing = VBOARD_TIMING_TYPICAL};
    for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
        if (strcmp(a->arg[0], actions[i].name) != 0)
            continue;
        int code = board_options_choose(&config, NULL, a->arg + 2,
                                        actions[i].run == load ? a->arg_count - 2 : 0, a->arg[1]);
        if (code != CLI_DONE)
            return code;
        struct vboard *v = vboard_new(&config);
        if (v == NULL)
            return cli_fail(CLI_REFUSED, "no memory for the virtual board", strerror(errno), NULL);
        code = actions[i].run(v, a);
        vboard_free(v);
        return code;
    }
    return cli_usage(a, "'%s' is neither dump, load nor diff", a->arg[0]);
}

const struct cli_command cmd_board_flash = {
    .name = "board flash",
    .summary = "dump a board's flash file, program files into it, or compare two",
    .arguments =
        "dump FLASHFILE OUT.bin | load FLASHFILE FILE[@ADDRESS]... | diff FLASHFILE FLASHFILE",
    .min_args = 3,
    .max_args = CLI_ARGS_MAX,
    .details =
        "diff prints the sectors that differ and their flash words, with the words of an MCUboot\n"
        "trailer by name. Exit code 0: equal; 1: different. --verbose lists every word.",
    .example = "slipway board flash dump flash.bin contents.bin\n"
               "slipway board flash load flash.bin app.bin@0x08020000\n"
               "slipway board flash diff before.bin flash.bin",
    .run = run_flash,
};
