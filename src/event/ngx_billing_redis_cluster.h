
/*
 * What the three files of a cluster share: _cluster.c is the topology, _map.c
 * asks who has which slots, _members.c has the nodes.
 */

#ifndef NGX_BILLING_REDIS_CLUSTER_H
#define NGX_BILLING_REDIS_CLUSTER_H

#include "event/ngx_billing_redis_internal.h"


#define NGX_BILLING_REDIS_CLUSTER_PATIENCE 3000 /* milliseconds */
#define NGX_BILLING_REDIS_CLUSTER_SOON     50   /* until the map is renewed */
#define NGX_BILLING_REDIS_CLUSTER_WRONG    200  /* while something is wrong */


typedef struct {
    ngx_billing_redis_t       *redis;
    ngx_billing_redis_node_t **slots;
    ngx_billing_redis_node_t  *asked; /* for the map; NULL: nobody */
    ngx_fd_t                   ident; /* -1; for debug logs */

    ngx_uint_t  known;   /* slots that somebody has */
    ngx_uint_t  next;    /* serial of the next one to be asked */
    ngx_event_t refresh; /* the map */
    const char *reported;
} ngx_billing_redis_cluster_t;


/* --- ngx_billing_redis_members.c --- */

/* The node with this address, an old or a new one; NULL: there is none. */
ngx_billing_redis_node_t *ngx_billing_redis_cluster_node(
    ngx_billing_redis_cluster_t *cluster, const ngx_str_t *host,
    in_port_t port);

/* Who has slots, publishes. */
void ngx_billing_redis_cluster_use(
    ngx_billing_redis_node_t *node, ngx_uint_t used);

void ngx_billing_redis_cluster_report(
    ngx_billing_redis_cluster_t *cluster, const char *error);


/* --- ngx_billing_redis_map.c --- */

/* Asks for the map, after at most so many milliseconds. */
void ngx_billing_redis_cluster_soon(
    ngx_billing_redis_cluster_t *cluster, ngx_msec_t delay);

/* The handler of cluster->refresh. */
void ngx_billing_redis_cluster_refresh(ngx_event_t *ev);


#endif /* NGX_BILLING_REDIS_CLUSTER_H */
