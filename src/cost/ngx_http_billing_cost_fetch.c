
/*
 * The pages of a flight: one walk for each linked account.  A page that the
 * provider could not give is asked for again after a pause; when that does
 * not help either, or a page makes no sense, the flight fails as a whole.
 */

#include "cost/ngx_http_billing_cost_again.h"
#include "cost/ngx_http_billing_cost_breaker.h"
#include "cost/ngx_http_billing_cost_permit.h"
#include "cost/ngx_http_billing_cost_resume.h"


static ngx_int_t ngx_http_billing_cost_fetch_blocks(
    ngx_http_billing_cost_flight_t *flight);
static billing_status_t ngx_http_billing_cost_walk_open(
    ngx_http_billing_cost_walk_t *walk);
static void ngx_http_billing_cost_walk_answer(
    void *data, const ngx_billing_curl_result_t *result);
static void ngx_http_billing_cost_walk_next(ngx_http_billing_cost_walk_t *walk);
static void ngx_http_billing_cost_walk_over(ngx_http_billing_cost_walk_t *walk);
static void ngx_http_billing_cost_walk_fail(ngx_http_billing_cost_walk_t *walk,
    billing_status_t status, billing_reason_t reason, const char *text);
static void ngx_http_billing_cost_walk_retry(ngx_event_t *ev);
static void ngx_http_billing_cost_fetch_others(
    ngx_http_billing_cost_flight_t *flight);


ngx_int_t
ngx_http_billing_cost_fetch(ngx_http_billing_cost_flight_t *flight)
{
    ngx_uint_t                    i;
    ngx_http_billing_cost_walk_t *walk;

    if (ngx_http_billing_cost_abandoned(flight) != NULL) {
        ngx_http_billing_cost_flight_end(flight, &billing_fault_late);
        return NGX_OK;
    }

    if (ngx_http_billing_cost_fetch_blocks(flight) != NGX_OK) {
        return NGX_ERROR;
    }

    for (i = 0; i < flight->nwalks; i++) {
        walk = &flight->walks[i];
        walk->flight = flight;
        walk->ident = -1;
        walk->retry.handler = ngx_http_billing_cost_walk_retry;
        walk->retry.data = walk;
        walk->retry.log = flight->cost->conf.log;

        /* whoever waits for the pause to end has a timer of his own */
        walk->retry.cancelable = 1;
    }

    flight->walking = flight->nwalks;

    switch (ngx_http_billing_cost_resume_read(flight)) {
    case NGX_OK:
        return NGX_OK;

    case NGX_DECLINED:
        ngx_http_billing_cost_fetch_begin(flight);
        return NGX_OK;

    default:
        return NGX_ERROR;
    }
}


void
ngx_http_billing_cost_fetch_begin(ngx_http_billing_cost_flight_t *flight)
{
    ngx_uint_t i;

    for (i = 0; i < flight->nwalks; i++) {
        if (i == 0 || !flight->alone) {
            ngx_http_billing_cost_lane_push(&flight->walks[i], 0);
        }
    }

    ngx_http_billing_cost_lane_run(flight->cost);
}


/* From the first block that is still missing to the last one. */
static ngx_int_t
ngx_http_billing_cost_fetch_blocks(ngx_http_billing_cost_flight_t *flight)
{
    ngx_uint_t                     i, found;
    ngx_http_billing_cost_block_t *block;

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


void
ngx_http_billing_cost_fetch_stop(ngx_http_billing_cost_flight_t *flight)
{
    ngx_uint_t                    i;
    ngx_http_billing_cost_walk_t *walk;

    ngx_http_billing_cost_page_stop(flight);

    if (flight->resuming != NULL) {
        ngx_billing_redis_cancel(flight->resuming);
        flight->resuming = NULL;
    }

    for (i = 0; i < flight->nwalks; i++) {
        walk = &flight->walks[i];

        if (walk->flight == NULL) {
            break;
        }

        if (walk->transfer != NULL) {
            ngx_billing_curl_cancel(walk->transfer);
            walk->transfer = NULL;
        }

        if (walk->retry.timer_set) {
            ngx_del_timer(&walk->retry);
        }

        ngx_http_billing_cost_lane_drop(walk);

        if (walk->pages != NULL) {
            billing_walk_free(walk->pages);
            walk->pages = NULL;
        }
    }

    flight->nwalks = 0;
}


/* The walk holds a slot. */
void
ngx_http_billing_cost_walk_ask(ngx_http_billing_cost_walk_t *walk)
{
    const char *reason;

    reason = ngx_http_billing_cost_abandoned(walk->flight);
    if (reason != NULL) {
        ngx_http_billing_cost_walk_fail(
            walk, BILLING_UNAVAILABLE, BILLING_REASON_TIMEOUT, reason);
        return;
    }

    if (ngx_http_billing_cost_breaker_stops(walk->flight)) {
        ngx_http_billing_cost_flight_end(walk->flight,
            billing_fault(BILLING_UNAVAILABLE, BILLING_REASON_NONE));
        return;
    }

    if (ngx_http_billing_cost_permit_ask(walk) != NGX_OK) {
        ngx_http_billing_cost_walk_fail(
            walk, BILLING_NOMEM, BILLING_REASON_NONE, "out of memory");
    }
}


void
ngx_http_billing_cost_walk_rest(
    ngx_http_billing_cost_walk_t *walk, ngx_msec_t pause)
{
    if (pause >= (ngx_msec_t) ngx_http_billing_cost_again_left(walk)) {
        ngx_http_billing_cost_walk_fail(walk, BILLING_THROTTLED,
            BILLING_REASON_NONE, "it was called too often, and is left alone");
        return;
    }

    ngx_http_billing_cost_lane_busy(walk, pause);
}


void
ngx_http_billing_cost_walk_send(ngx_http_billing_cost_walk_t *walk)
{
    const char                     *reason;
    billing_status_t                status;
    billing_http_request_t          request;
    ngx_billing_curl_options_t      options;
    ngx_http_billing_cost_flight_t *flight;

    flight = walk->flight;

    status = ngx_http_billing_cost_walk_open(walk);
    if (status != BILLING_OK) {
        ngx_http_billing_cost_walk_fail(
            walk, status, BILLING_REASON_NONE, "out of memory");
        return;
    }

    billing_http_request_init(&request);

    status = billing_walk_request(walk->pages, ngx_time(), &request);
    if (status != BILLING_OK) {
        reason = request.reason != NULL ? request.reason : "no request made";
        billing_http_request_free(&request);
        ngx_http_billing_cost_walk_fail(
            walk, status, BILLING_REASON_NONE, reason);
        return;
    }

    ngx_http_billing_cost_resume_rows(walk);

    ngx_memzero(&options, sizeof(ngx_billing_curl_options_t));
    options.ca_file = flight->provider.ca_file;
    options.timeout = flight->provider.timeout;
    options.max_body = flight->provider.max_answer;

    walk->transfer = ngx_billing_curl_start(flight->cost->conf.curl, &request,
        &options, ngx_http_billing_cost_walk_answer, walk);
    if (walk->transfer == NULL) {
        ngx_http_billing_cost_walk_fail(
            walk, BILLING_NOMEM, BILLING_REASON_NONE, "out of memory");
        return;
    }

    flight->calls++;

    if (flight->starter != NULL) {
        flight->starter->result.calls++;
    }
}


static billing_status_t
ngx_http_billing_cost_walk_open(ngx_http_billing_cost_walk_t *walk)
{
    billing_str_t                   key;
    billing_question_t              question;
    ngx_http_billing_cost_flight_t *flight;

    if (walk->pages != NULL) {
        return BILLING_OK;
    }

    flight = walk->flight;

    ngx_memzero(&question, sizeof(billing_question_t));

    question.provider = flight->provider.provider;
    question.endpoint.data = (const char *) flight->provider.endpoint.data;
    question.endpoint.len = flight->provider.endpoint.len;
    question.login.data = (const char *) flight->provider.login.data;
    question.login.len = flight->provider.login.len;
    question.region.data = (const char *) flight->provider.region.data;
    question.region.len = flight->provider.region.len;
    question.host = flight->provider.host;
    question.credentials = flight->credentials;
    question.linked = walk->linked;
    question.nlinked = walk->nlinked;
    question.granularity = flight->granularity;
    question.apart = flight->apart;
    question.excluded = flight->all ? flight->excluded : NULL;
    question.nexcluded = flight->all ? flight->nexcluded : 0;
    question.start = flight->start;
    question.end = flight->stop;
    question.forms = ngx_http_billing_cost_host_forms(flight->host, 0);
    question.anew = flight->refresh ? flight->fetched_at : 0;

    if (walk->gone) {
        question.end = ngx_min(question.end,
            billing_month_first(billing_month_of(flight->today)) - 1);
    }

    /* of the account and the version of its credentials */
    key.data = (const char *) flight->lane->node.str.data;
    key.len = flight->lane->node.str.len;

    walk->pages = billing_walk_create(
        BILLING_WALK_COSTS, &question, flight->cost->tokens, key);

    if (walk->pages == NULL) {
        return BILLING_NOMEM;
    }

    if (flight->stage.len != 0) {
        billing_walk_resume(walk->pages,
            (billing_str_t){ (char *) flight->stage.data, flight->stage.len });
    }

    return BILLING_OK;
}


static void
ngx_http_billing_cost_walk_answer(
    void *data, const ngx_billing_curl_result_t *result)
{
    ngx_http_billing_cost_walk_t *walk = data;

    ngx_uint_t        near;
    billing_failure_t failure;

    walk->transfer = NULL;

    /* what this machine itself says tells nothing of the provider's host */
    near = billing_walk_near(walk->pages);
    walk->bad = !near
                && (result->status >= 500
                    || (result->status == 0 && !result->too_large
                        && !result->crowded && !result->nomem));

    if (!walk->bad && !near && !result->nomem) {
        ngx_http_billing_cost_breaker_answered(walk->flight);
    }

    failure.reason = result->timed_out ? BILLING_REASON_TIMEOUT
                                       : BILLING_REASON_NONE;

    if (result->status == 0) {
        billing_walk_unreached(
            walk->pages, result->error, result->proxy, failure.text);

        /* what is too large is so every time */
        ngx_http_billing_cost_walk_read(walk,
            result->too_large ? BILLING_MALFORMED
            : result->nomem   ? BILLING_NOMEM
                              : BILLING_UNAVAILABLE,
            result->retry_after, &failure);
        return;
    }

    if (ngx_http_billing_cost_page(walk, result) != NGX_OK) {
        ngx_cpystrn((u_char *) failure.text, (u_char *) "out of memory",
            BILLING_REASON_LEN);
        ngx_http_billing_cost_walk_read(walk, BILLING_NOMEM, -1, &failure);
    }
}


void
ngx_http_billing_cost_walk_read(ngx_http_billing_cost_walk_t *walk,
    billing_status_t status, ngx_int_t retry_after,
    const billing_failure_t *failure)
{
    ngx_http_billing_cost_t        *cost;
    ngx_http_billing_cost_flight_t *flight;

    flight = walk->flight;
    cost = flight->cost;
    ngx_http_billing_cost_called(flight->provider.provider, status);

    if (walk->pages != NULL) {
        (void) ngx_http_billing_cost_host_forms(
            flight->host, billing_walk_forms(walk->pages));
    }

    if (status == BILLING_THROTTLED) {
        retry_after = ngx_http_billing_cost_again_told(flight, retry_after);
        flight->told = retry_after > 0 ? ngx_min((ngx_uint_t) retry_after,
                           NGX_HTTP_BILLING_COST_REST / 1000)
                                       : 0;
        walk->pause = ngx_http_billing_cost_again_throttled(walk, retry_after);
    }

    if (status == BILLING_OK) {
        ngx_http_billing_cost_walk_next(walk);

    } else if (ngx_http_billing_cost_resume_anew(walk, status, failure->reason))
    {
        ngx_http_billing_cost_walk_ask(walk);

    } else if (walk->gone
               && (status == BILLING_REJECTED || status == BILLING_MALFORMED))
    {
        /* who has left may be nobody's business any more */
        ngx_http_billing_cost_walk_over(walk);

    } else if (!ngx_http_billing_cost_again_may(status, failure->reason)
               || ngx_http_billing_cost_again_pause(walk, retry_after)
                      != NGX_OK)
    {
        ngx_http_billing_cost_walk_fail(
            walk, status, failure->reason, failure->text);
    }

    ngx_http_billing_cost_lane_run(cost);
}


/* A page was read: the next one, or the end of this walk. */
static void
ngx_http_billing_cost_walk_next(ngx_http_billing_cost_walk_t *walk)
{
    ngx_msec_t                      pause;
    const char                     *reason;
    ngx_http_billing_cost_flight_t *flight;

    flight = walk->flight;
    walk->tries = 0;

    if (flight->alone) {
        ngx_http_billing_cost_fetch_others(flight);
    }

    reason = ngx_http_billing_cost_abandoned(flight);
    if (reason != NULL) {
        ngx_http_billing_cost_walk_fail(
            walk, BILLING_UNAVAILABLE, BILLING_REASON_TIMEOUT, reason);
        return;
    }

    if (billing_walk_done(walk->pages)) {
        ngx_http_billing_cost_walk_over(walk);
        return;
    }

    ngx_http_billing_cost_resume_note(walk);
    pause = billing_walk_pause(walk->pages);

    if (pause == 0) {
        ngx_http_billing_cost_walk_ask(walk);
        return;
    }

    /* nobody holds a place for a question that is not due yet */
    ngx_http_billing_cost_lane_drop(walk);
    ngx_add_timer(&walk->retry, pause);
}

static void
ngx_http_billing_cost_walk_over(ngx_http_billing_cost_walk_t *walk)
{
    billing_walk_free(walk->pages);
    walk->pages = NULL;
    ngx_http_billing_cost_lane_drop(walk);

    if (--walk->flight->walking == 0) {
        ngx_http_billing_cost_flight_end(walk->flight, NULL);
    }
}


/* The host answers: the walks that have waited for that. */
static void
ngx_http_billing_cost_fetch_others(ngx_http_billing_cost_flight_t *flight)
{
    ngx_uint_t i;

    flight->alone = 0;

    for (i = 1; i < flight->nwalks; i++) {
        ngx_http_billing_cost_lane_push(&flight->walks[i], 0);
    }
}


static void
ngx_http_billing_cost_walk_fail(ngx_http_billing_cost_walk_t *walk,
    billing_status_t status, billing_reason_t reason, const char *text)
{
    ngx_uint_t                      level;
    ngx_http_billing_cost_flight_t *flight;

    flight = walk->flight;
    level = flight->abandoned ? NGX_LOG_INFO : NGX_LOG_ERR;

    ngx_log_error(level, flight->cost->conf.log, 0,
        "billing provider \"%s\" failed for account \"%V\": \"%s\"",
        flight->provider.provider->id, &flight->account, text);

    if (walk->bad && status == BILLING_UNAVAILABLE) {
        ngx_http_billing_cost_breaker_failed(flight);
    }

    ngx_http_billing_cost_flight_end(flight, billing_fault(status, reason));
}


static void
ngx_http_billing_cost_walk_retry(ngx_event_t *ev)
{
    ngx_http_billing_cost_walk_t *walk = ev->data;

    ngx_http_billing_cost_lane_push(walk, 1);
    ngx_http_billing_cost_lane_run(walk->flight->cost);
}
