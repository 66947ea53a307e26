/* drivers.c - where the driver, its historic bugs and the conformance suite meet. */
#include "rehearse/driver/flash_drivers.h"

#include "core/soc/soc.h"
#include "museum/museum.h"

static struct stm32h7_flash device;
static struct stm32h7_flash_config config;

static struct flash *start(const void *ctx, const struct soc *soc)
{
    config = (struct stm32h7_flash_config){
        .soc = soc,
        .size = soc->flash.size,
        .polls_per_us = 1000 / CONFORMANCE_ACCESS_NS,
        .steps = ctx,
        .program_start = soc->flash.base + soc->flash.sector, /* slot0 */
        .program_size = 7 * soc->flash.sector,
    };
    if (stm32h7_flash_init(&device, &config) != ERR_OK)
        return NULL;
    stm32h7_flash_erase_beside(&device.flash);
    return &device.flash;
}

static enum err change_options_by(const struct stm32h7_option_steps *steps, uint32_t mask,
                                  uint32_t value)
{
    const struct stm32h7_option_config c = {.polls_per_us = 1000 / CONFORMANCE_ACCESS_NS,
                                            .steps = steps};
    return stm32h7_option_change(&c, mask, value);
}

static enum err change_options(const void *ctx, uint32_t mask, uint32_t value)
{
    (void)ctx;
    return change_options_by(&stm32h7_option_steps, mask, value);
}

/* Clean but for the option bytes. */
static struct flash *start_clean(const void *ctx, const struct soc *soc)
{
    (void)ctx;
    return start(&stm32h7_flash_steps, soc);
}

static enum err change_options_wrongly(const void *ctx, uint32_t mask, uint32_t value)
{
    return change_options_by(ctx, mask, value);
}

#define DRIVER(text, steps)                                                               \
    {                                                                                     \
        .name = (text), .ctx = &(steps), .start = start, .change_options = change_options \
    }
#define EXHIBIT(n) DRIVER(#n, museum_##n)
#define OPTION_EXHIBIT(n)                                     \
    {                                                         \
        .name = #n, .ctx = &museum_##n, .start = start_clean, \
        .change_options = change_options_wrongly              \
    }

const struct conformance_driver flash_drivers[] = {
    DRIVER("stm32h7", stm32h7_flash_steps),
    EXHIBIT(BANK_SPLIT_2M),
    EXHIBIT(BANK_MASK_25),
    EXHIBIT(B2_ERASE_UNDERFLOW),
    EXHIBIT(NO_DSB_BEFORE),
    EXHIBIT(NO_DSB_AFTER),
    EXHIBIT(CLEAR_VIA_SR),
    EXHIBIT(NO_PG),
    EXHIBIT(NO_PRECLEAR),
    EXHIBIT(SIZE_SHADOW),
    OPTION_EXHIBIT(OPT_DOUBLE_KEY),
    OPTION_EXHIBIT(OPT_WRITE_CUR),
    OPTION_EXHIBIT(OPT_IN_OPTCR),
    EXHIBIT(ERASE_OTHER_BANK),
    EXHIBIT(IDX_NOT_RESTARTED),
    EXHIBIT(BANK2_COMPILED_OUT),
    EXHIBIT(TAIL_TRUNC),
    EXHIBIT(ERASE_UNALIGNED),
    EXHIBIT(MIN_WRITE_1),
    EXHIBIT(REWRITE_WORD),
    EXHIBIT(NO_SPEC_GUARD),
    EXHIBIT(RAW_BLANK_CHECK),
    EXHIBIT(NO_DCACHE_INV),
    EXHIBIT(INV_WHILE_OFF),
    EXHIBIT(SWAP_FLIPS_BLOCK),
    EXHIBIT(BSY_ONLY),
    EXHIBIT(STATUS_BEFORE_WAIT),
    EXHIBIT(LEAK_LOCK),
    EXHIBIT(STRB_MASKS_ALL),
    EXHIBIT(ALL_ERRORS_FATAL),
    {0},
};
