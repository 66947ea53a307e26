/* board_options.c - which board it is, and how strict, from the command line. */
#include "host/board/board_options.h"

#include <string.h>

#include "host/board/board_files.h"

static int set_timing(struct vboard_config *c, const char *text)
{
    static const struct {
        const char *name;
        enum vboard_timing timing;
    } names[] = {{"typical", VBOARD_TIMING_TYPICAL},
                 {"maximum", VBOARD_TIMING_MAXIMUM},
                 {"fast", VBOARD_TIMING_FAST}};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(names[i].name, text) == 0) {
            c->timing = names[i].timing;
            return CLI_DONE;
        }
    return cli_fail(CLI_USAGE, cli_text("--timing: '%s' is unknown", text), NULL,
                    "--timing typical, maximum or fast");
}

static int set_unmodelled(struct vboard_config *c, const char *text)
{
    static const char *const names[] = {[VBOARD_UNMODELLED_STOP] = "stop",
                                        [VBOARD_UNMODELLED_WARN] = "warn",
                                        [VBOARD_UNMODELLED_ZERO] = "zero"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(names[i], text) == 0) {
            c->unmodelled = (enum vboard_unmodelled)i;
            return CLI_DONE;
        }
    return cli_fail(CLI_USAGE, cli_text("--unmodelled: '%s' is unknown", text), NULL,
                    "--unmodelled stop, warn or zero");
}

static int set_stores(struct vboard_config *c, const char *text)
{
    c->stores_in_order = strcmp(text, "in-order") == 0;
    if (c->stores_in_order || strcmp(text, "late") == 0)
        return CLI_DONE;
    return cli_fail(CLI_USAGE, cli_text("--stores: '%s' is unknown", text), NULL,
                    "--stores late or in-order");
}

static int set_defect(struct vboard_config *c, const char *text)
{
    static const struct {
        const char *name;
        enum vboard_defect defect;
    } names[] = {{"hash-stuck", VBOARD_DEFECT_HASH_STUCK},
                 {"hash-bit", VBOARD_DEFECT_HASH_BIT},
                 {"pll", VBOARD_DEFECT_PLL},
                 {"hse", VBOARD_DEFECT_HSE}};
    if (text == NULL)
        return CLI_DONE;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(names[i].name, text) == 0) {
            c->defects = names[i].defect;
            return CLI_DONE;
        }
    return cli_fail(CLI_USAGE, cli_text("--defect: '%s' is unknown", text), NULL,
                    "--defect hash-stuck, hash-bit, pll or hse");
}

static int set_hse(struct vboard_config *c, const struct cli_args *a)
{
    uint64_t hz = 0;
    int code = cli_number(a, "hse", 0, 1000000, 50000000, &hz);
    c->hse_hz = (uint32_t)hz;
    return code;
}

/* ADDRESS:MB */
static int set_sdram(struct vboard_config *c, const char *text)
{
    uint64_t base = 0, mb = 0;
    if (text == NULL)
        return CLI_DONE;
    const char *colon = strchr(text, ':');
    bool good = colon != NULL &&
                cli_parse_number(cli_text("%.*s", (int)(colon - text), text), &base) &&
                cli_parse_number(colon + 1, &mb) && mb >= 1 && mb <= 256 &&
                (base == 0xc0000000 || base == 0xd0000000);
    c->sdram_base = (uint32_t)base;
    c->sdram_mb = (uint32_t)mb;
    if (good)
        return CLI_DONE;
    return cli_fail(CLI_USAGE, cli_text("--sdram: '%s' is not an address and a size", text), NULL,
                    "--sdram 0xc0000000:MB or 0xd0000000:MB, 1 to 256 MB");
}

static const char *all_boards(void)
{
    const char *text = vboard_board_name(0);
    for (unsigned i = 1; vboard_board_name(i) != NULL; i++)
        text = cli_text("%s, %s", text, vboard_board_name(i));
    return text;
}

int board_options_name(const struct cli_args *a, const char **name)
{
    *name = cli_value(a, "board", NULL);
    if (*name == NULL || vboard_board_soc(*name) != NULL)
        return CLI_DONE;
    return cli_fail(CLI_USAGE, cli_text("--board: there is no '%s'", *name),
                    cli_text("the virtual boards are %s", all_boards()),
                    "name one of these; for a board of your own with the same part, name its UART "
                    "with --console");
}

/* Choose this board, and print a line if it is not the default one. */
static void set_board(struct vboard_config *c, const char *board, const char *why)
{
    c->board = board;
    if (strcmp(board, vboard_board_name(0)) != 0)
        cli_say("board: %s (%s)", board, why);
}

/* *known: the file says which part it is for. */
static int choose_by_program(struct vboard_config *c, const char *text, bool *known)
{
    char part[VBOARD_PART_MAX];
    const char *path = text;
    uint64_t at;
    *known = board_split(text, &path, &at) == CLI_DONE &&
             vboard_part_of_file(path, (uint32_t)at, part) != NULL;
    if (!*known)
        return CLI_DONE; /* loading the file reports what is wrong with it */
    if (vboard_board_with(part) == NULL)
        return cli_fail(
            CLI_REFUSED, cli_text("no virtual board has the part that '%s' is built for", path),
            cli_text("it is built for the %s; the virtual boards are %s", part, all_boards()),
            "build it for one of them: make firmware BOARD=nucleo_h723zg");
    set_board(c, vboard_board_with(part), cli_text("'%s' is built for the %s", path, part));
    return CLI_DONE;
}

int board_options_choose(struct vboard_config *c, const char *name, const char *const *program,
                         unsigned count, const char *flash)
{
    bool known = false;
    int code = CLI_DONE;
    if (name != NULL) {
        set_board(c, name, "--board");
        return CLI_DONE;
    }
    for (unsigned i = 0; i < count && code == CLI_DONE && !known; i++)
        code = choose_by_program(c, program[i], &known);
    if (code == CLI_DONE && !known && flash != NULL && vboard_board_of_flash(flash) != NULL)
        set_board(c, vboard_board_of_flash(flash),
                  cli_text("the flash file '%s' is of that size", flash));
    return code;
}

unsigned board_options_uart(const char *name)
{
    for (unsigned i = 1; i <= VBOARD_UARTS; i++)
        if (strcmp(vboard_uart_name(i), name) == 0)
            return i;
    return 0;
}

int board_options_take(struct vboard_config *c, const struct cli_args *a)
{
    int code =
        set_timing(c, cli_value(a, "timing", c->timing == VBOARD_TIMING_FAST ? "fast" : "typical"));
    c->lint_stops = cli_has(a, "lint-stops");
    c->speculation = cli_has(a, "speculation");
    if (code == CLI_DONE)
        code = set_unmodelled(c, cli_value(a, "unmodelled", "stop"));
    if (code == CLI_DONE)
        code = set_stores(c, cli_value(a, "stores", "late"));
    if (code == CLI_DONE)
        code = set_defect(c, cli_value(a, "defect", NULL));
    if (code == CLI_DONE)
        code = set_hse(c, a);
    if (code == CLI_DONE)
        code = set_sdram(c, cli_value(a, "sdram", NULL));
    return code != CLI_DONE ? code : cli_number(a, "seed", 1, 0, UINT64_MAX, &c->seed);
}
