
/*
 * The calls of the Redis bridge: made, queued, delivered, cancelled.
 *
 * A call ends in the queue "done", whatever ended it, and a posted event
 * delivers from there: no owner is ever called from inside hiredis, nor from
 * the function in which it gave the command.  The event is posted for the
 * next turn of the loop, so that an owner who answers each failure with
 * another command cannot keep nginx in one turn for ever.
 */

#include "event/ngx_billing_redis_internal.h"
#include "event/ngx_billing_turn.h"


#define NGX_BILLING_REDIS_TIMEOUT   5000
#define NGX_BILLING_REDIS_MAX_CALLS 65536

/* of one command, in bytes; Redis refuses 512 MB in one argument */
#define NGX_BILLING_REDIS_MAX_TEXT (1024 * 1024 * 1024)


static void ngx_billing_redis_init_event(
    ngx_billing_redis_t *redis, ngx_event_t *ev, ngx_event_handler_pt handler);
static void      ngx_billing_redis_free_calls(ngx_queue_t *queue);
static ngx_int_t ngx_billing_redis_call_write(
    ngx_billing_redis_call_t *call, ngx_uint_t argc, const ngx_str_t *argv);
static void ngx_billing_redis_call_timeout(ngx_event_t *ev);
static void ngx_billing_redis_hold(ngx_billing_redis_call_t *call);
static void ngx_billing_redis_deliver(ngx_event_t *ev);
static void ngx_billing_redis_put_off(
    ngx_billing_redis_t *redis, ngx_queue_t *batch);
static void ngx_billing_redis_run(ngx_billing_redis_call_t *call);
static void ngx_billing_redis_settle(ngx_billing_redis_t *redis);


const char ngx_billing_redis_closing[] = "shutting down";


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
    redis->ident = (ngx_fd_t) -1;

    ngx_queue_init(&redis->waiting);
    ngx_queue_init(&redis->done);

    ngx_billing_redis_init_event(
        redis, &redis->handshake, ngx_billing_redis_handshake_timeout);
    ngx_billing_redis_init_event(redis, &redis->retry, ngx_billing_redis_retry);
    ngx_billing_redis_init_event(
        redis, &redis->deliver, ngx_billing_redis_deliver);
    ngx_billing_redis_init_event(redis, &redis->write, ngx_billing_redis_write);

    return redis;
}


static void
ngx_billing_redis_init_event(
    ngx_billing_redis_t *redis, ngx_event_t *ev, ngx_event_handler_pt handler)
{
    ev->data = redis;
    ev->handler = handler;
    ev->log = redis->log;

    /* only calls hold up a worker's exit, by timers of their own */
    ev->cancelable = 1;
}


void
ngx_billing_redis_destroy(ngx_billing_redis_t *redis)
{
    ngx_billing_redis_free_calls(&redis->waiting);
    ngx_billing_redis_free_calls(&redis->done);

    if (redis->ac != NULL) {
        ngx_billing_redis_drop(redis, ngx_billing_redis_closing);
        ngx_billing_redis_free_calls(&redis->done);
    }

    if (redis->retry.timer_set) {
        ngx_del_timer(&redis->retry);
    }

    if (redis->deliver.posted) {
        ngx_delete_posted_event(&redis->deliver);
    }

    ngx_free(redis);
}


static void
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
    return redis->state == NGX_BILLING_REDIS_READY;
}


ngx_uint_t
ngx_billing_redis_writes(ngx_billing_redis_t *redis)
{
    return redis->writes;
}


ngx_uint_t
ngx_billing_redis_epoch(ngx_billing_redis_t *redis)
{
    return redis->epoch;
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


ngx_billing_redis_call_t *
ngx_billing_redis_call_create(ngx_billing_redis_t *redis, ngx_uint_t argc,
    const ngx_str_t *argv, ngx_msec_t timeout, ngx_billing_redis_done_pt done,
    void *data)
{
    ngx_billing_redis_call_t *call;

    call = ngx_calloc(sizeof(ngx_billing_redis_call_t), redis->log);
    if (call == NULL) {
        return NULL;
    }

    if (ngx_billing_redis_call_write(call, argc, argv) != NGX_OK) {
        ngx_free(call);
        return NULL;
    }

    if (timeout == 0) {
        timeout = redis->conf->timeout;
    }

    call->redis = redis;
    call->done = done;
    call->data = data;
    call->ident = (ngx_fd_t) -1;

    call->timer.data = call;
    call->timer.handler = ngx_billing_redis_call_timeout;
    call->timer.log = redis->log;

    ngx_add_timer(&call->timer, timeout ? timeout : NGX_BILLING_REDIS_TIMEOUT);

    redis->calls++;

    return call;
}


/*
 * Redis' protocol, as hiredis writes it; but hiredis counts the bytes of a
 * command in an int and does not look whether they fit.  The NUL behind the
 * text is for hiredis, which looks for what follows the first word.
 */
static ngx_int_t
ngx_billing_redis_call_write(
    ngx_billing_redis_call_t *call, ngx_uint_t argc, const ngx_str_t *argv)
{
    size_t     size;
    u_char    *p;
    ngx_uint_t i;

    size = sizeof("*" CRLF) + NGX_INT_T_LEN;

    for (i = 0; i < argc; i++) {
        if (argv[i].len > NGX_BILLING_REDIS_MAX_TEXT - size) {
            return NGX_OK;
        }

        size += sizeof("$" CRLF CRLF) + NGX_SIZE_T_LEN + argv[i].len;

        if (size > NGX_BILLING_REDIS_MAX_TEXT) {
            return NGX_OK;
        }
    }

    call->text = ngx_alloc(size, ngx_cycle->log);
    if (call->text == NULL) {
        return NGX_ERROR;
    }

    p = ngx_sprintf(call->text, "*%ui" CRLF, argc);

    for (i = 0; i < argc; i++) {
        p = ngx_sprintf(p, "$%uz" CRLF, argv[i].len);
        p = ngx_cpymem(p, argv[i].data, argv[i].len);
        *p++ = CR;
        *p++ = LF;
    }

    *p = '\0';
    call->len = p - call->text;

    return NGX_OK;
}


void
ngx_billing_redis_call_submit(ngx_billing_redis_call_t *call)
{
    ngx_billing_redis_t *redis;

    redis = call->redis;

    if (call->text == NULL) {
        ngx_billing_redis_call_finish(call, "command too long");
        return;
    }

    if (redis->calls > NGX_BILLING_REDIS_MAX_CALLS) {
        ngx_billing_redis_call_finish(call, "too many commands");
        return;
    }

    if (redis->state == NGX_BILLING_REDIS_CLOSED && redis->retry.timer_set
        && redis->backoff > 0)
    {
        ngx_billing_redis_call_finish(call, redis->error);
        return;
    }

    call->state = NGX_BILLING_REDIS_WAITING;
    ngx_queue_insert_tail(&redis->waiting, &call->queue);

    if (redis->state == NGX_BILLING_REDIS_CLOSED) {
        ngx_billing_redis_connect(redis);

    } else if (redis->state == NGX_BILLING_REDIS_READY) {
        ngx_billing_redis_flush(redis);
    }
}


void
ngx_billing_redis_cancel(ngx_billing_redis_call_t *call)
{
    switch (call->state) {
    case NGX_BILLING_REDIS_RUNNING:
        break;

    case NGX_BILLING_REDIS_SENT:
        call->done = NULL;
        call->timer.cancelable = 1;
        break;

    default:
        ngx_queue_remove(&call->queue);
        ngx_billing_redis_call_free(call);
    }
}


void
ngx_billing_redis_call_free(ngx_billing_redis_call_t *call)
{
    if (call->timer.timer_set) {
        ngx_del_timer(&call->timer);
    }

    if (call->text != NULL) {
        ngx_free(call->text);
    }

    call->redis->calls--;

    freeReplyObject(call->reply);
    ngx_free(call);
}


static void
ngx_billing_redis_call_timeout(ngx_event_t *ev)
{
    ngx_billing_redis_call_t *call;

    call = ev->data;

    switch (call->state) {
    case NGX_BILLING_REDIS_WAITING:
        ngx_queue_remove(&call->queue);
        ngx_billing_redis_call_finish(call, "timed out");
        break;

    case NGX_BILLING_REDIS_SENT:

        /* replies come in order: what Redis owes cannot be skipped */

        ngx_billing_redis_drop(call->redis, "timed out");
        break;

    default:
        ngx_billing_redis_hold(call);
    }
}


void
ngx_billing_redis_call_finish(ngx_billing_redis_call_t *call, const char *error)
{
    call->error = error;
    call->state = NGX_BILLING_REDIS_DONE;
    ngx_queue_insert_tail(&call->redis->done, &call->queue);

    ngx_billing_redis_hold(call);
    ngx_billing_redis_wake(call->redis);
}


/* Without a timer, a worker that exits would not see the next turn. */
static void
ngx_billing_redis_hold(ngx_billing_redis_call_t *call)
{
    if (!call->timer.timer_set) {
        ngx_add_timer(&call->timer, NGX_BILLING_REDIS_TIMEOUT);
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
    if (call->script != NULL && call->reply != NULL
        && ngx_billing_redis_script_again(call) == NGX_OK)
    {
        return;
    }

    call->state = NGX_BILLING_REDIS_RUNNING;
    call->done(call->data, call->reply, call->error);

    ngx_billing_redis_call_free(call);
}


/* A connection that has nothing to do may be closed by nginx when it exits. */
static void
ngx_billing_redis_settle(ngx_billing_redis_t *redis)
{
    if (redis->state != NGX_BILLING_REDIS_READY || redis->sent > 0
        || !ngx_queue_empty(&redis->done))
    {
        return;
    }

    if (ngx_exiting || ngx_terminate) {
        ngx_billing_redis_drop(redis, ngx_billing_redis_closing);
        return;
    }

    redis->connection->idle = 1;
}
