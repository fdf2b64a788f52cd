
/*
 * Redis on nginx's event loop: one connection per worker, pipelined.
 *
 * The contract for callers is short.  A command's callback runs exactly once
 * unless the command was cancelled, never before ngx_billing_redis_command()
 * has returned, and always ends in nginx's own hands (no library call is on
 * the stack that could be re-entered): it may send commands, cancel others
 * and finish requests.  When Redis is away the callback comes with a NULL
 * reply and a constant error text; nothing is sent twice.
 */

#ifndef NGX_BILLING_REDIS_H
#define NGX_BILLING_REDIS_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>


struct redisReply; /* <hiredis/hiredis.h> */

typedef struct ngx_billing_redis_s      ngx_billing_redis_t;
typedef struct ngx_billing_redis_call_s ngx_billing_redis_call_t;


/*
 * Where Redis is, read from "redis://[[user]:pass@]host[:port][/db]" (an IPv6
 * address in brackets, user and password percent-encoded) or "unix:/path" or
 * "unix:/path?db=N" at configuration time; a host name is resolved then, to
 * the first of its addresses, so that no worker ever blocks in getaddrinfo().
 */
typedef struct {
    ngx_str_t  name; /* for logs: without user and password */
    ngx_str_t  host; /* numeric address, NUL-terminated */
    in_port_t  port;
    ngx_str_t  path; /* unix socket, NUL-terminated */
    ngx_str_t  user;
    ngx_str_t  password;
    ngx_int_t  db;
    ngx_msec_t connect_timeout; /* with the handshake; 0: 2 s */
    ngx_msec_t timeout;         /* of a command; 0: 5 s */
} ngx_billing_redis_conf_t;

/*
 * Sets all but the timeouts.  Returns NGX_CONF_OK or the text to return from
 * the directive's handler; no text repeats the URL.
 */
char *ngx_billing_redis_parse_url(
    ngx_conf_t *cf, ngx_str_t *url, ngx_billing_redis_conf_t *conf);


/*
 * reply is NULL when there was none; then error says why ("connection failed",
 * "authentication failed", "timed out", ...).  A reply of type error is passed
 * as a reply.  reply is freed after the callback, and the call is gone when
 * the callback is entered.
 */
typedef void (*ngx_billing_redis_done_pt)(
    void *data, struct redisReply *reply, const char *error);


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
 * a restart) it is sent in full by EVAL, once.  A static value: sha1 is
 * filled at first use.
 */
typedef struct {
    const char *text;
    u_char      sha1[41];
} ngx_billing_redis_script_t;

/* Arguments: nkeys keys and then nargs arguments in argv. */
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
 * How many connections were made so far.  What was read over an earlier one
 * may not hold any more: Redis may have been restarted with older data, or
 * another node may have taken its place.
 */
ngx_uint_t ngx_billing_redis_epoch(ngx_billing_redis_t *redis);


#endif /* NGX_BILLING_REDIS_H */
