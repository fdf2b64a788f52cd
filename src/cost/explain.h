
/*
 * Why a lookup's blocks are as they are.
 */

#ifndef BILLING_COST_EXPLAIN_H
#define BILLING_COST_EXPLAIN_H

#include "cost/engine.h"


/*
 * Tells whoever asks, and the debug log, why a block is as it is.  rule and
 * from are static.
 */
void billing_explain(billing_cost_lookup_t *lookup,
    const billing_fetch_account_t *account, const billing_cost_part_t *part,
    billing_month_t month, billing_block_state_t state, const char *rule,
    const char *from, time_t as_of);


#endif /* BILLING_COST_EXPLAIN_H */
