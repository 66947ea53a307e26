/* judgement.h - what the conformance suite found in an exhibit, beside what it must find there. */
#ifndef MUSEUM_SUITE_JUDGEMENT_H
#define MUSEUM_SUITE_JUDGEMENT_H

#include "museum/suite/expect.h"

struct judgement {
    const struct exhibit *exhibit;
    const struct soc *soc; /* the part on whose model it ran */
    const struct conformance_report *report;
    bool missing[EXPECTED_MAX];            /* rows of the exhibit that no finding matches */
    bool unforeseen[CONFORMANCE_FINDINGS]; /* findings that no row matches */
    bool caught;                           /* neither, and there is a row */
};

/* report: must live as long as *j. */
void judge(struct judgement *j, const struct exhibit *e, const struct soc *soc,
           const struct conformance_report *report);

/* The finding that row i of the exhibit asks for; NULL: it is missing. */
const struct conformance_finding *judgement_found(const struct judgement *j, unsigned i);

/* In words, to text: how the exhibit showed itself, "SR2=0x00040000 PGSERR (program_sectors); ...", or "-"; and what row
 * i asks for, "program_sectors: SR2=0x00040000 PGSERR". */
#define JUDGEMENT_TEXT 512
void judgement_showed(const struct judgement *j, char text[JUDGEMENT_TEXT]);
void judgement_row(const struct judgement *j, unsigned i, char text[JUDGEMENT_TEXT]);

#endif
