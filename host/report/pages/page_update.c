/* page_update.c - the page of `rehearse update`: figures, what was rehearsed, what failed, flash, time, cases. */
#include <inttypes.h>
#include <stdio.h>

#include "host/report/page.h"
#include "host/report/pages/pages.h"
#include "host/report/pages/update_parts.h"

static void put_tiles(struct markup *m, const json_t *report)
{
    const json_t *cases = document_list(report, "cases");
    size_t drawn = 0;
    if (json_array_size(cases) == 0)
        return; /* it ended before, or there was nothing to cut */
    for (size_t i = 0; i < json_array_size(cases); i++)
        drawn += !update_is_repeated(json_array_get(cases, i));
    page_tiles_begin(m);
    page_tile(m, PAGE_OTHER, "cases", "%zu", drawn);
    page_tile(m, PAGE_OTHER, "power cuts", "%" PRIu64, document_number(report, "cuts"));
    page_tile(m, document_number(report, "bricks") > 0 ? PAGE_BAD : PAGE_GOOD, "failed", "%" PRIu64,
              document_number(report, "bricks"));
    for (unsigned i = 0; i < UPDATE_ENDS; i++) {
        const uint64_t count =
            document_number(json_object_get(report, "ends"), update_ends[i].word);
        if (count > 0)
            page_tile(m, update_ends[i].look, update_ends[i].word, "%" PRIu64, count);
    }
    page_tiles_end(m);
}

static void put_image(struct markup *m, const json_t *image)
{
    char name[60];
    snprintf(name, sizeof name, "%.40s image", document_text(image, "name"));
    page_factf(m, name, "%s, %" PRIu64 " bytes, %s", document_text(image, "version"),
               document_number(image, "bytes"), document_text(image, "path"));
    page_fact(m, "its hash", document_text(image, "hash"));
}

static void put_facts(struct markup *m, const json_t *report)
{
    const json_t *bootloader = json_object_get(report, "bootloader");
    const json_t *images = document_list(report, "images");
    page_section(m, "rehearsed", "What was rehearsed");
    page_facts_begin(m);
    page_fact(m, "board", document_text(report, "board"));
    page_fact(m, "part", document_text(report, "part"));
    page_fact(m, "strategy", document_text(report, "strategy"));
    page_fact(m, "requested", document_text(report, "request"));
    page_fact(m, "bootloader", document_text(bootloader, "path"));
    page_fact(m, "its SHA-256", document_text(bootloader, "sha256"));
    for (size_t i = 0; i < json_array_size(images) && i < 4; i++)
        put_image(m, json_array_get(images, i));
    if (document_has_number(report, "seed"))
        page_factf(m, "seed", "%" PRIu64, document_number(report, "seed"));
    page_fact(m, "program", document_text(report, "program"));
    page_facts_end(m);
}

void page_update(struct markup *m, const json_t *report)
{
    struct update_rows rows;
    put_tiles(m, report);
    update_stories(m, report);
    if (update_rows_choose(&rows, report)) {
        update_timeline(m, report, &rows);
        update_map(m, report);
        update_cases(m, report, &rows);
    } else {
        m->failed = true;
    }
    update_rows_free(&rows);
    put_facts(m, report);
}
