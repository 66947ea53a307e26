/* Was a genuine image built for this part, and linked for the place where it would run? */
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/log.h"
#include "core/soc/soc.h"
#include "target/boot/place.h"

#define LOG_MODULE "mcuboot"

/* The SRAM region of the ARMv7-M memory map [DDI 0403, B3.1]. board_jump checks which part of it exists. */
#define SRAM_START 0x20000000u
#define SRAM_END   0x40000000u

bool vectors_in_place(const struct slot_pair *slots, const struct update_outcome *out)
{
    const struct place place = place_of(slots, out);
    uint32_t off = out->primary.header.hdr_size;
    struct image_source src;
    struct slot_view view;
    uint8_t vectors[SOC_MARK_AT + SOC_MARK_SIZE + 1];
    const char *mark = (const char *)vectors + SOC_MARK_AT;
    if (!place_source(slots, out, &view, &src) ||
        image_source_read(&src, off, vectors, sizeof(vectors) - 1) != ERR_OK)
        return false;
    vectors[sizeof(vectors) - 1] = 0;
    if (memcmp(mark, soc_mark, 4) == 0 && memcmp(mark, soc_mark, SOC_MARK_SIZE) != 0) {
        LOG_ERR("Image built for %s, not %s", mark + 4, soc_mark + 4);
        return false;
    }
    /* Where the table may stand: VTOR drops the bits below. */
    uint32_t table = round_up32(place.base + off, SOC_VECTOR_ALIGN);
    uint32_t sp = get_le32(vectors), pc = get_le32(vectors + 4);
    if (sp > SRAM_START && sp <= SRAM_END && is_multiple(sp, 8) && (pc & 1) && pc >= place.base &&
        pc - place.base < place.size && table == place.base + off)
        return true;
    LOG_ERR("Image not built for this slot: SP 0x%08x, PC 0x%08x; link it for 0x%08x, 1 KB aligned",
            (unsigned)sp, (unsigned)pc, (unsigned)table);
    return false;
}
