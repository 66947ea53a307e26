/* making_inputs.c - the files of an update: read, hashed, and as far as they can be understood. */
#include <string.h>
#include <unistd.h>

#include "host/board/board_files.h"
#include "host/board/board_options.h"
#include "host/cli/commands/evidence/making.h"
#include "host/evidence/audit.h"
#include "host/evidence/pack.h"
#include "host/image/image_check.h"
#include "host/rehearsal/rehearsal.h"

/* ---- errors that are a check's result and not this command's ---- */

static void drop_line(void *ctx, const char *line)
{
    (void)ctx, (void)line;
}

static void keep_error(void *ctx, enum cli_exit code, const char *what, const char *evidence,
                       const char *next)
{
    const char **why = ctx;
    (void)code, (void)next;
    *why = cli_text("%s%s%s", what, evidence != NULL ? ": " : "", evidence != NULL ? evidence : "");
}

/* From here to the next call with NULL, an error goes to *why. */
static void keep_errors(const char **why)
{
    static struct cli_sink sink = {drop_line, keep_error, NULL};
    sink.ctx = why;
    cli_set_sink(why != NULL ? &sink : NULL);
}

/* ---- one file ---- */

static struct evidence_input *add_input(struct making *m, const char *role, const char *path,
                                        const struct cli_blob *b)
{
    struct evidence_input *in = &m->e.input[m->e.input_count++];
    *in = (struct evidence_input){
        .role = role, .path = path, .bytes = b->len, .sha256 = evidence_sha256(b)};
    return in;
}

int making_input(struct making *m, const char *role, const char *path, struct cli_blob *b)
{
    if (strcmp(path, "-") == 0)
        return cli_usage(m->a, "the %s cannot come from standard input: several checks read it",
                         role);
    if (m->e.input_count == EVIDENCE_INPUTS_MAX)
        return cli_usage(m->a, "more than %u files", EVIDENCE_INPUTS_MAX);
    int code = cli_read_file(path, EVIDENCE_INPUT_MAX, b);
    if (code == CLI_DONE)
        (void)add_input(m, role, path, b);
    return code;
}

static int check_input(const struct evidence_input *in)
{
    struct cli_blob b;
    int code = cli_read_file(in->path, EVIDENCE_INPUT_MAX, &b);
    if (code != CLI_DONE)
        return code;
    const char *sha256 = evidence_sha256(&b);
    if (strcmp(sha256, in->sha256) == 0)
        return CLI_DONE;
    return cli_fail(CLI_BAD_FILE, cli_text("'%s' changed while it was checked", in->path),
                    cli_text("SHA-256 %s before, %s now", in->sha256, sha256),
                    "do it again when nothing writes to the files");
}

int making_check_inputs(const struct making *m)
{
    int code = CLI_DONE;
    for (unsigned i = 0; i < m->e.input_count && code == CLI_DONE; i++) {
        const void *mark = cli_mark();
        code = check_input(&m->e.input[i]);
        cli_release_to(mark);
    }
    return code;
}

/* ---- the bootloader and the images ---- */

static int read_bootloader(struct making *m)
{
    struct cli_blob b;
    const char *path;
    uint64_t address;
    int code = board_split(m->a->arg[0], &path, &address);
    if (code == CLI_DONE)
        code = making_input(m, "bootloader", path, &b);
    if (code != CLI_DONE)
        return code;
    keep_errors(&m->no_boot);
    (void)!boot_elf_load(path, &m->boot);
    keep_errors(NULL);
    return CLI_DONE;
}

static int read_image(struct making *m, unsigned n)
{
    static const char *const roles[IMAGES] = {"old image", "new image"};
    struct cli_blob b;
    const char *path = m->a->arg[1 + n];
    struct image_file *f = &m->image[n];
    int code = making_input(m, roles[n], path, &b);
    if (code != CLI_DONE)
        return code;
    if (zip_is_one(&b))
        return cli_fail(CLI_USAGE, cli_text("'%s' is a package", path),
                        "a pack is about two signed images",
                        "unzip it, and give the image for the slot that it goes to");
    keep_errors(&m->no_image[n]);
    (void)!image_file_load(f, path, NULL);
    keep_errors(NULL);
    if (m->no_image[n] != NULL)
        return CLI_DONE;
    struct evidence_input *in = &m->e.input[m->e.input_count - 1];
    char digits[2 * IMAGE_HASH_MAX + 1];
    cli_hex(digits, f->hash.bytes, f->hash.len);
    in->version = f->version;
    in->hash = cli_text("%s", digits);
    in->image_bytes = f->size;
    return CLI_DONE;
}

/* ---- the layout and the configuration ---- */

static void take_part(struct making *m)
{
    static struct layout l;
    const char *why = NULL;
    keep_errors(&why);
    int code = m->layout != NULL ? layout_file_read(m->layout, cli_value(m->a, "board", NULL), &l)
                                 : CLI_BAD_FILE;
    keep_errors(NULL);
    if (m->boot.soc != NULL)
        m->e.part = m->boot.soc->name;
    else if (code == CLI_DONE && l.assumed[0] == '\0')
        m->e.part = l.soc->name;
    m->e.board = m->e.part != NULL ? vboard_board_with(m->e.part) : NULL;
}

static int read_layout(struct making *m)
{
    struct cli_blob b;
    const char *path = rehearsal_layout_path(m->a), *board = cli_value(m->a, "board", NULL);
    bool given = cli_has(m->a, "layout");
    int code = CLI_DONE;
    if (given || access(path, R_OK) == 0) {
        m->layout = path;
        code = making_input(m, "layout", path, &b);
    }
    if (code == CLI_DONE && board != NULL)
        code = making_input(m, "board", board, &b);
    if (code == CLI_DONE)
        take_part(m);
    return code;
}

static int read_config(struct making *m)
{
    struct cli_blob b;
    const char *config = cli_value(m->a, "config", NULL);
    keep_errors(&m->no_config);
    if (m->layout != NULL || config != NULL)
        (void)!layout_config_read(config, m->layout != NULL ? m->layout : "", &m->config);
    keep_errors(NULL);
    if (m->config.path == NULL) {
        m->no_config = "there is no .config beside the layout; --config FILE names it";
        return CLI_DONE;
    }
    return making_input(m, "configuration", m->config.path, &b);
}

int making_read(struct making *m)
{
    int code = read_bootloader(m);
    for (unsigned n = 0; n < IMAGES && code == CLI_DONE; n++)
        code = read_image(m, n);
    if (code == CLI_DONE)
        code = read_layout(m);
    return code == CLI_DONE ? read_config(m) : code;
}
