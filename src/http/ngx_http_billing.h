
/*
 * What the files of http/ share: the configuration and the operation.
 */

#ifndef NGX_HTTP_BILLING_H
#define NGX_HTTP_BILLING_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "core/billing_query.h"
#include "cost/ngx_http_billing_cost.h"
#include "event/ngx_billing_curl.h"
#include "event/ngx_billing_curl_proxy.h"
#include "event/ngx_billing_flight.h"
#include "event/ngx_billing_redis.h"
#include "http/ngx_http_billing_endpoints.h"
#include "http/ngx_http_billing_settings.h"
#include "providers/billing_provider.h"
#include "store/ngx_http_billing_audit.h"
#include "store/ngx_http_billing_store.h"
#include "store/ngx_http_billing_watch.h"
#include "store/ngx_http_billing_zone.h"


#define NGX_HTTP_BILLING_VERSION "0.2.0"


typedef struct {
    const billing_provider_t *provider;
    ngx_str_t                 endpoint; /* no last slash */
    ngx_str_t                 login;    /* likewise; empty: the endpoint's */
    ngx_str_t                 region;   /* empty: the endpoint's */
    billing_host_t           *host;     /* NULL: its role is not used ... */
    ngx_array_t              *host_domains; /* ... but by these domains */
    ngx_str_t                 ca_file;      /* NUL-terminated or empty */
    ngx_msec_t                timeout;
    ngx_uint_t                concurrency;    /* lookups per credential */
    ngx_uint_t                pace;           /* calls for one linked ... */
    ngx_msec_t                pace_time;      /* ... account; 0: no limit */
    size_t                    max_answer;     /* bytes of one page */
    unsigned                  enabled : 1;    /* default state */
    unsigned                  sandbox : 1;    /* plain http on loopback */
    unsigned                  configured : 1; /* by a directive */
    unsigned                  told : 1;       /* its endpoint is, too */
} ngx_http_billing_provider_conf_t;


/* Members of the configurations, from the lines of _settings.h. */
#define NGX_HTTP_BILLING_LOC_MEMBER(name, kind, value) \
    NGX_HTTP_BILLING_##kind##_TYPE name;
#define NGX_HTTP_BILLING_MAIN_MEMBER(name, value, least, most) ngx_uint_t name;


typedef struct {
    NGX_HTTP_BILLING_MAIN_SETTINGS(NGX_HTTP_BILLING_MAIN_MEMBER)

    ngx_billing_redis_conf_t          redis_conf;
    ngx_uint_t                        wait_replicas; /* 0: none */
    ngx_msec_t                        wait_timeout;
    ngx_str_t                         prefix;
    ngx_str_t                         key_file;
    ngx_http_billing_zone_t          *zone;      /* NULL: none */
    ngx_http_billing_provider_conf_t *providers; /* as billing_providers */
    ngx_uint_t                        nproviders;
    ngx_uint_t                        used;        /* some "billing on" */
    ngx_uint_t                        metrics;     /* "billing_metrics on" */
    void                             *thread_pool; /* NULL: none */
    ngx_billing_curl_proxy_t         *proxy;       /* NULL: none */
    ngx_uint_t lookup_limit; /* calls of a credential; 0: none */
    ngx_uint_t lookup_days;  /* 1: in a day, 0: in a month */
    ngx_uint_t lookup_set;   /* by a directive */

    /* what kept answers depend on of it: those of all nodes, and of this */
    uint64_t print;
    uint64_t node_print;

    ngx_billing_flights_t asks; /* of the worker: _answers_ask.c */

    /* of the worker, made in init_process */
    ngx_http_billing_store_t store;
    ngx_billing_curl_t      *curl;
    ngx_billing_threads_t   *threads;
    billing_fetch_t         *fetch;
    ngx_http_billing_cost_t *cost;

    ngx_http_billing_watch_t *watch;    /* NULL without a zone */
    ngx_queue_t               listings; /* of ngx_http_billing_listing.c */
} ngx_http_billing_main_conf_t;


typedef struct {
    NGX_HTTP_BILLING_LOC_SETTINGS(NGX_HTTP_BILLING_LOC_MEMBER)

    ngx_flag_t enable;
    ngx_flag_t metrics;
    ngx_str_t  base_path; /* "/x/" or empty */
    ngx_str_t  html;      /* directory or empty */
    time_t     valid_current;
    time_t     valid_closed;
    ngx_str_t  name; /* the location's */
    ngx_str_t  base; /* public path, as URLs have it */
} ngx_http_billing_loc_conf_t;


extern ngx_module_t ngx_http_billing_module;


/* ------------------------------------------------------------------------
 * The operation: one API call in progress.
 *
 * It has a pool of its own and copies of all it needs of the request, so it
 * may outlive it: a registration goes on when the browser has gone.  An
 * endpoint's handler never touches the request.  It ends with exactly one
 * ngx_http_billing_send*() - at once, or from the callback of a Redis command
 * or a transfer, where it may be called at any depth: the answer is only
 * recorded, and leaves from an event of its own.  After send the handler must
 * not touch op again.
 *
 * When the client goes away first, op->request becomes NULL.  If the handler
 * has set op->abort, it is called: it must cancel what only this operation
 * waits for and call ngx_http_billing_finish(); otherwise the operation goes
 * on to its end and the answer is dropped.
 *
 * An operation may send events before its answer: ngx_http_billing_stream().
 * With op->more, what is sent is how the answer begins, and the operation lives
 * on until the client has all of it.
 * --------------------------------------------------------------------- */

typedef struct ngx_http_billing_op_s     ngx_http_billing_op_t;
typedef struct ngx_http_billing_ctx_s    ngx_http_billing_ctx_t;
typedef struct ngx_http_billing_route_s  ngx_http_billing_route_t;
typedef struct ngx_http_billing_stream_s ngx_http_billing_stream_t;
typedef struct ngx_http_billing_kept_s   ngx_http_billing_kept_t;

typedef void (*ngx_http_billing_op_pt)(ngx_http_billing_op_t *op);


/* The query of a route that has one, as "costs" understands it. */
typedef struct {
    billing_query_t  query; /* a format is there, Accept's if it has none */
    billing_errors_t errors;
    billing_status_t status; /* of reading it */
} ngx_http_billing_query_t;


typedef enum {
    NGX_HTTP_BILLING_MEMBER = 0,
    NGX_HTTP_BILLING_ADMIN
} ngx_http_billing_role_t;


struct ngx_http_billing_op_s {
    ngx_pool_t                     *pool;    /* dies with the operation */
    ngx_http_request_t             *request; /* NULL: client has gone */
    ngx_http_billing_main_conf_t   *bmcf;
    ngx_http_billing_loc_conf_t    *blcf;
    ngx_log_t                      *log; /* outlives the request */
    const ngx_http_billing_route_t *route;
    ngx_uint_t                      method; /* NGX_HTTP_GET, ... */

    ngx_str_t id;        /* "{id}" of the path */
    ngx_str_t args;      /* raw query string */
    ngx_str_t base;      /* public base, "/billing/" */
    json_t   *body;      /* NULL: none */
    ngx_str_t body_text; /* as it came */
    ngx_str_t if_match;
    ngx_str_t if_none_match;
    ngx_str_t idempotency_key;
    ngx_str_t last_event_id;
    ngx_str_t request_id;
    unsigned  head : 1;    /* no body will leave */
    unsigned  foreign : 1; /* a page of another site asks for it */
    unsigned  lent : 1;    /* the body is somebody else's, too */
    unsigned  insists : 1; /* ... or our own, or a program, and may refresh */

    ngx_str_t               user;
    ngx_http_billing_role_t role;
    ngx_str_t               domain;
    ngx_str_t              *projects; /* visible ones, in order */
    ngx_uint_t              nprojects;
    ngx_array_t            *groups; /* the groups above them, once known */
    unsigned                all_projects : 1;

    ngx_http_billing_query_t *query;      /* NULL: the route has none */
    ngx_str_t                 zone_key;   /* of the answer; empty: no zone */
    ngx_str_t                 shared_key; /* empty: it is not for others */

    /* for $billing_cache_status and its friends; static text or empty */
    ngx_str_t  cache_status;
    ngx_msec_t started;
    ngx_msec_t wait;     /* the client would rather; 0: as long as it takes */
    ngx_uint_t failures; /* of memory for JSON, before it */
    ngx_uint_t upstream_calls;

    /* of what changes something: for the audit log */
    ngx_http_billing_audit_t audit;
    ngx_str_t                object; /* its id */
    const char              *code;   /* of the problem; NULL: none */
    billing_reason_t         reason;
    ngx_log_t               *audit_log;

    void                  *data; /* the handler's */
    ngx_http_billing_op_pt abort;

    /*
     * Appends the next piece of the answer, least bytes of it if there are as
     * many; nothing: it is whole.  After a failure it never will be.  NULL: the
     * answer is whole as it is sent.  more_data lives as long as the operation.
     */
    billing_status_t (*more)(void *data, size_t least, billing_buf_t *out);
    void *more_data;

    ngx_http_billing_stream_t *stream; /* NULL: it is none */
    ngx_http_billing_kept_t *kept; /* private to ngx_http_billing_answers*.c */

    /* private to ngx_http_billing_op.c and _send.c */
    ngx_uint_t              status;
    ngx_str_t               content_type;
    billing_buf_t           answer;
    ngx_array_t             headers; /* of ngx_table_elt_t */
    ngx_event_t             event;
    ngx_http_cleanup_t     *cleanup;
    ngx_http_billing_ctx_t *ctx;
    ngx_http_billing_op_pt  next; /* when the body is there */
    unsigned                done : 1;
};


struct ngx_http_billing_route_s {
    ngx_str_t              path; /* "projects/{id}/dashboard" */
    ngx_uint_t             method;
    unsigned               open : 1; /* needs no identity */
    const char            *admin;    /* what only an admin may; NULL: all may */
    unsigned               body : 1; /* needs a JSON body */
    unsigned               csv : 1;  /* may answer text/csv */
    unsigned               stream : 1; /* answers text/event-stream */
    unsigned               kept : 1;   /* its answers are kept */
    unsigned               query : 1;  /* has the query of "costs" */
    unsigned               write : 1;  /* changes things: cross-site rule */
    ngx_http_billing_op_pt handler;
    const char            *action; /* for the audit log; NULL: none */
};


/* 1 if the caller may see things of the project. */
ngx_uint_t ngx_http_billing_visible(
    ngx_http_billing_op_t *op, ngx_str_t *project_id);

/* 1 if the id is in the list, which compare() has put in order. */
ngx_uint_t ngx_http_billing_among(ngx_str_t *list, ngx_uint_t n, ngx_str_t *id);
int        ngx_http_billing_compare(const void *one, const void *two);

/* openapi.json, as it is served: it says what answers are like. */
ngx_str_t ngx_http_billing_openapi(void);

/* The configuration of a provider; NULL when there is none of that id. */
ngx_http_billing_provider_conf_t *ngx_http_billing_provider_conf(
    ngx_http_billing_main_conf_t *bmcf, ngx_str_t *id);


/*
 * Says for the audit log what is done, before it is: to which object, its
 * name, and what changes of it (with commas between).  They must live as long
 * as the operation; returns what writes want to have.
 */
const ngx_http_billing_audit_t *ngx_http_billing_audit(
    ngx_http_billing_op_t *op, const ngx_str_t *object, const ngx_str_t *name,
    const char *changes);


/* Adds a header to the answer; name is static, value is copied. */
ngx_int_t ngx_http_billing_header(
    ngx_http_billing_op_t *op, const char *name, ngx_str_t *value);

/* Sends a body and takes its memory over; content_type is static. */
void ngx_http_billing_send(ngx_http_billing_op_t *op, ngx_uint_t status,
    const char *content_type, billing_buf_t *body);

/* Sends a JSON document and takes the reference. */
void ngx_http_billing_send_json(
    ngx_http_billing_op_t *op, ngx_uint_t status, json_t *doc);

/* 204, or 304 with the headers added before. */
void ngx_http_billing_send_empty(ngx_http_billing_op_t *op, ngx_uint_t status);

/* The codes of problem documents; one table knows their status and title. */
typedef enum {
    NGX_HTTP_BILLING_UNAUTHENTICATED = 0,
    NGX_HTTP_BILLING_FORBIDDEN,
    NGX_HTTP_BILLING_CROSS_SITE,
    NGX_HTTP_BILLING_NOT_FOUND_,
    NGX_HTTP_BILLING_METHOD_NOT_ALLOWED,
    NGX_HTTP_BILLING_NOT_ACCEPTABLE_,
    NGX_HTTP_BILLING_CONFLICT_,
    NGX_HTTP_BILLING_OVERLAP,
    NGX_HTTP_BILLING_PRECONDITION_FAILED,
    NGX_HTTP_BILLING_TOO_LARGE,
    NGX_HTTP_BILLING_UNSUPPORTED_MEDIA_TYPE,
    NGX_HTTP_BILLING_MALFORMED,
    NGX_HTTP_BILLING_INVALID,
    NGX_HTTP_BILLING_PRECONDITION_REQUIRED,
    NGX_HTTP_BILLING_TOO_MANY_REQUESTS_,
    NGX_HTTP_BILLING_PROVIDER_REJECTED,
    NGX_HTTP_BILLING_PROVIDER_UNAVAILABLE,
    NGX_HTTP_BILLING_PROVIDER_TIMEOUT,
    NGX_HTTP_BILLING_PROVIDER_BUSY,
    NGX_HTTP_BILLING_STORAGE_UNAVAILABLE,
    NGX_HTTP_BILLING_INTERNAL,
    NGX_HTTP_BILLING_PROBLEM_MAX
} ngx_http_billing_problem_t;

/*
 * Sends a problem document.  detail is one plain sentence (printf format).
 * Retry-After: 1 is added to STORAGE_UNAVAILABLE; for TOO_MANY_REQUESTS_ the
 * caller adds it.
 */
void ngx_http_billing_send_problem(ngx_http_billing_op_t *op,
    ngx_http_billing_problem_t problem, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* "internal": there is no memory for what was to be answered. */
void ngx_http_billing_send_nomem(ngx_http_billing_op_t *op);

/* A problem with the list of errors, which is taken over. */
void ngx_http_billing_send_errors(ngx_http_billing_op_t *op,
    ngx_http_billing_problem_t problem, billing_errors_t *errors,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/*
 * Makes the answer a stream of server-sent events: progress, as often as
 * there is some, then the answer as "result", or a problem as "problem".  A
 * problem before any progress leaves as it would otherwise.  Not for writes:
 * op->abort must be set before anything is waited for.  NGX_DONE: a HEAD, which
 * has been answered; NGX_ERROR: out of memory.
 */
ngx_int_t ngx_http_billing_stream(ngx_http_billing_op_t *op);

/* Room for one more, until the operation ends; NGX_DONE: it was refused. */
ngx_int_t ngx_http_billing_streams_enter(ngx_http_billing_op_t *op);

/* May be called at any depth, as the send functions may. */
void ngx_http_billing_stream_progress(
    ngx_http_billing_op_t *op, ngx_uint_t done, ngx_uint_t total);

/* Ends an operation without an answer: only from op->abort. */
void ngx_http_billing_finish(ngx_http_billing_op_t *op);


/* Endpoints, one file a kind. */
#define NGX_HTTP_BILLING_PROTOTYPE(path, method, who, what, name, action) \
    void ngx_http_billing_api_##name(ngx_http_billing_op_t *op);

NGX_HTTP_BILLING_ENDPOINTS(NGX_HTTP_BILLING_PROTOTYPE)


#endif /* NGX_HTTP_BILLING_H */
