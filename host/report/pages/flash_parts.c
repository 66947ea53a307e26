#include "host/report/pages/flash_parts.h"

#include <stdio.h>
#include <string.h>

#include "core/base/compiler.h"
#include "host/report/document.h"
#include "host/report/page.h"

size_t flash_count(const json_t *array, size_t most)
{
    const size_t n = json_array_size(array);
    return n < most ? n : most;
}

const char *flash_setup(const json_t *report, size_t n)
{
    const char *name = json_string_value(json_array_get(document_list(report, "setups"), n));
    return name != NULL ? name : "";
}

const char *flash_outcome(const json_t *row, const char *setup)
{
    return document_text(json_object_get(row, "outcomes"), setup);
}

/* ---- the table of checks ---- */

static const struct {
    const char *word, *look;
} outcomes[] = {{"found", PAGE_BAD}, {"passed", PAGE_GOOD}, {"left out", PAGE_OTHER}};

/* Of what is none of these, the last. */
static size_t kind_of(const char *outcome)
{
    size_t i = 0;
    while (i < ARRAY_LEN(outcomes) - 1 && strcmp(outcomes[i].word, outcome) != 0)
        i++;
    return i;
}

/* A check ends as the worst of its setups. */
static size_t row_kind(const json_t *report, const json_t *row)
{
    size_t worst = ARRAY_LEN(outcomes) - 1;
    for (size_t s = 0; s < flash_count(document_list(report, "setups"), FLASH_SETUPS_MAX); s++) {
        const size_t kind = kind_of(flash_outcome(row, flash_setup(report, s)));
        worst = kind < worst ? kind : worst;
    }
    return worst;
}

static void put_filter(struct markup *m, const json_t *report)
{
    const json_t *table = document_list(report, "table");
    struct page_end_kind kinds[ARRAY_LEN(outcomes)];
    for (size_t i = 0; i < ARRAY_LEN(outcomes); i++)
        kinds[i] = (struct page_end_kind){outcomes[i].word, outcomes[i].look, 0};
    for (size_t i = 0; i < flash_count(table, FLASH_CHECKS_MAX); i++)
        kinds[row_kind(report, json_array_get(table, i))].count++;
    page_filter(m, kinds, ARRAY_LEN(kinds));
}

/* Of a driver, or of an exhibit. */
static const char *name_of(const json_t *report)
{
    const char *driver = document_text(report, "driver");
    return driver[0] != '\0' ? driver : document_text(report, "name");
}

/* The check's name; a link to the first of its findings. */
static void put_check(struct markup *m, const json_t *report, const char *check)
{
    const json_t *findings = document_list(report, "findings");
    const size_t count = flash_count(findings, FLASH_FINDINGS_MAX);
    size_t n = 0;
    while (n < count && strcmp(document_text(json_array_get(findings, n), "check"), check) != 0)
        n++;
    markup_open(m, n < count ? "a" : "span");
    if (n < count)
        markup_attr(m, "href", "#%s-%zu", name_of(report), n);
    markup_element(m, "code", check);
    markup_close(m);
}

static void put_row(struct markup *m, const json_t *report, const json_t *row)
{
    page_row(m);
    markup_attr(m, "data-end", "%s", outcomes[row_kind(report, row)].word);
    markup_open(m, "td");
    put_check(m, report, document_text(row, "check"));
    markup_classed(m, "div", "asks", document_text(row, "asks"));
    markup_close(m);
    for (size_t s = 0; s < flash_count(document_list(report, "setups"), FLASH_SETUPS_MAX); s++) {
        const size_t kind = kind_of(flash_outcome(row, flash_setup(report, s)));
        page_outcome(m, outcomes[kind].look, outcomes[kind].word);
    }
    page_row_end(m);
}

void flash_table(struct markup *m, const json_t *report)
{
    const char *heads[FLASH_SETUPS_MAX + 2] = {"check"};
    const json_t *table = document_list(report, "table");
    for (size_t s = 0; s < flash_count(document_list(report, "setups"), FLASH_SETUPS_MAX); s++)
        heads[s + 1] = flash_setup(report, s);
    put_filter(m, report);
    page_table_begin(m, heads);
    for (size_t i = 0; i < flash_count(table, FLASH_CHECKS_MAX); i++)
        put_row(m, report, json_array_get(table, i));
    page_table_end(m);
}

/* ---- the accesses before a finding ---- */

/* A line across the table. */
static void put_line(struct markup *m, const char *class_name, const char *text)
{
    page_row(m);
    markup_attr(m, "class", "%s", class_name);
    markup_open(m, "td");
    markup_attr(m, "colspan", "5");
    markup_text(m, text);
    markup_close(m);
    page_row_end(m);
}

static void put_hex(struct markup *m, const json_t *access, const char *key)
{
    markup_open(m, "td");
    if (document_has_number(access, key)) {
        markup_open(m, "code");
        markup_textf(m, "0x%08llx", (unsigned long long)document_number(access, key));
        markup_close(m);
    }
    markup_close(m);
}

/* The address of a register is what its name says already. */
static void put_access(struct markup *m, const json_t *access)
{
    const char *kind = document_text(access, "access");
    const unsigned long long address = document_number(access, "address");
    const bool is_flash = document_has_number(access, "bytes");
    page_row(m);
    markup_open(m, "td");
    markup_element(m, strcmp(kind, "write") == 0 ? "strong" : "span", kind);
    markup_close(m);
    markup_open(m, "td");
    markup_attr(m, "title", "0x%08llx", address);
    markup_element(m, "code", document_text(access, "register"));
    markup_close(m);
    put_hex(m, access, "value");
    if (is_flash)
        page_cellf(m, "0x%08llx, %llu bytes", address,
                   (unsigned long long)document_number(access, "bytes"));
    else
        page_cell(m, document_text(access, "bits"));
    if (document_has_number(access, "count"))
        page_number(m, "%llu \u00d7", (unsigned long long)document_number(access, "count"));
    else
        page_cell(m, "");
    page_row_end(m);
}

static void put_trace(struct markup *m, const json_t *finding)
{
    static const char *const heads[] = {"access", "register", "value", "means", "#times", NULL};
    const json_t *trace = document_list(finding, "trace");
    if (json_array_size(trace) == 0)
        return;
    markup_open(m, "div");
    markup_attr(m, "class", "trace");
    page_table_begin(m, heads);
    for (size_t i = 0; i < flash_count(trace, FLASH_FINDINGS_MAX); i++) {
        if (document_flag(json_array_get(trace, i), "call_begins"))
            put_line(m, "call", "a call of the driver begins");
        put_access(m, json_array_get(trace, i));
    }
    put_line(m, "found", document_text(finding, "symptom"));
    page_table_end(m);
    markup_close(m);
}

/* ---- a finding ---- */

void flash_finding_text(char text[FLASH_TEXT], const json_t *finding)
{
    snprintf(
        text, FLASH_TEXT, "%.80s: %.40s 0x%06llx+0x%llx: %.200s", document_text(finding, "check"),
        document_text(finding, "action"), (unsigned long long)document_number(finding, "offset"),
        (unsigned long long)document_number(finding, "length"), document_text(finding, "symptom"));
}

bool flash_finding_in(const json_t *finding, const char *setup)
{
    const json_t *setups = document_list(finding, "setups");
    for (size_t i = 0; i < flash_count(setups, FLASH_SETUPS_MAX); i++) {
        const char *name = json_string_value(json_array_get(setups, i));
        if (name != NULL && strcmp(name, setup) == 0)
            return true;
    }
    return false;
}

static const char *question(const json_t *table, const char *check)
{
    for (size_t i = 0; i < flash_count(table, FLASH_CHECKS_MAX); i++)
        if (strcmp(document_text(json_array_get(table, i), "check"), check) == 0)
            return document_text(json_array_get(table, i), "asks");
    return "";
}

static void put_setups(struct markup *m, const json_t *setups)
{
    markup_element(m, "dt", "in the setups");
    markup_open(m, "dd");
    for (size_t i = 0; i < flash_count(setups, FLASH_SETUPS_MAX); i++) {
        markup_text(m, i == 0 ? "" : ", ");
        markup_text(m, json_string_value(json_array_get(setups, i)));
    }
    markup_close(m);
}

void flash_finding(struct markup *m, const json_t *report, size_t n, const json_t *table, bool open)
{
    char text[FLASH_TEXT], id[FLASH_TEXT];
    const json_t *finding = json_array_get(document_list(report, "findings"), n);
    flash_finding_text(text, finding);
    snprintf(id, sizeof id, "%s-%zu", name_of(report), n);
    page_fold_begin(m, &(struct page_fold){.id = id, .title = text, .open = open});
    page_facts_begin(m);
    page_fact(m, "the check asks", question(table, document_text(finding, "check")));
    put_setups(m, document_list(finding, "setups"));
    page_facts_end(m);
    put_trace(m, finding);
    page_fold_end(m);
}
