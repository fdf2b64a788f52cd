
/*
 * The states of the connection to Redis: connecting, the handshake, sending,
 * replies, the end and the way back.
 *
 * hiredis 0.14 ends a context for many reasons, but always in one way: it
 * calls the callbacks of all pending commands with a NULL reply, then
 * ev.cleanup.  (Not so onDisconnect, which a failed connect never reaches, and
 * in onConnect nothing may be ended; neither is used.)  So all ends lead to
 * ngx_billing_redis_ended(), which ev.cleanup calls.
 *
 * From inside hiredis nothing is done but to move calls into queues, to send
 * those that wait, and to call redisAsyncFree(), which hiredis puts off until
 * its reply callback has returned.
 */

#include "event/ngx_billing_redis_internal.h"


#define NGX_BILLING_REDIS_CONNECT_TIMEOUT 2000
#define NGX_BILLING_REDIS_BACKOFF_MIN     50
#define NGX_BILLING_REDIS_BACKOFF_MAX     2000

/* a connection that lived as long is made anew without a back-off */
#define NGX_BILLING_REDIS_STEADY 2000


static ngx_int_t ngx_billing_redis_begin(ngx_billing_redis_t *redis);
static void      ngx_billing_redis_handshake(ngx_billing_redis_t *redis);
static ngx_int_t ngx_billing_redis_ask(
    ngx_billing_redis_t *redis, const char *failure, int argc, ngx_str_t *argv);
static void ngx_billing_redis_answer(
    redisAsyncContext *ac, void *reply, void *data);
static void ngx_billing_redis_refuse(
    ngx_billing_redis_t *redis, redisReply *reply, const char *failure);
static void       ngx_billing_redis_open(ngx_billing_redis_t *redis);
static void       ngx_billing_redis_send(ngx_billing_redis_call_t *call);
static ngx_uint_t ngx_billing_redis_registered(
    redisAsyncContext *ac, const void *data);
static void ngx_billing_redis_reply(
    redisAsyncContext *ac, void *reply, void *data);
static redisReply *ngx_billing_redis_take(redisReply *reply);
static ngx_uint_t  ngx_billing_redis_unasked(redisAsyncContext *ac);
static void        ngx_billing_redis_lost(
           ngx_billing_redis_t *redis, const char *detail);
static void ngx_billing_redis_schedule(
    ngx_billing_redis_t *redis, ngx_uint_t steady);
static const char *ngx_billing_redis_reason(
    ngx_billing_redis_t *redis, redisAsyncContext *ac);


void
ngx_billing_redis_connect(ngx_billing_redis_t *redis)
{
    ngx_msec_t timeout;

    redis->error = NULL;

    if (redis->retry.timer_set) {
        ngx_del_timer(&redis->retry);
    }

    if (ngx_billing_redis_begin(redis) != NGX_OK) {
        return;
    }

    redis->state = NGX_BILLING_REDIS_CONNECTING;

    timeout = redis->conf->connect_timeout;
    ngx_add_timer(&redis->handshake,
        timeout ? timeout : NGX_BILLING_REDIS_CONNECT_TIMEOUT);

    ngx_billing_redis_handshake(redis);
}


/* Sets redis->ac, or has called ngx_billing_redis_lost(). */
static ngx_int_t
ngx_billing_redis_begin(ngx_billing_redis_t *redis)
{
    redisAsyncContext        *ac;
    ngx_billing_redis_conf_t *conf;

    conf = redis->conf;

    if (conf->path.len > 0) {
        ac = redisAsyncConnectUnix((char *) conf->path.data);

    } else {
        /* the host is a numeric address: no resolver is asked */
        ac = redisAsyncConnect((char *) conf->host.data, conf->port);
    }

    if (ac == NULL || ac->err) {
        redis->error = ac ? "connection failed" : "out of memory";
        ngx_billing_redis_lost(redis, ac ? ac->errstr : redis->error);

        if (ac != NULL) {
            redisAsyncFree(ac);
        }

        return NGX_ERROR;
    }

    if (conf->path.len == 0) {
        /* an idle connection that a firewall forgets is found out by this */
        (void) redisEnableKeepAlive(&ac->c);
    }

    if (ngx_billing_redis_attach(redis, ac) != NGX_OK) {
        redis->error = "no free connection";
        ngx_billing_redis_lost(redis, redis->error);
        redisAsyncFree(ac);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/*
 * PING is there to learn now, and not from the callers' commands, that Redis
 * is still loading its data or refuses us.
 */
static void
ngx_billing_redis_handshake(ngx_billing_redis_t *redis)
{
    u_char                    number[NGX_INT_T_LEN];
    ngx_str_t                 auth[3], ping, select[2];
    ngx_uint_t                n;
    ngx_billing_redis_conf_t *conf;

    conf = redis->conf;

    ngx_str_set(&auth[0], "AUTH");
    n = 1;

    if (conf->user.len > 0) {
        auth[n++] = conf->user;
    }

    auth[n++] = conf->password;

    ngx_str_set(&ping, "PING");

    ngx_str_set(&select[0], "SELECT");
    select[1].data = number;
    select[1].len = ngx_sprintf(number, "%i", conf->db) - number;

    if ((conf->password.len > 0
            && ngx_billing_redis_ask(redis, "authentication failed", n, auth)
                   != NGX_OK)
        || ngx_billing_redis_ask(redis, "not ready", 1, &ping) != NGX_OK
        || ngx_billing_redis_ask(redis, "database refused", 2, select)
               != NGX_OK)
    {
        ngx_billing_redis_drop(redis, "out of memory");
    }
}


static ngx_int_t
ngx_billing_redis_ask(
    ngx_billing_redis_t *redis, const char *failure, int argc, ngx_str_t *argv)
{
    int         i;
    size_t      len[3];
    const char *word[3];

    for (i = 0; i < argc; i++) {
        word[i] = (char *) argv[i].data;
        len[i] = argv[i].len;
    }

    if (redisAsyncCommandArgv(redis->ac, ngx_billing_redis_answer,
            (void *) failure, argc, word, len)
        != REDIS_OK)
    {
        return NGX_ERROR;
    }

    return ngx_billing_redis_registered(redis->ac, failure) ? NGX_OK
                                                            : NGX_ERROR;
}


/* Replies of the handshake; data says what it means that one is an error. */
static void
ngx_billing_redis_answer(redisAsyncContext *ac, void *reply, void *data)
{
    redisReply          *r;
    ngx_billing_redis_t *redis;

    redis = ac->ev.data;
    r = reply;

    if (r == NULL || redis->error != NULL) {
        return;
    }

    if (r->type == REDIS_REPLY_ERROR) {
        ngx_billing_redis_refuse(redis, r, data);
        return;
    }

    if (ngx_billing_redis_unasked(ac)) {
        ngx_billing_redis_drop(redis, "protocol error");
        return;
    }

    if (ac->replies.head == NULL) {
        ngx_billing_redis_open(redis);
    }
}


/*
 * Of the error only its code, the first word, is logged: a server that does
 * not know AUTH repeats its arguments.
 */
static void
ngx_billing_redis_refuse(
    ngx_billing_redis_t *redis, redisReply *reply, const char *failure)
{
    size_t n;

    n = 0;

    while (n < reply->len && n < 32 && reply->str[n] >= 'A'
           && reply->str[n] <= 'Z') {
        n++;
    }

    if (redis->reported != failure) {
        redis->reported = failure;
        ngx_log_error(NGX_LOG_WARN, redis->log, 0,
            "redis \"%V\" is unavailable: %s (%*s)", &redis->conf->name,
            failure, n, reply->str);
    }

    ngx_billing_redis_drop(redis, failure);
}


static void
ngx_billing_redis_open(ngx_billing_redis_t *redis)
{
    redis->state = NGX_BILLING_REDIS_READY;
    redis->since = ngx_current_msec;
    redis->epoch++;

    ngx_del_timer(&redis->handshake);

    if (redis->reported != NULL) {
        redis->reported = NULL;
        ngx_log_error(NGX_LOG_NOTICE, redis->log, 0,
            "redis \"%V\" is available again", &redis->conf->name);
    }

    ngx_billing_redis_flush(redis);
    ngx_billing_redis_wake(redis);
}


void
ngx_billing_redis_flush(ngx_billing_redis_t *redis)
{
    ngx_queue_t *q;

    while (!ngx_queue_empty(&redis->waiting)) {
        q = ngx_queue_head(&redis->waiting);
        ngx_queue_remove(q);
        ngx_billing_redis_send(
            ngx_queue_data(q, ngx_billing_redis_call_t, queue));
    }
}


static void
ngx_billing_redis_send(ngx_billing_redis_call_t *call)
{
    ngx_billing_redis_t *redis;

    redis = call->redis;

    if (redis->error != NULL
        || redisAsyncFormattedCommand(redis->ac, ngx_billing_redis_reply, call,
               (char *) call->text, call->len)
               != REDIS_OK)
    {
        ngx_billing_redis_call_finish(
            call, redis->error ? redis->error : "connection closed");
        return;
    }

    if (!ngx_billing_redis_registered(redis->ac, call)) {
        ngx_billing_redis_call_finish(call, "out of memory");
        ngx_billing_redis_drop(redis, "out of memory");
        return;
    }

    call->state = NGX_BILLING_REDIS_SENT;
    redis->sent++;
    redis->connection->idle = 0;

    if (call->script == NULL) {
        ngx_free(call->text);
        call->text = NULL;
    }
}


/*
 * hiredis 0.14 does not say when it has no memory for the callback of a
 * command, and sends the command nevertheless: every later reply would then
 * go to the command before.
 */
static ngx_uint_t
ngx_billing_redis_registered(redisAsyncContext *ac, const void *data)
{
    return ac->replies.tail != NULL && ac->replies.tail->privdata == data;
}


static void
ngx_billing_redis_reply(redisAsyncContext *ac, void *reply, void *data)
{
    ngx_billing_redis_t      *redis;
    ngx_billing_redis_call_t *call;

    call = data;
    redis = call->redis;
    redis->sent--;

    if (reply == NULL && redis->error == NULL) {
        redis->error = ngx_billing_redis_reason(redis, ac);
    }

    if (reply != NULL && ngx_billing_redis_unasked(ac)) {
        ngx_billing_redis_drop(redis, "protocol error");
    }

    if (call->done == NULL) {
        ngx_billing_redis_call_free(call);
        ngx_billing_redis_wake(redis);
        return;
    }

    if (reply != NULL) {
        call->reply = ngx_billing_redis_take(reply);
        ngx_billing_redis_call_finish(
            call, call->reply ? NULL : "out of memory");
        return;
    }

    ngx_billing_redis_call_finish(call, redis->error);
}


/*
 * hiredis frees a reply when its callback returns.  The contents are moved
 * out of it; an integer, which the rest is made into, holds none.
 */
static redisReply *
ngx_billing_redis_take(redisReply *reply)
{
    redisReply *taken;

    taken = malloc(sizeof(redisReply)); /* freeReplyObject() uses free() */
    if (taken == NULL) {
        return NULL;
    }

    *taken = *reply;
    ngx_memzero(reply, sizeof(redisReply));
    reply->type = REDIS_REPLY_INTEGER;

    return taken;
}


/*
 * Replies that nobody waits for: hiredis 0.14 aborts the process when it comes
 * to them (assert() in redisProcessCallbacks()).
 */
static ngx_uint_t
ngx_billing_redis_unasked(redisAsyncContext *ac)
{
    return ac->replies.head == NULL && ac->c.reader->pos < ac->c.reader->len;
}


void
ngx_billing_redis_drop(ngx_billing_redis_t *redis, const char *error)
{
    redis->error = error;
    redisAsyncFree(redis->ac);
}


void
ngx_billing_redis_ended(ngx_billing_redis_t *redis, redisAsyncContext *ac)
{
    if (redis->error == NULL) {
        redis->error = ngx_billing_redis_reason(redis, ac);
    }

    ngx_billing_redis_lost(redis, ac->err ? ac->errstr : redis->error);
}


/* The end of a connection, or of an attempt at one. */
static void
ngx_billing_redis_lost(ngx_billing_redis_t *redis, const char *detail)
{
    ngx_uint_t                steady;
    ngx_queue_t              *q;
    ngx_billing_redis_call_t *call;

    steady = redis->state == NGX_BILLING_REDIS_READY
             && ngx_current_msec - redis->since >= NGX_BILLING_REDIS_STEADY;

    redis->state = NGX_BILLING_REDIS_CLOSED;

    if (redis->handshake.timer_set) {
        ngx_del_timer(&redis->handshake);
    }

    if (redis->error != ngx_billing_redis_closing) {
        ngx_billing_redis_schedule(redis, steady);

        if (redis->reported != redis->error) {
            redis->reported = redis->error;
            ngx_log_error(NGX_LOG_WARN, redis->log, 0,
                "redis \"%V\" is unavailable: %s", &redis->conf->name, detail);
        }
    }

    while (!ngx_queue_empty(&redis->waiting)) {
        q = ngx_queue_head(&redis->waiting);
        ngx_queue_remove(q);

        call = ngx_queue_data(q, ngx_billing_redis_call_t, queue);
        ngx_billing_redis_call_finish(call, redis->error);
    }
}


/* Connects by itself, so that ngx_billing_redis_ready() stays true to life. */
static void
ngx_billing_redis_schedule(ngx_billing_redis_t *redis, ngx_uint_t steady)
{
    ngx_add_timer(
        &redis->retry, ngx_billing_redis_backoff(&redis->backoff, steady));
}


ngx_msec_t
ngx_billing_redis_backoff(ngx_msec_t *backoff, ngx_uint_t steady)
{
    if (steady) {
        *backoff = 0;
        return 1;
    }

    *backoff = ngx_max(*backoff * 2, NGX_BILLING_REDIS_BACKOFF_MIN);
    *backoff = ngx_min(*backoff, NGX_BILLING_REDIS_BACKOFF_MAX);

    /* half of it by chance: workers and nodes lose Redis in one moment */

    return *backoff / 2 + ngx_random() % (*backoff / 2 + 1);
}


void
ngx_billing_redis_retry(ngx_event_t *ev)
{
    ngx_billing_redis_t *redis;

    redis = ev->data;

    if (redis->state == NGX_BILLING_REDIS_CLOSED && !ngx_exiting
        && !ngx_terminate) {
        ngx_billing_redis_connect(redis);
    }
}


void
ngx_billing_redis_handshake_timeout(ngx_event_t *ev)
{
    ngx_billing_redis_drop(ev->data, "connection timed out");
}


static const char *
ngx_billing_redis_reason(ngx_billing_redis_t *redis, redisAsyncContext *ac)
{
    switch (ac->err) {
    case REDIS_ERR_IO:
        return redis->state == NGX_BILLING_REDIS_CONNECTING
                   ? "connection failed"
                   : "connection lost";

    case REDIS_ERR_EOF:
        return "connection closed";

    case REDIS_ERR_PROTOCOL:
        return "protocol error";

    case REDIS_ERR_OOM:
        return "out of memory";

    default:
        return "unavailable";
    }
}
