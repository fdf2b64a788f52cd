
/*
 * A Redis Cluster: nodes, and calls that are sent from one to another.
 *
 * What was refused has not been executed, so it is given to whom the refusal
 * names (MOVED, ASK) or tried again soon (TRYAGAIN, CLUSTERDOWN).  While a
 * slot is on its way to another node, commands with one key are served by
 * ASK; scripts, which touch more keys than they name, end before they begin
 * and wait: see redis_script.c.
 */

#include "event/redis_cluster.h"


#define BILLING_REDIS_CLUSTER_TRIES 8 /* MOVED and ASK of a call */


static ngx_int_t             redis_cluster_create(billing_redis_t *redis);
static void                  redis_cluster_destroy(billing_redis_t *redis);
static billing_redis_node_t *redis_cluster_pick(
    billing_redis_t *redis, ngx_uint_t slot);
static ngx_int_t redis_cluster_refused(billing_redis_call_t *call);
static ngx_int_t redis_cluster_redirect(
    billing_redis_call_t *call, ngx_uint_t moved);
static billing_redis_node_t *redis_cluster_target(billing_redis_call_t *call);
static void redis_cluster_later(billing_redis_call_t *call, const char *error);
static ngx_uint_t redis_cluster_lost(
    billing_redis_node_t *node, ngx_uint_t steady);
static ngx_uint_t redis_cluster_complete(billing_redis_t *redis);


const billing_redis_topology_t billing_redis_cluster = {
    .patience = BILLING_REDIS_CLUSTER_PATIENCE,
    .create = redis_cluster_create,
    .destroy = redis_cluster_destroy,
    .pick = redis_cluster_pick,
    .refused = redis_cluster_refused,
    .lost = redis_cluster_lost,
    .complete = redis_cluster_complete,
};


static ngx_int_t
redis_cluster_create(billing_redis_t *redis)
{
    ngx_uint_t               i;
    billing_redis_conf_t    *server;
    billing_redis_cluster_t *cluster;

    cluster = ngx_calloc(sizeof(billing_redis_cluster_t), redis->log);
    if (cluster == NULL) {
        return NGX_ERROR;
    }

    redis->state = cluster;
    cluster->redis = redis;
    cluster->ident = (ngx_fd_t) -1;

    billing_redis_events_init_event(cluster, &cluster->refresh,
        billing_redis_map_cluster_refresh, redis->log);

    cluster->slots = ngx_calloc(
        BILLING_REDIS_SLOTS * sizeof(billing_redis_node_t *), redis->log);
    if (cluster->slots == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < redis->conf->nservers; i++) {
        server = &redis->conf->servers[i];

        if (billing_redis_members_cluster_node(
                cluster, &server->host, server->port)
            == NULL)
        {
            return NGX_ERROR;
        }
    }

    /* workers begin with different ones */
    cluster->next = ngx_random() % ngx_max(redis->conf->nservers, 1);

    return NGX_OK;
}


static void
redis_cluster_destroy(billing_redis_t *redis)
{
    billing_redis_cluster_t *cluster;

    cluster = redis->state;

    if (cluster == NULL) {
        return;
    }

    if (cluster->refresh.timer_set) {
        ngx_del_timer(&cluster->refresh);
    }

    if (cluster->slots != NULL) {
        ngx_free(cluster->slots);
    }

    redis->state = NULL;
    ngx_free(cluster);
}


static billing_redis_node_t *
redis_cluster_pick(billing_redis_t *redis, ngx_uint_t slot)
{
    billing_redis_cluster_t *cluster;

    cluster = redis->state;

    if (cluster->slots[slot] == NULL) {
        billing_redis_map_cluster_soon(
            cluster, cluster->known == 0 ? 1 : BILLING_REDIS_CLUSTER_SOON);
    }

    return cluster->slots[slot];
}


static ngx_int_t
redis_cluster_refused(billing_redis_call_t *call)
{
    const char *error;

    error = call->reply->str;

    if (ngx_strncmp(error, "MOVED ", 6) == 0) {
        return redis_cluster_redirect(call, 1);
    }

    if (ngx_strncmp(error, "ASK ", 4) == 0) {
        return redis_cluster_redirect(call, 0);
    }

    if (ngx_strncmp(error, "TRYAGAIN", 8) == 0) {
        redis_cluster_later(call, "a slot is being moved");
        return NGX_OK;
    }

    if (ngx_strncmp(error, "CLUSTERDOWN", 11) == 0) {
        billing_redis_map_cluster_soon(
            call->redis->state, BILLING_REDIS_CLUSTER_WRONG);
        redis_cluster_later(call, "the cluster is down");
        return NGX_OK;
    }

    return NGX_DECLINED;
}


/* MOVED: for good; ASK: this call only. */
static ngx_int_t
redis_cluster_redirect(billing_redis_call_t *call, ngx_uint_t moved)
{
    billing_redis_node_t    *node;
    billing_redis_cluster_t *cluster;

    cluster = call->redis->state;

    node = redis_cluster_target(call);

    if (node == NULL) {
        return NGX_DECLINED;
    }

    if (call->tries++ >= BILLING_REDIS_CLUSTER_TRIES) {
        call->tries = 0;
        redis_cluster_later(call, "sent from node to node");
        return NGX_OK;
    }

    ngx_log_debug3(NGX_LOG_DEBUG_EVENT, call->redis->log, 0,
        "billing redis call %p: %s \"%V\"", call, moved ? "MOVED" : "ASK",
        &node->conf.name);

    billing_redis_call_forget(call);

    if (!moved) {
        call->asking = 1;
        billing_redis_node_take(node, call);
        return NGX_OK;
    }

    cluster->slots[call->slot] = node;
    billing_redis_members_cluster_use(node, 1);
    billing_redis_map_cluster_soon(cluster, BILLING_REDIS_CLUSTER_SOON);

    call->asking = 0;

    return NGX_AGAIN;
}


/*
 * "MOVED <slot> <host>:<port>", and the same for ASK; without a host it is
 * that of the node which says so.
 */
static billing_redis_node_t *
redis_cluster_target(billing_redis_call_t *call)
{
    u_char   *p, *last, *colon;
    ngx_int_t port;
    ngx_str_t host;

    p = (u_char *) call->reply->str;
    last = p + call->reply->len;

    p = ngx_strlchr(p, last, ' ');
    p = p ? ngx_strlchr(p + 1, last, ' ') : NULL;

    if (p == NULL) {
        return NULL;
    }

    for (colon = last; colon > p && *colon != ':'; colon--) { /* void */
    }

    port = ngx_atoi(colon + 1, last - colon - 1);

    if (colon == p || port < 1 || port > 65535) {
        return NULL;
    }

    host.data = p + 1;
    host.len = colon - host.data;

    if (host.len == 0) {
        host = call->link->node->conf.host;
    }

    return billing_redis_members_cluster_node(call->redis->state, &host, port);
}


static void
redis_cluster_later(billing_redis_call_t *call, const char *error)
{
    ngx_msec_t now;

    now = ngx_current_msec;

    billing_redis_call_forget(call);
    billing_redis_call_defer(call, &now, error);
}


static ngx_uint_t
redis_cluster_lost(billing_redis_node_t *node, ngx_uint_t steady)
{
    billing_redis_cluster_t *cluster;

    cluster = node->redis->state;

    billing_redis_map_cluster_soon(cluster, BILLING_REDIS_CLUSTER_SOON);

    return node->used || cluster->known == 0;
}


static ngx_uint_t
redis_cluster_complete(billing_redis_t *redis)
{
    billing_redis_cluster_t *cluster;

    cluster = redis->state;

    return cluster->known == BILLING_REDIS_SLOTS;
}
