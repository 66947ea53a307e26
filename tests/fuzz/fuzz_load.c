/* libFuzzer target: the loaders. The first byte picks the format. */
#include <stdlib.h>
#include <string.h>

#include "vboard/board/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char why[160], part[SOC_MARK_SIZE];
    static struct load_image *m; /* one for all runs: 2 MB take longer to clear than to fill */
    if (m == NULL)
        m = load_image_new(&soc_stm32h753.flash);
    if (m == NULL || size == 0)
        return 0;
    enum err e = load_parse(m, (enum load_format)(data[0] % 3), data + 1, size - 1, 0x08000000, why,
                            sizeof why);
    if (e == ERR_OK && m->bytes == 0)
        abort();
    for (size_t i = 0; e == ERR_OK && i < m->symbol_count; i++)
        if (m->symbols[i].name >= m->text_size)
            abort();
    if (e == ERR_OK && load_part(m, NULL, part) &&
        strlen(part) > SOC_MARK_SIZE - strlen(SOC_MARK_TAG))
        abort();
    load_image_clear(m);
    return 0;
}
