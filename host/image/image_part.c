#include "host/image/image_part.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/soc/stm32h7.h"
#include "host/cli/core/cli.h"

/* Where ARMv7-M maps RAM [DDI 0403, B3.1]. */
#define SRAM_START (512u << 20)
#define SRAM_END   (1024u << 20)

#define NEXT                                                                                     \
    "build the program for that part (make firmware BOARD=..., a devicetree that names it), or " \
    "take the "                                                                                  \
    "file of its own build"

static int refuse(const char *file, const char *evidence)
{
    return cli_fail(CLI_REFUSED, cli_text("%s: the program is built for another part", file),
                    evidence, NEXT);
}

/* A stack grows down into its RAM, so it may begin just behind. */
static bool in_ram(const struct soc *soc, uint32_t sp)
{
    for (unsigned i = 0; i < SOC_RAMS; i++)
        if (sp - 1 - soc->ram[i].base < soc->ram[i].size)
            return true;
    return false;
}

/* Data have no vectors, and what has none says nothing. */
static bool looks_like_a_program(const struct soc *soc, uint32_t sp, uint32_t reset)
{
    bool ram = reset - SRAM_START < SRAM_END - SRAM_START;
    return sp % 4 == 0 && sp > SRAM_START && sp <= SRAM_END && (reset & 1) != 0 &&
           (reset - soc->flash.base < FLASH_REGION_SIZE || ram);
}

static int check_vectors(const char *file, uint32_t sp, uint32_t reset, const struct soc *soc,
                         const char *by)
{
    const struct soc_region *dtcm = &soc->ram[SOC_DTCM], *axi = &soc->ram[SOC_AXI_SRAM];
    if (!looks_like_a_program(soc, sp, reset))
        return CLI_DONE;
    if (!in_ram(soc, sp))
        return refuse(
            file,
            cli_text(
                "its stack begins at 0x%08x; %s, whose DTCM ends at 0x%08x and its AXI SRAM at "
                "0x%08x",
                (unsigned)sp, by, (unsigned)(dtcm->base + dtcm->size),
                (unsigned)(axi->base + axi->size)));
    if (reset - soc->flash.base < FLASH_REGION_SIZE && reset - soc->flash.base >= soc->flash.size)
        return refuse(file,
                      cli_text("its reset vector is 0x%08x; %s, whose flash ends at 0x%08x",
                               (unsigned)reset, by, (unsigned)(soc->flash.base + soc->flash.size)));
    return CLI_DONE;
}

int image_part_check(const char *file, const uint8_t *program, size_t len, const struct soc *soc,
                     const char *by)
{
    char name[SOC_MARK_SIZE];
    if (len >= SOC_MARK_AT + SOC_MARK_SIZE && soc_mark_name(program, name)) {
        if (strcmp(name, soc->name) == 0)
            return CLI_DONE;
        return refuse(file, cli_text("its mark says that it is built for the %s; %s", name, by));
    }
    return len < 8 ? CLI_DONE
                   : check_vectors(file, get_le32(program), get_le32(program + 4), soc, by);
}
