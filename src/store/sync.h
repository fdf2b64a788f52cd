
/*
 * Keeping mirrors up to date: one script answers what has changed since the
 * last time, so a read costs Redis next to nothing however large the domain
 * is, and sees every write that was acknowledged before it.
 */

#ifndef BILLING_STORE_SYNC_H
#define BILLING_STORE_SYNC_H

#include "store/mirror.h"


typedef struct billing_sync_s billing_sync_t;

/*
 * mirror is NULL when Redis cannot be read.  It and its objects are valid
 * while the callback runs.
 */
typedef void (*billing_sync_pt)(void *data, billing_mirror_t *mirror);


/*
 * Brings the domain's mirror up to date.  done runs exactly once unless the
 * sync is cancelled, and never before this has returned.  NULL when out of
 * memory: then no callback comes.
 */
billing_sync_t *billing_sync(billing_store_t *store, ngx_str_t *domain,
    billing_sync_pt done, void *data);

void billing_sync_cancel(billing_sync_t *sync);

/*
 * As of the domain's last sync in this worker: 1 if nodes may be at work that
 * tell nobody of what they write (schema 1 and 2).
 */
ngx_uint_t billing_sync_silent(billing_store_t *store, const ngx_str_t *domain);

/* Likewise: the form that all nodes of the domain open. */
billing_seal_form_t billing_sync_seal_form(
    billing_store_t *store, const ngx_str_t *domain);


#endif /* BILLING_STORE_SYNC_H */
