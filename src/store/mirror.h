
/*
 * The mirror: a worker's copy of the objects of a domain.  Before each use it
 * is brought up to date (sync.h).
 */

#ifndef BILLING_STORE_MIRROR_H
#define BILLING_STORE_MIRROR_H

#include "store/object.h"


typedef struct billing_setting_s billing_setting_t;


typedef struct {
    ngx_rbtree_t      ids;
    ngx_rbtree_node_t ids_sentinel;
    ngx_rbtree_t      ages;
    ngx_rbtree_node_t ages_sentinel;
    ngx_uint_t        count;
} billing_shelf_t;


typedef struct {
    ngx_queue_t queue;
    ngx_log_t  *log;
    ngx_str_t   domain;
    ngx_uint_t  syncs; /* under way, each holds it */

    /* what it is a copy of: connection, life of the data, change */
    ngx_uint_t epoch;
    ngx_str_t  history;
    u_char     history_data[64];
    ngx_uint_t generation;

    /* the schema of the oldest nodes that may be at work; 0: ours */
    ngx_uint_t oldest;

    billing_shelf_t    shelves[BILLING_KINDS];
    billing_setting_t *settings; /* of providers */

    /* made of what it has, and freed by free_made(); NULL: changed since */
    void *made;
    void (*free_made)(void *made);
} billing_mirror_t;


/* An empty one, from the heap. */
billing_mirror_t *billing_mirror_create(ngx_str_t *domain, ngx_log_t *log);
void              billing_mirror_free(billing_mirror_t *mirror);

/* Empties it. */
void billing_mirror_reset(billing_mirror_t *mirror);

/*
 * Takes over what Redis has of an object: its name, "<kind>:<id>", and the
 * fields of its HASH; none: it was deleted.  NGX_ERROR when out of memory or
 * when the reply is not of that form.
 */
ngx_int_t billing_mirror_put(billing_mirror_t *mirror, struct redisReply *name,
    struct redisReply *fields);


/* NULL when there is none. */
billing_object_t *billing_mirror_find(
    billing_mirror_t *mirror, billing_kind_t kind, ngx_str_t *id);

/*
 * All objects of a kind, newest first: the first one whose seq is below the
 * one given (0: of all), and the one after another.  NULL at the end.
 */
billing_object_t *billing_mirror_first(
    billing_mirror_t *mirror, billing_kind_t kind, ngx_uint_t below);
billing_object_t *billing_mirror_next(
    billing_mirror_t *mirror, billing_object_t *object);

ngx_uint_t billing_mirror_count(billing_mirror_t *mirror, billing_kind_t kind);

/* 1, 0, or NGX_DECLINED: nobody has said. */
ngx_int_t billing_mirror_enabled(billing_mirror_t *mirror, ngx_str_t *provider);


#endif /* BILLING_STORE_MIRROR_H */
