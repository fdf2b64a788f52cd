
#include "http/ngx_http_billing_verify.h"


struct ngx_http_billing_verify_s {
    const billing_provider_t    *provider;
    json_t                      *credentials;
    ngx_billing_curl_transfer_t *transfer;
    ngx_http_billing_verify_pt   done;
    void                        *data;
};


static void ngx_http_billing_verify_done(
    void *data, const ngx_billing_curl_result_t *result);
static void ngx_http_billing_verify_judge(ngx_http_billing_verify_t *verify,
    const ngx_billing_curl_result_t                                 *result,
    ngx_http_billing_verdict_t *verdict, char reason[BILLING_REASON_LEN]);
static void ngx_http_billing_verify_free(ngx_http_billing_verify_t *verify);


ngx_http_billing_verify_t *
ngx_http_billing_verify(ngx_http_billing_main_conf_t *bmcf,
    ngx_http_billing_provider_conf_t *pc, json_t *credentials,
    ngx_msec_t timeout, ngx_http_billing_verify_pt done, void *data)
{
    billing_str_t              endpoint;
    billing_status_t           rc;
    billing_http_request_t     request;
    ngx_http_billing_verify_t *verify;
    ngx_billing_curl_options_t options;

    endpoint = (billing_str_t){ (char *) pc->endpoint.data, pc->endpoint.len };

    billing_http_request_init(&request);
    rc = pc->provider->verify_request(endpoint, credentials, &request);

    verify = ngx_calloc(sizeof(ngx_http_billing_verify_t), ngx_cycle->log);

    if (rc != BILLING_OK || verify == NULL) {
        billing_http_request_free(&request);
        ngx_free(verify);
        return NULL;
    }

    verify->provider = pc->provider;
    verify->credentials = json_incref(credentials);
    verify->done = done;
    verify->data = data;

    ngx_memzero(&options, sizeof(ngx_billing_curl_options_t));

    options.timeout = timeout ? timeout : pc->timeout;

    if (pc->ca_file.len != 0) {
        options.ca_file = (char *) pc->ca_file.data;
    }

    verify->transfer = ngx_billing_curl_start(
        bmcf->curl, &request, &options, ngx_http_billing_verify_done, verify);

    if (verify->transfer == NULL) {
        ngx_http_billing_verify_free(verify);
        return NULL;
    }

    return verify;
}


void
ngx_http_billing_verify_cancel(ngx_http_billing_verify_t *verify)
{
    ngx_billing_curl_cancel(verify->transfer);
    ngx_http_billing_verify_free(verify);
}


static void
ngx_http_billing_verify_done(
    void *data, const ngx_billing_curl_result_t *result)
{
    ngx_http_billing_verify_t *verify = data;

    char                       reason[BILLING_REASON_LEN];
    void                      *owner;
    ngx_http_billing_verify_pt done;
    ngx_http_billing_verdict_t verdict;

    ngx_http_billing_verify_judge(verify, result, &verdict, reason);

    done = verify->done;
    owner = verify->data;
    ngx_http_billing_verify_free(verify);

    done(owner, &verdict);

    json_decref(verdict.linked);
}


static void
ngx_http_billing_verify_judge(ngx_http_billing_verify_t *verify,
    const ngx_billing_curl_result_t                     *result,
    ngx_http_billing_verdict_t *verdict, char reason[BILLING_REASON_LEN])
{
    billing_http_answer_t answer;

    ngx_memzero(verdict, sizeof(ngx_http_billing_verdict_t));

    verdict->reason = reason;
    verdict->timed_out = result->timed_out;

    if (result->status == 0) {
        verdict->status = BILLING_UNAVAILABLE;
        *ngx_snprintf((u_char *) reason, BILLING_REASON_LEN - 1,
            "The provider cannot be reached: %s.", result->error) = '\0';
        return;
    }

    answer.status = result->status;
    answer.body = (billing_str_t){ (char *) result->body, result->len };

    verdict->status = verify->provider->verify_answer(
        verify->credentials, &answer, &verdict->linked, reason);
}


static void
ngx_http_billing_verify_free(ngx_http_billing_verify_t *verify)
{
    json_decref(verify->credentials);
    ngx_free(verify);
}
