/* ieee754.h - floating point as the Armv7-M manual defines it, in integer arithmetic: exact on every host.
 *
 * The host's own arithmetic would not do: it picks NaNs by other rules, finds underflow after rounding instead of
 * before, and keeps its flags in a place of its own. Values are bit patterns in the low bits of a uint64_t.
 * fpscr is the FPSCR: AHP, DN, FZ and RMode say how to calculate, the exception flags are added.
 * [ARMv7-M ARM, A2.5 and the FP functions of appendix D] */
#ifndef VBOARD_CPU_IEEE754_H
#define VBOARD_CPU_IEEE754_H

#include <stdbool.h>
#include <stdint.h>

struct ieee_format {
    uint8_t exp_bits, frac_bits;
};
extern const struct ieee_format ieee_half, ieee_single, ieee_double;

enum fpscr {
    FPSCR_IOC = 1u << 0, /* invalid operation */
    FPSCR_DZC = 1u << 1, /* division by zero */
    FPSCR_OFC = 1u << 2, /* overflow */
    FPSCR_UFC = 1u << 3, /* underflow */
    FPSCR_IXC = 1u << 4, /* inexact */
    FPSCR_IDC = 1u << 7, /* a subnormal operand was flushed to zero */
    FPSCR_FZ = 1u << 24,
    FPSCR_DN = 1u << 25,
    FPSCR_AHP = 1u << 26,
};
#define FPSCR_WRITABLE 0xf7c0009fu

enum ieee_rounding { /* the first four are FPSCR.RMode */
                     ROUND_NEAREST,
                     ROUND_UP,
                     ROUND_DOWN,
                     ROUND_ZERO,
                     ROUND_AWAY, /* to nearest, ties away from zero */
};
static inline enum ieee_rounding ieee_mode(uint32_t fpscr)
{
    return (enum ieee_rounding)(fpscr >> 22 & 3);
}

uint64_t ieee_negate(const struct ieee_format *f, uint64_t a);
uint64_t ieee_abs(const struct ieee_format *f, uint64_t a);
uint64_t ieee_add(const struct ieee_format *f, uint32_t *fpscr, uint64_t a, uint64_t b);
uint64_t ieee_sub(const struct ieee_format *f, uint32_t *fpscr, uint64_t a, uint64_t b);
uint64_t ieee_mul(const struct ieee_format *f, uint32_t *fpscr, uint64_t a, uint64_t b);
uint64_t ieee_div(const struct ieee_format *f, uint32_t *fpscr, uint64_t a, uint64_t b);
uint64_t ieee_sqrt(const struct ieee_format *f, uint32_t *fpscr, uint64_t a);
/* addend + a * b, rounded once */
uint64_t ieee_fma(const struct ieee_format *f, uint32_t *fpscr, uint64_t addend, uint64_t a,
                  uint64_t b);
/* IEEE maxNum and minNum: a number wins over a quiet NaN. */
uint64_t ieee_max(const struct ieee_format *f, uint32_t *fpscr, uint64_t a, uint64_t b);
uint64_t ieee_min(const struct ieee_format *f, uint32_t *fpscr, uint64_t a, uint64_t b);

/* NZCV of the comparison, as four bits. signal: a quiet NaN is invalid, too. */
unsigned ieee_compare(const struct ieee_format *f, uint32_t *fpscr, uint64_t a, uint64_t b,
                      bool signal);

/* To an integral value in the same format; exact: a change sets IXC. */
uint64_t ieee_round(const struct ieee_format *f, uint32_t *fpscr, uint64_t a,
                    enum ieee_rounding rounding, bool exact);
uint64_t ieee_convert(const struct ieee_format *to, const struct ieee_format *from, uint32_t *fpscr,
                      uint64_t a);

/* Fixed point of width 16 or 32 bits with fraction bits, 0 for integers. The result is saturated, and extended
 * to 64 bits by its sign. */
struct ieee_fixed {
    uint8_t width, fraction;
    bool is_signed;
    enum ieee_rounding rounding;
};
uint64_t ieee_to_fixed(const struct ieee_format *f, uint32_t *fpscr, uint64_t a,
                       struct ieee_fixed to);
uint64_t ieee_from_fixed(const struct ieee_format *f, uint32_t *fpscr, uint64_t v,
                         struct ieee_fixed from);

#endif
