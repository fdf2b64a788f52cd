
/*
 * Questions that were not answered: whether and when they are asked again.
 */

#ifndef BILLING_FETCH_AGAIN_H
#define BILLING_FETCH_AGAIN_H

#include "fetch/internal.h"


/*
 * For how many seconds it is to wait: what the provider has said or, where
 * calls have a pace, what that is; 0 or less: nobody has said.
 */
ngx_int_t billing_again_told(
    const billing_fetch_provider_t *provider, ngx_int_t retry_after);

/* Might the same be answered in a moment? */
ngx_uint_t billing_again_may(billing_status_t status, billing_reason_t reason);

/*
 * For how many milliseconds nobody calls with this credential, once a page was
 * asked for so many times.
 */
ngx_msec_t billing_again_throttled(ngx_uint_t tries, ngx_int_t retry_after);

/* The same where there are no more tries; not above 0: it does not say. */
ngx_msec_t billing_again_rest(ngx_int_t retry_after);

/*
 * Milliseconds before the next try, after so many; 0: there is none, or it
 * would not fit into "left".
 */
ngx_msec_t billing_again_pause(
    ngx_uint_t tries, ngx_int_t retry_after, ngx_msec_int_t left);

/* Milliseconds that a pause may take: whoever waits has only so much time. */
ngx_msec_int_t billing_again_left(const billing_flight_t *flight);


#endif /* BILLING_FETCH_AGAIN_H */
