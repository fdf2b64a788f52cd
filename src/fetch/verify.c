
/*
 * A verification waits for a slot before all others, asks whether the provider
 * is to be left alone if it knows the credentials, and calls until it knows.
 */

#include "fetch/verify.h"

#include "event/str.h"
#include "fetch/again.h"
#include "fetch/breaker.h"
#include "fetch/calls.h"
#include "fetch/lane.h"
#include "fetch/pause.h"
#include "fetch/permit.h"
#include "fetch/usage.h"


#define BILLING_VERIFY_CALLS 32 /* of one verification */


struct billing_verify_s {
    billing_place_t          place; /* first */
    billing_fetch_t         *fetch;
    billing_fetch_provider_t provider;
    billing_owner_t          owner; /* strings of its own */
    billing_breaker_t       *breaker;
    json_t                  *credentials;
    billing_pager_t         *walk;
    billing_redis_call_t    *call; /* asks for a pause */
    billing_curl_transfer_t *transfer;
    ngx_event_t              timer; /* its time is over */
    ngx_event_t              event; /* there is a verdict */
    billing_verdict_t        verdict;
    ngx_msec_t               timeout;
    ngx_msec_t               until;
    ngx_uint_t               calls;
    void (*sent)(void *data);
    void (*done)(void *data, const billing_verdict_t *verdict);
    void    *data;
    unsigned known : 1;
};


static void       verify_begin(billing_verify_t *verify);
static ngx_uint_t verify_held(billing_verify_t *verify);
static void       verify_call(billing_verify_t *verify);
static ngx_int_t  verify_pages(billing_verify_t *verify);
static void       verify_paused(
          void *data, struct redisReply *reply, const char *error);
static void      verify_turn(billing_place_t *place);
static void      verify_count(billing_verify_t *verify);
static ngx_int_t verify_send(billing_verify_t *verify);
static void      verify_late(ngx_event_t *ev);
static void      verify_end(billing_verify_t *verify, billing_status_t status,
         billing_reason_t reason, const char *text);
static void      verify_event(ngx_event_t *ev);
static void      verify_tell(
         billing_verify_t *verify, const billing_verdict_t *verdict);
static void verify_done(void *data, const billing_curl_result_t *result);
static void verify_heard(
    billing_verify_t *verify, const billing_curl_result_t *result);
static void verify_judge(billing_verify_t *verify,
    const billing_curl_result_t *result, billing_verdict_t *verdict,
    billing_failure_t *failure);
static void verify_stop(billing_verify_t *verify);
static void verify_free(billing_verify_t *verify);


billing_verify_t *
billing_verify_start(billing_fetch_t *fetch, const billing_verify_ask_t *ask)
{
    u_char           *p;
    billing_verify_t *verify;

    verify = ngx_calloc(sizeof(billing_verify_t) + ask->owner.domain.len
                            + ask->owner.account.len,
        fetch->conf.log);
    if (verify == NULL) {
        return NULL;
    }

    p = (u_char *) (verify + 1);
    verify->owner = ask->owner;
    verify->owner.domain.data = p;
    verify->owner.account.data = ngx_cpymem(
        p, ask->owner.domain.data, ask->owner.domain.len);
    ngx_memcpy(verify->owner.account.data, ask->owner.account.data,
        ask->owner.account.len);

    verify->fetch = fetch;
    verify->credentials = json_incref(ask->credentials);
    verify->known = ask->known;
    verify->sent = ask->sent;
    verify->done = ask->done;
    verify->data = ask->data;
    verify->place.turn = verify_turn;
    verify->place.ident = -1;
    verify->event.handler = verify_event;
    verify->event.data = verify;
    verify->event.log = fetch->conf.log;
    verify->timer.handler = verify_late;
    verify->timer.data = verify;
    verify->timer.log = fetch->conf.log;

    if (fetch->conf.provider(fetch->conf.data, &ask->owner.domain,
            &ask->provider, &verify->provider)
            != NGX_OK
        || verify_pages(verify) != NGX_OK)
    {
        verify_free(verify);
        return NULL;
    }

    verify->timeout = ask->timeout ? ask->timeout : verify->provider.timeout;
    verify->until = ngx_current_msec + verify->timeout;

    verify_begin(verify);

    return verify;
}


/* These credentials may be new: no token that was lent before is theirs. */
static ngx_int_t
verify_pages(billing_verify_t *verify)
{
    billing_question_t        question;
    billing_fetch_provider_t *provider;

    provider = &verify->provider;

    verify->breaker = billing_breaker_of(verify->fetch, &provider->endpoint);
    if (verify->breaker == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(&question, sizeof(billing_question_t));

    question.provider = provider->provider;
    question.endpoint = billing_str_of(&provider->endpoint);
    question.login = billing_str_of(&provider->login);
    question.region = billing_str_of(&provider->region);
    question.host = provider->host;
    question.credentials = verify->credentials;

    /* whether costs are told of many months says nothing of lists */
    question.forms = billing_breaker_forms(verify->breaker, 0)
                     & ~(ngx_uint_t) BILLING_FORM_WIDE;

    verify->walk = billing_pager_create(
        BILLING_PAGER_VERIFY, &question, NULL, billing_str(""));

    return verify->walk != NULL ? NGX_OK : NGX_ERROR;
}


static void
verify_begin(billing_verify_t *verify)
{
    if (verify_held(verify)) {
        return;
    }

    ngx_add_timer(&verify->timer, verify->timeout);
    billing_lane_ahead(verify->fetch, &verify->place);
    ngx_post_event(&verify->fetch->event, &ngx_posted_events);
}


/* A provider that does not answer is left alone. */
static ngx_uint_t
verify_held(billing_verify_t *verify)
{
    if (!verify->known || !billing_breaker_open(verify->breaker)) {
        return 0;
    }

    verify_end(verify, BILLING_UNAVAILABLE, BILLING_REASON_NONE,
        "The provider does not answer, and is left alone.");

    return 1;
}


/* It has a slot. */
static void
verify_turn(billing_place_t *place)
{
    billing_verify_t *verify = (billing_verify_t *) place;

    if (verify_held(verify)) {
        return;
    }

    if (!verify->known) {
        verify_call(verify);
        return;
    }

    verify->call = billing_pause_ask(
        verify->fetch, &verify->owner, verify_paused, verify);

    if (verify->call == NULL) {
        verify_end(verify, BILLING_NOMEM, BILLING_REASON_NONE, "out of memory");
    }
}


/* One that wants no calls is left alone, too. */
static void
verify_paused(void *data, struct redisReply *reply, const char *error)
{
    billing_verify_t *verify = data;

    ngx_msec_t pause;

    verify->call = NULL;
    pause = billing_pause_left(reply);

    if (pause > 0) {
        verify->verdict.retry_after = (ngx_int_t) ((pause + 999) / 1000);
        verify_end(verify, BILLING_THROTTLED, BILLING_REASON_THROTTLED,
            "The provider was called too often, and is left alone.");
        return;
    }

    verify_call(verify);
}


/* A call without time would only say that the host does not answer. */
static void
verify_call(billing_verify_t *verify)
{
    if ((ngx_msec_int_t) (verify->until - ngx_current_msec)
        < (ngx_msec_int_t) verify->timeout / 2)
    {
        verify_late(&verify->timer);
        return;
    }

    verify->verdict.called = 1;
    verify_count(verify);
    verify->sent(verify->data);

    if (verify_send(verify) != NGX_OK) {
        verify_end(verify, BILLING_NOMEM, BILLING_REASON_NONE, "out of memory");
    }
}


/*
 * Where calls for a linked account have a pace, a test of its credentials is
 * one of them.  It does not wait for the others: somebody looks at the form.
 */
static void
verify_count(billing_verify_t *verify)
{
    ngx_str_t                 linked;
    billing_buf_t             id;
    billing_fetch_provider_t *provider;

    provider = &verify->provider;

    billing_usage_count(verify->fetch, &verify->owner, provider->provider->id);

    if (provider->pace == 0) {
        return;
    }

    billing_buf_init(&id, NGX_MAX_CONF_ERRSTR);

    if (provider->provider->linked(verify->credentials, &id) == BILLING_OK
        && id.len > 0)
    {
        linked.data = (u_char *) id.data;
        linked.len = id.len;
        billing_permit_paced(verify->fetch, &verify->owner.domain,
            provider->provider->id, &linked, provider->pace_time);
    }

    billing_buf_free(&id);
}


/* All requests together have the time of one. */
static ngx_int_t
verify_send(billing_verify_t *verify)
{
    const char            *reason;
    ngx_msec_int_t         left;
    billing_status_t       status;
    billing_http_request_t request;
    billing_curl_options_t options;

    verify->calls++;
    billing_http_request_init(&request);

    status = billing_pager_request(verify->walk, ngx_time(), &request);

    if (status != BILLING_OK) {
        reason = request.reason;
        billing_http_request_free(&request);

        if (reason == NULL) {
            return NGX_ERROR;
        }

        /* nothing can be asked with these credentials here */
        verify_end(verify, status, BILLING_REASON_NO_ACCESS, reason);
        return NGX_OK;
    }

    left = (ngx_msec_int_t) (verify->until - ngx_current_msec);

    ngx_memzero(&options, sizeof(billing_curl_options_t));
    options.ca_file = verify->provider.ca_file;
    options.timeout = ngx_max(left, 1);

    verify->transfer = billing_curl_start(
        verify->fetch->conf.curl, &request, &options, verify_done, verify);

    if (verify->transfer == NULL) {
        return NGX_ERROR;
    }

    /* from here on the transfer has the time */

    if (verify->timer.timer_set) {
        ngx_del_timer(&verify->timer);
    }

    return NGX_OK;
}


/* There was no slot, or no word of Redis. */
static void
verify_late(ngx_event_t *ev)
{
    billing_verify_t *verify = ev->data;

    verify->verdict.timed_out = 1;
    verify_end(verify, BILLING_UNAVAILABLE, BILLING_REASON_TIMEOUT,
        "The provider could not be called in time.");
}


/* The text is static.  The verdict is told by an event of its own, once. */
static void
verify_end(billing_verify_t *verify, billing_status_t status,
    billing_reason_t reason, const char *text)
{
    ngx_log_debug4(NGX_LOG_DEBUG_HTTP, verify->fetch->conf.log, 0,
        "billing: verification for account \"%V\" of \"%V\" after %ui calls: "
        "%s",
        &verify->owner.account, &verify->owner.domain, verify->calls, text);

    verify_stop(verify);

    verify->verdict.status = status;
    verify->verdict.reason = reason;
    verify->verdict.text = text;

    ngx_post_event(&verify->event, &ngx_posted_events);
}


static void
verify_event(ngx_event_t *ev)
{
    billing_verify_t *verify = ev->data;

    billing_verdict_t verdict;

    verdict = verify->verdict;
    verify_tell(verify, &verdict);
}


/* The verdict outlives the verification. */
static void
verify_tell(billing_verify_t *verify, const billing_verdict_t *verdict)
{
    void *owner;
    void (*done)(void *data, const billing_verdict_t *verdict);

    done = verify->done;
    owner = verify->data;
    verify_free(verify);

    done(owner, verdict);
}


static void
verify_done(void *data, const billing_curl_result_t *result)
{
    billing_verify_t *verify = data;

    ngx_uint_t        more;
    billing_verdict_t verdict;
    billing_failure_t failure;

    verify->transfer = NULL;

    verify_heard(verify, result);
    verify_judge(verify, result, &verdict, &failure);
    billing_calls_ended(verify->provider.provider, verdict.status);

    if (verdict.status == BILLING_OK && verdict.linked == NULL) {
        more = verify->calls < BILLING_VERIFY_CALLS;

        if (more && verify_send(verify) == NGX_OK) {
            return;
        }

        verdict.status = more ? BILLING_NOMEM : BILLING_UNAVAILABLE;
        failure.reason = BILLING_REASON_INCOMPLETE;
        *ngx_snprintf((u_char *) failure.text, BILLING_REASON_LEN - 1,
            "The provider cannot be asked any further.") = '\0';
    }

    if (verdict.status != BILLING_OK) {
        verdict.reason = billing_fault(verdict.status, failure.reason)->reason;
    }

    if (verdict.status == BILLING_THROTTLED && verify->known) {
        billing_pause_begin(verify->fetch, &verify->owner,
            billing_again_rest(verdict.retry_after));
    }

    verify_tell(verify, &verdict);

    json_decref(verdict.linked);
}


/* What this machine itself says tells nothing of the provider's host. */
static void
verify_heard(billing_verify_t *verify, const billing_curl_result_t *result)
{
    ngx_int_t heard;

    heard = billing_pager_near(verify->walk) ? NGX_DECLINED
                                             : billing_breaker_heard(result);

    if (heard == NGX_ERROR) {
        billing_breaker_failed(verify->fetch, verify->breaker);

    } else if (heard == NGX_OK && !verify->known
               && billing_breaker_open(verify->breaker))
    {
        /* while it is closed, what fails for costs is counted all the same */
        billing_breaker_answered(verify->fetch, verify->breaker);
    }
}


/* BILLING_OK without a list: there is more to ask. */
static void
verify_judge(billing_verify_t *verify, const billing_curl_result_t *result,
    billing_verdict_t *verdict, billing_failure_t *failure)
{
    billing_http_answer_t answer;

    ngx_memzero(verdict, sizeof(billing_verdict_t));

    failure->reason = BILLING_REASON_NONE;
    verdict->text = failure->text;
    verdict->called = 1;
    verdict->timed_out = result->timed_out;
    verdict->retry_after = result->retry_after;

    if (result->status == 0) {
        verdict->status = result->nomem ? BILLING_NOMEM : BILLING_UNAVAILABLE;
        failure->reason = result->timed_out   ? BILLING_REASON_TIMEOUT
                          : result->too_large ? BILLING_REASON_MALFORMED
                                              : BILLING_REASON_UNREACHABLE;
        billing_pager_unreached(
            verify->walk, result->error, result->proxy, failure->text);
        return;
    }

    answer.status = result->status;
    answer.took = result->took;
    answer.wanted.data = (char *) result->wanted.data;
    answer.wanted.len = result->wanted.len;
    answer.body = (billing_str_t){ (char *) result->body, result->len };

    verdict->status = billing_pager_answer(
        verify->walk, &answer, NULL, NULL, failure);
    (void) billing_breaker_forms(
        verify->breaker, billing_pager_forms(verify->walk));

    if (verdict->status == BILLING_OK && billing_pager_done(verify->walk)) {
        verdict->linked = billing_pager_linked(verify->walk);
        verdict->status = verdict->linked != NULL ? BILLING_OK : BILLING_NOMEM;
    }
}


void
billing_verify_cancel(billing_verify_t *verify)
{
    verify_free(verify);
}


/* It waits for nothing any more, and calls no more. */
static void
verify_stop(billing_verify_t *verify)
{
    if (verify->call != NULL) {
        billing_redis_call_cancel(verify->call);
        verify->call = NULL;
    }

    if (verify->transfer != NULL) {
        billing_curl_cancel(verify->transfer);
        verify->transfer = NULL;
    }

    if (verify->timer.timer_set) {
        ngx_del_timer(&verify->timer);
    }

    if (verify->place.state != BILLING_PLACE_OUT) {
        billing_lane_drop(verify->fetch, &verify->place);
        ngx_post_event(&verify->fetch->event, &ngx_posted_events);
    }
}


static void
verify_free(billing_verify_t *verify)
{
    verify_stop(verify);

    if (verify->event.posted) {
        ngx_delete_posted_event(&verify->event);
    }

    billing_pager_free(verify->walk);
    json_decref(verify->credentials);
    ngx_free(verify);
}
