
/*
 * Leave to call the provider, over all workers and nodes.
 */

#ifndef NGX_HTTP_BILLING_COST_PERMIT_H
#define NGX_HTTP_BILLING_COST_PERMIT_H

#include "cost/ngx_http_billing_cost_engine.h"


/*
 * The walk holds a slot, and may hold the permit of its last call.  Ends with
 * ngx_http_billing_cost_walk_send(), _lane_busy() or _flight_end().
 */
ngx_int_t ngx_http_billing_cost_permit_ask(ngx_http_billing_cost_walk_t *walk);

/* Gives back what the walk holds or asks for. */
void ngx_http_billing_cost_permit_drop(ngx_http_billing_cost_walk_t *walk);


#endif /* NGX_HTTP_BILLING_COST_PERMIT_H */
