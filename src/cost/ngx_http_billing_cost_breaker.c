
/*
 * A circuit breaker for each host of a provider, in each worker.  After some
 * failures in a row it opens: fetches fail at once, so that old figures serve
 * without a wait and nothing piles up behind a host that is down.  After 1,
 * 2, 4 and then every 5 seconds one fetch goes through to try; the first
 * answer of the host, to whichever call, closes it.
 *
 * A failure is a call that came to nothing after all its tries: no connection,
 * no answer in time, or a status of 500 and above.  Any other answer shows
 * that the host is there.
 */

#include "cost/ngx_http_billing_cost_breaker.h"
#include "event/ngx_billing_metrics.h"


#define NGX_HTTP_BILLING_COST_BREAKER_FAILURES 5
#define NGX_HTTP_BILLING_COST_BREAKER_FIRST    1000 /* milliseconds */
#define NGX_HTTP_BILLING_COST_BREAKER_LONGEST  5000

/* for so long others wait for the outcome of a try */
#define NGX_HTTP_BILLING_COST_BREAKER_WAIT 2000


struct ngx_http_billing_cost_host_s {
    ngx_queue_t queue; /* in cost->hosts */
    ngx_str_t   name;  /* scheme, host and port of the endpoint */
    ngx_uint_t  failures;
    ngx_msec_t  pause; /* before the next try; 0: closed */
    ngx_msec_t  next;  /* when that is */
    ngx_msec_t  tried; /* when the last one began */
    ngx_uint_t  forms; /* of questions: what is known */

    ngx_http_billing_cost_flight_t *flight; /* that tries */
};


static void ngx_http_billing_cost_host_name(
    const ngx_str_t *endpoint, ngx_str_t *name);
static void ngx_http_billing_cost_host_failed(
    ngx_http_billing_cost_t *cost, ngx_http_billing_cost_host_t *host);
static void ngx_http_billing_cost_host_answered(
    ngx_http_billing_cost_t *cost, ngx_http_billing_cost_host_t *host);


/* There are few of them, and they stay. */
ngx_http_billing_cost_host_t *
ngx_http_billing_cost_host(
    ngx_http_billing_cost_t *cost, const ngx_str_t *endpoint)
{
    ngx_str_t                     name;
    ngx_queue_t                  *q;
    ngx_http_billing_cost_host_t *host;

    ngx_http_billing_cost_host_name(endpoint, &name);

    for (q = ngx_queue_head(&cost->hosts);
         q != ngx_queue_sentinel(&cost->hosts); q = ngx_queue_next(q))
    {
        host = ngx_queue_data(q, ngx_http_billing_cost_host_t, queue);

        if (host->name.len == name.len
            && ngx_strncmp(host->name.data, name.data, name.len) == 0)
        {
            return host;
        }
    }

    host = ngx_calloc(sizeof(ngx_http_billing_cost_host_t), cost->conf.log);
    if (host == NULL) {
        return NULL;
    }

    host->name = name; /* of the configuration, which lives longer */
    ngx_queue_insert_tail(&cost->hosts, &host->queue);

    return host;
}


static void
ngx_http_billing_cost_host_name(const ngx_str_t *endpoint, ngx_str_t *name)
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
ngx_http_billing_cost_host_forms(
    ngx_http_billing_cost_host_t *host, ngx_uint_t more)
{
    host->forms |= more;

    return host->forms;
}


void
ngx_http_billing_cost_hosts_free(ngx_http_billing_cost_t *cost)
{
    ngx_queue_t *q;

    while (!ngx_queue_empty(&cost->hosts)) {
        q = ngx_queue_head(&cost->hosts);
        ngx_queue_remove(q);
        ngx_free(ngx_queue_data(q, ngx_http_billing_cost_host_t, queue));
    }
}


ngx_int_t
ngx_http_billing_cost_breaker(
    ngx_http_billing_cost_t *cost, ngx_http_billing_cost_host_t *host)
{
    ngx_msec_t passed;

    if (host->pause == 0) {
        return NGX_OK;
    }

    if ((ngx_msec_int_t) (ngx_current_msec - host->next) >= 0) {
        return NGX_DONE;
    }

    passed = ngx_current_msec - host->tried;

    if (host->flight == NULL || passed >= NGX_HTTP_BILLING_COST_BREAKER_WAIT) {
        return NGX_DECLINED;
    }

    if (!cost->board.timer_set) {
        ngx_add_timer(
            &cost->board, NGX_HTTP_BILLING_COST_BREAKER_WAIT - passed);
    }

    return NGX_AGAIN;
}


void
ngx_http_billing_cost_breaker_try(ngx_http_billing_cost_flight_t *flight)
{
    ngx_http_billing_cost_host_t *host;

    host = flight->host;

    host->flight = flight;
    host->tried = ngx_current_msec;
    host->pause = ngx_min(
        host->pause * 2, NGX_HTTP_BILLING_COST_BREAKER_LONGEST);
    host->next = ngx_current_msec + host->pause;
}


void
ngx_http_billing_cost_breaker_leave(ngx_http_billing_cost_flight_t *flight)
{
    if (flight->host != NULL && flight->host->flight == flight) {
        flight->host->flight = NULL;
        ngx_post_event(&flight->cost->board, &ngx_posted_events);
    }
}


ngx_uint_t
ngx_http_billing_cost_breaker_open(const ngx_http_billing_cost_flight_t *flight)
{
    return flight->host->pause != 0;
}


ngx_uint_t
ngx_http_billing_cost_breaker_stops(
    const ngx_http_billing_cost_flight_t *flight)
{
    return flight->host->pause != 0 && flight->host->flight != flight;
}


void
ngx_http_billing_cost_breaker_failed(ngx_http_billing_cost_flight_t *flight)
{
    ngx_http_billing_cost_host_failed(flight->cost, flight->host);
}


void
ngx_http_billing_cost_breaker_answered(ngx_http_billing_cost_flight_t *flight)
{
    ngx_http_billing_cost_host_answered(flight->cost, flight->host);
}


static void
ngx_http_billing_cost_host_failed(
    ngx_http_billing_cost_t *cost, ngx_http_billing_cost_host_t *host)
{
    host->failures++;

    if (host->pause != 0
        || host->failures < NGX_HTTP_BILLING_COST_BREAKER_FAILURES) {
        return;
    }

    host->pause = NGX_HTTP_BILLING_COST_BREAKER_FIRST;
    host->next = ngx_current_msec + host->pause;

    ngx_billing_count(held_back);
    ngx_billing_gauge(breakers, 1);

    ngx_log_error(NGX_LOG_WARN, cost->conf.log, 0,
        "billing provider at \"%V\" has failed %ui times, calls are held back",
        &host->name, host->failures);
}


static void
ngx_http_billing_cost_host_answered(
    ngx_http_billing_cost_t *cost, ngx_http_billing_cost_host_t *host)
{
    host->failures = 0;

    if (host->pause == 0) {
        return;
    }

    host->pause = 0;
    host->flight = NULL;
    ngx_billing_gauge(breakers, -1);

    ngx_log_error(NGX_LOG_NOTICE, cost->conf.log, 0,
        "billing provider at \"%V\" answers again", &host->name);

    ngx_post_event(&cost->board, &ngx_posted_events);
}


ngx_uint_t
ngx_http_billing_cost_held_back(
    ngx_http_billing_cost_t *cost, const ngx_str_t *endpoint)
{
    ngx_http_billing_cost_host_t *host;

    host = ngx_http_billing_cost_host(cost, endpoint);

    return host != NULL && host->pause != 0;
}


void
ngx_http_billing_cost_heard(ngx_http_billing_cost_t *cost,
    const ngx_str_t *endpoint, ngx_uint_t answered)
{
    ngx_http_billing_cost_host_t *host;

    host = ngx_http_billing_cost_host(cost, endpoint);
    if (host == NULL) {
        return;
    }

    if (!answered) {
        ngx_http_billing_cost_host_failed(cost, host);

    } else if (host->pause != 0) {
        /* while it is closed, what fails for costs is counted all the same */
        ngx_http_billing_cost_host_answered(cost, host);
    }
}
