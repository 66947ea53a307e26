/* mmio.h - register and memory access for drivers.
 *
 * The same driver source runs on the target and on the host. On the target each function is a single volatile access or
 * instruction (target/mmio/mmio_access.h). On the host it accesses a model of the chip (host/mmio/mmio_access.h). The
 * build chooses the folder; the functions are:
 *
 *   uint32_t mmio_read32(uintptr_t addr);
 *   void     mmio_write32(uintptr_t addr, uint32_t value);
 *   uint8_t  mmio_read8(uintptr_t addr);
 *   void     mmio_write8(uintptr_t addr, uint8_t value);
 *   uint16_t mmio_read16(uintptr_t addr);
 *   void     mmio_dsb(void);    data synchronisation barrier: earlier accesses have completed
 *   void     mmio_isb(void);    instruction synchronisation barrier
 *
 *   bool     mmio_copy_tolerant(void *dst, uintptr_t src, size_t len);
 *            Copies len bytes (multiples of 4, src 4-aligned) from memory whose reads may raise
 *            a bus error, without taking the fault. On the target: FAULTMASK = 1 and
 *            CCR.BFHFNMIGN = 1 around the loads [PM0253, FAULTMASK and CCR]. The data of a
 *            faulting load are undefined; the caller reads the controller's status register
 *            to find out. Returns false only on the host, if the bus has no memory there.
 * */
#ifndef CORE_BASE_MMIO_H
#define CORE_BASE_MMIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mmio_access.h"

#endif
