/* closure_replay.c - names of configurations, and a violation run again with its log. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "rehearse/closure.h"

static bool parse_number(const char **p, uint32_t *v)
{
    char *end;
    unsigned long n = strtoul(*p, &end, 10);
    bool ok = end != *p && n > 0 && n < 65536;
    *v = (uint32_t)n;
    *p = end;
    return ok;
}

static bool parse_word(const char **p, const char *word)
{
    size_t len = strlen(word);
    bool ok = strncmp(*p, word, len) == 0;
    *p += ok ? len : 0;
    return ok;
}

static bool parse_strategy(const char **p, struct closure_config *c)
{
    size_t len = strcspn(*p, ",");
    c->strategy = NULL;
    for (unsigned i = 0; i < closure_strategy_count; i++)
        if (strlen(closure_strategies[i].name) == len &&
            memcmp(closure_strategies[i].name, *p, len) == 0)
            c->strategy = &closure_strategies[i];
    *p += len;
    return c->strategy != NULL;
}

bool closure_parse(const char *text, struct closure_config *c, const char **end)
{
    const char *p = text;
    struct closure_shape *s = &c->shape;
    if (!parse_strategy(&p, c) || !parse_word(&p, ",") || !parse_number(&p, &s->word) ||
        !parse_word(&p, "x") || !parse_number(&p, &s->sector) || !parse_word(&p, "x") ||
        !parse_number(&p, &s->sectors))
        return false;
    s->align = s->word > 8 ? s->word : 8;
    s->coarse = 0;
    if (*p == '/' && (!parse_word(&p, "/") || !parse_number(&p, &s->coarse)))
        return false;
    c->scene = NULL;
    *end = p;
    if (*p != ',')
        return true;
    size_t len = strcspn(p + 1, ",:");
    c->scene = closure_scene_find(p + 1, len);
    *end = p + 1 + len;
    return c->scene != NULL && (c->scene->needs & ~c->strategy->has) == 0;
}

bool closure_parse_cut(const char **p, struct cut *c)
{
    *c = (struct cut){.kind = CUT_NONE};
    *p += strspn(*p, " ");
    if (parse_word(p, "-"))
        return true;
    c->arg = 1;
    if (parse_word(p, "quiet"))
        return true;
    char *end;
    c->op = (uint16_t)strtoul(*p, &end, 10);
    if (end == *p || *end != '.')
        return false;
    *p = end + 1;
    size_t len = strcspn(*p, " 0123456789");
    for (int k = CUT_BEFORE; k < CUT_KINDS; k++) {
        const char *name = cut_kind_name((enum cut_kind)k);
        if (strlen(name) == len && strncmp(*p, name, len) == 0)
            c->kind = (uint8_t)k;
    }
    *p += len;
    c->arg = 0;
    if (**p >= '0' && **p <= '9') {
        c->arg = (uint8_t)strtoul(*p, &end, 10);
        *p = end;
    }
    return c->kind != CUT_NONE;
}

static void (*sink)(const char *line);

static void say_log(const char *text, size_t len)
{
    char line[LOG_LINE_MAX + 8];
    snprintf(line, sizeof(line), "      %.*s", (int)strcspn(text, "\r\n"), text);
    (void)len;
    sink(line);
}

static void say_outcome(const struct closure_lab *lab, const struct closure_session *s)
{
    char line[160];
    if (s->cut)
        snprintf(line, sizeof(line), "      power is cut at operation %u: %s%u",
                 (unsigned)lab->f.wanted.op, cut_kind_name((enum cut_kind)lab->f.wanted.kind),
                 lab->f.wanted.arg);
    else if (s->fault)
        snprintf(line, sizeof(line), "      VIOLATION: %s (offset 0x%x, error %d)",
                 closure_fault_text(s->fault), (unsigned)lab->f.where, (int)s->err);
    else
        snprintf(line, sizeof(line), "      undisturbed: image %c runs, stage %u",
                 'A' + s->running - IMG_A, lab->stage & STAGE_NUMBER);
    sink(line);
}

static void session(struct closure_lab *lab, const struct cut *c, struct closure_session *s)
{
    uint32_t id[CLOSURE_SECTORS_MAX];
    closure_flash_save(&lab->f);
    memcpy(id, lab->f.id, sizeof(id));
    closure_flash_load(&lab->f, id);
    sink("----- power on");
    lab->f.wanted = *c;
    if (c->kind == CUT_NONE && c->arg) { /* this session as if the application did nothing */
        lab->f.wanted.kind = CUT_NONE;
        lab->stage |= STAGE_QUIET;
    }
    closure_session(lab, s);
    if (s->cut) { /* the sector's new content is in id only */
        memcpy(id, lab->f.id, sizeof(id));
        closure_flash_load(&lab->f, id);
    }
    say_outcome(lab, s);
}

/* After the last cut: undisturbed, until the fault shows or the device is at rest. */
static enum closure_fault settle(struct closure_lab *lab)
{
    const struct cut none = {.kind = CUT_NONE};
    for (unsigned i = 0; i <= CLOSURE_BOOTS_MAX; i++) {
        uint32_t id[CLOSURE_SECTORS_MAX];
        uint8_t stage = lab->stage;
        struct closure_session s;
        memcpy(id, lab->f.id, sizeof(id));
        session(lab, &none, &s);
        if (s.fault)
            return s.fault;
        if (lab->f.ops == 0 && lab->stage == stage) {
            const struct closure_scene *sc = lab->scene;
            const uint8_t *end = stage & STAGE_QUIET ? sc->quiet_end : sc->end;
            if (!(end[stage & STAGE_NUMBER] & IMG_BIT(s.running)))
                return FAULT_END;
            sink("----- at rest; now a further update");
            return closure_check_rest(lab, (enum closure_image)s.running);
        }
    }
    return FAULT_RESTLESS;
}

static bool run(struct closure_lab *lab, const char *p, enum closure_fault *fault)
{
    while (*(p += strspn(p, " ")) != '\0') {
        struct cut c;
        struct closure_session s;
        if (!closure_parse_cut(&p, &c))
            return false;
        session(lab, &c, &s);
        *fault = s.fault;
        if (s.fault)
            return true;
        if (c.kind != CUT_NONE && !s.cut) {
            sink("      the cut of this step does not exist: other code, or another geometry");
            return false;
        }
    }
    *fault = settle(lab);
    if (*fault) {
        char line[120];
        snprintf(line, sizeof(line), "VIOLATION: %s", closure_fault_text(*fault));
        sink(line);
    }
    return true;
}

bool closure_replay(const char *text, void (*say)(const char *line), enum closure_fault *fault)
{
    static const struct log_backend backend = {.write = say_log, .level = LOG_LEVEL_INF};
    static struct closure_lab lab;
    struct closure_config c = {.draws = 2};
    const char *p, *why;
    if (!closure_parse(text, &c, &p) || c.scene == NULL || *p != ',')
        return false;
    char *end;
    uint32_t abstract = (uint32_t)strtoul(p + 1, &end, 16);
    if (*end != ':' || closure_lab_open(&lab, &c.shape, c.strategy, c.scene, &why) != ERR_OK)
        return false;
    lab.f.abstract = abstract;
    lab.f.full = true;
    sink = lab.f.say = say;
    log_set_backend(&backend);
    bool ok = run(&lab, end + 1, fault);
    log_set_backend(NULL);
    closure_lab_close(&lab);
    return ok;
}
