
/*
 * What the three files of a cluster share: redis_cluster.c is the topology,
 * redis_map.c asks who has which slots, redis_members.c has the nodes.
 */

#ifndef BILLING_EVENT_REDIS_CLUSTER_H
#define BILLING_EVENT_REDIS_CLUSTER_H

#include "event/redis_internal.h"


#define BILLING_REDIS_CLUSTER_PATIENCE 3000 /* milliseconds */
#define BILLING_REDIS_CLUSTER_SOON     50   /* until the map is renewed */
#define BILLING_REDIS_CLUSTER_WRONG    200  /* while something is wrong */


typedef struct {
    billing_redis_t       *redis;
    billing_redis_node_t **slots;
    billing_redis_node_t  *asked; /* for the map; NULL: nobody */
    ngx_fd_t               ident; /* -1; for debug logs */

    ngx_uint_t  known;   /* slots that somebody has */
    ngx_uint_t  next;    /* serial of the next one to be asked */
    ngx_event_t refresh; /* the map */
    const char *reported;
} billing_redis_cluster_t;


/* --- redis_members.c --- */

/* The node with this address, an old or a new one; NULL: there is none. */
billing_redis_node_t *billing_redis_members_cluster_node(
    billing_redis_cluster_t *cluster, const ngx_str_t *host, in_port_t port);

/* Who has slots, publishes. */
void billing_redis_members_cluster_use(
    billing_redis_node_t *node, ngx_uint_t used);

void billing_redis_members_cluster_report(
    billing_redis_cluster_t *cluster, const char *error);


/* --- redis_map.c --- */

/* Asks for the map, after at most so many milliseconds. */
void billing_redis_map_cluster_soon(
    billing_redis_cluster_t *cluster, ngx_msec_t delay);

/* The handler of cluster->refresh. */
void billing_redis_map_cluster_refresh(ngx_event_t *ev);


#endif /* BILLING_EVENT_REDIS_CLUSTER_H */
