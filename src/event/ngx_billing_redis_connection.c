
/*
 * The states of a link, a connection to Redis: connecting, sending, replies,
 * the end and the way back.
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
#include "event/ngx_billing_metrics.h"


#define NGX_BILLING_REDIS_CONNECT_TIMEOUT 2000
#define NGX_BILLING_REDIS_BACKOFF_MIN     50
#define NGX_BILLING_REDIS_BACKOFF_MAX     2000

/* a connection that lived as long is made anew without a back-off */
#define NGX_BILLING_REDIS_STEADY 2000


static ngx_int_t ngx_billing_redis_begin(ngx_billing_redis_link_t *link);
static void      ngx_billing_redis_send(ngx_billing_redis_call_t *call);
static ngx_int_t ngx_billing_redis_asking(ngx_billing_redis_link_t *link);
static void      ngx_billing_redis_ignore(
         redisAsyncContext *ac, void *reply, void *data);
static void ngx_billing_redis_unanswered(
    ngx_billing_redis_link_t *link, ngx_billing_redis_call_t *call);
static void ngx_billing_redis_reply(
    redisAsyncContext *ac, void *reply, void *data);
static redisReply *ngx_billing_redis_take(redisReply *reply);
static void        ngx_billing_redis_lost(
           ngx_billing_redis_link_t *link, const char *detail);
static const char *ngx_billing_redis_reason(
    ngx_billing_redis_link_t *link, redisAsyncContext *ac);


void
ngx_billing_redis_connect(ngx_billing_redis_link_t *link)
{
    ngx_msec_t timeout;

    link->error = NULL;

    if (link->away == 0) {
        link->away = ngx_current_msec;
    }

    if (link->retry.timer_set) {
        ngx_del_timer(&link->retry);
    }

    if (ngx_billing_redis_begin(link) != NGX_OK) {
        return;
    }

    link->state = NGX_BILLING_REDIS_CONNECTING;

    timeout = link->node->conf.connect_timeout;
    ngx_add_timer(&link->handshake,
        timeout ? timeout : NGX_BILLING_REDIS_CONNECT_TIMEOUT);

    ngx_billing_redis_handshake(link);
}


/* Sets link->ac, or has called ngx_billing_redis_lost(). */
static ngx_int_t
ngx_billing_redis_begin(ngx_billing_redis_link_t *link)
{
    redisAsyncContext        *ac;
    ngx_billing_redis_conf_t *conf;

    conf = &link->node->conf;

    if (ngx_billing_redis_reserve() != NGX_OK) {
        link->error = "out of memory";
        ngx_billing_redis_lost(link, link->error);
        return NGX_ERROR;
    }

    if (conf->path.len > 0) {
        ac = redisAsyncConnectUnix((char *) conf->path.data);

    } else {
        /* the host is a numeric address: no resolver is asked */
        ac = redisAsyncConnect((char *) conf->host.data, conf->port);
    }

    if (ac == NULL || ac->err) {
        link->error = ac ? "connection failed" : "out of memory";
        ngx_billing_redis_lost(link, ac ? ac->errstr : link->error);

        if (ac != NULL) {
            redisAsyncFree(ac);
        }

        ngx_billing_redis_release();
        return NGX_ERROR;
    }

    ngx_billing_redis_limit(&ac->c);

    if (conf->path.len == 0) {
        /* an idle connection that a firewall forgets is found out by this */
        (void) redisEnableKeepAlive(&ac->c);
    }

    if (ngx_billing_redis_attach(link, ac) != NGX_OK) {
        link->error = "no free connection";
        ngx_billing_redis_lost(link, link->error);
        redisAsyncFree(ac);
        ngx_billing_redis_release();
        return NGX_ERROR;
    }

    return NGX_OK;
}


void
ngx_billing_redis_open(ngx_billing_redis_link_t *link)
{
    link->state = NGX_BILLING_REDIS_READY;
    link->since = ngx_current_msec;
    link->away = 0;
    link->epoch++;

    ngx_billing_count(redis_connects);
    ngx_billing_gauge(redis, 1);

    ngx_del_timer(&link->handshake);

    if (link->reported != NULL) {
        link->reported = NULL;
        ngx_log_error(NGX_LOG_NOTICE, link->log, 0,
            "redis \"%V\" is available again", &link->node->conf.name);
    }

    ngx_billing_redis_flush(link);
    ngx_billing_redis_hurry(link->node->redis);
    ngx_billing_redis_wake(link->node->redis);
}


void
ngx_billing_redis_flush(ngx_billing_redis_link_t *link)
{
    ngx_queue_t *q;

    while (!ngx_queue_empty(&link->waiting)) {
        q = ngx_queue_head(&link->waiting);
        ngx_queue_remove(q);
        ngx_billing_redis_send(
            ngx_queue_data(q, ngx_billing_redis_call_t, queue));
    }
}


static void
ngx_billing_redis_send(ngx_billing_redis_call_t *call)
{
    ngx_billing_redis_t      *redis;
    ngx_billing_redis_link_t *link;

    link = call->link;
    redis = call->redis;

    if (link->error == NULL
        && (!ngx_billing_redis_whole(&link->ac->c)
            || (call->asking && ngx_billing_redis_asking(link) != NGX_OK)))
    {
        ngx_billing_redis_call_finish(call, "out of memory");
        ngx_billing_redis_drop(link, "out of memory");
        return;
    }

    if (link->error != NULL
        || redisAsyncFormattedCommand(link->ac, ngx_billing_redis_reply, call,
               (char *) call->text, call->len)
               != REDIS_OK)
    {
        ngx_billing_redis_call_finish(
            call, link->error ? link->error : "connection closed");
        return;
    }

    if (!ngx_billing_redis_registered(link->ac, call)) {
        ngx_billing_redis_call_finish(call, "out of memory");
        ngx_billing_redis_drop(link, "out of memory");
        return;
    }

    call->state = NGX_BILLING_REDIS_SENT;
    call->epoch = link->epoch;
    link->sent++;
    link->connection->idle = 0;

    /* it may have to be sent again, by another link or with its script */

    if (call->script == NULL && redis->topology->patience == 0) {
        ngx_free(call->text);
        call->text = NULL;
    }
}


/* The next command is served by a node that has not got its slot yet. */
static ngx_int_t
ngx_billing_redis_asking(ngx_billing_redis_link_t *link)
{
    size_t      len;
    const char *word;

    static char asking[] = "ASKING";

    word = asking;
    len = sizeof("ASKING") - 1;

    if (redisAsyncCommandArgv(
            link->ac, ngx_billing_redis_ignore, asking, 1, &word, &len)
            != REDIS_OK
        || !ngx_billing_redis_registered(link->ac, asking))
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* The command behind it tells what was wrong. */
static void
ngx_billing_redis_ignore(redisAsyncContext *ac, void *reply, void *data)
{
}


ngx_uint_t
ngx_billing_redis_registered(redisAsyncContext *ac, const void *data)
{
    return ac->replies.tail != NULL && ac->replies.tail->privdata == data;
}


static void
ngx_billing_redis_reply(redisAsyncContext *ac, void *reply, void *data)
{
    ngx_billing_redis_link_t *link;
    ngx_billing_redis_call_t *call;

    call = data;
    link = call->link;
    link->sent--;

    if (reply == NULL && link->error == NULL) {
        link->error = ngx_billing_redis_reason(link, ac);
    }

    if (reply != NULL && ngx_billing_redis_unasked(ac)) {
        ngx_billing_redis_drop(link, "protocol error");
    }

    if (call->done == NULL) {
        ngx_billing_redis_call_free(call);
        ngx_billing_redis_wake(link->node->redis);
        return;
    }

    if (reply != NULL) {
        call->reply = ngx_billing_redis_take(reply);
        ngx_billing_redis_call_finish(
            call, call->reply ? NULL : "out of memory");
        return;
    }

    ngx_billing_redis_unanswered(link, call);
}


/* What may have been done is done again only if it changes nothing. */
static void
ngx_billing_redis_unanswered(
    ngx_billing_redis_link_t *link, ngx_billing_redis_call_t *call)
{
    if (call->reads && call->text != NULL
        && link->error != ngx_billing_redis_closing)
    {
        ngx_billing_redis_call_defer(call, &link->away, link->error);
        return;
    }

    ngx_billing_redis_call_finish(call, link->error);
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


ngx_uint_t
ngx_billing_redis_unasked(redisAsyncContext *ac)
{
    return ac->replies.head == NULL && ac->c.reader->pos < ac->c.reader->len;
}


void
ngx_billing_redis_drop(ngx_billing_redis_link_t *link, const char *error)
{
    link->error = error;
    redisAsyncFree(link->ac);
}


void
ngx_billing_redis_ended(ngx_billing_redis_link_t *link, redisAsyncContext *ac)
{
    if (link->error == NULL) {
        link->error = ngx_billing_redis_reason(link, ac);
    }

    ngx_billing_redis_lost(link, ac->err ? ac->errstr : link->error);
}


/* The end of a connection, or of an attempt at one. */
static void
ngx_billing_redis_lost(ngx_billing_redis_link_t *link, const char *detail)
{
    ngx_uint_t   steady;
    ngx_queue_t *q, unsent;

    steady = link->state == NGX_BILLING_REDIS_READY
             && ngx_current_msec - link->since >= NGX_BILLING_REDIS_STEADY;

    if (link->state == NGX_BILLING_REDIS_READY) {
        ngx_billing_gauge(redis, -1);
    }

    link->state = NGX_BILLING_REDIS_CLOSED;

    if (link->handshake.timer_set) {
        ngx_del_timer(&link->handshake);
    }

    if (link->error != ngx_billing_redis_closing) {
        if (link->away == 0) {
            link->away = ngx_current_msec;
        }

        link->node->redis->topology->lost(link, steady);

        if (link->reported != link->error) {
            link->reported = link->error;
            ngx_log_error(NGX_LOG_WARN, link->log, 0,
                "redis \"%V\" is unavailable: %s", &link->node->conf.name,
                detail);
        }
    }

    ngx_queue_init(&unsent);

    if (!ngx_queue_empty(&link->waiting)) {
        ngx_queue_add(&unsent, &link->waiting);
        ngx_queue_init(&link->waiting);
    }

    while (!ngx_queue_empty(&unsent)) {
        q = ngx_queue_head(&unsent);
        ngx_queue_remove(q);

        ngx_billing_redis_call_defer(
            ngx_queue_data(q, ngx_billing_redis_call_t, queue), &link->away,
            link->error);
    }
}


void
ngx_billing_redis_schedule(ngx_billing_redis_link_t *link, ngx_uint_t steady)
{
    if (link->retry.timer_set) {
        ngx_del_timer(&link->retry);
    }

    ngx_add_timer(
        &link->retry, ngx_billing_redis_backoff(&link->backoff, steady));
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
    ngx_billing_redis_link_t *link;

    link = ev->data;

    if (link->state == NGX_BILLING_REDIS_CLOSED && !ngx_exiting
        && !ngx_terminate) {
        ngx_billing_redis_connect(link);
    }
}


void
ngx_billing_redis_handshake_timeout(ngx_event_t *ev)
{
    ngx_billing_redis_drop(ev->data, "connection timed out");
}


static const char *
ngx_billing_redis_reason(ngx_billing_redis_link_t *link, redisAsyncContext *ac)
{
    switch (ac->err) {
    case REDIS_ERR_IO:
        return link->state == NGX_BILLING_REDIS_CONNECTING ? "connection failed"
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
