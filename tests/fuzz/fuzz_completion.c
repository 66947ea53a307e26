/* Fuzz target: a command line that is being typed, a word to a line. Each word that is offered goes on from the last one. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/commands/commands.h"
#include "host/client/link/port_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define WORDS_MAX 40

static enum err some_ports(struct port_list *l)
{
    *l = (struct port_list){
        .port = {{.path = "/dev/ttyACM0", .product = "x"}, {.path = "/dev/ttyS0"}}, .count = 2};
    return ERR_OK;
}

static void check(char *offered, const char *typed)
{
    for (char *line = strtok(offered, "\n"); line != NULL; line = strtok(NULL, "\n"))
        if (strchr(line, '\t') == NULL || strncmp(line, typed, strlen(typed)) != 0)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *words[WORDS_MAX];
    int count = 1;
    char *text = cli_memory(size), *offered = NULL; /* ends with a NUL */
    size_t len;
    port_list_read = some_ports;
    memcpy(text, data, size);
    words[0] = text;
    for (char *at = text; (at = strchr(at, '\n')) != NULL && count < WORDS_MAX;) {
        *at++ = '\0';
        words[count++] = at;
    }
    FILE *f = open_memstream(&offered, &len);
    if (f == NULL)
        abort();
    cli_complete(f, words, count);
    fclose(f);
    check(offered, words[count - 1]);
    free(offered);
    cli_release();
    return 0;
}
