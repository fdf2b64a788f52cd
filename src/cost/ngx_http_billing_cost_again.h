
/*
 * Questions that were not answered: whether and when they are asked again.
 */

#ifndef NGX_HTTP_BILLING_COST_AGAIN_H
#define NGX_HTTP_BILLING_COST_AGAIN_H

#include "cost/ngx_http_billing_cost_engine.h"


/*
 * For how many seconds it is to wait: what the provider has said or, where
 * calls have a pace, what that is; 0 or less: nobody has said.
 */
ngx_int_t ngx_http_billing_cost_again_told(
    ngx_http_billing_cost_flight_t *flight, ngx_int_t retry_after);

/* Might the same be answered in a moment? */
ngx_uint_t ngx_http_billing_cost_again_may(
    billing_status_t status, billing_reason_t reason);

/* For how many milliseconds nobody calls with this credential. */
ngx_msec_t ngx_http_billing_cost_again_throttled(
    ngx_http_billing_cost_walk_t *walk, ngx_int_t retry_after);

/* The same where there are no more tries; not above 0: it does not say. */
ngx_msec_t ngx_http_billing_cost_again_rest(ngx_int_t retry_after);

/*
 * The walk comes back by its timer.  NGX_DECLINED: no more tries, or none
 * within the time that the waiters have.
 */
ngx_int_t ngx_http_billing_cost_again_pause(
    ngx_http_billing_cost_walk_t *walk, ngx_int_t retry_after);

/* Milliseconds that a pause may take: whoever waits has only so much time. */
ngx_msec_int_t ngx_http_billing_cost_again_left(
    ngx_http_billing_cost_walk_t *walk);

/* Why the flight must not go on; NULL: it may. */
const char *ngx_http_billing_cost_abandoned(
    ngx_http_billing_cost_flight_t *flight);


#endif /* NGX_HTTP_BILLING_COST_AGAIN_H */
