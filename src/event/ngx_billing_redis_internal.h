
/*
 * What the files of the Redis bridge share; nobody else includes this.  A file
 * calls those below it and no other: what goes up goes through functions that
 * were given, ngx_billing_redis_topology_t, the link's opened() and ended(),
 * and a call's done().
 *
 *   ngx_billing_redis.c             makes a client with its topology
 *   ngx_billing_redis_sentinel.c    topologies: which node a call goes to
 *   ngx_billing_redis_master.c      which master Sentinels name
 *   ngx_billing_redis_cluster.c
 *   ngx_billing_redis_single.c
 *   ngx_billing_redis_client.c      the client: sends calls on, delivers them
 *   ngx_billing_redis_map.c         the map of a cluster: who has which slots
 *   ngx_billing_redis_members.c     the nodes of a cluster, by address
 *   ngx_billing_redis_script.c      EVALSHA, EVAL
 *   ngx_billing_redis_wait.c        WAIT behind durable scripts
 *   ngx_billing_redis_node.c        one server: its links and its channel
 *   ngx_billing_redis_channel.c     a channel, over another connection
 *   ngx_billing_redis_connection.c  states of a link, which is a connection
 *   ngx_billing_redis_handshake.c   what it begins with
 *   ngx_billing_redis_send.c        what is sent over it, and comes back
 *   ngx_billing_redis_call.c        calls, and where those of a client wait
 *   ngx_billing_redis_events.c      hiredis on nginx's events
 *   ngx_billing_redis_memory.c      hiredis without memory
 *   ngx_billing_redis_limits.c      replies that are too much
 *   ngx_billing_redis_backoff.c     pauses before attempts
 *   ngx_billing_redis_slots.c       slots of keys
 *
 * A call belongs to the client.  It goes to the node that the topology picks,
 * and waits there, is sent, and comes back; or it is deferred: it waits with
 * the client and is given to the topology anew, soon and several times.
 */

#ifndef NGX_BILLING_REDIS_INTERNAL_H
#define NGX_BILLING_REDIS_INTERNAL_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <hiredis/async.h>

#include "event/ngx_billing_redis.h"
#include "event/ngx_billing_redis_channel.h"


#define NGX_BILLING_REDIS_SLOTS 16384 /* of a cluster */


/*
 * CLOSED: the next command connects, unless an attempt has failed and its
 * back-off runs, when commands fail at once or are deferred.  CONNECTING:
 * commands wait until Redis has answered the handshake.  READY: commands go
 * to hiredis.
 */
typedef enum {
    NGX_BILLING_REDIS_CLOSED = 0,
    NGX_BILLING_REDIS_CONNECTING,
    NGX_BILLING_REDIS_READY
} ngx_billing_redis_state_e;


typedef struct ngx_billing_redis_node_s ngx_billing_redis_node_t;
typedef struct ngx_billing_redis_link_s ngx_billing_redis_link_t;


/* A connection to the node's server. */
struct ngx_billing_redis_link_s {
    ngx_billing_redis_node_t *node;
    ngx_log_t                *log;
    redisAsyncContext        *ac; /* NULL: CLOSED */

    /* -1; after three pointers, where nginx's debug log of timers reads it */
    ngx_fd_t ident;

    ngx_connection_t         *connection; /* lives as long as ac */
    ngx_billing_redis_state_e state;

    ngx_uint_t  epoch;    /* connections that became READY */
    ngx_msec_t  since;    /* READY */
    ngx_msec_t  away;     /* since when it is not READY; 0: not known */
    ngx_msec_t  backoff;  /* 0: the last connection was a good one */
    const char *error;    /* why the last connection ended */
    const char *reported; /* the one that was logged; NULL: none */

    ngx_queue_t waiting; /* calls, until READY */
    ngx_uint_t  sent;    /* calls that hiredis has */

    ngx_event_t handshake; /* deadline of CONNECTING */
    ngx_event_t retry;     /* end of the back-off */
    ngx_event_t write;     /* what was sent in this turn leaves */
    unsigned    writing : 1;

    /* The handshake is done. */
    void (*opened)(ngx_billing_redis_link_t *link);

    /* hiredis has let go of ac and called all its callbacks. */
    void (*ended)(ngx_billing_redis_link_t *link, redisAsyncContext *ac);
};


/*
 * A server.  Durable scripts go over a link of their own, for WAIT holds up
 * all that comes behind it.
 */
struct ngx_billing_redis_node_s {
    ngx_billing_redis_t     *redis;
    ngx_queue_t              queue;  /* redis->nodes */
    ngx_uint_t               serial; /* from 1, never used again */
    ngx_billing_redis_conf_t conf;   /* the client's, but for the address */

    ngx_billing_redis_link_t     link;
    ngx_billing_redis_link_t     writer;
    ngx_billing_redis_channel_t *channel; /* NULL: nobody listens */

    ngx_queue_t unconfirmed; /* calls: done, but not known to the replicas */
    ngx_queue_t confirming;  /* those of them that the WAIT under way is for */
    unsigned    waits : 1;   /* there is one */

    unsigned used : 1; /* it is one that publishes */
    unsigned seen : 1; /* in the new map of a cluster */

    u_char host[NGX_SOCKADDR_STRLEN + 1];
    u_char name[NGX_SOCKADDR_STRLEN];
};


/* What is different between one server, Sentinel, and Cluster. */
typedef struct {
    /* how long calls may be deferred while Redis is away; 0: never */
    ngx_msec_t patience;

    ngx_int_t (*create)(ngx_billing_redis_t *redis);
    void (*destroy)(ngx_billing_redis_t *redis); /* NULL: nothing is there */

    /* The node for a slot; NULL: none is known, and one is searched for. */
    ngx_billing_redis_node_t *(*pick)(
        ngx_billing_redis_t *redis, ngx_uint_t slot);

    /*
     * Looks at a reply of type error.  NGX_DECLINED: it is the caller's.  The
     * call was not executed else: NGX_OK, somebody else has it, or it is
     * deferred; NGX_AGAIN, it is to be given to the topology anew.  NULL:
     * always the caller's.
     */
    ngx_int_t (*refused)(ngx_billing_redis_call_t *call);

    /*
     * A link of the node has ended by itself.  1: it is to connect again,
     * after a back-off; 0: the topology sees to it.  NULL: 1.
     */
    ngx_uint_t (*lost)(ngx_billing_redis_node_t *node, ngx_uint_t steady);

    /* Whether there is a channel at every node that may publish. */
    ngx_uint_t (*complete)(ngx_billing_redis_t *redis);

    unsigned role : 1; /* the handshake asks whether it is a master */
} ngx_billing_redis_topology_t;


struct ngx_billing_redis_s {
    ngx_billing_redis_conf_t           *conf;
    ngx_log_t                          *log;
    const ngx_billing_redis_topology_t *topology;
    ngx_fd_t                            ident;
    void                               *state; /* the topology's */

    ngx_queue_t nodes;
    ngx_uint_t  serial; /* of the last node */

    ngx_queue_t waiting; /* calls that are deferred */
    ngx_queue_t done;    /* calls whose callback is due */
    ngx_uint_t  calls;   /* all that exist */
    ngx_uint_t  writes;
    ngx_msec_t  away; /* since when no node could be picked; 0: it could */

    ngx_event_t again; /* gives deferred calls to the topology */
    ngx_event_t deliver;

    ngx_str_t                    name; /* of the channel; empty: none */
    ngx_billing_redis_listener_t listener;
};


typedef enum {
    NGX_BILLING_REDIS_WAITING = 0, /* in some queue */
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
    ngx_billing_redis_link_t      *link;  /* the last one it was given to */
    ngx_uint_t                     epoch; /* the link's, when it was sent */

    u_char *text; /* in Redis' protocol; NULL when sent or too long */
    size_t  len;

    /* not NULL: text is kept, for it may have to be sent with the script */
    ngx_billing_redis_script_t *script;

    ngx_uint_t slot;
    ngx_uint_t tries;       /* nodes that have sent it elsewhere */
    ngx_msec_t since;       /* it was first deferred; 0: never */
    unsigned   reads : 1;   /* changes nothing: may be sent again */
    unsigned   durable : 1; /* the replicas have to have it */
    unsigned   asking : 1;  /* ASKING goes before it */

    redisReply *reply;
    const char *error;
};


/* --- ngx_billing_redis_slots.c --- */

/* The slot of a key: of what is between its first braces, if that is there. */
ngx_uint_t ngx_billing_redis_slot(const u_char *key, size_t len);


/* --- ngx_billing_redis_backoff.c --- */

/*
 * How long to wait before the next attempt: longer each time, unless the
 * connection that was lost was steady.  *backoff is 0 at first.
 */
ngx_msec_t ngx_billing_redis_backoff(ngx_msec_t *backoff, ngx_uint_t steady);


/* --- ngx_billing_redis_limits.c --- */

/* Refuses replies so deep, or so long, that none of ours can be it. */
void ngx_billing_redis_limit(redisContext *c);


/* --- ngx_billing_redis_memory.c --- */

/*
 * Before hiredis makes a connection, and when it has ended one: memory that
 * hiredis cannot do without.
 */
ngx_int_t ngx_billing_redis_reserve(void);
void      ngx_billing_redis_release(void);

/* A connection without hiredis' asynchronous half; NULL when out of memory. */
redisContext *ngx_billing_redis_plain(const ngx_billing_redis_conf_t *conf);

/* 0: there was no memory for what is to be sent; the connection has to go. */
ngx_uint_t ngx_billing_redis_whole(const redisContext *c);

/* Sends what there is.  NGX_OK: all of it; NGX_AGAIN; NGX_ERROR. */
ngx_int_t ngx_billing_redis_empty(redisContext *c);

/* Before hiredis reads.  NGX_ERROR: it would have no memory for it. */
ngx_int_t ngx_billing_redis_feed(redisContext *c);

/*
 * hiredis 0.14 does not say when it has no memory for the callback of a
 * command, and sends the command nevertheless: every later reply would then
 * go to the command before.
 */
ngx_uint_t ngx_billing_redis_registered(
    redisAsyncContext *ac, const void *data);


/* --- ngx_billing_redis_events.c --- */

/* Compared by address: nothing to report and nothing to repair. */
extern const char ngx_billing_redis_closing[];

void ngx_billing_redis_init_event(
    void *data, ngx_event_t *ev, ngx_event_handler_pt handler, ngx_log_t *log);

/*
 * Gives ac a connection of nginx, link->connection, and sets link->ac.
 * NGX_ERROR when nginx has no connection left; then ac is as it was.
 */
ngx_int_t ngx_billing_redis_attach(
    ngx_billing_redis_link_t *link, redisAsyncContext *ac);

/* When not CLOSED: ends the connection; error is the calls' error. */
void ngx_billing_redis_drop(ngx_billing_redis_link_t *link, const char *error);

/* What hiredis says about its end, as the calls' error. */
const char *ngx_billing_redis_reason(
    ngx_billing_redis_link_t *link, redisAsyncContext *ac);

/*
 * Replies that nobody waits for: hiredis 0.14 aborts the process when it comes
 * to them (assert() in redisProcessCallbacks()).
 */
ngx_uint_t ngx_billing_redis_unasked(redisAsyncContext *ac);


/* --- ngx_billing_redis_call.c --- */

/* NULL when out of memory. */
ngx_billing_redis_call_t *ngx_billing_redis_call_create(
    ngx_billing_redis_t *redis, ngx_uint_t argc, const ngx_str_t *argv,
    ngx_msec_t timeout, ngx_billing_redis_done_pt done, void *data);

/*
 * For a call that was not executed and is in no queue: waits for better times
 * (which have been waited for since *away), or ends if these do not come.
 */
void ngx_billing_redis_call_defer(
    ngx_billing_redis_call_t *call, ngx_msec_t *away, const char *error);

/* Puts a call that is in no queue among those whose callback is due. */
void ngx_billing_redis_call_finish(
    ngx_billing_redis_call_t *call, const char *error);

/* As if it had not been sent: drops its reply. */
void ngx_billing_redis_call_forget(ngx_billing_redis_call_t *call);

void ngx_billing_redis_call_free(ngx_billing_redis_call_t *call);
void ngx_billing_redis_free_calls(ngx_queue_t *queue);

/* Lets the callbacks run, and idle connections rest, in the next turn. */
void ngx_billing_redis_wake(ngx_billing_redis_t *redis);

/* Gives deferred calls to the topology in the next turn. */
void ngx_billing_redis_hurry(ngx_billing_redis_t *redis);


/* --- ngx_billing_redis_send.c --- */

/* When READY: sends what waits. */
void ngx_billing_redis_flush(ngx_billing_redis_link_t *link);


/* --- ngx_billing_redis_handshake.c --- */

/* When CONNECTING: sends it; link->opened() if all is well. */
void ngx_billing_redis_handshake(ngx_billing_redis_link_t *link);


/* --- ngx_billing_redis_connection.c --- */

void ngx_billing_redis_link_init(
    ngx_billing_redis_link_t *link, ngx_billing_redis_node_t *node);

/* For destroy: nothing is called any more. */
void ngx_billing_redis_link_end(ngx_billing_redis_link_t *link);

/*
 * Sends a call that is in no queue, or lets it wait until the link is READY;
 * never ends it before this has returned.
 */
void ngx_billing_redis_link_take(
    ngx_billing_redis_link_t *link, ngx_billing_redis_call_t *call);

/* When CLOSED.  It may have failed when this returns: CLOSED again. */
void ngx_billing_redis_connect(ngx_billing_redis_link_t *link);

/* 1: an attempt has failed, and the next one has to wait. */
ngx_uint_t ngx_billing_redis_link_resting(ngx_billing_redis_link_t *link);

/* Nobody waits for it, and nothing is connected. */
ngx_uint_t ngx_billing_redis_link_idle(ngx_billing_redis_link_t *link);

/* Its server is to be another one; when idle. */
void ngx_billing_redis_link_anew(ngx_billing_redis_link_t *link);

/* An idle connection may be closed by nginx when it exits. */
void ngx_billing_redis_link_settle(ngx_billing_redis_link_t *link);


/* --- ngx_billing_redis_node.c --- */

/* With the client's conf; in no slot, without a channel.  NULL: no memory. */
ngx_billing_redis_node_t *ngx_billing_redis_node_create(
    ngx_billing_redis_t *redis);

void ngx_billing_redis_node_destroy(ngx_billing_redis_node_t *node);

/* By the link that is meant for such calls, see link_take(). */
void ngx_billing_redis_node_take(
    ngx_billing_redis_node_t *node, ngx_billing_redis_call_t *call);

/* Connects the link for commands, if it is CLOSED. */
void ngx_billing_redis_node_connect(ngx_billing_redis_node_t *node);

/*
 * NGX_DECLINED: host is no numeric address, and remains unused.  (Asking a
 * resolver would block the worker.)
 */
ngx_int_t ngx_billing_redis_node_address(
    ngx_billing_redis_node_t *node, const ngx_str_t *host, in_port_t port);

/* 1: it is this one that the node has. */
ngx_uint_t ngx_billing_redis_node_is(
    ngx_billing_redis_node_t *node, const ngx_str_t *host, in_port_t port);

/* 1 for a text that node_address() takes. */
ngx_uint_t ngx_billing_redis_numeric(const ngx_str_t *host);

/* Whether a node may get another address, and what must be done before. */
ngx_uint_t ngx_billing_redis_node_idle(ngx_billing_redis_node_t *node);
void       ngx_billing_redis_node_anew(ngx_billing_redis_node_t *node);

/* Ends all its connections; calls that were not sent are deferred. */
void ngx_billing_redis_node_drop(
    ngx_billing_redis_node_t *node, const char *error);

/* Opens the node's channel anew if somebody listens, else ends it. */
void ngx_billing_redis_node_listen(ngx_billing_redis_node_t *node);
void ngx_billing_redis_node_unlisten(ngx_billing_redis_node_t *node);

/* Idle connections may be closed by nginx when it exits. */
void ngx_billing_redis_node_settle(ngx_billing_redis_node_t *node);


/* --- ngx_billing_redis_wait.c --- */

/* NGX_OK: the call waits for the replicas. */
ngx_int_t ngx_billing_redis_wait(ngx_billing_redis_call_t *call);


/* --- ngx_billing_redis_script.c --- */

/* A call that runs the script, see ngx_billing_redis_eval(). */
ngx_billing_redis_call_t *ngx_billing_redis_script_call(
    ngx_billing_redis_t *redis, ngx_billing_redis_script_t *script,
    ngx_uint_t nkeys, ngx_uint_t nargs, const ngx_str_t *argv,
    ngx_billing_redis_done_pt done, void *data);

/*
 * For a call with a script and a reply.  NGX_AGAIN: Redis does not know the
 * script; the call has all of it now, and is to be sent once more.
 */
ngx_int_t ngx_billing_redis_script_again(ngx_billing_redis_call_t *call);


/* --- ngx_billing_redis_client.c --- */

/* See ngx_billing_redis_create(). */
ngx_billing_redis_t *ngx_billing_redis_client_create(
    ngx_billing_redis_conf_t           *conf,
    const ngx_billing_redis_topology_t *topology, ngx_log_t *log);


/* --- topologies --- */

extern const ngx_billing_redis_topology_t ngx_billing_redis_single;
extern const ngx_billing_redis_topology_t ngx_billing_redis_sentinel;
extern const ngx_billing_redis_topology_t ngx_billing_redis_cluster;


#endif /* NGX_BILLING_REDIS_INTERNAL_H */
