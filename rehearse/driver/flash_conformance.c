/* flash_conformance.c - the table of checks, and the run through it. */
#include "rehearse/driver/flash_conformance.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/compiler.h"
#include "core/base/log.h"
#include "rehearse/driver/flash_checks.h"

/* In this order a new driver is best debugged: geometry, whole parts, borders, refusals, errors. */
const struct trial_check trial_checks[] = {
    {"start", check_start, SETUPS_ALL, false, 0, false},
    {"geometry", check_geometry, SETUPS_ALL, false, 0, false},
    {"program_sectors", check_program_sectors, SETUPS_ALL, false, 0, false},
    {"erase_sectors", check_erase_sectors, SETUPS_ALL, false, 0, false},
    {"erase_ranges", check_erase_ranges, SETUPS_UNCACHED, false, 0, false},
    {"erase_over_border", check_erase_over_border, SETUPS_CACHED, false, 0, false},
    {"erase_alignments", check_erase_alignments, SETUPS_ALL, false, 0, false},
    {"program_alignments", check_program_alignments, SETUPS_ALL, false, 0, false},
    {"program_over_borders", check_program_over_borders, SETUPS_ALL, false, 0, false},
    {"read_alignments", check_read_alignments, SETUPS_ALL, false, 0, false},
    {"read_long", check_read_long, SETUPS_ALL, false, 0, false},
    {"nothing_outside", check_nothing_outside, SETUPS_ALL, false, 0, false},
    {"no_erase_outside", check_no_erase_outside, SETUPS_ALL, false, 0, false},
    {"erase_then_program", check_erase_then_program, SETUPS_ALL, false, 0, false},
    {"no_stale_data", check_no_stale_data, SETUPS_ALL, false, 0, false},
    {"program_once", check_program_once, SETUPS_ALL, false, 0, false},
    {"error_in_word", check_error_in_word, SETUPS_ALL, false, 0, false},
    {"error_in_erase", check_error_in_erase, SETUPS_ALL, false, 0, false},
    {"two_errors_at_once", check_two_errors_at_once, SETUPS_ALL, false, 0, false},
    {"write_protection", check_write_protection, SETUPS_ALL, false, 0, false},
    {"left_over_flags", check_left_over_flags, SETUPS_ALL, false, 0, false},
    {"strberr_alone", check_strberr_alone, SETUPS_ALL, false, 0, false},
    {"speculation", check_speculation, SETUPS_ALL, false, 0, false},
    {"keys_refused", check_keys_refused, SETUPS_ALL, false, 0, false},
    {"never_finishes", check_never_finishes, 1u << SETUP_NORMAL, false, 0, false},
    {"slowest_part", check_slowest_part, 1u << SETUP_NORMAL, false, 0, false},
    {"unreadable_words", check_unreadable_words, SETUPS_ALL, false, 0, false},
    {"torn_word_to_program", check_torn_word_to_program, SETUPS_ALL, false, 0, false},
    {"corrected_words", check_corrected_words, SETUPS_ALL, false, 0, false},
    {"cut_in_program", check_cut_in_program, SETUPS_ALL, false, 0, false},
    {"cut_in_erase", check_cut_in_erase, SETUPS_ALL, false, 0, false},
    {"code_stalls", check_code_stalls, SETUPS_ALL, false, 1, false},
    {"beside_other_bank", check_beside_other_bank, SETUPS_ALL, false, 2, true},
    {"beside_second", check_beside_second, SETUPS_ALL, false, 2, true},
    {"beside_same_bank", check_beside_same_bank, SETUPS_ALL, false, 2, true},
    {"beside_error", check_beside_error, SETUPS_ALL, false, 2, true},
    {"beside_cut", check_beside_cut, SETUPS_ALL, false, 2, true},
    {"virgin", check_virgin, SETUPS_ALL, false, 0, true},
    {"option_change", check_option_change, SETUPS_ALL, true, 0, false},
    {"option_swap", check_option_swap, SETUPS_ALL, true, 2, false},
    {"option_error", check_option_error, SETUPS_ALL, true, 0, false},
    {0},
};

static_assert(ARRAY_LEN(trial_checks) - 1 <= CONFORMANCE_CHECKS, "each check has its row");

static enum conformance_outcome run_check(struct trial *t, const struct trial_check *c)
{
    t->check = c->name;
    trial_fresh(t, VBOARD_TIMING_FAST);
    if (c->beside && t->f != NULL && t->f->erase_begin == NULL)
        return OUTCOME_LEFT_OUT;
    t->report->checks++;
    if (t->f == NULL)
        trial_find(t, SYMPTOM_RESULT, 0, ERR_OK, (uint32_t)ERR_INVAL);
    else
        c->run(t);
    t->hook = NULL;
    if (!t->failed)
        (void)trial_same(t);
    return t->failed ? OUTCOME_FOUND : OUTCOME_PASSED;
}

/* A driver's log messages are dropped; the findings say more. */
static void drop_line(const char *text, size_t len)
{
    (void)text;
    (void)len;
}

/* Setups and checks that fit this part. */
static bool applies(const struct trial *t, const struct trial_check *c, unsigned setup)
{
    unsigned setups = t->part->banks == 1 ? c->setups & ~SETUPS_SWAPPED : c->setups;
    return (setups >> setup & 1) != 0 && (c->banks == 0 || c->banks == t->part->banks) &&
           !(c->options && t->report->options_left);
}

const char *conformance_left_out(const struct conformance_report *r, char *text)
{
    char checks[CONFORMANCE_TEXT / 2] = "";
    for (const struct trial_check *c = trial_checks; c->name != NULL; c++)
        if (c->banks == 2)
            snprintf(checks + strlen(checks), sizeof checks - strlen(checks), ", %s", c->name);
    if (!r->banks_left)
        return NULL;
    snprintf(text, CONFORMANCE_TEXT,
             "left out because the part has one bank: the setups with the banks swapped%s", checks);
    return text;
}

/* All checks, none of which has run yet. */
static void list_checks(struct conformance_report *r)
{
    for (const struct trial_check *c = trial_checks; c->name != NULL; c++)
        r->row[r->rows++] = (struct conformance_row){.check = c->name};
}

void conformance_run(const struct conformance_driver *driver, const struct soc *soc,
                     struct conformance_report *report)
{
    static const struct log_backend silent = {.write = drop_line, .level = LOG_LEVEL_ERR};
    struct trial *t = malloc(sizeof *t);
    if (t == NULL)
        abort();
    *report = (struct conformance_report){.options_left = driver->change_options == NULL,
                                          .banks_left = soc->flash.banks == 1};
    list_checks(report);
    t->driver = driver;
    t->soc = soc;
    t->part = &t->soc->flash;
    t->report = report;
    t->failed = false;
    log_set_backend(&silent);
    for (unsigned w = 0; w < SETUP_COUNT; w++) {
        t->setup = (enum conformance_setup)w;
        for (unsigned i = 0; i < report->rows; i++)
            if (applies(t, &trial_checks[i], w))
                report->row[i].outcome[w] = run_check(t, &trial_checks[i]);
    }
    log_set_backend(NULL);
    native_detach();
    free(t);
}
