/* rig_bare_cpu.h - the least that a core needs around it, for the core's benchmarks and oracles: code and RAM. An
 * access to anything else stops the run. */
#ifndef TESTING_VBOARD_RIG_BARE_CPU_H
#define TESTING_VBOARD_RIG_BARE_CPU_H

#include <stddef.h>

#include "vboard/cpu/cpu.h"

struct bare_memory {
    uint8_t *bytes;
    uint32_t at, size;
};

struct bare {
    struct bare_memory code, ram;
};

/* A bus whose ctx is b. The caller may put functions of its own into it, for a device. */
struct cpu_bus bare_bus(struct bare *b);

/* The file's bytes, size at most. False, with a message on stderr: there is no such file, or it
 * has no vectors. */
bool bare_load(const char *path, uint8_t *bytes, size_t size);

#endif
