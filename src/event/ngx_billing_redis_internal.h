
/*
 * What the files of the Redis bridge share; nobody else includes this.
 *
 *   ngx_billing_redis.c             calls: made, queued, delivered, cancelled
 *   ngx_billing_redis_connection.c  states of the connection
 *   ngx_billing_redis_events.c      hiredis on nginx's events
 *   ngx_billing_redis_channel.c     a channel, over another connection
 *   ngx_billing_redis_script.c      EVALSHA, EVAL
 *   ngx_billing_redis_url.c         the URL
 */

#ifndef NGX_BILLING_REDIS_INTERNAL_H
#define NGX_BILLING_REDIS_INTERNAL_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <hiredis/async.h>

#include "event/ngx_billing_redis.h"


/*
 * CLOSED: the next command connects, unless an attempt has failed and its
 * back-off runs, when commands fail at once.  CONNECTING: commands wait until
 * Redis has answered the handshake.  READY: commands go to hiredis.
 */
typedef enum {
    NGX_BILLING_REDIS_CLOSED = 0,
    NGX_BILLING_REDIS_CONNECTING,
    NGX_BILLING_REDIS_READY
} ngx_billing_redis_state_e;


struct ngx_billing_redis_s {
    ngx_billing_redis_conf_t *conf;
    ngx_log_t                *log;
    redisAsyncContext        *ac; /* NULL: CLOSED */

    /* -1; after three pointers, where nginx's debug log of timers reads it */
    ngx_fd_t ident;

    ngx_connection_t         *connection; /* lives as long as ac */
    ngx_billing_redis_state_e state;

    ngx_uint_t  epoch;    /* connections that became READY */
    ngx_msec_t  since;    /* READY */
    ngx_msec_t  backoff;  /* 0: the last connection was a good one */
    const char *error;    /* why the last connection ended */
    const char *reported; /* the one that was logged; NULL: none */

    ngx_queue_t waiting; /* calls, until READY */
    ngx_queue_t done;    /* calls whose callback is due */
    ngx_uint_t  sent;    /* calls that hiredis has */
    ngx_uint_t  calls;   /* all that exist */

    ngx_event_t handshake; /* deadline of CONNECTING */
    ngx_event_t retry;     /* end of the back-off */
    ngx_event_t deliver;
    ngx_event_t write; /* what was sent in this turn leaves */
    ngx_uint_t  writes;
    unsigned    writing : 1;
};


typedef enum {
    NGX_BILLING_REDIS_WAITING = 0, /* in redis->waiting */
    NGX_BILLING_REDIS_SENT,        /* hiredis has it */
    NGX_BILLING_REDIS_DONE,        /* in redis->done */
    NGX_BILLING_REDIS_RUNNING      /* in its callback */
} ngx_billing_redis_call_state_e;


/*
 * A command on its way.  It is freed right after its callback or when it is
 * cancelled; only a cancelled call that Redis has been sent stays until its
 * reply has passed.  Its timer is set all the while: nginx's workers wait for
 * timers, not for connections, so this keeps one from leaving too early.
 */
struct ngx_billing_redis_call_s {
    ngx_billing_redis_t      *redis;
    ngx_billing_redis_done_pt done; /* NULL: cancelled */
    void                     *data;
    ngx_fd_t                  ident; /* as above */

    ngx_billing_redis_call_state_e state;
    ngx_queue_t                    queue;
    ngx_event_t                    timer;

    u_char *text; /* in Redis' protocol; NULL when sent or too long */
    size_t  len;

    /* not NULL: text is kept, for it may have to be sent with the script */
    ngx_billing_redis_script_t *script;

    redisReply *reply;
    const char *error;
};


/* Compared by address: nothing to report and nothing to repair. */
extern const char ngx_billing_redis_closing[];


/* NULL when out of memory. */
ngx_billing_redis_call_t *ngx_billing_redis_call_create(
    ngx_billing_redis_t *redis, ngx_uint_t argc, const ngx_str_t *argv,
    ngx_msec_t timeout, ngx_billing_redis_done_pt done, void *data);

/* Sends the call or lets it wait; never ends it before this has returned. */
void ngx_billing_redis_call_submit(ngx_billing_redis_call_t *call);

/* Puts a call that is in no queue among those whose callback is due. */
void ngx_billing_redis_call_finish(
    ngx_billing_redis_call_t *call, const char *error);

void ngx_billing_redis_call_free(ngx_billing_redis_call_t *call);

/* Lets the callbacks run, and an idle connection rest, in the next turn. */
void ngx_billing_redis_wake(ngx_billing_redis_t *redis);


/* When CLOSED.  It may have failed when this returns: CLOSED again. */
void ngx_billing_redis_connect(ngx_billing_redis_t *redis);

/* When READY: sends what waits. */
void ngx_billing_redis_flush(ngx_billing_redis_t *redis);

/* When not CLOSED: ends the connection; error is the calls' error. */
void ngx_billing_redis_drop(ngx_billing_redis_t *redis, const char *error);

/* hiredis has let go of ac and called all its callbacks. */
void ngx_billing_redis_ended(ngx_billing_redis_t *redis, redisAsyncContext *ac);

/*
 * Gives ac a connection of nginx, redis->connection, and sets redis->ac.
 * NGX_ERROR when nginx has no connection left; then ac is as it was.
 */
ngx_int_t ngx_billing_redis_attach(
    ngx_billing_redis_t *redis, redisAsyncContext *ac);

/*
 * How long to wait before the next attempt: longer each time, unless the
 * connection that was lost was steady.  *backoff is 0 at first.
 */
ngx_msec_t ngx_billing_redis_backoff(ngx_msec_t *backoff, ngx_uint_t steady);

/* Handlers of redis->write, redis->handshake and redis->retry. */
void ngx_billing_redis_write(ngx_event_t *ev);
void ngx_billing_redis_handshake_timeout(ngx_event_t *ev);
void ngx_billing_redis_retry(ngx_event_t *ev);


/*
 * For a call with a script and a reply: if that says that Redis does not know
 * the script, submits the call once more with all of it and returns NGX_OK.
 */
ngx_int_t ngx_billing_redis_script_again(ngx_billing_redis_call_t *call);


#endif /* NGX_BILLING_REDIS_INTERNAL_H */
