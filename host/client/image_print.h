/* image_print.h - image states as a table for people and as JSON. */
#ifndef HOST_CLIENT_IMAGE_PRINT_H
#define HOST_CLIENT_IMAGE_PRINT_H

#include "host/cli/core/cli.h"
#include "host/client/smp/client.h"

/* Print the list in the form that cli_mode asks for; nothing for people with --quiet. recovery: what shows that it is serial
 * recovery's, NULL for an application's. JSON has no flags for an image of which the device sent none. */
void image_list_print(const struct smp_image_list *list, const char *recovery);

/* "active confirmed", "pending permanent", "(none)"; dst has at least 64 bytes. */
void image_flags_text(char *dst, size_t cap, const struct smp_image_state *s);

/* One line for an image that says_not_bootable: what that means, and what to do. */
const char *image_unbootable_text(const struct smp_image_state *s);
/* Print that line for each such image of the list. */
void image_list_explain(const struct smp_image_list *list);

/* ---- what the bootloader does with an image; mode: enum bootloader_mode, any other number: not known ---- */

/* Does an image go back that is not confirmed? */
enum goes_back { GOES_BACK_NEVER, GOES_BACK_PERHAPS, GOES_BACK };
enum goes_back image_goes_back(int mode);

/* "the next boot swaps to 2.0.0": s is pending. */
const char *image_next_boot_text(int mode, const struct smp_image_state *s);

void slot_list_print(const struct smp_slot_list *list);

#endif
