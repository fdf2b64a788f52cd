
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

#ifndef BILLING_COST_ENGINE_H
#define BILLING_COST_ENGINE_H

#include "cost/cost.h"


typedef struct billing_cost_series_s billing_cost_series_t;


struct billing_cost_s {
    ngx_queue_t         lookups;
    billing_cost_conf_t conf;
    ngx_queue_t         held;    /* lookups with series to board */
    ngx_uint_t          nheld;   /* their series */
    ngx_uint_t          nbehind; /* lookups that are answered */
};


typedef struct {
    billing_block_meta_t   meta;
    ngx_str_t              fields[BILLING_FIELD_MAX]; /* data NULL: not asked */
    ngx_str_t              restated;   /* empty: the month was not */
    time_t                 until;      /* it is not tried again before */
    const billing_fault_t *fault;      /* why that failed; NULL: none did */
    unsigned               untold : 1; /* not what charges are; is told now */
} billing_cost_cached_t;


typedef struct billing_cost_item_s billing_cost_item_t;

/* rc is NGX_OK, NGX_DECLINED (no usable block) or NGX_ERROR (no Redis). */
typedef void (*billing_cost_read_pt)(
    billing_cost_item_t *item, ngx_int_t rc, billing_cost_cached_t *cached);


struct billing_cost_item_s {
    billing_waiter_t       waiter; /* first */
    billing_cost_series_t *series;
    billing_redis_call_t  *call; /* reads it, then ... */
    billing_cost_read_pt   read;
    const char            *rule;        /* why it is fresh, or is not */
    billing_cost_cached_t *kept;        /* not fresh, but there */
    unsigned               wanted : 1;  /* has to board, even if done */
    unsigned               awaited : 1; /* part of the progress */
    unsigned               done : 1;
};


struct billing_cost_series_s {
    billing_cost_lookup_t         *lookup;
    const billing_fetch_account_t *account;
    const billing_cost_part_t     *part;
    ngx_queue_t                    over; /* in lookup->over */
    ngx_pool_t                    *pool;
    billing_cost_item_t           *items; /* ascending; NULL: none */
    ngx_uint_t                     nitems;
    ngx_uint_t                     left;    /* not done yet */
    ngx_uint_t                     reading; /* not read yet */
    uint64_t                       scope;   /* of this month ... */
    uint64_t                       closed;  /* ... and earlier ones */
    time_t                         steady;  /* figures stay so long */
    billing_month_t                oldest;  /* that is told */
    billing_apart_t                apart;
    const billing_fault_t         *fault; /* it cannot answer that */
    ngx_queue_t                    queue; /* in lookup->held */
    unsigned                       held : 1;
    unsigned                       wide : 1; /* days of any range */
};


struct billing_cost_lookup_s {
    ngx_queue_t                  queue;
    billing_cost_t              *cost;
    ngx_int_t                    ident; /* for event debug logging */
    ngx_pool_t                  *pool;
    billing_cost_question_t      question;
    billing_day_t                today;
    billing_cost_series_t       *series;
    ngx_uint_t                   nseries;
    ngx_queue_t                  over;        /* series that are done */
    ngx_uint_t                   next_series; /* to be read next: */
    ngx_uint_t                   next_item;   /* one of its items */
    ngx_uint_t                   reads;       /* under way */
    billing_view_account_t      *accounts;
    ngx_uint_t                   pending; /* items not done */
    ngx_uint_t                   awaited; /* items that had to wait */
    ngx_uint_t                   arrived; /* those of them that are done */
    ngx_uint_t                   told;    /* sum of both, when reported */
    ngx_msec_t                   told_at;
    ngx_event_t                  progress;
    ngx_queue_t                  held;       /* series to be boarded */
    ngx_queue_t                  held_queue; /* in cost->held */
    const billing_waiter_type_t *waiters;    /* how items hear */
    unsigned                     behind : 1; /* is answered */
    billing_cost_result_t        result;
    ngx_msec_t                   deadline;
    ngx_event_t                  timer;
    ngx_event_t                  end;
};


/* progress.c: how much of it is there */

/* The item has to wait, or (once it has waited) is done. */
void billing_progress_await(billing_cost_item_t *item);
void billing_progress_arrive(billing_cost_item_t *item);

void billing_progress_init(billing_cost_lookup_t *lookup);

/* Reports what has not been reported yet, for the last time. */
void billing_progress_last(billing_cost_lookup_t *lookup);
void billing_progress_stop(billing_cost_lookup_t *lookup);


/* plan.c: which blocks, and which of them are good enough */

/* Lays out series; counts their items in lookup->pending. */
ngx_int_t billing_plan(billing_cost_lookup_t *lookup);

/* Of these months (both inclusive) an answer has nothing of the account. */
void billing_plan_missing(billing_cost_lookup_t *lookup,
    const billing_fetch_account_t *account, const billing_cost_part_t *part,
    billing_month_t first, billing_month_t last, const billing_fault_t *fault);

/* The items of a series come, and go. */
ngx_int_t billing_plan_series_open(billing_cost_series_t *series);
void      billing_plan_series_close(billing_cost_series_t *series);

/* *rule is by what it is, or is not. */
ngx_uint_t billing_plan_fresh(const billing_cost_series_t *series,
    billing_month_t month, const billing_block_meta_t *meta, const char **rule);

/*
 * For how long a block is fresh: by configuration, but no shorter than the
 * provider's figures stay, unless the configuration says 0.
 */
time_t billing_plan_valid(const billing_cost_series_t *series,
    billing_month_t month, const billing_block_meta_t *meta);

/* The first second in which a block is not fresh any more. */
time_t billing_plan_expiry(const billing_cost_series_t *series,
    billing_month_t month, const billing_block_meta_t *meta);

/* What the block of the month covers. */
uint64_t billing_plan_scope(
    const billing_cost_series_t *series, billing_month_t month);

/* The series as fetch/ sees it. */
void billing_plan_order(
    billing_cost_series_t *series, billing_fetch_order_t *order);


/* cache.c: blocks in Redis */

/* Starts to read the item's block; read() comes later. */
ngx_int_t billing_cache_get(
    billing_cost_item_t *item, billing_cost_read_pt read);


/* hold.c: who may board, and who must wait for it */

/* Has the series boarded now, or when there is room. */
void billing_hold(billing_cost_series_t *series);

/* The lookup ends: none of its series is boarded any more. */
void billing_hold_leave(billing_cost_lookup_t *lookup);

/*
 * 1 if the lookup, whose answer is made, must stay till all it holds has been
 * boarded.  It has copies of what it needs of the question then.
 */
ngx_uint_t billing_hold_stays(billing_cost_lookup_t *lookup);

/*
 * There may be room: boards who is held.  over() ends a lookup that has only
 * stayed for that.
 */
void billing_hold_run(
    billing_cost_t *cost, void (*over)(billing_cost_lookup_t *lookup));


/* item.c: what comes back to an item */

/* Nothing will: the series was never read. */
void billing_item_skipped(
    billing_cost_series_t *series, const billing_fault_t *fault);

/* A block was read for the first time.  NULL: there is no usable one. */
void billing_item_decide(
    billing_cost_item_t *item, billing_cost_cached_t *cached);

/* What another worker or node has just fetched. */
void billing_item_reread(
    billing_cost_item_t *item, billing_cost_cached_t *cached);

void billing_item_landed(
    billing_cost_item_t *item, const billing_landed_t *block);
void billing_item_failed(
    billing_cost_item_t *item, const billing_fault_t *fault);

/*
 * Ends a lookup early; what still comes for it does no harm.  One that has
 * been answered has ended before.
 */
void billing_item_stop(
    billing_cost_lookup_t *lookup, billing_cost_status_t status);


#endif /* BILLING_COST_ENGINE_H */
