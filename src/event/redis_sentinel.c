
/*
 * The master that Sentinel names: one node, whose address changes.  Until one
 * is named, and when its connection has ended or turned out to be one to a
 * replica, calls wait with the client.  (That a master is one, the link's
 * handshake asks by ROLE.)
 */

#include "event/redis_sentinel.h"


#define BILLING_REDIS_SENTINEL_PATIENCE 3000 /* milliseconds */


static ngx_int_t             redis_sentinel_create(billing_redis_t *redis);
static void                  redis_sentinel_destroy(billing_redis_t *redis);
static billing_redis_node_t *redis_sentinel_pick(
    billing_redis_t *redis, ngx_uint_t slot);
static ngx_int_t  redis_sentinel_refused(billing_redis_call_t *call);
static ngx_uint_t redis_sentinel_lost(
    billing_redis_node_t *node, ngx_uint_t steady);
static ngx_uint_t redis_sentinel_complete(billing_redis_t *redis);
static void       redis_sentinel_named(
          billing_redis_sentinel_t *all, const ngx_str_t *host, in_port_t port);


const billing_redis_topology_t billing_redis_sentinel = {
    .patience = BILLING_REDIS_SENTINEL_PATIENCE,
    .create = redis_sentinel_create,
    .destroy = redis_sentinel_destroy,
    .pick = redis_sentinel_pick,
    .refused = redis_sentinel_refused,
    .lost = redis_sentinel_lost,
    .complete = redis_sentinel_complete,
    .role = 1,
};


static ngx_int_t
redis_sentinel_create(billing_redis_t *redis)
{
    billing_redis_sentinel_t *all;

    all = ngx_calloc(
        sizeof(billing_redis_sentinel_t)
            + redis->conf->nservers * sizeof(billing_redis_sentinel_server_t),
        redis->log);
    if (all == NULL) {
        return NGX_ERROR;
    }

    redis->state = all;

    all->redis = redis;
    all->ident = (ngx_fd_t) -1;
    all->servers = (billing_redis_sentinel_server_t *) (all + 1);
    all->named = redis_sentinel_named;

    all->node = billing_redis_node_create(redis);
    if (all->node == NULL) {
        return NGX_ERROR;
    }

    return billing_redis_master_sentinel_begin(all);
}


static void
redis_sentinel_destroy(billing_redis_t *redis)
{
    if (redis->state == NULL) {
        return;
    }

    billing_redis_master_sentinel_end(redis->state);

    ngx_free(redis->state);
    redis->state = NULL;
}


static billing_redis_node_t *
redis_sentinel_pick(billing_redis_t *redis, ngx_uint_t slot)
{
    billing_redis_sentinel_t *all;

    all = redis->state;

    if (all->found) {
        return all->node;
    }

    if (!all->retry.timer_set) {
        billing_redis_master_sentinel_find(all);
    }

    return NULL;
}


/*
 * A replica refuses the first command of a script that writes, so nothing of
 * it has been done.
 */
static ngx_int_t
redis_sentinel_refused(billing_redis_call_t *call)
{
    billing_redis_link_t *link;

    if (ngx_strncmp(call->reply->str, "READONLY", 8) != 0
        && ngx_strncmp(call->reply->str, "MASTERDOWN", 10) != 0)
    {
        return NGX_DECLINED;
    }

    link = call->link;

    billing_redis_call_forget(call);
    billing_redis_call_defer(call, &link->away, "no master");

    if (link->state == BILLING_REDIS_READY && link->epoch == call->epoch) {
        billing_redis_node_drop(link->node, "no master");
    }

    return NGX_OK;
}


/* Whoever finds a master connects to it. */
static ngx_uint_t
redis_sentinel_lost(billing_redis_node_t *node, ngx_uint_t steady)
{
    billing_redis_sentinel_t *all;

    all = node->redis->state;

    if (all->found) {
        all->found = 0;
        billing_redis_master_sentinel_pause(all, steady);
    }

    return 0;
}


static ngx_uint_t
redis_sentinel_complete(billing_redis_t *redis)
{
    billing_redis_sentinel_t *all;

    all = redis->state;

    return all->found;
}


static void
redis_sentinel_named(
    billing_redis_sentinel_t *all, const ngx_str_t *host, in_port_t port)
{
    ngx_uint_t            same;
    billing_redis_node_t *node;

    node = all->node;

    same = billing_redis_node_is(node, host, port);

    ngx_log_debug3(NGX_LOG_DEBUG_EVENT, all->redis->log, 0,
        "billing redis: sentinel names \"%V\":%ui, same:%ui", host,
        (ngx_uint_t) port, same);

    if (same && all->found) {
        return;
    }

    if (!same) {
        /* with found unset, the end of its links is nothing to act upon */

        all->found = 0;
        billing_redis_node_drop(node, "failover");

        if (billing_redis_node_address(node, host, port) != NGX_OK) {
            billing_redis_master_sentinel_report(
                all, "sentinel tells a host name, and not an address");
            billing_redis_master_sentinel_pause(all, 0);
            return;
        }

        node->used = 1;
        billing_redis_node_listen(node);

        ngx_log_error(NGX_LOG_NOTICE, all->redis->log, 0,
            "redis \"%V\" is the master of \"%V\"", &node->conf.name,
            &all->redis->conf->master);
    }

    all->found = 1;
    all->reported = NULL;

    billing_redis_node_connect(node);
    billing_redis_call_hurry(all->redis);
}
