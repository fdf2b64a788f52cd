
/*
 * One lookup, from the question to its end.  It ends from its own event only:
 * when all items are done, when Redis fails, or at its deadline.
 */

#include "cost/engine.h"
#include "event/turn.h"


/*
 * Reads under way.  All blocks of a domain may be 100000 and more, and every
 * other command would stand in line behind them.
 */
#define BILLING_COST_READS 256


static ngx_int_t lookup_read(billing_cost_lookup_t *lookup);
static void      lookup_got(
         billing_cost_item_t *item, ngx_int_t rc, billing_cost_cached_t *cached);
static void lookup_again(
    billing_cost_item_t *item, ngx_int_t rc, billing_cost_cached_t *cached);
static void lookup_landed(
    billing_waiter_t *waiter, const billing_landed_t *block);
static void lookup_failed(
    billing_waiter_t *waiter, const billing_fault_t *fault);
static void                   lookup_written(billing_waiter_t *waiter);
static billing_cost_lookup_t *lookup_create(
    billing_cost_t *cost, const billing_cost_question_t *question);
static ngx_int_t lookup_accounts(billing_cost_lookup_t *lookup);
static void      lookup_sweep(billing_cost_lookup_t *lookup);
static void      lookup_timer(ngx_event_t *ev);
static void      lookup_event(ngx_event_t *ev);
static void      lookup_withdraw(billing_cost_lookup_t *lookup);
static void      lookup_free(billing_cost_lookup_t *lookup);


static const billing_waiter_type_t lookup_waiters = {
    lookup_landed,
    lookup_failed,
    lookup_written,
};


billing_cost_lookup_t *
billing_lookup(billing_cost_t *cost, const billing_cost_question_t *question)
{
    ngx_msec_int_t         left;
    billing_cost_lookup_t *lookup;

    lookup = lookup_create(cost, question);
    if (lookup == NULL) {
        return NULL;
    }

    if (lookup_accounts(lookup) != NGX_OK || billing_plan(lookup) != NGX_OK
        || lookup_read(lookup) != NGX_OK)
    {
        lookup_free(lookup);
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


static billing_cost_lookup_t *
lookup_create(billing_cost_t *cost, const billing_cost_question_t *question)
{
    ngx_pool_t            *pool;
    billing_cost_lookup_t *lookup;

    pool = ngx_create_pool(8192, cost->conf.log);
    if (pool == NULL) {
        return NULL;
    }

    lookup = ngx_pcalloc(pool, sizeof(billing_cost_lookup_t));
    if (lookup == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    lookup->cost = cost;
    lookup->ident = -1;
    lookup->waiters = &lookup_waiters;
    lookup->pool = pool;
    lookup->question = *question;
    lookup->today = billing_day_of(question->now);
    lookup->result.fresh_until = (time_t) (lookup->today + 1) * 86400;
    lookup->deadline = ngx_current_msec + cost->conf.deadline
                       - ngx_min(question->spent, cost->conf.deadline);

    lookup->timer.handler = lookup_timer;
    lookup->timer.data = lookup;
    lookup->timer.log = cost->conf.log;

    lookup->end.handler = lookup_event;
    lookup->end.data = lookup;
    lookup->end.log = cost->conf.log;

    ngx_queue_init(&lookup->held);
    ngx_queue_init(&lookup->over);
    billing_progress_init(lookup);

    ngx_queue_insert_tail(&cost->lookups, &lookup->queue);

    return lookup;
}


static ngx_int_t
lookup_accounts(billing_cost_lookup_t *lookup)
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
            lookup->result.cache = BILLING_COST_STALE;
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
lookup_read(billing_cost_lookup_t *lookup)
{
    billing_cost_item_t   *item;
    billing_cost_series_t *series;

    lookup_sweep(lookup);

    while (lookup->next_series < lookup->nseries
           && lookup->reads < BILLING_COST_READS)
    {
        series = &lookup->series[lookup->next_series];

        if (lookup->next_item == series->nitems) {
            lookup->next_series++;
            lookup->next_item = 0;
            continue;
        }

        if (lookup->next_item == 0
            && billing_plan_series_open(series) != NGX_OK) {
            return NGX_ERROR;
        }

        item = &series->items[lookup->next_item++];

        if (billing_cache_get(item, lookup_got) != NGX_OK) {
            return NGX_ERROR;
        }

        lookup->reads++;
    }

    return NGX_OK;
}


/* A block was read, or not.  The series' last one decides what to fetch. */
static void
lookup_got(
    billing_cost_item_t *item, ngx_int_t rc, billing_cost_cached_t *cached)
{
    billing_cost_lookup_t *lookup;
    billing_cost_series_t *series;

    series = item->series;
    lookup = series->lookup;

    if (rc == NGX_ERROR) {
        billing_item_stop(lookup, BILLING_COST_STORAGE);
        return;
    }

    if (!item->done) {
        billing_item_decide(item, rc == NGX_OK ? cached : NULL);
    }

    lookup->reads--;
    series->reading--;

    if (lookup->result.status != BILLING_COST_OK) {
        return;
    }

    if (series->reading == 0) {
        billing_hold(series);
    }

    if (lookup_read(lookup) != NGX_OK) {
        billing_item_stop(lookup, BILLING_COST_NOMEM);
    }
}


static void
lookup_again(
    billing_cost_item_t *item, ngx_int_t rc, billing_cost_cached_t *cached)
{
    if (rc == NGX_ERROR) {
        billing_item_stop(item->series->lookup, BILLING_COST_STORAGE);
        return;
    }

    billing_item_reread(item, rc == NGX_OK ? cached : NULL);
}


static void
lookup_landed(billing_waiter_t *waiter, const billing_landed_t *block)
{
    billing_item_landed((billing_cost_item_t *) waiter, block);
}


static void
lookup_failed(billing_waiter_t *waiter, const billing_fault_t *fault)
{
    billing_item_failed((billing_cost_item_t *) waiter, fault);
}


static void
lookup_written(billing_waiter_t *waiter)
{
    billing_cost_item_t *item = (billing_cost_item_t *) waiter;

    if (billing_cache_get(item, lookup_again) != NGX_OK) {
        billing_item_failed(item, &billing_fault_internal);
    }
}


/*
 * Nobody looks at a series any more whose blocks were read and are done.  One
 * that was given up while they were read, or that has still to be boarded,
 * stays till the end of the lookup.
 */
static void
lookup_sweep(billing_cost_lookup_t *lookup)
{
    ngx_uint_t             i;
    ngx_queue_t           *q;
    billing_cost_series_t *series;

    while (!ngx_queue_empty(&lookup->over)) {
        q = ngx_queue_head(&lookup->over);
        ngx_queue_remove(q);
        series = ngx_queue_data(q, billing_cost_series_t, over);

        for (i = 0; i < series->nitems; i++) {
            if (series->items[i].call != NULL) {
                break;
            }
        }

        if (i == series->nitems && series->reading == 0 && !series->held) {
            billing_plan_series_close(series);
        }
    }
}


/* The deadline: what has an old block falls back to it, the rest fails. */
static void
lookup_timer(ngx_event_t *ev)
{
    billing_cost_lookup_t *lookup = ev->data;

    ngx_uint_t             i, j;
    billing_cost_item_t   *item;
    billing_cost_series_t *series;

    for (i = 0; i < lookup->nseries; i++) {
        series = &lookup->series[i];

        if (series->items == NULL) {
            if (series->left != 0) {
                billing_item_skipped(series, &billing_fault_late);
            }

            continue;
        }

        for (j = 0; j < series->nitems; j++) {
            item = &series->items[j];

            if (!item->done) {
                billing_fetch_leave(&item->waiter);
                billing_item_failed(item, &billing_fault_late);
            }
        }
    }

    lookup->next_series = lookup->nseries;
}


static void
lookup_event(ngx_event_t *ev)
{
    billing_cost_lookup_t *lookup = ev->data;

    ngx_uint_t i, stays;

    /* an answer is made of it: many at once are many milliseconds */

    if (billing_turn_over()) {
        ngx_post_event(&lookup->end, &ngx_posted_next_events);
        return;
    }

    if (lookup->question.refresh) {
        lookup->result.cache = BILLING_COST_BYPASS;
    }

    billing_progress_last(lookup);
    stays = billing_hold_stays(lookup);
    lookup->question.done(lookup->question.data, &lookup->result);

    if (!stays) {
        lookup_free(lookup);
        return;
    }

    billing_progress_stop(lookup);

    if (lookup->timer.timer_set) {
        ngx_del_timer(&lookup->timer);
    }

    /* what is still read for others of its series is of no use */

    for (i = 0; i < lookup->nseries; i++) {
        if (!lookup->series[i].held) {
            billing_plan_series_close(&lookup->series[i]);
        }
    }

    ngx_queue_init(&lookup->over);
}


void
billing_lookup_cancel(billing_cost_lookup_t *lookup)
{
    if (lookup->question.fleeting) {
        lookup_withdraw(lookup);
    }

    lookup_free(lookup);
}


static void
lookup_withdraw(billing_cost_lookup_t *lookup)
{
    ngx_uint_t           i, j;
    billing_cost_item_t *items;

    for (i = 0; i < lookup->nseries; i++) {
        items = lookup->series[i].items;

        for (j = 0; items != NULL && j < lookup->series[i].nitems; j++) {
            billing_fetch_withdraw(&items[j].waiter);
        }
    }
}


/* Also of one that is only half made. */
static void
lookup_free(billing_cost_lookup_t *lookup)
{
    ngx_uint_t i;

    for (i = 0; i < lookup->nseries; i++) {
        billing_plan_series_close(&lookup->series[i]);
    }

    billing_fetch_forget(lookup->cost->conf.fetch, &lookup->result.calls);
    billing_hold_leave(lookup);
    lookup->cost->nbehind -= lookup->behind;
    billing_progress_stop(lookup);

    if (lookup->timer.timer_set) {
        ngx_del_timer(&lookup->timer);
    }

    if (lookup->end.posted) {
        ngx_delete_posted_event(&lookup->end);
    }

    ngx_queue_remove(&lookup->queue);
    ngx_destroy_pool(lookup->pool);
}
