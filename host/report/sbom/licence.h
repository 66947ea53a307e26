/* licence.h - SPDX licence expressions: MIT, GPL-3.0-or-later WITH GCC-exception-3.1, (A OR B) AND LicenseRef-C. */
#ifndef HOST_REPORT_SBOM_LICENCE_H
#define HOST_REPORT_SBOM_LICENCE_H

#include <stdbool.h>

#define LICENCE_TEXT_MAX 1000u /* characters of an expression */

/* Is the text of the form of an expression? Whether SPDX's list has the identifiers is not looked up: the list grows. */
bool licence_is_expression(const char *text);

/* The next LicenseRef-NAME at *text, which moves behind it; "" at the end. It lives until cli_run returns. */
const char *licence_next_ref(const char **text);

#endif
