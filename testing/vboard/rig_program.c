#include "testing/vboard/rig_program.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "core/base/bytes.h"

#define STACK_END 0x24001000u

uint8_t program[512];
size_t program_len;

void emit(unsigned half)
{
    assert_true(program_len + 2 <= sizeof program);
    put_le16(program + program_len, (uint16_t)half);
    program_len += 2;
}

static void emit_word(uint32_t word)
{
    emit(word & 0xffff);
    emit(word >> 16);
}

void program_begin(void)
{
    program_len = 0;
    emit_word(STACK_END);
    emit_word(PROGRAM_ENTRY | 1);
}

static void emit_mov(unsigned reg, unsigned top, uint32_t imm) /* MOVW, MOVT */
{
    emit(0xf240 | top << 7 | (imm >> 11 & 1) << 10 | imm >> 12);
    emit((imm >> 8 & 7) << 12 | reg << 8 | (imm & 0xff));
}

void emit_value(unsigned reg, uint32_t value)
{
    emit_mov(reg, 0, value & 0xffff);
    emit_mov(reg, 1, value >> 16);
}

void emit_store(uint32_t addr, uint32_t value)
{
    emit_value(0, addr);
    emit_value(1, value);
    emit(0x6001); /* str r1, [r0] */
}
