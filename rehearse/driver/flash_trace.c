/* flash_trace.c - a ring of accesses, in which those that are alike are one. */
#include "rehearse/driver/flash_trace.h"

#include "vboard/soc/h7/flash/dcache.h"

/* Of an empty trace: an entry that nothing goes on with. */
static struct conformance_access *newest(struct flash_trace *t)
{
    return &t->ring[(t->added - 1) % FLASH_TRACE_ROOM];
}

static void push(struct flash_trace *t, const struct conformance_access *a)
{
    struct conformance_access *to = &t->ring[t->added++ % FLASH_TRACE_ROOM];
    *to = *a;
    to->count = 1;
    to->first = t->call_begins;
    t->call_begins = false;
}

static bool is_cache_register(uint32_t address)
{
    return address - H7_CACHE_OPS_FIRST <= H7_CACHE_OPS_LAST - H7_CACHE_OPS_FIRST;
}

/* True if a, which follows before, goes on with what before did. */
static bool goes_on(const struct conformance_access *before, const struct conformance_access *a)
{
    if (before->count == 0 || before->kind != a->kind)
        return false;
    if (a->flash)
        return a->address == before->address + before->bytes;
    return a->kind == ACCESS_WRITE && a->address == before->address &&
           is_cache_register(a->address) &&
           a->value == before->value + before->count * (uint32_t)H7_LINE;
}

void flash_trace_clear(struct flash_trace *t)
{
    *t = (struct flash_trace){0};
}

void flash_trace_call(struct flash_trace *t)
{
    t->call_begins = true;
}

void flash_trace_add(struct flash_trace *t, const struct conformance_access *a)
{
    struct conformance_access *before = newest(t);
    if (t->call_begins || !goes_on(before, a)) {
        push(t, a);
        return;
    }
    before->count++;
    before->bytes += a->bytes;
}

static void push_read(struct flash_trace *t, uint32_t address)
{
    push(t, &(struct conformance_access){.kind = ACCESS_READ, .address = address, .bytes = 4});
}

void flash_trace_read(struct flash_trace *t, uint32_t address)
{
    const struct conformance_access *before = newest(t);
    t->polling = before->address == address && before->kind == ACCESS_READ && before->has_value &&
                 !t->call_begins;
    if (!t->polling)
        push_read(t, address);
}

void flash_trace_answer(struct flash_trace *t, uint32_t value)
{
    struct conformance_access *a = newest(t);
    if (t->polling && a->value == value) {
        a->count++;
        t->polling = false;
        return;
    }
    if (t->polling)
        push_read(t, a->address);
    t->polling = false;
    newest(t)->value = value;
    newest(t)->has_value = true;
}

/* A poll that was not answered is an entry of its own. */
unsigned flash_trace_copy(struct flash_trace *t, struct conformance_access last[CONFORMANCE_TRACE])
{
    if (t->polling)
        push_read(t, newest(t)->address);
    t->polling = false;
    unsigned n = t->added < CONFORMANCE_TRACE ? t->added : CONFORMANCE_TRACE;
    for (unsigned i = 0; i < n; i++)
        last[i] = t->ring[(t->added - n + i) % FLASH_TRACE_ROOM];
    return n;
}
