
/*
 * The life of a flight once it is under way: who waits for it, and how it
 * lands.  Its blocks are found by key and scope until they are in Redis, so
 * whoever comes later finds them in one or the other.
 */

#include "cost/ngx_http_billing_cost_breaker.h"
#include "cost/ngx_http_billing_cost_resume.h"
#include "event/ngx_billing_turn.h"


static void ngx_http_billing_cost_flight_out(
    ngx_http_billing_cost_item_t *item);
static void ngx_http_billing_cost_flight_drop(
    ngx_http_billing_cost_block_t *block);
static ngx_http_billing_cost_item_t *ngx_http_billing_cost_flight_waiter(
    ngx_http_billing_cost_block_t *block);
static void ngx_http_billing_cost_flight_store(
    ngx_http_billing_cost_flight_t *flight);
static billing_status_t ngx_http_billing_cost_flight_meta(
    ngx_http_billing_cost_block_t *block);
static void ngx_http_billing_cost_flight_land(
    ngx_http_billing_cost_flight_t *flight);


void
ngx_http_billing_cost_flight_leave(ngx_http_billing_cost_item_t *item)
{
    if (item->waiting) {
        item->block->flight->fleeting = 0;
        ngx_http_billing_cost_flight_out(item);
    }
}


/* One whose walks have ended stores what it has, in any case. */
void
ngx_http_billing_cost_flight_withdraw(ngx_http_billing_cost_item_t *item)
{
    ngx_http_billing_cost_flight_t *flight;

    if (!item->waiting) {
        return;
    }

    flight = item->block->flight;
    ngx_http_billing_cost_flight_out(item);

    if (!flight->fleeting || flight->nwalks == 0
        || ngx_http_billing_cost_flight_awaited(flight))
    {
        return;
    }

    flight->abandoned = 1;
    ngx_http_billing_cost_flight_end(flight, &billing_fault_late);
}


static void
ngx_http_billing_cost_flight_out(ngx_http_billing_cost_item_t *item)
{
    ngx_queue_remove(&item->queue);
    item->waiting = 0;
}


ngx_uint_t
ngx_http_billing_cost_flight_awaited(ngx_http_billing_cost_flight_t *flight)
{
    ngx_uint_t i;

    for (i = 0; i < flight->nblocks; i++) {
        if (!ngx_queue_empty(&flight->blocks[i].waiters)) {
            return 1;
        }
    }

    return 0;
}


void
ngx_http_billing_cost_flight_hand_over(ngx_http_billing_cost_block_t *block)
{
    ngx_http_billing_cost_item_t *item;

    ngx_http_billing_cost_flight_drop(block);

    while ((item = ngx_http_billing_cost_flight_waiter(block)) != NULL) {
        item->again = 1;

        if (ngx_http_billing_cost_cache_get(item) != NGX_OK) {
            ngx_http_billing_cost_failed(item, &billing_fault_internal);
        }
    }
}


void
ngx_http_billing_cost_flight_give_up(
    ngx_http_billing_cost_block_t *block, const billing_fault_t *fault)
{
    ngx_http_billing_cost_item_t *item;

    ngx_http_billing_cost_flight_drop(block);

    while ((item = ngx_http_billing_cost_flight_waiter(block)) != NULL) {
        ngx_http_billing_cost_failed(item, fault);
    }
}


/* The flight does not fetch this block: nobody boards for it any more. */
static void
ngx_http_billing_cost_flight_drop(ngx_http_billing_cost_block_t *block)
{
    block->gone = 1;
    ngx_rbtree_delete(&block->flight->cost->blocks, &block->node.node);
}


/* Who has waited longest, and waits no more; NULL: nobody does. */
static ngx_http_billing_cost_item_t *
ngx_http_billing_cost_flight_waiter(ngx_http_billing_cost_block_t *block)
{
    ngx_http_billing_cost_item_t *item;

    if (ngx_queue_empty(&block->waiters)) {
        return NULL;
    }

    item = ngx_queue_data(
        ngx_queue_head(&block->waiters), ngx_http_billing_cost_item_t, queue);
    ngx_http_billing_cost_flight_out(item);

    return item;
}


void
ngx_http_billing_cost_flight_end(
    ngx_http_billing_cost_flight_t *flight, const billing_fault_t *fault)
{
    if (flight->landing) {
        return;
    }

    flight->fault = fault;

    ngx_http_billing_cost_rejected_set(flight, fault);

    ngx_http_billing_cost_resume_keep(flight);
    ngx_http_billing_cost_breaker_leave(flight);
    ngx_http_billing_cost_fetch_stop(flight);
    ngx_post_event(&flight->event, &ngx_posted_events);
}


/* The walks have ended: store the blocks, if there are any. */
void
ngx_http_billing_cost_flight_event(ngx_event_t *ev)
{
    ngx_http_billing_cost_flight_t *flight = ev->data;

    ngx_int_t rc;

    if (flight->landing) {
        ngx_http_billing_cost_flight_land(flight);
        return;
    }

    rc = NGX_OK;

    if (flight->fault == NULL) {
        rc = ngx_http_billing_cost_carry(flight);
    }

    if (flight->fault == NULL && rc == NGX_OK) {
        ngx_http_billing_cost_carry_seen(flight);
        rc = ngx_http_billing_cost_encode(flight);
    }

    if (rc != NGX_AGAIN) {
        ngx_http_billing_cost_flight_encoded(flight, rc);
    }
}


void
ngx_http_billing_cost_flight_encoded(
    ngx_http_billing_cost_flight_t *flight, ngx_int_t rc)
{
    if (rc != NGX_OK) {
        ngx_log_error(NGX_LOG_ERR, flight->cost->conf.log, 0,
            "costs of account \"%V\" are too large", &flight->account);
        flight->fault = &billing_fault_internal;
    }

    if (flight->fault == NULL) {
        ngx_http_billing_cost_flight_store(flight);
    }

    if (flight->storing == 0) {
        ngx_http_billing_cost_flight_land(flight);
    }
}


static void
ngx_http_billing_cost_flight_store(ngx_http_billing_cost_flight_t *flight)
{
    ngx_uint_t                     i;
    ngx_http_billing_cost_block_t *block;

    for (i = 0; i < flight->nblocks; i++) {
        block = &flight->blocks[i];

        if (!block->gone && block->fault == NULL
            && ngx_http_billing_cost_flight_meta(block) == BILLING_OK
            && ngx_http_billing_cost_restate(block) == NGX_OK)
        {
            flight->storing++;
        }
    }
}


static billing_status_t
ngx_http_billing_cost_flight_meta(ngx_http_billing_cost_block_t *block)
{
    billing_block_meta_t            meta;
    ngx_http_billing_cost_flight_t *flight;

    flight = block->flight;

    meta.fetched_at = flight->fetched_at;
    meta.scope = block->scope;
    meta.calls = flight->calls;
    meta.rows = flight->rows;
    meta.open = block->open;

    return billing_block_meta_encode(&meta, &block->meta);
}


/*
 * Waiters get their rows when the block is in Redis: then whoever was
 * answered finds it there, from any worker.
 */
void
ngx_http_billing_cost_stored(ngx_http_billing_cost_block_t *block)
{
    if (--block->flight->storing == 0) {
        ngx_http_billing_cost_flight_land(block->flight);
    }
}


/*
 * A few hundred may wait, each for thousands of rows.  Who boards meanwhile
 * gets what the others get.
 */
static void
ngx_http_billing_cost_flight_land(ngx_http_billing_cost_flight_t *flight)
{
    ngx_uint_t                     i;
    ngx_http_billing_cost_item_t  *item;
    ngx_http_billing_cost_block_t *block;

    flight->landing = 1;

    for (i = 0; i < flight->nblocks; i++) {
        block = &flight->blocks[i];

        while (!ngx_queue_empty(&block->waiters)) {
            if (ngx_billing_turn_over()) {
                ngx_post_event(&flight->event, &ngx_posted_next_events);
                return;
            }

            item = ngx_http_billing_cost_flight_waiter(block);

            if (flight->fault != NULL) {
                ngx_http_billing_cost_failed(item, flight->fault);

            } else if (block->fault != NULL) {
                ngx_http_billing_cost_failed(item, block->fault);

            } else {
                ngx_http_billing_cost_landed(item, block);
            }
        }
    }

    ngx_http_billing_cost_state_tell(flight);
    ngx_http_billing_cost_flight_destroy(flight);
}


/* Also of one that is only half made; nobody waits for it any more. */
void
ngx_http_billing_cost_flight_destroy(ngx_http_billing_cost_flight_t *flight)
{
    ngx_uint_t                     i, j;
    ngx_http_billing_cost_block_t *block;

    ngx_http_billing_cost_breaker_leave(flight);
    ngx_http_billing_cost_fetch_stop(flight);
    ngx_http_billing_cost_lane_leave(flight);
    ngx_http_billing_cost_unlock(flight);
    ngx_http_billing_cost_resume_free(flight);

    for (i = 0; i < flight->nblocks; i++) {
        block = &flight->blocks[i];

        if (!block->gone) {
            ngx_rbtree_delete(&flight->cost->blocks, &block->node.node);
        }

        if (block->call != NULL) {
            ngx_billing_redis_cancel(block->call);
        }

        if (block->rows != NULL) {
            billing_block_free(block->rows);
        }

        billing_buf_free(&block->meta);
        billing_buf_free(&block->restated);

        for (j = 0; j < BILLING_FIELD_MAX; j++) {
            billing_buf_free(&block->fields[j]);
        }
    }

    if (flight->event.posted) {
        ngx_delete_posted_event(&flight->event);
    }

    json_decref(flight->credentials);

    flight->cost->nflights--;

    if (flight->cost->nheld != 0) {
        ngx_post_event(&flight->cost->board, &ngx_posted_events);
    }

    ngx_queue_remove(&flight->queue);
    ngx_destroy_pool(flight->pool);
}
