
/*
 * A circuit breaker for each host of a provider, in each worker.  After some
 * failures in a row it opens: fetches fail at once, so that old figures serve
 * without a wait and nothing piles up behind a host that is down.  After 1,
 * 2, 4 and then every 5 seconds one fetch goes through to try; the first
 * answer of the host closes it, but for that to a list that is known.
 *
 * A failure is a call that came to nothing after all its tries: no connection,
 * no answer in time, or a status of 500 and above.  Any other answer shows
 * that the host is there.
 */

#include "fetch/breaker.h"

#include "event/metrics.h"


#define BILLING_BREAKER_FAILURES 5
#define BILLING_BREAKER_FIRST    1000 /* milliseconds */
#define BILLING_BREAKER_LONGEST  5000

/* for so long others wait for the outcome of a try */
#define BILLING_BREAKER_WAIT 2000


struct billing_breaker_s {
    ngx_queue_t queue; /* in fetch->breakers */
    ngx_str_t   name;  /* scheme, host and port of the endpoint */
    ngx_uint_t  failures;
    ngx_msec_t  pause; /* before the next try; 0: closed */
    ngx_msec_t  next;  /* when that is */
    ngx_msec_t  tried; /* when the last one began */
    ngx_uint_t  forms; /* of questions: what is known */
    const void *trier; /* NULL: nobody tries */
};


static void breaker_name(const ngx_str_t *endpoint, ngx_str_t *name);


/* There are few of them, and they stay. */
billing_breaker_t *
billing_breaker_of(billing_fetch_t *fetch, const ngx_str_t *endpoint)
{
    ngx_str_t          name;
    ngx_queue_t       *q;
    billing_breaker_t *breaker;

    breaker_name(endpoint, &name);

    for (q = ngx_queue_head(&fetch->breakers);
         q != ngx_queue_sentinel(&fetch->breakers); q = ngx_queue_next(q))
    {
        breaker = ngx_queue_data(q, billing_breaker_t, queue);

        if (breaker->name.len == name.len
            && ngx_strncmp(breaker->name.data, name.data, name.len) == 0)
        {
            return breaker;
        }
    }

    breaker = ngx_calloc(sizeof(billing_breaker_t), fetch->conf.log);
    if (breaker == NULL) {
        return NULL;
    }

    breaker->name = name; /* of the configuration, which lives longer */
    ngx_queue_insert_tail(&fetch->breakers, &breaker->queue);

    return breaker;
}


static void
breaker_name(const ngx_str_t *endpoint, ngx_str_t *name)
{
    size_t i, slashes;

    for (i = 0, slashes = 0; i < endpoint->len; i++) {
        if (endpoint->data[i] == '/' && ++slashes == 3) {
            break;
        }
    }

    name->data = endpoint->data;
    name->len = i;
}


ngx_uint_t
billing_breaker_forms(billing_breaker_t *breaker, ngx_uint_t more)
{
    breaker->forms |= more;

    return breaker->forms;
}


void
billing_breaker_free_all(billing_fetch_t *fetch)
{
    ngx_queue_t *q;

    while (!ngx_queue_empty(&fetch->breakers)) {
        q = ngx_queue_head(&fetch->breakers);
        ngx_queue_remove(q);
        ngx_free(ngx_queue_data(q, billing_breaker_t, queue));
    }
}


ngx_int_t
billing_breaker_admit(billing_fetch_t *fetch, billing_breaker_t *breaker)
{
    ngx_msec_t passed;

    if (breaker->pause == 0) {
        return NGX_OK;
    }

    if ((ngx_msec_int_t) (ngx_current_msec - breaker->next) >= 0) {
        return NGX_DONE;
    }

    passed = ngx_current_msec - breaker->tried;

    if (breaker->trier == NULL || passed >= BILLING_BREAKER_WAIT) {
        return NGX_DECLINED;
    }

    if (!fetch->event.timer_set) {
        ngx_add_timer(&fetch->event, BILLING_BREAKER_WAIT - passed);
    }

    return NGX_AGAIN;
}


void
billing_breaker_try(
    billing_fetch_t *fetch, billing_breaker_t *breaker, const void *who)
{
    breaker->trier = who;
    breaker->tried = ngx_current_msec;
    breaker->pause = ngx_min(breaker->pause * 2, BILLING_BREAKER_LONGEST);
    breaker->next = ngx_current_msec + breaker->pause;

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, fetch->conf.log, 0,
        "billing: one call tries whether \"%V\" answers again", &breaker->name);
}


void
billing_breaker_leave(
    billing_fetch_t *fetch, billing_breaker_t *breaker, const void *who)
{
    if (breaker != NULL && breaker->trier == who) {
        breaker->trier = NULL;
        ngx_post_event(&fetch->event, &ngx_posted_events);
    }
}


ngx_uint_t
billing_breaker_open(const billing_breaker_t *breaker)
{
    return breaker->pause != 0;
}


ngx_uint_t
billing_breaker_stops(const billing_breaker_t *breaker, const void *who)
{
    return breaker->pause != 0 && breaker->trier != who;
}


ngx_int_t
billing_breaker_heard(const billing_curl_result_t *result)
{
    if (result->nomem) {
        return NGX_DECLINED;
    }

    return result->too_large || result->crowded
                   || (result->status != 0 && result->status < 500)
               ? NGX_OK
               : NGX_ERROR;
}


void
billing_breaker_failed(billing_fetch_t *fetch, billing_breaker_t *breaker)
{
    breaker->failures++;

    if (breaker->pause != 0 || breaker->failures < BILLING_BREAKER_FAILURES) {
        return;
    }

    breaker->pause = BILLING_BREAKER_FIRST;
    breaker->next = ngx_current_msec + breaker->pause;

    billing_count(held_back);
    billing_gauge(breakers, 1);

    ngx_log_error(NGX_LOG_WARN, fetch->conf.log, 0,
        "billing provider at \"%V\" has failed %ui times, calls are held back",
        &breaker->name, breaker->failures);
}


void
billing_breaker_answered(billing_fetch_t *fetch, billing_breaker_t *breaker)
{
    breaker->failures = 0;

    if (breaker->pause == 0) {
        return;
    }

    breaker->pause = 0;
    breaker->trier = NULL;
    billing_gauge(breakers, -1);

    ngx_log_error(NGX_LOG_NOTICE, fetch->conf.log, 0,
        "billing provider at \"%V\" answers again", &breaker->name);

    ngx_post_event(&fetch->event, &ngx_posted_events);
}
