
/*
 * The watch: tells the zone of this nginx what other nodes have changed.
 *
 * Every script that changes something publishes the domain's name, and every
 * worker listens.  So a domain is touched soon after its change; and while a
 * worker cannot be sure to have heard of everything, it does not trust the
 * zone.  What nobody publishes is seen by a mark: when all data were deleted,
 * it has gone, too.
 */

#ifndef BILLING_STORE_WATCH_H
#define BILLING_STORE_WATCH_H

#include "event/redis.h"
#include "store/zone.h"


/* By how much, in milliseconds, an answer of the zone may lag behind. */
#define BILLING_WATCH_LAG 1000


/* One per worker. */
typedef struct billing_watch_s billing_watch_t;


/*
 * redis and zone must outlive it; it is redis' only listener.  NULL when out
 * of memory.
 */
billing_watch_t *billing_watch_create(billing_redis_t *redis,
    const ngx_str_t *prefix, billing_zone_t *zone, ngx_log_t *log);

/* For exit_process. */
void billing_watch_destroy(billing_watch_t *watch);

/*
 * 1 when whatever changed longer ago than the lag has touched the zone.  0
 * without a watch (NULL), and in a worker that exits.
 */
ngx_uint_t billing_watch_trusted(billing_watch_t *watch);


#endif /* BILLING_STORE_WATCH_H */
