
/*
 * What comes back to an item: a block from the cache, a block from a flight,
 * or nothing.  Rows are handed out, and every account gets to know how good
 * its blocks are.  An old block serves at once and is renewed behind the
 * answer; where a refresh was asked for it is kept until the provider has
 * answered, and serves when that fails.
 */

#include "cost/explain.h"

#include "event/str.h"


/* How long a failure is the provider's last word on a block; seconds. */
#define BILLING_COST_FAILING 5


typedef struct {
    billing_cost_question_t *question;
    billing_cost_origin_t    origin;
} billing_cost_emit_t;


static void item_revalidate(
    billing_cost_item_t *item, billing_cost_cached_t *cached);
static ngx_int_t item_keep(
    billing_cost_item_t *item, billing_cost_cached_t *cached);
static void             item_old(billing_cost_item_t *item,
                const billing_cost_cached_t *cached, billing_cost_cache_t cache,
                const billing_fault_t *fault);
static void             item_emit(billing_cost_item_t *item,
                const billing_cost_cached_t *cached, billing_block_state_t state,
                const char *from);
static billing_status_t item_decode(
    billing_cost_emit_t *emit, const billing_cost_cached_t *cached);
static billing_status_t item_emit_row(void *data, const billing_row_t *row);
static void item_note(billing_cost_series_t *series, billing_cost_cache_t cache,
    billing_account_state_t state, const billing_fault_t *fault);
static void item_done(billing_cost_item_t *item);
static void item_restated(const billing_cost_question_t *question,
    const billing_cost_origin_t *origin, const ngx_str_t *bytes);


void
billing_item_reread(billing_cost_item_t *item, billing_cost_cached_t *cached)
{
    if (item->done) {
        return;
    }

    if (cached == NULL) {
        billing_item_failed(item, &billing_fault_storage);
        return;
    }

    item_note(item->series, BILLING_COST_MISS, BILLING_STATE_FRESH, NULL);
    item_emit(item, cached, BILLING_BLOCK_FRESH, "another");
}


void
billing_item_decide(billing_cost_item_t *item, billing_cost_cached_t *cached)
{
    const billing_fetch_account_t *account;

    account = item->series->account;

    if (cached != NULL
        && billing_plan_fresh(
            item->series, item->waiter.month, &cached->meta, &item->rule))
    {
        if (!cached->untold) {
            item_note(
                item->series, BILLING_COST_HIT, BILLING_STATE_FRESH, NULL);
            item_emit(item, cached, BILLING_BLOCK_FRESH, "cache");
            return;
        }

        item->rule = "charges";
    }

    if (account->enabled && account->fault == NULL) {
        item->wanted = 1;

        if (cached != NULL) {
            item_revalidate(item, cached);
        }

    } else if (cached != NULL) {
        item_old(item, cached, BILLING_COST_STALE, account->fault);

    } else {
        billing_item_failed(item, account->fault);
    }
}


/*
 * There is an old block: the item needs not wait for the flight that renews
 * it, and none is needed where one has failed just now.
 */
static void
item_revalidate(billing_cost_item_t *item, billing_cost_cached_t *cached)
{
    time_t                 left;
    billing_fetch_order_t  order;
    const billing_fault_t *fault;
    billing_cost_lookup_t *lookup;

    lookup = item->series->lookup;

    if (lookup->question.refresh
        || billing_plan_valid(item->series, item->waiter.month, &cached->meta)
               == 0)
    {
        if (item_keep(item, cached) != NGX_OK) {
            billing_item_stop(lookup, BILLING_COST_NOMEM);
        }

        return;
    }

    left = cached->until - lookup->question.now;

    if (cached->fault != NULL && left > 0
        && left <= (time_t) BILLING_FETCH_REST / 1000)
    {
        item->wanted = 0;
        item_old(item, cached, BILLING_COST_STALE, cached->fault);
        return;
    }

    billing_plan_order(item->series, &order);

    if (billing_fetch_admit(lookup->cost->conf.fetch, &order, &fault)
        == NGX_DECLINED)
    {
        item->wanted = 0;
        item_old(item, cached, BILLING_COST_STALE, fault);
        return;
    }

    item_old(item, cached, BILLING_COST_UPDATING, NULL);
}


/* The reply goes, the fields stay. */
static ngx_int_t
item_keep(billing_cost_item_t *item, billing_cost_cached_t *cached)
{
    ngx_uint_t             i;
    billing_cost_cached_t *kept;

    kept = ngx_palloc(item->series->pool, sizeof(billing_cost_cached_t));
    if (kept == NULL) {
        return NGX_ERROR;
    }

    *kept = *cached;

    for (i = 0; i < BILLING_FIELD_MAX; i++) {
        if (kept->fields[i].data == NULL) {
            continue;
        }

        kept->fields[i].data = ngx_pstrdup(
            item->series->pool, &cached->fields[i]);
        if (kept->fields[i].data == NULL) {
            return NGX_ERROR;
        }
    }

    if (kept->restated.len != 0) {
        kept->restated.data = ngx_pstrdup(
            item->series->lookup->pool, &cached->restated);
        if (kept->restated.data == NULL) {
            return NGX_ERROR;
        }
    }

    item->kept = kept;

    return NGX_OK;
}


void
billing_item_landed(billing_cost_item_t *item, const billing_landed_t *block)
{
    ngx_uint_t            i;
    billing_cost_cached_t cached;

    ngx_memzero(&cached, sizeof(billing_cost_cached_t));

    cached.meta.fetched_at = block->fetched_at;
    cached.meta.open = block->open;
    cached.restated.data = (u_char *) block->restated.data;
    cached.restated.len = block->restated.len;

    for (i = 0; i < BILLING_FIELD_MAX; i++) {
        if (item->series->part->fields & (1 << i)) {
            cached.fields[i].data = (u_char *) block->fields[i].data;
            cached.fields[i].len = block->fields[i].len;
        }
    }

    item_note(item->series, BILLING_COST_MISS, BILLING_STATE_FRESH, NULL);
    item_emit(item, &cached, BILLING_BLOCK_FRESH, "provider");
}


/* No new data: old data where there is some. */
void
billing_item_failed(billing_cost_item_t *item, const billing_fault_t *fault)
{
    if (item->kept != NULL) {
        item_old(item, item->kept, BILLING_COST_STALE, fault);
        return;
    }

    item_note(item->series, BILLING_COST_MISS, BILLING_STATE_FAILED, fault);
    billing_plan_missing(item->series->lookup, item->series->account,
        item->series->part, item->waiter.month, item->waiter.month, fault);
    item_done(item);
}


void
billing_item_skipped(
    billing_cost_series_t *series, const billing_fault_t *fault)
{
    billing_cost_lookup_t *lookup;

    lookup = series->lookup;

    item_note(series, BILLING_COST_MISS, BILLING_STATE_FAILED, fault);
    billing_plan_missing(lookup, series->account, series->part,
        series->part->first, series->part->last, fault);

    lookup->pending -= series->left;
    series->left = 0;

    if (lookup->pending == 0) {
        ngx_post_event(&lookup->end, &ngx_posted_events);
    }
}


static void
item_old(billing_cost_item_t *item, const billing_cost_cached_t *cached,
    billing_cost_cache_t cache, const billing_fault_t *fault)
{
    item_note(item->series, cache, BILLING_STATE_STALE, fault);
    item_emit(item, cached, BILLING_BLOCK_OLD, "cache");
}


static void
item_emit(billing_cost_item_t *item, const billing_cost_cached_t *cached,
    billing_block_state_t state, const char *from)
{
    time_t                  until;
    billing_status_t        status;
    billing_view_account_t *view;
    billing_cost_emit_t     emit;
    billing_cost_lookup_t  *lookup;

    lookup = item->series->lookup;
    item_done(item);

    if (lookup->result.status != BILLING_COST_OK) {
        return;
    }

    billing_explain(lookup, item->series->account, item->series->part,
        item->waiter.month, state, item->rule == NULL ? "unread" : item->rule,
        from, cached->meta.fetched_at);

    emit.question = &lookup->question;
    emit.origin.account = item->series->account - lookup->question.accounts;
    emit.origin.part = item->series->part - lookup->question.parts;
    emit.origin.month = item->waiter.month;

    view = &lookup->accounts[emit.origin.account];

    if (view->as_of == 0 || view->as_of > cached->meta.fetched_at) {
        view->as_of = cached->meta.fetched_at;
    }

    until = billing_plan_expiry(
        item->series, item->waiter.month, &cached->meta);

    /* nothing renews an old block of an account that is disabled */

    if (item->series->account->enabled || until > lookup->question.now) {
        lookup->result.fresh_until = ngx_min(lookup->result.fresh_until, until);
    }

    status = item_decode(&emit, cached);

    if (cached->meta.open != 0 && lookup->question.open != NULL) {
        lookup->question.open(
            lookup->question.data, &emit.origin, cached->meta.open);
    }

    if (status == BILLING_NOMEM) {
        billing_item_stop(lookup, BILLING_COST_NOMEM);

    } else if (status != BILLING_OK) {
        billing_item_stop(lookup, BILLING_COST_LIMIT);
    }

    item_restated(&lookup->question, &emit.origin, &cached->restated);
}


static billing_status_t
item_decode(billing_cost_emit_t *emit, const billing_cost_cached_t *cached)
{
    ngx_uint_t       i;
    billing_str_t    bytes;
    billing_status_t status;

    status = BILLING_OK;

    for (i = 0; i < BILLING_FIELD_MAX && status == BILLING_OK; i++) {
        if (cached->fields[i].data == NULL) {
            continue;
        }

        emit->origin.field = i;
        bytes.data = (const char *) cached->fields[i].data;
        bytes.len = cached->fields[i].len;
        status = billing_block_rows(bytes, item_emit_row, emit);
    }

    return status;
}


static billing_status_t
item_emit_row(void *data, const billing_row_t *row)
{
    billing_cost_emit_t *emit = data;

    return emit->question->row(emit->question->data, &emit->origin, row);
}


/* The worst of an account's blocks says how the account is. */
static void
item_note(billing_cost_series_t *series, billing_cost_cache_t cache,
    billing_account_state_t state, const billing_fault_t *fault)
{
    billing_view_account_t *view;
    billing_cost_lookup_t  *lookup;

    lookup = series->lookup;
    view = &lookup->accounts[series->account - lookup->question.accounts];

    if (state > view->state || (state == view->state && view->fault == NULL)) {
        view->state = state;
        view->fault = fault;
        view->since = fault != NULL && fault->reason == series->account->reason
                          ? series->account->since
                          : lookup->question.now;
    }

    if (!series->account->enabled) {
        cache = ngx_min(cache, BILLING_COST_STALE);

    } else if (state != BILLING_STATE_FRESH) {
        lookup->result.fresh_until = 0;
    }

    lookup->result.cache = ngx_max(lookup->result.cache, cache);
}


static void
item_done(billing_cost_item_t *item)
{
    billing_cost_lookup_t *lookup;

    lookup = item->series->lookup;
    item->done = 1;
    billing_progress_arrive(item);

    if (--item->series->left == 0) {
        ngx_queue_insert_tail(&lookup->over, &item->series->over);
    }

    if (--lookup->pending == 0) {
        ngx_post_event(&lookup->end, &ngx_posted_events);
    }
}


void
billing_item_stop(billing_cost_lookup_t *lookup, billing_cost_status_t status)
{
    if (lookup->behind) {
        return;
    }

    lookup->result.status = status;
    ngx_post_event(&lookup->end, &ngx_posted_events);
}


/* Hands out what is in the field; of a broken one nothing. */
static void
item_restated(const billing_cost_question_t *question,
    const billing_cost_origin_t *origin, const ngx_str_t *bytes)
{
    unsigned                i;
    billing_restated_list_t list;

    if (bytes->len == 0 || question->restated == NULL) {
        return;
    }

    (void) billing_restated_decode(billing_str_of(bytes), &list);

    for (i = 0; i < list.n; i++) {
        question->restated(question->data, origin, &list.items[i]);
    }
}
