
/*
 * What is sent over a link and what comes back: calls leave in the order in
 * which they came, and so do their replies.
 *
 * From inside hiredis nothing is done but to move calls into queues and to end
 * the connection.
 */

#include "event/redis_internal.h"


static void      redis_send(billing_redis_call_t *call);
static ngx_int_t redis_asking(billing_redis_link_t *link);
static void      redis_ignore(redisAsyncContext *ac, void *reply, void *data);
static void      redis_reply(redisAsyncContext *ac, void *reply, void *data);
static void      redis_unanswered(
         billing_redis_link_t *link, billing_redis_call_t *call);
static redisReply *redis_take(redisReply *reply);


void
billing_redis_send_flush(billing_redis_link_t *link)
{
    ngx_queue_t *q;

    while (!ngx_queue_empty(&link->waiting)) {
        q = ngx_queue_head(&link->waiting);
        ngx_queue_remove(q);
        redis_send(ngx_queue_data(q, billing_redis_call_t, queue));
    }
}


static void
redis_send(billing_redis_call_t *call)
{
    billing_redis_t      *redis;
    billing_redis_link_t *link;

    link = call->link;
    redis = call->redis;

    if (link->error == NULL
        && (!billing_redis_memory_whole(&link->ac->c)
            || (call->asking && redis_asking(link) != NGX_OK)))
    {
        billing_redis_call_finish(call, "out of memory");
        billing_redis_events_drop(link, "out of memory");
        return;
    }

    if (link->error != NULL
        || redisAsyncFormattedCommand(
               link->ac, redis_reply, call, (char *) call->text, call->len)
               != REDIS_OK)
    {
        billing_redis_call_finish(
            call, link->error ? link->error : "connection closed");
        return;
    }

    if (!billing_redis_memory_registered(link->ac, call)) {
        billing_redis_call_finish(call, "out of memory");
        billing_redis_events_drop(link, "out of memory");
        return;
    }

    call->state = BILLING_REDIS_SENT;
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
redis_asking(billing_redis_link_t *link)
{
    size_t      len;
    const char *word;

    static char asking[] = "ASKING";

    word = asking;
    len = sizeof("ASKING") - 1;

    if (redisAsyncCommandArgv(link->ac, redis_ignore, asking, 1, &word, &len)
            != REDIS_OK
        || !billing_redis_memory_registered(link->ac, asking))
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* The command behind it tells what was wrong. */
static void
redis_ignore(redisAsyncContext *ac, void *reply, void *data)
{
}


static void
redis_reply(redisAsyncContext *ac, void *reply, void *data)
{
    billing_redis_link_t *link;
    billing_redis_call_t *call;

    call = data;
    link = call->link;
    link->sent--;

    if (reply == NULL && link->error == NULL) {
        link->error = billing_redis_events_reason(link, ac);
    }

    if (reply != NULL && billing_redis_events_unasked(ac)) {
        billing_redis_events_drop(link, "protocol error");
    }

    if (call->done == NULL) {
        billing_redis_call_free(call);
        billing_redis_call_wake(link->node->redis);
        return;
    }

    if (reply != NULL) {
        ngx_log_debug3(NGX_LOG_DEBUG_EVENT, link->log, 0,
            "billing redis call %p: answered by \"%V\", type %d", call,
            &link->node->conf.name, ((redisReply *) reply)->type);

        call->reply = redis_take(reply);
        billing_redis_call_finish(call, call->reply ? NULL : "out of memory");
        return;
    }

    redis_unanswered(link, call);
}


/* What may have been done is done again only if it changes nothing. */
static void
redis_unanswered(billing_redis_link_t *link, billing_redis_call_t *call)
{
    if (call->reads && call->text != NULL
        && link->error != billing_redis_closing) {
        billing_redis_call_defer(call, &link->away, link->error);
        return;
    }

    billing_redis_call_finish(call, link->error);
}


/*
 * hiredis frees a reply when its callback returns.  The contents are moved
 * out of it; an integer, which the rest is made into, holds none.
 */
static redisReply *
redis_take(redisReply *reply)
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
