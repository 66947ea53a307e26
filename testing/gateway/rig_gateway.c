#include "testing/gateway/rig_gateway.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "testing/client/rig_line.h"
#include "testing/gateway/fake_ddi.h"
#include "testing/rig_folder.h"

static struct gateway_device device_config = {.id = "d", .token = "secret"};
struct gateway_config rig_gateway_config = {
    .server = {.url = FAKE_DDI_URL, .tenant = "D"},
    .rollout = {.at_once = 4,
                .at_once_per_link = 1,
                .canary = 1,
                .stop_after_failures = 2,
                .wait = 30,
                .retry_first = 10,
                .retry_most = 40},
    .cache_mb = 1,
    .device = &device_config,
    .device_count = 1,
};
struct gateway rig_gateway;
uint8_t rig_two[1 << 16];
size_t rig_two_len;
static char folder[] = "/tmp/gateway-test-XXXXXX";

int rig_gateway_set_up(void **state)
{
    struct cli_blob b;
    const char *why;
    if (rig_line_set_up(state) != 0 || mkdtemp(folder) == NULL ||
        !device_name_parse(&device_config.link, DEVICE_TCP, "192.0.2.1:5000", &why) ||
        cli_read_file(rig_two_path, sizeof rig_two, &b) != CLI_DONE)
        return 1;
    memcpy(rig_two, b.data, b.len);
    rig_two_len = b.len;
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

int rig_gateway_tear_down(void **state)
{
    return rig_folder_end(state) | nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void rig_gateway_start(void)
{
    rig_gateway = (struct gateway){.config = &rig_gateway_config, .cache = {.fd = -1}};
    cli_mode.quiet = getenv("SHOW") == NULL;
    assert_int_equal(gateway_begin(&rig_gateway), CLI_DONE);
}

void rig_gateway_stop(void)
{
    gateway_end(&rig_gateway);
}

void rig_gateway_begin(enum fake_habit habit)
{
    static char state_folder[sizeof folder + 12];
    static unsigned runs;
    rig_line_new(habit);
    rig_line.has_console = true;
    fake_ddi_new();
    snprintf(state_folder, sizeof state_folder, "%s/%u", folder, ++runs);
    rig_gateway_config.state = state_folder;
    rig_gateway_config.server.ids_repeat = false;
    fake_ddi_assign("7", "app.bin", rig_two, rig_two_len);
    rig_gateway_start();
}

void rig_gateway_turn(void)
{
    gateway_turn(&rig_gateway);
    assert_int_equal(http_poll(rig_gateway.http, 100), ERR_OK);
}

void rig_gateway_run_for(unsigned seconds)
{
    const uint64_t end = rig_line.now + seconds * 1000ull;
    while (rig_line.now < end)
        rig_gateway_turn();
}

void rig_gateway_run_until(const bool *done, unsigned seconds)
{
    const uint64_t end = rig_line.now + seconds * 1000ull;
    while (!*done && rig_line.now < end)
        rig_gateway_turn();
    if (!*done)
        fail_msg("not within %u s:\n%s", seconds, fake_ddi.told);
}

void rig_expect_feedback(const char *text)
{
    if (strstr(fake_ddi.told, text) == NULL)
        fail_msg("the server was not told \"%s\":\n%s", text, fake_ddi.told);
}

void rig_expect_no_feedback(const char *text)
{
    if (strstr(fake_ddi.told, text) != NULL)
        fail_msg("the server was told \"%s\":\n%s", text, fake_ddi.told);
}

struct gw_device *rig_gateway_device(void)
{
    return &rig_gateway.device[0];
}

void rig_gateway_restart(void)
{
    rig_gateway_stop();
    rig_gateway_start();
}

void rig_gateway_run_past_return(void)
{
    for (unsigned i = 0; i < 1000 && !rig_gateway_device()->past_return; i++)
        rig_gateway_turn();
    assert_true(rig_gateway_device()->past_return);
}

void rig_expect_state(const char *id, enum journal_state state)
{
    struct journal_action a;
    assert_int_equal(journal_get_action(rig_gateway.journal, "d", id, &a), ERR_OK);
    assert_int_equal(a.state, state);
}

void rig_expect_no_drift(void)
{
    assert_int_equal(rig_gateway.updates, 0);
    assert_int_equal(rig_gateway.link[0].updates, 0);
    for (const struct gw_artifact *a = rig_gateway.artifacts; a != NULL; a = a->next) {
        assert_int_equal(a->rollout.running, 0);
        assert_int_equal(a->rollout.broken_off, 0);
    }
}
