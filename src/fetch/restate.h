
/*
 * Months that a provider changes afterwards.
 */

#ifndef BILLING_FETCH_RESTATE_H
#define BILLING_FETCH_RESTATE_H

#include "fetch/internal.h"


/*
 * Stores a block as billing_save_block() does, with what is known of changes of
 * its month.
 */
ngx_int_t billing_restate_block(
    billing_fetch_block_t *block, void (*done)(billing_fetch_block_t *block));


#endif /* BILLING_FETCH_RESTATE_H */
