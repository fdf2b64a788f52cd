
/*
 * The life of a flight: it takes the locks of its blocks, or learns that
 * somebody else has fetched them; walks; stores what has come; and lands, when
 * its waiters get theirs.  Its blocks are found by key and scope until they are
 * in Redis, so whoever comes later finds them in one or the other.
 */

#include "fetch/flight.h"

#include "event/turn.h"
#include "fetch/breaker.h"
#include "fetch/carry.h"
#include "fetch/encode.h"
#include "fetch/lane.h"
#include "fetch/lock.h"
#include "fetch/restate.h"
#include "fetch/resume.h"
#include "fetch/state.h"
#include "fetch/wait.h"
#include "fetch/walk.h"


static void flight_locked(
    billing_flight_t *flight, billing_lock_answer_t answer);
static void flight_found(billing_flight_t *flight);
static void flight_hand_over(billing_fetch_block_t *block);
static void flight_give_up(
    billing_fetch_block_t *block, const billing_fault_t *fault);
static void flight_drop(billing_fetch_block_t *block, const char *why);
static void flight_walk(billing_flight_t *flight);
static void flight_encoded(billing_flight_t *flight, ngx_int_t rc);
static void flight_store(billing_flight_t *flight);
static billing_status_t flight_meta(billing_fetch_block_t *block);
static void             flight_stored(billing_fetch_block_t *block);
static void             flight_land(billing_flight_t *flight);
static void flight_tell(billing_fetch_block_t *block, billing_waiter_t *waiter);
static void flight_free_block(billing_fetch_block_t *block);


ngx_int_t
billing_flight_start(billing_flight_t *flight)
{
    return billing_lock_ask(flight, flight_locked);
}


static void
flight_locked(billing_flight_t *flight, billing_lock_answer_t answer)
{
    if (flight->ended) {
        return; /* all who waited have left meanwhile */
    }

    if (answer == BILLING_LOCK_NOMEM) {
        billing_walk_end(flight, &billing_fault_internal);
        return;
    }

    if (answer == BILLING_LOCK_AWAY) {
        flight_walk(flight);
        return;
    }

    flight_found(flight);

    if (flight->left == 0) {
        billing_walk_end(flight, NULL);

    } else if (answer == BILLING_LOCK_TAKEN) {
        flight_walk(flight);

    } else if (answer == BILLING_LOCK_NOTE) {
        billing_walk_end(flight, flight->lock.fault);

    } else if (!billing_wait_awaited(flight)) {
        billing_walk_end(flight, &billing_fault_late);

    } else {
        billing_lock_wait(flight);
    }
}


/*
 * Blocks that somebody has written since their waiters looked need no fetch.
 * These are newer ones; or older, where a clock was set back.  What another
 * node has still read yesterday does not do.
 */
static void
flight_found(billing_flight_t *flight)
{
    ngx_uint_t             i;
    billing_fetch_block_t *block;

    for (i = 0; i < flight->nblocks; i++) {
        block = &flight->blocks[i];

        if (block->gone) {
            continue;
        }

        if (block->written && block->found.scope == block->scope
            && block->found.fetched_at != block->seen
            && billing_block_current(
                block->month, block->found.fetched_at, flight->today))
        {
            flight_hand_over(block);

        } else if (block->failed != NULL) {
            flight_give_up(block, block->failed);
        }
    }
}


/* The block is in the cache: its waiters read it there. */
static void
flight_hand_over(billing_fetch_block_t *block)
{
    billing_waiter_t *waiter;

    flight_drop(block, "somebody else has written it");

    while ((waiter = billing_wait_first(block)) != NULL) {
        waiter->type->written(waiter);
    }
}


/* The block is not fetched: its waiters get nothing new. */
static void
flight_give_up(billing_fetch_block_t *block, const billing_fault_t *fault)
{
    billing_waiter_t *waiter;

    flight_drop(block, "it has failed just now");

    while ((waiter = billing_wait_first(block)) != NULL) {
        waiter->type->failed(waiter, fault);
    }
}


/* The flight does not fetch this block: nobody joins for it any more. */
static void
flight_drop(billing_fetch_block_t *block, const char *why)
{
    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, block->flight->fetch->conf.log, 0,
        "billing: block \"%V\" is not fetched: %s", &block->key, why);

    block->gone = 1;
    block->flight->left--;
    ngx_rbtree_delete(&block->flight->fetch->blocks, &block->node.node);
}


static void
flight_walk(billing_flight_t *flight)
{
    if (billing_walk_start(flight) != NGX_OK) {
        billing_walk_end(flight, &billing_fault_internal);
    }
}


/* The walks have ended: store the blocks, if there are any. */
void
billing_flight_event(ngx_event_t *ev)
{
    billing_flight_t *flight = ev->data;

    ngx_int_t rc;

    if (flight->landing) {
        flight_land(flight);
        return;
    }

    rc = NGX_OK;

    if (flight->fault == NULL) {
        rc = billing_carry_blocks(flight);
    }

    if (flight->fault == NULL && rc == NGX_OK) {
        billing_carry_seen(flight);
        rc = billing_encode_blocks(flight, flight_encoded);
    }

    if (rc != NGX_AGAIN) {
        flight_encoded(flight, rc);
    }
}


static void
flight_encoded(billing_flight_t *flight, ngx_int_t rc)
{
    if (rc != NGX_OK) {
        ngx_log_error(NGX_LOG_ERR, flight->fetch->conf.log, 0,
            "costs of account \"%V\" are too large", &flight->owner.account);
        flight->fault = &billing_fault_internal;
    }

    if (flight->fault == NULL) {
        flight_store(flight);
    }

    if (flight->storing == 0) {
        flight_land(flight);
    }
}


static void
flight_store(billing_flight_t *flight)
{
    ngx_uint_t             i;
    billing_fetch_block_t *block;

    for (i = 0; i < flight->nblocks; i++) {
        block = &flight->blocks[i];

        if (!block->gone && block->fault == NULL
            && flight_meta(block) == BILLING_OK
            && billing_restate_block(block, flight_stored) == NGX_OK)
        {
            flight->storing++;
        }
    }
}


static billing_status_t
flight_meta(billing_fetch_block_t *block)
{
    billing_flight_t    *flight;
    billing_block_meta_t meta;

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
static void
flight_stored(billing_fetch_block_t *block)
{
    if (--block->flight->storing == 0) {
        flight_land(block->flight);
    }
}


/*
 * A few hundred may wait, each for thousands of rows.  Who joins meanwhile
 * gets what the others get.
 */
static void
flight_land(billing_flight_t *flight)
{
    ngx_uint_t             i;
    billing_fetch_block_t *block;

    flight->landing = 1;

    for (i = 0; i < flight->nblocks; i++) {
        block = &flight->blocks[i];

        while (!ngx_queue_empty(&block->waiters)) {
            if (billing_turn_over()) {
                ngx_post_event(&flight->event, &ngx_posted_next_events);
                return;
            }

            flight_tell(block, billing_wait_first(block));
        }
    }

    ngx_log_debug4(NGX_LOG_DEBUG_HTTP, flight->fetch->conf.log, 0,
        "billing: flight of account \"%V\" of \"%V\" has landed: %ui calls, %s",
        &flight->owner.account, &flight->owner.domain, flight->calls,
        flight->fault == NULL ? "no fault" : flight->fault->code);

    billing_state_tell(flight);
    billing_flight_destroy(flight);
}


static void
flight_tell(billing_fetch_block_t *block, billing_waiter_t *waiter)
{
    ngx_uint_t             i;
    billing_landed_t       landed;
    const billing_fault_t *fault;

    fault = block->flight->fault != NULL ? block->flight->fault : block->fault;

    if (fault != NULL) {
        waiter->type->failed(waiter, fault);
        return;
    }

    landed.fetched_at = block->flight->fetched_at;
    landed.open = block->open;
    landed.restated = (billing_str_t){ block->restated.data,
        block->restated.len };

    for (i = 0; i < BILLING_FIELD_MAX; i++) {
        landed.fields[i] = (billing_str_t){ block->fields[i].data,
            block->fields[i].len };
    }

    waiter->type->landed(waiter, &landed);
}


void
billing_flight_destroy(billing_flight_t *flight)
{
    ngx_uint_t i;

    billing_breaker_leave(flight->fetch, flight->breaker, flight);
    billing_walk_stop(flight);
    billing_lane_leave(flight);
    billing_lock_give(flight);
    billing_resume_free(flight);

    for (i = 0; i < flight->nblocks; i++) {
        flight_free_block(&flight->blocks[i]);
    }

    if (flight->event.posted) {
        ngx_delete_posted_event(&flight->event);
    }

    json_decref(flight->credentials);

    flight->fetch->nflights--;
    ngx_post_event(&flight->fetch->event, &ngx_posted_events);

    ngx_queue_remove(&flight->queue);
    ngx_destroy_pool(flight->pool);
}


static void
flight_free_block(billing_fetch_block_t *block)
{
    ngx_uint_t i;

    if (!block->gone) {
        ngx_rbtree_delete(&block->flight->fetch->blocks, &block->node.node);
    }

    if (block->call != NULL) {
        billing_redis_call_cancel(block->call);
    }

    if (block->rows != NULL) {
        billing_block_free(block->rows);
    }

    billing_buf_free(&block->meta);
    billing_buf_free(&block->restated);

    for (i = 0; i < BILLING_FIELD_MAX; i++) {
        billing_buf_free(&block->fields[i]);
    }
}
