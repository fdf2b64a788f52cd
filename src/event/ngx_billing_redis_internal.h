
/*
 * What the files of the Redis bridge share; nobody else includes this.
 *
 *   ngx_billing_redis.c             the client, and its calls' delivery
 *   ngx_billing_redis_call.c        calls: made, sent on, deferred, cancelled
 *   ngx_billing_redis_script.c      EVALSHA, EVAL
 *   ngx_billing_redis_wait.c        WAIT behind durable scripts
 *   ngx_billing_redis_node.c        one server: its links and its channel
 *   ngx_billing_redis_connection.c  states of a link, which is a connection
 *   ngx_billing_redis_handshake.c   what it begins with
 *   ngx_billing_redis_events.c      hiredis on nginx's events
 *   ngx_billing_redis_channel.c     a channel, over another connection
 *   ngx_billing_redis_single.c      topologies: which node a call goes to
 *   ngx_billing_redis_sentinel.c
 *   ngx_billing_redis_cluster.c
 *   ngx_billing_redis_slots.c       CRC16, and the map of a cluster
 *   ngx_billing_redis_url.c         the URL
 *   ngx_billing_redis_url_list.c    URLs with several servers
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


/* A connection to the node's server. */
typedef struct {
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
} ngx_billing_redis_link_t;


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
     * Looks at a reply of type error.  NGX_OK: the call was not executed, and
     * has been given to somebody else or deferred.  NULL: never.
     */
    ngx_int_t (*refused)(ngx_billing_redis_call_t *call);

    /* A link has ended by itself: sees to it that it comes back. */
    void (*lost)(ngx_billing_redis_link_t *link, ngx_uint_t steady);

    /* Whether there is a channel at every node that may publish. */
    ngx_uint_t (*complete)(ngx_billing_redis_t *redis);

    unsigned role : 1; /* the handshake asks whether it is a master */
} ngx_billing_redis_topology_t;

extern const ngx_billing_redis_topology_t ngx_billing_redis_single;
extern const ngx_billing_redis_topology_t ngx_billing_redis_sentinel;
extern const ngx_billing_redis_topology_t ngx_billing_redis_cluster;


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


/* Compared by address: nothing to report and nothing to repair. */
extern const char ngx_billing_redis_closing[];


void ngx_billing_redis_init_event(
    void *data, ngx_event_t *ev, ngx_event_handler_pt handler, ngx_log_t *log);

/* Refuses replies so deep, or so long, that none of ours can be it. */
void ngx_billing_redis_limit(redisContext *c);

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

void ngx_billing_redis_free_calls(ngx_queue_t *queue);

/* Lets the callbacks run, and idle connections rest, in the next turn. */
void ngx_billing_redis_wake(ngx_billing_redis_t *redis);

/* Gives deferred calls to the topology in the next turn. */
void ngx_billing_redis_hurry(ngx_billing_redis_t *redis);


/* NULL when out of memory. */
ngx_billing_redis_call_t *ngx_billing_redis_call_create(
    ngx_billing_redis_t *redis, ngx_uint_t argc, const ngx_str_t *argv,
    ngx_msec_t timeout, ngx_billing_redis_done_pt done, void *data);

/* Gives the call to a node; never ends it before this has returned. */
void ngx_billing_redis_call_submit(ngx_billing_redis_call_t *call);

/* The same, to this link. */
void ngx_billing_redis_call_give(
    ngx_billing_redis_call_t *call, ngx_billing_redis_link_t *link);

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


/*
 * For a call with a script and a reply: if that says that Redis does not know
 * the script, gives the call once more with all of it and returns NGX_OK.
 */
ngx_int_t ngx_billing_redis_script_again(ngx_billing_redis_call_t *call);

/* NGX_OK: the call waits for the replicas. */
ngx_int_t ngx_billing_redis_wait(ngx_billing_redis_call_t *call);


/* With the client's conf; in no slot, without a channel.  NULL: no memory. */
ngx_billing_redis_node_t *ngx_billing_redis_node_create(
    ngx_billing_redis_t *redis);

void ngx_billing_redis_node_destroy(ngx_billing_redis_node_t *node);

/*
 * NGX_DECLINED: host is no numeric address, and remains unused.  (Asking a
 * resolver would block the worker.)
 */
ngx_int_t ngx_billing_redis_node_address(
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


void ngx_billing_redis_link_init(
    ngx_billing_redis_link_t *link, ngx_billing_redis_node_t *node);

/* For destroy: nothing is called any more. */
void ngx_billing_redis_link_end(ngx_billing_redis_link_t *link);

/* When CLOSED.  It may have failed when this returns: CLOSED again. */
void ngx_billing_redis_connect(ngx_billing_redis_link_t *link);

/* When CONNECTING: sends it; ngx_billing_redis_open() if all is well. */
void ngx_billing_redis_handshake(ngx_billing_redis_link_t *link);

/* The handshake is done: READY. */
void ngx_billing_redis_open(ngx_billing_redis_link_t *link);

/*
 * hiredis 0.14 does not say when it has no memory for the callback of a
 * command, and sends the command nevertheless: every later reply would then
 * go to the command before.
 */
ngx_uint_t ngx_billing_redis_registered(
    redisAsyncContext *ac, const void *data);

/*
 * Replies that nobody waits for: hiredis 0.14 aborts the process when it comes
 * to them (assert() in redisProcessCallbacks()).
 */
ngx_uint_t ngx_billing_redis_unasked(redisAsyncContext *ac);

/* When READY: sends what waits. */
void ngx_billing_redis_flush(ngx_billing_redis_link_t *link);

/* When not CLOSED: ends the connection; error is the calls' error. */
void ngx_billing_redis_drop(ngx_billing_redis_link_t *link, const char *error);

/* Connects by itself, after a back-off of at most so many milliseconds. */
void ngx_billing_redis_schedule(
    ngx_billing_redis_link_t *link, ngx_uint_t steady);

/* hiredis has let go of ac and called all its callbacks. */
void ngx_billing_redis_ended(
    ngx_billing_redis_link_t *link, redisAsyncContext *ac);

/*
 * Gives ac a connection of nginx, link->connection, and sets link->ac.
 * NGX_ERROR when nginx has no connection left; then ac is as it was.
 */
ngx_int_t ngx_billing_redis_attach(
    ngx_billing_redis_link_t *link, redisAsyncContext *ac);

/*
 * How long to wait before the next attempt: longer each time, unless the
 * connection that was lost was steady.  *backoff is 0 at first.
 */
ngx_msec_t ngx_billing_redis_backoff(ngx_msec_t *backoff, ngx_uint_t steady);

/* Handlers of link->write, link->handshake and link->retry. */
void ngx_billing_redis_write(ngx_event_t *ev);
void ngx_billing_redis_handshake_timeout(ngx_event_t *ev);
void ngx_billing_redis_retry(ngx_event_t *ev);


/* The slot of a key: of what is between its first braces, if that is there. */
ngx_uint_t ngx_billing_redis_slot(const u_char *key, size_t len);


#define NGX_BILLING_REDIS_CLUSTER_PATIENCE 3000 /* milliseconds */
#define NGX_BILLING_REDIS_CLUSTER_SOON     50   /* until the map is renewed */
#define NGX_BILLING_REDIS_CLUSTER_WRONG    200  /* while something is wrong */


/* The state of a client of a cluster, for both files of it. */
typedef struct {
    ngx_billing_redis_t       *redis;
    ngx_billing_redis_node_t **slots;
    ngx_billing_redis_node_t  *asked; /* for the map; NULL: nobody */
    ngx_fd_t                   ident; /* -1; for debug logs */

    ngx_uint_t  known;   /* slots that somebody has */
    ngx_uint_t  next;    /* serial of the next one to be asked */
    ngx_event_t refresh; /* the map */
    const char *reported;
} ngx_billing_redis_cluster_t;

/* The node with this address, an old or a new one; NULL: there is none. */
ngx_billing_redis_node_t *ngx_billing_redis_cluster_node(
    ngx_billing_redis_cluster_t *cluster, const ngx_str_t *host,
    in_port_t port);

/* Who has slots, publishes. */
void ngx_billing_redis_cluster_use(
    ngx_billing_redis_node_t *node, ngx_uint_t used);

/* Asks for the map, after at most so many milliseconds. */
void ngx_billing_redis_cluster_soon(
    ngx_billing_redis_cluster_t *cluster, ngx_msec_t delay);
void ngx_billing_redis_cluster_refresh(ngx_event_t *ev);

void ngx_billing_redis_cluster_report(
    ngx_billing_redis_cluster_t *cluster, const char *error);


#endif /* NGX_BILLING_REDIS_INTERNAL_H */
