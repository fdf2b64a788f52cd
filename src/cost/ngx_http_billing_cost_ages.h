
/* How the totals of the last days grow; for _cache.c. */

#ifndef NGX_HTTP_BILLING_COST_AGES_H
#define NGX_HTTP_BILLING_COST_AGES_H

#include "cost/ngx_http_billing_cost_engine.h"


/* Most that there are of a block. */
#define NGX_HTTP_BILLING_COST_AGES_MAX 97

/*
 * What is to be kept of a block's days beside it: the oldest day that is kept
 * at all, then fields and values.  None for blocks that tell nothing of it.
 */
ngx_int_t ngx_http_billing_cost_ages(
    ngx_http_billing_cost_block_t *block, ngx_str_t *argv, ngx_uint_t *argc);


#endif /* NGX_HTTP_BILLING_COST_AGES_H */
