
/*
 * Redis on nginx's event loop: one connection per worker and server,
 * pipelined.  Where Redis is, at one address, where Sentinel says, or spread
 * over a cluster, makes no difference to callers.
 *
 * The contract for callers is short.  A command's callback runs exactly once
 * unless the command was cancelled, never before ngx_billing_redis_command()
 * has returned, and always ends in nginx's own hands (no library call is on
 * the stack that could be re-entered): it may send commands, cancel others
 * and finish requests.  When Redis is away the callback comes with a NULL
 * reply and a constant error text.  Nothing that may have been executed is
 * sent twice, unless it only reads.
 */

#ifndef NGX_BILLING_REDIS_H
#define NGX_BILLING_REDIS_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>


struct redisReply; /* <hiredis/hiredis.h> */

typedef struct ngx_billing_redis_s      ngx_billing_redis_t;
typedef struct ngx_billing_redis_call_s ngx_billing_redis_call_t;


typedef enum {
    NGX_BILLING_REDIS_SINGLE = 0,
    NGX_BILLING_REDIS_SENTINEL,
    NGX_BILLING_REDIS_CLUSTER
} ngx_billing_redis_kind_e;


/*
 * Where Redis is, read at configuration time from one of
 *
 *     redis://[[user]:pass@]host[:port][/db]
 *     unix:/path[?db=N]
 *     sentinel://[[user]:pass@]host[:port],...,host[:port]/name[/db]
 *     cluster://[[user]:pass@]host[:port],...,host[:port]
 *
 * (an IPv6 address in brackets, user and password percent-encoded).  A host
 * name is resolved then, to the first of its addresses, so that no worker
 * ever blocks in getaddrinfo(); what Sentinel or a cluster tell must be
 * numeric.
 */
typedef struct ngx_billing_redis_conf_s ngx_billing_redis_conf_t;

struct ngx_billing_redis_conf_s {
    ngx_billing_redis_kind_e kind;

    ngx_str_t  name; /* for logs: without user and password */
    ngx_str_t  host; /* numeric address, NUL-terminated */
    in_port_t  port;
    ngx_str_t  path; /* unix socket, NUL-terminated */
    ngx_str_t  user;
    ngx_str_t  password;
    ngx_int_t  db;              /* -1: there are none */
    ngx_msec_t connect_timeout; /* with the handshake; 0: 2 s */
    ngx_msec_t timeout;         /* of a command; 0: 5 s */

    /* what durable scripts wait for; 0: for none */
    ngx_uint_t replicas;
    ngx_msec_t replicas_timeout;

    /* Sentinels, or the nodes of a cluster that are asked for the others */
    ngx_billing_redis_conf_t *servers;
    ngx_uint_t                nservers;

    ngx_str_t master; /* what Sentinel calls it */
};


/*
 * Sets all but timeouts and replicas.  Returns NGX_CONF_OK or the text to return from
 * the directive's handler; no text repeats the URL.
 */
char *ngx_billing_redis_parse_url(
    ngx_conf_t *cf, ngx_str_t *url, ngx_billing_redis_conf_t *conf);

/* "[user:]password" of the Sentinels, percent-encoded; after the URL. */
char *ngx_billing_redis_parse_sentinel_auth(
    ngx_conf_t *cf, ngx_str_t *text, ngx_billing_redis_conf_t *conf);


/*
 * reply is NULL when there was none; then error says why ("connection failed",
 * "authentication failed", "timed out", ...).  A reply of type error is passed
 * as a reply.  reply is freed after the callback, and the call is gone when
 * the callback is entered.
 *
 * Of a durable script there may be both: a reply, and as its error
 * ngx_billing_redis_unconfirmed (or another one) when it was executed but the
 * replicas may not have what it wrote.
 */
typedef void (*ngx_billing_redis_done_pt)(
    void *data, struct redisReply *reply, const char *error);

extern const char ngx_billing_redis_unconfirmed[];


/* Connects at the first command.  conf must outlive it. */
ngx_billing_redis_t *ngx_billing_redis_create(
    ngx_billing_redis_conf_t *conf, ngx_log_t *log);

/* For exit_process: drops the connection; no callback runs any more. */
void ngx_billing_redis_destroy(ngx_billing_redis_t *redis);

/*
 * Sends a command; the arguments are copied, argc is at least 1.  Never
 * SUBSCRIBE, UNSUBSCRIBE or MONITOR, which have no reply of their own, and
 * nothing that blocks, for all commands share the connection.
 *
 * timeout 0 takes the configured one.  A command that is not answered in time
 * ends the connection, and with it all that were sent: they fail alike.
 *
 * Returns NULL only when out of memory: then no callback comes.
 */
ngx_billing_redis_call_t *ngx_billing_redis_command(ngx_billing_redis_t *redis,
    ngx_uint_t argc, const ngx_str_t *argv, ngx_msec_t timeout,
    ngx_billing_redis_done_pt done, void *data);

/* Forgets the callback.  What was sent is sent: Redis may still act on it. */
void ngx_billing_redis_cancel(ngx_billing_redis_call_t *call);


/*
 * A Lua script, run by EVALSHA; where Redis does not know it (NOSCRIPT, after
 * a restart) it is sent in full by EVAL, once.  A static value: digests are
 * filled in at first use.
 *
 * reads: it changes nothing, so it may be executed twice.  durable: its
 * callback waits for conf->replicas.
 */
typedef struct {
    const char *text;
    u_char      sha1[41];
    u_char      guarded[41]; /* in a cluster */
    unsigned    reads : 1;
    unsigned    durable : 1;
} ngx_billing_redis_script_t;

/*
 * Arguments: nkeys keys and then nargs arguments in argv.  All keys that a
 * script touches must have the hash tag of the first, in braces, and be
 * allowed to whoever may use "<what stands before the tag>{tag}...".
 */
ngx_billing_redis_call_t *ngx_billing_redis_eval(ngx_billing_redis_t *redis,
    ngx_billing_redis_script_t *script, ngx_uint_t nkeys, ngx_uint_t nargs,
    const ngx_str_t *argv, ngx_billing_redis_done_pt done, void *data);

/*
 * 1 while connected and ready (for health and degraded answers).  0 before the
 * first command, too; a connection that was lost comes back by itself.
 */
ngx_uint_t ngx_billing_redis_ready(ngx_billing_redis_t *redis);

/*
 * Changes when something is written: as long as it is the same, no command
 * that was sent since has left.
 */
ngx_uint_t ngx_billing_redis_writes(ngx_billing_redis_t *redis);

/*
 * Stands for the connection to whoever has this key (or any other key with
 * this text as its hash tag).  What was read over another one may not hold
 * any more: Redis may have been restarted with older data, or another node
 * may have taken its place.
 */
ngx_uint_t ngx_billing_redis_epoch(
    ngx_billing_redis_t *redis, const ngx_str_t *key);


#endif /* NGX_BILLING_REDIS_H */
