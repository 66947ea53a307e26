/* cli.h - what every command of slipway is made of: tables for options and commands, one way to
 * fail, one way to print.
 *
 * A command is a const struct cli_command in its own cmd_*.c and a line in commands.c. Its options are a
 * table; the parser, --help and the usage errors come from that table. Host code: memory may be
 * allocated; what cli_text and cli_read_file return lives until cli_run returns. */
#ifndef HOST_CLI_CORE_CLI_H
#define HOST_CLI_CORE_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/base/compiler.h"

/* Exit codes of the program. */
enum cli_exit {
    CLI_DONE = 0,
    CLI_REFUSED = 1,       /* refused by the device or by the check */
    CLI_USAGE = 2,         /* the command line makes no sense */
    CLI_NO_CONNECTION = 3, /* no device, or it does not answer in time */
    CLI_BAD_FILE = 4, /* an input file is missing or malformed; an output file cannot be written */
    CLI_SIGNAL = 128, /* and a signal's number: stopped in order; main() ends by that signal */
};

/* ---- commands and options ------------------------------------------------------------------- */

enum cli_option_flag {
    CLI_REQUIRED = 1, /* absent: usage error */
    CLI_REPEATED = 2, /* may be given several times (others: the last one counts) */
    CLI_PAIR = 4, /* takes two values, as imgtool's --custom-tlv; cli_nth_value sees them in turn */
};

/* One row of an option table; a row without name ends the table. */
struct cli_option {
    const char *name;  /* long name without the dashes: "header-size" */
    char letter;       /* 'H' for -H, 0 for none */
    const char *value; /* what the value is called in --help: "BYTES"; NULL: a flag */
    const char *help;  /* one line */
    unsigned flags;
};

struct cli_args;

struct cli_command {
    const char *name;      /* "sign", "image list" */
    const char *summary;   /* one line, for the list of commands */
    const char *arguments; /* behind the options, for the usage line: "INFILE OUTFILE", or "" */
    unsigned min_args, max_args;
    const struct cli_option *options; /* NULL: none of its own */
    bool device;         /* talks to a device: the options of cli_device_options exist too */
    const char *details; /* more lines for --help, or NULL */
    const char *example; /* one or more lines, each a command that can be typed */
    int (*run)(const struct cli_args *a); /* returns an enum cli_exit */
};

/* A parsed command line. Points into argv and into the tables. */
#define CLI_ARGS_MAX 128
struct cli_args {
    const struct cli_command *command;
    const char *arg[CLI_ARGS_MAX]; /* positional */
    unsigned arg_count;
    struct {
        const struct cli_option *option;
        const char *value; /* NULL for a flag */
    } given[CLI_ARGS_MAX];
    unsigned given_count;
};

extern const struct cli_option cli_global_options[];   /* --json --quiet --verbose --help */
extern const struct cli_option cli_device_options[];   /* --port --tcp --udp --raw --timeout */
extern const struct cli_command *const cli_commands[]; /* ends with NULL */

extern const char cli_version[];

/* command_line.c: the word as it is typed in a shell, in quotes if it needs them. */
const char *cli_quoted(const char *word);
/* The command line, as it can be typed again, without the options that are named in leave_out (ends with NULL). Lives
 * until cli_run returns, as what cli_quoted returns. */
const char *cli_command_line(const struct cli_args *a, const char *const *leave_out);

/* The whole program: find the command, parse, run. Returns the exit code. */
int cli_run(int argc, char **argv);

/* Parse argv[0..argc) (what follows the command's name) for a->command, which the caller has set. CLI_DONE, or
 * CLI_USAGE with the error printed. Understands --name value, --name=value, -Hvalue, -H value, and
 * "--" (only positional arguments follow). A lone "-" is positional. */
int cli_parse(struct cli_args *a, int argc, char **argv);

/* The error of an option that stands in front of the command c, where it may not, or that c does not have (NULL: no
 * command follows). word: as typed. CLI_USAGE. */
int cli_refuse_option(const struct cli_command *c, const char *word);

/* True if the option is on the command line. name must be in one of the command's tables. */
bool cli_has(const struct cli_args *a, const char *name);
/* The (last) value of the option, or fallback if it was not given. */
const char *cli_value(const struct cli_args *a, const char *name, const char *fallback);
/* The n-th value (from 0) of a repeated option, NULL behind the last. */
const char *cli_nth_value(const struct cli_args *a, const char *name, unsigned n);
/* The value as a number: decimal, 0x..., optional suffix K or M (1024). *number is fallback if the option was
 * not given. CLI_DONE, or CLI_USAGE with the error printed if it is not a number in [min, max]. */
MUST_CHECK int cli_number(const struct cli_args *a, const char *name, uint64_t fallback,
                          uint64_t min, uint64_t max, uint64_t *number);
/* The same rules for any text. False if it is not a number or does not fit 64 bits. */
bool cli_parse_number(const char *text, uint64_t *number);

/* help.c: print the help of one command, of those of a group ("image"), or of the program. */
void cli_print_help(FILE *f, const struct cli_command *c);
void cli_print_group_help(FILE *f, const char *group);
void cli_print_program_help(FILE *f);

/* ---- failing ------------------------------------------------------------------------------- */

/* The one way to fail: prints what failed, the evidence, and what to do or type next, and returns code.
 *   error: WHAT
 *     evidence: EVIDENCE     (one line for each line of the text; NULL: none)
 *     next: NEXT             (the same)
 * to stderr; with --json also {"error": {...}} to stdout. */
int cli_fail(enum cli_exit code, const char *what, const char *evidence, const char *next);

/* The same for what does not stop a command, as "warning: WHAT": on stderr, also with --quiet. */
void cli_warn(const char *what, const char *evidence, const char *next);

/* Formatted text that lives until cli_run returns. Never NULL (out of memory ends the program). */
const char *cli_text(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* len zeroed bytes, and one more, that live until cli_run returns. Never NULL. */
void *cli_memory(size_t len);

/* CLI_USAGE, with `slipway COMMAND --help` as the next step. */
int cli_usage(const struct cli_args *a, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* ---- printing ------------------------------------------------------------------------------ */

/* How to print; set from the global options before a command runs. */
struct cli_mode {
    bool json, quiet, verbose;
};
extern struct cli_mode cli_mode;

/* All text for people goes through this; `make check` enforces it. What would act on a terminal (escapes, other
 * controls, marks that reorder or hide text) and bytes that are not UTF-8 are shown as \x1b, \u202e; line breaks and
 * tabs stay.
 *
 *  */
void cli_print(FILE *f, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The same text with its line breaks shown, too: for a value from outside, which must not begin a line that looks
 * like ours. Lives until cli_run returns. */
const char *cli_one_line(const char *text);
/* How one character is shown, for other kinds of text than a terminal's: out gets it, or its escape, and a NUL. s is not
 * at its end. keep: line breaks and tabs stay what they are. Returns how many bytes of s it takes. */
#define CLI_SHOWN_MAX 12u
unsigned cli_show(const unsigned char *s, bool keep, char out[CLI_SHOWN_MAX]);
/* Where this thread's words go instead of the terminal, for a program that works on many devices at once, each in a
 * thread. cli_say and cli_fail call it; all else that would be printed is dropped. NULL (at first): the terminal. */
struct cli_sink {
    void (*say)(void *ctx, const char *line); /* without line break */
    /* evidence and next may be NULL, or have several lines. */
    void (*fail)(void *ctx, enum cli_exit code, const char *what, const char *evidence,
                 const char *next);
    void *ctx;
};
void cli_set_sink(const struct cli_sink *sink);

/* A line for people on stdout; nothing with --quiet or --json. */
void cli_say(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* A line on stderr with --verbose only. */
void cli_verbose(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* A JSON document, written as it is described. Strings are escaped; bytes that are not UTF-8 become U+FFFD. key is
 * NULL inside an array and for the outermost value. */
#define JSON_DEPTH_MAX 16
/* jansson, which reads JSON for us, has functions of these names: hidden, so that the calls inside of it go to its own. */
#pragma GCC visibility push(hidden)
struct json {
    FILE *out;
    unsigned depth;
    bool array[JSON_DEPTH_MAX], filled[JSON_DEPTH_MAX];
};
void json_begin(struct json *j, FILE *out); /* opens the outermost object */
void json_finish(struct json *j);           /* closes all that is open, and the line */
void json_object(struct json *j, const char *key);
void json_array(struct json *j, const char *key);
void json_end(struct json *j); /* of the innermost object or array */
void json_string(struct json *j, const char *key, const char *value); /* NULL: null */
void json_number(struct json *j, const char *key, uint64_t value);
void json_integer(struct json *j, const char *key, int64_t value);
void json_real(struct json *j, const char *key, double value); /* not a number, infinite: null */
void json_bool(struct json *j, const char *key, bool value);
void json_hex(struct json *j, const char *key, const void *bytes, size_t len);
#pragma GCC visibility pop

/* ---- files --------------------------------------------------------------------------------- */

struct cli_blob {
    uint8_t *data; /* with one NUL behind, so that text can be parsed in place */
    size_t len;
};

/* The whole file at path ("-": stdin), at most max bytes. CLI_DONE, or CLI_BAD_FILE with the error printed. */
MUST_CHECK int cli_read_file(const char *path, size_t max, struct cli_blob *b);

/* The same, with room in front of the bytes and behind them that may be written, too. */
struct cli_room {
    size_t front, back;
};
MUST_CHECK int cli_read_file_within(const char *path, size_t max, struct cli_room room,
                                    struct cli_blob *b);

/* Have the system put memory behind len bytes at data that are about to be written as a whole: in one go it takes a
 * tenth of the time that it takes page by page. A hint: on a system without it nothing happens. */
void cli_populate(void *data, size_t len);

/* Write a whole file: a new one, under an unpredictable name, beside the old one, which it then replaces. So it has
 * this mode (less the umask) from its first byte on, and never writes into a file or link that somebody put there.
 * path may be a link: it is the link that is replaced, and what it points to stays (imgtool writes through it, also
 * to where a stranger's link points). What cannot be replaced is written to as it is: /dev/stdout, a device, a pipe.
 * CLI_DONE, or CLI_BAD_FILE with the error printed. mode: 0644, or 0600 for secrets, which are synced, too. */
MUST_CHECK int cli_write_file(const char *path, const void *data, size_t len, unsigned mode);
/* The same, but what is at path stays as it is; the error then speaks of --force. */
MUST_CHECK int cli_write_new_file(const char *path, const void *data, size_t len, unsigned mode);
/* The same error, before there is anything to write. CLI_DONE: path does not exist, or is a stream. */
MUST_CHECK int cli_refuse_existing(const char *path);
/* True for what is written to and not replaced. */
bool cli_is_stream(const char *path);
/* A name in the folder of path (.slipway-xxxxxxxx.tmp), another one each time, for what is to be renamed to path. The
 * name may exist: create the file with O_EXCL. */
const char *cli_beside(const char *path);

/* The same in pieces: cli_output_begin, one piece or more, of which the first opens the file, and then close, which
 * makes the file path, or abandon. */
struct cli_output {
    const char *path, *target; /* not copied */
    int fd;                    /* -1: not open yet */
    unsigned mode;
    bool direct;   /* to path itself, which is a stream */
    bool only_new; /* nothing is replaced */
    bool sync;
    int error; /* errno of what failed first */
};
void cli_output_begin(struct cli_output *o, const char *path, unsigned mode);
void cli_output_put(struct cli_output *o, const void *data, size_t len);
MUST_CHECK int cli_output_close(struct cli_output *o);
void cli_output_abandon(struct cli_output *o);

/* 2 * len hexadecimal digits and a NUL to dst. */
void cli_hex(char *dst, const void *bytes, size_t len);
/* The bytes of a text of hexadecimal digits only. False if it is not that or exceeds cap bytes. */
bool cli_unhex(const char *text, uint8_t *dst, size_t cap, size_t *len);

/* Length of the valid UTF-8 sequence at s (1..4), 0 if it is none: overlong forms, surrogates and what lies
 * above U+10FFFF included. s ends with a NUL. */
unsigned cli_utf8_length(const unsigned char *s);

/* Number of single-letter edits between a and b; for "did you mean". */
unsigned cli_distance(const char *a, const char *b);

/* Give back what cli_text and cli_read_file returned to this thread; cli_run calls it. */
void cli_release(void);
/* For a program that runs for long: give back what they returned since cli_mark. */
const void *cli_mark(void);
void cli_release_to(const void *mark);

#endif
