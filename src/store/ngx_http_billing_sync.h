
/*
 * Keeping mirrors up to date: one script answers what has changed since the
 * last time, so a read costs Redis next to nothing however large the domain
 * is, and sees every write that was acknowledged before it.
 */

#ifndef NGX_HTTP_BILLING_SYNC_H
#define NGX_HTTP_BILLING_SYNC_H

#include "store/ngx_http_billing_mirror.h"


typedef struct ngx_http_billing_sync_s ngx_http_billing_sync_t;

/*
 * mirror is NULL when Redis cannot be read.  It and its objects are valid
 * while the callback runs.
 */
typedef void (*ngx_http_billing_sync_pt)(
    void *data, ngx_http_billing_mirror_t *mirror);


/*
 * Brings the domain's mirror up to date.  done runs exactly once unless the
 * sync is cancelled, and never before this has returned.  NULL when out of
 * memory: then no callback comes.
 */
ngx_http_billing_sync_t *ngx_http_billing_sync(ngx_http_billing_store_t *store,
    ngx_str_t *domain, ngx_http_billing_sync_pt done, void *data);

void ngx_http_billing_sync_cancel(ngx_http_billing_sync_t *sync);

/*
 * As of the domain's last sync in this worker: 1 if nodes may be at work that
 * tell nobody of what they write (schema 1 and 2).
 */
ngx_uint_t ngx_http_billing_sync_silent(
    ngx_http_billing_store_t *store, const ngx_str_t *domain);

/* Likewise: the form that all nodes of the domain open. */
ngx_http_billing_seal_form_t ngx_http_billing_sync_seal_form(
    ngx_http_billing_store_t *store, const ngx_str_t *domain);


#endif /* NGX_HTTP_BILLING_SYNC_H */
