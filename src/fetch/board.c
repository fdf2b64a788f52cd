
/*
 * Single flight: a block is fetched once, however many want it.  A waiter joins
 * the flight that has its block, or a new one, which covers neighbouring months
 * of one account, since a provider answers a range as cheaply as a month.
 *
 * A flight belongs to the engine.  It owns a pool and a copy of all that it
 * needs; its credentials are overwritten when the last of its walks, which
 * may be in a thread's hands, has let go of them.
 */

#include "fetch/internal.h"

#include "event/str.h"
#include "fetch/breaker.h"
#include "fetch/flight.h"
#include "fetch/lane.h"
#include "fetch/names.h"
#include "fetch/rejected.h"
#include "fetch/state.h"
#include "fetch/wait.h"
#include "fetch/walk.h"


/* Each has a pool, a lock in Redis and figures in memory. */
#define BILLING_BOARD_FLIGHTS 128

#define BILLING_BOARD_META 256

/* BILLING_RESTATED_MAX changes take half of it */
#define BILLING_BOARD_RESTATED 1024


static billing_flight_t *board_create(billing_fetch_t *fetch,
    const billing_fetch_order_t *order, billing_month_t first,
    const billing_fault_t **fault);
static billing_flight_t *board_alloc(
    billing_fetch_t *fetch, const billing_fetch_order_t *order);
static ngx_int_t board_copy(
    billing_flight_t *flight, const billing_fetch_order_t *order);
static ngx_int_t board_walks(billing_flight_t *flight,
    const billing_fetch_account_t *account, billing_month_t first);
static ngx_int_t board_ids(billing_flight_t *flight, billing_str_t **ids,
    ngx_uint_t *count, const ngx_str_t *list, ngx_uint_t n);
static ngx_int_t board_blocks(billing_flight_t *flight, ngx_queue_t *waiters);
static ngx_int_t board_block(
    billing_flight_t *flight, billing_waiter_t *waiter);
static void board_seat(billing_flight_t *flight, ngx_queue_t *waiters);
static void board_join(billing_fetch_block_t *block,
    const billing_fetch_order_t *order, billing_waiter_t *waiter);


ngx_uint_t
billing_fetch_full(const billing_fetch_t *fetch)
{
    return fetch->nflights >= BILLING_BOARD_FLIGHTS;
}


ngx_int_t
billing_fetch_admit(billing_fetch_t *fetch, const billing_fetch_order_t *order,
    const billing_fault_t **fault)
{
    ngx_int_t                rc;
    billing_breaker_t       *breaker;
    billing_fetch_provider_t provider;

    *fault = order->refresh ? NULL
                            : billing_rejected_find(fetch, &order->owner);

    if (*fault != NULL) {
        return NGX_DECLINED;
    }

    *fault = &billing_fault_internal;

    if (fetch->conf.provider(fetch->conf.data, &order->owner.domain,
            &order->account->provider, &provider)
        != NGX_OK)
    {
        return NGX_DECLINED;
    }

    breaker = billing_breaker_of(fetch, &provider.endpoint);
    if (breaker == NULL) {
        return NGX_DECLINED;
    }

    *fault = billing_fault(BILLING_UNAVAILABLE, BILLING_REASON_NONE);
    rc = billing_breaker_admit(fetch, breaker);

    if (rc != NGX_OK) {
        ngx_log_debug4(NGX_LOG_DEBUG_HTTP, fetch->conf.log, 0,
            "billing: account \"%V\" of \"%V\", provider at \"%V\": %s",
            &order->owner.account, &order->owner.domain, &provider.endpoint,
            rc == NGX_DONE    ? "this one may try"
            : rc == NGX_AGAIN ? "waits for one that tries"
                              : "calls are held back");
    }

    return rc;
}


ngx_int_t
billing_fetch_join(billing_fetch_t *fetch, const billing_fetch_order_t *order,
    billing_waiter_t *waiter)
{
    u_char                *p;
    ngx_str_t              name;
    billing_fetch_block_t *block;

    if (billing_names_block(fetch, NULL, &waiter->key, waiter->scope, &name)
        != NGX_OK)
    {
        return NGX_DECLINED;
    }

    p = name.data;
    block = (billing_fetch_block_t *) ngx_str_rbtree_lookup(
        &fetch->blocks, &name, ngx_crc32_short(name.data, name.len));
    ngx_free(p);

    /* nobody boards a flight that is about to crash, or yesterday's */

    if (block == NULL || block->flight->fault != NULL
        || !billing_block_current(
            block->month, block->flight->fetched_at, order->today))
    {
        return NGX_DECLINED;
    }

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, fetch->conf.log, 0,
        "billing: block \"%V\" is under way: %s", &waiter->key,
        waiter->served ? "an old one has been served" : "one more waits");

    if (!order->fleeting) {
        block->flight->fleeting = 0;
    }

    board_join(block, order, waiter);

    return NGX_OK;
}


static void
board_join(billing_fetch_block_t *block, const billing_fetch_order_t *order,
    billing_waiter_t *waiter)
{
    billing_flight_t *flight;

    if (waiter->served) {
        return;
    }

    flight = block->flight;
    billing_wait_join(block, waiter);

    if ((ngx_msec_int_t) (order->deadline - flight->deadline) > 0) {
        flight->deadline = order->deadline;
    }
}


ngx_int_t
billing_fetch_start(billing_fetch_t *fetch, const billing_fetch_order_t *order,
    ngx_queue_t *waiters, const billing_fault_t **fault)
{
    ngx_int_t         rc;
    billing_waiter_t *first;
    billing_flight_t *flight;

    rc = billing_fetch_admit(fetch, order, fault);

    if (rc == NGX_AGAIN || rc == NGX_DECLINED) {
        return rc;
    }

    first = ngx_queue_data(ngx_queue_head(waiters), billing_waiter_t, queue);
    *fault = &billing_fault_internal;

    flight = board_create(fetch, order, first->month, fault);
    if (flight == NULL) {
        return NGX_DECLINED;
    }

    if (rc == NGX_DONE) {
        billing_breaker_try(fetch, flight->breaker, flight);
        flight->alone = 1;
    }

    if (board_blocks(flight, waiters) != NGX_OK
        || billing_flight_start(flight) != NGX_OK)
    {
        billing_flight_destroy(flight);
        return NGX_DECLINED;
    }

    board_seat(flight, waiters);

    ngx_log_debug5(NGX_LOG_DEBUG_HTTP, fetch->conf.log, 0,
        "billing: flight for account \"%V\" of \"%V\": %ui months, %ui walks, "
        "%ui flights",
        &flight->owner.account, &flight->owner.domain, flight->nblocks,
        flight->nwalks, fetch->nflights);

    return NGX_OK;
}


/* No credentials, no flight: *fault is why, if it is not "internal". */
static billing_flight_t *
board_create(billing_fetch_t *fetch, const billing_fetch_order_t *order,
    billing_month_t first, const billing_fault_t **fault)
{
    json_t           *credentials;
    billing_flight_t *flight;

    credentials = fetch->conf.open(
        fetch->conf.data, &order->owner.domain, order->account, fault);
    if (credentials == NULL) {
        return NULL;
    }

    flight = board_alloc(fetch, order);
    if (flight == NULL) {
        json_decref(credentials);
        return NULL;
    }

    flight->credentials = credentials;

    if (board_copy(flight, order) != NGX_OK
        || board_walks(flight, order->account, first) != NGX_OK
        || billing_lane_enter(flight) != NGX_OK)
    {
        billing_flight_destroy(flight);
        return NULL;
    }

    return flight;
}


static billing_flight_t *
board_alloc(billing_fetch_t *fetch, const billing_fetch_order_t *order)
{
    ngx_pool_t       *pool;
    billing_flight_t *flight;

    pool = ngx_create_pool(4096, fetch->conf.log);
    if (pool == NULL) {
        return NULL;
    }

    flight = ngx_pcalloc(pool, sizeof(billing_flight_t));
    if (flight == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    flight->pool = pool;
    flight->fetch = fetch;
    flight->ident = -1;
    flight->today = order->today;
    flight->granularity = order->granularity;
    flight->apart = order->apart;
    flight->fetched_at = order->now;
    flight->starter = order->calls;
    flight->started = ngx_current_msec;
    flight->deadline = order->deadline;
    flight->fleeting = order->fleeting;
    flight->refresh = order->refresh;
    flight->event.handler = billing_flight_event;
    flight->event.data = flight;
    flight->event.log = fetch->conf.log;

    billing_state_take(flight, order->account);

    ngx_queue_init(&flight->pages);
    ngx_queue_insert_tail(&fetch->flights, &flight->queue);
    fetch->nflights++;

    return flight;
}


static ngx_int_t
board_copy(billing_flight_t *flight, const billing_fetch_order_t *order)
{
    billing_fetch_conf_t *conf;

    conf = &flight->fetch->conf;

    if (conf->provider(conf->data, &order->owner.domain,
            &order->account->provider, &flight->provider)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    flight->breaker = billing_breaker_of(
        flight->fetch, &flight->provider.endpoint);

    if (flight->breaker == NULL
        || billing_str_dup(
               flight->pool, &flight->owner.domain, &order->owner.domain)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    flight->owner.version = order->owner.version;

    return billing_str_dup(
        flight->pool, &flight->owner.account, &order->owner.account);
}


/*
 * One for each linked account, or one for all where the provider can.  Closed
 * months are asked for of those, too, who have left.
 */
static ngx_int_t
board_walks(billing_flight_t *flight, const billing_fetch_account_t *account,
    billing_month_t first)
{
    ngx_uint_t      i, ngone;
    billing_walk_t *walk;

    flight->all = account->all;
    ngone = first < billing_month_of(flight->today) && !account->all
                ? account->ngone
                : 0;

    if (board_ids(flight, &flight->linked, &flight->nlinked, account->linked,
            account->nlinked)
            != NGX_OK
        || board_ids(
               flight, &flight->gone, &flight->ngone, account->gone, ngone)
               != NGX_OK
        || board_ids(flight, &flight->excluded, &flight->nexcluded,
               account->excluded, account->nexcluded)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    flight->walks = ngx_pcalloc(
        flight->pool, (account->nlinked + ngone + 1) * sizeof(billing_walk_t));
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
board_ids(billing_flight_t *flight, billing_str_t **ids, ngx_uint_t *count,
    const ngx_str_t *list, ngx_uint_t n)
{
    ngx_str_t  id;
    ngx_uint_t i;

    *ids = ngx_palloc(flight->pool, (n + 1) * sizeof(billing_str_t));
    if (*ids == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        if (billing_str_dup(flight->pool, &id, &list[i]) != NGX_OK) {
            return NGX_ERROR;
        }

        (*ids)[i] = billing_str_of(&id);
    }

    *count = n;

    return NGX_OK;
}


static ngx_int_t
board_blocks(billing_flight_t *flight, ngx_queue_t *waiters)
{
    ngx_uint_t   n;
    ngx_queue_t *q;

    n = 0;

    for (q = ngx_queue_head(waiters); q != ngx_queue_sentinel(waiters);
         q = ngx_queue_next(q))
    {
        n++;
    }

    flight->blocks = ngx_pcalloc(
        flight->pool, n * sizeof(billing_fetch_block_t));
    if (flight->blocks == NULL) {
        return NGX_ERROR;
    }

    for (q = ngx_queue_head(waiters); q != ngx_queue_sentinel(waiters);
         q = ngx_queue_next(q))
    {
        if (board_block(flight, ngx_queue_data(q, billing_waiter_t, queue))
            != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
board_block(billing_flight_t *flight, billing_waiter_t *waiter)
{
    ngx_str_t             *name;
    ngx_uint_t             i;
    billing_fetch_block_t *block;

    block = &flight->blocks[flight->nblocks];
    name = &block->node.str;

    if (billing_names_block(
            flight->fetch, flight->pool, &waiter->key, waiter->scope, name)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    block->flight = flight;
    block->month = waiter->month;
    block->scope = waiter->scope;
    block->key.data = name->data;
    block->key.len = waiter->key.len;
    block->seen = waiter->seen;

    if (billing_names_lock(block) != NGX_OK) {
        return NGX_ERROR;
    }

    billing_buf_init(&block->meta, BILLING_BOARD_META);
    billing_buf_init(&block->restated, BILLING_BOARD_RESTATED);

    for (i = 0; i < BILLING_FIELD_MAX; i++) {
        billing_buf_init(&block->fields[i], 0);
    }

    ngx_queue_init(&block->waiters);

    block->node.node.key = ngx_crc32_short(name->data, name->len);
    ngx_rbtree_insert(&flight->fetch->blocks, &block->node.node);
    flight->nblocks++;
    flight->left++;

    return NGX_OK;
}


/* Each in its block; those that are served need not wait. */
static void
board_seat(billing_flight_t *flight, ngx_queue_t *waiters)
{
    ngx_uint_t        i;
    ngx_queue_t      *q;
    billing_waiter_t *waiter;

    for (i = 0; !ngx_queue_empty(waiters); i++) {
        q = ngx_queue_head(waiters);
        ngx_queue_remove(q);
        waiter = ngx_queue_data(q, billing_waiter_t, queue);

        if (!waiter->served) {
            billing_wait_join(&flight->blocks[i], waiter);
        }
    }
}


void
billing_fetch_leave(billing_waiter_t *waiter)
{
    if (waiter->block != NULL) {
        waiter->block->flight->fleeting = 0;
        billing_wait_leave(waiter);
    }
}


/* One whose walks have ended stores what it has, in any case. */
void
billing_fetch_withdraw(billing_waiter_t *waiter)
{
    billing_flight_t *flight;

    if (waiter->block == NULL) {
        return;
    }

    flight = waiter->block->flight;
    billing_wait_leave(waiter);

    if (!flight->fleeting || flight->nwalks == 0
        || billing_wait_awaited(flight)) {
        return;
    }

    flight->abandoned = 1;
    billing_walk_end(flight, &billing_fault_late);
}


void
billing_fetch_forget(billing_fetch_t *fetch, ngx_uint_t *calls)
{
    ngx_queue_t      *q;
    billing_flight_t *flight;

    for (q = ngx_queue_head(&fetch->flights);
         q != ngx_queue_sentinel(&fetch->flights); q = ngx_queue_next(q))
    {
        flight = ngx_queue_data(q, billing_flight_t, queue);

        if (flight->starter == calls) {
            flight->starter = NULL;
        }
    }
}
