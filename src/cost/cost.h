
/*
 * Lookups: plan -> cache -> fetch -> cache.  Given accounts and a set of months
 * a lookup hands out every wanted field of every cost block, from Redis where
 * it is fresh, else from the provider (fetch/).  It knows no HTTP request and no
 * identity.
 */

#ifndef BILLING_COST_COST_H
#define BILLING_COST_COST_H

#include <ngx_config.h>
#include <ngx_core.h>

#include "core/block.h"
#include "core/explain.h"
#include "core/fault.h"
#include "core/restated.h"
#include "core/view.h"
#include "event/redis.h"
#include "fetch/fetch.h"


/* One per worker. */
typedef struct billing_cost_s billing_cost_t;

/* One lookup of one request. */
typedef struct billing_cost_lookup_s billing_cost_lookup_t;


typedef struct {
    billing_fetch_t *fetch;
    billing_redis_t *redis;
    ngx_msec_t       deadline; /* of a lookup; 0: 27 s */
    ngx_log_t       *log;
} billing_cost_conf_t;


/* conf is copied.  NULL when out of memory. */
billing_cost_t *billing_cost_create(const billing_cost_conf_t *conf);

/*
 * For exit_process, before fetching and the bridges go: drops all lookups; no
 * callback runs any more.
 */
void billing_cost_destroy(billing_cost_t *cost);


/* Months of one granularity, and which fields of their blocks. */
typedef struct {
    billing_granularity_t granularity;
    billing_month_t       first;
    billing_month_t       last;    /* inclusive; later than now: left out */
    unsigned              fields;  /* 1 << BILLING_FIELD_* */
    unsigned              dims;    /* BILLING_BLOCK_*: asked for ... */
    unsigned              filters; /* ... and of these to filter by */
} billing_cost_part_t;


/* Where a row comes from: indices into the question. */
typedef struct {
    ngx_uint_t      account;
    ngx_uint_t      part;
    billing_month_t month;
    billing_field_t field;
} billing_cost_origin_t;


/* The worst of the blocks used, in rising order. */
typedef enum {
    BILLING_COST_HIT = 0,
    BILLING_COST_STALE,    /* old blocks, the provider failed */
    BILLING_COST_UPDATING, /* old blocks, the provider is asked */
    BILLING_COST_MISS,
    BILLING_COST_BYPASS
} billing_cost_cache_t;

/* "HIT", "STALE", ... */
extern const ngx_str_t billing_cost_cache_names[];


typedef enum {
    BILLING_COST_OK = 0,
    BILLING_COST_STORAGE, /* Redis could not be read */
    BILLING_COST_LIMIT,   /* row() said so */
    BILLING_COST_NOMEM
} billing_cost_status_t;


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
    billing_cost_status_t         status;
    billing_cost_cache_t          cache;
    const billing_view_account_t *accounts;
    ngx_uint_t                    calls; /* of fetches that it started */
    time_t                        fresh_until;
} billing_cost_result_t;


/*
 * One question.  Everything it points to is borrowed until the lookup ends.
 *
 * row() gets every row of every wanted field of every block that there is,
 * each block whole and once; it returns BILLING_LIMIT or BILLING_NOMEM to end
 * the lookup.  done() runs once, unless the lookup is cancelled, and never
 * before billing_lookup() has returned.  The lookup is gone
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
    ngx_str_t                      domain;
    const billing_fetch_account_t *accounts;
    ngx_uint_t                     naccounts;
    const billing_cost_part_t     *parts;
    ngx_uint_t                     nparts;
    time_t                         now;
    time_t                         valid_current; /* seconds */
    time_t                         valid_closed;
    ngx_msec_t                     spent;       /* of the deadline */
    ngx_msec_t                     wait;        /* if less; 0: all of it */
    unsigned                       refresh : 1; /* all is stale */
    unsigned                       fleeting : 1;

    billing_status_t (*row)(void *data, const billing_cost_origin_t *origin,
        const billing_row_t *row);
    void (*progress)(void *data, ngx_uint_t done, ngx_uint_t total);
    void (*done)(void *data, const billing_cost_result_t *result);

    /* dates that the provider has not closed: a bit for each of a row's */
    void (*open)(
        void *data, const billing_cost_origin_t *origin, uint32_t dates);

    /* of a MONTHLY block whose month was restated; NULL: not asked for */
    void (*restated)(void *data, const billing_cost_origin_t *origin,
        const billing_restated_t *change);

    /* of each block, or of what there is none of; NULL: not asked for */
    void (*explain)(void *data, const billing_explain_t *block);
    void *data;
} billing_cost_question_t;


/* NULL when out of memory; then no callback comes. */
billing_cost_lookup_t *billing_lookup(
    billing_cost_t *cost, const billing_cost_question_t *question);

/* Leaves: no callback runs any more.  What becomes of fetches: see above. */
void billing_lookup_cancel(billing_cost_lookup_t *lookup);


/*
 * Asks Redis for what is kept of an account's month, whatever its age, and
 * nobody else.  NULL when out of memory.
 */
billing_redis_call_t *billing_kept(billing_cost_t *cost,
    const billing_owner_t *owner, billing_month_t month,
    billing_redis_done_pt done, void *data);

/*
 * Reads the reply: hands out the month's costs of each linked account, region
 * and service, as billing_block_rows() does.  NGX_DECLINED: nothing is kept,
 * or nothing of use; NGX_ERROR: Redis did not answer, or row() failed.
 */
ngx_int_t billing_kept_rows(
    const struct redisReply *reply, billing_row_pt row, void *data);


#endif /* BILLING_COST_COST_H */
