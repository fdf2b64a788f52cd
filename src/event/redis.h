
/*
 * Redis on nginx's event loop: one connection per worker and server,
 * pipelined.  Where Redis is, at one address, where Sentinel says, or spread
 * over a cluster, makes no difference to callers.
 *
 * The contract for callers is short.  A command's callback runs exactly once
 * unless the command was cancelled, never before billing_redis_client_command()
 * has returned, and always ends in nginx's own hands (no library call is on
 * the stack that could be re-entered): it may send commands, cancel others
 * and finish requests.  When Redis is away the callback comes with a NULL
 * reply and a constant error text.  Nothing that may have been executed is
 * sent twice, unless it only reads.
 */

#ifndef BILLING_EVENT_REDIS_H
#define BILLING_EVENT_REDIS_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>


struct redisReply; /* <hiredis/hiredis.h> */

typedef struct billing_redis_s      billing_redis_t;
typedef struct billing_redis_call_s billing_redis_call_t;


typedef enum {
    BILLING_REDIS_SINGLE = 0,
    BILLING_REDIS_SENTINEL,
    BILLING_REDIS_CLUSTER
} billing_redis_kind_e;


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
typedef struct billing_redis_conf_s billing_redis_conf_t;

struct billing_redis_conf_s {
    billing_redis_kind_e kind;

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
    billing_redis_conf_t *servers;
    ngx_uint_t            nservers;

    ngx_str_t master; /* what Sentinel calls it */
};


/*
 * Sets all but timeouts and replicas.  Returns NGX_CONF_OK or the text to return from
 * the directive's handler; no text repeats the URL.
 */
char *billing_redis_url_parse(
    ngx_conf_t *cf, ngx_str_t *url, billing_redis_conf_t *conf);

/* "[user:]password" of the Sentinels, percent-encoded; after the URL. */
char *billing_redis_url_list_parse_sentinel_auth(
    ngx_conf_t *cf, ngx_str_t *text, billing_redis_conf_t *conf);


/*
 * reply is NULL when there was none; then error says why ("connection failed",
 * "authentication failed", "timed out", ...).  A reply of type error is passed
 * as a reply.  reply is freed after the callback, and the call is gone when
 * the callback is entered.
 *
 * Of a durable script there may be both: a reply, and as its error
 * billing_redis_unconfirmed (or another one) when it was executed but the
 * replicas may not have what it wrote.
 */
typedef void (*billing_redis_done_pt)(
    void *data, struct redisReply *reply, const char *error);

extern const char billing_redis_unconfirmed[];


/* Connects at the first command.  conf must outlive it. */
billing_redis_t *billing_redis_create(
    billing_redis_conf_t *conf, ngx_log_t *log);

/* For exit_process: drops the connection; no callback runs any more. */
void billing_redis_client_destroy(billing_redis_t *redis);

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
billing_redis_call_t *billing_redis_client_command(billing_redis_t *redis,
    ngx_uint_t argc, const ngx_str_t *argv, ngx_msec_t timeout,
    billing_redis_done_pt done, void *data);

/* Forgets the callback.  What was sent is sent: Redis may still act on it. */
void billing_redis_call_cancel(billing_redis_call_t *call);


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
} billing_redis_script_t;

/*
 * Arguments: nkeys keys and then nargs arguments in argv.  All keys that a
 * script touches must have the hash tag of the first, in braces, and be
 * allowed to whoever may use "<what stands before the tag>{tag}...".
 */
billing_redis_call_t *billing_redis_client_eval(billing_redis_t *redis,
    billing_redis_script_t *script, ngx_uint_t nkeys, ngx_uint_t nargs,
    const ngx_str_t *argv, billing_redis_done_pt done, void *data);

/*
 * 1 while connected and ready (for health and degraded answers).  0 before the
 * first command, too; a connection that was lost comes back by itself.
 */
ngx_uint_t billing_redis_client_ready(billing_redis_t *redis);

/*
 * Changes when something is written: as long as it is the same, no command
 * that was sent since has left.
 */
ngx_uint_t billing_redis_client_writes(billing_redis_t *redis);

/*
 * Stands for the connection to whoever has this key (or any other key with
 * this text as its hash tag).  What was read over another one may not hold
 * any more: Redis may have been restarted with older data, or another node
 * may have taken its place.
 */
ngx_uint_t billing_redis_client_epoch(
    billing_redis_t *redis, const ngx_str_t *key);


#endif /* BILLING_EVENT_REDIS_H */
