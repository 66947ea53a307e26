#include "core/flash/count.h"

static struct flash_count *of(struct flash *f)
{
    return CONTAINER_OF(f, struct flash_count, flash);
}

static enum err read(struct flash *f, uint32_t off, void *dst, uint32_t len)
{
    struct flash_count *c = of(f);
    enum err e = c->inner->read(c->inner, off, dst, len);
    c->read_errors += e != ERR_OK;
    return e;
}

static enum err program(struct flash *f, uint32_t off, const void *src, uint32_t len)
{
    struct flash_count *c = of(f);
    enum err e = c->inner->program(c->inner, off, src, len);
    c->words_programmed += e == ERR_OK ? len / f->word : 0;
    c->program_errors += e != ERR_OK;
    return e;
}

static enum err count_erase(struct flash_count *c, enum err e, uint32_t sectors)
{
    c->sectors_erased += e == ERR_OK ? sectors : 0;
    c->erase_errors += e != ERR_OK;
    return e;
}

static enum err erase(struct flash *f, uint32_t off, uint32_t len)
{
    struct flash_count *c = of(f);
    return count_erase(c, c->inner->erase(c->inner, off, len), len / f->sector);
}

/* ERR_NOTSUP and ERR_BUSY are answers, no errors of the device. */
static enum err erase_begin(struct flash *f, uint32_t off)
{
    struct flash_count *c = of(f);
    enum err e = c->inner->erase_begin(c->inner, off);
    return e == ERR_OK || e == ERR_NOTSUP || e == ERR_BUSY ? e : count_erase(c, e, 1);
}

static enum err erase_poll(struct flash *f)
{
    struct flash_count *c = of(f);
    enum err e = c->inner->erase_poll(c->inner);
    return e == ERR_BUSY || e == ERR_STATE ? e : count_erase(c, e, 1);
}

static enum err is_virgin(struct flash *f, uint32_t off, uint32_t len, bool *virgin)
{
    struct flash_count *c = of(f);
    return c->inner->is_virgin(c->inner, off, len, virgin);
}

void flash_count_init(struct flash_count *c, struct flash *inner)
{
    *c = (struct flash_count){.flash = *inner, .inner = inner};
    c->flash.read = read;
    c->flash.program = program;
    c->flash.erase = erase;
    c->flash.erase_begin = inner->erase_begin != NULL ? erase_begin : NULL;
    c->flash.erase_poll = inner->erase_poll != NULL ? erase_poll : NULL;
    c->flash.is_virgin = inner->is_virgin != NULL ? is_virgin : NULL;
}
