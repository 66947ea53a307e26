/* cmd_board.c - slipway board run: a virtual board. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/board/board_files.h"
#include "host/board/board_options.h"
#include "host/board/board_runner.h"
#include "host/cli/commands/commands.h"
#include "host/cli/core/clock.h"
#include "host/cli/core/progress.h"

#define NS_PER_S 1000000000ull
/* Of the board's time: a console that is silent so long may be the wrong one. */
#define SILENT_NS NS_PER_S
/* A person waits so long without a word. */
#define PATIENCE_MS 3000

static struct board_runner runner;

static void on_report(void *ctx, const char *text)
{
    (void)ctx;
    progress_make_room();
    if (!cli_mode.quiet)
        cli_print(stderr, "board| %s\n", text);
}

static int cannot_write(const char *path)
{
    return cli_fail(CLI_BAD_FILE, cli_text("cannot write '%s'", path), strerror(errno),
                    "check the folder and its permissions");
}

/* ---- board run ---- */

static int set_limit(struct board_runner *r, const struct cli_args *a)
{
    const char *text = cli_value(a, "for", NULL);
    r->limit_ns = UINT64_MAX;
    if (text == NULL)
        return CLI_DONE;
    char *end;
    double seconds = strtod(text, &end);
    if (end == text || *end != '\0' || !(seconds > 0) || seconds > 1e9)
        return cli_usage(a, "--for: '%s' is not a number of seconds", text);
    r->limit_ns = (uint64_t)(seconds * (double)NS_PER_S);
    return CLI_DONE;
}

/* "flash", "calls", and perhaps ":FILE". NULL: it is another word. */
static const char *trace_file(const char *text, const char *what)
{
    size_t n = strlen(what);
    if (strncmp(text, what, n) != 0 || (text[n] != '\0' && text[n] != ':'))
        return NULL;
    return text + n + (text[n] == ':');
}

static int set_trace(struct board_runner *r, const char *text, const char *only, FILE **opened)
{
    const char *flash = trace_file(text, "flash"), *calls = trace_file(text, "calls");
    const char *path = flash != NULL ? flash : calls;
    if (path == NULL)
        return cli_fail(CLI_USAGE, cli_text("--trace: '%s' is unknown", text), NULL,
                        "--trace flash or --trace calls, each optionally with :FILE");
    if (path[0] != '\0' && (*opened = fopen(path, "we")) == NULL)
        return cannot_write(path);
    FILE *f = path[0] != '\0' ? *opened : stderr;
    if (flash != NULL)
        vboard_trace_flash(r->board, f);
    else
        vboard_trace_calls(r->board, f, only);
    return CLI_DONE;
}

#define TRACES_MAX 8

static int set_traces(struct board_runner *r, const struct cli_args *a, FILE *opened[TRACES_MAX])
{
    const char *text, *only = cli_value(a, "trace-only", NULL);
    int code = CLI_DONE;
    for (unsigned i = 0; code == CLI_DONE && (text = cli_nth_value(a, "trace", i)) != NULL; i++)
        code = i < TRACES_MAX ? set_trace(r, text, only, &opened[i])
                              : cli_usage(a, "more than %d traces", TRACES_MAX);
    return code;
}

static int open_log(struct board_runner *r, const char *path)
{
    if (path != NULL && (r->lines.log = fopen(path, "ae")) == NULL)
        return cannot_write(path);
    return CLI_DONE;
}

static int load_programs(struct board_runner *r, const struct cli_args *a)
{
    const char *text;
    char why[200];
    int code = CLI_DONE;
    for (unsigned i = 0; i < a->arg_count && code == CLI_DONE; i++)
        code = board_load_program(r->board, a->arg[i]);
    for (unsigned i = 0; code == CLI_DONE && (text = cli_nth_value(a, "symbols", i)) != NULL; i++)
        if (vboard_load_symbols(r->board, text, why, sizeof why) != ERR_OK)
            code = cli_fail(CLI_BAD_FILE, cli_text("'%s' has no symbols", text), why,
                            "give --symbols the ELF file that the program was made from");
    return code;
}

static int load_all(struct board_runner *r, const struct cli_args *a)
{
    const char *flash = cli_value(a, "flash", NULL);
    struct flash_claim claim;
    if (flash == NULL)
        return load_programs(r, a);
    int code = board_claim_flash(flash, &claim);
    if (code == CLI_DONE)
        code = board_load_flash(r->board, flash);
    if (code == CLI_DONE)
        code = load_programs(r, a);
    if (code == CLI_DONE)
        code = board_keep_flash(r->board, flash, &claim);
    board_release_flash(&claim);
    return code;
}

/* What to do about it. */
static const char *next_step(const struct board_runner *r, const struct vboard_stop *stop)
{
    if (stop->why == VBOARD_UNKNOWN_REGISTER)
        return "--unmodelled warn goes on, reads 0 there, and names every register that is "
               "missing; "
               "`slipway board registers` lists the modelled ones";
    if (semihosting_is_call(r->board, stop))
        return "--semihosting answers such calls; the program's output goes to the console";
    return "arm-none-eabi-addr2line -e FILE.elf PC names the line";
}

static int board_died(const struct board_runner *r, const struct vboard_stop *stop)
{
    double seconds = (double)vboard_now_ns(r->board) / (double)NS_PER_S;
    const char *where = cli_text("pc 0x%08x, address 0x%08x, after %.6f s of virtual time",
                                 (unsigned)stop->pc, (unsigned)stop->addr, seconds);
    return cli_fail(CLI_REFUSED, "the virtual board stopped", cli_text("%s\n%s", stop->text, where),
                    next_step(r, stop));
}

static int program_failed(const struct board_runner *r)
{
    return cli_fail(CLI_REFUSED, "the program ended with an error",
                    cli_text("exit code %u by semihosting", (unsigned)r->semihosting.exit_code),
                    "its console may show why: --uart stdio, or --log FILE");
}

/* ---- what a person is told while the board runs ---- */

static struct {
    bool unheard_noted, unheard_told; /* while it runs, and with the error at its end */
    bool shows_time, time_shown;
    uint64_t begun_ms;
    struct progress progress;
} watch;

static void note_unheard(const struct board_runner *r)
{
    if (cli_mode.quiet || cli_mode.json)
        return;
    progress_make_room();
    for (const char *line = lines_unheard_text(&r->lines); *line != '\0';) {
        size_t len = strcspn(line, "\n");
        cli_print(stderr, "board| %.*s\n", (int)len, line);
        line += len + (line[len] == '\n');
    }
}

/* A run that ends by itself shows how far it is, unless the console is on the same screen. */
static bool shows_time(const struct board_runner *r, const struct cli_args *a)
{
    const char *text;
    bool ends = r->limit_ns != UINT64_MAX || r->lines.until_text != NULL;
    for (unsigned i = 0; i < VBOARD_UARTS; i++)
        ends &= r->lines.line[i].endpoint.kind != ENDPOINT_STDIO;
    for (unsigned i = 0; (text = cli_nth_value(a, "trace", i)) != NULL; i++)
        ends &= strchr(text, ':') != NULL; /* else it goes to stderr */
    bool background = isatty(STDERR_FILENO) == 1 && tcgetpgrp(STDERR_FILENO) != getpgrp();
    return ends && !background && !cli_has(a, "gdb");
}

static void show_time(const struct board_runner *r)
{
    char text[120];
    double now = (double)vboard_now_ns(r->board) / (double)NS_PER_S;
    const char *wanted =
        r->lines.until_text != NULL ? ", and the console has not shown the text" : "";
    if (r->limit_ns == UINT64_MAX)
        snprintf(text, sizeof text, "%.1f s of virtual time%s", now, wanted);
    else
        snprintf(text, sizeof text, "%.1f of %.1f s of virtual time%s", now,
                 (double)r->limit_ns / (double)NS_PER_S, wanted);
    if (watch.time_shown)
        progress_open_at(&watch.progress, text);
    else
        progress_begin_open(&watch.progress, "board| runs", text);
    watch.time_shown = true;
}

static void on_slice(struct board_runner *r)
{
    if (!watch.unheard_noted && vboard_now_ns(r->board) >= SILENT_NS &&
        !lines_console_spoke(&r->lines) && lines_any_unheard(&r->lines)) {
        watch.unheard_noted = true;
        note_unheard(r);
    }
    if (watch.shows_time && clock_ms() - watch.begun_ms >= PATIENCE_MS)
        show_time(r);
}

/* ---- how it ends ---- */

static int fail_never_showed(const struct board_runner *r)
{
    const char *limit = r->semihosting.exited
                            ? "the program has ended"
                            : cli_text("the limit of %.3f s of virtual time was reached",
                                       (double)r->limit_ns / (double)NS_PER_S);
    const char *unheard = lines_unheard_text(&r->lines);
    watch.unheard_told = true;
    return cli_fail(CLI_REFUSED, cli_text("the console never showed '%s'", r->lines.until_text),
                    *unheard != '\0' ? cli_text("%s\n%s", limit, unheard) : limit,
                    "--log FILE keeps the console's text");
}

static int judge(const struct board_runner *r, const struct vboard_stop *stop)
{
    bool ended = stop->why == VBOARD_TIME || stop->why == VBOARD_IDLE;
    if (r->lines.text_seen || board_runner_interrupted())
        return CLI_DONE;
    if (r->semihosting.exited && r->semihosting.exit_code != 0)
        return program_failed(r);
    if (!ended)
        return board_died(r, stop);
    return r->lines.until_text != NULL ? fail_never_showed(r) : CLI_DONE;
}

static int open_gdb(struct board_runner *r, const struct cli_args *a)
{
    const char *where = cli_value(a, "gdb", NULL);
    if (where == NULL)
        return cli_has(a, "halt") ? cli_usage(a, "--halt waits for a debugger: give --gdb, too")
                                  : CLI_DONE;
    int code = gdb_server_open(&r->gdb, where, r->board, stderr, cli_has(a, "halt"));
    if (code == CLI_DONE) {
        cli_print(cli_mode.json ? stderr : stdout, "gdb: target remote %s\n", r->gdb.name);
        fflush(stdout);
    }
    return code;
}

/* What the run cost, for comparison with another run or another machine. */
static void print_totals(const struct vboard *v)
{
    double seconds = (double)clock() / CLOCKS_PER_SEC;
    double instructions = (double)vboard_instructions(v);
    if (cli_mode.quiet || cli_mode.json)
        return;
    cli_print(stdout,
              "ran: %.3f s of virtual time, %.0f million instructions in %.1f s of processor time "
              "(%.0f MIPS), "
              "%u lint events\n",
              (double)vboard_now_ns(v) / (double)NS_PER_S, instructions / 1e6, seconds,
              seconds > 0 ? instructions / 1e6 / seconds : 0.0, vboard_lint_count(v));
}

/* Of a run that failed, the error is the document. */
static void json_run(const struct board_runner *r)
{
    struct json j;
    json_begin(&j, stdout);
    json_real(&j, "virtual_seconds", (double)vboard_now_ns(r->board) / (double)NS_PER_S);
    json_number(&j, "instructions", vboard_instructions(r->board));
    json_number(&j, "lint_events", vboard_lint_count(r->board));
    json_array(&j, "unheard");
    for (unsigned uart = 1; uart <= VBOARD_UARTS; uart++) {
        if (lines_unheard(&r->lines, uart) == 0)
            continue;
        json_object(&j, NULL);
        json_string(&j, "uart", vboard_uart_name(uart));
        json_number(&j, "bytes", lines_unheard(&r->lines, uart));
        json_end(&j);
    }
    json_finish(&j);
}

static int run_until_the_end(struct board_runner *r, const struct cli_args *a)
{
    memset(&watch, 0, sizeof watch);
    watch.begun_ms = clock_ms();
    watch.shows_time = shows_time(r, a);
    r->on_slice = on_slice;
    vboard_power_on(r->board);
    struct vboard_stop stop = board_runner_run(r);
    progress_make_room();
    int code = judge(r, &stop);
    if (!watch.unheard_told)
        note_unheard(r);
    if (cli_mode.json && code == CLI_DONE)
        json_run(r);
    print_totals(r->board);
    return code;
}

static int run_board(struct board_runner *r, const struct cli_args *a)
{
    FILE *traces[TRACES_MAX] = {NULL};
    int code = load_all(r, a);
    if (code == CLI_DONE)
        code = set_traces(r, a, traces);
    if (code == CLI_DONE)
        code = open_log(r, cli_value(a, "log", NULL));
    if (code == CLI_DONE)
        code = lines_open(&r->lines, a);
    if (code == CLI_DONE)
        code = open_gdb(r, a);
    if (code == CLI_DONE)
        code = run_until_the_end(r, a);
    gdb_server_close(&r->gdb);
    lines_close(&r->lines);
    vboard_trace_flash(r->board, NULL);
    vboard_trace_calls(r->board, NULL, NULL);
    for (size_t i = 0; i < ARRAY_LEN(traces); i++)
        if (traces[i] != NULL)
            fclose(traces[i]);
    if (r->lines.log != NULL)
        fclose(r->lines.log);
    return code;
}

static int run_run(const struct cli_args *a)
{
    struct vboard_config config = {
        .uart_any = board_runner_uart_any, .report = on_report, .ctx = &runner};
    struct board_runner *r = &runner;
    memset(r, 0, sizeof *r);
    r->lines.until_text = cli_value(a, "until-text", NULL);
    if (cli_has(a, "semihosting"))
        r->semihosting = (struct semihosting){.say = board_runner_say, .ctx = r};
    int code = board_options_take(&config, a);
    if (code == CLI_DONE)
        code = set_limit(r, a);
    if (code != CLI_DONE)
        return code;
    if (a->arg_count == 0 && !cli_has(a, "flash"))
        return cli_usage(a, "nothing to run: give a program or --flash FILE");
    const char *name = NULL;
    code = board_options_name(a, &name);
    if (code == CLI_DONE)
        code =
            board_options_choose(&config, name, a->arg, a->arg_count, cli_value(a, "flash", NULL));
    if (code != CLI_DONE)
        return code;
    r->board = vboard_new(&config);
    if (r->board == NULL)
        return cli_fail(CLI_REFUSED, "no memory for the virtual board", strerror(errno), NULL);
    code = run_board(r, a);
    vboard_free(r->board);
    return code;
}

static const struct cli_option run_options[] = {
    {"flash", 0, "FILE", "keep the flash in this file, from one run to the next", 0},
    {"uart", 0, "[UNIT=]WAY",
     "pty[:LINK] (default), tcp:PORT, tcp:HOST:PORT, stdio or none; what the console, or the UNIT "
     "given (USART1, USART2, USART3, UART4, UART5, USART6, UART7, UART8), is connected to",
     CLI_REPEATED},
    {"console", 0, "UNIT", "the UART of --log, --until-text and --uart WAY (default USART3)", 0},
    {"line-max", 0, "BAUD",
     "the console's adapter loses bytes when the UART is faster (default: at no speed)", 0},
    {"line-noise", 0, "N",
     "of a million bytes on the console's line N have a wrong bit (default 0)", 0},
    {"log", 0, "FILE", "append a copy of the console to this file", 0},
    {"timing", 0, "NAME", "flash times: typical (default), maximum, fast", 0},
    {"seed", 0, "NUMBER", "seed of all random numbers (default 1)", 0},
    {"trace", 0, "WHAT",
     "flash[:FILE]: a line for each flash operation; calls[:FILE]: a line for each call and return",
     CLI_REPEATED},
    {"trace-only", 0, "NAMES", "trace only the calls of these functions: 'flash_*,boot_*'", 0},
    {"symbols", 0, "FILE.elf",
     "symbols for messages and traces, for a program in a HEX or BIN file", CLI_REPEATED},
    {"gdb", 0, "[HOST]:PORT", "accept a GDB connection: `target remote :PORT`", 0},
    {"halt", 0, NULL, "with --gdb: wait for the debugger before the first instruction", 0},
    {"for", 0, "SECONDS", "stop after SECONDS of virtual time", 0},
    {"until-text", 0, "TEXT",
     "stop when the console has shown TEXT; exit code 1 if it has not by --for", 0},
    {"semihosting", 0, NULL,
     "answer semihosting calls (BKPT 0xAB): output goes to the console, an exit ends the run, "
     "files are not opened",
     0},
    {"lint-stops", 0, NULL, "stop at the first lint event", 0},
    BOARD_NAME_OPTION,
    BOARD_OPTIONS,
    {0},
};

const struct cli_command cmd_board_run = {
    .name = "board run",
    .summary = "run the virtual NUCLEO-H753ZI or NUCLEO-H723ZG",
    .arguments = "[FILE[@ADDRESS]]...",
    .max_args = CLI_ARGS_MAX,
    .options = run_options,
    .details =
        "Each FILE (ELF, Intel HEX, or a raw binary with its address) is programmed into flash as\n"
        "a debugger would, on top of what the file of --flash holds. Without FILE the board "
        "starts\n"
        "with the flash as it is. While the CPU works, virtual time passes as fast as this "
        "computer\n"
        "can simulate it; while it waits, at the clock's pace (at full speed with --uart none).\n"
        "Ctrl-C or SIGTERM ends the run with exit code 0. The file of --flash is updated at each\n"
        "flash operation, so a killed run is a power loss and nothing worse. That file and the "
        "LINK of\n"
        "a pty belong to one board while it runs; a second one is refused. With --gdb, a board\n"
        "that stops by itself waits for a debugger; no time passes while a debugger holds it.\n"
        "A UART that sends while nothing is connected to it is named, with the option that shows\n"
        "what it sends; --uart UNIT=none says that nobody wants it. --json prints a document at "
        "the end.",
    .example = "slipway board run merged.hex --flash flash.bin --uart pty:/tmp/uart\n"
               "slipway board run bootloader.elf app.bin@0x08020000 --uart stdio\n"
               "slipway board run merged.hex --uart USART3=pty:/tmp/uart --uart UART4=tcp:5000\n"
               "slipway board run merged.hex --gdb :3333 --halt",
    .run = run_run,
};

/* ---- board registers ---- */

static int run_registers(const struct cli_args *a)
{
    const char *board;
    int code = board_options_name(a, &board);
    if (code != CLI_DONE)
        return code;
    if (cli_has(a, "table"))
        vboard_register_table(stdout, board);
    else
        vboard_registers(stdout, board);
    return CLI_DONE;
}

static const struct cli_option registers_options[] = {
    {"table", 0, NULL, "print a Markdown table: a row for each kind of block, then what is absent",
     0},
    BOARD_NAME_OPTION,
    {0},
};

const struct cli_command cmd_board_registers = {
    .name = "board registers",
    .arguments = "",
    .summary = "list the peripheral registers that the virtual board models",
    .options = registers_options,
    .example = "slipway board registers | grep TIM2\nslipway board registers --table",
    .run = run_registers,
};
