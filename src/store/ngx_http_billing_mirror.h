
/*
 * The mirror: a worker's copy of the objects of a domain.  Before each use it
 * is brought up to date (ngx_http_billing_sync.h).
 */

#ifndef NGX_HTTP_BILLING_MIRROR_H
#define NGX_HTTP_BILLING_MIRROR_H

#include "store/ngx_http_billing_object.h"


typedef struct ngx_http_billing_setting_s ngx_http_billing_setting_t;


typedef struct {
    ngx_rbtree_t      ids;
    ngx_rbtree_node_t ids_sentinel;
    ngx_rbtree_t      ages;
    ngx_rbtree_node_t ages_sentinel;
    ngx_uint_t        count;
} ngx_http_billing_shelf_t;


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

    ngx_http_billing_shelf_t    shelves[NGX_HTTP_BILLING_KINDS];
    ngx_http_billing_setting_t *settings; /* of providers */

    /* made of what it has, and freed by free_made(); NULL: changed since */
    void *made;
    void (*free_made)(void *made);
} ngx_http_billing_mirror_t;


/* An empty one, from the heap. */
ngx_http_billing_mirror_t *ngx_http_billing_mirror_create(
    ngx_str_t *domain, ngx_log_t *log);
void ngx_http_billing_mirror_free(ngx_http_billing_mirror_t *mirror);

/* Empties it. */
void ngx_http_billing_mirror_reset(ngx_http_billing_mirror_t *mirror);

/*
 * Takes over what Redis has of an object: its name, "<kind>:<id>", and the
 * fields of its HASH; none: it was deleted.  NGX_ERROR when out of memory or
 * when the reply is not of that form.
 */
ngx_int_t ngx_http_billing_mirror_put(ngx_http_billing_mirror_t *mirror,
    struct redisReply *name, struct redisReply *fields);


/* NULL when there is none. */
ngx_http_billing_object_t *ngx_http_billing_mirror_find(
    ngx_http_billing_mirror_t *mirror, ngx_http_billing_kind_t kind,
    ngx_str_t *id);

/*
 * All objects of a kind, newest first: the first one whose seq is below the
 * one given (0: of all), and the one after another.  NULL at the end.
 */
ngx_http_billing_object_t *ngx_http_billing_mirror_first(
    ngx_http_billing_mirror_t *mirror, ngx_http_billing_kind_t kind,
    ngx_uint_t below);
ngx_http_billing_object_t *ngx_http_billing_mirror_next(
    ngx_http_billing_mirror_t *mirror, ngx_http_billing_object_t *object);

ngx_uint_t ngx_http_billing_mirror_count(
    ngx_http_billing_mirror_t *mirror, ngx_http_billing_kind_t kind);

/* 1, 0, or NGX_DECLINED: nobody has said. */
ngx_int_t ngx_http_billing_mirror_enabled(
    ngx_http_billing_mirror_t *mirror, ngx_str_t *provider);


#endif /* NGX_HTTP_BILLING_MIRROR_H */
