
/*
 * The pages of a flight: one walk for each linked account, or one for all of
 * them.  A walk waits for a slot, asks for a permit, calls, and reads the page
 * that comes; then all over again for the next page.  A page that the provider
 * could not give is asked for again after a pause; when that does not help
 * either, or a page makes no sense, the flight fails as a whole.
 */

#include "fetch/walk.h"

#include "fetch/again.h"
#include "fetch/breaker.h"
#include "fetch/call.h"
#include "fetch/calls.h"
#include "fetch/lane.h"
#include "fetch/permit.h"
#include "fetch/rejected.h"
#include "fetch/resume.h"
#include "fetch/wait.h"


#define BILLING_WALK_LONGEST 1800000 /* flight, in milliseconds */


static ngx_int_t walk_range(billing_flight_t *flight);
static void      walk_begin(billing_flight_t *flight);
static void      walk_others(billing_flight_t *flight);
static void      walk_state(billing_walk_t *walk, billing_walk_state_t state);
static void      walk_queue(billing_walk_t *walk, ngx_uint_t first);
static void      walk_turn(billing_place_t *place);
static void      walk_ask(billing_walk_t *walk);
static void      walk_answer(
         billing_walk_t *walk, billing_permit_answer_t answer, ngx_msec_t ms);
static void        walk_busy(billing_walk_t *walk, ngx_msec_t ms);
static void        walk_paused(billing_walk_t *walk, ngx_msec_t ms);
static void        walk_send(billing_walk_t *walk);
static void        walk_read(billing_walk_t *walk, billing_status_t status,
           ngx_int_t retry_after, const billing_failure_t *failure);
static void        walk_throttled(billing_walk_t *walk, ngx_int_t *retry_after);
static ngx_int_t   walk_again(billing_walk_t *walk, ngx_int_t retry_after);
static void        walk_next(billing_walk_t *walk);
static void        walk_rest(billing_walk_t *walk, ngx_msec_t ms);
static void        walk_timer(ngx_event_t *ev);
static void        walk_over(billing_walk_t *walk);
static void        walk_fail(billing_walk_t *walk, billing_status_t status,
           billing_reason_t reason, const char *text);
static void        walk_leave(billing_walk_t *walk);
static const char *walk_abandoned(billing_flight_t *flight);


ngx_int_t
billing_walk_start(billing_flight_t *flight)
{
    ngx_uint_t      i;
    billing_walk_t *walk;

    if (walk_abandoned(flight) != NULL) {
        billing_walk_end(flight, &billing_fault_late);
        return NGX_OK;
    }

    if (walk_range(flight) != NGX_OK) {
        return NGX_ERROR;
    }

    for (i = 0; i < flight->nwalks; i++) {
        walk = &flight->walks[i];
        walk->flight = flight;
        walk->place.lane = flight->lane;
        walk->place.ident = -1;
        walk->place.turn = walk_turn;
        walk->timer.handler = walk_timer;
        walk->timer.data = walk;
        walk->timer.log = flight->fetch->conf.log;

        /* whoever waits for the pause to end has a timer of his own */
        walk->timer.cancelable = 1;
    }

    flight->walking = flight->nwalks;

    switch (billing_resume_read(flight, walk_begin)) {
    case NGX_OK:
        return NGX_OK;

    case NGX_DECLINED:
        walk_begin(flight);
        return NGX_OK;

    default:
        return NGX_ERROR;
    }
}


/* From the first block that is still missing to the last one. */
static ngx_int_t
walk_range(billing_flight_t *flight)
{
    ngx_uint_t             i, found;
    billing_fetch_block_t *block;

    found = 0;

    for (i = 0; i < flight->nblocks; i++) {
        block = &flight->blocks[i];

        if (block->gone) {
            continue;
        }

        block->rows = billing_block_create();
        if (block->rows == NULL) {
            return NGX_ERROR;
        }

        if (!found) {
            flight->start = billing_month_first(block->month);
            found = 1;
        }

        flight->stop = ngx_min(billing_month_last(block->month), flight->today);
    }

    return NGX_OK;
}


static void
walk_begin(billing_flight_t *flight)
{
    if (flight->nwalks > 0) {
        walk_queue(&flight->walks[0], 0);
    }

    if (!flight->alone) {
        walk_others(flight);
    }

    billing_lane_run(flight->fetch);
}


/* All but the first, which may have gone ahead to see whether the host answers. */
static void
walk_others(billing_flight_t *flight)
{
    ngx_uint_t i;

    flight->alone = 0;

    for (i = 1; i < flight->nwalks; i++) {
        walk_queue(&flight->walks[i], 0);
    }
}


static void
walk_state(billing_walk_t *walk, billing_walk_state_t state)
{
    static const char *const states[] = { "idle", "queued", "asking", "sent",
        "reading", "resting", "done" };

    ngx_log_debug5(NGX_LOG_DEBUG_HTTP, walk->flight->fetch->conf.log, 0,
        "billing: walk %ui of account \"%V\" of \"%V\": %s, was %s",
        (ngx_uint_t) (walk - walk->flight->walks), &walk->flight->owner.account,
        &walk->flight->owner.domain, states[state], states[walk->state]);

    walk->state = state;
}


/* For a slot; one that comes back from a pause goes first. */
static void
walk_queue(billing_walk_t *walk, ngx_uint_t first)
{
    walk_state(walk, BILLING_WALK_QUEUED);
    billing_lane_push(walk->flight->fetch, &walk->place, first);
}


static void
walk_turn(billing_place_t *place)
{
    walk_ask((billing_walk_t *) place);
}


/* The walk holds a slot. */
static void
walk_ask(billing_walk_t *walk)
{
    const char *reason;

    walk_state(walk, BILLING_WALK_ASKING);

    reason = walk_abandoned(walk->flight);
    if (reason != NULL) {
        walk_fail(walk, BILLING_UNAVAILABLE, BILLING_REASON_TIMEOUT, reason);
        return;
    }

    if (billing_breaker_stops(walk->flight->breaker, walk->flight)) {
        billing_walk_end(walk->flight,
            billing_fault(BILLING_UNAVAILABLE, BILLING_REASON_NONE));
        return;
    }

    if (billing_permit_ask(walk, walk_answer) != NGX_OK) {
        walk_fail(walk, BILLING_NOMEM, BILLING_REASON_NONE, "out of memory");
    }
}


/* A walk that is paced is told how long is left, and asks again then. */
static void
walk_answer(billing_walk_t *walk, billing_permit_answer_t answer, ngx_msec_t ms)
{
    billing_fetch_t *fetch;

    fetch = walk->flight->fetch;

    switch (answer) {
    case BILLING_PERMIT_GIVEN:
        walk_send(walk);
        break;

    case BILLING_PERMIT_BUSY:
    case BILLING_PERMIT_PACED:
        walk_busy(walk, ms);
        break;

    case BILLING_PERMIT_PAUSED:
        walk_paused(walk, ms);
        break;

    case BILLING_PERMIT_SPENT:
        billing_walk_end(walk->flight, &billing_fault_limit);
        break;

    case BILLING_PERMIT_ERROR:
        billing_walk_end(walk->flight, &billing_fault_storage);
        break;
    }

    billing_lane_run(fetch);
}


static void
walk_busy(billing_walk_t *walk, ngx_msec_t ms)
{
    walk->permit.held = 0; /* the script has seen to that */
    walk_state(walk, BILLING_WALK_QUEUED);

    ms = billing_lane_busy(walk->flight->fetch, &walk->place, ms);

    if (ms != 0) {
        walk_state(walk, BILLING_WALK_RESTING);
        ngx_add_timer(&walk->timer, ms);
    }
}


/* The provider is not to be called for so many milliseconds. */
static void
walk_paused(billing_walk_t *walk, ngx_msec_t ms)
{
    if (ms >= (ngx_msec_t) billing_again_left(walk->flight)) {
        walk_fail(walk, BILLING_THROTTLED, BILLING_REASON_NONE,
            "it was called too often, and is left alone");
        return;
    }

    walk_busy(walk, ms);
}


static void
walk_send(billing_walk_t *walk)
{
    const char       *reason;
    billing_flight_t *flight;
    billing_status_t  status;

    flight = walk->flight;

    status = billing_call_send(walk, walk_read, &reason);
    if (status != BILLING_OK) {
        walk_fail(walk, status, BILLING_REASON_NONE, reason);
        return;
    }

    walk_state(walk, BILLING_WALK_SENT);
    flight->calls++;

    if (flight->starter != NULL) {
        (*flight->starter)++;
    }
}


/* A page was read, or there is none. */
static void
walk_read(billing_walk_t *walk, billing_status_t status, ngx_int_t retry_after,
    const billing_failure_t *failure)
{
    billing_fetch_t  *fetch;
    billing_flight_t *flight;

    flight = walk->flight;
    fetch = flight->fetch;
    billing_calls_ended(flight->provider.provider, status);

    if (walk->pages != NULL) {
        (void) billing_breaker_forms(
            flight->breaker, billing_pager_forms(walk->pages));
    }

    if (status == BILLING_THROTTLED) {
        walk_throttled(walk, &retry_after);
    }

    if (status == BILLING_OK) {
        walk_next(walk);

    } else if (billing_resume_anew(walk, status, failure->reason)) {
        walk_ask(walk);

    } else if (walk->gone
               && (status == BILLING_REJECTED || status == BILLING_MALFORMED))
    {
        /* who has left may be nobody's business any more */
        walk_over(walk);

    } else if (!billing_again_may(status, failure->reason)
               || walk_again(walk, retry_after) != NGX_OK)
    {
        walk_fail(walk, status, failure->reason, failure->text);
    }

    billing_lane_run(fetch);
}


/* Nobody is to call for a while: that goes back with the permit. */
static void
walk_throttled(billing_walk_t *walk, ngx_int_t *retry_after)
{
    billing_flight_t *flight;

    flight = walk->flight;

    *retry_after = billing_again_told(&flight->provider, *retry_after);
    flight->told = *retry_after > 0 ? ngx_min(
                       (ngx_uint_t) *retry_after, BILLING_FETCH_REST / 1000)
                                    : 0;
    walk->permit.pause = billing_again_throttled(walk->tries, *retry_after);

    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, flight->fetch->conf.log, 0,
        "billing: account \"%V\" of \"%V\" was called too often, a pause of "
        "%M ms",
        &flight->owner.account, &flight->owner.domain, walk->permit.pause);
}


/* NGX_DECLINED: no more tries, or none within the time of the waiters. */
static ngx_int_t
walk_again(billing_walk_t *walk, ngx_int_t retry_after)
{
    ngx_msec_t        pause;
    billing_flight_t *flight;

    flight = walk->flight;
    walk->tries++;

    pause = billing_again_pause(
        walk->tries, retry_after, billing_again_left(flight));

    if (pause == 0 || (walk->bad && billing_breaker_open(flight->breaker))
        || walk_abandoned(flight) != NULL)
    {
        return NGX_DECLINED;
    }

    walk_rest(walk, pause);

    return NGX_OK;
}


/* A page was read: the next one, or the end of this walk. */
static void
walk_next(billing_walk_t *walk)
{
    ngx_msec_t        pause;
    const char       *reason;
    billing_flight_t *flight;

    flight = walk->flight;
    walk->tries = 0;

    if (flight->alone) {
        walk_others(flight);
    }

    reason = walk_abandoned(flight);
    if (reason != NULL) {
        walk_fail(walk, BILLING_UNAVAILABLE, BILLING_REASON_TIMEOUT, reason);
        return;
    }

    if (billing_pager_done(walk->pages)) {
        walk_over(walk);
        return;
    }

    billing_resume_note(walk);
    pause = billing_pager_pause(walk->pages);

    if (pause == 0) {
        walk_ask(walk);
        return;
    }

    /* nobody holds a slot for a question that is not due yet */
    walk_rest(walk, pause);
}


static void
walk_rest(billing_walk_t *walk, ngx_msec_t ms)
{
    walk_leave(walk);
    walk_state(walk, BILLING_WALK_RESTING);
    ngx_add_timer(&walk->timer, ms);
}


static void
walk_timer(ngx_event_t *ev)
{
    billing_walk_t *walk = ev->data;

    walk_queue(walk, 1);
    billing_lane_run(walk->flight->fetch);
}


static void
walk_over(billing_walk_t *walk)
{
    walk_leave(walk);
    walk_state(walk, BILLING_WALK_DONE);
    billing_pager_free(walk->pages);
    walk->pages = NULL;

    if (--walk->flight->walking == 0) {
        billing_walk_end(walk->flight, NULL);
    }
}


static void
walk_fail(billing_walk_t *walk, billing_status_t status,
    billing_reason_t reason, const char *text)
{
    ngx_uint_t        level;
    billing_flight_t *flight;

    flight = walk->flight;
    level = flight->abandoned ? NGX_LOG_INFO : NGX_LOG_ERR;

    ngx_log_error(level, flight->fetch->conf.log, 0,
        "billing provider \"%s\" failed for account \"%V\": \"%s\", domain \"%V\"",
        flight->provider.provider->id, &flight->owner.account, text,
        &flight->owner.domain);

    if (walk->bad && status == BILLING_UNAVAILABLE) {
        billing_breaker_failed(flight->fetch, flight->breaker);
    }

    billing_walk_end(flight, billing_fault(status, reason));
}


/* Gives back permit and slot, or what it has asked for of them. */
static void
walk_leave(billing_walk_t *walk)
{
    billing_permit_drop(walk);
    billing_lane_drop(walk->flight->fetch, &walk->place);
}


void
billing_walk_end(billing_flight_t *flight, const billing_fault_t *fault)
{
    if (flight->landing) {
        return;
    }

    flight->fault = fault;
    flight->ended = 1;

    billing_rejected_set(flight->fetch, &flight->owner, fault);
    billing_resume_keep(flight);
    billing_breaker_leave(flight->fetch, flight->breaker, flight);
    billing_walk_stop(flight);

    ngx_post_event(&flight->event, &ngx_posted_events);
}


void
billing_walk_stop(billing_flight_t *flight)
{
    ngx_uint_t      i;
    billing_walk_t *walk;

    billing_page_stop(flight);

    if (flight->resuming != NULL) {
        billing_redis_call_cancel(flight->resuming);
        flight->resuming = NULL;
    }

    for (i = 0; i < flight->nwalks; i++) {
        walk = &flight->walks[i];

        if (walk->flight == NULL) {
            break;
        }

        if (walk->transfer != NULL) {
            billing_curl_cancel(walk->transfer);
            walk->transfer = NULL;
        }

        if (walk->timer.timer_set) {
            ngx_del_timer(&walk->timer);
        }

        walk_leave(walk);

        if (walk->pages != NULL) {
            billing_pager_free(walk->pages);
            walk->pages = NULL;
        }

        walk->state = BILLING_WALK_DONE;
    }

    flight->nwalks = 0;
}


/* No endless flights, and none at all without passengers on the way out. */
static const char *
walk_abandoned(billing_flight_t *flight)
{
    if (ngx_current_msec - flight->started > BILLING_WALK_LONGEST) {
        return "took too long";
    }

    if (ngx_exiting && !billing_wait_awaited(flight)) {
        flight->abandoned = 1;
        return "the worker is exiting";
    }

    return NULL;
}
