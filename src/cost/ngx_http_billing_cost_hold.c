
/*
 * Who may board, and who must wait for it.  A worker has so many flights under way
 * and no more, for each has a pool, a lock in Redis and figures in memory; a
 * domain of five thousand accounts would start fifteen thousand.  And while
 * one flight tries whether a host answers again, the others wait for what it
 * finds out.
 *
 * Lookups take turns, so that a small question does not stand in line behind a
 * large one.  A few lookups stay after their answer until all they hold has
 * been boarded, with copies of what they have borrowed.  What further ones hold
 * is dropped: the next question for it finds what was fetched meanwhile in the
 * cache, and asks for the rest.
 */

#include "cost/ngx_http_billing_cost_breaker.h"


#define NGX_HTTP_BILLING_COST_FLIGHTS 128
#define NGX_HTTP_BILLING_COST_BEHIND  4 /* lookups that stay */


static ngx_uint_t ngx_http_billing_cost_hold_wanted(
    ngx_http_billing_cost_series_t *series);
static ngx_uint_t ngx_http_billing_cost_hold_waits(
    ngx_http_billing_cost_series_t *series);
static void ngx_http_billing_cost_hold_take(
    ngx_http_billing_cost_series_t *series);
static ngx_int_t ngx_http_billing_cost_hold_ids(
    ngx_pool_t *pool, ngx_str_t **ids, ngx_uint_t n);
static ngx_int_t ngx_http_billing_cost_hold_copy(
    ngx_http_billing_cost_series_t *series);


void
ngx_http_billing_cost_hold(ngx_http_billing_cost_series_t *series)
{
    ngx_uint_t                      i;
    ngx_http_billing_cost_t        *cost;
    ngx_http_billing_cost_lookup_t *lookup;

    lookup = series->lookup;
    cost = lookup->cost;

    if (series->held || !ngx_http_billing_cost_hold_wanted(series)) {
        return;
    }

    if (!ngx_http_billing_cost_hold_waits(series)) {
        ngx_http_billing_cost_flight_board(series);
        return;
    }

    for (i = 0; i < series->nitems; i++) {
        if (series->items[i].wanted) {
            ngx_http_billing_cost_await(&series->items[i]);
        }
    }

    series->held = 1;

    if (ngx_queue_empty(&lookup->held)) {
        ngx_queue_insert_tail(&cost->held, &lookup->held_queue);
    }

    ngx_queue_insert_tail(&lookup->held, &series->queue);
    cost->nheld++;
}


static ngx_uint_t
ngx_http_billing_cost_hold_wanted(ngx_http_billing_cost_series_t *series)
{
    ngx_uint_t i;

    for (i = 0; i < series->nitems; i++) {
        if (series->items[i].wanted) {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_http_billing_cost_hold_waits(ngx_http_billing_cost_series_t *series)
{
    const billing_fault_t *fault;

    return series->lookup->cost->nflights >= NGX_HTTP_BILLING_COST_FLIGHTS
           || ngx_http_billing_cost_admit(series, &fault) == NGX_AGAIN;
}


ngx_int_t
ngx_http_billing_cost_admit(
    ngx_http_billing_cost_series_t *series, const billing_fault_t **fault)
{
    ngx_http_billing_cost_t         *cost;
    ngx_http_billing_cost_host_t    *host;
    ngx_http_billing_cost_lookup_t  *lookup;
    ngx_http_billing_cost_provider_t provider;

    lookup = series->lookup;
    cost = lookup->cost;

    *fault = lookup->question.refresh
                 ? NULL
                 : ngx_http_billing_cost_rejected(
                     cost, &lookup->question.domain, series->account);

    if (*fault != NULL) {
        return NGX_DECLINED;
    }

    *fault = &billing_fault_internal;

    if (cost->conf.provider(cost->conf.data, &lookup->question.domain,
            &series->account->provider, &provider)
        != NGX_OK)
    {
        return NGX_DECLINED;
    }

    host = ngx_http_billing_cost_host(cost, &provider.endpoint);
    if (host == NULL) {
        return NGX_DECLINED;
    }

    *fault = billing_fault(BILLING_UNAVAILABLE, BILLING_REASON_NONE);

    return ngx_http_billing_cost_breaker(cost, host);
}


void
ngx_http_billing_cost_hold_event(ngx_event_t *ev)
{
    ngx_http_billing_cost_t *cost = ev->data;

    ngx_uint_t                      n;
    ngx_http_billing_cost_lookup_t *lookup;
    ngx_http_billing_cost_series_t *series;

    for (n = cost->nheld; n > 0; n--) {
        if (cost->nflights >= NGX_HTTP_BILLING_COST_FLIGHTS) {
            return;
        }

        lookup = ngx_queue_data(ngx_queue_head(&cost->held),
            ngx_http_billing_cost_lookup_t, held_queue);
        series = ngx_queue_data(ngx_queue_head(&lookup->held),
            ngx_http_billing_cost_series_t, queue);

        ngx_http_billing_cost_hold_take(series);
        ngx_http_billing_cost_hold(series);

        if (lookup->behind && ngx_queue_empty(&lookup->held)) {
            ngx_http_billing_cost_cancel(lookup);
        }
    }
}


/* The others of its lookup go behind those of all other lookups. */
static void
ngx_http_billing_cost_hold_take(ngx_http_billing_cost_series_t *series)
{
    ngx_http_billing_cost_t        *cost;
    ngx_http_billing_cost_lookup_t *lookup;

    lookup = series->lookup;
    cost = lookup->cost;

    series->held = 0;
    ngx_queue_remove(&series->queue);
    ngx_queue_remove(&lookup->held_queue);
    cost->nheld--;

    if (!ngx_queue_empty(&lookup->held)) {
        ngx_queue_insert_tail(&cost->held, &lookup->held_queue);
    }
}


void
ngx_http_billing_cost_hold_leave(ngx_http_billing_cost_lookup_t *lookup)
{
    while (!ngx_queue_empty(&lookup->held)) {
        ngx_http_billing_cost_hold_take(
            ngx_queue_data(ngx_queue_head(&lookup->held),
                ngx_http_billing_cost_series_t, queue));
    }
}


ngx_uint_t
ngx_http_billing_cost_hold_stays(ngx_http_billing_cost_lookup_t *lookup)
{
    ngx_queue_t             *q;
    ngx_http_billing_cost_t *cost;

    cost = lookup->cost;

    if (ngx_queue_empty(&lookup->held)
        || lookup->result.status != NGX_HTTP_BILLING_COST_OK
        || lookup->question.fleeting || ngx_exiting
        || cost->nbehind == NGX_HTTP_BILLING_COST_BEHIND
        || ngx_http_billing_cost_dup(
               lookup->pool, &lookup->question.domain, &lookup->question.domain)
               != NGX_OK)
    {
        return 0;
    }

    for (q = ngx_queue_head(&lookup->held);
         q != ngx_queue_sentinel(&lookup->held); q = ngx_queue_next(q))
    {
        if (ngx_http_billing_cost_hold_copy(
                ngx_queue_data(q, ngx_http_billing_cost_series_t, queue))
            != NGX_OK)
        {
            return 0;
        }
    }

    lookup->behind = 1;
    cost->nbehind++;

    return 1;
}


static ngx_int_t
ngx_http_billing_cost_hold_ids(ngx_pool_t *pool, ngx_str_t **ids, ngx_uint_t n)
{
    ngx_str_t *copy;
    ngx_uint_t i;

    copy = ngx_palloc(pool, (n + 1) * sizeof(ngx_str_t));
    if (copy == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        if (ngx_http_billing_cost_dup(pool, &copy[i], &(*ids)[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    *ids = copy;

    return NGX_OK;
}


/* Account and part, which belong to the question. */
static ngx_int_t
ngx_http_billing_cost_hold_copy(ngx_http_billing_cost_series_t *series)
{
    ngx_pool_t                      *pool;
    ngx_http_billing_cost_part_t    *part;
    ngx_http_billing_cost_account_t *account;

    pool = series->lookup->pool;

    account = ngx_palloc(pool, sizeof(ngx_http_billing_cost_account_t));
    part = ngx_palloc(pool, sizeof(ngx_http_billing_cost_part_t));

    if (account == NULL || part == NULL) {
        return NGX_ERROR;
    }

    *account = *series->account;
    *part = *series->part;

    if (ngx_http_billing_cost_hold_ids(pool, &account->linked, account->nlinked)
            != NGX_OK
        || ngx_http_billing_cost_hold_ids(pool, &account->gone, account->ngone)
               != NGX_OK
        || ngx_http_billing_cost_hold_ids(
               pool, &account->excluded, account->nexcluded)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    series->account = account;
    series->part = part;

    return ngx_http_billing_cost_dup(pool, &account->id, &account->id) == NGX_OK
                   && ngx_http_billing_cost_dup(
                          pool, &account->state, &account->state)
                          == NGX_OK
                   && ngx_http_billing_cost_dup(
                          pool, &account->provider, &account->provider)
                          == NGX_OK
                   && ngx_http_billing_cost_dup(
                          pool, &account->credential, &account->credential)
                          == NGX_OK
               ? NGX_OK
               : NGX_ERROR;
}
