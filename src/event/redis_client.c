
/*
 * The client: what callers see of the Redis bridge, the way of their calls to
 * a node, and the delivery.
 *
 * A call ends in the queue "done", whatever ended it, and a posted event
 * delivers from there: no owner is ever called from inside hiredis, nor from
 * the function in which it gave the command.  The event is posted for the
 * next turn of the loop, so that an owner who answers each failure with
 * another command cannot keep nginx in one turn for ever.
 */

#include "event/redis_internal.h"
#include "event/metrics.h"
#include "event/turn.h"


#define BILLING_REDIS_MAX_CALLS 65536


static void      redis_again(ngx_event_t *ev);
static void      redis_deliver(ngx_event_t *ev);
static void      redis_put_off(billing_redis_t *redis, ngx_queue_t *batch);
static void      redis_run(billing_redis_call_t *call);
static ngx_int_t redis_judge(billing_redis_call_t *call);
static void      redis_submit(billing_redis_call_t *call);
static void      redis_settle(billing_redis_t *redis);


billing_redis_t *
billing_redis_client_create(billing_redis_conf_t *conf,
    const billing_redis_topology_t *topology, ngx_log_t *log)
{
    billing_redis_t *redis;

    redis = ngx_calloc(sizeof(billing_redis_t), log);
    if (redis == NULL) {
        return NULL;
    }

    redis->conf = conf;
    redis->log = log;
    redis->topology = topology;
    redis->ident = (ngx_fd_t) -1;

    ngx_queue_init(&redis->nodes);
    ngx_queue_init(&redis->waiting);
    ngx_queue_init(&redis->done);

    billing_redis_events_init_event(redis, &redis->deliver, redis_deliver, log);
    billing_redis_events_init_event(redis, &redis->again, redis_again, log);

    if (redis->topology->create(redis) != NGX_OK) {
        billing_redis_client_destroy(redis);
        return NULL;
    }

    return redis;
}


void
billing_redis_client_destroy(billing_redis_t *redis)
{
    ngx_queue_t *q;

    if (redis->topology->destroy != NULL) {
        redis->topology->destroy(redis);
    }

    billing_redis_call_free_calls(&redis->waiting);
    billing_redis_call_free_calls(&redis->done);

    while (!ngx_queue_empty(&redis->nodes)) {
        q = ngx_queue_head(&redis->nodes);
        billing_redis_node_destroy(
            ngx_queue_data(q, billing_redis_node_t, queue));
    }

    billing_redis_call_free_calls(&redis->waiting);
    billing_redis_call_free_calls(&redis->done);

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


ngx_uint_t
billing_redis_client_ready(billing_redis_t *redis)
{
    ngx_queue_t          *q;
    billing_redis_node_t *node;

    for (q = ngx_queue_head(&redis->nodes);
         q != ngx_queue_sentinel(&redis->nodes); q = ngx_queue_next(q))
    {
        node = ngx_queue_data(q, billing_redis_node_t, queue);

        if (node->link.state == BILLING_REDIS_READY) {
            return 1;
        }
    }

    return 0;
}


ngx_uint_t
billing_redis_client_writes(billing_redis_t *redis)
{
    return redis->writes;
}


/* A serial number of the node, for nodes may have as many connections. */
ngx_uint_t
billing_redis_client_epoch(billing_redis_t *redis, const ngx_str_t *key)
{
    billing_redis_node_t *node;

    node = redis->topology->pick(
        redis, billing_redis_slots_of(key->data, key->len));

    return node == NULL ? 0 : (node->serial << 32) + node->link.epoch;
}


billing_redis_call_t *
billing_redis_client_command(billing_redis_t *redis, ngx_uint_t argc,
    const ngx_str_t *argv, ngx_msec_t timeout, billing_redis_done_pt done,
    void *data)
{
    billing_redis_call_t *call;

    call = billing_redis_call_create(redis, argc, argv, timeout, done, data);
    if (call == NULL) {
        return NULL;
    }

    redis_submit(call);

    return call;
}


billing_redis_call_t *
billing_redis_client_eval(billing_redis_t *redis,
    billing_redis_script_t *script, ngx_uint_t nkeys, ngx_uint_t nargs,
    const ngx_str_t *argv, billing_redis_done_pt done, void *data)
{
    billing_redis_call_t *call;

    call = billing_redis_script_call(
        redis, script, nkeys, nargs, argv, done, data);
    if (call == NULL) {
        return NULL;
    }

    redis_submit(call);

    return call;
}


/* Gives the call to a node; never ends it before this has returned. */
static void
redis_submit(billing_redis_call_t *call)
{
    billing_redis_t      *redis;
    billing_redis_node_t *node;

    redis = call->redis;

    if (call->text == NULL) {
        billing_redis_call_finish(call, "command too long");
        return;
    }

    if (redis->calls > BILLING_REDIS_MAX_CALLS) {
        billing_redis_call_finish(call, "too many commands");
        return;
    }

    node = redis->topology->pick(redis, call->slot);

    if (node == NULL) {
        billing_redis_call_defer(call, &redis->away, "nobody knows a master");
        return;
    }

    redis->away = 0;

    billing_redis_node_take(node, call);
}


ngx_int_t
billing_redis_client_listen(billing_redis_t *redis, const ngx_str_t *name,
    const billing_redis_listener_t *listener)
{
    ngx_queue_t          *q;
    billing_redis_node_t *node;

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
        node = ngx_queue_data(q, billing_redis_node_t, queue);

        if (node->used) {
            billing_redis_node_listen(node);
        }
    }

    /* starts to search for nodes */
    (void) redis->topology->pick(redis, 0);

    return NGX_OK;
}


void
billing_redis_client_unlisten(billing_redis_t *redis)
{
    ngx_queue_t *q;

    redis->name.len = 0;

    for (q = ngx_queue_head(&redis->nodes);
         q != ngx_queue_sentinel(&redis->nodes); q = ngx_queue_next(q))
    {
        billing_redis_node_unlisten(
            ngx_queue_data(q, billing_redis_node_t, queue));
    }
}


ngx_uint_t
billing_redis_client_heard(billing_redis_t *redis, ngx_msec_t age)
{
    ngx_queue_t          *q;
    billing_redis_node_t *node;

    if (redis->topology->complete != NULL && !redis->topology->complete(redis))
    {
        return 0;
    }

    for (q = ngx_queue_head(&redis->nodes);
         q != ngx_queue_sentinel(&redis->nodes); q = ngx_queue_next(q))
    {
        node = ngx_queue_data(q, billing_redis_node_t, queue);

        if (node->used
            && (node->channel == NULL
                || !billing_redis_channel_proved(node->channel, age)))
        {
            return 0;
        }
    }

    return 1;
}


static void
redis_again(ngx_event_t *ev)
{
    ngx_queue_t     *q, batch;
    billing_redis_t *redis;

    redis = ev->data;

    ngx_queue_init(&batch);

    if (!ngx_queue_empty(&redis->waiting)) {
        ngx_queue_add(&batch, &redis->waiting);
        ngx_queue_init(&redis->waiting);
    }

    while (!ngx_queue_empty(&batch)) {
        q = ngx_queue_head(&batch);
        ngx_queue_remove(q);
        redis_submit(ngx_queue_data(q, billing_redis_call_t, queue));
    }
}


static void
redis_deliver(ngx_event_t *ev)
{
    ngx_queue_t     *q, batch;
    billing_redis_t *redis;

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
        redis_run(ngx_queue_data(q, billing_redis_call_t, queue));

        if (!ngx_queue_empty(&batch) && billing_turn_over()) {
            redis_put_off(redis, &batch);
        }
    }

    redis_settle(redis);
}


/* They go before those that have come meanwhile. */
static void
redis_put_off(billing_redis_t *redis, ngx_queue_t *batch)
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
    billing_redis_call_wake(redis);
}


static void
redis_run(billing_redis_call_t *call)
{
    switch (redis_judge(call)) {
    case NGX_AGAIN:
        redis_submit(call);
        return;

    case NGX_OK:
        return;

    default:
        break;
    }

    ngx_log_debug1(NGX_LOG_DEBUG_EVENT, call->redis->log, 0,
        "billing redis call %p: delivered", call);

    call->state = BILLING_REDIS_RUNNING;
    billing_count(redis_commands);

    if (call->reply == NULL) {
        billing_count(redis_failures);
    }

    call->done(call->data, call->reply, call->error);

    billing_redis_call_free(call);
}


/*
 * NGX_DECLINED: what there is, is for the caller.  NGX_AGAIN: it is to be sent
 * once more.  NGX_OK: somebody has it.
 */
static ngx_int_t
redis_judge(billing_redis_call_t *call)
{
    ngx_int_t rc;

    if (call->reply == NULL || call->error != NULL) {
        return NGX_DECLINED;
    }

    rc = NGX_DECLINED;

    if (call->reply->type == REDIS_REPLY_ERROR
        && call->redis->topology->refused != NULL)
    {
        rc = call->redis->topology->refused(call);
    }

    if (rc == NGX_DECLINED && call->script != NULL) {
        rc = billing_redis_script_again(call);
    }

    if (rc == NGX_DECLINED && call->durable) {
        rc = billing_redis_wait(call);
    }

    return rc;
}


static void
redis_settle(billing_redis_t *redis)
{
    ngx_queue_t *q;

    if (!ngx_queue_empty(&redis->done)) {
        return;
    }

    for (q = ngx_queue_head(&redis->nodes);
         q != ngx_queue_sentinel(&redis->nodes); q = ngx_queue_next(q))
    {
        billing_redis_node_settle(
            ngx_queue_data(q, billing_redis_node_t, queue));
    }
}
