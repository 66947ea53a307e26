#include "host/rehearsal/rehearsal_gdb.h"

#include <errno.h>
#include <string.h>

#include "host/board/board_files.h"

/* ---- the console ---- */

static void say_line(struct rehearsal_gdb *g)
{
    while (g->line_len > 0 && g->line[g->line_len - 1] == '\r')
        g->line_len--;
    cli_say("board| %.*s", (int)g->line_len, g->line);
    g->line_len = 0;
}

static void on_uart(void *ctx, unsigned uart, uint8_t byte)
{
    struct rehearsal_gdb *g = ctx;
    if (uart != g->console)
        return;
    if (byte == '\n' || g->line_len == sizeof g->line)
        say_line(g);
    if (byte != '\n')
        g->line[g->line_len++] = (char)byte;
    if (byte == '\n')
        fflush(stdout);
}

/* ---- the board ---- */

/* Names for `monitor` and messages. Without them the session is as good: GDB has its own. */
static void load_symbols(struct vboard *v, const char *program)
{
    char why[200];
    const char *path;
    uint64_t address;
    if (board_split(program, &path, &address) == CLI_DONE &&
        vboard_load_symbols(v, path, why, sizeof why) != ERR_OK)
        cli_verbose("gdb: no symbols: %s", why);
}

int rehearsal_gdb_open(struct rehearsal_gdb *g, const struct rehearsal *r, const char *program,
                       const char *where)
{
    memset(g, 0, sizeof *g);
    if (where == NULL)
        return CLI_DONE;
    struct vboard_config config = r->plan.config;
    config.uart_any = on_uart;
    config.ctx = g;
    g->console = r->plan.console;
    g->runner.limit_ns = UINT64_MAX;
    lines_none(&g->runner.lines);
    g->runner.board = vboard_new(&config);
    if (g->runner.board == NULL)
        return cli_fail(CLI_REFUSED, "no memory for the virtual board", strerror(errno), NULL);
    load_symbols(g->runner.board, program);
    int code = gdb_server_open(&g->runner.gdb, where, g->runner.board, stderr, true);
    g->on = code == CLI_DONE;
    return code;
}

void rehearsal_gdb_serve(struct rehearsal_gdb *g, struct cuts *c, const struct cuts_sequence *q,
                         const struct cuts_result *r)
{
    if (!g->on)
        return;
    const unsigned n = cuts_fault(c, q, r);
    cuts_go_before(c, q, r, n);
    vboard_copy(g->runner.board, cuts_board(c));
    vboard_power_on(g->runner.board);
    cli_print(cli_mode.json ? stderr : stdout,
              "gdb: boot %u after the cuts waits before its first instruction\n"
              "gdb: target remote %s\n",
              n, g->runner.gdb.name);
    fflush(stdout);
    (void)board_runner_run(&g->runner);
    if (g->line_len > 0)
        say_line(g);
}

void rehearsal_gdb_close(struct rehearsal_gdb *g)
{
    gdb_server_close(&g->runner.gdb);
    vboard_free(g->runner.board);
}
