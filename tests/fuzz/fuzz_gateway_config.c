/* Fuzz target: a gateway's configuration is a person's file, and may hold anything. What is taken can be shown, has devices, and
 * no two with one id. No file is opened. */
#include <stdlib.h>
#include <string.h>

#include "host/cli/core/cli.h"
#include "host/gateway/config/config.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libconfig 1.5 forgets texts that it has read when it finds a mistake. The program ends then. */
const char *__lsan_default_suppressions(void)
{
    return "leak:libconfig";
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    /* The refusals of our own commands; the fuzzer has kept its stream. */
    stderr = fopen("/dev/null", "w");
    stdout = fopen("/dev/null", "w");
    return stderr == NULL || stdout == NULL;
}

static void check(bool ok)
{
    if (!ok)
        abort();
}

static void check_device(const struct gateway_config *c, unsigned i)
{
    const struct gateway_device *d = &c->device[i];
    check(d->id != NULL && d->id[0] != '\0' && strlen(d->id) <= GATEWAY_ID_MAX);
    check(strpbrk(d->id, "/?#%\\ \"\n") == NULL && d->token == NULL);
    check(d->link.place[0] != '\0' && d->keys.count <= GATEWAY_KEYS_MAX && d->image <= UINT8_MAX);
    for (unsigned k = 0; k < i; k++)
        check(strcmp(c->device[k].id, d->id) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct gateway_config_text t = {"fuzz.conf", "", (const char *)data, size, false};
    struct gateway_config c;
    if (gateway_config_parse(&c, &t) == CLI_DONE) {
        check(c.device_count >= 1 && c.server.url != NULL && c.state != NULL);
        check(c.rollout.at_once >= 1 && c.rollout.retry_most >= c.rollout.retry_first);
        for (unsigned i = 0; i < c.device_count; i++)
            check_device(&c, i);
        gateway_config_print(&c);
    }
    cli_release();
    return 0;
}
