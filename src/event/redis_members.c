
/*
 * The nodes of a cluster.
 *
 * They are never freed: a call may be on its way to one that has left.  When
 * there are as many as there may be, one that nobody needs gets the address of
 * the next: addresses come and go where nodes are made anew, and whoever lies
 * can name any number.
 */

#include "event/redis_cluster.h"


#define BILLING_REDIS_CLUSTER_NODES 1024


static billing_redis_node_t *redis_cluster_another(
    billing_redis_cluster_t *cluster);


billing_redis_node_t *
billing_redis_members_cluster_node(
    billing_redis_cluster_t *cluster, const ngx_str_t *host, in_port_t port)
{
    ngx_queue_t          *q;
    billing_redis_t      *redis;
    billing_redis_node_t *node;

    redis = cluster->redis;

    for (q = ngx_queue_head(&redis->nodes);
         q != ngx_queue_sentinel(&redis->nodes); q = ngx_queue_next(q))
    {
        node = ngx_queue_data(q, billing_redis_node_t, queue);

        if (billing_redis_node_is(node, host, port)) {
            return node;
        }
    }

    if (!billing_redis_node_numeric(host)) {
        billing_redis_members_cluster_report(
            cluster, "a node tells a host name, and not an address");
        return NULL;
    }

    node = redis_cluster_another(cluster);

    if (node != NULL) {
        (void) billing_redis_node_address(node, host, port);
    }

    return node;
}


/* A node without an address, or one whose address is of no use any more. */
static billing_redis_node_t *
redis_cluster_another(billing_redis_cluster_t *cluster)
{
    ngx_queue_t          *q;
    billing_redis_t      *redis;
    billing_redis_node_t *node;

    redis = cluster->redis;

    if (redis->serial < BILLING_REDIS_CLUSTER_NODES) {
        return billing_redis_node_create(redis);
    }

    for (q = ngx_queue_head(&redis->nodes);
         q != ngx_queue_sentinel(&redis->nodes); q = ngx_queue_next(q))
    {
        node = ngx_queue_data(q, billing_redis_node_t, queue);

        /* those that are configured stay: they may be all that is left */

        if (!node->used && !node->seen && node != cluster->asked
            && node->serial > redis->conf->nservers
            && billing_redis_node_idle(node))
        {
            billing_redis_node_anew(node);

            /* the next is looked for among those that come before it */

            ngx_queue_remove(q);
            ngx_queue_insert_tail(&redis->nodes, q);

            return node;
        }
    }

    billing_redis_members_cluster_report(cluster, "too many nodes");

    return NULL;
}


void
billing_redis_members_cluster_use(billing_redis_node_t *node, ngx_uint_t used)
{
    if (node->used == used) {
        return;
    }

    ngx_log_debug2(NGX_LOG_DEBUG_EVENT, node->redis->log, 0,
        "billing redis node \"%V\": used:%ui", &node->conf.name, used);

    node->used = used;

    if (used) {
        billing_redis_node_listen(node);

    } else {
        billing_redis_node_unlisten(node);
    }
}


void
billing_redis_members_cluster_report(
    billing_redis_cluster_t *cluster, const char *error)
{
    if (cluster->reported != error) {
        cluster->reported = error;
        ngx_log_error(NGX_LOG_WARN, cluster->redis->log, 0,
            "redis cluster \"%V\": %s", &cluster->redis->conf->name, error);
    }
}
