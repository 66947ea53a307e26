#include "host/client/link/port_access.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/cli/core/cli.h"

/* ---- looking ---- */

static void user_name(char name[40], uid_t uid)
{
    const struct passwd *p = getpwuid(uid);
    if (p != NULL)
        snprintf(name, 40, "%s", p->pw_name);
    else
        snprintf(name, 40, "%u", (unsigned)uid);
}

static void read_group(struct port_node *n, gid_t gid)
{
    const struct group *g = getgrgid(gid);
    if (g != NULL)
        snprintf(n->group, sizeof n->group, "%s", g->gr_name);
    else
        snprintf(n->group, sizeof n->group, "%u", (unsigned)gid);
    for (char **member = g != NULL ? g->gr_mem : NULL; member != NULL && *member != NULL; member++)
        n->group_listed |= strcmp(*member, n->user) == 0;
}

static bool has_group(gid_t gid)
{
    int count = getgroups(0, NULL);
    gid_t *groups = cli_memory(sizeof *groups * (size_t)(count > 0 ? count : 1));
    count = count > 0 ? getgroups(count, groups) : 0;
    bool found = getegid() == gid;
    for (int i = 0; i < count; i++)
        found |= groups[i] == gid;
    return found;
}

bool port_node_read(struct port_node *n, const char *path)
{
    struct stat st;
    *n = (struct port_node){0};
    if (stat(path, &st) != 0)
        return false;
    char *real = realpath(path, NULL);
    snprintf(n->path, sizeof n->path, "%s", real != NULL ? real : path);
    free(real);
    user_name(n->user, geteuid());
    user_name(n->owner, st.st_uid);
    read_group(n, st.st_gid);
    n->mode = st.st_mode & 07777;
    n->is_pty = strncmp(n->path, "/dev/pts/", 9) == 0;
    n->is_owner = st.st_uid == geteuid();
    n->in_group = has_group(st.st_gid);
    n->group_is_root = st.st_gid == 0;
    return true;
}

/* ---- words ---- */

const char *port_access_evidence(const struct port_node *n)
{
    return cli_text("%s belongs to %s, group %s, mode %04o; you are %s%s", n->path, n->owner,
                    n->group, n->mode, n->user,
                    n->in_group ? cli_text(", of group %s", n->group) : "");
}

/* Bits of reading and writing, of the three from shift on. */
static bool may_both(const struct port_node *n, unsigned shift)
{
    return (n->mode >> shift & 06) == 06;
}

const char *port_access_next(const struct port_node *n)
{
    const unsigned shift = n->is_owner ? 6 : n->in_group ? 3 : 0; /* who the kernel takes us for */
    if (may_both(n, shift))
        return "the mode allows it, so something else forbids it: a container without this device, "
               "or SELinux or AppArmor";
    if (n->is_owner)
        return cli_text("chmod u+rw %s", n->path);
    if (n->is_pty) /* its group may only write, and nobody is meant to be added to it */
        return cli_text("if it is a virtual board's: start the board as yourself (%s), or run this "
                        "command as %s: sudo -u %s slipway ...",
                        n->user, n->owner, n->owner);
    if (!may_both(n, 3) || n->group_is_root)
        return cli_text("only %s may open it: a udev rule for the device with GROUP=\"dialout\", "
                        "MODE=\"0660\" changes that; sudo slipway ... does without",
                        n->owner);
    if (n->group_listed)
        return cli_text("log in again: %s is in the group %s, but was not when this session began",
                        n->user, n->group);
    return cli_text("sudo usermod -aG %s %s, then log in again", n->group, n->user);
}
