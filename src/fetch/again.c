
/* What was not answered: whether and when it is asked for again. */

#include "fetch/again.h"


#define BILLING_AGAIN_TRIES   3
#define BILLING_AGAIN_BACKOFF 100   /* milliseconds, doubled */
#define BILLING_AGAIN_LONGEST 30000 /* pause, nobody waiting */

/* for how long nobody calls when the provider does not say, in milliseconds */
#define BILLING_AGAIN_TIRED 2000


/* Where calls have a pace, one that came too early waits for the next turn. */
ngx_int_t
billing_again_told(
    const billing_fetch_provider_t *provider, ngx_int_t retry_after)
{
    return retry_after > 0 || provider->pace == 0
               ? retry_after
               : (ngx_int_t) (provider->pace_time / provider->pace + 999)
                     / 1000;
}


ngx_uint_t
billing_again_may(billing_status_t status, billing_reason_t reason)
{
    return status == BILLING_THROTTLED
           || (status == BILLING_UNAVAILABLE
               && reason != BILLING_REASON_NOT_ENABLED
               && reason != BILLING_REASON_NO_ACCESS
               && reason != BILLING_REASON_CLOCK);
}


/*
 * A provider that does not say is left alone for a moment when tries are of no
 * use.
 */
ngx_msec_t
billing_again_throttled(ngx_uint_t tries, ngx_int_t retry_after)
{
    return retry_after <= 0 && tries + 1 < BILLING_AGAIN_TRIES
               ? 0
               : billing_again_rest(retry_after);
}


ngx_msec_t
billing_again_rest(ngx_int_t retry_after)
{
    return retry_after > 0 ? (ngx_msec_t) ngx_min((ngx_uint_t) retry_after,
                                 BILLING_FETCH_REST / 1000)
                                 * 1000
                           : BILLING_AGAIN_TIRED;
}


/*
 * Half of the pause is chance, so that walks that failed together do not come
 * back together.
 */
ngx_msec_t
billing_again_pause(
    ngx_uint_t tries, ngx_int_t retry_after, ngx_msec_int_t left)
{
    ngx_msec_t pause;

    if (tries >= BILLING_AGAIN_TRIES
        || retry_after > BILLING_AGAIN_LONGEST / 1000) {
        return 0;
    }

    pause = BILLING_AGAIN_BACKOFF << tries;
    pause = pause / 2 + ngx_random() % (pause / 2);

    if (retry_after > 0) {
        pause += (ngx_msec_t) retry_after * 1000;
    }

    return pause < (ngx_msec_t) left ? pause : 0;
}


ngx_msec_int_t
billing_again_left(const billing_flight_t *flight)
{
    ngx_msec_int_t left;

    left = (ngx_msec_int_t) (flight->deadline - ngx_current_msec);

    return left > 0 ? left : BILLING_AGAIN_LONGEST;
}
