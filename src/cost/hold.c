
/*
 * Boarding flights, see fetch/, and who must wait for it.  A worker has so many
 * flights under way and no more: a domain of five thousand accounts would start
 * fifteen thousand.  And while one flight tries whether a host answers again,
 * the others wait for what it finds out.
 *
 * An item that has been served with an old block only sees to it that there is
 * a flight.
 *
 * Lookups take turns, so that a small question does not stand in line behind a
 * large one.  A few lookups stay after their answer until all they hold has
 * been boarded, with copies of what they have borrowed.  What further ones hold
 * is dropped: the next question for it finds what was fetched meanwhile in the
 * cache, and asks for the rest.
 */

#include "cost/engine.h"

#include "event/str.h"


#define BILLING_COST_BEHIND 4 /* lookups that stay */


static ngx_uint_t hold_wanted(billing_cost_series_t *series);
static ngx_uint_t hold_waits(billing_cost_series_t *series);
static void       hold_board(billing_cost_series_t *series);
static ngx_uint_t hold_join(billing_cost_item_t *item);
static void       hold_start(billing_cost_item_t *items, ngx_uint_t n);
static void       hold_boarded(billing_cost_item_t *item);
static void       hold_take(billing_cost_series_t *series);
static ngx_int_t  hold_ids(ngx_pool_t *pool, ngx_str_t **ids, ngx_uint_t n);
static ngx_int_t  hold_copy(billing_cost_series_t *series);


void
billing_hold(billing_cost_series_t *series)
{
    ngx_uint_t             i;
    billing_cost_t        *cost;
    billing_cost_lookup_t *lookup;

    lookup = series->lookup;
    cost = lookup->cost;

    if (series->held || !hold_wanted(series)) {
        return;
    }

    if (!hold_waits(series)) {
        hold_board(series);
        return;
    }

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, cost->conf.log, 0,
        "billing: account \"%V\" is held, %ui others are", &series->account->id,
        cost->nheld);

    for (i = 0; i < series->nitems; i++) {
        if (series->items[i].wanted) {
            billing_progress_await(&series->items[i]);
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
hold_wanted(billing_cost_series_t *series)
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
hold_waits(billing_cost_series_t *series)
{
    billing_fetch_t       *fetch;
    billing_fetch_order_t  order;
    const billing_fault_t *fault;

    fetch = series->lookup->cost->conf.fetch;
    billing_plan_order(series, &order);

    return billing_fetch_full(fetch)
           || billing_fetch_admit(fetch, &order, &fault) == NGX_AGAIN;
}


/*
 * MONTHLY: neighbouring months go in one flight, DAILY: each month has one of
 * its own where a question covers at most 31 days.
 */
static void
hold_board(billing_cost_series_t *series)
{
    ngx_uint_t           i, n;
    billing_cost_item_t *item;

    n = 0;

    for (i = 0; i < series->nitems; i++) {
        item = &series->items[i];

        if (item->wanted && item->waiter.month < series->oldest) {
            item->wanted = 0;
            billing_item_failed(item, &billing_fault_history);
        }

        if (item->wanted && !hold_join(item)) {
            n++;

            if ((series->part->granularity == BILLING_MONTHLY || series->wide)
                && i + 1 < series->nitems)
            {
                continue;
            }

            hold_start(item + 1 - n, n);

        } else if (n != 0) {
            hold_start(item - n, n);
        }

        n = 0;
    }
}


/* 1 if there is a flight that it has joined. */
static ngx_uint_t
hold_join(billing_cost_item_t *item)
{
    billing_fetch_order_t order;

    billing_plan_order(item->series, &order);
    item->waiter.served = item->done;

    if (billing_fetch_join(
            item->series->lookup->cost->conf.fetch, &order, &item->waiter)
        != NGX_OK)
    {
        return 0;
    }

    hold_boarded(item);

    return 1;
}


static void
hold_start(billing_cost_item_t *items, ngx_uint_t n)
{
    ngx_int_t              rc;
    ngx_uint_t             i;
    ngx_queue_t            waiters;
    billing_fetch_order_t  order;
    const billing_fault_t *fault;
    billing_cost_series_t *series;

    series = items[0].series;

    billing_plan_order(series, &order);
    ngx_queue_init(&waiters);

    for (i = 0; i < n; i++) {
        items[i].waiter.served = items[i].done;
        ngx_queue_insert_tail(&waiters, &items[i].waiter.queue);
    }

    rc = billing_fetch_start(
        series->lookup->cost->conf.fetch, &order, &waiters, &fault);

    if (rc == NGX_AGAIN) {
        billing_hold(series);
        return;
    }

    for (i = 0; i < n; i++) {
        if (rc == NGX_OK || items[i].done) {
            hold_boarded(&items[i]);
            continue;
        }

        items[i].wanted = 0;
        billing_item_failed(&items[i], fault);
    }
}


static void
hold_boarded(billing_cost_item_t *item)
{
    item->wanted = 0;
    billing_progress_await(item);
}


void
billing_hold_run(
    billing_cost_t *cost, void (*over)(billing_cost_lookup_t *lookup))
{
    ngx_uint_t             n;
    billing_cost_lookup_t *lookup;
    billing_cost_series_t *series;

    for (n = cost->nheld; n > 0; n--) {
        if (billing_fetch_full(cost->conf.fetch)) {
            return;
        }

        lookup = ngx_queue_data(
            ngx_queue_head(&cost->held), billing_cost_lookup_t, held_queue);
        series = ngx_queue_data(
            ngx_queue_head(&lookup->held), billing_cost_series_t, queue);

        hold_take(series);
        billing_hold(series);

        if (lookup->behind && ngx_queue_empty(&lookup->held)) {
            over(lookup);
        }
    }
}


/* The others of its lookup go behind those of all other lookups. */
static void
hold_take(billing_cost_series_t *series)
{
    billing_cost_t        *cost;
    billing_cost_lookup_t *lookup;

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
billing_hold_leave(billing_cost_lookup_t *lookup)
{
    while (!ngx_queue_empty(&lookup->held)) {
        hold_take(ngx_queue_data(
            ngx_queue_head(&lookup->held), billing_cost_series_t, queue));
    }
}


ngx_uint_t
billing_hold_stays(billing_cost_lookup_t *lookup)
{
    ngx_queue_t    *q;
    billing_cost_t *cost;

    cost = lookup->cost;

    if (ngx_queue_empty(&lookup->held)
        || lookup->result.status != BILLING_COST_OK || lookup->question.fleeting
        || ngx_exiting || cost->nbehind == BILLING_COST_BEHIND
        || billing_str_dup(
               lookup->pool, &lookup->question.domain, &lookup->question.domain)
               != NGX_OK)
    {
        return 0;
    }

    for (q = ngx_queue_head(&lookup->held);
         q != ngx_queue_sentinel(&lookup->held); q = ngx_queue_next(q))
    {
        if (hold_copy(ngx_queue_data(q, billing_cost_series_t, queue))
            != NGX_OK) {
            return 0;
        }
    }

    lookup->behind = 1;
    cost->nbehind++;

    return 1;
}


static ngx_int_t
hold_ids(ngx_pool_t *pool, ngx_str_t **ids, ngx_uint_t n)
{
    ngx_str_t *copy;
    ngx_uint_t i;

    copy = ngx_palloc(pool, (n + 1) * sizeof(ngx_str_t));
    if (copy == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        if (billing_str_dup(pool, &copy[i], &(*ids)[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    *ids = copy;

    return NGX_OK;
}


/* Account and part, which belong to the question. */
static ngx_int_t
hold_copy(billing_cost_series_t *series)
{
    ngx_pool_t              *pool;
    billing_cost_part_t     *part;
    billing_fetch_account_t *account;

    pool = series->lookup->pool;

    account = ngx_palloc(pool, sizeof(billing_fetch_account_t));
    part = ngx_palloc(pool, sizeof(billing_cost_part_t));

    if (account == NULL || part == NULL) {
        return NGX_ERROR;
    }

    *account = *series->account;
    *part = *series->part;

    if (hold_ids(pool, &account->linked, account->nlinked) != NGX_OK
        || hold_ids(pool, &account->gone, account->ngone) != NGX_OK
        || hold_ids(pool, &account->excluded, account->nexcluded) != NGX_OK)
    {
        return NGX_ERROR;
    }

    series->account = account;
    series->part = part;

    return billing_str_dup(pool, &account->id, &account->id) == NGX_OK
                   && billing_str_dup(pool, &account->state, &account->state)
                          == NGX_OK
                   && billing_str_dup(
                          pool, &account->provider, &account->provider)
                          == NGX_OK
                   && billing_str_dup(
                          pool, &account->credential, &account->credential)
                          == NGX_OK
               ? NGX_OK
               : NGX_ERROR;
}
