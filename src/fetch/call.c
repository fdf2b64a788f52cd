
/*
 * A call goes out with what the walk asks for next, and its answer goes to the
 * breaker and, as a page, to whoever reads it.
 */

#include "fetch/call.h"

#include "event/str.h"
#include "fetch/breaker.h"
#include "fetch/resume.h"


static billing_status_t call_open(billing_walk_t *walk);
static void call_done(void *data, const billing_curl_result_t *result);


billing_status_t
billing_call_send(
    billing_walk_t *walk, billing_page_pt read, const char **reason)
{
    billing_flight_t      *flight;
    billing_status_t       status;
    billing_http_request_t request;
    billing_curl_options_t options;

    flight = walk->flight;
    *reason = "out of memory";

    status = call_open(walk);
    if (status != BILLING_OK) {
        return status;
    }

    billing_http_request_init(&request);

    status = billing_pager_request(walk->pages, ngx_time(), &request);
    if (status != BILLING_OK) {
        *reason = request.reason != NULL ? request.reason : "no request made";
        billing_http_request_free(&request);
        return status;
    }

    billing_resume_rows(walk);

    ngx_memzero(&options, sizeof(billing_curl_options_t));
    options.ca_file = flight->provider.ca_file;
    options.timeout = flight->provider.timeout;
    options.max_body = flight->provider.max_answer;

    walk->read = read;
    walk->transfer = billing_curl_start(
        flight->fetch->conf.curl, &request, &options, call_done, walk);

    return walk->transfer != NULL ? BILLING_OK : BILLING_NOMEM;
}


static billing_status_t
call_open(billing_walk_t *walk)
{
    billing_str_t             key;
    billing_flight_t         *flight;
    billing_question_t        question;
    billing_fetch_provider_t *provider;

    if (walk->pages != NULL) {
        return BILLING_OK;
    }

    flight = walk->flight;
    provider = &flight->provider;

    ngx_memzero(&question, sizeof(billing_question_t));

    question.provider = provider->provider;
    question.endpoint = billing_str_of(&provider->endpoint);
    question.login = billing_str_of(&provider->login);
    question.region = billing_str_of(&provider->region);
    question.host = provider->host;
    question.credentials = flight->credentials;
    question.linked = walk->linked;
    question.nlinked = walk->nlinked;
    question.granularity = flight->granularity;
    question.apart = flight->apart;
    question.excluded = flight->all ? flight->excluded : NULL;
    question.nexcluded = flight->all ? flight->nexcluded : 0;
    question.start = flight->start;
    question.end = flight->stop;
    question.forms = billing_breaker_forms(flight->breaker, 0);
    question.anew = flight->refresh ? flight->fetched_at : 0;

    if (walk->gone) {
        question.end = ngx_min(question.end,
            billing_month_first(billing_month_of(flight->today)) - 1);
    }

    /* of the account and the version of its credentials */
    key = billing_str_of(&flight->lane->node.str);

    walk->pages = billing_pager_create(
        BILLING_PAGER_COSTS, &question, flight->fetch->tokens, key);

    if (walk->pages == NULL) {
        return BILLING_NOMEM;
    }

    if (flight->stage.len != 0) {
        billing_pager_resume(walk->pages, billing_str_of(&flight->stage));
    }

    return BILLING_OK;
}


static void
call_done(void *data, const billing_curl_result_t *result)
{
    billing_walk_t *walk = data;

    ngx_int_t         heard;
    billing_failure_t failure;

    walk->transfer = NULL;
    walk->state = BILLING_WALK_READING;

    /* what this machine itself says tells nothing of the provider's host */
    heard = billing_pager_near(walk->pages) ? NGX_DECLINED
                                            : billing_breaker_heard(result);
    walk->bad = heard == NGX_ERROR;

    if (heard == NGX_OK) {
        billing_breaker_answered(walk->flight->fetch, walk->flight->breaker);
    }

    failure.reason = result->timed_out ? BILLING_REASON_TIMEOUT
                                       : BILLING_REASON_NONE;

    if (result->status == 0) {
        billing_pager_unreached(
            walk->pages, result->error, result->proxy, failure.text);

        /* what is too large is so every time */
        walk->read(walk,
            result->too_large ? BILLING_MALFORMED
            : result->nomem   ? BILLING_NOMEM
                              : BILLING_UNAVAILABLE,
            result->retry_after, &failure);
        return;
    }

    if (billing_page_read(walk, result, walk->read) != NGX_OK) {
        ngx_cpystrn((u_char *) failure.text, (u_char *) "out of memory",
            BILLING_REASON_LEN);
        walk->read(walk, BILLING_NOMEM, -1, &failure);
    }
}
