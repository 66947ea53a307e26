/* port_access.h - a port that may not be opened: what its node says, and what helps. */
#ifndef HOST_CLIENT_LINK_PORT_ACCESS_H
#define HOST_CLIENT_LINK_PORT_ACCESS_H

#include <stdbool.h>

#include "core/base/compiler.h"

/* The node of a port, and how the caller stands to it. Texts are names, or numbers where there is no name. */
struct port_node {
    char path[256];                      /* where links lead to */
    char owner[40], group[40], user[40]; /* user: who asks */
    unsigned mode;                       /* permission bits, 0660 */
    bool is_pty, is_owner;
    bool in_group;     /* this process has the group */
    bool group_listed; /* the system's list of groups has the user in it */
    bool group_is_root;
};

/* False: the node cannot be looked at; errno says why. */
MUST_CHECK bool port_node_read(struct port_node *n, const char *path);

/* "/dev/ttyACM0 belongs to root, group dialout, mode 0660; you are ann". Lives until cli_run returns, as the next. */
const char *port_access_evidence(const struct port_node *n);
/* What to do. */
const char *port_access_next(const struct port_node *n);

#endif
