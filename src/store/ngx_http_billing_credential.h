
/*
 * Credentials are opened when they are used, which is when a provider is
 * called, and at no other time.
 */

#ifndef NGX_HTTP_BILLING_CREDENTIAL_H
#define NGX_HTTP_BILLING_CREDENTIAL_H

#include "store/ngx_http_billing_store.h"

#include <jansson.h>


/*
 * In plain: a new reference, to be wiped with it.  NULL when out of memory, or
 * when it does not open; that is said in the log, once, and not tried again:
 * it is bad then.
 */
json_t *ngx_http_billing_credential_open(ngx_http_billing_store_t *store,
    const ngx_http_billing_credential_t                           *credential);

/* 1 if it is known not to open. */
ngx_uint_t ngx_http_billing_credential_bad(ngx_http_billing_store_t *store,
    const ngx_http_billing_credential_t *credential);

/* For exit_process. */
void ngx_http_billing_credential_destroy(ngx_http_billing_store_t *store);


#endif /* NGX_HTTP_BILLING_CREDENTIAL_H */
