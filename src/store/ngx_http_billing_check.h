
/*
 * Whether indexes and objects of a domain agree.  Reads only, in slices that
 * keep neither Redis nor the worker for long; each slice sees one moment, so
 * what others write meanwhile is never taken for damage.  Before, it settles
 * what older versions have left, as any other use does.
 */

#ifndef NGX_HTTP_BILLING_CHECK_H
#define NGX_HTTP_BILLING_CHECK_H

#include "store/ngx_http_billing_store.h"


#define NGX_HTTP_BILLING_CHECK_FOUND 1000 /* what is told at most */


/* Texts are UTF-8.  code is one of those that openapi.json lists. */
typedef struct {
    ngx_str_t code;
    ngx_str_t object; /* its id, or a key without prefix and domain */
    ngx_str_t detail;
} ngx_http_billing_finding_t;

typedef struct {
    ngx_uint_t counts[NGX_HTTP_BILLING_KINDS]; /* of the indexes */
    ngx_uint_t blocks;    /* cost blocks; one may be counted twice */
    unsigned   whole : 1; /* all was looked at, all that was found is here */

    ngx_http_billing_finding_t *found;
    ngx_uint_t                  nfound;
} ngx_http_billing_checked_t;


typedef struct ngx_http_billing_check_s ngx_http_billing_check_t;

/* checked is NULL when Redis does not answer; it lives in the pool. */
typedef void (*ngx_http_billing_check_pt)(
    void *data, const ngx_http_billing_checked_t *checked);

/*
 * done() runs once unless the check is cancelled, and never before this has
 * returned; all memory is the pool's.  It ends after timeout milliseconds
 * with what was seen until then.  NULL when out of memory.
 */
ngx_http_billing_check_t *ngx_http_billing_check(
    ngx_http_billing_store_t *store, ngx_pool_t *pool, ngx_str_t *domain,
    ngx_msec_t timeout, ngx_http_billing_check_pt done, void *data);

void ngx_http_billing_check_cancel(ngx_http_billing_check_t *check);


#endif /* NGX_HTTP_BILLING_CHECK_H */
