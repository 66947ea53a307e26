#include "testing/rig_command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/cli/core/cli.h"

char rig_output[1 << 16];
static char out_path[100];

void rig_begin(const char *folder)
{
    snprintf(out_path, sizeof out_path, "%s/out", folder);
}

void rig_end(void)
{
    unlink(out_path);
}

int rig_command(const char *fmt, ...)
{
    char words[4096], *argv[24] = {(char *)(uintptr_t) "slipway"};
    int argc = 1;
    va_list args;
    va_start(args, fmt);
    vsnprintf(words, sizeof words, fmt, args);
    va_end(args);
    for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " "))
        argv[argc++] = word;
    fflush(NULL);
    int saved_out = dup(1), saved_err = dup(2);
    FILE *f = fopen(out_path, "w+");
    assert_non_null(f);
    dup2(fileno(f), 1);
    dup2(fileno(f), 2);
    int code = cli_run(argc, argv);
    fflush(NULL);
    dup2(saved_out, 1);
    dup2(saved_err, 2);
    close(saved_out);
    close(saved_err);
    rewind(f);
    rig_output[fread(rig_output, 1, sizeof rig_output - 1, f)] = '\0';
    fclose(f);
    return code;
}

void rig_expect(const char *text)
{
    if (strstr(rig_output, text) == NULL)
        fail_msg("'%s' is not in:\n%s", text, rig_output);
}

void rig_expect_not(const char *text)
{
    if (strstr(rig_output, text) != NULL)
        fail_msg("'%s' is in:\n%s", text, rig_output);
}

void rig_save(const char *path, const uint8_t *bytes, size_t len)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    int closed = fclose(f);
    assert_int_equal(closed, 0);
}
