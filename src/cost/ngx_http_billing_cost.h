
/*
 * The lookup engine: plan -> cache -> single flight -> fetch -> cache.  Given
 * accounts and a set of months it hands out every wanted field of every cost
 * block, from Redis where it is fresh, else from the provider.  It knows no
 * HTTP request and no identity.
 *
 * A fetch belongs to the engine, not to the lookup that started it: it may
 * have any number of waiters, and goes on to fill the cache when the last of
 * them has left, unless all of them were lookups that say otherwise.
 */

#ifndef NGX_HTTP_BILLING_COST_H
#define NGX_HTTP_BILLING_COST_H

#include <ngx_config.h>
#include <ngx_core.h>

#include "core/billing_block.h"
#include "core/billing_explain.h"
#include "core/billing_fault.h"
#include "core/billing_restated.h"
#include "core/billing_view.h"
#include "event/ngx_billing_curl.h"
#include "event/ngx_billing_redis.h"
#include "event/ngx_billing_threads.h"
#include "providers/billing_provider.h"


/* One per worker: the flights under way and the limits they share. */
typedef struct ngx_http_billing_cost_s ngx_http_billing_cost_t;

/* One lookup of one request. */
typedef struct ngx_http_billing_cost_lookup_s ngx_http_billing_cost_lookup_t;


typedef struct ngx_http_billing_cost_account_s ngx_http_billing_cost_account_t;


/* How a provider is reached.  All of it lives as long as the engine. */
typedef struct {
    const billing_provider_t *provider;
    ngx_str_t                 endpoint;    /* no last slash */
    ngx_str_t                 login;       /* likewise; may be empty */
    ngx_str_t                 region;      /* may be empty */
    const billing_host_t     *host;        /* NULL: not for the domain */
    const char               *ca_file;     /* NULL: the system's */
    ngx_msec_t                timeout;     /* of one transfer */
    ngx_uint_t                concurrency; /* per credential; 0: 4 */
    ngx_uint_t                pace;        /* calls for one linked account */
    ngx_msec_t                pace_time;   /* ... in this time; pace 0: any */
    size_t                    max_answer;  /* bytes of a page; 0: 16 MB */
} ngx_http_billing_cost_provider_t;


typedef struct {
    ngx_str_t              prefix; /* of keys: "billing:" */
    ngx_billing_redis_t   *redis;
    ngx_billing_curl_t    *curl;
    ngx_billing_threads_t *threads;
    ngx_uint_t             concurrency; /* transfers of the worker; 0: 64 */
    ngx_uint_t             limit;       /* calls of a credential; 0: none */
    ngx_uint_t             limit_days;  /* 1: in a day, 0: in a month */
    ngx_msec_t             deadline;    /* of a lookup; 0: 27 s */
    ngx_log_t             *log;

    /*
     * Fills *provider, for an account of that domain; NGX_DECLINED when there
     * is none of that id.
     */
    ngx_int_t (*provider)(void *data, const ngx_str_t *domain,
        const ngx_str_t *id, ngx_http_billing_cost_provider_t *provider);

    /*
     * The account's credentials in plain, a new reference; NULL: they do not
     * open, which *fault says then, or there is no memory.  Asked for only when
     * the provider is about to be called.
     */
    json_t *(*open)(void *data, const ngx_str_t *domain,
        const ngx_http_billing_cost_account_t *account,
        const billing_fault_t                **fault);

    /* A block of the domain was written, or may have been. */
    void (*changed)(void *data, const ngx_str_t *domain);

    /* A lookup has found out how an account is: "ok", "rejected" ... */
    void (*state)(void *data, const ngx_str_t *domain, const ngx_str_t *account,
        ngx_uint_t version, const char *state, billing_reason_t reason);

    /* Costs have come of linked accounts, a JSON array, that it does not list. */
    void (*seen)(void *data, const ngx_str_t *domain, const ngx_str_t *account,
        ngx_uint_t version, const ngx_str_t *linked);
    void *data;
} ngx_http_billing_cost_conf_t;


/* conf is copied.  NULL when out of memory. */
ngx_http_billing_cost_t *ngx_http_billing_cost_create(
    const ngx_http_billing_cost_conf_t *conf);

/*
 * For exit_process, before the bridges go: drops all lookups and fetches; no
 * callback runs any more.
 */
void ngx_http_billing_cost_destroy(ngx_http_billing_cost_t *cost);


/*
 * An account as a lookup sees it.  One that is not enabled, or has a fault, is
 * not asked for: its cached blocks are all there is.
 */
struct ngx_http_billing_cost_account_s {
    ngx_str_t              id;
    ngx_str_t              provider;
    ngx_str_t              credential; /* for open() of the configuration */
    ngx_uint_t             version;    /* of the credentials */
    ngx_str_t             *linked;
    ngx_uint_t             nlinked;   /* 0: the account costs nothing */
    time_t                 linked_at; /* since when that is known */
    const billing_fault_t *fault;     /* why it cannot be asked for */
    const billing_fault_t *outdated;  /* why the list could not be renewed */
    ngx_str_t             *gone;      /* linked accounts that it has lost */
    ngx_uint_t             ngone;
    ngx_str_t             *excluded; /* of all: those that others have */
    ngx_uint_t             nexcluded;
    ngx_str_t              state;   /* what is known of it: "ok", ... */
    billing_reason_t       reason;  /* ... and why */
    time_t                 since;   /* ... since then */
    unsigned               all : 1; /* asked for without a list */
    unsigned               enabled : 1;
};


/* Months of one granularity, and which fields of their blocks. */
typedef struct {
    billing_granularity_t granularity;
    billing_month_t       first;
    billing_month_t       last;    /* inclusive; later than now: left out */
    unsigned              fields;  /* 1 << BILLING_FIELD_* */
    unsigned              dims;    /* BILLING_BLOCK_*: asked for ... */
    unsigned              filters; /* ... and of these to filter by */
} ngx_http_billing_cost_part_t;


/* Where a row comes from: indices into the question. */
typedef struct {
    ngx_uint_t      account;
    ngx_uint_t      part;
    billing_month_t month;
    billing_field_t field;
} ngx_http_billing_cost_origin_t;


/* The worst of the blocks used, in rising order. */
typedef enum {
    NGX_HTTP_BILLING_COST_HIT = 0,
    NGX_HTTP_BILLING_COST_STALE,    /* old blocks, the provider failed */
    NGX_HTTP_BILLING_COST_UPDATING, /* old blocks, the provider is asked */
    NGX_HTTP_BILLING_COST_MISS,
    NGX_HTTP_BILLING_COST_BYPASS
} ngx_http_billing_cost_cache_t;

/* "HIT", "STALE", ... */
extern const ngx_str_t ngx_http_billing_cost_cache_names[];


typedef enum {
    NGX_HTTP_BILLING_COST_OK = 0,
    NGX_HTTP_BILLING_COST_STORAGE, /* Redis could not be read */
    NGX_HTTP_BILLING_COST_LIMIT,   /* row() said so */
    NGX_HTTP_BILLING_COST_NOMEM
} ngx_http_billing_cost_status_t;


/*
 * The end of a lookup.  With a status other than OK the rows handed out are
 * not whole and must be dropped.  accounts has one entry for each account of
 * the question, in its order; as_of is the time of the oldest block used.
 *
 * fresh_until is the first second in which the answer may be another one with
 * nothing having been written: a block used is not fresh any more, or the day
 * (UTC) is over.  0: something in it is stale, failed or being updated, and not
 * of a disabled account, which stays as it is.
 */
typedef struct {
    ngx_http_billing_cost_status_t status;
    ngx_http_billing_cost_cache_t  cache;
    const billing_view_account_t  *accounts;
    ngx_uint_t                     calls; /* of fetches that it started */
    time_t                         fresh_until;
} ngx_http_billing_cost_result_t;


/*
 * One question.  Everything it points to is borrowed until the lookup ends.
 *
 * row() gets every row of every wanted field of every block that there is,
 * each block whole and once; it returns BILLING_LIMIT or BILLING_NOMEM to end
 * the lookup.  done() runs once, unless the lookup is cancelled, and never
 * before ngx_http_billing_cost_lookup() has returned.  The lookup is gone
 * when done() returns.
 *
 * progress() may be NULL.  It tells how many blocks the lookup has to wait
 * for, whoever fetches them, and how many of these it has: now and then
 * while that changes, the last time before done(), and not at all where
 * everything is in the cache.  Neither number falls, the total may rise while
 * blocks are still being read.  It must not cancel the lookup.
 *
 * With fleeting a cancelled lookup takes along the fetches that only such
 * lookups have ever waited for.
 */
typedef struct {
    ngx_str_t                              domain;
    const ngx_http_billing_cost_account_t *accounts;
    ngx_uint_t                             naccounts;
    const ngx_http_billing_cost_part_t    *parts;
    ngx_uint_t                             nparts;
    time_t                                 now;
    time_t                                 valid_current; /* seconds */
    time_t                                 valid_closed;
    ngx_msec_t                             spent; /* of the deadline */
    ngx_msec_t                             wait;  /* if less; 0: all of it */
    unsigned                               refresh : 1; /* all is stale */
    unsigned                               fleeting : 1;

    billing_status_t (*row)(void             *data,
        const ngx_http_billing_cost_origin_t *origin, const billing_row_t *row);
    void (*progress)(void *data, ngx_uint_t done, ngx_uint_t total);
    void (*done)(void *data, const ngx_http_billing_cost_result_t *result);

    /* dates that the provider has not closed: a bit for each of a row's */
    void (*open)(void *data, const ngx_http_billing_cost_origin_t *origin,
        uint32_t dates);

    /* of a MONTHLY block whose month was restated; NULL: not asked for */
    void (*restated)(void *data, const ngx_http_billing_cost_origin_t *origin,
        const billing_restated_t *change);

    /* of each block, or of what there is none of; NULL: not asked for */
    void (*explain)(void *data, const billing_explain_t *block);
    void *data;
} ngx_http_billing_cost_question_t;


/* NULL when out of memory; then no callback comes. */
ngx_http_billing_cost_lookup_t *ngx_http_billing_cost_lookup(
    ngx_http_billing_cost_t                *cost,
    const ngx_http_billing_cost_question_t *question);

/* Leaves: no callback runs any more.  What becomes of fetches: see above. */
void ngx_http_billing_cost_cancel(ngx_http_billing_cost_lookup_t *lookup);


/*
 * Asks Redis for what is kept of an account's month, whatever its age, and
 * nobody else.  version is that of the credentials.  NULL when out of memory.
 */
ngx_billing_redis_call_t *ngx_http_billing_cost_kept(
    ngx_http_billing_cost_t *cost, const ngx_str_t *domain,
    const ngx_str_t *account, ngx_uint_t version, billing_month_t month,
    ngx_billing_redis_done_pt done, void *data);

/*
 * Reads the reply: hands out the month's costs of each linked account, region
 * and service, as billing_block_rows() does.  NGX_DECLINED: nothing is kept,
 * or nothing of use; NGX_ERROR: Redis did not answer, or row() failed.
 */
ngx_int_t ngx_http_billing_cost_kept_rows(
    const struct redisReply *reply, billing_row_pt row, void *data);


/* Counts a call that was not made by the engine; account NULL: of none yet. */
void ngx_http_billing_cost_count(ngx_http_billing_cost_t *cost,
    const ngx_str_t *domain, const char *provider, const ngx_str_t *account);


/*
 * A call for a linked account that was not made by the engine, where its
 * provider takes only so many in a time.
 */
void ngx_http_billing_cost_paced(ngx_http_billing_cost_t *cost,
    const ngx_str_t *domain, const char *provider, const ngx_str_t *linked,
    ngx_msec_t time);

/*
 * Calls that the engine does not make keep to what it knows.  A provider has
 * said that it was called too often with the credentials of an account: the
 * reply to _paused() says for how long nobody is to call, see _paused_for().
 * NULL when out of memory.
 */
ngx_billing_redis_call_t *ngx_http_billing_cost_paused(
    ngx_http_billing_cost_t *cost, const ngx_str_t *domain,
    const ngx_str_t *account, ngx_uint_t version,
    ngx_billing_redis_done_pt done, void *data);

/* Milliseconds; 0: there is no pause, or Redis did not say. */
ngx_msec_t ngx_http_billing_cost_paused_for(const struct redisReply *reply);

/* It has said so to such a call, and to wait for so many seconds; 0: it did not. */
void ngx_http_billing_cost_pause(ngx_http_billing_cost_t *cost,
    const ngx_str_t *domain, const ngx_str_t *account, ngx_uint_t version,
    ngx_int_t seconds);

/* 1 while calls to the host of a provider's endpoint are held back. */
ngx_uint_t ngx_http_billing_cost_held_back(
    ngx_http_billing_cost_t *cost, const ngx_str_t *endpoint);

/* Whether that host has answered such a call; an answer ends that. */
void ngx_http_billing_cost_heard(ngx_http_billing_cost_t *cost,
    const ngx_str_t *endpoint, ngx_uint_t answered);

/* Counts a call that has ended, by what came of it; for metrics only. */
void ngx_http_billing_cost_called(
    const billing_provider_t *provider, billing_status_t status);


/* What lookups of a domain have cost. */
typedef struct {
    char       month[BILLING_MONTH_LEN]; /* this one */
    ngx_uint_t calls;                    /* to all providers in it */
    ngx_uint_t limit;                    /* of an account; 0: none */
    ngx_uint_t days;                     /* 1: in a day, 0: in a month */
    ngx_uint_t full;                     /* accounts that have reached it */
} ngx_http_billing_cost_usage_t;

/* Asks Redis; NULL when out of memory. */
ngx_billing_redis_call_t *ngx_http_billing_cost_usage(
    ngx_http_billing_cost_t *cost, const ngx_str_t *domain,
    ngx_billing_redis_done_pt done, void *data);

/* Reads the reply; NGX_ERROR: there was none. */
ngx_int_t ngx_http_billing_cost_usage_read(const ngx_http_billing_cost_t *cost,
    const struct redisReply *reply, ngx_http_billing_cost_usage_t *usage);


#endif /* NGX_HTTP_BILLING_COST_H */
