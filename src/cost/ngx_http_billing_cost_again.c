
/* What was not answered: whether and when it is asked for again. */

#include "cost/ngx_http_billing_cost_again.h"
#include "cost/ngx_http_billing_cost_breaker.h"


#define NGX_HTTP_BILLING_COST_TRIES   3
#define NGX_HTTP_BILLING_COST_BACKOFF 100     /* milliseconds, doubled */
#define NGX_HTTP_BILLING_COST_PAUSE   30000   /* longest, nobody waiting */
#define NGX_HTTP_BILLING_COST_FLIGHT  1800000 /* longest flight */


/* Where calls have a pace, one that came too early waits for the next turn. */
ngx_int_t
ngx_http_billing_cost_again_told(
    ngx_http_billing_cost_flight_t *flight, ngx_int_t retry_after)
{
    ngx_http_billing_cost_provider_t *provider;

    provider = &flight->provider;

    return retry_after > 0 || provider->pace == 0
               ? retry_after
               : (ngx_int_t) (provider->pace_time / provider->pace + 999)
                     / 1000;
}


/* Might the same be answered in a moment? */
ngx_uint_t
ngx_http_billing_cost_again_may(
    billing_status_t status, billing_reason_t reason)
{
    return status == BILLING_THROTTLED
           || (status == BILLING_UNAVAILABLE
               && reason != BILLING_REASON_NOT_ENABLED
               && reason != BILLING_REASON_NO_ACCESS
               && reason != BILLING_REASON_CLOCK);
}


/*
 * For how long nobody calls with this credential.  A provider that does not
 * say is left alone for a moment when tries are of no use.
 */
ngx_msec_t
ngx_http_billing_cost_again_throttled(
    ngx_http_billing_cost_walk_t *walk, ngx_int_t retry_after)
{
    return retry_after <= 0 && walk->tries + 1 < NGX_HTTP_BILLING_COST_TRIES
               ? 0
               : ngx_http_billing_cost_again_rest(retry_after);
}


ngx_msec_t
ngx_http_billing_cost_again_rest(ngx_int_t retry_after)
{
    return retry_after > 0 ? (ngx_msec_t) ngx_min((ngx_uint_t) retry_after,
                                 NGX_HTTP_BILLING_COST_REST / 1000)
                                 * 1000
                           : NGX_HTTP_BILLING_COST_TIRED;
}


/*
 * Half of the pause is chance, so that walks that failed together do not come
 * back together.  NGX_DECLINED: no more tries, or none within the time that
 * the waiters have.
 */
ngx_int_t
ngx_http_billing_cost_again_pause(
    ngx_http_billing_cost_walk_t *walk, ngx_int_t retry_after)
{
    ngx_msec_t pause;

    if (++walk->tries == NGX_HTTP_BILLING_COST_TRIES) {
        return NGX_DECLINED;
    }

    pause = NGX_HTTP_BILLING_COST_BACKOFF << walk->tries;
    pause = pause / 2 + ngx_random() % (pause / 2);

    if (retry_after > 0) {
        if (retry_after > NGX_HTTP_BILLING_COST_PAUSE / 1000) {
            return NGX_DECLINED;
        }

        pause += (ngx_msec_t) retry_after * 1000;
    }

    if (pause >= (ngx_msec_t) ngx_http_billing_cost_again_left(walk)
        || (walk->bad && ngx_http_billing_cost_breaker_open(walk->flight))
        || ngx_http_billing_cost_abandoned(walk->flight) != NULL)
    {
        return NGX_DECLINED;
    }

    ngx_http_billing_cost_lane_drop(walk);
    ngx_add_timer(&walk->retry, pause);

    return NGX_OK;
}


/* How long a pause may be: whoever waits has only so much time. */
ngx_msec_int_t
ngx_http_billing_cost_again_left(ngx_http_billing_cost_walk_t *walk)
{
    ngx_msec_int_t left;

    left = (ngx_msec_int_t) (walk->flight->deadline - ngx_current_msec);

    return left > 0 ? left : NGX_HTTP_BILLING_COST_PAUSE;
}


/* No endless flights, and none at all without passengers on the way out. */
const char *
ngx_http_billing_cost_abandoned(ngx_http_billing_cost_flight_t *flight)
{
    if (ngx_current_msec - flight->started > NGX_HTTP_BILLING_COST_FLIGHT) {
        return "took too long";
    }

    if (ngx_exiting && !ngx_http_billing_cost_flight_awaited(flight)) {
        flight->abandoned = 1;
        return "the worker is exiting";
    }

    return NULL;
}
