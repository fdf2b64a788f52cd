
/*
 * Why an answer has what it has: one entry for each block that it was made of,
 * or that it lacks.
 */

#ifndef BILLING_CORE_EXPLAIN_H
#define BILLING_CORE_EXPLAIN_H

#include "core/date.h"


typedef enum {
    BILLING_BLOCK_FRESH = 0,
    BILLING_BLOCK_OLD,
    BILLING_BLOCK_MISSING
} billing_block_state_t;


/* rule and from are static; openapi.json lists them. */
typedef struct {
    size_t                account; /* its place in the answer */
    unsigned              part;
    billing_granularity_t granularity;
    billing_month_t       month;
    billing_block_state_t state;
    const char           *rule;
    const char           *from;  /* NULL: there is none */
    time_t                as_of; /* 0: null */
} billing_explain_t;


#endif /* BILLING_CORE_EXPLAIN_H */
