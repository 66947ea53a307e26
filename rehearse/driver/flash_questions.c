/* flash_questions.c - what each check asks of a driver, for people. */
#include <string.h>

#include "core/base/compiler.h"
#include "rehearse/driver/flash_conformance.h"

static const struct {
    const char *check, *asks;
} questions[] = {
    {"start", "Does the start of the driver leave the controller locked and without a flag?"},
    {"geometry", "Are size, sector, word and erased value those of the part?"},
    {"program_sectors", "Is each sector programmed at both of its ends, and nothing else?"},
    {"erase_sectors", "Is each sector erased, and no other one?"},
    {"erase_ranges", "Is each range of sectors erased, and nothing else?"},
    {"erase_over_border",
     "Are ranges of sectors around the border of the banks erased, and nothing else?"},
    {"erase_alignments", "Is an erase refused that does not begin or end at a sector?"},
    {"program_alignments", "Is each length and alignment programmed to the byte, or refused?"},
    {"program_over_borders",
     "Is a program right across the borders of banks, sectors and the part?"},
    {"read_alignments", "Does a read of each length and alignment return the bytes of flash, and "
                        "no byte beside them?"},
    {"read_long", "Is a long read right across the border of the banks?"},
    {"nothing_outside",
     "Is a request refused that leaves the part, also one whose end wraps around?"},
    {"no_erase_outside", "Is an erase refused that begins where the part ends?"},
    {"erase_then_program", "Are erase and program right without a pause, in both banks in turn?"},
    {"no_stale_data",
     "Does a read return the new bytes after an erase or a program, whatever the cache held?"},
    {"program_once", "Is a second program of a word refused, and the word left as it is?"},
    {"error_in_word", "Is an error of a word returned, with the words before it done and those "
                      "behind it untouched?"},
    {"error_in_erase", "Is an error of an erase returned, with the sectors before it erased and "
                       "the others untouched?"},
    {"two_errors_at_once", "Is an error returned that comes together with STRBERR?"},
    {"write_protection",
     "Is an error of a protected sector returned, and does the next call work?"},
    {"left_over_flags",
     "Do flags that somebody else left fail no call, and are they gone afterwards?"},
    {"strberr_alone", "Does STRBERR alone fail no call?"},
    {"speculation", "Do the flags of speculative reads fail no call, whenever they come up?"},
    {"keys_refused", "Is a bank that has seen a wrong key refused, while the other one works?"},
    {"never_finishes", "Does the driver give up on an operation that never ends?"},
    {"slowest_part", "Does the driver wait as long as the datasheet's maximum?"},
    {"unreadable_words",
     "Is an unreadable word an error, with its neighbours readable, until it is erased?"},
    {"torn_word_to_program", "Is a program of a torn word refused without a bus fault?"},
    {"corrected_words", "Does a word that ECC corrects read right, and leave no flag?"},
    {"cut_in_program",
     "After a power cut in each word: is the rest as it was, and does an erase heal it?"},
    {"cut_in_erase", "After a power cut in an erase: does the next erase heal the sector?"},
    {"code_stalls", "Does the driver work if each operation has ended by its next access?"},
    {"beside_other_bank", "While a sector is erased: does the other bank read, program and erase?"},
    {"beside_second",
     "While a sector is erased: is a second erase refused, and the first one unharmed?"},
    {"beside_same_bank",
     "While a sector is erased: are requests in its bank done right, or refused as busy?"},
    {"beside_error", "Is the error of an erase told at its end, whatever the other bank did?"},
    {"beside_cut",
     "After a power cut in an erase beside the program: does an erase heal the sector?"},
    {"virgin", "Is a word that ECC corrects to the erased value not taken for erased?"},
    {"option_change",
     "Does a change of option bytes change the field that was asked for, and no other?"},
    {"option_swap", "Do the banks change places at the reset, and not before?"},
    {"option_error", "Is a refused change of option bytes an error, and does the next one work?"},
};

const char *conformance_question(const char *check)
{
    for (size_t i = 0; i < ARRAY_LEN(questions); i++)
        if (strcmp(questions[i].check, check) == 0)
            return questions[i].asks;
    return "";
}
