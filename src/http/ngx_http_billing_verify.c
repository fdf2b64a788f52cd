
#include "http/ngx_http_billing_verify.h"

#include "http/ngx_http_billing_host.h"


#define NGX_HTTP_BILLING_VERIFY_CALLS 32 /* of one verification */


struct ngx_http_billing_verify_s {
    const billing_provider_t    *provider;
    ngx_uint_t                  *forms; /* of the endpoint: what is known */
    json_t                      *credentials;
    billing_walk_t              *walk;
    ngx_http_billing_cost_t     *cost;
    ngx_str_t                    endpoint;
    ngx_billing_curl_t          *curl;
    ngx_billing_curl_options_t   options;
    ngx_billing_curl_transfer_t *transfer; /* NULL: no request was made */
    ngx_event_t                  event;    /* ... which is to be told */
    billing_status_t             status;   /* and why: that and a static text */
    const char                  *reason;
    ngx_msec_t                   until;
    ngx_uint_t                   calls;
    unsigned                     probe : 1;
    ngx_http_billing_verify_pt   done;
    void                        *data;
};


static ngx_int_t ngx_http_billing_verify_start(
    ngx_http_billing_verify_t *verify, ngx_http_billing_main_conf_t *bmcf,
    ngx_http_billing_provider_conf_t *pc, const ngx_str_t *domain,
    ngx_msec_t timeout);
static void ngx_http_billing_verify_count(ngx_http_billing_verify_t *verify,
    ngx_http_billing_main_conf_t *bmcf, ngx_http_billing_provider_conf_t *pc,
    const ngx_str_t *domain);
static ngx_int_t ngx_http_billing_verify_send(
    ngx_http_billing_verify_t *verify);
static void ngx_http_billing_verify_unmade(ngx_event_t *ev);
static void ngx_http_billing_verify_tell(ngx_http_billing_verify_t *verify,
    const ngx_http_billing_verdict_t                               *verdict);
static void ngx_http_billing_verify_done(
    void *data, const ngx_billing_curl_result_t *result);
static void ngx_http_billing_verify_heard(
    ngx_http_billing_verify_t *verify, const ngx_billing_curl_result_t *result);
static void ngx_http_billing_verify_judge(ngx_http_billing_verify_t *verify,
    const ngx_billing_curl_result_t                                 *result,
    ngx_http_billing_verdict_t *verdict, billing_failure_t *failure);
static void ngx_http_billing_verify_free(ngx_http_billing_verify_t *verify);


ngx_http_billing_verify_t *
ngx_http_billing_verify(ngx_http_billing_main_conf_t *bmcf,
    ngx_http_billing_provider_conf_t *pc, const ngx_str_t *domain,
    json_t *credentials, ngx_msec_t timeout, ngx_uint_t probe,
    ngx_http_billing_verify_pt done, void *data)
{
    ngx_http_billing_verify_t *verify;

    verify = ngx_calloc(sizeof(ngx_http_billing_verify_t), ngx_cycle->log);
    if (verify == NULL) {
        return NULL;
    }

    verify->provider = pc->provider;
    verify->cost = bmcf->cost;
    verify->endpoint = pc->endpoint;
    verify->forms = &pc->forms;
    verify->credentials = json_incref(credentials);
    verify->probe = probe != 0;
    verify->done = done;
    verify->data = data;

    if (ngx_http_billing_verify_start(verify, bmcf, pc, domain, timeout)
        != NGX_OK) {
        ngx_http_billing_verify_free(verify);
        return NULL;
    }

    return verify;
}


/* These credentials may be new: no token that was lent before is theirs. */
static ngx_int_t
ngx_http_billing_verify_start(ngx_http_billing_verify_t *verify,
    ngx_http_billing_main_conf_t *bmcf, ngx_http_billing_provider_conf_t *pc,
    const ngx_str_t *domain, ngx_msec_t timeout)
{
    billing_question_t question;

    ngx_memzero(&question, sizeof(billing_question_t));

    question.provider = pc->provider;
    question.endpoint.data = (char *) pc->endpoint.data;
    question.endpoint.len = pc->endpoint.len;
    question.login.data = (char *) pc->login.data;
    question.login.len = pc->login.len;
    question.region.data = (char *) pc->region.data;
    question.region.len = pc->region.len;
    question.host = ngx_http_billing_host(pc, domain);
    question.credentials = verify->credentials;
    question.forms = pc->forms;

    verify->walk = billing_walk_create(
        BILLING_WALK_VERIFY, &question, NULL, billing_str(""));
    if (verify->walk == NULL) {
        return NGX_ERROR;
    }

    ngx_http_billing_verify_count(verify, bmcf, pc, domain);

    verify->event.handler = ngx_http_billing_verify_unmade;
    verify->event.data = verify;
    verify->event.log = ngx_cycle->log;
    verify->curl = bmcf->curl;
    verify->options.timeout = timeout ? timeout : pc->timeout;
    verify->until = ngx_current_msec + verify->options.timeout;

    if (pc->ca_file.len != 0) {
        verify->options.ca_file = (char *) pc->ca_file.data;
    }

    return ngx_http_billing_verify_send(verify);
}


/*
 * Where calls for a linked account have a pace, a test of its credentials is
 * one of them.  It does not wait for the others: somebody looks at the form.
 */
static void
ngx_http_billing_verify_count(ngx_http_billing_verify_t *verify,
    ngx_http_billing_main_conf_t *bmcf, ngx_http_billing_provider_conf_t *pc,
    const ngx_str_t *domain)
{
    ngx_str_t     linked;
    billing_buf_t id;

    if (pc->pace == 0) {
        return;
    }

    billing_buf_init(&id, NGX_MAX_CONF_ERRSTR);

    if (verify->provider->linked(verify->credentials, &id) == BILLING_OK
        && id.len > 0)
    {
        linked.data = (u_char *) id.data;
        linked.len = id.len;
        ngx_http_billing_cost_paced(
            bmcf->cost, domain, verify->provider->id, &linked, pc->pace_time);
    }

    billing_buf_free(&id);
}


/* All requests together have the time of one. */
static ngx_int_t
ngx_http_billing_verify_send(ngx_http_billing_verify_t *verify)
{
    ngx_msec_int_t         left;
    billing_http_request_t request;

    left = (ngx_msec_int_t) (verify->until - ngx_current_msec);
    verify->options.timeout = ngx_max(left, 1);
    verify->calls++;

    verify->transfer = NULL;
    billing_http_request_init(&request);

    verify->status = billing_walk_request(verify->walk, ngx_time(), &request);

    if (verify->status != BILLING_OK) {
        verify->reason = request.reason;
        billing_http_request_free(&request);

        if (verify->reason == NULL) {
            return NGX_ERROR;
        }

        ngx_post_event(&verify->event, &ngx_posted_events);
        return NGX_OK;
    }

    verify->transfer = ngx_billing_curl_start(verify->curl, &request,
        &verify->options, ngx_http_billing_verify_done, verify);

    return verify->transfer != NULL ? NGX_OK : NGX_ERROR;
}


void
ngx_http_billing_verify_cancel(ngx_http_billing_verify_t *verify)
{
    if (verify->event.posted) {
        ngx_delete_posted_event(&verify->event);
    }

    if (verify->transfer != NULL) {
        ngx_billing_curl_cancel(verify->transfer);
    }

    ngx_http_billing_verify_free(verify);
}


/* Nothing can be asked with these credentials here. */
static void
ngx_http_billing_verify_unmade(ngx_event_t *ev)
{
    ngx_http_billing_verify_t *verify = ev->data;

    ngx_http_billing_verdict_t verdict;

    ngx_memzero(&verdict, sizeof(ngx_http_billing_verdict_t));
    verdict.status = verify->status;
    verdict.reason = BILLING_REASON_NO_ACCESS;
    verdict.text = verify->reason;

    ngx_http_billing_verify_tell(verify, &verdict);
}


/* The verdict's text outlives the verification, or is static. */
static void
ngx_http_billing_verify_tell(ngx_http_billing_verify_t *verify,
    const ngx_http_billing_verdict_t                   *verdict)
{
    void                      *owner;
    ngx_http_billing_verify_pt done;

    done = verify->done;
    owner = verify->data;
    ngx_http_billing_verify_free(verify);

    done(owner, verdict);
}


static void
ngx_http_billing_verify_done(
    void *data, const ngx_billing_curl_result_t *result)
{
    ngx_http_billing_verify_t *verify = data;

    ngx_uint_t                 more;
    billing_failure_t          failure;
    ngx_http_billing_verdict_t verdict;

    ngx_http_billing_verify_heard(verify, result);
    ngx_http_billing_verify_judge(verify, result, &verdict, &failure);
    ngx_http_billing_cost_called(verify->provider, verdict.status);

    if (verdict.status == BILLING_OK && verdict.linked == NULL) {
        more = verify->calls < NGX_HTTP_BILLING_VERIFY_CALLS;

        if (more && ngx_http_billing_verify_send(verify) == NGX_OK) {
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

    ngx_http_billing_verify_tell(verify, &verdict);

    json_decref(verdict.linked);
}


/* What this machine itself says tells nothing of the provider's host. */
static void
ngx_http_billing_verify_heard(
    ngx_http_billing_verify_t *verify, const ngx_billing_curl_result_t *result)
{
    ngx_uint_t answered;

    if (result->nomem || result->crowded || billing_walk_near(verify->walk)) {
        return;
    }

    answered = result->too_large
               || (result->status != 0 && result->status < 500);

    if (!answered || verify->probe) {
        ngx_http_billing_cost_heard(verify->cost, &verify->endpoint, answered);
    }
}


/* BILLING_OK without a list: there is more to ask. */
static void
ngx_http_billing_verify_judge(ngx_http_billing_verify_t *verify,
    const ngx_billing_curl_result_t                     *result,
    ngx_http_billing_verdict_t *verdict, billing_failure_t *failure)
{
    billing_http_answer_t answer;

    ngx_memzero(verdict, sizeof(ngx_http_billing_verdict_t));

    failure->reason = BILLING_REASON_NONE;
    verdict->text = failure->text;
    verdict->timed_out = result->timed_out;
    verdict->retry_after = result->retry_after;

    if (result->status == 0) {
        verdict->status = result->nomem ? BILLING_NOMEM : BILLING_UNAVAILABLE;
        failure->reason = result->timed_out   ? BILLING_REASON_TIMEOUT
                          : result->too_large ? BILLING_REASON_MALFORMED
                                              : BILLING_REASON_UNREACHABLE;
        billing_walk_unreached(
            verify->walk, result->error, result->proxy, failure->text);
        return;
    }

    answer.status = result->status;
    answer.took = result->took;
    answer.wanted.data = (char *) result->wanted.data;
    answer.wanted.len = result->wanted.len;
    answer.body = (billing_str_t){ (char *) result->body, result->len };

    verdict->status = billing_walk_answer(
        verify->walk, &answer, NULL, NULL, failure);
    *verify->forms |= billing_walk_forms(verify->walk);

    if (verdict->status == BILLING_OK && billing_walk_done(verify->walk)) {
        verdict->linked = billing_walk_linked(verify->walk);
        verdict->status = verdict->linked != NULL ? BILLING_OK : BILLING_NOMEM;
    }
}


static void
ngx_http_billing_verify_free(ngx_http_billing_verify_t *verify)
{
    billing_walk_free(verify->walk);
    json_decref(verify->credentials);
    ngx_free(verify);
}
