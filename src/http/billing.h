
/*
 * What the files of http/ share: the configuration and the operation.
 */

#ifndef BILLING_HTTP_BILLING_H
#define BILLING_HTTP_BILLING_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "core/query.h"
#include "cost/cost.h"
#include "event/curl.h"
#include "event/curl_proxy.h"
#include "event/crowd.h"
#include "event/redis.h"
#include "http/endpoints.h"
#include "http/settings.h"
#include "providers/provider.h"
#include "store/audit.h"
#include "store/store.h"
#include "store/watch.h"
#include "store/zone.h"


#define BILLING_VERSION "0.2.0"


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
} billing_provider_conf_t;


/* Members of the configurations, from the lines of settings.h. */
#define BILLING_LOC_MEMBER(name, kind, value)         BILLING_##kind##_TYPE name;
#define BILLING_MAIN_MEMBER(name, value, least, most) ngx_uint_t name;


typedef struct {
    BILLING_MAIN_SETTINGS(BILLING_MAIN_MEMBER)

    billing_redis_conf_t     redis_conf;
    ngx_uint_t               wait_replicas; /* 0: none */
    ngx_msec_t               wait_timeout;
    ngx_str_t                prefix;
    ngx_str_t                key_file;
    billing_zone_t          *zone;      /* NULL: none */
    billing_provider_conf_t *providers; /* as billing_providers */
    ngx_uint_t               nproviders;
    ngx_uint_t               used;         /* some "billing on" */
    ngx_uint_t               metrics;      /* "billing_metrics on" */
    void                    *thread_pool;  /* NULL: none */
    billing_curl_proxy_t    *proxy;        /* NULL: none */
    ngx_uint_t               lookup_limit; /* calls of a credential; 0: none */
    ngx_uint_t               lookup_days;  /* 1: in a day, 0: in a month */
    ngx_uint_t               lookup_set;   /* by a directive */

    /* what kept answers depend on of it: those of all nodes, and of this */
    uint64_t print;
    uint64_t node_print;

    billing_crowds_t asks; /* of the worker: answers_ask.c */

    /* of the worker, made in init_process */
    billing_store_t    store;
    billing_curl_t    *curl;
    billing_threads_t *threads;
    billing_fetch_t   *fetch;
    billing_cost_t    *cost;

    billing_watch_t *watch;    /* NULL without a zone */
    ngx_queue_t      listings; /* of listing.c */
} billing_main_conf_t;


typedef struct {
    BILLING_LOC_SETTINGS(BILLING_LOC_MEMBER)

    ngx_flag_t enable;
    ngx_flag_t metrics;
    ngx_str_t  base_path; /* "/x/" or empty */
    ngx_str_t  html;      /* directory or empty */
    time_t     valid_current;
    time_t     valid_closed;
    ngx_str_t  name; /* the location's */
    ngx_str_t  base; /* public path, as URLs have it */
} billing_loc_conf_t;


extern ngx_module_t ngx_http_billing_module;


/* ------------------------------------------------------------------------
 * The operation: one API call in progress.
 *
 * It has a pool of its own and copies of all it needs of the request, so it
 * may outlive it: a registration goes on when the browser has gone.  An
 * endpoint's handler never touches the request.  It ends with exactly one
 * billing_send*() - at once, or from the callback of a Redis command
 * or a transfer, where it may be called at any depth: the answer is only
 * recorded, and leaves from an event of its own.  After send the handler must
 * not touch op again.
 *
 * When the client goes away first, op->request becomes NULL.  If the handler
 * has set op->abort, it is called: it must cancel what only this operation
 * waits for and call billing_op_finish(); otherwise the operation goes
 * on to its end and the answer is dropped.
 *
 * An operation may send events before its answer: billing_stream().
 * With op->more, what is sent is how the answer begins, and the operation lives
 * on until the client has all of it.
 * --------------------------------------------------------------------- */

typedef struct billing_op_s     billing_op_t;
typedef struct billing_ctx_s    billing_ctx_t;
typedef struct billing_route_s  billing_route_t;
typedef struct billing_stream_s billing_stream_t;
typedef struct billing_kept_s   billing_kept_t;

typedef void (*billing_op_pt)(billing_op_t *op);


/* The query of a route that has one, as "costs" understands it. */
typedef struct {
    billing_query_t  query; /* a format is there, Accept's if it has none */
    billing_errors_t errors;
    billing_status_t status; /* of reading it */
} billing_subject_query_t;


typedef enum {
    BILLING_MEMBER = 0,
    BILLING_ADMIN
} billing_role_t;


struct billing_op_s {
    ngx_pool_t            *pool;    /* dies with the operation */
    ngx_http_request_t    *request; /* NULL: client has gone */
    billing_main_conf_t   *bmcf;
    billing_loc_conf_t    *blcf;
    ngx_log_t             *log; /* outlives the request */
    const billing_route_t *route;
    ngx_uint_t             method; /* NGX_HTTP_GET, ... */

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

    ngx_str_t      user;
    billing_role_t role;
    ngx_str_t      domain;
    ngx_str_t     *projects; /* visible ones, in order */
    ngx_uint_t     nprojects;
    ngx_array_t   *groups; /* the groups above them, once known */
    unsigned       all_projects : 1;

    billing_subject_query_t *query;      /* NULL: the route has none */
    ngx_str_t                zone_key;   /* of the answer; empty: no zone */
    ngx_str_t                shared_key; /* empty: it is not for others */

    /* for $billing_cache_status and its friends; static text or empty */
    ngx_str_t  cache_status;
    ngx_msec_t started;
    ngx_msec_t wait;     /* the client would rather; 0: as long as it takes */
    ngx_uint_t failures; /* of memory for JSON, before it */
    ngx_uint_t upstream_calls;

    /* of what changes something: for the audit log */
    billing_audit_t  audit;
    ngx_str_t        object; /* its id */
    const char      *code;   /* of the problem; NULL: none */
    billing_reason_t reason;
    ngx_log_t       *audit_log;

    void         *data; /* the handler's */
    billing_op_pt abort;

    /*
     * Appends the next piece of the answer, least bytes of it if there are as
     * many; nothing: it is whole.  After a failure it never will be.  NULL: the
     * answer is whole as it is sent.  more_data lives as long as the operation.
     */
    billing_status_t (*more)(void *data, size_t least, billing_buf_t *out);
    void *more_data;

    billing_stream_t *stream; /* NULL: it is none */
    billing_kept_t   *kept;   /* private to answers*.c */

    /* private to op.c and send.c */
    ngx_uint_t          status;
    ngx_str_t           content_type;
    billing_buf_t       answer;
    ngx_array_t         headers; /* of ngx_table_elt_t */
    ngx_event_t         event;
    ngx_http_cleanup_t *cleanup;
    billing_ctx_t      *ctx;
    billing_op_pt       next; /* when the body is there */
    unsigned            done : 1;
};


struct billing_route_s {
    ngx_str_t     path; /* "projects/{id}/dashboard" */
    ngx_uint_t    method;
    unsigned      open : 1;   /* needs no identity */
    const char   *admin;      /* what only an admin may; NULL: all may */
    unsigned      body : 1;   /* needs a JSON body */
    unsigned      csv : 1;    /* may answer text/csv */
    unsigned      stream : 1; /* answers text/event-stream */
    unsigned      kept : 1;   /* its answers are kept */
    unsigned      query : 1;  /* has the query of "costs" */
    unsigned      write : 1;  /* changes things: cross-site rule */
    billing_op_pt handler;
    const char   *action; /* for the audit log; NULL: none */
};


/* 1 if the caller may see things of the project. */
ngx_uint_t billing_identity_visible(billing_op_t *op, ngx_str_t *project_id);

/* 1 if the id is in the list, which compare() has put in order. */
ngx_uint_t billing_identity_among(ngx_str_t *list, ngx_uint_t n, ngx_str_t *id);
int        billing_identity_compare(const void *one, const void *two);

/* openapi.json, as it is served: it says what answers are like. */
ngx_str_t billing_api_openapi_text(void);

/* The configuration of a provider; NULL when there is none of that id. */
billing_provider_conf_t *billing_provider_conf(
    billing_main_conf_t *bmcf, ngx_str_t *id);


/*
 * Says for the audit log what is done, before it is: to which object, its
 * name, and what changes of it (with commas between).  They must live as long
 * as the operation; returns what writes want to have.
 */
const billing_audit_t *billing_audit(billing_op_t *op, const ngx_str_t *object,
    const ngx_str_t *name, const char *changes);


/* Adds a header to the answer; name is static, value is copied. */
ngx_int_t billing_send_header(
    billing_op_t *op, const char *name, ngx_str_t *value);

/* Sends a body and takes its memory over; content_type is static. */
void billing_send(billing_op_t *op, ngx_uint_t status, const char *content_type,
    billing_buf_t *body);

/* Sends a JSON document and takes the reference. */
void billing_send_json(billing_op_t *op, ngx_uint_t status, json_t *doc);

/* 204, or 304 with the headers added before. */
void billing_send_empty(billing_op_t *op, ngx_uint_t status);

/* The codes of problem documents; one table knows their status and title. */
typedef enum {
    BILLING_PROBLEM_UNAUTHENTICATED = 0,
    BILLING_PROBLEM_FORBIDDEN,
    BILLING_PROBLEM_CROSS_SITE,
    BILLING_PROBLEM_NOT_FOUND,
    BILLING_PROBLEM_METHOD_NOT_ALLOWED,
    BILLING_PROBLEM_NOT_ACCEPTABLE,
    BILLING_PROBLEM_CONFLICT,
    BILLING_PROBLEM_OVERLAP,
    BILLING_PROBLEM_PRECONDITION_FAILED,
    BILLING_PROBLEM_TOO_LARGE,
    BILLING_PROBLEM_UNSUPPORTED_MEDIA_TYPE,
    BILLING_PROBLEM_MALFORMED,
    BILLING_PROBLEM_INVALID,
    BILLING_PROBLEM_PRECONDITION_REQUIRED,
    BILLING_PROBLEM_TOO_MANY_REQUESTS,
    BILLING_PROBLEM_PROVIDER_REJECTED,
    BILLING_PROBLEM_PROVIDER_UNAVAILABLE,
    BILLING_PROBLEM_PROVIDER_TIMEOUT,
    BILLING_PROBLEM_PROVIDER_BUSY,
    BILLING_PROBLEM_STORAGE_UNAVAILABLE,
    BILLING_PROBLEM_INTERNAL,
    BILLING_PROBLEM_MAX
} billing_problem_t;

/*
 * Sends a problem document.  detail is one plain sentence (printf format).
 * Retry-After: 1 is added to STORAGE_UNAVAILABLE; for TOO_MANY_REQUESTS the
 * caller adds it.
 */
void billing_send_problem(billing_op_t *op, billing_problem_t problem,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* "internal": there is no memory for what was to be answered. */
void billing_send_nomem(billing_op_t *op);

/* A problem with the list of errors, which is taken over. */
void billing_send_errors(billing_op_t *op, billing_problem_t problem,
    billing_errors_t *errors, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/*
 * Makes the answer a stream of server-sent events: progress, as often as
 * there is some, then the answer as "result", or a problem as "problem".  A
 * problem before any progress leaves as it would otherwise.  Not for writes:
 * op->abort must be set before anything is waited for.  NGX_DONE: a HEAD, which
 * has been answered; NGX_ERROR: out of memory.
 */
ngx_int_t billing_stream(billing_op_t *op);

/* Room for one more, until the operation ends; NGX_DONE: it was refused. */
ngx_int_t billing_streams_enter(billing_op_t *op);

/* May be called at any depth, as the send functions may. */
void billing_stream_progress(
    billing_op_t *op, ngx_uint_t done, ngx_uint_t total);

/* Ends an operation without an answer: only from op->abort. */
void billing_op_finish(billing_op_t *op);


/* Endpoints, one file a kind. */
#define BILLING_PROTOTYPE(path, method, who, what, name, action) \
    void billing_api_##name(billing_op_t *op);

BILLING_ENDPOINTS(BILLING_PROTOTYPE)


#endif /* BILLING_HTTP_BILLING_H */
