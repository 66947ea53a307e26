/* fleet_command.h - what a judge asks of the devices: a JSON object a line, answered with one line.
 *
 *   {"cmd":"state","device":3}   what that device really runs, read from its flash
 *   {"cmd":"states"}             the same of all, as a list under "devices"
 *   {"cmd":"reset","device":3}   pull its plug and put it back
 *
 * A state: device, port, unit (fleet_fate.h), power ("on", "off", "bricked", "vanished"), version and hash of the image
 * that the last boot started ("" and "" if none did), known (false while the flash is off; then the next three are not
 * there), confirmed, next (what the next boot does: "none", "test", "perm", "revert", "fail", "panic"), intact (hash and
 * signature of what runs are good); then counts: boots, reverts, cuts, failures, misuses, requests, withheld.
 * A state costs the check of a signature, about a millisecond, in which no device is served: "states" is for the end of a
 * rehearsal. An error: {"error":"text"}. */
#ifndef REHEARSE_FLEET_FLEET_COMMAND_H
#define REHEARSE_FLEET_FLEET_COMMAND_H

#include "rehearse/fleet/fleet_device.h"

#define FLEET_DEVICES_MAX 4096u
#define FLEET_COMMAND_MAX 4096u /* bytes of a line */

struct fleet {
    struct fleet_device *devices;
    uint16_t *ports; /* UDP, of 127.0.0.1 */
    unsigned count;
};

/* The answer to a line of len bytes, without a newline; the caller frees it. Never NULL. */
char *fleet_answer(struct fleet *f, const char *line, size_t len, uint64_t now_ms);

#endif
