
/*
 * Asking a provider whether credentials are good, and for which linked
 * accounts.
 */

#ifndef NGX_HTTP_BILLING_VERIFY_H
#define NGX_HTTP_BILLING_VERIFY_H

#include "http/ngx_http_billing.h"


typedef struct {
    billing_status_t status;
    billing_reason_t reason;
    const char      *text;   /* a sentence, unless status is BILLING_OK */
    json_t          *linked; /* of BILLING_OK: array of strings, borrowed */
    ngx_int_t        retry_after; /* seconds; of BILLING_THROTTLED, if > 0 */
    unsigned         timed_out : 1;
} ngx_http_billing_verdict_t;

/* verdict is valid while the callback runs. */
typedef void (*ngx_http_billing_verify_pt)(
    void *data, const ngx_http_billing_verdict_t *verdict);

typedef struct ngx_http_billing_verify_s ngx_http_billing_verify_t;


/*
 * credentials are checked ones of an account of the domain, and referenced
 * meanwhile.  timeout 0 takes the provider's.  An answer to a probe ends that
 * calls to the provider's host are held back.  NULL when out of memory: then no
 * callback comes; otherwise it comes exactly once, unless cancelled, and never
 * before this has returned.
 */
ngx_http_billing_verify_t *ngx_http_billing_verify(
    ngx_http_billing_main_conf_t *bmcf, ngx_http_billing_provider_conf_t *pc,
    const ngx_str_t *domain, json_t *credentials, ngx_msec_t timeout,
    ngx_uint_t probe, ngx_http_billing_verify_pt done, void *data);

void ngx_http_billing_verify_cancel(ngx_http_billing_verify_t *verify);


#endif /* NGX_HTTP_BILLING_VERIFY_H */
