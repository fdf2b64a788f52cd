
/*
 * Single flight: a block is fetched once, however many lookups want it.  An
 * item boards the flight that has its block, or a new one.  A flight covers
 * neighbouring months of one account, since a provider answers a range as
 * cheaply as a month.  An item that has been served with an old block only
 * sees to it that there is a flight.
 *
 * A flight belongs to the engine.  It owns a pool and a copy of all that it
 * needs; its credentials are overwritten when the last of its walks, which
 * may be in a thread's hands, has let go of them.
 */

#include "cost/ngx_http_billing_cost_breaker.h"


#define NGX_HTTP_BILLING_COST_MAX_META 256

/* BILLING_RESTATED_MAX changes take half of it */
#define NGX_HTTP_BILLING_COST_MAX_RESTATED 1024


static ngx_http_billing_cost_block_t *ngx_http_billing_cost_flight_find(
    ngx_http_billing_cost_item_t *item);
static void ngx_http_billing_cost_flight_join(
    ngx_http_billing_cost_block_t *block, ngx_http_billing_cost_item_t *item);
static void ngx_http_billing_cost_flight_start(
    ngx_http_billing_cost_item_t *items, ngx_uint_t n);
static ngx_http_billing_cost_flight_t *ngx_http_billing_cost_flight_create(
    ngx_http_billing_cost_series_t *series, billing_month_t first,
    const billing_fault_t **fault);
static ngx_int_t ngx_http_billing_cost_flight_copy(
    ngx_http_billing_cost_flight_t       *flight,
    const ngx_http_billing_cost_series_t *series, billing_month_t first);
static ngx_int_t ngx_http_billing_cost_flight_walks(
    ngx_http_billing_cost_flight_t        *flight,
    const ngx_http_billing_cost_account_t *account, billing_month_t first);
static ngx_int_t ngx_http_billing_cost_flight_ids(
    ngx_http_billing_cost_flight_t *flight, billing_str_t **ids,
    ngx_uint_t *count, const ngx_str_t *list, ngx_uint_t n);
static ngx_int_t ngx_http_billing_cost_flight_blocks(
    ngx_http_billing_cost_flight_t *flight, ngx_http_billing_cost_item_t *items,
    ngx_uint_t n);
static ngx_int_t ngx_http_billing_cost_block_name(
    ngx_pool_t *pool, ngx_str_t *name, const ngx_str_t *key, uint64_t scope);
static ngx_int_t ngx_http_billing_cost_block_lock(
    ngx_http_billing_cost_block_t *block);


/*
 * MONTHLY: neighbouring months go in one flight, DAILY: each month has one of
 * its own where a question covers at most 31 days.
 */
void
ngx_http_billing_cost_flight_board(ngx_http_billing_cost_series_t *series)
{
    ngx_uint_t                     i, n;
    ngx_http_billing_cost_item_t  *item;
    ngx_http_billing_cost_block_t *block;

    n = 0;

    for (i = 0; i < series->nitems; i++) {
        item = &series->items[i];

        if (item->wanted && item->month < series->oldest) {
            item->wanted = 0;
            ngx_http_billing_cost_failed(item, &billing_fault_history);
        }

        block = item->wanted ? ngx_http_billing_cost_flight_find(item) : NULL;

        if (block != NULL) {
            ngx_http_billing_cost_flight_join(block, item);
        }

        if (item->wanted) {
            n++;

            if ((series->part->granularity == BILLING_MONTHLY || series->wide)
                && i + 1 < series->nitems)
            {
                continue;
            }

            ngx_http_billing_cost_flight_start(item + 1 - n, n);

        } else if (n != 0) {
            ngx_http_billing_cost_flight_start(item - n, n);
        }

        n = 0;
    }
}


static ngx_http_billing_cost_block_t *
ngx_http_billing_cost_flight_find(ngx_http_billing_cost_item_t *item)
{
    ngx_str_t                       name;
    ngx_http_billing_cost_block_t  *block;
    ngx_http_billing_cost_lookup_t *lookup;

    lookup = item->series->lookup;

    if (ngx_http_billing_cost_block_name(item->series->pool, &name, &item->key,
            ngx_http_billing_cost_scope(item->series, item->month))
        != NGX_OK)
    {
        return NULL;
    }

    block = (ngx_http_billing_cost_block_t *) ngx_str_rbtree_lookup(
        &lookup->cost->blocks, &name, ngx_crc32_short(name.data, name.len));

    if (block == NULL) {
        return NULL;
    }

    /* nobody boards a flight that is about to crash, or yesterday's */

    return block->flight->fault == NULL
                   && ngx_http_billing_cost_current(
                       block->month, block->flight->fetched_at, lookup->today)
               ? block
               : NULL;
}


static void
ngx_http_billing_cost_flight_join(
    ngx_http_billing_cost_block_t *block, ngx_http_billing_cost_item_t *item)
{
    ngx_msec_t                      deadline;
    ngx_http_billing_cost_flight_t *flight;

    flight = block->flight;
    deadline = item->series->lookup->deadline;
    item->wanted = 0;

    if (!item->series->lookup->question.fleeting) {
        flight->fleeting = 0;
    }

    if (item->done) {
        return;
    }

    item->waiting = 1;
    item->block = block;
    ngx_queue_insert_tail(&block->waiters, &item->queue);
    ngx_http_billing_cost_await(item);

    if ((ngx_msec_int_t) (deadline - flight->deadline) > 0) {
        flight->deadline = deadline;
    }
}


static void
ngx_http_billing_cost_flight_start(
    ngx_http_billing_cost_item_t *items, ngx_uint_t n)
{
    ngx_int_t                       rc;
    ngx_uint_t                      i;
    const billing_fault_t          *fault;
    ngx_http_billing_cost_flight_t *flight;

    flight = NULL;
    rc = ngx_http_billing_cost_admit(items[0].series, &fault);

    if (rc == NGX_AGAIN) {
        ngx_http_billing_cost_hold(items[0].series);
        return;
    }

    if (rc != NGX_DECLINED) {
        fault = &billing_fault_internal;
        flight = ngx_http_billing_cost_flight_create(
            items[0].series, items[0].month, &fault);
    }

    if (flight != NULL && rc == NGX_DONE) {
        ngx_http_billing_cost_breaker_try(flight);
        flight->alone = 1;
    }

    if (flight != NULL
        && (ngx_http_billing_cost_flight_blocks(flight, items, n) != NGX_OK
            || ngx_http_billing_cost_lock(flight) != NGX_OK))
    {
        ngx_http_billing_cost_flight_destroy(flight);
        flight = NULL;
    }

    for (i = 0; i < n; i++) {
        items[i].wanted = 0;

        if (items[i].done) {
            continue;
        }

        if (flight == NULL) {
            ngx_http_billing_cost_failed(&items[i], fault);
        } else {
            ngx_http_billing_cost_flight_join(&flight->blocks[i], &items[i]);
        }
    }
}


/* Without credentials there is none; *fault is why, if it is not "internal". */
static ngx_http_billing_cost_flight_t *
ngx_http_billing_cost_flight_create(ngx_http_billing_cost_series_t *series,
    billing_month_t first, const billing_fault_t **fault)
{
    json_t                         *credentials;
    ngx_pool_t                     *pool;
    ngx_http_billing_cost_t        *cost;
    ngx_http_billing_cost_flight_t *flight;

    cost = series->lookup->cost;

    credentials = cost->conf.open(cost->conf.data,
        &series->lookup->question.domain, series->account, fault);
    if (credentials == NULL) {
        return NULL;
    }

    pool = ngx_create_pool(4096, cost->conf.log);
    flight = pool == NULL
                 ? NULL
                 : ngx_pcalloc(pool, sizeof(ngx_http_billing_cost_flight_t));

    if (flight == NULL) {
        json_decref(credentials);

        if (pool != NULL) {
            ngx_destroy_pool(pool);
        }

        return NULL;
    }

    flight->pool = pool;
    flight->credentials = credentials;
    flight->cost = cost;
    flight->ident = -1;
    flight->version = series->account->version;
    ngx_http_billing_cost_state_take(flight, series->account);
    flight->today = series->lookup->today;
    flight->granularity = series->part->granularity;
    flight->apart = series->apart;
    flight->fetched_at = series->lookup->question.now;
    flight->starter = series->lookup;
    flight->started = ngx_current_msec;
    flight->deadline = series->lookup->deadline;
    flight->fleeting = series->lookup->question.fleeting;
    flight->refresh = series->lookup->question.refresh;
    flight->event.handler = ngx_http_billing_cost_flight_event;
    flight->event.data = flight;
    flight->event.log = cost->conf.log;

    ngx_queue_init(&flight->pages);
    ngx_queue_insert_tail(&cost->flights, &flight->queue);
    cost->nflights++;

    if (ngx_http_billing_cost_flight_copy(flight, series, first) != NGX_OK) {
        ngx_http_billing_cost_flight_destroy(flight);
        return NULL;
    }

    return flight;
}


static ngx_int_t
ngx_http_billing_cost_flight_copy(ngx_http_billing_cost_flight_t *flight,
    const ngx_http_billing_cost_series_t *series, billing_month_t first)
{
    ngx_http_billing_cost_conf_t          *conf;
    const ngx_http_billing_cost_account_t *account;

    conf = &flight->cost->conf;
    account = series->account;

    if (conf->provider(conf->data, &series->lookup->question.domain,
            &account->provider, &flight->provider)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    flight->host = ngx_http_billing_cost_host(
        flight->cost, &flight->provider.endpoint);

    if (flight->host == NULL
        || ngx_http_billing_cost_dup(
               flight->pool, &flight->domain, &series->lookup->question.domain)
               != NGX_OK
        || ngx_http_billing_cost_dup(
               flight->pool, &flight->account, &account->id)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_http_billing_cost_flight_walks(flight, account, first) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_billing_cost_lane_enter(flight);
}


/*
 * One for each linked account, or one for all where the provider can.  Closed
 * months are asked for of those, too, who have left.
 */
static ngx_int_t
ngx_http_billing_cost_flight_walks(ngx_http_billing_cost_flight_t *flight,
    const ngx_http_billing_cost_account_t *account, billing_month_t first)
{
    ngx_uint_t                    i, ngone;
    ngx_http_billing_cost_walk_t *walk;

    flight->all = account->all;
    ngone = first < billing_month_of(flight->today) && !account->all
                ? account->ngone
                : 0;

    if (ngx_http_billing_cost_flight_ids(flight, &flight->linked,
            &flight->nlinked, account->linked, account->nlinked)
            != NGX_OK
        || ngx_http_billing_cost_flight_ids(
               flight, &flight->gone, &flight->ngone, account->gone, ngone)
               != NGX_OK
        || ngx_http_billing_cost_flight_ids(flight, &flight->excluded,
               &flight->nexcluded, account->excluded, account->nexcluded)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    flight->walks = ngx_pcalloc(flight->pool,
        (account->nlinked + ngone + 1) * sizeof(ngx_http_billing_cost_walk_t));
    if (flight->walks == NULL) {
        return NGX_ERROR;
    }

    if (flight->provider.provider->together) {
        flight->walks[0].linked = flight->linked;
        flight->walks[0].nlinked = account->all ? 0 : flight->nlinked;
        flight->nwalks = 1;

        return NGX_OK;
    }

    for (i = 0; i < flight->nlinked + flight->ngone; i++) {
        walk = &flight->walks[i];
        walk->gone = i >= flight->nlinked;
        walk->linked = walk->gone ? &flight->gone[i - flight->nlinked]
                                  : &flight->linked[i];
        walk->nlinked = 1;
    }

    flight->nwalks = i;

    return NGX_OK;
}


static ngx_int_t
ngx_http_billing_cost_flight_ids(ngx_http_billing_cost_flight_t *flight,
    billing_str_t **ids, ngx_uint_t *count, const ngx_str_t *list, ngx_uint_t n)
{
    ngx_str_t  id;
    ngx_uint_t i;

    *ids = ngx_palloc(flight->pool, (n + 1) * sizeof(billing_str_t));
    if (*ids == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        if (ngx_http_billing_cost_dup(flight->pool, &id, &list[i]) != NGX_OK) {
            return NGX_ERROR;
        }

        (*ids)[i].data = (const char *) id.data;
        (*ids)[i].len = id.len;
    }

    *count = n;

    return NGX_OK;
}


ngx_int_t
ngx_http_billing_cost_dup(
    ngx_pool_t *pool, ngx_str_t *dst, const ngx_str_t *src)
{
    u_char *p;

    p = ngx_pnalloc(pool, src->len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, src->data, src->len);

    dst->data = p;
    dst->len = src->len;

    return NGX_OK;
}


static ngx_int_t
ngx_http_billing_cost_flight_blocks(ngx_http_billing_cost_flight_t *flight,
    ngx_http_billing_cost_item_t *items, ngx_uint_t n)
{
    ngx_uint_t                     i, j;
    ngx_str_t                     *name;
    ngx_http_billing_cost_block_t *block;

    flight->blocks = ngx_pcalloc(
        flight->pool, n * sizeof(ngx_http_billing_cost_block_t));
    if (flight->blocks == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        block = &flight->blocks[i];
        name = &block->node.str;
        block->scope = ngx_http_billing_cost_scope(
            items[i].series, items[i].month);

        if (ngx_http_billing_cost_block_name(
                flight->pool, name, &items[i].key, block->scope)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        block->flight = flight;
        block->month = items[i].month;
        block->key.data = name->data;
        block->key.len = items[i].key.len;
        block->seen = items[i].seen;

        if (ngx_http_billing_cost_block_lock(block) != NGX_OK) {
            return NGX_ERROR;
        }

        billing_buf_init(&block->meta, NGX_HTTP_BILLING_COST_MAX_META);
        billing_buf_init(&block->restated, NGX_HTTP_BILLING_COST_MAX_RESTATED);

        for (j = 0; j < BILLING_FIELD_MAX; j++) {
            billing_buf_init(&block->fields[j], 0);
        }

        ngx_queue_init(&block->waiters);

        block->node.node.key = ngx_crc32_short(name->data, name->len);
        ngx_rbtree_insert(&flight->cost->blocks, &block->node.node);
        flight->nblocks = i + 1;
    }

    return NGX_OK;
}


/* The key and behind it the scope: another list of accounts, another block. */
static ngx_int_t
ngx_http_billing_cost_block_name(
    ngx_pool_t *pool, ngx_str_t *name, const ngx_str_t *key, uint64_t scope)
{
    name->data = ngx_pnalloc(pool, key->len + 1 + 16);
    if (name->data == NULL) {
        return NGX_ERROR;
    }

    name->len = ngx_sprintf(name->data, "%V:%016xL", key, scope) - name->data;

    return NGX_OK;
}


/* The block's key with another word in it: "<prefix>{<domain>}:lock:...". */
static ngx_int_t
ngx_http_billing_cost_block_lock(ngx_http_billing_cost_block_t *block)
{
    ngx_http_billing_cost_flight_t *flight;

    flight = block->flight;

    if (ngx_http_billing_cost_dup(flight->pool, &block->lock, &block->key)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_memcpy(block->lock.data + flight->cost->conf.prefix.len + sizeof("{}:")
                   - 1 + flight->domain.len,
        "lock", sizeof("cost") - 1);

    return NGX_OK;
}
