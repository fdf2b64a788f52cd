
/*
 * The store: project groups, projects, providers and service accounts of a
 * domain, in Redis.  Reading goes through a copy that each worker keeps and
 * brings up to date (sync.h), writing through one script a
 * change (write.h).  What they share is here.
 */

#ifndef BILLING_STORE_STORE_H
#define BILLING_STORE_STORE_H

#include <ngx_config.h>
#include <ngx_core.h>

#include "event/redis.h"
#include "store/kinds.h"
#include "store/seal.h"
#include "store/zone.h"


/* Which cloud a provider's linked accounts are of. */
typedef struct {
    ngx_str_t provider;
    ngx_str_t cloud;
} billing_store_cloud_t;


/* One per worker; knows nothing of requests.  All zero at first. */
typedef struct {
    billing_redis_t *redis;
    ngx_str_t        prefix; /* "billing:" */
    billing_keys_t  *keys;
    billing_zone_t  *zone; /* NULL: none */
    ngx_log_t       *log;

    const billing_store_cloud_t *clouds;
    ngx_uint_t                   nclouds;

    /*
     * Empty but while a callback runs that says that Redis is away: data of
     * this schema were found, which only a newer version knows.
     */
    ngx_str_t newer;
    u_char    newer_data[32];

    /* private to sync.c */
    ngx_queue_t mirrors; /* latest used first */
    ngx_uint_t  nmirrors;

    /* private to credential.c */
    ngx_rbtree_t      bad;
    ngx_rbtree_node_t bad_end;
    ngx_uint_t        nbad;
} billing_store_t;


/* "<prefix>{domain}:<name>", from the heap; data is NULL when out of memory. */
ngx_str_t billing_store_key(
    billing_store_t *store, ngx_str_t *domain, const char *name);

/*
 * Runs a script of scripts.h on a domain.  NULL when out of
 * memory: then no callback comes.
 */
billing_redis_call_t *billing_store_eval(billing_store_t *store,
    billing_redis_script_t *script, ngx_str_t *domain, ngx_uint_t nargs,
    const ngx_str_t *args, billing_redis_done_pt done, void *data);

/* What a script was sent for, as the log names it. */
typedef struct {
    const char *what; /* "create" */
    ngx_str_t   domain;
    ngx_str_t   request; /* the id of a user's; empty: nobody's */
} billing_errand_t;

/*
 * NGX_OK when the reply is an array that starts with min elements; otherwise
 * says in the log why not: LOADING, READONLY, OOM, MISCONF, no connection.
 */
ngx_int_t billing_store_reply(billing_store_t *store,
    const billing_errand_t *errand, struct redisReply *reply, const char *error,
    size_t min);

/* The reply is nothing that the script answers. */
void billing_store_unexpected(
    billing_store_t *store, const billing_errand_t *errand, const char *what);

/*
 * It is not known whether something in the domain has changed: a write was not
 * answered, or it was read over another connection.
 */
void billing_store_suspect(billing_store_t *store, const ngx_str_t *domain);

/*
 * Something in the domain has changed, or may have: to be called before
 * anybody is told of it.
 */
void billing_store_changed(billing_store_t *store, const ngx_str_t *domain);

/* For exit_process: frees the copies. */
void billing_sync_store_destroy(billing_store_t *store);


#endif /* BILLING_STORE_STORE_H */
