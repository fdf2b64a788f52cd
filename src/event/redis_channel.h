
/*
 * Listening to one channel of Redis, over a connection of its own.
 *
 * What is published while the connection is away is lost, and a connection
 * may be dead long before anyone notices.  So the listener is told after each
 * (re)connect that there may have been a gap, and may ask how long ago it was
 * certain that none is open: several times a second SUBSCRIBE is sent anew,
 * and when its reply comes, all that was published before it was sent has
 * come, too.
 *
 * Nothing here holds up a worker's exit, or connects again once it has begun.
 */

#ifndef BILLING_EVENT_REDIS_CHANNEL_H
#define BILLING_EVENT_REDIS_CHANNEL_H

#include "event/redis.h"


typedef struct billing_redis_channel_s billing_redis_channel_t;


/*
 * Both run from nginx's own event.  again() runs after each connect, before
 * the first message over it; neither may destroy the channel.
 */
typedef struct {
    void (*message)(void *data, const ngx_str_t *text);
    void (*again)(void *data);
    void *data;
} billing_redis_listener_t;


/*
 * Connects soon, and again whenever the connection is lost.  conf must outlive
 * it; name and listener are copied.  NULL when out of memory.
 */
billing_redis_channel_t *billing_redis_channel_create(
    billing_redis_conf_t *conf, const ngx_str_t *name,
    const billing_redis_listener_t *listener, ngx_log_t *log);

/* For exit_process. */
void billing_redis_channel_destroy(billing_redis_channel_t *channel);

/*
 * 1 when all that was published more than so many milliseconds ago has come.
 * Measured by the clock and not by ngx_current_msec, which stands still while
 * a turn of the event loop is long.
 */
ngx_uint_t billing_redis_channel_proved(
    billing_redis_channel_t *channel, ngx_msec_t age);


/*
 * The same for whatever a client is connected to: one server, the master that
 * Sentinel names, or all masters of a cluster - a message that was published
 * at any node reaches all of them, but only the node itself can prove that
 * none is missing; so messages come as often as there are masters.
 *
 * A client has one listener at most.  NGX_ERROR when out of memory.
 */
ngx_int_t billing_redis_client_listen(billing_redis_t *redis,
    const ngx_str_t *name, const billing_redis_listener_t *listener);

void billing_redis_client_unlisten(billing_redis_t *redis);

/* As billing_redis_channel_proved(), of all channels that it takes. */
ngx_uint_t billing_redis_client_heard(billing_redis_t *redis, ngx_msec_t age);


#endif /* BILLING_EVENT_REDIS_CHANNEL_H */
