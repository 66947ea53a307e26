/* Registers, as target.xml announces them: numbers in the order of the file. */
#include "core/base/bytes.h"
#include "vboard/debug/gdb_inside.h"

#define XML_32(name) "<reg name=\"" name "\" bitsize=\"32\"/>"
#define XML_64(name) "<reg name=\"" name "\" bitsize=\"64\" type=\"ieee_double\"/>"

const char gdb_target_xml[] =
    "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\">"
    "<target version=\"1.0\"><architecture>arm</architecture>"
    "<feature name=\"org.gnu.gdb.arm.m-profile\">" XML_32("r0") XML_32("r1") XML_32("r2") XML_32(
        "r3") XML_32("r4") XML_32("r5") XML_32("r6") XML_32("r7") XML_32("r8") XML_32("r9")
        XML_32("r10") XML_32("r11") XML_32(
            "r12") "<reg name=\"sp\" bitsize=\"32\" type=\"data_ptr\"/>"
                   "<reg name=\"lr\" bitsize=\"32\"/>"
                   "<reg name=\"pc\" bitsize=\"32\" type=\"code_ptr\"/>" XML_32(
                       "xpsr") "</feature><feature name=\"org.gnu.gdb.arm.m-system\">"
                               "<reg name=\"msp\" bitsize=\"32\" type=\"data_ptr\"/>"
                               "<reg name=\"psp\" bitsize=\"32\" type=\"data_ptr\"/>" XML_32(
                                   "primask") XML_32("basepri") XML_32("faultmask")
                                   XML_32(
                                       "control") "</feature><feature name=\"org.gnu.gdb.arm.vfp\">"
                                                  "<reg name=\"fpscr\" bitsize=\"32\" type=\"int\" "
                                                  "group=\"float\"/>" XML_64("d0") XML_64(
                                                      "d1") XML_64("d2") XML_64("d3") XML_64("d4")
                                                      XML_64("d5") XML_64("d6") XML_64("d7") XML_64(
                                                          "d8") XML_64("d9") XML_64("d10")
                                                          XML_64("d11") XML_64("d12") XML_64("d13")
                                                              XML_64("d14") XML_64(
                                                                  "d15") "</feature></target>";

#define FIRST_DOUBLE 24u
#define REGISTERS    (FIRST_DOUBLE + 16)

/* The board's number of word w of register n. */
static unsigned board_reg(unsigned n, unsigned w)
{
    return n < FIRST_DOUBLE ? n : VBOARD_S0 + 2 * (n - FIRST_DOUBLE) + w;
}

static unsigned words_of(unsigned n)
{
    return n < FIRST_DOUBLE ? 1 : 2;
}

static void add_register(struct gdb *g, unsigned n)
{
    for (unsigned w = 0; w < words_of(n); w++) {
        uint8_t bytes[4];
        put_le32(bytes, vboard_cpu_reg(g->board, board_reg(n, w)));
        gdb_add_hex(g, bytes, sizeof bytes);
    }
}

static bool take_register(struct gdb *g, struct gdb_text *t, unsigned n)
{
    for (unsigned w = 0; w < words_of(n); w++) {
        uint8_t bytes[4];
        if (!gdb_take_bytes(t, bytes, sizeof bytes))
            return false;
        vboard_set_cpu_reg(g->board, board_reg(n, w), get_le32(bytes));
    }
    return true;
}

void gdb_read_registers(struct gdb *g, struct gdb_text t)
{
    (void)t;
    gdb_begin(g);
    for (unsigned n = 0; n < REGISTERS; n++)
        add_register(g, n);
    gdb_end(g);
}

/* SP comes before MSP, PSP and CONTROL, which say what it is: it is written once more behind them. */
void gdb_write_registers(struct gdb *g, struct gdb_text t)
{
    uint8_t sp[4];
    struct gdb_text at_sp = {t.at + 13 * 8, t.end};
    if ((size_t)(t.end - t.at) != (REGISTERS + 16) * 8 || !gdb_take_bytes(&at_sp, sp, sizeof sp)) {
        gdb_answer(g, "E01");
        return;
    }
    bool good = true;
    for (unsigned n = 0; n < REGISTERS && good; n++)
        good = take_register(g, &t, n);
    if (good)
        vboard_set_cpu_reg(g->board, VBOARD_SP, get_le32(sp));
    gdb_answer(g, good ? "OK" : "E01");
}

void gdb_read_register(struct gdb *g, struct gdb_text t)
{
    uint32_t n;
    if (!gdb_take_hex(&t, &n) || n >= REGISTERS) {
        gdb_answer(g, "E01");
        return;
    }
    gdb_begin(g);
    add_register(g, n);
    gdb_end(g);
}

void gdb_write_register(struct gdb *g, struct gdb_text t)
{
    uint32_t n;
    bool good =
        gdb_take_hex(&t, &n) && n < REGISTERS && gdb_take(&t, '=') && take_register(g, &t, n);
    gdb_answer(g, good ? "OK" : "E01");
}
