
/*
 * The map that tells who has which slots of a cluster: what some node says
 * (CLUSTER SLOTS).  It is asked for at first, when a call was sent elsewhere
 * (MOVED) or a connection has ended, often as long as something is wrong, and
 * from time to time, for it also tells whom to listen to.  A node that is
 * asked may lag behind; MOVED puts that right.
 */

#include "event/redis_cluster.h"


#define BILLING_REDIS_CLUSTER_TIMEOUT 1000 /* of CLUSTER SLOTS */
#define BILLING_REDIS_CLUSTER_WELL    2000 /* until the map is renewed */


static billing_redis_node_t *redis_cluster_whom(
    billing_redis_cluster_t *cluster);
static void redis_cluster_map(void *data, redisReply *reply, const char *error);
static ngx_int_t redis_cluster_read(
    billing_redis_cluster_t *cluster, redisReply *reply);
static void       redis_cluster_unseen(billing_redis_cluster_t *cluster);
static void       redis_cluster_count(billing_redis_cluster_t *cluster);
static ngx_int_t  redis_cluster_range(billing_redis_cluster_t *cluster,
     redisReply *range, billing_redis_node_t **slots);
static ngx_uint_t redis_cluster_well(billing_redis_cluster_t *cluster);


void
billing_redis_map_cluster_soon(
    billing_redis_cluster_t *cluster, ngx_msec_t delay)
{
    ngx_msec_int_t left;

    if (cluster->asked != NULL) {
        return;
    }

    if (cluster->refresh.timer_set) {
        left = cluster->refresh.timer.key - ngx_current_msec;

        if (left <= (ngx_msec_int_t) delay) {
            return;
        }

        ngx_del_timer(&cluster->refresh);
    }

    ngx_add_timer(&cluster->refresh, delay);
}


void
billing_redis_map_cluster_refresh(ngx_event_t *ev)
{
    ngx_str_t                argv[2];
    billing_redis_call_t    *call;
    billing_redis_cluster_t *cluster;

    cluster = ev->data;

    /* who exits needs it for calls that wait only */

    if ((ngx_exiting || ngx_terminate) && cluster->redis->calls == 0) {
        return;
    }

    cluster->asked = redis_cluster_whom(cluster);

    if (cluster->asked == NULL) {
        billing_redis_members_cluster_report(cluster, "no node can be reached");
        billing_redis_map_cluster_soon(cluster, BILLING_REDIS_CLUSTER_WRONG);
        return;
    }

    ngx_str_set(&argv[0], "CLUSTER");
    ngx_str_set(&argv[1], "SLOTS");

    call = billing_redis_call_create(cluster->redis, 2, argv,
        BILLING_REDIS_CLUSTER_TIMEOUT, redis_cluster_map, cluster);

    if (call == NULL) {
        cluster->asked = NULL;
        billing_redis_map_cluster_soon(cluster, BILLING_REDIS_CLUSTER_WRONG);
        return;
    }

    ngx_log_debug2(NGX_LOG_DEBUG_EVENT, cluster->redis->log, 0,
        "billing redis call %p: asks \"%V\" for the map of slots", call,
        &cluster->asked->conf.name);

    /* not to be deferred, and asked of somebody else */
    call->since = ngx_current_msec - BILLING_REDIS_CLUSTER_PATIENCE;

    billing_redis_node_take(cluster->asked, call);
}


/*
 * One after the other, but for those that were found away.  Who has no slots,
 * a replica or a node that has left, is asked only if nobody else is there.
 */
static billing_redis_node_t *
redis_cluster_whom(billing_redis_cluster_t *cluster)
{
    ngx_uint_t            best, rank, known;
    ngx_queue_t          *q;
    billing_redis_node_t *node, *whom;

    whom = NULL;
    best = 0;

    for (q = ngx_queue_head(&cluster->redis->nodes);
         q != ngx_queue_sentinel(&cluster->redis->nodes); q = ngx_queue_next(q))
    {
        node = ngx_queue_data(q, billing_redis_node_t, queue);

        if (billing_redis_connection_link_resting(&node->link)) {
            continue;
        }

        /* strangers that a map has named come behind what is configured */

        known = node->used || node->serial <= cluster->redis->conf->nservers;
        rank = 1 + 2 * known + (node->serial > cluster->next);

        if (rank > best) {
            best = rank;
            whom = node;
        }
    }

    if (whom != NULL) {
        cluster->next = whom->serial;
    }

    return whom;
}


static void
redis_cluster_map(void *data, redisReply *reply, const char *error)
{
    billing_redis_cluster_t *cluster = data;

    ngx_int_t rc;

    rc = redis_cluster_read(cluster, reply);
    cluster->asked = NULL;

    if (rc == NGX_OK) {
        billing_redis_call_hurry(cluster->redis);
    }

    if (rc == NGX_OK && redis_cluster_well(cluster)) {
        cluster->reported = NULL;
        billing_redis_map_cluster_soon(cluster, BILLING_REDIS_CLUSTER_WELL);
        return;
    }

    if (reply != NULL && reply->type == REDIS_REPLY_ERROR) {
        billing_redis_members_cluster_report(
            cluster, "CLUSTER SLOTS is refused");
    }

    billing_redis_map_cluster_soon(cluster, BILLING_REDIS_CLUSTER_WRONG);
}


/* The map, if the reply is one; a part of it is better than none. */
static ngx_int_t
redis_cluster_read(billing_redis_cluster_t *cluster, redisReply *reply)
{
    size_t                 i;
    billing_redis_node_t **slots;

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY
        || reply->elements == 0) {
        return NGX_DECLINED;
    }

    redis_cluster_unseen(cluster);

    slots = ngx_calloc(BILLING_REDIS_SLOTS * sizeof(billing_redis_node_t *),
        cluster->redis->log);
    if (slots == NULL) {
        return NGX_DECLINED;
    }

    for (i = 0; i < reply->elements; i++) {
        if (redis_cluster_range(cluster, reply->element[i], slots) != NGX_OK) {
            ngx_free(slots);
            return NGX_DECLINED;
        }
    }

    ngx_free(cluster->slots);
    cluster->slots = slots;

    redis_cluster_count(cluster);

    ngx_log_debug2(NGX_LOG_DEBUG_EVENT, cluster->redis->log, 0,
        "billing redis \"%V\": a map, somebody has %ui slots",
        &cluster->asked->conf.name, cluster->known);

    return NGX_OK;
}


static void
redis_cluster_unseen(billing_redis_cluster_t *cluster)
{
    ngx_queue_t          *q;
    billing_redis_node_t *node;

    for (q = ngx_queue_head(&cluster->redis->nodes);
         q != ngx_queue_sentinel(&cluster->redis->nodes); q = ngx_queue_next(q))
    {
        node = ngx_queue_data(q, billing_redis_node_t, queue);
        node->seen = 0;
    }
}


/* Who has slots now, and how many somebody has. */
static void
redis_cluster_count(billing_redis_cluster_t *cluster)
{
    ngx_uint_t            slot;
    ngx_queue_t          *q;
    billing_redis_node_t *node;

    redis_cluster_unseen(cluster);
    cluster->known = 0;

    for (slot = 0; slot < BILLING_REDIS_SLOTS; slot++) {
        if (cluster->slots[slot] != NULL) {
            cluster->slots[slot]->seen = 1;
            cluster->known++;
        }
    }

    for (q = ngx_queue_head(&cluster->redis->nodes);
         q != ngx_queue_sentinel(&cluster->redis->nodes); q = ngx_queue_next(q))
    {
        node = ngx_queue_data(q, billing_redis_node_t, queue);
        billing_redis_members_cluster_use(node, node->seen);
    }
}


/*
 * First slot, last slot, its master (host, port, ...), its replicas.  A slot
 * that two ranges have is refused: so a map takes no longer than one of all
 * slots, however many ranges it has.
 */
static ngx_int_t
redis_cluster_range(billing_redis_cluster_t *cluster, redisReply *range,
    billing_redis_node_t **slots)
{
    ngx_str_t             host;
    long long             slot;
    redisReply          **e, **master;
    billing_redis_node_t *node;

    e = range->element;

    if (range->type != REDIS_REPLY_ARRAY || range->elements < 3
        || e[0]->type != REDIS_REPLY_INTEGER
        || e[1]->type != REDIS_REPLY_INTEGER || e[0]->integer < 0
        || e[0]->integer > e[1]->integer || e[1]->integer >= BILLING_REDIS_SLOTS
        || e[2]->type != REDIS_REPLY_ARRAY || e[2]->elements < 2)
    {
        return NGX_ERROR;
    }

    master = e[2]->element;

    if (master[1]->type != REDIS_REPLY_INTEGER || master[1]->integer < 1
        || master[1]->integer > 65535)
    {
        return NGX_ERROR;
    }

    /* a node that has not met others does not know its address */

    host = cluster->asked->conf.host;

    if (master[0]->type == REDIS_REPLY_STRING && master[0]->len > 0) {
        host.data = (u_char *) master[0]->str;
        host.len = master[0]->len;
    }

    node = billing_redis_members_cluster_node(
        cluster, &host, (in_port_t) master[1]->integer);
    if (node == NULL) {
        return NGX_ERROR;
    }

    /* in the new map: its address stays while that is read */
    node->seen = 1;

    for (slot = e[0]->integer; slot <= e[1]->integer; slot++) {
        if (slots[slot] != NULL) {
            return NGX_ERROR;
        }

        slots[slot] = node;
    }

    return NGX_OK;
}


/* All slots are served, by nodes that are there or were not needed yet. */
static ngx_uint_t
redis_cluster_well(billing_redis_cluster_t *cluster)
{
    ngx_queue_t          *q;
    billing_redis_node_t *node;

    if (cluster->known < BILLING_REDIS_SLOTS) {
        return 0;
    }

    for (q = ngx_queue_head(&cluster->redis->nodes);
         q != ngx_queue_sentinel(&cluster->redis->nodes); q = ngx_queue_next(q))
    {
        node = ngx_queue_data(q, billing_redis_node_t, queue);

        if (node->used && node->link.away != 0) {
            return 0;
        }
    }

    return 1;
}
