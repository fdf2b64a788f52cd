
/*
 * What the files of cost/ share.
 *
 *   lookup    one question; owns a pool and series
 *   series    one account in one part of the question; has items from its
 *             first read until all of them are done
 *   item      one block that a lookup wants
 *   block     one block under way, with the items that wait for it
 *   flight    one fetch: neighbouring months of one account
 *   walk      the pages of one linked account in a flight, or of all
 *   lane      the walks of one credential, which share its concurrency
 *
 * An item waits in the queue of at most one block; whoever goes first takes
 * itself out.  Lookups and flights end only from events of their own, so no
 * function called with one of them ever finds it gone afterwards.
 */

#ifndef NGX_HTTP_BILLING_COST_ENGINE_H
#define NGX_HTTP_BILLING_COST_ENGINE_H

#include "cost/ngx_http_billing_cost.h"


/*
 * By how much the clocks of nodes may differ, in seconds.  What was read
 * later than that from now was read under a clock that has been set back.
 */
#define NGX_HTTP_BILLING_COST_SKEW 300

/*
 * For how long a credential rests at most, in milliseconds, when its provider
 * says that it was called too often, whatever else that asks for.
 */
#define NGX_HTTP_BILLING_COST_REST ((ngx_uint_t) 600000)

/* ... and for how long when it does not say, in milliseconds */
#define NGX_HTTP_BILLING_COST_TIRED 2000

typedef struct ngx_http_billing_cost_block_s  ngx_http_billing_cost_block_t;
typedef struct ngx_http_billing_cost_flight_s ngx_http_billing_cost_flight_t;
typedef struct ngx_http_billing_cost_series_s ngx_http_billing_cost_series_t;
typedef struct ngx_http_billing_cost_lane_s   ngx_http_billing_cost_lane_t;
typedef struct ngx_http_billing_cost_page_s   ngx_http_billing_cost_page_t;
typedef struct ngx_http_billing_cost_host_s   ngx_http_billing_cost_host_t;


struct ngx_http_billing_cost_s {
    ngx_queue_t                  lookups;
    void                        *unused;
    ngx_int_t                    ident; /* for event debug logging */
    ngx_http_billing_cost_conf_t conf;
    ngx_str_t                    name;   /* of the worker, among all nodes */
    billing_tokens_t            *tokens; /* that providers lend */
    ngx_queue_t                  flights;
    ngx_rbtree_t                 blocks; /* under way, by key and scope */
    ngx_rbtree_node_t            blocks_end;
    ngx_rbtree_t                 lanes; /* by account and version */
    ngx_rbtree_node_t            lanes_end;
    ngx_queue_t                  ready;  /* lanes that may send */
    ngx_uint_t                   active; /* walks that hold a slot */

    ngx_queue_t       hosts;
    ngx_rbtree_t      rejected; /* by account and version */
    ngx_rbtree_node_t rejected_end;
    ngx_queue_t       rejections; /* the same, oldest first */
    ngx_uint_t        nrejected;

    ngx_uint_t  nflights;
    ngx_queue_t held;    /* lookups with series to board */
    ngx_uint_t  nheld;   /* their series */
    ngx_uint_t  nbehind; /* lookups that are answered */
    ngx_event_t board;   /* there may be room for them */
};


typedef struct {
    billing_block_meta_t   meta;
    ngx_str_t              fields[BILLING_FIELD_MAX]; /* data NULL: not asked */
    ngx_str_t              restated;   /* empty: the month was not */
    time_t                 until;      /* it is not tried again before */
    const billing_fault_t *fault;      /* why that failed; NULL: none did */
    unsigned               untold : 1; /* not what charges are; is told now */
} ngx_http_billing_cost_cached_t;


typedef struct {
    ngx_queue_t                     queue; /* in waiters, while waiting */
    ngx_http_billing_cost_block_t  *block; /* the one it waits for */
    ngx_http_billing_cost_series_t *series;
    ngx_billing_redis_call_t       *call;
    billing_month_t                 month;
    ngx_str_t                       key;
    time_t                          seen; /* fetched_at of what was read */
    const char                     *rule; /* why it is fresh, or is not */
    ngx_http_billing_cost_cached_t *kept; /* not fresh, but there */
    unsigned                        wanted : 1; /* has to board, even if done */
    unsigned                        waiting : 1; /* in a queue */
    unsigned                        again : 1;   /* read a second time */
    unsigned                        awaited : 1; /* part of the progress */
    unsigned                        done : 1;
} ngx_http_billing_cost_item_t;


struct ngx_http_billing_cost_series_s {
    ngx_http_billing_cost_lookup_t        *lookup;
    const ngx_http_billing_cost_account_t *account;
    const ngx_http_billing_cost_part_t    *part;
    ngx_queue_t                            over; /* in lookup->over */
    ngx_pool_t                            *pool;
    ngx_http_billing_cost_item_t          *items; /* ascending; NULL: none */
    ngx_uint_t                             nitems;
    ngx_uint_t                             left;    /* not done yet */
    ngx_uint_t                             reading; /* not read yet */
    uint64_t                               scope;   /* of this month ... */
    uint64_t                               closed;  /* ... and earlier ones */
    time_t                                 steady;  /* figures stay so long */
    billing_month_t                        oldest;  /* that is told */
    billing_apart_t                        apart;
    const billing_fault_t                 *fault; /* it cannot answer that */
    ngx_queue_t                            queue; /* in lookup->held */
    unsigned                               held : 1;
    unsigned                               wide : 1; /* days of any range */
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
    unsigned                         behind : 1; /* is answered */
    ngx_http_billing_cost_result_t   result;
    ngx_msec_t                       deadline;
    ngx_event_t                      timer;
    ngx_event_t                      end;
};


struct ngx_http_billing_cost_block_s {
    ngx_str_node_t                  node; /* key and scope, in cost->blocks */
    ngx_http_billing_cost_flight_t *flight;
    ngx_queue_t                     waiters;
    billing_month_t                 month;
    ngx_str_t                       key;
    ngx_str_t                       lock;
    uint64_t                        scope;
    time_t                          seen; /* fetched_at of an old one */
    billing_block_t                *rows;
    billing_buf_t                   meta;
    billing_buf_t                   fields[BILLING_FIELD_MAX];
    billing_buf_t                   restated;
    ngx_billing_redis_call_t       *call;     /* being stored */
    uint32_t                        open;     /* dates; see billing_block.h */
    const billing_fault_t          *fault;    /* the month is spoilt */
    unsigned                        gone : 1; /* somebody else wrote it */
};


typedef struct {
    ngx_queue_t                     queue; /* in the lane, while queued */
    ngx_http_billing_cost_flight_t *flight;
    ngx_int_t                       ident; /* for event debug logging */
    billing_str_t                  *linked;
    ngx_uint_t                      nlinked;
    billing_walk_t                 *pages;
    ngx_billing_redis_call_t       *call; /* asks for a permit */
    time_t                          asked;
    ngx_billing_curl_transfer_t    *transfer;
    ngx_event_t                     retry;
    ngx_uint_t                      tries; /* of the page that is due */
    ngx_uint_t resumed;                    /* behind this page; 0: it is not */
    ngx_msec_t pause;                      /* of the credential, from now */
    unsigned   bad : 1;                    /* the last call failed */
    unsigned   queued : 1;
    unsigned   active : 1;    /* holds a slot */
    unsigned   gone : 1;      /* its linked account has left */
    unsigned   permitted : 1; /* holds a permit */
} ngx_http_billing_cost_walk_t;


struct ngx_http_billing_cost_flight_s {
    ngx_queue_t                      queue;
    ngx_http_billing_cost_t         *cost;
    ngx_int_t                        ident; /* for event debug logging */
    ngx_pool_t                      *pool;
    ngx_http_billing_cost_provider_t provider;
    ngx_str_t                        domain;
    ngx_str_t                        account;
    json_t                          *credentials; /* its own copy */
    ngx_uint_t                       version;     /* of the credentials */
    billing_granularity_t            granularity;
    billing_apart_t                  apart;
    billing_day_t                    today;
    billing_day_t                    start;
    billing_day_t                    stop;       /* inclusive */
    time_t                           fetched_at; /* when it began */
    ngx_http_billing_cost_block_t   *blocks;     /* ascending months */
    ngx_uint_t                       nblocks;
    ngx_http_billing_cost_walk_t    *walks;
    ngx_uint_t                       nwalks;
    ngx_uint_t                       walking; /* walks not finished */
    billing_str_t                   *linked;  /* of all walks; then ... */
    ngx_uint_t                       nlinked;
    billing_str_t                   *gone; /* ... those that have left */
    ngx_uint_t                       ngone;
    billing_str_t                   *excluded;
    ngx_uint_t                       nexcluded;
    ngx_uint_t                       carrying; /* old blocks being read */
    ngx_uint_t                       told;   /* seconds to wait, it was told */
    ngx_queue_t                      pages;  /* to be read */
    ngx_str_t                        resume; /* key, see _resume.c */
    ngx_billing_redis_call_t        *resuming; /* reads it */
    ngx_str_t                        stage;    /* state of the walk it has */
    billing_block_t                **kept; /* ... and its rows, a month each */
    uint32_t                        *kept_open; /* dates of it that are open */
    ngx_billing_task_t              *task;      /* one that a thread has */
    ngx_http_billing_cost_lane_t    *lane;
    ngx_http_billing_cost_host_t    *host;
    ngx_http_billing_cost_lookup_t  *starter; /* NULL: has left */
    ngx_msec_t                       started;
    ngx_msec_t                       deadline; /* of the last waiter */
    ngx_uint_t                       calls;
    ngx_uint_t                       rows;
    ngx_uint_t                       storing;
    const billing_fault_t           *fault;  /* why it failed */
    const char                      *state;  /* what is known, see ... */
    billing_reason_t                 reason; /* ... _state.c */
    ngx_event_t                      event;
    ngx_str_t                        failing; /* key, see _lock.c */
    ngx_str_t                        token;   /* of its locks */
    ngx_billing_redis_call_t        *call;    /* for the locks */
    ngx_event_t                      timer;   /* looks again, or renews */
    unsigned                         locked : 1;
    unsigned                         waited : 1;
    unsigned                         unstored : 1;
    unsigned                         landing : 1; /* waiters get theirs */
    unsigned                         uncounted : 1;
    unsigned                         alone : 1;     /* one walk only, as yet */
    unsigned                         abandoned : 1; /* leaves no note */
    unsigned                         fleeting : 1;  /* so are its waiters */
    unsigned                         all : 1;       /* of a payer, no list */
    unsigned                         carried : 1;
    unsigned                         noted : 1;   /* there may be such a walk */
    unsigned                         refresh : 1; /* whatever has failed */
};


struct ngx_http_billing_cost_lane_s {
    ngx_str_node_t node;    /* in cost->lanes */
    ngx_queue_t    queue;   /* in cost->ready, while ready */
    ngx_queue_t    waiting; /* walks */
    ngx_uint_t     active;

    /* sent away by Redis: until it asks again, nobody else does */
    ngx_http_billing_cost_walk_t *busy;

    ngx_uint_t limit;
    ngx_uint_t flights;
    unsigned   ready : 1;
};


/* _lookup.c: one question */

/* Starts to read blocks, as many as may be under way at a time. */
ngx_int_t ngx_http_billing_cost_lookup_read(
    ngx_http_billing_cost_lookup_t *lookup);


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
    const ngx_http_billing_cost_account_t                         *account,
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

/*
 * 0 for a block that was read before its month was over, on another day: what
 * has come since is not in it.
 */
ngx_uint_t ngx_http_billing_cost_current(
    billing_month_t month, time_t fetched_at, billing_day_t today);

/* 1 if nothing of the month is expected to change any more. */
ngx_uint_t ngx_http_billing_cost_settled(
    billing_month_t month, const billing_block_meta_t *meta);


/* _cache.c: blocks in Redis */

ngx_int_t ngx_http_billing_cost_key(ngx_http_billing_cost_item_t *item);

/*
 * Starts to read the item's block; ngx_http_billing_cost_read() is called
 * with NGX_OK, NGX_DECLINED (no usable block) or NGX_ERROR (no Redis).
 */
ngx_int_t ngx_http_billing_cost_cache_get(ngx_http_billing_cost_item_t *item);

/*
 * Starts to write an encoded block; ngx_http_billing_cost_stored() is called
 * whether that worked or not.
 */
ngx_int_t ngx_http_billing_cost_cache_put(ngx_http_billing_cost_block_t *block);

/* Says so in the log, once a flight. */
void ngx_http_billing_cost_unstored(
    ngx_http_billing_cost_block_t *block, const char *reason);


/* What the block of the month covers. */
uint64_t ngx_http_billing_cost_scope(
    const ngx_http_billing_cost_series_t *series, billing_month_t month);


/* _board.c: one fetch for all who want it */

/* Joins or starts what the series still wants. */
void ngx_http_billing_cost_flight_board(ngx_http_billing_cost_series_t *series);

/* dst, which may be src, gets a copy in the pool. */
ngx_int_t ngx_http_billing_cost_dup(
    ngx_pool_t *pool, ngx_str_t *dst, const ngx_str_t *src);


/* _hold.c: who may board, and who must wait for it */

/*
 * NGX_OK: a flight may be started; NGX_DONE: one, which finds out whether its
 * host answers again; NGX_AGAIN: not before another one has; NGX_DECLINED: it
 * would fail, *fault says why.
 */
ngx_int_t ngx_http_billing_cost_admit(
    ngx_http_billing_cost_series_t *series, const billing_fault_t **fault);

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

/* What cost->board runs. */
void ngx_http_billing_cost_hold_event(ngx_event_t *ev);


/* _flight.c: waiting for it, and its end */

/* The item does not wait any more; the flight goes on. */
void ngx_http_billing_cost_flight_leave(ngx_http_billing_cost_item_t *item);

/* Nor does a fleeting flight go on that nobody waits for any more. */
void ngx_http_billing_cost_flight_withdraw(ngx_http_billing_cost_item_t *item);

/* What flight->event runs: stores the blocks, if there are any. */
void ngx_http_billing_cost_flight_event(ngx_event_t *ev);

/* Ends the walks; fault NULL: all pages were read. */
void ngx_http_billing_cost_flight_end(
    ngx_http_billing_cost_flight_t *flight, const billing_fault_t *fault);

ngx_uint_t ngx_http_billing_cost_flight_awaited(
    ngx_http_billing_cost_flight_t *flight);

void ngx_http_billing_cost_flight_destroy(
    ngx_http_billing_cost_flight_t *flight);

void ngx_http_billing_cost_flight_encoded(
    ngx_http_billing_cost_flight_t *flight, ngx_int_t rc);

void ngx_http_billing_cost_stored(ngx_http_billing_cost_block_t *block);


/* The block is not fetched: its waiters get nothing new. */
void ngx_http_billing_cost_flight_give_up(
    ngx_http_billing_cost_block_t *block, const billing_fault_t *fault);

/* The block is in the cache: its waiters read it there. */
void ngx_http_billing_cost_flight_hand_over(
    ngx_http_billing_cost_block_t *block);


/* _restate.c: months that a provider changes afterwards */

/*
 * Stores a block as ngx_http_billing_cost_cache_put() does, with what is known
 * of changes of its month.
 */
ngx_int_t ngx_http_billing_cost_restate(ngx_http_billing_cost_block_t *block);

/* Hands out what is in the field; of a broken one nothing. */
void ngx_http_billing_cost_restated(
    const ngx_http_billing_cost_question_t *question,
    const ngx_http_billing_cost_origin_t *origin, const ngx_str_t *bytes);


/* _lock.c: one fetch among workers and nodes */

/* Goes on with ngx_http_billing_cost_fetch(), now or later. */
ngx_int_t ngx_http_billing_cost_lock(ngx_http_billing_cost_flight_t *flight);
void      ngx_http_billing_cost_unlock(ngx_http_billing_cost_flight_t *flight);

/* _fetch.c: pages from the provider */

/* Ends with ngx_http_billing_cost_flight_end(). */
ngx_int_t ngx_http_billing_cost_fetch(ngx_http_billing_cost_flight_t *flight);
void ngx_http_billing_cost_fetch_begin(ngx_http_billing_cost_flight_t *flight);

/* Stops what still runs and gives its slots back. */
void ngx_http_billing_cost_fetch_stop(ngx_http_billing_cost_flight_t *flight);


/* _lane.c: who may call the provider next */

/*
 * What a credential is known by: account and version, since a new one has a
 * new version.  The caller frees name->data.
 */
ngx_int_t ngx_http_billing_cost_credential_name(ngx_http_billing_cost_t *cost,
    ngx_str_t *name, const ngx_str_t *domain, const ngx_str_t *account,
    ngx_uint_t version);

ngx_int_t ngx_http_billing_cost_lane_enter(
    ngx_http_billing_cost_flight_t *flight);
void ngx_http_billing_cost_lane_leave(ngx_http_billing_cost_flight_t *flight);

/* Queues a walk; one that comes back from a pause goes first. */
void ngx_http_billing_cost_lane_push(
    ngx_http_billing_cost_walk_t *walk, ngx_uint_t first);

/* Takes a walk off the queue, or gives its slot back. */
void ngx_http_billing_cost_lane_drop(ngx_http_billing_cost_walk_t *walk);

/*
 * The walk was sent away: it gives its slot back and asks again after so many
 * milliseconds, or soon.
 */
void ngx_http_billing_cost_lane_busy(
    ngx_http_billing_cost_walk_t *walk, ngx_msec_t pause);

/* Gives free slots to walks: ngx_http_billing_cost_walk_ask(). */
void ngx_http_billing_cost_lane_run(ngx_http_billing_cost_t *cost);

/* Asks for a permit. */
void ngx_http_billing_cost_walk_ask(ngx_http_billing_cost_walk_t *walk);

/* Has the permit. */
void ngx_http_billing_cost_walk_send(ngx_http_billing_cost_walk_t *walk);

/* Has none for so many milliseconds: the provider is not to be called. */
void ngx_http_billing_cost_walk_rest(
    ngx_http_billing_cost_walk_t *walk, ngx_msec_t pause);

/* A page was read, or there is none. */
void ngx_http_billing_cost_walk_read(ngx_http_billing_cost_walk_t *walk,
    billing_status_t status, ngx_int_t retry_after,
    const billing_failure_t *failure);


/* _page.c: what the provider has answered */

/* Goes on with ngx_http_billing_cost_walk_read(), now or later. */
ngx_int_t ngx_http_billing_cost_page(ngx_http_billing_cost_walk_t *walk,
    const ngx_billing_curl_result_t                               *result);

/* Drops all pages of the flight that have not been read, and any task. */
void ngx_http_billing_cost_page_stop(ngx_http_billing_cost_flight_t *flight);


/* _carry.c: closed months of linked accounts that have left */

/*
 * What was read of them stays, where the provider says nothing of them any
 * more.  NGX_AGAIN: the flight's event comes again when it is done.
 */
ngx_int_t ngx_http_billing_cost_carry(ngx_http_billing_cost_flight_t *flight);

/* Tells of linked accounts that costs have come of, and the list has not. */
void ngx_http_billing_cost_carry_seen(ngx_http_billing_cost_flight_t *flight);


/* _encode.c: the fields of blocks */

/* NGX_AGAIN: goes on with ngx_http_billing_cost_flight_encoded(). */
ngx_int_t ngx_http_billing_cost_encode(ngx_http_billing_cost_flight_t *flight);


/* _state.c: how accounts are */

/* What is known of the account that the flight is for. */
void ngx_http_billing_cost_state_take(ngx_http_billing_cost_flight_t *flight,
    const ngx_http_billing_cost_account_t                            *account);

/* The flight is over: tells what it has found out, if that is new. */
void ngx_http_billing_cost_state_tell(ngx_http_billing_cost_flight_t *flight);


/* _rejected.c: credentials that are not tried again for a while */

/* Why the account's were refused just now; NULL: they were not. */
const billing_fault_t *ngx_http_billing_cost_rejected(
    ngx_http_billing_cost_t *cost, const ngx_str_t *domain,
    const ngx_http_billing_cost_account_t *account);

/* What came of the flight; NULL: nothing has failed. */
void ngx_http_billing_cost_rejected_set(
    ngx_http_billing_cost_flight_t *flight, const billing_fault_t *fault);
void ngx_http_billing_cost_rejections_free(ngx_http_billing_cost_t *cost);


/* _item.c: what comes back to an item */

/* Nothing will: the series was never read. */
void ngx_http_billing_cost_skipped(
    ngx_http_billing_cost_series_t *series, const billing_fault_t *fault);

void ngx_http_billing_cost_read(ngx_http_billing_cost_item_t *item,
    ngx_int_t rc, ngx_http_billing_cost_cached_t *cached);
void ngx_http_billing_cost_landed(
    ngx_http_billing_cost_item_t *item, ngx_http_billing_cost_block_t *block);
void ngx_http_billing_cost_failed(
    ngx_http_billing_cost_item_t *item, const billing_fault_t *fault);


#endif /* NGX_HTTP_BILLING_COST_ENGINE_H */
