
/*
 * The master that Sentinel names: one node, whose address changes.  Until one
 * is named, and when its connection has ended or turned out to be one to a
 * replica, calls wait with the client.  (That a master is one, the link's
 * handshake asks by ROLE.)
 */

#include "event/ngx_billing_redis_sentinel.h"


#define NGX_BILLING_REDIS_SENTINEL_PATIENCE 3000 /* milliseconds */


static ngx_int_t ngx_billing_redis_sentinel_create(ngx_billing_redis_t *redis);
static void      ngx_billing_redis_sentinel_destroy(ngx_billing_redis_t *redis);
static ngx_billing_redis_node_t *ngx_billing_redis_sentinel_pick(
    ngx_billing_redis_t *redis, ngx_uint_t slot);
static ngx_int_t ngx_billing_redis_sentinel_refused(
    ngx_billing_redis_call_t *call);
static ngx_uint_t ngx_billing_redis_sentinel_lost(
    ngx_billing_redis_node_t *node, ngx_uint_t steady);
static ngx_uint_t ngx_billing_redis_sentinel_complete(
    ngx_billing_redis_t *redis);
static void ngx_billing_redis_sentinel_named(
    ngx_billing_redis_sentinel_t *all, const ngx_str_t *host, in_port_t port);


const ngx_billing_redis_topology_t ngx_billing_redis_sentinel = {
    .patience = NGX_BILLING_REDIS_SENTINEL_PATIENCE,
    .create = ngx_billing_redis_sentinel_create,
    .destroy = ngx_billing_redis_sentinel_destroy,
    .pick = ngx_billing_redis_sentinel_pick,
    .refused = ngx_billing_redis_sentinel_refused,
    .lost = ngx_billing_redis_sentinel_lost,
    .complete = ngx_billing_redis_sentinel_complete,
    .role = 1,
};


static ngx_int_t
ngx_billing_redis_sentinel_create(ngx_billing_redis_t *redis)
{
    ngx_billing_redis_sentinel_t *all;

    all = ngx_calloc(sizeof(ngx_billing_redis_sentinel_t)
                         + redis->conf->nservers
                               * sizeof(ngx_billing_redis_sentinel_server_t),
        redis->log);
    if (all == NULL) {
        return NGX_ERROR;
    }

    redis->state = all;

    all->redis = redis;
    all->ident = (ngx_fd_t) -1;
    all->servers = (ngx_billing_redis_sentinel_server_t *) (all + 1);
    all->named = ngx_billing_redis_sentinel_named;

    all->node = ngx_billing_redis_node_create(redis);
    if (all->node == NULL) {
        return NGX_ERROR;
    }

    return ngx_billing_redis_sentinel_begin(all);
}


static void
ngx_billing_redis_sentinel_destroy(ngx_billing_redis_t *redis)
{
    if (redis->state == NULL) {
        return;
    }

    ngx_billing_redis_sentinel_end(redis->state);

    ngx_free(redis->state);
    redis->state = NULL;
}


static ngx_billing_redis_node_t *
ngx_billing_redis_sentinel_pick(ngx_billing_redis_t *redis, ngx_uint_t slot)
{
    ngx_billing_redis_sentinel_t *all;

    all = redis->state;

    if (all->found) {
        return all->node;
    }

    if (!all->retry.timer_set) {
        ngx_billing_redis_sentinel_find(all);
    }

    return NULL;
}


/*
 * A replica refuses the first command of a script that writes, so nothing of
 * it has been done.
 */
static ngx_int_t
ngx_billing_redis_sentinel_refused(ngx_billing_redis_call_t *call)
{
    ngx_billing_redis_link_t *link;

    if (ngx_strncmp(call->reply->str, "READONLY", 8) != 0
        && ngx_strncmp(call->reply->str, "MASTERDOWN", 10) != 0)
    {
        return NGX_DECLINED;
    }

    link = call->link;

    ngx_billing_redis_call_forget(call);
    ngx_billing_redis_call_defer(call, &link->away, "no master");

    if (link->state == NGX_BILLING_REDIS_READY && link->epoch == call->epoch) {
        ngx_billing_redis_node_drop(link->node, "no master");
    }

    return NGX_OK;
}


/* Whoever finds a master connects to it. */
static ngx_uint_t
ngx_billing_redis_sentinel_lost(
    ngx_billing_redis_node_t *node, ngx_uint_t steady)
{
    ngx_billing_redis_sentinel_t *all;

    all = node->redis->state;

    if (all->found) {
        all->found = 0;
        ngx_billing_redis_sentinel_pause(all, steady);
    }

    return 0;
}


static ngx_uint_t
ngx_billing_redis_sentinel_complete(ngx_billing_redis_t *redis)
{
    ngx_billing_redis_sentinel_t *all;

    all = redis->state;

    return all->found;
}


static void
ngx_billing_redis_sentinel_named(
    ngx_billing_redis_sentinel_t *all, const ngx_str_t *host, in_port_t port)
{
    ngx_uint_t                same;
    ngx_billing_redis_node_t *node;

    node = all->node;

    same = ngx_billing_redis_node_is(node, host, port);

    ngx_log_debug3(NGX_LOG_DEBUG_EVENT, all->redis->log, 0,
        "billing redis: sentinel names \"%V\":%ui, same:%ui", host,
        (ngx_uint_t) port, same);

    if (same && all->found) {
        return;
    }

    if (!same) {
        /* with found unset, the end of its links is nothing to act upon */

        all->found = 0;
        ngx_billing_redis_node_drop(node, "failover");

        if (ngx_billing_redis_node_address(node, host, port) != NGX_OK) {
            ngx_billing_redis_sentinel_report(
                all, "sentinel tells a host name, and not an address");
            ngx_billing_redis_sentinel_pause(all, 0);
            return;
        }

        node->used = 1;
        ngx_billing_redis_node_listen(node);

        ngx_log_error(NGX_LOG_NOTICE, all->redis->log, 0,
            "redis \"%V\" is the master of \"%V\"", &node->conf.name,
            &all->redis->conf->master);
    }

    all->found = 1;
    all->reported = NULL;

    ngx_billing_redis_node_connect(node);
    ngx_billing_redis_hurry(all->redis);
}
