#include "core/base/mmio.h"

#include <stdio.h>
#include <stdlib.h>

static _Thread_local const struct mmio_bus *attached;

void mmio_attach(const struct mmio_bus *bus)
{
    attached = bus;
}

const struct mmio_bus *mmio_attached(void)
{
    if (attached == NULL) {
        fputs("mmio: a driver touched a register, but no bus is attached\n", stderr);
        abort();
    }
    return attached;
}
