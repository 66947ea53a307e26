/* mpu.h - the one region this firmware asks of the memory protection unit. */
#ifndef BOARDS_NUCLEO_H753ZI_MPU_H
#define BOARDS_NUCLEO_H753ZI_MPU_H

/* Keep the core from speculating into system flash: that raises RDPERR and RDSERR, which a flash driver could
 * take for its own errors. Ordinary reads there still work. */
void mpu_guard_system_flash(void);
void mpu_off(void);

#endif
