
/*
 * A provider has said that it was called too often with the credentials of an
 * account: nobody is to call it with them for a while, on whatever node.
 */

#ifndef BILLING_FETCH_PAUSE_H
#define BILLING_FETCH_PAUSE_H

#include "fetch/internal.h"


/*
 * Asks for how long that still is; billing_pause_left() reads the reply.  NULL
 * when out of memory.
 */
billing_redis_call_t *billing_pause_ask(billing_fetch_t *fetch,
    const billing_owner_t *owner, billing_redis_done_pt done, void *data);

/* Milliseconds; 0: there is no pause, or Redis did not say. */
ngx_msec_t billing_pause_left(const struct redisReply *reply);

/* One begins that takes so many milliseconds, or a longer one goes on. */
void billing_pause_begin(
    billing_fetch_t *fetch, const billing_owner_t *owner, ngx_msec_t pause);


#endif /* BILLING_FETCH_PAUSE_H */
