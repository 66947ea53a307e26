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

/* A stack grows down, so its initial address may be the end of the RAM. */
static bool in_ram(const struct soc *soc, uint32_t sp)
{
    for (unsigned i = 0; i < SOC_RAMS; i++)
        if (sp - 1 - soc->ram[i].base < soc->ram[i].size)
            return true;
    return false;
}

/* False for data, which has no vectors and so says nothing of its part. */
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

/* ---- does the vector table begin where the header ends? ---- */

/* VTOR ignores seven bits on every core of the profile. */
#define TABLE_ALIGN 0x80u

/* Of any ARMv7-M part: a stack in RAM, a Thumb address of code or RAM. */
bool image_has_vectors(const uint8_t *at, size_t len)
{
    uint32_t sp = len < 8 ? 0 : get_le32(at), reset = len < 8 ? 0 : get_le32(at + 4);
    return sp % 4 == 0 && sp > SRAM_START && sp <= SRAM_END && (reset & 1) != 0 && reset < SRAM_END;
}

/* Bytes of one value in front of a table; 0: there is no table, or it is in its place. */
static size_t room_left(const uint8_t *program, size_t len)
{
    if (len == 0 || image_has_vectors(program, len) || (program[0] != 0 && program[0] != 0xff))
        return 0;
    size_t at = 0;
    while (at < len && at < UINT16_MAX && program[at] == program[0])
        at++;
    at -= at % TABLE_ALIGN;
    return image_has_vectors(program + at, len - at) ? at : 0;
}

int image_vectors_check(const char *file, const uint8_t *program, size_t len, uint32_t hdr_size)
{
    size_t room = room_left(program, len);
    if (room == 0)
        return CLI_DONE;
    return cli_fail(
        CLI_REFUSED,
        cli_text("%s: no vector table at the header size 0x%x", file, (unsigned)hdr_size),
        cli_text("0x%zx bytes of 0x%02x are there; the table (stack 0x%08x, reset vector 0x%08x) "
                 "begins at 0x%zx",
                 room, program[0], (unsigned)get_le32(program + room),
                 (unsigned)get_le32(program + room + 4), hdr_size + room),
        cli_text("sign the program with --header-size 0x%zx", hdr_size + room));
}

int image_vectors_check_image(const char *file, const uint8_t *image, size_t len,
                              const struct image_header *h)
{
    bool no_program = (h->flags & (IMAGE_FLAG_NON_BOOTABLE | IMAGE_FLAG_COMPRESSED_LZMA1 |
                                   IMAGE_FLAG_COMPRESSED_LZMA2)) != 0;
    return no_program || h->hdr_size > len
               ? CLI_DONE
               : image_vectors_check(file, image + h->hdr_size, len - h->hdr_size, h->hdr_size);
}

int image_header_suits(const char *what, uint32_t hdr_size, const struct soc *soc)
{
    if (hdr_size % SOC_VECTOR_ALIGN == 0)
        return CLI_DONE;
    return cli_fail(
        CLI_REFUSED, cli_text("%s: size 0x%x does not suit the core", what, (unsigned)hdr_size),
        cli_text("the vector table of the %s has %u entries; behind the header it must "
                 "start at a multiple of 0x%x",
                 soc->name, 16 + soc->interrupts, SOC_VECTOR_ALIGN),
        cli_text("sign with --header-size 0x%x, and link the program for it", SOC_VECTOR_ALIGN));
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
