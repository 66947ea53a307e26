/* own_command.c - one of this program's own commands, in a process of its own: so a document in a pack is what anybody gets
 * who types that command, and a check that crashes leaves the pack whole. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "host/cli/commands/evidence/making.h"
#include "host/cli/core/cleanup.h"
#include "host/cli/core/clock.h"
#include "host/cli/core/progress.h"
#include "host/cli/core/tool_run.h"

#define SELF "/proc/self/exe"

void own_add(struct own_command *c, const char *word)
{
    if (c->count < OWN_WORDS_MAX)
        c->words[c->count++] = word;
}

void own_add_files(struct own_command *c, const char *const *paths, unsigned count)
{
    bool dashes = false;
    for (unsigned i = 0; i < count; i++)
        dashes |= paths[i][0] == '-';
    if (dashes)
        own_add(c, "--");
    for (unsigned i = 0; i < count; i++)
        own_add(c, paths[i]);
}

const char *own_text(const struct own_command *c)
{
    const char *text = "slipway";
    for (unsigned i = 0; i < c->count; i++)
        text = cli_text("%s %s", text, cli_quoted(c->words[i]));
    return text;
}

struct waiting {
    struct progress progress;
    uint64_t begun_ms;
};

static void show_waiting(void *ctx)
{
    struct waiting *w = ctx;
    char text[40];
    snprintf(text, sizeof text, "%llu s", (unsigned long long)(clock_ms() - w->begun_ms) / 1000);
    progress_open_at(&w->progress, text);
}

/* The command has limits of its own where it reads what can grow without end. */
static void run_in(const char *folder, const struct own_command *c)
{
    const char *argv[OWN_WORDS_MAX + 2] = {SELF};
    struct waiting w = {.begun_ms = clock_ms()};
    struct tool_limits limits = {
        .seconds = UINT32_MAX, .file = ZIP_BYTES_MAX, .memory = SIZE_MAX, .ctx = &w};
    memcpy(argv + 1, c->words, c->count * sizeof c->words[0]);
    if (c->progress != NULL) {
        progress_begin_open(&w.progress, c->progress, "");
        limits.wait = show_waiting;
    }
    /* Its exit code is in its document, too. */
    (void)tool_run(argv, ".", cli_text("%s/out", folder), cli_text("%s/log", folder), &limits);
    progress_make_room();
}

static const char *last_line(const struct cli_blob *log)
{
    char *text = (char *)log->data;
    size_t len = log->len;
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == ' '))
        text[--len] = '\0';
    const char *line = strrchr(text, '\n');
    return cli_one_line(line != NULL ? line + 1 : text);
}

static int make_folder(const char *folder, const char *out, const char *log)
{
    if (cleanup_make_folder(folder, 0700) && cleanup_add(out) && cleanup_add(log))
        return CLI_DONE;
    return cli_fail(CLI_BAD_FILE, cli_text("cannot write '%s'", folder), strerror(errno),
                    "check the folder that it is in, its permissions and the free space");
}

static void drop(const char *path)
{
    if (unlink(path) != 0)
        (void)!rmdir(path);
    cleanup_forget(path);
}

int own_run(const struct own_command *c, const char *beside, struct cli_blob *out,
            const char **last)
{
    struct cli_blob errors = {0};
    const char *folder = cli_beside(beside);
    const char *out_path = cli_text("%s/out", folder), *log_path = cli_text("%s/log", folder);
    *last = "";
    if (c->count == OWN_WORDS_MAX)
        return cli_fail(CLI_USAGE, "the command line is too long", NULL, NULL);
    int code = make_folder(folder, out_path, log_path);
    if (code == CLI_DONE) {
        run_in(folder, c);
        code = cli_read_file(out_path, ZIP_BYTES_MAX, out);
    }
    if (code == CLI_DONE)
        code = cli_read_file(log_path, ZIP_BYTES_MAX, &errors);
    if (code == CLI_DONE)
        *last = last_line(&errors);
    drop(out_path);
    drop(log_path);
    drop(folder);
    return code;
}
