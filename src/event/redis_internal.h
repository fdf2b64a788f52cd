
/*
 * What the files of the Redis bridge share; nobody else includes this.  A file
 * calls those below it and no other: what goes up goes through functions that
 * were given, billing_redis_topology_t, the link's opened() and ended(),
 * and a call's done().
 *
 *   redis.c             makes a client with its topology
 *   redis_sentinel.c    topologies: which node a call goes to
 *   redis_master.c      which master Sentinels name
 *   redis_cluster.c
 *   redis_single.c
 *   redis_client.c      the client: sends calls on, delivers them
 *   redis_map.c         the map of a cluster: who has which slots
 *   redis_members.c     the nodes of a cluster, by address
 *   redis_script.c      EVALSHA, EVAL
 *   redis_wait.c        WAIT behind durable scripts
 *   redis_node.c        one server: its links and its channel
 *   redis_channel.c     a channel, over another connection
 *   redis_connection.c  states of a link, which is a connection
 *   redis_handshake.c   what it begins with
 *   redis_send.c        what is sent over it, and comes back
 *   redis_call.c        calls, and where those of a client wait
 *   redis_events.c      hiredis on nginx's events
 *   redis_memory.c      hiredis without memory
 *   redis_limits.c      replies that are too much
 *   redis_backoff.c     pauses before attempts
 *   redis_slots.c       slots of keys
 *
 * A call belongs to the client.  It goes to the node that the topology picks,
 * and waits there, is sent, and comes back; or it is deferred: it waits with
 * the client and is given to the topology anew, soon and several times.
 */

#ifndef BILLING_EVENT_REDIS_INTERNAL_H
#define BILLING_EVENT_REDIS_INTERNAL_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <hiredis/async.h>

#include "event/redis.h"
#include "event/redis_channel.h"


#define BILLING_REDIS_SLOTS 16384 /* of a cluster */


/*
 * CLOSED: the next command connects, unless an attempt has failed and its
 * back-off runs, when commands fail at once or are deferred.  CONNECTING:
 * commands wait until Redis has answered the handshake.  READY: commands go
 * to hiredis.
 */
typedef enum {
    BILLING_REDIS_CLOSED = 0,
    BILLING_REDIS_CONNECTING,
    BILLING_REDIS_READY
} billing_redis_state_e;


typedef struct billing_redis_node_s billing_redis_node_t;
typedef struct billing_redis_link_s billing_redis_link_t;


/* A connection to the node's server. */
struct billing_redis_link_s {
    billing_redis_node_t *node;
    ngx_log_t            *log;
    redisAsyncContext    *ac; /* NULL: CLOSED */

    /* -1; after three pointers, where nginx's debug log of timers reads it */
    ngx_fd_t ident;

    ngx_connection_t     *connection; /* lives as long as ac */
    billing_redis_state_e state;

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
    void (*opened)(billing_redis_link_t *link);

    /* hiredis has let go of ac and called all its callbacks. */
    void (*ended)(billing_redis_link_t *link, redisAsyncContext *ac);
};


/*
 * A server.  Durable scripts go over a link of their own, for WAIT holds up
 * all that comes behind it.
 */
struct billing_redis_node_s {
    billing_redis_t     *redis;
    ngx_queue_t          queue;  /* redis->nodes */
    ngx_uint_t           serial; /* from 1, never used again */
    billing_redis_conf_t conf;   /* the client's, but for the address */

    billing_redis_link_t     link;
    billing_redis_link_t     writer;
    billing_redis_channel_t *channel; /* NULL: nobody listens */

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

    ngx_int_t (*create)(billing_redis_t *redis);
    void (*destroy)(billing_redis_t *redis); /* NULL: nothing is there */

    /* The node for a slot; NULL: none is known, and one is searched for. */
    billing_redis_node_t *(*pick)(billing_redis_t *redis, ngx_uint_t slot);

    /*
     * Looks at a reply of type error.  NGX_DECLINED: it is the caller's.  The
     * call was not executed else: NGX_OK, somebody else has it, or it is
     * deferred; NGX_AGAIN, it is to be given to the topology anew.  NULL:
     * always the caller's.
     */
    ngx_int_t (*refused)(billing_redis_call_t *call);

    /*
     * A link of the node has ended by itself.  1: it is to connect again,
     * after a back-off; 0: the topology sees to it.  NULL: 1.
     */
    ngx_uint_t (*lost)(billing_redis_node_t *node, ngx_uint_t steady);

    /* Whether there is a channel at every node that may publish. */
    ngx_uint_t (*complete)(billing_redis_t *redis);

    unsigned role : 1; /* the handshake asks whether it is a master */
} billing_redis_topology_t;


struct billing_redis_s {
    billing_redis_conf_t           *conf;
    ngx_log_t                      *log;
    const billing_redis_topology_t *topology;
    ngx_fd_t                        ident;
    void                           *state; /* the topology's */

    ngx_queue_t nodes;
    ngx_uint_t  serial; /* of the last node */

    ngx_queue_t waiting; /* calls that are deferred */
    ngx_queue_t done;    /* calls whose callback is due */
    ngx_uint_t  calls;   /* all that exist */
    ngx_uint_t  writes;
    ngx_msec_t  away; /* since when no node could be picked; 0: it could */

    ngx_event_t again; /* gives deferred calls to the topology */
    ngx_event_t deliver;

    ngx_str_t                name; /* of the channel; empty: none */
    billing_redis_listener_t listener;
};


typedef enum {
    BILLING_REDIS_WAITING = 0, /* in some queue */
    BILLING_REDIS_SENT,        /* hiredis has it */
    BILLING_REDIS_DONE,        /* in redis->done */
    BILLING_REDIS_RUNNING      /* in its callback */
} billing_redis_call_state_e;


/*
 * A command on its way.  It is freed right after its callback or when it is
 * cancelled; only a cancelled call that Redis has been sent stays until its
 * reply has passed.  Its timer is set all the while: nginx's workers wait for
 * timers, not for connections, so this keeps one from leaving too early.
 */
struct billing_redis_call_s {
    billing_redis_t      *redis;
    billing_redis_done_pt done; /* NULL: cancelled */
    void                 *data;
    ngx_fd_t              ident; /* as above */

    billing_redis_call_state_e state;
    ngx_queue_t                queue;
    ngx_event_t                timer;
    billing_redis_link_t      *link;  /* the last one it was given to */
    ngx_uint_t                 epoch; /* the link's, when it was sent */

    u_char *text; /* in Redis' protocol; NULL when sent or too long */
    size_t  len;

    /* not NULL: text is kept, for it may have to be sent with the script */
    billing_redis_script_t *script;

    ngx_uint_t slot;
    ngx_uint_t tries;       /* nodes that have sent it elsewhere */
    ngx_msec_t since;       /* it was first deferred; 0: never */
    unsigned   reads : 1;   /* changes nothing: may be sent again */
    unsigned   durable : 1; /* the replicas have to have it */
    unsigned   asking : 1;  /* ASKING goes before it */

    redisReply *reply;
    const char *error;
};


/* --- redis_slots.c --- */

/* The slot of a key: of what is between its first braces, if that is there. */
ngx_uint_t billing_redis_slots_of(const u_char *key, size_t len);


/* --- redis_backoff.c --- */

/*
 * How long to wait before the next attempt: longer each time, unless the
 * connection that was lost was steady.  *backoff is 0 at first.
 */
ngx_msec_t billing_redis_backoff(ngx_msec_t *backoff, ngx_uint_t steady);


/* --- redis_limits.c --- */

/* Refuses replies so deep, or so long, that none of ours can be it. */
void billing_redis_limits(redisContext *c);


/* --- redis_memory.c --- */

/*
 * Before hiredis makes a connection, and when it has ended one: memory that
 * hiredis cannot do without.
 */
ngx_int_t billing_redis_memory_reserve(void);
void      billing_redis_memory_release(void);

/* A connection without hiredis' asynchronous half; NULL when out of memory. */
redisContext *billing_redis_memory_plain(const billing_redis_conf_t *conf);

/* 0: there was no memory for what is to be sent; the connection has to go. */
ngx_uint_t billing_redis_memory_whole(const redisContext *c);

/* Sends what there is.  NGX_OK: all of it; NGX_AGAIN; NGX_ERROR. */
ngx_int_t billing_redis_memory_empty(redisContext *c);

/* Before hiredis reads.  NGX_ERROR: it would have no memory for it. */
ngx_int_t billing_redis_memory_feed(redisContext *c);

/*
 * hiredis 0.14 does not say when it has no memory for the callback of a
 * command, and sends the command nevertheless: every later reply would then
 * go to the command before.
 */
ngx_uint_t billing_redis_memory_registered(
    redisAsyncContext *ac, const void *data);


/* --- redis_events.c --- */

/* Compared by address: nothing to report and nothing to repair. */
extern const char billing_redis_closing[];

void billing_redis_events_init_event(
    void *data, ngx_event_t *ev, ngx_event_handler_pt handler, ngx_log_t *log);

/*
 * Gives ac a connection of nginx, link->connection, and sets link->ac.
 * NGX_ERROR when nginx has no connection left; then ac is as it was.
 */
ngx_int_t billing_redis_events_attach(
    billing_redis_link_t *link, redisAsyncContext *ac);

/* When not CLOSED: ends the connection; error is the calls' error. */
void billing_redis_events_drop(billing_redis_link_t *link, const char *error);

/* What hiredis says about its end, as the calls' error. */
const char *billing_redis_events_reason(
    billing_redis_link_t *link, redisAsyncContext *ac);

/*
 * Replies that nobody waits for: hiredis 0.14 aborts the process when it comes
 * to them (assert() in redisProcessCallbacks()).
 */
ngx_uint_t billing_redis_events_unasked(redisAsyncContext *ac);


/* --- redis_call.c --- */

/* NULL when out of memory. */
billing_redis_call_t *billing_redis_call_create(billing_redis_t *redis,
    ngx_uint_t argc, const ngx_str_t *argv, ngx_msec_t timeout,
    billing_redis_done_pt done, void *data);

/*
 * For a call that was not executed and is in no queue: waits for better times
 * (which have been waited for since *away), or ends if these do not come.
 */
void billing_redis_call_defer(
    billing_redis_call_t *call, ngx_msec_t *away, const char *error);

/* Puts a call that is in no queue among those whose callback is due. */
void billing_redis_call_finish(billing_redis_call_t *call, const char *error);

/* As if it had not been sent: drops its reply. */
void billing_redis_call_forget(billing_redis_call_t *call);

void billing_redis_call_free(billing_redis_call_t *call);
void billing_redis_call_free_calls(ngx_queue_t *queue);

/* Lets the callbacks run, and idle connections rest, in the next turn. */
void billing_redis_call_wake(billing_redis_t *redis);

/* Gives deferred calls to the topology in the next turn. */
void billing_redis_call_hurry(billing_redis_t *redis);


/* --- redis_send.c --- */

/* When READY: sends what waits. */
void billing_redis_send_flush(billing_redis_link_t *link);


/* --- redis_handshake.c --- */

/* When CONNECTING: sends it; link->opened() if all is well. */
void billing_redis_handshake(billing_redis_link_t *link);


/* --- redis_connection.c --- */

void billing_redis_connection_link_init(
    billing_redis_link_t *link, billing_redis_node_t *node);

/* For destroy: nothing is called any more. */
void billing_redis_connection_link_end(billing_redis_link_t *link);

/*
 * Sends a call that is in no queue, or lets it wait until the link is READY;
 * never ends it before this has returned.
 */
void billing_redis_connection_link_take(
    billing_redis_link_t *link, billing_redis_call_t *call);

/* When CLOSED.  It may have failed when this returns: CLOSED again. */
void billing_redis_connection_connect(billing_redis_link_t *link);

/* 1: an attempt has failed, and the next one has to wait. */
ngx_uint_t billing_redis_connection_link_resting(billing_redis_link_t *link);

/* Nobody waits for it, and nothing is connected. */
ngx_uint_t billing_redis_connection_link_idle(billing_redis_link_t *link);

/* Its server is to be another one; when idle. */
void billing_redis_connection_link_anew(billing_redis_link_t *link);

/* An idle connection may be closed by nginx when it exits. */
void billing_redis_connection_link_settle(billing_redis_link_t *link);


/* --- redis_node.c --- */

/* With the client's conf; in no slot, without a channel.  NULL: no memory. */
billing_redis_node_t *billing_redis_node_create(billing_redis_t *redis);

void billing_redis_node_destroy(billing_redis_node_t *node);

/* By the link for such calls, see billing_redis_connection_link_take(). */
void billing_redis_node_take(
    billing_redis_node_t *node, billing_redis_call_t *call);

/* Connects the link for commands, if it is CLOSED. */
void billing_redis_node_connect(billing_redis_node_t *node);

/*
 * NGX_DECLINED: host is no numeric address, and remains unused.  (Asking a
 * resolver would block the worker.)
 */
ngx_int_t billing_redis_node_address(
    billing_redis_node_t *node, const ngx_str_t *host, in_port_t port);

/* 1: it is this one that the node has. */
ngx_uint_t billing_redis_node_is(
    billing_redis_node_t *node, const ngx_str_t *host, in_port_t port);

/* 1 for a text that billing_redis_node_address() takes. */
ngx_uint_t billing_redis_node_numeric(const ngx_str_t *host);

/* Whether a node may get another address, and what must be done before. */
ngx_uint_t billing_redis_node_idle(billing_redis_node_t *node);
void       billing_redis_node_anew(billing_redis_node_t *node);

/* Ends all its connections; calls that were not sent are deferred. */
void billing_redis_node_drop(billing_redis_node_t *node, const char *error);

/* Opens the node's channel anew if somebody listens, else ends it. */
void billing_redis_node_listen(billing_redis_node_t *node);
void billing_redis_node_unlisten(billing_redis_node_t *node);

/* Idle connections may be closed by nginx when it exits. */
void billing_redis_node_settle(billing_redis_node_t *node);


/* --- redis_wait.c --- */

/* NGX_OK: the call waits for the replicas. */
ngx_int_t billing_redis_wait(billing_redis_call_t *call);


/* --- redis_script.c --- */

/* A call that runs the script, see billing_redis_client_eval(). */
billing_redis_call_t *billing_redis_script_call(billing_redis_t *redis,
    billing_redis_script_t *script, ngx_uint_t nkeys, ngx_uint_t nargs,
    const ngx_str_t *argv, billing_redis_done_pt done, void *data);

/*
 * For a call with a script and a reply.  NGX_AGAIN: Redis does not know the
 * script; the call has all of it now, and is to be sent once more.
 */
ngx_int_t billing_redis_script_again(billing_redis_call_t *call);


/* --- redis_client.c --- */

/* See billing_redis_create(). */
billing_redis_t *billing_redis_client_create(billing_redis_conf_t *conf,
    const billing_redis_topology_t *topology, ngx_log_t *log);


/* --- topologies --- */

extern const billing_redis_topology_t billing_redis_single;
extern const billing_redis_topology_t billing_redis_sentinel;
extern const billing_redis_topology_t billing_redis_cluster;


#endif /* BILLING_EVENT_REDIS_INTERNAL_H */
