/* Fuzz target: what a device says reaches the log ring and the explanations as it is. */
#include <stdlib.h>

#include "host/cli/core/cli.h"
#include "host/client/device_log.h"
#include "host/client/explain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *line_of(const void *ctx, unsigned n)
{
    return device_log_line(ctx, n);
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
    cli_release();
    return 0;
}
