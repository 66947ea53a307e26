/* interrupts.h - what the vector table (startup.c) and the board (board.c) share. */
#ifndef TARGET_SOC_STM32H7_INTERRUPTS_H
#define TARGET_SOC_STM32H7_INTERRUPTS_H

typedef void (*interrupt_handler)(void);

struct vector_table;
extern const struct vector_table vectors; /* of this program */

void systick_handler(void);
void unexpected_interrupt(void);

#endif
