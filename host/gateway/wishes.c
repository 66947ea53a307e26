#include "host/gateway/wishes.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "host/gateway/gateway_inside.h"

#define LOOK_MS 2000u

static void resume(struct gateway *g)
{
    char when[24];
    for (struct gw_artifact *a = g->artifacts; a != NULL; a = a->next)
        rollout_resumed(&a->rollout);
    snprintf(when, sizeof when, "%lld", (long long)g->now);
    (void)!journal_set(g->journal, "resumed", when);
    (void)!journal_set(g->journal, "stopped", NULL);
    gw_note(g, NULL, "updates may start again: a person has resumed the rollout");
}

static void retry(struct gateway *g, const char *id)
{
    for (unsigned i = 0; i < g->config->device_count; i++) {
        struct gw_device *d = &g->device[i];
        if (strcmp(d->config->id, id) != 0)
            continue;
        if (!d->has_action || d->action.state != JOURNAL_FAILED) {
            gw_note(g, d, "it has no failed action that could begin anew");
            return;
        }
        if (gw_action_begin_anew(d))
            gw_note(g, d, "begins anew, as soon as the server offers it: a person wants it");
        d->poll_ms = g->now_ms;
        return;
    }
}

void wishes_turn(struct gateway *g)
{
    if (g->now_ms < g->ask_ms)
        return;
    g->ask_ms = g->now_ms + LOOK_MS;
    DIR *folder = opendir(g->config->state);
    if (folder == NULL)
        return;
    for (const struct dirent *e; (e = readdir(folder)) != NULL;) {
        const bool is_retry = strncmp(e->d_name, WISH_RETRY, strlen(WISH_RETRY)) == 0;
        if (!is_retry && strcmp(e->d_name, WISH_RESUME) != 0)
            continue;
        if (unlinkat(dirfd(folder), e->d_name, 0) != 0)
            continue;
        if (is_retry)
            retry(g, e->d_name + strlen(WISH_RETRY));
        else
            resume(g);
    }
    closedir(folder);
}
