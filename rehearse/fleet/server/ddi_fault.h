/* ddi_fault.h - what goes wrong with a server's answers, drawn from a seed for each controller's n-th request. */
#ifndef REHEARSE_FLEET_SERVER_DDI_FAULT_H
#define REHEARSE_FLEET_SERVER_DDI_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ddi_fault {
    FAULT_NONE,
    FAULT_500,       /* and nothing is done */
    FAULT_429,       /* the same, with Retry-After: 1 */
    FAULT_DROP,      /* it is done, and the connection ends in the middle of the answer */
    FAULT_ENDLESS,   /* it is done, and the body never ends */
    FAULT_NONSENSE,  /* it is done, and the body is not what it should be */
    FAULT_REDIRECT,  /* to another host; nothing is done */
    FAULT_ELSEWHERE, /* it is done, and the answer's links lead to another host */
    FAULT_CHANGED,   /* an artifact has other bytes from its middle on */
    FAULT_COUNT
};

struct ddi_faults {
    uint64_t seed;
    uint32_t ppm;   /* of answers, in millionths */
    uint32_t kinds; /* bits: 1 << enum ddi_fault. 0: all */
};

/* "500", "429", "drop", "endless", "nonsense", "redirect", "elsewhere", "changed". */
const char *ddi_fault_text(enum ddi_fault f);
bool ddi_fault_find(const char *text, enum ddi_fault *f);

/* artifact: the request is for one; only what can happen to it is drawn. */
enum ddi_fault ddi_fault_draw(const struct ddi_faults *f, const char *controller, uint64_t n,
                              bool artifact);

/* Text that is not DDI's JSON, cut, twisted, or no JSON at all; good is the right one. The caller frees it. */
char *ddi_nonsense(const struct ddi_faults *f, uint64_t n, const char *good);

#endif
