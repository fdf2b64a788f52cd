
/*
 * Asking a provider for the list of an account's linked accounts, once for
 * all who want it: in this worker they join, and between workers and nodes a
 * lock in Redis says who asks.
 */

#ifndef NGX_HTTP_BILLING_LISTING_H
#define NGX_HTTP_BILLING_LISTING_H

#include "http/ngx_http_billing.h"
#include "store/ngx_http_billing_catalog.h"


typedef struct ngx_http_billing_listing_s ngx_http_billing_listing_t;

/*
 * Somebody who wants it.  done() runs once unless he leaves, and never before
 * join() has returned; changed: what Redis has of the account is other than
 * what the catalog says.
 */
typedef struct {
    ngx_queue_t                 queue;
    ngx_http_billing_listing_t *listing;
    ngx_http_billing_op_t      *op; /* the provider's call counts as its */
    void (*done)(void *data, ngx_uint_t changed);
    void *data;
} ngx_http_billing_listing_waiter_t;


/*
 * Joins or starts.  It is given up at timeout milliseconds from now, if that
 * is later than others' ends.  NGX_DECLINED: the account cannot be asked for,
 * or there is no memory; then done() does not run.
 */
ngx_int_t ngx_http_billing_listing_join(
    ngx_http_billing_listing_waiter_t        *waiter,
    const ngx_http_billing_catalog_account_t *account, ngx_msec_t timeout);

/* The last one to leave ends the call, unless its outcome is being written. */
void ngx_http_billing_listing_leave(ngx_http_billing_listing_waiter_t *waiter);


#endif /* NGX_HTTP_BILLING_LISTING_H */
