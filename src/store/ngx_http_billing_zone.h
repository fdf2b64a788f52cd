
/*
 * The zone: shared memory of the workers of one nginx, given by billing_zone.
 * For every domain it has a stamp, which changes whenever something in the
 * domain may have changed, and it keeps whole answers, each of which holds
 * only while the stamp of its domain is what it was before the answer's data
 * was read.
 *
 * Everything is copied out under the zone's mutex: nothing points into the
 * zone when a function has returned, so a worker that dies leaves nothing
 * behind.  All functions return at once, and may be called from anywhere in a
 * worker.
 */

#ifndef NGX_HTTP_BILLING_ZONE_H
#define NGX_HTTP_BILLING_ZONE_H

#include <ngx_config.h>
#include <ngx_core.h>


/* One per configuration; the memory behind it is handed on at a reload. */
typedef struct ngx_http_billing_zone_s ngx_http_billing_zone_t;


/*
 * At configuration time.  NULL, with the reason logged, when out of memory or
 * when the name is taken.
 */
ngx_http_billing_zone_t *ngx_http_billing_zone_add(
    ngx_conf_t *cf, ngx_str_t *name, size_t size, void *tag);


/*
 * The domain's stamp; to be taken before anything is read that an answer is
 * made of.  No stamp is ever given twice, not even to a domain that was
 * forgotten and comes back.  0: there is no room, nothing can be kept.
 */
uint64_t ngx_http_billing_zone_stamp(
    ngx_http_billing_zone_t *zone, const ngx_str_t *domain);

/* Something in the domain has changed, or may have: its stamp does. */
void ngx_http_billing_zone_touch(
    ngx_http_billing_zone_t *zone, const ngx_str_t *domain);

/*
 * Changes may have been missed: no answer in the zone, and none that is being
 * made, holds any more.  Stamps stay, for answers that are better than none.
 */
void ngx_http_billing_zone_doubt(ngx_http_billing_zone_t *zone);


#endif /* NGX_HTTP_BILLING_ZONE_H */
