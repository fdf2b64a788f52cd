
/*
 * Which blocks a question needs, and when a block is good enough: months to
 * come need none, an account without linked accounts has none, and how long a
 * block is fresh depends on whether its month had settled when it was read.
 * One read while its month went on is fresh on that day (UTC) only: it has
 * nothing of the days that came after, and would show them as free of charge.
 */

#include "cost/explain.h"


#define BILLING_COST_SERIES_POOL 2048


static void       plan_unlisted(billing_cost_lookup_t *lookup,
          const billing_fetch_account_t *account, const billing_cost_part_t *part);
static void       plan_provider(billing_cost_series_t *series);
static void       plan_apart(billing_cost_series_t *series);
static void       plan_series(billing_cost_series_t *series);
static ngx_int_t  plan_scope(billing_cost_series_t *series);
static ngx_uint_t plan_ids(
    billing_str_t *ids, ngx_uint_t n, const ngx_str_t *list, ngx_uint_t count);


ngx_int_t
billing_plan(billing_cost_lookup_t *lookup)
{
    ngx_uint_t                     i, j;
    billing_cost_series_t         *series;
    const billing_cost_question_t *question;

    question = &lookup->question;

    lookup->series = ngx_pcalloc(
        lookup->pool, (question->naccounts * question->nparts + 1)
                          * sizeof(billing_cost_series_t));
    if (lookup->series == NULL) {
        return NGX_ERROR;
    }

    series = lookup->series;

    for (i = 0; i < question->naccounts; i++) {
        for (j = 0; j < question->nparts; j++) {
            if (question->accounts[i].nlinked == 0) {
                plan_unlisted(
                    lookup, &question->accounts[i], &question->parts[j]);
                continue;
            }

            series->lookup = lookup;
            series->account = &question->accounts[i];
            series->part = &question->parts[j];

            plan_provider(series);
            plan_series(series);
            series++;
        }
    }

    lookup->nseries = series - lookup->series;

    return NGX_OK;
}


/* Nothing is known of one whose linked accounts were never listed. */
static void
plan_unlisted(billing_cost_lookup_t *lookup,
    const billing_fetch_account_t *account, const billing_cost_part_t *part)
{
    if (account->fault != NULL) {
        billing_plan_missing(
            lookup, account, part, part->first, part->last, account->fault);
    }
}


/* Of these months an answer has nothing of the account. */
void
billing_plan_missing(billing_cost_lookup_t *lookup,
    const billing_fetch_account_t *account, const billing_cost_part_t *part,
    billing_month_t first, billing_month_t last, const billing_fault_t *fault)
{
    uint64_t       *missing;
    billing_month_t month;

    missing = &lookup->accounts[account - lookup->question.accounts]
                   .missing[part - lookup->question.parts];
    last = ngx_min(last, billing_month_of(lookup->today));

    for (month = first; month <= last; month++) {
        *missing |= (uint64_t) 1 << (month - part->first);
        billing_explain(lookup, account, part, month, BILLING_BLOCK_MISSING,
            fault == NULL ? "unread" : fault->code, NULL, 0);
    }
}


/* What its provider says of its figures. */
static void
plan_provider(billing_cost_series_t *series)
{
    const billing_provider_t *told;
    billing_fetch_provider_t  provider;

    if (billing_fetch_provider(series->lookup->cost->conf.fetch,
            &series->lookup->question.domain, &series->account->provider,
            &provider)
        != NGX_OK)
    {
        return;
    }

    told = provider.provider;
    series->steady = told->refresh;
    series->wide = told->wide;

    if (told->history != 0) {
        series->oldest = billing_month_of(series->lookup->today)
                         - (billing_month_t) told->history;
    }

    if (told->apart) {
        plan_apart(series);
    }
}


/*
 * What charges are is told in place of services, or of regions and linked
 * accounts.  Whoever groups by both is told services, and not where.  Whoever
 * filters by what is not told would get too little, and is told so.
 */
static void
plan_apart(billing_cost_series_t *series)
{
    unsigned                   detail;
    const billing_cost_part_t *part;

    part = series->part;
    detail = BILLING_BLOCK_REGION | BILLING_BLOCK_LINKED;

    if (!(part->dims & BILLING_BLOCK_CHARGE)) {
        return;
    }

    series->apart = BILLING_APART_SERVICE;

    if (part->dims & BILLING_BLOCK_SERVICE) {
        if (part->filters & BILLING_BLOCK_REGION) {
            series->fault = &billing_fault_untold;
        }

    } else if (part->dims & detail) {
        series->apart = BILLING_APART_DETAIL;
    }
}


static void
plan_series(billing_cost_series_t *series)
{
    billing_month_t         last;
    billing_view_account_t *view;
    billing_cost_lookup_t  *lookup;

    lookup = series->lookup;

    if (series->fault != NULL) {
        view = &lookup->accounts[series->account - lookup->question.accounts];

        if (view->state != BILLING_STATE_DISABLED) {
            view->state = BILLING_STATE_FAILED;
            view->fault = series->fault;
        }

        billing_plan_missing(lookup, series->account, series->part,
            series->part->first, series->part->last, series->fault);

        return;
    }

    last = ngx_min(series->part->last, billing_month_of(lookup->today));
    if (last < series->part->first) {
        return;
    }

    series->nitems = last - series->part->first + 1;
    series->left = series->nitems;
    series->reading = series->nitems;

    lookup->pending += series->nitems;
}


ngx_int_t
billing_plan_series_open(billing_cost_series_t *series)
{
    ngx_uint_t            i;
    billing_waiter_t     *waiter;
    billing_fetch_order_t order;
    billing_cost_item_t  *items;

    series->pool = ngx_create_pool(
        BILLING_COST_SERIES_POOL, series->lookup->cost->conf.log);
    if (series->pool == NULL || plan_scope(series) != NGX_OK) {
        return NGX_ERROR;
    }

    items = ngx_pcalloc(
        series->pool, series->nitems * sizeof(billing_cost_item_t));
    if (items == NULL) {
        return NGX_ERROR;
    }

    billing_plan_order(series, &order);

    for (i = 0; i < series->nitems; i++) {
        items[i].series = series;

        waiter = &items[i].waiter;
        waiter->type = series->lookup->waiters;
        waiter->month = series->part->first + i;
        waiter->scope = billing_plan_scope(series, waiter->month);

        if (billing_names_cost(series->lookup->cost->conf.fetch, series->pool,
                &order.owner, order.granularity, order.apart, waiter->month,
                &waiter->key)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    series->items = items;

    return NGX_OK;
}


/* An item that waits, or whose block is being read, is let go. */
void
billing_plan_series_close(billing_cost_series_t *series)
{
    ngx_uint_t           i;
    billing_cost_item_t *item;

    for (i = 0; series->items != NULL && i < series->nitems; i++) {
        item = &series->items[i];
        billing_fetch_leave(&item->waiter);

        if (item->call != NULL) {
            billing_redis_call_cancel(item->call);
        }
    }

    series->items = NULL;

    if (series->pool != NULL) {
        ngx_destroy_pool(series->pool);
        series->pool = NULL;
    }
}


/*
 * Who has left the list stays in what closed months cover, so that their
 * blocks remain what they are.
 */
static ngx_int_t
plan_scope(billing_cost_series_t *series)
{
    ngx_uint_t                     n;
    billing_str_t                 *ids;
    const billing_fetch_account_t *account;

    account = series->account;

    ids = ngx_alloc((account->nlinked + account->ngone + account->nexcluded + 1)
                        * sizeof(billing_str_t),
        series->lookup->pool->log);
    if (ids == NULL) {
        return NGX_ERROR;
    }

    if (account->all) {
        ids[0] = billing_str("*"); /* no id: all but ... */
        n = plan_ids(ids, 1, account->excluded, account->nexcluded);
        series->scope = billing_block_scope(ids, n);
        series->closed = series->scope;

    } else {
        n = plan_ids(ids, 0, account->linked, account->nlinked);
        series->scope = billing_block_scope(ids, n);
        n = plan_ids(ids, n, account->gone, account->ngone);
        series->closed = billing_block_scope(ids, n);
    }

    ngx_free(ids);

    return NGX_OK;
}


static ngx_uint_t
plan_ids(
    billing_str_t *ids, ngx_uint_t n, const ngx_str_t *list, ngx_uint_t count)
{
    ngx_uint_t i;

    for (i = 0; i < count; i++) {
        ids[n].data = (const char *) list[i].data;
        ids[n++].len = list[i].len;
    }

    return n;
}


uint64_t
billing_plan_scope(const billing_cost_series_t *series, billing_month_t month)
{
    return month < billing_month_of(series->lookup->today) ? series->closed
                                                           : series->scope;
}


void
billing_plan_order(billing_cost_series_t *series, billing_fetch_order_t *order)
{
    billing_cost_lookup_t *lookup;

    lookup = series->lookup;

    order->owner.domain = lookup->question.domain;
    order->owner.account = series->account->id;
    order->owner.version = series->account->version;
    order->account = series->account;
    order->granularity = series->part->granularity;
    order->apart = series->apart;
    order->today = lookup->today;
    order->now = lookup->question.now;
    order->deadline = lookup->deadline;
    order->calls = &lookup->result.calls;
    order->refresh = lookup->question.refresh;
    order->fleeting = lookup->question.fleeting;
}


ngx_uint_t
billing_plan_fresh(const billing_cost_series_t *series, billing_month_t month,
    const billing_block_meta_t *meta, const char **rule)
{
    time_t now, age;

    /* its provider tells of it no more: this is the last word on it */
    if (month < series->oldest) {
        *rule = "last_word";
        return 1;
    }

    if (series->lookup->question.refresh) {
        *rule = "refresh";
        return 0;
    }

    now = series->lookup->question.now;
    age = now - meta->fetched_at;

    if (age <= -BILLING_FETCH_SKEW) {
        *rule = "clock";
        return 0;
    }

    *rule = billing_block_settled(month, meta) ? "settled" : "age";

    if (now < billing_plan_expiry(series, month, meta)) {
        return 1;
    }

    if (age < billing_plan_valid(series, month, meta)) {
        *rule = "day";
    }

    return 0;
}


time_t
billing_plan_expiry(const billing_cost_series_t *series, billing_month_t month,
    const billing_block_meta_t *meta)
{
    time_t        until;
    billing_day_t day;

    until = meta->fetched_at + billing_plan_valid(series, month, meta);

    day = billing_day_of(meta->fetched_at);

    if (month < series->oldest) {
        until = (time_t) (series->lookup->today + 1) * 86400;

    } else if (!billing_block_current(month, meta->fetched_at, day + 1)) {
        until = ngx_min(until, (time_t) (day + 1) * 86400);
    }

    return until;
}


time_t
billing_plan_valid(const billing_cost_series_t *series, billing_month_t month,
    const billing_block_meta_t *meta)
{
    time_t                         valid;
    const billing_cost_question_t *question;

    question = &series->lookup->question;
    valid = billing_block_settled(month, meta) ? question->valid_closed
                                               : question->valid_current;

    return valid == 0 ? 0 : ngx_max(valid, series->steady);
}
