#include "testing/vboard/rig_flash_model.h"

struct native rig;

int rig_set_up(void **state)
{
    (void)state;
    native_init(&rig, &soc_stm32h753, VBOARD_TIMING_TYPICAL, 7);
    native_attach(&rig);
    return 0;
}

int rig_tear_down(void **state)
{
    (void)state;
    native_detach();
    return 0;
}

uintptr_t reg(unsigned bank, uint32_t r)
{
    return H7_FLASH_REGS + (bank - 1) * 0x100 + r;
}

uint32_t get(unsigned bank, uint32_t r)
{
    return mmio_read32(reg(bank, r));
}

void put(unsigned bank, uint32_t r, uint32_t v)
{
    mmio_write32(reg(bank, r), v);
}

void unlock(unsigned bank)
{
    put(bank, KEYR, 0x45670123);
    put(bank, KEYR, 0xcdef89ab);
    assert_int_equal(get(bank, CR) & H7_CR_LOCK, 0);
}

void pg_on(unsigned bank)
{
    put(bank, CR, H7_CR_PG | H7_CR_PSIZE);
    mmio_dsb();
}

void store_words(uint32_t addr, uint32_t seed, unsigned words)
{
    for (unsigned i = 0; i < words; i++)
        mmio_write32(addr + 4 * i, seed + i * 0x01010101u);
}

unsigned wait_idle(unsigned bank)
{
    unsigned polls = 0;
    while ((get(bank, SR) & H7_SR_QW) != 0)
        polls++;
    return polls;
}

void program(unsigned bank, uint32_t addr, uint32_t seed)
{
    pg_on(bank);
    store_words(addr, seed, 8);
    mmio_dsb();
    wait_idle(bank);
    put(bank, CR, H7_CR_PSIZE);
}

void start_erase(unsigned bank, unsigned sector)
{
    put(bank, CR, H7_CR_SER | H7_CR_PSIZE | H7_CR_START | sector << 8);
    mmio_dsb();
}

bool word_is(uint32_t addr, uint32_t seed)
{
    for (unsigned i = 0; i < 8; i++)
        if (mmio_read32(addr + 4 * i) != seed + i * 0x01010101u)
            return false;
    return true;
}

bool virgin(uint32_t addr)
{
    return h7_cells_virgin(&rig.flash.cells, addr - H7_FLASH_BASE);
}

void unlock_options(void)
{
    put(1, OPTKEYR, 0x08192a3b);
    put(1, OPTKEYR, 0x4c5d6e7f);
    assert_int_equal(get(1, OPTCR) & 1, 0);
}

void start_options(void)
{
    put(1, OPTCR, 2);
    while ((get(1, OPTSR_CUR) & 1) != 0)
        ;
}
