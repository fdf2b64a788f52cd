
/*
 * The short way of a figure: a request whose answer is in the zone is
 * answered from within the content handler, with neither an operation nor a
 * word to Redis.
 */

#include "http/answers_internal.h"
#include "http/encode.h"
#include "http/request.h"


static void answers_encode(ngx_http_request_t *r,
    const billing_zone_wanted_t *wanted, billing_answer_t *answer);


ngx_int_t
billing_answers_zone(const billing_subject_t *subject)
{
    ngx_http_request_t   *r;
    billing_answer_t      answer;
    billing_main_conf_t  *bmcf;
    billing_zone_result_t result;
    billing_zone_wanted_t wanted;

    r = subject->request;
    bmcf = subject->bmcf;

    if (subject->zone_key.len == 0 || !billing_watch_trusted(bmcf->watch)) {
        ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
            "billing: no kept answer from the zone: %s",
            bmcf->zone == NULL ? "there is no zone"
                               : "it may have missed a change");
        return NGX_DECLINED;
    }

    wanted.domain = subject->caller.domain;
    wanted.key = subject->zone_key;
    wanted.none_match = billing_headers_own_header(r, "if-none-match");
    wanted.coding = billing_encode_coding(r);
    wanted.old = 0;

    result = billing_zone_answer_get(bmcf->zone, &wanted, r->pool, &answer);

    if (result <= BILLING_ZONE_OLD) {
        ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
            "billing: no kept answer from the zone: %s",
            result == BILLING_ZONE_NONE      ? "there is none"
            : result == BILLING_ZONE_CHANGED ? "its domain has changed"
                                             : "it is old");
        return NGX_DECLINED;
    }

    if (result == BILLING_ZONE_PLAIN) {
        answers_encode(r, &wanted, &answer);
    }

    return billing_answers_output(
        r, subject->route, &answer, result == BILLING_ZONE_MATCHED, NULL);
}


/* The first one who wants a coding has it made, for all others. */
static void
answers_encode(ngx_http_request_t *r, const billing_zone_wanted_t *wanted,
    billing_answer_t *answer)
{
    billing_answer_t     encoded;
    billing_main_conf_t *bmcf;

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_billing_module);

    encoded = *answer;
    encoded.coding = wanted->coding;

    if (billing_encode(r->pool, encoded.coding, &answer->body, &encoded.body)
        == NGX_OK)
    {
        *answer = encoded;

    } else {
        encoded.body.len = 0;
    }

    billing_zone_answer_put_coding(bmcf->zone, &wanted->key, &encoded);
}
