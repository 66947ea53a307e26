#include "testing/vboard/rig_registers.h"

#include <stdio.h>
#include <string.h>

#include "core/base/bytes.h"

struct vboard *rig_v;
char rig_reports[4096];

static void on_report(void *ctx, const char *text)
{
    size_t n = strlen(rig_reports);
    (void)ctx;
    snprintf(rig_reports + n, sizeof rig_reports - n, "%s\n", text);
}

struct vboard *rig_looping_board(const char *name, unsigned defects)
{
    static const uint8_t loop[] = {0x00, 0x10, 0x00, 0x20, 0x09, 0x00, 0x00, 0x08, 0xfe, 0xe7};
    const struct vboard_config config = {.seed = 1,
                                         .report = on_report,
                                         .board = name,
                                         .defects = defects,
                                         .unmodelled = VBOARD_UNMODELLED_WARN};
    struct vboard *b = vboard_new(&config);
    assert_non_null(b);
    vboard_flash_poke(b, 0, loop, sizeof loop);
    vboard_power_on(b);
    return b;
}

int rig_registers_begin(void **state)
{
    (void)state;
    rig_reports[0] = '\0';
    rig_v = rig_looping_board(NULL, 0);
    return 0;
}

int rig_registers_end(void **state)
{
    (void)state;
    vboard_free(rig_v);
    rig_v = NULL;
    return 0;
}

void rig_put(uint32_t addr, uint32_t value)
{
    uint8_t bytes[4];
    put_le32(bytes, value);
    assert_int_equal(vboard_write(rig_v, addr, bytes, 4), 4);
}

uint32_t rig_get(uint32_t addr)
{
    uint8_t bytes[4] = {0};
    assert_int_equal(vboard_read(rig_v, addr, bytes, 4), 4);
    return get_le32(bytes);
}
