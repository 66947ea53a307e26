/* flash_checks.h - the checks of the conformance suite, one function each; the table is in flash_checks.c. */
#ifndef REHEARSE_DRIVER_FLASH_CHECKS_H
#define REHEARSE_DRIVER_FLASH_CHECKS_H

#include "rehearse/driver/flash_trial.h"

/* flash_checks.c: when nothing goes wrong */
void check_start(struct trial *t);
void check_geometry(struct trial *t);
void check_program_sectors(struct trial *t);
void check_erase_sectors(struct trial *t);
void check_erase_ranges(struct trial *t);
void check_erase_over_border(struct trial *t);
void check_program_alignments(struct trial *t);
void check_erase_alignments(struct trial *t);
void check_read_alignments(struct trial *t);
void check_read_long(struct trial *t);
void check_program_over_borders(struct trial *t);
void check_nothing_outside(struct trial *t);
void check_no_erase_outside(struct trial *t);
void check_erase_then_program(struct trial *t);
void check_no_stale_data(struct trial *t);
void check_program_once(struct trial *t);

/* flash_checks_errors.c: when the controller, the cells or the power go wrong */
void check_error_in_word(struct trial *t);
void check_error_in_erase(struct trial *t);
void check_two_errors_at_once(struct trial *t);
void check_write_protection(struct trial *t);
void check_left_over_flags(struct trial *t);
void check_strberr_alone(struct trial *t);
void check_speculation(struct trial *t);
void check_keys_refused(struct trial *t);
void check_never_finishes(struct trial *t);
void check_slowest_part(struct trial *t);
void check_unreadable_words(struct trial *t);
void check_torn_word_to_program(struct trial *t);
void check_corrected_words(struct trial *t);
void check_cut_in_program(struct trial *t);
void check_cut_in_erase(struct trial *t);
void check_code_stalls(struct trial *t);

/* flash_checks_beside.c: an erase while the program goes on */
void check_beside_other_bank(struct trial *t);
void check_beside_second(struct trial *t);
void check_beside_same_bank(struct trial *t);
void check_beside_error(struct trial *t);
void check_beside_cut(struct trial *t);
void check_virgin(struct trial *t);

/* flash_checks_options.c */
void check_option_change(struct trial *t);
void check_option_swap(struct trial *t);
void check_option_error(struct trial *t);

#endif
