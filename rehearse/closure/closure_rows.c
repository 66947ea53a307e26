/* closure_rows.c - the rows named on the command line, one after another, up to the first violation. A small program,
 * so that tools/closure_mutants.py can link it with a broken engine again and again. */
#include <stdio.h>
#include <stdlib.h>

#include "rehearse/closure/closure.h"

#define STATES_MAX  600000u /* a mutant that lives this long in a row is tried in the next */
#define SECONDS_MAX 20u

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct closure_config c = {.draws = 2,
                                   .states_max = STATES_MAX,
                                   .seconds_max = SECONDS_MAX,
                                   .stop_at_first = true};
        struct closure_result r;
        const char *end;
        if (!closure_parse(argv[i], &c, &end) || c.scene == NULL)
            return 2;
        if (!closure_run(&c, &r) || r.violations) {
            printf("%s | %s\n", r.bounded[0] ? r.bounded : closure_fault_text(r.fault), r.replay);
            return 1;
        }
    }
    return 0;
}
