/* client_shell.c - the client half: group shell. */
#include <string.h>

#include "host/client/smp/client_exchange.h"
#include "host/client/smp/client_groups.h"

enum { ID_EXEC = 0 };

#define SHELL_TIMEOUT_MS 10000u /* a command does its work before the answer */

static enum err decode_output(const struct smp_client *c, struct cbor_span *output)
{
    static const struct cbor_key keys[] = {{"o", CBOR_TEXT}};
    struct cbor_value v[1];
    if (cbor_map_decode(c->rx + SMP_HEADER_SIZE, c->rx_len - SMP_HEADER_SIZE, keys, v, 1, NULL) !=
            ERR_OK ||
        !v[0].present)
        return ERR_FORMAT;
    *output = v[0].s;
    return ERR_OK;
}

enum err smp_shell_exec(struct smp_client *c, const char *const *argv, unsigned argc,
                        unsigned retries, struct smp_shell_answer *answer)
{
    static const struct cbor_key keys[] = {{"ret", CBOR_INT}};
    struct exchange x = exchange_plain(c, SMP_WRITE, SMP_GROUP_SHELL, ID_EXEC);
    struct cbor_writer w;
    struct cbor_value v[1];
    x.timeout_ms = x.timeout_ms > SHELL_TIMEOUT_MS ? x.timeout_ms : SHELL_TIMEOUT_MS;
    x.retries = retries;
    x.what = "the command's end";
    exchange_begin(c, &w);
    cbor_put_key(&w, "argv");
    cbor_open_list(&w);
    for (unsigned i = 0; i < argc; i++)
        cbor_put_text(&w, NULL, argv[i], strlen(argv[i]));
    cbor_close_list(&w);
    enum err e = exchange_run(c, &w, &x, keys, v, 1);
    /* Zephyr before 3.4, and later with the legacy option, has the command's own result in "rc", beside its output. */
    const bool is_result = e == ERR_PEER && c->error.group == -1;
    if (is_result && decode_output(c, &answer->output) == ERR_OK) {
        answer->ret = (int32_t)c->error.rc;
        return ERR_OK;
    }
    if (e != ERR_OK)
        return e;
    answer->ret = v[0].present ? v[0].i : 0;
    return decode_output(c, &answer->output);
}
