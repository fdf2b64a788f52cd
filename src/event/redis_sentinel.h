
/*
 * What the two files of Sentinel share: redis_sentinel.c is the topology, with the
 * node that is the master, redis_master.c asks the Sentinels who that is.
 */

#ifndef BILLING_EVENT_REDIS_SENTINEL_H
#define BILLING_EVENT_REDIS_SENTINEL_H

#include "event/redis_internal.h"


typedef struct billing_redis_sentinel_s billing_redis_sentinel_t;

typedef struct {
    billing_redis_sentinel_t *all;
    billing_redis_t          *client;
    billing_redis_channel_t  *channel;
    long long                 epoch; /* of its configuration */
} billing_redis_sentinel_server_t;


struct billing_redis_sentinel_s {
    billing_redis_t                 *redis;
    billing_redis_node_t            *node; /* the master */
    billing_redis_sentinel_server_t *servers;
    ngx_fd_t                         ident; /* -1; for debug logs */

    ngx_uint_t nservers;
    ngx_uint_t current; /* who is asked, or was the last */
    ngx_uint_t left;    /* how many more are asked in this round */
    ngx_uint_t failed;  /* rounds in which nobody knew */
    long long  epoch;   /* the highest that was heard of */
    ngx_msec_t backoff;
    ngx_msec_t began; /* the last round */

    ngx_event_t retry; /* the next round */
    const char *reported;
    unsigned    asking : 1;
    unsigned    again : 1; /* there is news: ask once more */
    unsigned    found : 1; /* node has an address that is believed */

    /* One of them, which does not lag behind, names the master. */
    void (*named)(
        billing_redis_sentinel_t *all, const ngx_str_t *host, in_port_t port);
};


/* --- redis_master.c --- */

/* Listens to the Sentinels.  After NGX_ERROR end() is needed, too. */
ngx_int_t billing_redis_master_sentinel_begin(billing_redis_sentinel_t *all);
void      billing_redis_master_sentinel_end(billing_redis_sentinel_t *all);

/* Asks them, unless they are being asked. */
void billing_redis_master_sentinel_find(billing_redis_sentinel_t *all);

/* Asks them after a back-off, if not before. */
void billing_redis_master_sentinel_pause(
    billing_redis_sentinel_t *all, ngx_uint_t steady);

/* Logs why there is no master, once. */
void billing_redis_master_sentinel_report(
    billing_redis_sentinel_t *all, const char *error);


#endif /* BILLING_EVENT_REDIS_SENTINEL_H */
