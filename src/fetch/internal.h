
/*
 * What the files of fetch/ share.
 *
 *   block     one block under way, with its waiters
 *   flight    one fetch: neighbouring months of one account
 *   walk      the pages of one linked account in a flight, or of all
 *   place     a walk's place in line for a slot of the worker and of its lane,
 *             or a verification's for one of the worker
 *   lane      the places of one credential, which share its concurrency
 *   permit    leave to make one call, over all workers and nodes
 *   breaker   what is known of a provider's host
 *
 * Decisions are made by whoever owns the state: the walk for a call, the
 * flight for its blocks.  Lane, permit, lock, page, encode and save only
 * answer, through a function that they were given.
 *
 * A waiter is in the queue of at most one block; whoever goes first takes
 * itself out.  A flight is destroyed where it lands: from its own event, or
 * behind the callback that has stored or encoded its last block.
 */

#ifndef BILLING_FETCH_INTERNAL_H
#define BILLING_FETCH_INTERNAL_H

#include "fetch/fetch.h"


typedef struct billing_flight_s  billing_flight_t;
typedef struct billing_lane_s    billing_lane_t;
typedef struct billing_place_s   billing_place_t;
typedef struct billing_breaker_s billing_breaker_t;
typedef struct billing_walk_s    billing_walk_t;


struct billing_fetch_s {
    ngx_queue_t flights;
    void       *room_data;
    ngx_int_t   ident; /* for event debug logging */
    void (*room)(void *data);
    ngx_event_t          event; /* there may be slots, and room */
    billing_fetch_conf_t conf;
    ngx_str_t            name;   /* of the worker, among all nodes */
    billing_tokens_t    *tokens; /* that providers lend */
    ngx_uint_t           nflights;
    ngx_rbtree_t         blocks; /* under way, by key and scope */
    ngx_rbtree_node_t    blocks_end;

    ngx_rbtree_t      lanes; /* by account and version */
    ngx_rbtree_node_t lanes_end;
    ngx_queue_t       ahead;  /* places that go before those of lanes */
    ngx_queue_t       ready;  /* lanes that may send */
    ngx_uint_t        active; /* places that hold a slot */

    ngx_queue_t       breakers;
    ngx_rbtree_t      rejected; /* by account and version */
    ngx_rbtree_node_t rejected_end;
    ngx_queue_t       rejections; /* the same, oldest first */
    ngx_uint_t        nrejected;
};


struct billing_fetch_block_s {
    ngx_str_node_t        node; /* key and scope, in fetch->blocks */
    billing_flight_t     *flight;
    ngx_queue_t           waiters;
    billing_month_t       month;
    ngx_str_t             key;
    ngx_str_t             lock;
    uint64_t              scope;
    time_t                seen; /* fetched_at of an old one */
    billing_block_t      *rows;
    billing_buf_t         meta;
    billing_buf_t         fields[BILLING_FIELD_MAX];
    billing_buf_t         restated;
    billing_redis_call_t *call; /* being read or stored */
    void (*saved)(billing_fetch_block_t *block);
    uint32_t               open;     /* dates; see block.h */
    const billing_fault_t *fault;    /* the month is spoilt */
    unsigned               gone : 1; /* somebody else wrote it */

    /* what the lock has found: a block that is there, and why it failed */
    billing_block_meta_t   found;
    const billing_fault_t *failed;
    unsigned               written : 1; /* found is there */
};


typedef enum {
    BILLING_PLACE_OUT = 0,
    BILLING_PLACE_WAITS,
    BILLING_PLACE_IN /* holds a slot */
} billing_place_state_t;


struct billing_place_s {
    ngx_queue_t           queue; /* while it waits */
    billing_lane_t       *lane;  /* NULL: goes before all lanes */
    ngx_int_t             ident; /* for event debug logging */
    billing_place_state_t state;

    /* it has a slot, until it leaves */
    void (*turn)(billing_place_t *place);
};


struct billing_lane_s {
    ngx_str_node_t node;    /* in fetch->lanes */
    ngx_queue_t    queue;   /* in fetch->ready, while ready */
    ngx_queue_t    waiting; /* places */
    ngx_uint_t     active;

    /* sent away by Redis: until it asks again, nobody else does */
    billing_place_t *busy;

    ngx_uint_t limit;
    ngx_uint_t flights;
    unsigned   ready : 1;
};


/* What comes of asking for a permit. */
typedef enum {
    BILLING_PERMIT_GIVEN = 0,
    BILLING_PERMIT_BUSY,   /* all are taken */
    BILLING_PERMIT_PACED,  /* the linked account's turn comes in ms */
    BILLING_PERMIT_PAUSED, /* the provider is not to be called for ms */
    BILLING_PERMIT_SPENT,  /* "billing_lookup_limit" is reached */
    BILLING_PERMIT_ERROR   /* calls cannot be counted */
} billing_permit_answer_t;


typedef struct {
    billing_redis_call_t *call; /* asks for it */
    void (*answer)(
        billing_walk_t *walk, billing_permit_answer_t answer, ngx_msec_t ms);
    time_t     asked;
    ngx_msec_t pause; /* of the credential, when it goes back */
    unsigned   held : 1;
} billing_permit_t;


/* What a walk is at. */
typedef enum {
    BILLING_WALK_IDLE = 0,
    BILLING_WALK_QUEUED,  /* for a slot */
    BILLING_WALK_ASKING,  /* for a permit */
    BILLING_WALK_SENT,    /* its call is under way */
    BILLING_WALK_READING, /* a page */
    BILLING_WALK_RESTING, /* until its timer */
    BILLING_WALK_DONE
} billing_walk_state_t;


struct billing_walk_s {
    billing_place_t          place; /* first */
    billing_flight_t        *flight;
    billing_walk_state_t     state;
    billing_str_t           *linked;
    ngx_uint_t               nlinked;
    billing_pager_t         *pages;
    billing_permit_t         permit;
    billing_curl_transfer_t *transfer; /* then ... */
    void (*read)(billing_walk_t *walk, billing_status_t status,
        ngx_int_t retry_after, const billing_failure_t *failure);
    ngx_event_t timer;
    ngx_uint_t  tries;    /* of the page that is due */
    ngx_uint_t  resumed;  /* behind this page; 0: it is not */
    unsigned    bad : 1;  /* the last call failed */
    unsigned    gone : 1; /* its linked account has left */
};


/* What comes of asking for the locks of a flight. */
typedef enum {
    BILLING_LOCK_TAKEN = 0,
    BILLING_LOCK_HELD, /* somebody else has one */
    BILLING_LOCK_NOTE, /* ... and has failed: lock->fault */
    BILLING_LOCK_AWAY, /* Redis did not say */
    BILLING_LOCK_NOMEM
} billing_lock_answer_t;


typedef struct {
    ngx_str_t              token;
    ngx_str_t              failing; /* key */
    billing_redis_call_t  *call;
    ngx_event_t            timer; /* looks again, or renews */
    const billing_fault_t *fault; /* the holder's */
    void (*answer)(billing_flight_t *flight, billing_lock_answer_t answer);
    unsigned taken : 1;
    unsigned waited : 1;
} billing_lock_t;


struct billing_flight_s {
    ngx_queue_t              queue;
    billing_fetch_t         *fetch;
    ngx_int_t                ident; /* for event debug logging */
    ngx_pool_t              *pool;
    billing_fetch_provider_t provider;
    billing_owner_t          owner;
    json_t                  *credentials; /* its own copy */
    billing_granularity_t    granularity;
    billing_apart_t          apart;
    billing_day_t            today;
    billing_day_t            start;
    billing_day_t            stop;       /* inclusive */
    time_t                   fetched_at; /* when it began */
    billing_fetch_block_t   *blocks;     /* ascending months */
    ngx_uint_t               nblocks;
    ngx_uint_t               left; /* blocks that it is to fetch */
    billing_walk_t          *walks;
    ngx_uint_t               nwalks;
    ngx_uint_t               walking; /* walks not finished */
    billing_str_t           *linked;  /* of all walks; then ... */
    ngx_uint_t               nlinked;
    billing_str_t           *gone; /* ... those that have left */
    ngx_uint_t               ngone;
    billing_str_t           *excluded;
    ngx_uint_t               nexcluded;
    ngx_uint_t               carrying; /* old blocks being read */
    ngx_uint_t               told;     /* seconds to wait, it was told */
    ngx_queue_t              pages;    /* to be read */
    billing_task_t          *task;     /* one that a thread has */
    billing_lane_t          *lane;
    billing_breaker_t       *breaker;
    ngx_uint_t              *starter; /* counts its calls; NULL: has left */
    ngx_msec_t               started;
    ngx_msec_t               deadline; /* of the last waiter */
    ngx_uint_t               calls;
    ngx_uint_t               rows;
    ngx_uint_t               storing;
    const billing_fault_t   *fault;  /* why it failed */
    const char              *state;  /* what is known, see ... */
    billing_reason_t         reason; /* ... state.c */
    ngx_event_t              event;
    billing_lock_t           lock;

    ngx_str_t             resume;   /* key, see resume.c */
    billing_redis_call_t *resuming; /* reads it, then ... */
    void (*resumed)(billing_flight_t *flight);
    ngx_str_t         stage;     /* state of the walk it has */
    billing_block_t **kept;      /* ... and its rows, a month each */
    uint32_t         *kept_open; /* dates of it that are open */

    unsigned ended : 1; /* calls no more */
    unsigned unstored : 1;
    unsigned landing : 1; /* waiters get theirs */
    unsigned uncounted : 1;
    unsigned alone : 1;     /* one walk only, as yet */
    unsigned abandoned : 1; /* leaves no note */
    unsigned fleeting : 1;  /* so are its waiters */
    unsigned all : 1;       /* of a payer, no list */
    unsigned carried : 1;
    unsigned noted : 1;   /* there may be such a walk */
    unsigned refresh : 1; /* whatever has failed */
};


#endif /* BILLING_FETCH_INTERNAL_H */
