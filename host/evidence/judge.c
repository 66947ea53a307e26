/* judge.c - what the document of a check says. It runs when a pack is made and when it is checked, so that an outcome in the
 * manifest is never more than what its document shows. Read by jansson, apart from the rest as manifest_read.c is. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "host/evidence/evidence.h"

#define REFUSED 1 /* the exit code of a check that failed; others: it could not be made */

struct judge {
    const struct evidence *e;
    const struct evidence_kind *kind;
    const struct evidence_input *about; /* kind->role's; NULL: none */
    const json_t *root;
    struct evidence_judgement *out;
};

static bool outcome(const struct judge *j, enum evidence_outcome o, const char *summary)
{
    j->out->outcome = o;
    snprintf(j->out->summary, sizeof j->out->summary, "%s", summary);
    return true;
}

/* The document contradicts itself, or the inputs. */
static bool contradicts(const struct judge *j, const char *how)
{
    snprintf(j->out->summary, sizeof j->out->summary, "%s", how);
    return false;
}

static const char *text(const json_t *in, const char *key)
{
    const char *value = json_string_value(json_object_get(in, key));
    return value != NULL ? value : "";
}

static bool is_number(const json_t *in, const char *key, uint64_t value)
{
    const json_t *v = json_object_get(in, key);
    return json_is_integer(v) && (uint64_t)json_integer_value(v) == value;
}

/* "what: first line; second line" */
static void error_words(char *dst, size_t cap, const json_t *error)
{
    const char *evidence = text(error, "evidence");
    int n = snprintf(dst, cap, "%s%s", text(error, "what"), *evidence != '\0' ? ": " : "");
    for (size_t at = n > 0 ? (size_t)n : 0; *evidence != '\0' && at + 3 < cap; evidence++) {
        if (*evidence == '\n')
            dst[at++] = ';';
        dst[at++] = *evidence == '\n' ? ' ' : *evidence;
        dst[at] = '\0';
    }
}

/* What a command says that failed. A verdict can do without some checks, but not with an SBOM that cannot be read: of those
 * any error is a failure. */
static bool judge_error(const struct judge *j, const json_t *error)
{
    char words[sizeof j->out->summary];
    bool failed = is_number(error, "exit", REFUSED) || !j->kind->required;
    if (*text(error, "what") == '\0' || !json_is_integer(json_object_get(error, "exit")))
        return contradicts(j, "its \"error\" does not say what failed");
    error_words(words, sizeof words, error);
    return outcome(j, failed ? EVIDENCE_FAILED : EVIDENCE_NOT_RUN, words);
}

/* slipway --json verify --against BOOTLOADER IMAGE */
static bool judge_verify(const struct judge *j)
{
    char words[200];
    if (!json_is_true(json_object_get(j->root, "valid")) ||
        strcmp(text(j->root, "signature"), "verified") != 0)
        return contradicts(j, "it does not say that a signature was verified");
    if (j->about == NULL || j->about->hash == NULL ||
        strcmp(text(j->root, "digest"), j->about->hash) != 0)
        return contradicts(j, "it is about an image with another hash");
    snprintf(words, sizeof words, "version %.40s, signed with key %.16s...",
             text(j->root, "version"), text(j->root, "keyhash"));
    return outcome(j, EVIDENCE_PASSED, words);
}

/* The same with --sbom FILE: the image names a file of the pack. */
static bool judge_sbom(const struct judge *j)
{
    const char *sha256 = text(j->root, "sbom");
    if (!judge_verify(j))
        return false;
    for (unsigned i = 0; i < j->e->input_count; i++)
        if (strcmp(j->e->input[i].role, "SBOM") == 0 &&
            strcmp(j->e->input[i].sha256, sha256) == 0) {
            char words[sizeof j->out->summary];
            snprintf(words, sizeof words, "the new image names %.200s", j->e->input[i].path);
            return outcome(j, EVIDENCE_PASSED, words);
        }
    return contradicts(j, "the SBOM that the image names is not in the pack");
}

/* slipway --json layout check LAYOUT --image-size BYTES */
static bool judge_fit(const struct judge *j)
{
    char words[200];
    const json_t *largest = json_object_get(j->root, "largest_image");
    if (j->about == NULL || j->about->image_bytes == 0 || !json_is_integer(largest) ||
        json_integer_value(largest) < 0 ||
        (uint64_t)json_integer_value(largest) < j->about->image_bytes)
        return contradicts(j, "it does not say that the image fits");
    snprintf(words, sizeof words, "%" PRIu64 " bytes of at most %" JSON_INTEGER_FORMAT "; %.60s",
             j->about->image_bytes, json_integer_value(largest), text(j->root, "strategy"));
    return outcome(j, EVIDENCE_PASSED, words);
}

static bool same_bootloader(const struct judge *j)
{
    const struct evidence_input *i = evidence_input(j->e, "bootloader");
    return i != NULL &&
           strcmp(text(json_object_get(j->root, "bootloader"), "sha256"), i->sha256) == 0;
}

/* By its own hash and length: that of the file is another one where the file is Intel HEX. */
static bool same_image(const struct judge *j, const json_t *image, const char *role)
{
    const struct evidence_input *i = evidence_input(j->e, role);
    return i != NULL && i->hash != NULL && strcmp(text(image, "hash"), i->hash) == 0 &&
           is_number(image, "bytes", i->image_bytes);
}

/* Each image that it names is the input of that role, and both are there. */
static bool same_images(const struct judge *j)
{
    static const char *const names[] = {"old", "new"}, *const roles[] = {"old image", "new image"};
    const json_t *images = json_object_get(j->root, "images");
    bool same = json_array_size(images) == ARRAY_LEN(names);
    for (size_t i = 0; same && i < ARRAY_LEN(names); i++) {
        const json_t *image = json_array_get(images, i);
        same = strcmp(text(image, "name"), names[i]) == 0 && same_image(j, image, roles[i]);
    }
    return same;
}

/* Of "1: 233.during 12.before": two. */
static uint64_t cuts_planned(const char *cuts)
{
    uint64_t n = 0;
    for (; *cuts != '\0'; cuts++)
        n += *cuts == '.';
    return n;
}

struct counts {
    uint64_t cases, bricks;
    uint64_t planned; /* power cuts, of which a short repair does not reach all */
    uint64_t drawn;   /* those of repeated cases, too */
};

static bool is_brick(const json_t *c)
{
    return strcmp(text(c, "end"), "came back") != 0 && strcmp(text(c, "end"), "went back") != 0;
}

/* Repeated cases failed with the cuts of an earlier one, and count nowhere. */
static bool counts_nowhere(const json_t *c)
{
    return json_is_true(json_object_get(c, "repeated"));
}

static struct counts count_cases(const json_t *cases)
{
    struct counts n = {0};
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *c = json_array_get(cases, i);
        uint64_t cuts = cuts_planned(text(c, "cuts"));
        n.drawn += cuts;
        if (counts_nowhere(c))
            continue;
        n.cases++;
        n.planned += cuts;
        n.bricks += is_brick(c);
    }
    return n;
}

/* A case cannot be hidden by calling it repeated: a brick with the same cuts is counted before it. */
static bool repeats_follow(const json_t *cases)
{
    json_t *bricks = json_pack("{}");
    bool follow = bricks != NULL;
    for (size_t i = 0; follow && i < json_array_size(cases); i++) {
        const json_t *c = json_array_get(cases, i);
        if (counts_nowhere(c))
            follow = is_brick(c) && json_object_get(bricks, text(c, "cuts")) != NULL;
        else if (is_brick(c))
            follow = json_object_set_new(bricks, text(c, "cuts"), json_true()) == 0;
    }
    json_decref(bricks);
    return follow;
}

static uint64_t count_end(const json_t *cases, const char *end)
{
    uint64_t n = 0;
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *c = json_array_get(cases, i);
        n += !counts_nowhere(c) && strcmp(text(c, "end"), end) == 0;
    }
    return n;
}

/* "ends" has each end that a case has, and as often. */
static bool ends_add_up(const json_t *root, const json_t *cases, const struct counts *n)
{
    json_t *ends = json_object_get(root, "ends"), *count;
    const char *end;
    uint64_t sum = 0;
    json_object_foreach(ends, end, count)
    {
        uint64_t found = count_end(cases, end);
        if (!is_number(ends, end, found))
            return false;
        sum += found;
    }
    return sum == n->cases;
}

static bool totals_follow(const struct judge *j, const json_t *cases, const struct counts *n)
{
    const json_t *cuts = json_object_get(j->root, "cuts");
    return json_is_integer(cuts) && (uint64_t)json_integer_value(cuts) >= n->cases &&
           (uint64_t)json_integer_value(cuts) <= n->planned &&
           is_number(j->root, "bricks", n->bricks) && ends_add_up(j->root, cases, n);
}

/* An update that writes nothing cannot be cut: it has boots, and no operation in them. */
static bool writes_nothing(const json_t *root)
{
    const json_t *boots = json_object_get(root, "boots");
    for (size_t i = 0; i < json_array_size(boots); i++)
        if (!is_number(json_array_get(boots, i), "operations", 0))
            return false;
    return json_array_size(boots) > 0;
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

/* slipway --json rehearse update BOOTLOADER OLD NEW, also of one that found bricks. */
static bool judge_rehearsal(const struct judge *j)
{
    char words[200];
    const json_t *cases = json_object_get(j->root, "cases");
    const struct counts n = count_cases(cases);
    bool passed = strcmp(text(j->root, "verdict"), "passed") == 0;
    if (strcmp(text(j->root, "report"), "rehearse update") != 0 || !json_is_array(cases))
        return contradicts(j, "it is not the report of a rehearsal of an update");
    if (!same_bootloader(j) || !same_images(j))
        return contradicts(j, "it is about other files");
    if (!is_number(j->root, "seed", j->e->seed))
        return contradicts(j, "its seed is another one");
    if (!totals_follow(j, cases, &n) || !repeats_follow(cases) || (passed && n.bricks > 0))
        return contradicts(j, "its totals or its verdict do not follow from its cases");
    if (!passed && n.bricks == 0) /* it ended before power was cut */
        return judge_error(j, json_object_get(j->root, "error"));
    if (n.drawn < j->e->cuts && !(n.cases == 0 && writes_nothing(j->root)))
        return contradicts(j, "it has fewer power cuts than were asked for");
    uint64_t cuts = (uint64_t)json_integer_value(json_object_get(j->root, "cuts"));
    snprintf(words, sizeof words,
             "%" PRIu64 " case%s with %" PRIu64 " power cut%s, %" PRIu64 " brick%s", n.cases,
             plural(n.cases), cuts, plural(cuts), n.bricks, plural(n.bricks));
    return outcome(j, passed ? EVIDENCE_PASSED : EVIDENCE_FAILED, words);
}

/* keys.json, configuration.json: a fault fails, a warning does not. */
static bool judge_findings(const struct judge *j)
{
    const json_t *findings = json_object_get(j->root, "findings");
    const char *first_fault = NULL, *first_warning = NULL;
    if (!json_is_array(findings))
        return contradicts(j, "it has no list of findings");
    for (size_t i = 0; i < json_array_size(findings); i++) {
        const json_t *f = json_array_get(findings, i);
        bool fault = strcmp(text(f, "severity"), "fault") == 0;
        if (*text(f, "what") == '\0' || (!fault && strcmp(text(f, "severity"), "warning") != 0))
            return contradicts(j, "a finding is neither a fault nor a warning");
        j->out->warnings += !fault;
        if (fault && first_fault == NULL)
            first_fault = text(f, "what");
        if (!fault && first_warning == NULL)
            first_warning = text(f, "what");
    }
    if (first_fault != NULL)
        return outcome(j, EVIDENCE_FAILED, first_fault);
    return outcome(j, EVIDENCE_PASSED, first_warning != NULL ? first_warning : "no finding");
}

/* In the order of evidence_kinds. */
static bool (*const judges[EVIDENCE_KINDS])(const struct judge *j) = {
    judge_verify,    judge_verify,   judge_fit,      judge_fit,
    judge_rehearsal, judge_findings, judge_findings, judge_sbom,
};

static bool judge_root(const struct judge *j)
{
    const json_t *error = json_object_get(j->root, "error");
    /* A rehearsal that found bricks says so in both ways, and is counted. */
    if (json_is_object(error) && json_object_get(j->root, "cases") == NULL)
        return judge_error(j, error);
    return judges[j->kind - evidence_kinds](j);
}

bool evidence_judge(const struct evidence *e, const struct evidence_kind *kind, const char *text,
                    size_t len, struct evidence_judgement *j)
{
    json_error_t error;
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    const struct judge judge = {.e = e,
                                .kind = kind,
                                .about = kind->role != NULL ? evidence_input(e, kind->role) : NULL,
                                .root = root,
                                .out = j};
    *j = (struct evidence_judgement){.outcome = EVIDENCE_NOT_RUN};
    bool ok = root != NULL ? judge_root(&judge) : contradicts(&judge, "it is not a JSON document");
    json_decref(root);
    return ok;
}
