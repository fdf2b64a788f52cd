
/*
 * Pauses before attempts to connect.
 */

#include "event/redis_internal.h"


#define BILLING_REDIS_BACKOFF_MIN 50
#define BILLING_REDIS_BACKOFF_MAX 2000


ngx_msec_t
billing_redis_backoff(ngx_msec_t *backoff, ngx_uint_t steady)
{
    if (steady) {
        *backoff = 0;
        return 1;
    }

    *backoff = ngx_max(*backoff * 2, BILLING_REDIS_BACKOFF_MIN);
    *backoff = ngx_min(*backoff, BILLING_REDIS_BACKOFF_MAX);

    /* half of it by chance: workers and nodes lose Redis in one moment */

    return *backoff / 2 + ngx_random() % (*backoff / 2 + 1);
}
