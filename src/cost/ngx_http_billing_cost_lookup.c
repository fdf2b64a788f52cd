
/*
 * One lookup, from the question to its end.  It ends from its own event only:
 * when all items are done, when Redis fails, or at its deadline.
 */

#include "cost/ngx_http_billing_cost_engine.h"
#include "event/ngx_billing_turn.h"


/*
 * Reads under way.  All blocks of a domain may be 100000 and more, and every
 * other command would stand in line behind them.
 */
#define NGX_HTTP_BILLING_COST_READS 256


static ngx_int_t ngx_http_billing_cost_lookup_read(
    ngx_http_billing_cost_lookup_t *lookup);
static void ngx_http_billing_cost_lookup_got(ngx_http_billing_cost_item_t *item,
    ngx_int_t rc, ngx_http_billing_cost_cached_t *cached);
static void ngx_http_billing_cost_lookup_again(
    ngx_http_billing_cost_item_t *item, ngx_int_t rc,
    ngx_http_billing_cost_cached_t *cached);
static void ngx_http_billing_cost_lookup_landed(
    billing_waiter_t *waiter, const billing_landed_t *block);
static void ngx_http_billing_cost_lookup_failed(
    billing_waiter_t *waiter, const billing_fault_t *fault);
static void ngx_http_billing_cost_lookup_written(billing_waiter_t *waiter);
static ngx_http_billing_cost_lookup_t *ngx_http_billing_cost_lookup_create(
    ngx_http_billing_cost_t                *cost,
    const ngx_http_billing_cost_question_t *question);
static ngx_int_t ngx_http_billing_cost_lookup_accounts(
    ngx_http_billing_cost_lookup_t *lookup);
static void ngx_http_billing_cost_lookup_sweep(
    ngx_http_billing_cost_lookup_t *lookup);
static void ngx_http_billing_cost_lookup_timer(ngx_event_t *ev);
static void ngx_http_billing_cost_lookup_event(ngx_event_t *ev);
static void ngx_http_billing_cost_lookup_withdraw(
    ngx_http_billing_cost_lookup_t *lookup);
static void ngx_http_billing_cost_lookup_free(
    ngx_http_billing_cost_lookup_t *lookup);


static const billing_waiter_type_t ngx_http_billing_cost_lookup_waiters = {
    ngx_http_billing_cost_lookup_landed,
    ngx_http_billing_cost_lookup_failed,
    ngx_http_billing_cost_lookup_written,
};


ngx_http_billing_cost_lookup_t *
ngx_http_billing_cost_lookup(ngx_http_billing_cost_t *cost,
    const ngx_http_billing_cost_question_t           *question)
{
    ngx_msec_int_t                  left;
    ngx_http_billing_cost_lookup_t *lookup;

    lookup = ngx_http_billing_cost_lookup_create(cost, question);
    if (lookup == NULL) {
        return NULL;
    }

    if (ngx_http_billing_cost_lookup_accounts(lookup) != NGX_OK
        || ngx_http_billing_cost_plan(lookup) != NGX_OK
        || ngx_http_billing_cost_lookup_read(lookup) != NGX_OK)
    {
        ngx_http_billing_cost_lookup_free(lookup);
        return NULL;
    }

    left = (ngx_msec_int_t) (lookup->deadline - ngx_current_msec);

    /* whoever would rather not wait leaves; what it flies with has its time */

    if (question->wait != 0) {
        left = ngx_min(left, (ngx_msec_int_t) question->wait);
    }

    ngx_add_timer(&lookup->timer, ngx_max(left, 1));

    if (lookup->pending == 0) {
        ngx_post_event(&lookup->end, &ngx_posted_events);
    }

    return lookup;
}


static ngx_http_billing_cost_lookup_t *
ngx_http_billing_cost_lookup_create(ngx_http_billing_cost_t *cost,
    const ngx_http_billing_cost_question_t                  *question)
{
    ngx_pool_t                     *pool;
    ngx_http_billing_cost_lookup_t *lookup;

    pool = ngx_create_pool(8192, cost->conf.log);
    if (pool == NULL) {
        return NULL;
    }

    lookup = ngx_pcalloc(pool, sizeof(ngx_http_billing_cost_lookup_t));
    if (lookup == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    lookup->cost = cost;
    lookup->ident = -1;
    lookup->waiters = &ngx_http_billing_cost_lookup_waiters;
    lookup->pool = pool;
    lookup->question = *question;
    lookup->today = billing_day_of(question->now);
    lookup->result.fresh_until = (time_t) (lookup->today + 1) * 86400;
    lookup->deadline = ngx_current_msec + cost->conf.deadline
                       - ngx_min(question->spent, cost->conf.deadline);

    lookup->timer.handler = ngx_http_billing_cost_lookup_timer;
    lookup->timer.data = lookup;
    lookup->timer.log = cost->conf.log;

    lookup->end.handler = ngx_http_billing_cost_lookup_event;
    lookup->end.data = lookup;
    lookup->end.log = cost->conf.log;

    ngx_queue_init(&lookup->held);
    ngx_queue_init(&lookup->over);
    ngx_http_billing_cost_progress_init(lookup);

    ngx_queue_insert_tail(&cost->lookups, &lookup->queue);

    return lookup;
}


static ngx_int_t
ngx_http_billing_cost_lookup_accounts(ngx_http_billing_cost_lookup_t *lookup)
{
    ngx_uint_t                     i;
    billing_view_account_t        *view;
    const billing_fetch_account_t *account;

    view = ngx_pcalloc(lookup->pool,
        (lookup->question.naccounts + 1) * sizeof(billing_view_account_t));
    if (view == NULL) {
        return NGX_ERROR;
    }

    lookup->accounts = view;
    lookup->result.accounts = view;

    for (i = 0; i < lookup->question.naccounts; i++, view++) {
        account = &lookup->question.accounts[i];

        view->id.data = (const char *) account->id.data;
        view->id.len = account->id.len;

        if (!account->enabled) {
            view->state = BILLING_STATE_DISABLED;

        } else if (account->outdated != NULL) {
            view->state = BILLING_STATE_STALE;
            view->fault = account->outdated;
            view->since = account->since;
            view->as_of = account->linked_at;
            lookup->result.cache = NGX_HTTP_BILLING_COST_STALE;
            lookup->result.fresh_until = 0;

        } else if (account->nlinked != 0) {
            view->state = BILLING_STATE_FRESH;

        } else if (account->fault != NULL) {
            view->state = BILLING_STATE_FAILED;
            view->fault = account->fault;
            view->since = account->since;
            lookup->result.fresh_until = 0;

        } else {
            view->as_of = account->linked_at;
        }
    }

    return NGX_OK;
}


/* Starts to read blocks, as many as may be under way at a time. */
static ngx_int_t
ngx_http_billing_cost_lookup_read(ngx_http_billing_cost_lookup_t *lookup)
{
    ngx_http_billing_cost_item_t   *item;
    ngx_http_billing_cost_series_t *series;

    ngx_http_billing_cost_lookup_sweep(lookup);

    while (lookup->next_series < lookup->nseries
           && lookup->reads < NGX_HTTP_BILLING_COST_READS)
    {
        series = &lookup->series[lookup->next_series];

        if (lookup->next_item == series->nitems) {
            lookup->next_series++;
            lookup->next_item = 0;
            continue;
        }

        if (lookup->next_item == 0
            && ngx_http_billing_cost_series_open(series) != NGX_OK)
        {
            return NGX_ERROR;
        }

        item = &series->items[lookup->next_item++];

        if (ngx_http_billing_cost_cache_get(
                item, ngx_http_billing_cost_lookup_got)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        lookup->reads++;
    }

    return NGX_OK;
}


/* A block was read, or not.  The series' last one decides what to fetch. */
static void
ngx_http_billing_cost_lookup_got(ngx_http_billing_cost_item_t *item,
    ngx_int_t rc, ngx_http_billing_cost_cached_t *cached)
{
    ngx_http_billing_cost_lookup_t *lookup;
    ngx_http_billing_cost_series_t *series;

    series = item->series;
    lookup = series->lookup;

    if (rc == NGX_ERROR) {
        ngx_http_billing_cost_stop(lookup, NGX_HTTP_BILLING_COST_STORAGE);
        return;
    }

    if (!item->done) {
        ngx_http_billing_cost_decide(item, rc == NGX_OK ? cached : NULL);
    }

    lookup->reads--;
    series->reading--;

    if (lookup->result.status != NGX_HTTP_BILLING_COST_OK) {
        return;
    }

    if (series->reading == 0) {
        ngx_http_billing_cost_hold(series);
    }

    if (ngx_http_billing_cost_lookup_read(lookup) != NGX_OK) {
        ngx_http_billing_cost_stop(lookup, NGX_HTTP_BILLING_COST_NOMEM);
    }
}


static void
ngx_http_billing_cost_lookup_again(ngx_http_billing_cost_item_t *item,
    ngx_int_t rc, ngx_http_billing_cost_cached_t *cached)
{
    if (rc == NGX_ERROR) {
        ngx_http_billing_cost_stop(
            item->series->lookup, NGX_HTTP_BILLING_COST_STORAGE);
        return;
    }

    ngx_http_billing_cost_reread(item, rc == NGX_OK ? cached : NULL);
}


static void
ngx_http_billing_cost_lookup_landed(
    billing_waiter_t *waiter, const billing_landed_t *block)
{
    ngx_http_billing_cost_landed(
        (ngx_http_billing_cost_item_t *) waiter, block);
}


static void
ngx_http_billing_cost_lookup_failed(
    billing_waiter_t *waiter, const billing_fault_t *fault)
{
    ngx_http_billing_cost_failed(
        (ngx_http_billing_cost_item_t *) waiter, fault);
}


static void
ngx_http_billing_cost_lookup_written(billing_waiter_t *waiter)
{
    ngx_http_billing_cost_item_t *item =
        (ngx_http_billing_cost_item_t *) waiter;

    if (ngx_http_billing_cost_cache_get(
            item, ngx_http_billing_cost_lookup_again)
        != NGX_OK)
    {
        ngx_http_billing_cost_failed(item, &billing_fault_internal);
    }
}


/*
 * Nobody looks at a series any more whose blocks were read and are done.  One
 * that was given up while they were read, or that has still to be boarded,
 * stays till the end of the lookup.
 */
static void
ngx_http_billing_cost_lookup_sweep(ngx_http_billing_cost_lookup_t *lookup)
{
    ngx_uint_t                      i;
    ngx_queue_t                    *q;
    ngx_http_billing_cost_series_t *series;

    while (!ngx_queue_empty(&lookup->over)) {
        q = ngx_queue_head(&lookup->over);
        ngx_queue_remove(q);
        series = ngx_queue_data(q, ngx_http_billing_cost_series_t, over);

        for (i = 0; i < series->nitems; i++) {
            if (series->items[i].call != NULL) {
                break;
            }
        }

        if (i == series->nitems && series->reading == 0 && !series->held) {
            ngx_http_billing_cost_series_close(series);
        }
    }
}


/* The deadline: what has an old block falls back to it, the rest fails. */
static void
ngx_http_billing_cost_lookup_timer(ngx_event_t *ev)
{
    ngx_http_billing_cost_lookup_t *lookup = ev->data;

    ngx_uint_t                      i, j;
    ngx_http_billing_cost_item_t   *item;
    ngx_http_billing_cost_series_t *series;

    for (i = 0; i < lookup->nseries; i++) {
        series = &lookup->series[i];

        if (series->items == NULL) {
            if (series->left != 0) {
                ngx_http_billing_cost_skipped(series, &billing_fault_late);
            }

            continue;
        }

        for (j = 0; j < series->nitems; j++) {
            item = &series->items[j];

            if (!item->done) {
                billing_fetch_leave(&item->waiter);
                ngx_http_billing_cost_failed(item, &billing_fault_late);
            }
        }
    }

    lookup->next_series = lookup->nseries;
}


static void
ngx_http_billing_cost_lookup_event(ngx_event_t *ev)
{
    ngx_http_billing_cost_lookup_t *lookup = ev->data;

    ngx_uint_t i, stays;

    /* an answer is made of it: many at once are many milliseconds */

    if (ngx_billing_turn_over()) {
        ngx_post_event(&lookup->end, &ngx_posted_next_events);
        return;
    }

    if (lookup->question.refresh) {
        lookup->result.cache = NGX_HTTP_BILLING_COST_BYPASS;
    }

    ngx_http_billing_cost_progress_last(lookup);
    stays = ngx_http_billing_cost_hold_stays(lookup);
    lookup->question.done(lookup->question.data, &lookup->result);

    if (!stays) {
        ngx_http_billing_cost_lookup_free(lookup);
        return;
    }

    ngx_http_billing_cost_progress_stop(lookup);

    if (lookup->timer.timer_set) {
        ngx_del_timer(&lookup->timer);
    }

    /* what is still read for others of its series is of no use */

    for (i = 0; i < lookup->nseries; i++) {
        if (!lookup->series[i].held) {
            ngx_http_billing_cost_series_close(&lookup->series[i]);
        }
    }

    ngx_queue_init(&lookup->over);
}


void
ngx_http_billing_cost_cancel(ngx_http_billing_cost_lookup_t *lookup)
{
    if (lookup->question.fleeting) {
        ngx_http_billing_cost_lookup_withdraw(lookup);
    }

    ngx_http_billing_cost_lookup_free(lookup);
}


static void
ngx_http_billing_cost_lookup_withdraw(ngx_http_billing_cost_lookup_t *lookup)
{
    ngx_uint_t                    i, j;
    ngx_http_billing_cost_item_t *items;

    for (i = 0; i < lookup->nseries; i++) {
        items = lookup->series[i].items;

        for (j = 0; items != NULL && j < lookup->series[i].nitems; j++) {
            billing_fetch_withdraw(&items[j].waiter);
        }
    }
}


/* Also of one that is only half made. */
static void
ngx_http_billing_cost_lookup_free(ngx_http_billing_cost_lookup_t *lookup)
{
    ngx_uint_t i;

    for (i = 0; i < lookup->nseries; i++) {
        ngx_http_billing_cost_series_close(&lookup->series[i]);
    }

    billing_fetch_forget(lookup->cost->conf.fetch, &lookup->result.calls);
    ngx_http_billing_cost_hold_leave(lookup);
    lookup->cost->nbehind -= lookup->behind;
    ngx_http_billing_cost_progress_stop(lookup);

    if (lookup->timer.timer_set) {
        ngx_del_timer(&lookup->timer);
    }

    if (lookup->end.posted) {
        ngx_delete_posted_event(&lookup->end);
    }

    ngx_queue_remove(&lookup->queue);
    ngx_destroy_pool(lookup->pool);
}
