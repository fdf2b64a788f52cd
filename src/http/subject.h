
/*
 * A request of the API, read once: who asks which endpoint for what, in which
 * form, and under which keys its answer is kept.
 */

#ifndef BILLING_HTTP_SUBJECT_H
#define BILLING_HTTP_SUBJECT_H

#include "http/billing.h"


/* Who is calling, and what he may see. */
typedef struct {
    ngx_str_t      user;
    billing_role_t role;
    ngx_str_t      domain;
    ngx_str_t     *projects; /* in order */
    ngx_uint_t     nprojects;
    unsigned       all_projects : 1;
} billing_caller_t;


/*
 * It lies in the request's pool, and an operation has copies of what it needs.
 * What is wrong with the request is remembered: an operation tells it.
 */
typedef struct {
    ngx_http_request_t  *request;
    billing_main_conf_t *bmcf;
    billing_loc_conf_t  *blcf;
    ngx_msec_t           arrived;

    const billing_route_t *route;   /* NULL: no such path or method */
    ngx_uint_t             methods; /* that the path has then */
    ngx_str_t              id;      /* "{id}" of the path */
    ngx_str_t              args;    /* as they came */

    /* NGX_DECLINED: nobody who may, for a reason; NGX_ERROR: out of memory */
    ngx_int_t         known;
    billing_caller_t  caller;
    billing_problem_t problem;
    const char       *detail;

    billing_subject_query_t *query;      /* NULL: not read, or an operation's */
    billing_day_t            today;      /* for its dates */
    ngx_str_t                zone_key;   /* empty: no zone, or not kept */
    ngx_str_t                shared_key; /* likewise, in Redis */
    unsigned                 acceptable : 1; /* some of what the route has */
    unsigned                 csv : 1;        /* rather than JSON */
} billing_subject_t;


/* What becomes of a request that no kept answer serves. */
typedef ngx_int_t (*billing_run_pt)(billing_subject_t *subject);


/* Reads a request; path is relative.  NULL: out of memory. */
billing_subject_t *billing_subject(
    ngx_http_request_t *r, const ngx_str_t *path);

/*
 * Reads the query, if the route has one, and makes the key in Redis.  Where
 * midnight has passed, it does so once more.  NGX_ERROR: out of memory.
 */
ngx_int_t billing_subject_query(billing_subject_t *subject);

/* Frees a query; NULL is none. */
void billing_subject_query_free(billing_subject_query_t *query);

/*
 * Says who is calling.  NGX_DECLINED: nobody who may, *problem and *detail say
 * why; NGX_ERROR: out of memory.
 */
ngx_int_t billing_identity_caller(ngx_http_request_t *r,
    billing_caller_t *caller, billing_problem_t *problem, const char **detail);

/* The caller's values, in the pool. */
ngx_int_t billing_identity_caller_copy(
    ngx_pool_t *pool, billing_caller_t *to, const billing_caller_t *from);

/*
 * The key of the subject's answer in the zone; and in Redis, where the same
 * question in other words has the same one: canonical is the query's text.
 * Empty: out of memory.
 */
ngx_str_t billing_answers_key_zone(const billing_subject_t *subject);
ngx_str_t billing_answers_key_shared(const billing_subject_t *subject,
    const ngx_str_t *canonical, ngx_uint_t csv);

/*
 * The long way: an operation for the request.  To be returned to nginx, or
 * passed to ngx_http_finalize_request().
 */
ngx_int_t billing_run(billing_subject_t *subject);


/*
 * The route of a path below "api/v1/"; *id is what the path has for "{id}".
 * NULL: no such path (no *methods) or no such method (those there are).
 */
const billing_route_t *billing_route(
    ngx_uint_t method, ngx_str_t *path, ngx_str_t *id, ngx_uint_t *methods);

/* Methods, at least one, as in an Allow header.  NGX_ERROR: out of memory. */
ngx_int_t billing_route_allow(
    ngx_pool_t *pool, ngx_uint_t methods, ngx_str_t *allow);

/* Places of the table of routes; NULL past its end. */
const billing_route_t *billing_route_at(ngx_uint_t place);
ngx_uint_t             billing_route_place(const billing_route_t *route);


#endif /* BILLING_HTTP_SUBJECT_H */
