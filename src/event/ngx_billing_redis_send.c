
/*
 * What is sent over a link and what comes back: calls leave in the order in
 * which they came, and so do their replies.
 *
 * From inside hiredis nothing is done but to move calls into queues and to end
 * the connection.
 */

#include "event/ngx_billing_redis_internal.h"


static void      ngx_billing_redis_send(ngx_billing_redis_call_t *call);
static ngx_int_t ngx_billing_redis_asking(ngx_billing_redis_link_t *link);
static void      ngx_billing_redis_ignore(
         redisAsyncContext *ac, void *reply, void *data);
static void ngx_billing_redis_reply(
    redisAsyncContext *ac, void *reply, void *data);
static void ngx_billing_redis_unanswered(
    ngx_billing_redis_link_t *link, ngx_billing_redis_call_t *call);
static redisReply *ngx_billing_redis_take(redisReply *reply);


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

    ngx_log_debug3(NGX_LOG_DEBUG_EVENT, link->log, 0,
        "billing redis call %p: sent to \"%V\", %ui on their way", call,
        &link->node->conf.name, link->sent);

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
        ngx_log_debug3(NGX_LOG_DEBUG_EVENT, link->log, 0,
            "billing redis call %p: answered by \"%V\", type %d", call,
            &link->node->conf.name, ((redisReply *) reply)->type);

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
