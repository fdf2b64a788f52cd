
/*
 * The watch: tells the zone of this nginx what other nodes have changed.
 *
 * Every script that changes something publishes the domain's name, and every
 * worker listens.  So a domain is touched soon after its change; and while a
 * worker cannot be sure to have heard of everything, it does not trust the
 * zone.  What nobody publishes is seen by a mark: when all data were deleted,
 * it has gone, too.
 */

#ifndef NGX_HTTP_BILLING_WATCH_H
#define NGX_HTTP_BILLING_WATCH_H

#include "event/ngx_billing_redis.h"
#include "store/ngx_http_billing_zone.h"


/* By how much, in milliseconds, an answer of the zone may lag behind. */
#define NGX_HTTP_BILLING_WATCH_LAG 1000


/* One per worker. */
typedef struct ngx_http_billing_watch_s ngx_http_billing_watch_t;


/*
 * redis and zone must outlive it; it is redis' only listener.  NULL when out
 * of memory.
 */
ngx_http_billing_watch_t *ngx_http_billing_watch_create(
    ngx_billing_redis_t *redis, const ngx_str_t *prefix,
    ngx_http_billing_zone_t *zone, ngx_log_t *log);

/* For exit_process. */
void ngx_http_billing_watch_destroy(ngx_http_billing_watch_t *watch);

/*
 * 1 when whatever changed longer ago than the lag has touched the zone.  0
 * without a watch (NULL), and in a worker that exits.
 */
ngx_uint_t ngx_http_billing_watch_trusted(ngx_http_billing_watch_t *watch);


#endif /* NGX_HTTP_BILLING_WATCH_H */
