/* wishes.h - what a person wants of a running gateway, as empty files in its state folder, since the journal is the
 * gateway's own. */
#ifndef HOST_GATEWAY_WISHES_H
#define HOST_GATEWAY_WISHES_H

#define WISH_RESUME "wish-resume"
#define WISH_RETRY  "wish-retry-" /* and the device's id */

struct gateway;

/* From the loop, once in a while: heed and remove them. */
void wishes_turn(struct gateway *g);

#endif
