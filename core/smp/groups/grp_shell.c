/* grp_shell.c - group 9: run one of the program's commands, and answer with what it printed. */
#include <string.h>

#include "core/base/log.h"
#include "core/smp/server/server.h"
#include "core/smp/server/shell.h"
#include "core/smp/wire/cbor_map.h"
#include "core/smp/wire/errors.h"

/* Of the response behind the output: "ret" with a number of five bytes, and the end of the map. */
#define TAIL_SIZE 10u
/* Of the longest text header. */
#define TEXT_HEADER_SIZE 3u

struct line {
    char text[SMP_SHELL_LINE_MAX];
    size_t len; /* without the NUL */
    bool too_long;
};

/* No character of several bytes is cut in half, or the answer would be no text. */
static void put(struct smp_shell_out *out, const char *text, size_t len)
{
    size_t room = out->cap - out->len;
    memcpy(out->text + out->len, text, len < room ? len : room);
    out->len += len < room ? len : room;
    if (len <= room)
        return;
    while (out->len > 1 && ((uint8_t)out->text[out->len - 1] & 0xc0) == 0x80)
        out->len--;
    if (out->len > 0)
        out->text[out->len - 1] = '~';
    out->cap = out->len;
}

void smp_shell_print(struct smp_shell_out *out, const char *format, ...)
{
    char text[LOG_LINE_MAX];
    va_list args;
    va_start(args, format);
    size_t n = fmt_vprint(text, sizeof text, format, args);
    va_end(args);
    put(out, text, n < sizeof text ? n : sizeof text - 1);
}

/* ---- the command: words of a list, which clients cut at spaces or not at all ---- */

static void add_word(struct line *l, struct cbor_span word)
{
    size_t space = l->len > 0;
    if (l->len + space + word.len >= sizeof l->text) {
        l->too_long = true;
        return;
    }
    if (space)
        l->text[l->len++] = ' ';
    memcpy(l->text + l->len, word.ptr, word.len);
    l->len += word.len;
}

/* ERR_FORMAT: no list of texts, or a text with a NUL. */
static enum err join(struct line *l, struct cbor_span list)
{
    struct cbor_list walk;
    struct cbor_span element, word;
    bool more = false;
    *l = (struct line){.len = 0};
    enum err e = cbor_list_begin(&walk, list);
    if (e == ERR_OK)
        e = cbor_list_next(&walk, &element, &more);
    while (e == ERR_OK && more) {
        e = cbor_element_text(element, &word);
        if (e == ERR_OK && memchr(word.ptr, '\0', word.len) != NULL)
            e = ERR_FORMAT;
        if (e != ERR_OK)
            return e;
        add_word(l, word);
        e = cbor_list_next(&walk, &element, &more);
    }
    l->text[l->len] = '\0';
    return e;
}

/* Cut the line into its words. Returns how many; SMP_SHELL_ARGC_MAX + 1 if there are more than SMP_SHELL_ARGC_MAX. */
static unsigned split(char *text, const char *argv[SMP_SHELL_ARGC_MAX + 1])
{
    unsigned argc = 0;
    bool inside = false;
    for (; *text != '\0'; text++) {
        if (*text == ' ') {
            *text = '\0';
            inside = false;
            continue;
        }
        if (!inside && argc == SMP_SHELL_ARGC_MAX)
            return SMP_SHELL_ARGC_MAX + 1;
        if (!inside)
            argv[argc++] = text;
        inside = true;
    }
    argv[argc] = NULL;
    return argc;
}

/* ---- running it ---- */

static int help(const struct smp_server_config *c, struct smp_shell_out *out)
{
    smp_shell_print(out, "help: the commands\n");
    for (unsigned i = 0; i < c->shell_count; i++)
        smp_shell_print(out, "%s: %s\n", c->shell[i].name, c->shell[i].help);
    return 0;
}

static int run(const struct smp_server_config *c, int argc, const char *const *argv,
               struct smp_shell_out *out)
{
    if (strcmp(argv[0], "help") == 0)
        return help(c, out);
    for (unsigned i = 0; i < c->shell_count; i++)
        if (strcmp(argv[0], c->shell[i].name) == 0)
            return c->shell[i].run(c->ctx, argc, argv, out);
    put(out, argv[0], strlen(argv[0]));
    smp_shell_print(out, ": command not found; help lists the commands\n");
    return SMP_SHELL_UNKNOWN;
}

/* The output is written where it stands in the response, so there is no second buffer; its header may turn out shorter
 * than TEXT_HEADER_SIZE, and then the text moves down. */
static int exec(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    static const struct cbor_key keys[] = {{"argv", CBOR_RAW}};
    struct cbor_value v[1];
    struct line line;
    const char *argv[SMP_SHELL_ARGC_MAX + 1];
    if (cbor_map_decode(q->body, q->body_len, keys, v, 1, NULL) != ERR_OK || !v[0].present ||
        join(&line, v[0].s) != ERR_OK)
        return MGMT_ERR_EINVAL;
    unsigned argc = line.too_long ? SMP_SHELL_ARGC_MAX + 1 : split(line.text, argv);
    if (argc > SMP_SHELL_ARGC_MAX)
        return smp_reply_error(r, SHELL_MGMT_ERR_COMMAND_TOO_LONG);
    if (argc == 0)
        return smp_reply_error(r, SHELL_MGMT_ERR_EMPTY_COMMAND);
    cbor_put_key(&r->cbor, "o");
    size_t room = cbor_write_room(&r->cbor);
    if (room <= TEXT_HEADER_SIZE + TAIL_SIZE)
        return MGMT_ERR_EMSGSIZE;
    struct smp_shell_out out = {.text = (char *)cbor_write_at(&r->cbor) + TEXT_HEADER_SIZE,
                                .cap = room - TEXT_HEADER_SIZE - TAIL_SIZE};
    int ret = run(s->config, (int)argc, argv, &out);
    cbor_put_text(&r->cbor, NULL, out.text, out.len);
    cbor_put_int(&r->cbor, "ret", ret);
    return MGMT_ERR_EOK;
}

static const struct smp_command commands[] = {
    [SMP_SHELL_EXEC] = {.write = exec},
};

static const uint8_t v1_rc[] = {
    [SHELL_MGMT_ERR_OK] = MGMT_ERR_EOK,
    [SHELL_MGMT_ERR_UNKNOWN] = MGMT_ERR_EUNKNOWN,
    [SHELL_MGMT_ERR_COMMAND_TOO_LONG] = MGMT_ERR_EINVAL,
    [SHELL_MGMT_ERR_EMPTY_COMMAND] = MGMT_ERR_EINVAL,
};

const struct smp_group smp_group_shell = {
    .name = "shell mgmt",
    .id = SMP_GROUP_SHELL,
    .command_count = ARRAY_LEN(commands),
    .v1_count = ARRAY_LEN(v1_rc),
    .commands = commands,
    .v1_rc = v1_rc,
};
