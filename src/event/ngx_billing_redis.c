
/*
 * The client: what callers see of the Redis bridge, and the delivery.
 *
 * A call ends in the queue "done", whatever ended it, and a posted event
 * delivers from there: no owner is ever called from inside hiredis, nor from
 * the function in which it gave the command.  The event is posted for the
 * next turn of the loop, so that an owner who answers each failure with
 * another command cannot keep nginx in one turn for ever.
 */

#include "event/ngx_billing_redis_internal.h"
#include "event/ngx_billing_metrics.h"
#include "event/ngx_billing_turn.h"


static void ngx_billing_redis_again(ngx_event_t *ev);
static void ngx_billing_redis_deliver(ngx_event_t *ev);
static void ngx_billing_redis_put_off(
    ngx_billing_redis_t *redis, ngx_queue_t *batch);
static void ngx_billing_redis_run(ngx_billing_redis_call_t *call);
static void ngx_billing_redis_settle(ngx_billing_redis_t *redis);


const char ngx_billing_redis_closing[] = "shutting down";

static const ngx_billing_redis_topology_t
    *const ngx_billing_redis_topologies[] = {
        &ngx_billing_redis_single,
        &ngx_billing_redis_sentinel,
        &ngx_billing_redis_cluster,
    };


ngx_billing_redis_t *
ngx_billing_redis_create(ngx_billing_redis_conf_t *conf, ngx_log_t *log)
{
    ngx_billing_redis_t *redis;

    redis = ngx_calloc(sizeof(ngx_billing_redis_t), log);
    if (redis == NULL) {
        return NULL;
    }

    redis->conf = conf;
    redis->log = log;
    redis->topology = ngx_billing_redis_topologies[conf->kind];
    redis->ident = (ngx_fd_t) -1;

    ngx_queue_init(&redis->nodes);
    ngx_queue_init(&redis->waiting);
    ngx_queue_init(&redis->done);

    ngx_billing_redis_init_event(
        redis, &redis->deliver, ngx_billing_redis_deliver, log);
    ngx_billing_redis_init_event(
        redis, &redis->again, ngx_billing_redis_again, log);

    if (redis->topology->create(redis) != NGX_OK) {
        ngx_billing_redis_destroy(redis);
        return NULL;
    }

    return redis;
}


void
ngx_billing_redis_init_event(
    void *data, ngx_event_t *ev, ngx_event_handler_pt handler, ngx_log_t *log)
{
    ev->data = data;
    ev->handler = handler;
    ev->log = log;

    /* only calls hold up a worker's exit, by timers of their own */
    ev->cancelable = 1;
}


void
ngx_billing_redis_destroy(ngx_billing_redis_t *redis)
{
    ngx_queue_t *q;

    if (redis->topology->destroy != NULL) {
        redis->topology->destroy(redis);
    }

    ngx_billing_redis_free_calls(&redis->waiting);
    ngx_billing_redis_free_calls(&redis->done);

    while (!ngx_queue_empty(&redis->nodes)) {
        q = ngx_queue_head(&redis->nodes);
        ngx_billing_redis_node_destroy(
            ngx_queue_data(q, ngx_billing_redis_node_t, queue));
    }

    ngx_billing_redis_free_calls(&redis->waiting);
    ngx_billing_redis_free_calls(&redis->done);

    if (redis->again.timer_set) {
        ngx_del_timer(&redis->again);
    }

    if (redis->deliver.posted) {
        ngx_delete_posted_event(&redis->deliver);
    }

    if (redis->name.data != NULL) {
        ngx_free(redis->name.data);
    }

    ngx_free(redis);
}


void
ngx_billing_redis_free_calls(ngx_queue_t *queue)
{
    ngx_queue_t *q;

    while (!ngx_queue_empty(queue)) {
        q = ngx_queue_head(queue);
        ngx_queue_remove(q);
        ngx_billing_redis_call_free(
            ngx_queue_data(q, ngx_billing_redis_call_t, queue));
    }
}


ngx_uint_t
ngx_billing_redis_ready(ngx_billing_redis_t *redis)
{
    ngx_queue_t              *q;
    ngx_billing_redis_node_t *node;

    for (q = ngx_queue_head(&redis->nodes);
         q != ngx_queue_sentinel(&redis->nodes); q = ngx_queue_next(q))
    {
        node = ngx_queue_data(q, ngx_billing_redis_node_t, queue);

        if (node->link.state == NGX_BILLING_REDIS_READY) {
            return 1;
        }
    }

    return 0;
}


ngx_uint_t
ngx_billing_redis_writes(ngx_billing_redis_t *redis)
{
    return redis->writes;
}


/* A serial number of the node, for nodes may have as many connections. */
ngx_uint_t
ngx_billing_redis_epoch(ngx_billing_redis_t *redis, const ngx_str_t *key)
{
    ngx_billing_redis_node_t *node;

    node = redis->topology->pick(
        redis, ngx_billing_redis_slot(key->data, key->len));

    return node == NULL ? 0 : (node->serial << 32) + node->link.epoch;
}


ngx_billing_redis_call_t *
ngx_billing_redis_command(ngx_billing_redis_t *redis, ngx_uint_t argc,
    const ngx_str_t *argv, ngx_msec_t timeout, ngx_billing_redis_done_pt done,
    void *data)
{
    ngx_billing_redis_call_t *call;

    call = ngx_billing_redis_call_create(
        redis, argc, argv, timeout, done, data);
    if (call == NULL) {
        return NULL;
    }

    ngx_billing_redis_call_submit(call);

    return call;
}


ngx_int_t
ngx_billing_redis_listen(ngx_billing_redis_t *redis, const ngx_str_t *name,
    const ngx_billing_redis_listener_t *listener)
{
    ngx_queue_t              *q;
    ngx_billing_redis_node_t *node;

    redis->name.data = ngx_alloc(name->len, redis->log);
    if (redis->name.data == NULL) {
        return NGX_ERROR;
    }

    redis->name.len = name->len;
    ngx_memcpy(redis->name.data, name->data, name->len);
    redis->listener = *listener;

    for (q = ngx_queue_head(&redis->nodes);
         q != ngx_queue_sentinel(&redis->nodes); q = ngx_queue_next(q))
    {
        node = ngx_queue_data(q, ngx_billing_redis_node_t, queue);

        if (node->used) {
            ngx_billing_redis_node_listen(node);
        }
    }

    /* starts to search for nodes */
    (void) redis->topology->pick(redis, 0);

    return NGX_OK;
}


void
ngx_billing_redis_unlisten(ngx_billing_redis_t *redis)
{
    ngx_queue_t *q;

    redis->name.len = 0;

    for (q = ngx_queue_head(&redis->nodes);
         q != ngx_queue_sentinel(&redis->nodes); q = ngx_queue_next(q))
    {
        ngx_billing_redis_node_unlisten(
            ngx_queue_data(q, ngx_billing_redis_node_t, queue));
    }
}


ngx_uint_t
ngx_billing_redis_heard(ngx_billing_redis_t *redis, ngx_msec_t age)
{
    ngx_queue_t              *q;
    ngx_billing_redis_node_t *node;

    if (redis->topology->complete != NULL && !redis->topology->complete(redis))
    {
        return 0;
    }

    for (q = ngx_queue_head(&redis->nodes);
         q != ngx_queue_sentinel(&redis->nodes); q = ngx_queue_next(q))
    {
        node = ngx_queue_data(q, ngx_billing_redis_node_t, queue);

        if (node->used
            && (node->channel == NULL
                || !ngx_billing_redis_channel_proved(node->channel, age)))
        {
            return 0;
        }
    }

    return 1;
}


void
ngx_billing_redis_hurry(ngx_billing_redis_t *redis)
{
    if (ngx_queue_empty(&redis->waiting)) {
        return;
    }

    if (redis->again.timer_set) {
        ngx_del_timer(&redis->again);
    }

    ngx_add_timer(&redis->again, 1);
}


static void
ngx_billing_redis_again(ngx_event_t *ev)
{
    ngx_queue_t         *q, batch;
    ngx_billing_redis_t *redis;

    redis = ev->data;

    ngx_queue_init(&batch);

    if (!ngx_queue_empty(&redis->waiting)) {
        ngx_queue_add(&batch, &redis->waiting);
        ngx_queue_init(&redis->waiting);
    }

    while (!ngx_queue_empty(&batch)) {
        q = ngx_queue_head(&batch);
        ngx_queue_remove(q);
        ngx_billing_redis_call_submit(
            ngx_queue_data(q, ngx_billing_redis_call_t, queue));
    }
}


void
ngx_billing_redis_wake(ngx_billing_redis_t *redis)
{
    if (!redis->deliver.posted) {
        ngx_post_event(&redis->deliver, &ngx_posted_next_events);
    }
}


static void
ngx_billing_redis_deliver(ngx_event_t *ev)
{
    ngx_queue_t         *q, batch;
    ngx_billing_redis_t *redis;

    redis = ev->data;

    /* what the callbacks add comes in the next turn, and what takes too long */

    ngx_queue_init(&batch);

    if (!ngx_queue_empty(&redis->done)) {
        ngx_queue_add(&batch, &redis->done);
        ngx_queue_init(&redis->done);
    }

    while (!ngx_queue_empty(&batch)) {
        q = ngx_queue_head(&batch);
        ngx_queue_remove(q);
        ngx_billing_redis_run(
            ngx_queue_data(q, ngx_billing_redis_call_t, queue));

        if (!ngx_queue_empty(&batch) && ngx_billing_turn_over()) {
            ngx_billing_redis_put_off(redis, &batch);
        }
    }

    ngx_billing_redis_settle(redis);
}


/* They go before those that have come meanwhile. */
static void
ngx_billing_redis_put_off(ngx_billing_redis_t *redis, ngx_queue_t *batch)
{
    ngx_queue_t later;

    ngx_queue_init(&later);
    ngx_queue_add(&later, batch);
    ngx_queue_init(batch);

    if (!ngx_queue_empty(&redis->done)) {
        ngx_queue_add(&later, &redis->done);
        ngx_queue_init(&redis->done);
    }

    ngx_queue_add(&redis->done, &later);
    ngx_billing_redis_wake(redis);
}


static void
ngx_billing_redis_run(ngx_billing_redis_call_t *call)
{
    if (call->reply != NULL && call->error == NULL) {
        if (call->reply->type == REDIS_REPLY_ERROR
            && call->redis->topology->refused != NULL
            && call->redis->topology->refused(call) == NGX_OK)
        {
            return;
        }

        if (call->script != NULL
            && ngx_billing_redis_script_again(call) == NGX_OK) {
            return;
        }

        if (call->durable && ngx_billing_redis_wait(call) == NGX_OK) {
            return;
        }
    }

    call->state = NGX_BILLING_REDIS_RUNNING;
    ngx_billing_count(redis_commands);

    if (call->reply == NULL) {
        ngx_billing_count(redis_failures);
    }

    call->done(call->data, call->reply, call->error);

    ngx_billing_redis_call_free(call);
}


static void
ngx_billing_redis_settle(ngx_billing_redis_t *redis)
{
    ngx_queue_t *q;

    if (!ngx_queue_empty(&redis->done)) {
        return;
    }

    for (q = ngx_queue_head(&redis->nodes);
         q != ngx_queue_sentinel(&redis->nodes); q = ngx_queue_next(q))
    {
        ngx_billing_redis_node_settle(
            ngx_queue_data(q, ngx_billing_redis_node_t, queue));
    }
}
