
/*
 * The lists of linked accounts behind "all linked accounts" credentials, read
 * again from the provider once a day, before a lookup needs them.
 */

#ifndef NGX_HTTP_BILLING_LINKED_H
#define NGX_HTTP_BILLING_LINKED_H

#include "http/ngx_http_billing.h"
#include "store/ngx_http_billing_catalog.h"


#define NGX_HTTP_BILLING_LINKED_VALID 86400 /* seconds */


/*
 * Asks the provider for the lists of those accounts of the catalog that are
 * due (never read, or a day old), stores what is new and updates the catalog
 * in place.  done runs when all have answered or failed, at the latest after
 * ten seconds; at once (but not before this returns) when none is due.  An
 * account whose provider fails keeps its old list.  On a client's abort, call
 * ngx_http_billing_linked_cancel().
 */
typedef struct ngx_http_billing_linked_s ngx_http_billing_linked_t;

ngx_http_billing_linked_t *ngx_http_billing_linked_refresh(
    ngx_http_billing_op_t *op, ngx_http_billing_catalog_t *catalog,
    void (*done)(void *data), void                        *data);

void ngx_http_billing_linked_cancel(ngx_http_billing_linked_t *linked);


#endif /* NGX_HTTP_BILLING_LINKED_H */
