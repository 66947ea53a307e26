/* Fuzz target: what a device says reaches the log ring and the explanations as it is, and so does a log file. */
#include <stdlib.h>

#include "host/cli/core/cli.h"
#include "host/cli/core/plain_text.h"
#include "host/client/device_log.h"
#include "host/client/explain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *line_of(const void *ctx, unsigned n)
{
    return device_log_line(ctx, n);
}

/* As a terminal may be shown it: no control character but the tab, and UTF-8. */
static void take_line(void *ctx, unsigned long number, const char *line, bool more)
{
    (void)number, (void)more;
    for (const unsigned char *s = (const unsigned char *)line; *s != '\0'; s += cli_utf8_length(s))
        if (cli_utf8_length(s) == 0 || (*s < 0x20 && *s != '\t') || *s == 0x7f ||
            (*s == 0xc2 && s[1] < 0xa0))
            abort();
    explain_line(ctx, line);
}

/* The same bytes as a file, in pieces whose size the first byte says. */
static void read_file(const uint8_t *data, size_t size)
{
    static struct explain_reader reader;
    static struct plain_text text;
    struct explanation e;
    size_t piece = size > 0 ? data[0] + 1u : 1;
    explain_begin(&reader);
    plain_text_init(&text, take_line, &reader);
    for (size_t at = 0; at < size; at += piece)
        plain_text_put(&text, data + at, size - at < piece ? size - at : piece);
    plain_text_end(&text);
    explain_end(&reader, NULL, &e);
    if (e.quoted_count > EXPLAIN_QUOTES_MAX || reader.found_count > EXPLAIN_PATTERNS_MAX)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct device_log log;
    struct explanation e;
    device_log_init(&log, NULL);
    device_log_text(&log, (const char *)data, size);
    device_log_flush(&log);
    const struct log_source source = {line_of, device_log_kept(&log), &log};
    const struct smp_error error = {.group = size > 0 ? data[0] - 1 : 0,
                                    .rc = size > 1 ? data[1] : 0};
    explain_log(&source, &error, &e);
    if (e.quoted_count > EXPLAIN_QUOTES_MAX || (e.cause != NULL && e.meaning == NULL))
        abort();
    read_file(data, size);
    cli_release();
    return 0;
}
