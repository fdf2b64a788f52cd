
/*
 * Whether indexes and objects of a domain agree.  Reads only, in slices that
 * keep neither Redis nor the worker for long; each slice sees one moment, so
 * what others write meanwhile is never taken for damage.  Before, it settles
 * what older versions have left, as any other use does.
 */

#ifndef BILLING_STORE_CHECK_H
#define BILLING_STORE_CHECK_H

#include "store/store.h"


#define BILLING_CHECK_FOUND 1000 /* what is told at most */


/* Texts are UTF-8.  code is one of those that openapi.json lists. */
typedef struct {
    ngx_str_t code;
    ngx_str_t object; /* its id, or a key without prefix and domain */
    ngx_str_t detail;
} billing_finding_t;

typedef struct {
    ngx_uint_t counts[BILLING_KINDS]; /* of the indexes */
    ngx_uint_t blocks;    /* cost blocks; one may be counted twice */
    unsigned   whole : 1; /* all was looked at, all that was found is here */

    billing_finding_t *found;
    ngx_uint_t         nfound;
} billing_checked_t;


typedef struct billing_check_s billing_check_t;

/* checked is NULL when Redis does not answer; it lives in the pool. */
typedef void (*billing_check_pt)(void *data, const billing_checked_t *checked);

/*
 * done() runs once unless the check is cancelled, and never before this has
 * returned; all memory is the pool's.  It ends after timeout milliseconds
 * with what was seen until then.  NULL when out of memory.
 */
billing_check_t *billing_check(billing_store_t *store, ngx_pool_t *pool,
    ngx_str_t *domain, ngx_msec_t timeout, billing_check_pt done, void *data);

void billing_check_cancel(billing_check_t *check);


#endif /* BILLING_STORE_CHECK_H */
