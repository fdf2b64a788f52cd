
/*
 * Fetching: one way to call a provider, for costs of months, lists of linked
 * accounts and tests of credentials.  Calls share the slots of the worker, the
 * pauses of credentials and the breakers of hosts; those for costs need a
 * permit, too.
 *
 * Here is what cost/ knows of it.  A waiter wants one block.  It joins the
 * flight that has the block, or starts one, and hears of the block later,
 * through the functions of its type.  A flight belongs to the engine, not to
 * whoever started it: it goes on to fill the cache when the last waiter has
 * left, unless all of them were fleeting.
 */

#ifndef BILLING_FETCH_FETCH_H
#define BILLING_FETCH_FETCH_H

#include <ngx_config.h>
#include <ngx_core.h>

#include "core/block.h"
#include "core/fault.h"
#include "event/curl.h"
#include "event/redis.h"
#include "event/threads.h"
#include "providers/provider.h"


/*
 * By how much the clocks of nodes may differ, in seconds.  What was read
 * later than that from now was read under a clock that has been set back.
 */
#define BILLING_FETCH_SKEW 300

/*
 * For how long a credential rests at most, in milliseconds, when its provider
 * says that it was called too often, whatever else that asks for.
 */
#define BILLING_FETCH_REST ((ngx_uint_t) 600000)


/* One per worker: the flights under way and the limits they share. */
typedef struct billing_fetch_s billing_fetch_t;

/* One block under way. */
typedef struct billing_fetch_block_s billing_fetch_block_t;

typedef struct billing_waiter_s billing_waiter_t;


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
} billing_fetch_provider_t;


/*
 * An account as its asker sees it.  One that is not enabled, or has a fault, is
 * not asked for: its cached blocks are all there is.
 */
typedef struct {
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
} billing_fetch_account_t;


/* Whose credentials: an account, and the version of its credentials. */
typedef struct {
    ngx_str_t  domain;
    ngx_str_t  account; /* empty: none yet */
    ngx_uint_t version;
} billing_owner_t;


typedef struct {
    ngx_str_t          prefix; /* of keys: "billing:" */
    billing_redis_t   *redis;
    billing_curl_t    *curl;
    billing_threads_t *threads;
    ngx_uint_t         concurrency; /* transfers of the worker; 0: 64 */
    ngx_uint_t         limit;       /* calls of a credential; 0: none */
    ngx_uint_t         limit_days;  /* 1: in a day, 0: in a month */
    ngx_log_t         *log;

    /*
     * Fills *provider, for an account of that domain; NGX_DECLINED when there
     * is none of that id.
     */
    ngx_int_t (*provider)(void *data, const ngx_str_t *domain,
        const ngx_str_t *id, billing_fetch_provider_t *provider);

    /*
     * The account's credentials in plain, a new reference; NULL: they do not
     * open, which *fault says then, or there is no memory.  Asked for only when
     * the provider is about to be called.
     */
    json_t *(*open)(void *data, const ngx_str_t *domain,
        const billing_fetch_account_t *account, const billing_fault_t **fault);

    /* A block of the domain was written, or may have been. */
    void (*changed)(void *data, const ngx_str_t *domain);

    /* A flight has found out how an account is: "ok", "rejected" ... */
    void (*state)(void *data, const ngx_str_t *domain, const ngx_str_t *account,
        ngx_uint_t version, const char *state, billing_reason_t reason);

    /* Costs have come of linked accounts, a JSON array, that it does not list. */
    void (*seen)(void *data, const ngx_str_t *domain, const ngx_str_t *account,
        ngx_uint_t version, const ngx_str_t *linked);
    void *data;
} billing_fetch_conf_t;


/* conf is copied.  NULL when out of memory. */
billing_fetch_t *billing_fetch_create(const billing_fetch_conf_t *conf);

/*
 * For exit_process, when all waiters have left, before the bridges go: drops
 * all flights; no callback runs any more.
 */
void billing_fetch_destroy(billing_fetch_t *fetch);

/*
 * room() is called, from an event of its own, when those who were told
 * NGX_AGAIN may try again.
 */
void billing_fetch_room(
    billing_fetch_t *fetch, void (*room)(void *data), void *data);


/* A block that has come.  All of it is borrowed. */
typedef struct {
    time_t        fetched_at;
    uint32_t      open; /* dates; see block.h */
    billing_str_t restated;
    billing_str_t fields[BILLING_FIELD_MAX];
} billing_landed_t;


/*
 * How a waiter hears of its block, once, and not before the call that made it
 * wait has returned.  It does not wait any more then.
 */
typedef struct {
    void (*landed)(billing_waiter_t *waiter, const billing_landed_t *block);
    void (*failed)(billing_waiter_t *waiter, const billing_fault_t *fault);

    /* another worker or node has written it: it is in the cache */
    void (*written)(billing_waiter_t *waiter);
} billing_waiter_type_t;


/* Part of whoever wants a block. */
struct billing_waiter_s {
    ngx_queue_t                  queue; /* the asker's; in a block's, waiting */
    billing_fetch_block_t       *block; /* NULL: it does not wait */
    const billing_waiter_type_t *type;
    billing_month_t              month;
    ngx_str_t                    key;        /* the block's, in Redis */
    uint64_t                     scope;      /* what the block is to cover */
    time_t                       seen;       /* fetched_at of an old block */
    unsigned                     served : 1; /* wants a flight, no figures */
};


/* What a series of waiters has in common.  All of it is borrowed. */
typedef struct {
    billing_owner_t                owner;
    const billing_fetch_account_t *account;
    billing_granularity_t          granularity;
    billing_apart_t                apart;
    billing_day_t                  today;
    time_t                         now;
    ngx_msec_t                     deadline; /* of the waiters */
    ngx_uint_t                    *calls;    /* counts those of its flights */
    unsigned                       refresh : 1; /* whatever has failed */
    unsigned fleeting : 1; /* see billing_fetch_withdraw() */
} billing_fetch_order_t;


/* As conf->provider(), for an account of the domain. */
ngx_int_t billing_fetch_provider(billing_fetch_t *fetch,
    const ngx_str_t *domain, const ngx_str_t *id,
    billing_fetch_provider_t *provider);

/*
 * The key in Redis of an account's block, which is a HASH.  From the pool, or,
 * where that is NULL, from malloc(): then the caller frees key->data.  NGX_ERROR
 * when out of memory.
 */
ngx_int_t billing_names_cost(billing_fetch_t *fetch, ngx_pool_t *pool,
    const billing_owner_t *owner, billing_granularity_t granularity,
    billing_apart_t apart, billing_month_t month, ngx_str_t *key);

/* 1: the worker has as many flights under way as it may. */
ngx_uint_t billing_fetch_full(const billing_fetch_t *fetch);

/*
 * NGX_OK: a flight may be started; NGX_DONE: one, which finds out whether its
 * host answers again; NGX_AGAIN: not before another one has; NGX_DECLINED: it
 * would fail, *fault says why.
 */
ngx_int_t billing_fetch_admit(billing_fetch_t *fetch,
    const billing_fetch_order_t *order, const billing_fault_t **fault);

/*
 * The waiter joins the flight that has its block.  NGX_DECLINED: there is
 * none.
 */
ngx_int_t billing_fetch_join(billing_fetch_t *fetch,
    const billing_fetch_order_t *order, billing_waiter_t *waiter);

/*
 * Starts a flight for waiters of neighbouring months, a queue of them, which
 * all wait for it then, but for those that are served.  With NGX_AGAIN and
 * NGX_DECLINED, as above, the queue is as it was.
 */
ngx_int_t billing_fetch_start(billing_fetch_t *fetch,
    const billing_fetch_order_t *order, ngx_queue_t *waiters,
    const billing_fault_t **fault);

/* The waiter, if it waits, leaves.  The flight goes on. */
void billing_fetch_leave(billing_waiter_t *waiter);

/* Nor does a fleeting flight go on that nobody waits for any more. */
void billing_fetch_withdraw(billing_waiter_t *waiter);

/* Nobody counts calls there any more. */
void billing_fetch_forget(billing_fetch_t *fetch, ngx_uint_t *calls);


#endif /* BILLING_FETCH_FETCH_H */
