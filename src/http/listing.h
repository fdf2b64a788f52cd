
/*
 * Asking a provider for the list of an account's linked accounts, once for
 * all who want it: in this worker they join, and between workers and nodes a
 * lock in Redis says who asks.
 */

#ifndef BILLING_HTTP_LISTING_H
#define BILLING_HTTP_LISTING_H

#include "http/billing.h"
#include "store/catalog.h"


typedef struct billing_listing_s billing_listing_t;

/*
 * Somebody who wants it.  done() runs once unless he leaves, and never before
 * join() has returned; changed: what Redis has of the account is other than
 * what the catalog says.
 */
typedef struct {
    ngx_queue_t        queue;
    billing_listing_t *listing;
    billing_op_t      *op; /* the provider's call counts as its */
    void (*done)(void *data, ngx_uint_t changed);
    void *data;
} billing_listing_waiter_t;


/*
 * Joins or starts.  It is given up at timeout milliseconds from now, if that
 * is later than others' ends.  NGX_DECLINED: the account cannot be asked for,
 * or there is no memory; then done() does not run.
 */
ngx_int_t billing_listing_join(billing_listing_waiter_t *waiter,
    const billing_catalog_account_t *account, ngx_msec_t timeout);

/* The last one to leave ends the call, unless its outcome is being written. */
void billing_listing_leave(billing_listing_waiter_t *waiter);


#endif /* BILLING_HTTP_LISTING_H */
