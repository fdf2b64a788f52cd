
/*
 * How the totals of the last days grow.
 */

#ifndef BILLING_FETCH_AGES_H
#define BILLING_FETCH_AGES_H

#include "fetch/internal.h"


/* Most that there are of a block. */
#define BILLING_AGES_MAX 97

/*
 * What is to be kept of a block's days beside it: the oldest day that is kept
 * at all, then fields and values.  None for blocks that tell nothing of it.
 */
ngx_int_t billing_ages(
    billing_fetch_block_t *block, ngx_str_t *argv, ngx_uint_t *argc);


#endif /* BILLING_FETCH_AGES_H */
