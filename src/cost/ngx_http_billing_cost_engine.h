
/*
 * What the files of cost/ share.
 *
 *   lookup    one question; owns a pool and series
 *   series    one account in one part of the question; has items from its
 *             first read until all of them are done
 *   item      one block that a lookup wants
 *
 * An item waits for at most one block, see fetch/.  Lookups end only from
 * events of their own, so no function called with one of them ever finds it
 * gone afterwards.
 */

#ifndef NGX_HTTP_BILLING_COST_ENGINE_H
#define NGX_HTTP_BILLING_COST_ENGINE_H

#include "cost/ngx_http_billing_cost.h"


typedef struct ngx_http_billing_cost_series_s ngx_http_billing_cost_series_t;


struct ngx_http_billing_cost_s {
    ngx_queue_t                  lookups;
    ngx_http_billing_cost_conf_t conf;
    ngx_queue_t                  held;    /* lookups with series to board */
    ngx_uint_t                   nheld;   /* their series */
    ngx_uint_t                   nbehind; /* lookups that are answered */
};


typedef struct {
    billing_block_meta_t   meta;
    ngx_str_t              fields[BILLING_FIELD_MAX]; /* data NULL: not asked */
    ngx_str_t              restated;   /* empty: the month was not */
    time_t                 until;      /* it is not tried again before */
    const billing_fault_t *fault;      /* why that failed; NULL: none did */
    unsigned               untold : 1; /* not what charges are; is told now */
} ngx_http_billing_cost_cached_t;


typedef struct ngx_http_billing_cost_item_s ngx_http_billing_cost_item_t;

/* rc is NGX_OK, NGX_DECLINED (no usable block) or NGX_ERROR (no Redis). */
typedef void (*ngx_http_billing_cost_read_pt)(
    ngx_http_billing_cost_item_t *item, ngx_int_t rc,
    ngx_http_billing_cost_cached_t *cached);


struct ngx_http_billing_cost_item_s {
    billing_waiter_t                waiter; /* first */
    ngx_http_billing_cost_series_t *series;
    ngx_billing_redis_call_t       *call; /* reads it, then ... */
    ngx_http_billing_cost_read_pt   read;
    const char                     *rule;       /* why it is fresh, or is not */
    ngx_http_billing_cost_cached_t *kept;       /* not fresh, but there */
    unsigned                        wanted : 1; /* has to board, even if done */
    unsigned                        awaited : 1; /* part of the progress */
    unsigned                        done : 1;
};


struct ngx_http_billing_cost_series_s {
    ngx_http_billing_cost_lookup_t     *lookup;
    const billing_fetch_account_t      *account;
    const ngx_http_billing_cost_part_t *part;
    ngx_queue_t                         over; /* in lookup->over */
    ngx_pool_t                         *pool;
    ngx_http_billing_cost_item_t       *items; /* ascending; NULL: none */
    ngx_uint_t                          nitems;
    ngx_uint_t                          left;    /* not done yet */
    ngx_uint_t                          reading; /* not read yet */
    uint64_t                            scope;   /* of this month ... */
    uint64_t                            closed;  /* ... and earlier ones */
    time_t                              steady;  /* figures stay so long */
    billing_month_t                     oldest;  /* that is told */
    billing_apart_t                     apart;
    const billing_fault_t              *fault; /* it cannot answer that */
    ngx_queue_t                         queue; /* in lookup->held */
    unsigned                            held : 1;
    unsigned                            wide : 1; /* days of any range */
};


struct ngx_http_billing_cost_lookup_s {
    ngx_queue_t                      queue;
    ngx_http_billing_cost_t         *cost;
    ngx_int_t                        ident; /* for event debug logging */
    ngx_pool_t                      *pool;
    ngx_http_billing_cost_question_t question;
    billing_day_t                    today;
    ngx_http_billing_cost_series_t  *series;
    ngx_uint_t                       nseries;
    ngx_queue_t                      over;        /* series that are done */
    ngx_uint_t                       next_series; /* to be read next: */
    ngx_uint_t                       next_item;   /* one of its items */
    ngx_uint_t                       reads;       /* under way */
    billing_view_account_t          *accounts;
    ngx_uint_t                       pending; /* items not done */
    ngx_uint_t                       awaited; /* items that had to wait */
    ngx_uint_t                       arrived; /* those of them that are done */
    ngx_uint_t                       told;    /* sum of both, when reported */
    ngx_msec_t                       told_at;
    ngx_event_t                      progress;
    ngx_queue_t                      held;       /* series to be boarded */
    ngx_queue_t                      held_queue; /* in cost->held */
    const billing_waiter_type_t     *waiters;    /* how items hear */
    unsigned                         behind : 1; /* is answered */
    ngx_http_billing_cost_result_t   result;
    ngx_msec_t                       deadline;
    ngx_event_t                      timer;
    ngx_event_t                      end;
};


/* _progress.c: how much of it is there */

/* The item has to wait, or (once it has waited) is done. */
void ngx_http_billing_cost_await(ngx_http_billing_cost_item_t *item);
void ngx_http_billing_cost_arrive(ngx_http_billing_cost_item_t *item);

void ngx_http_billing_cost_progress_init(
    ngx_http_billing_cost_lookup_t *lookup);

/* Reports what has not been reported yet, for the last time. */
void ngx_http_billing_cost_progress_last(
    ngx_http_billing_cost_lookup_t *lookup);
void ngx_http_billing_cost_progress_stop(
    ngx_http_billing_cost_lookup_t *lookup);


/* _plan.c: which blocks, and which of them are good enough */

/* Lays out series; counts their items in lookup->pending. */
ngx_int_t ngx_http_billing_cost_plan(ngx_http_billing_cost_lookup_t *lookup);

/* Of these months (both inclusive) an answer has nothing of the account. */
void ngx_http_billing_cost_missing(ngx_http_billing_cost_lookup_t *lookup,
    const billing_fetch_account_t                                 *account,
    const ngx_http_billing_cost_part_t *part, billing_month_t first,
    billing_month_t last, const billing_fault_t *fault);

/* The items of a series come, and go. */
ngx_int_t ngx_http_billing_cost_series_open(
    ngx_http_billing_cost_series_t *series);
void ngx_http_billing_cost_series_close(ngx_http_billing_cost_series_t *series);

/* *rule is by what it is, or is not. */
ngx_uint_t ngx_http_billing_cost_fresh(
    const ngx_http_billing_cost_series_t *series, billing_month_t month,
    const billing_block_meta_t *meta, const char **rule);

/*
 * For how long a block is fresh: by configuration, but no shorter than the
 * provider's figures stay, unless the configuration says 0.
 */
time_t ngx_http_billing_cost_valid(const ngx_http_billing_cost_series_t *series,
    billing_month_t month, const billing_block_meta_t *meta);

/* The first second in which a block is not fresh any more. */
time_t ngx_http_billing_cost_expiry(
    const ngx_http_billing_cost_series_t *series, billing_month_t month,
    const billing_block_meta_t *meta);

/* What the block of the month covers. */
uint64_t ngx_http_billing_cost_scope(
    const ngx_http_billing_cost_series_t *series, billing_month_t month);

/* The series as fetch/ sees it. */
void ngx_http_billing_cost_order(
    ngx_http_billing_cost_series_t *series, billing_fetch_order_t *order);


/* _cache.c: blocks in Redis */

/* Starts to read the item's block; read() comes later. */
ngx_int_t ngx_http_billing_cost_cache_get(
    ngx_http_billing_cost_item_t *item, ngx_http_billing_cost_read_pt read);


/* _hold.c: who may board, and who must wait for it */

/* Has the series boarded now, or when there is room. */
void ngx_http_billing_cost_hold(ngx_http_billing_cost_series_t *series);

/* The lookup ends: none of its series is boarded any more. */
void ngx_http_billing_cost_hold_leave(ngx_http_billing_cost_lookup_t *lookup);

/*
 * 1 if the lookup, whose answer is made, must stay till all it holds has been
 * boarded.  It has copies of what it needs of the question then.
 */
ngx_uint_t ngx_http_billing_cost_hold_stays(
    ngx_http_billing_cost_lookup_t *lookup);

/*
 * There may be room: boards who is held.  over() ends a lookup that has only
 * stayed for that.
 */
void ngx_http_billing_cost_hold_run(ngx_http_billing_cost_t *cost,
    void (*over)(ngx_http_billing_cost_lookup_t *lookup));


/* _item.c: what comes back to an item */

/* Nothing will: the series was never read. */
void ngx_http_billing_cost_skipped(
    ngx_http_billing_cost_series_t *series, const billing_fault_t *fault);

/* A block was read for the first time.  NULL: there is no usable one. */
void ngx_http_billing_cost_decide(
    ngx_http_billing_cost_item_t *item, ngx_http_billing_cost_cached_t *cached);

/* What another worker or node has just fetched. */
void ngx_http_billing_cost_reread(
    ngx_http_billing_cost_item_t *item, ngx_http_billing_cost_cached_t *cached);

void ngx_http_billing_cost_landed(
    ngx_http_billing_cost_item_t *item, const billing_landed_t *block);
void ngx_http_billing_cost_failed(
    ngx_http_billing_cost_item_t *item, const billing_fault_t *fault);

/*
 * Ends a lookup early; what still comes for it does no harm.  One that has
 * been answered has ended before.
 */
void ngx_http_billing_cost_stop(ngx_http_billing_cost_lookup_t *lookup,
    ngx_http_billing_cost_status_t                              status);


#endif /* NGX_HTTP_BILLING_COST_ENGINE_H */
