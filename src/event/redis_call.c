
/*
 * The calls of the Redis bridge: made, deferred, ended; and the client's two
 * queues of them, those that wait for better times and those whose callback is
 * due.  Whoever puts one there sees to it that the client's event comes.
 */

#include "event/redis_internal.h"


#define BILLING_REDIS_TIMEOUT 5000
#define BILLING_REDIS_AGAIN   50 /* until deferred calls are tried */

/* of one command, in bytes; Redis refuses 512 MB in one argument */
#define BILLING_REDIS_MAX_TEXT (1024 * 1024 * 1024)


static ngx_int_t redis_call_write(
    billing_redis_call_t *call, ngx_uint_t argc, const ngx_str_t *argv);
static void redis_call_what(
    billing_redis_call_t *call, ngx_uint_t argc, const ngx_str_t *argv);
static ngx_uint_t redis_call_is(const ngx_str_t *word, const char *name);
static void       redis_call_timeout(ngx_event_t *ev);
static void       redis_call_hold(billing_redis_call_t *call);


billing_redis_call_t *
billing_redis_call_create(billing_redis_t *redis, ngx_uint_t argc,
    const ngx_str_t *argv, ngx_msec_t timeout, billing_redis_done_pt done,
    void *data)
{
    billing_redis_call_t *call;

    call = ngx_calloc(sizeof(billing_redis_call_t), redis->log);
    if (call == NULL) {
        return NULL;
    }

    if (redis_call_write(call, argc, argv) != NGX_OK) {
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

    redis_call_what(call, argc, argv);

    call->timer.data = call;
    call->timer.handler = redis_call_timeout;
    call->timer.log = redis->log;

    ngx_add_timer(&call->timer, timeout ? timeout : BILLING_REDIS_TIMEOUT);

    redis->calls++;

    ngx_log_debug4(NGX_LOG_DEBUG_EVENT, redis->log, 0,
        "billing redis call %p: %V of %uz bytes, slot %ui", call, &argv[0],
        call->len, call->slot);

    return call;
}


/*
 * Redis' protocol, as hiredis writes it; but hiredis counts the bytes of a
 * command in an int and does not look whether they fit.  The NUL behind the
 * text is for hiredis, which looks for what follows the first word.
 */
static ngx_int_t
redis_call_write(
    billing_redis_call_t *call, ngx_uint_t argc, const ngx_str_t *argv)
{
    size_t     size;
    u_char    *p;
    ngx_uint_t i;

    size = sizeof("*" CRLF) + NGX_INT_T_LEN;

    for (i = 0; i < argc; i++) {
        if (argv[i].len > BILLING_REDIS_MAX_TEXT - size) {
            return NGX_OK;
        }

        size += sizeof("$" CRLF CRLF) + NGX_SIZE_T_LEN + argv[i].len;

        if (size > BILLING_REDIS_MAX_TEXT) {
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


/*
 * The slot of its first key, which is the second word but for scripts; and
 * whether it only reads.  (What scripts do, their caller says.)
 */
static void
redis_call_what(
    billing_redis_call_t *call, ngx_uint_t argc, const ngx_str_t *argv)
{
    ngx_uint_t i;

    static const char *const reads[] = { "GET", "HGET", "HMGET", "HGETALL",
        "SMEMBERS", "EXISTS", "PING", "XRANGE", "XREVRANGE" };

    i = redis_call_is(&argv[0], "EVALSHA") ? 3 : 1;

    if (i < argc) {
        call->slot = billing_redis_slots_of(argv[i].data, argv[i].len);
    }

    for (i = 0; i < sizeof(reads) / sizeof(reads[0]); i++) {
        if (redis_call_is(&argv[0], reads[i])) {
            call->reads = 1;
        }
    }
}


static ngx_uint_t
redis_call_is(const ngx_str_t *word, const char *name)
{
    return word->len == ngx_strlen(name)
           && ngx_strncmp(word->data, name, word->len) == 0;
}


void
billing_redis_call_defer(
    billing_redis_call_t *call, ngx_msec_t *away, const char *error)
{
    ngx_msec_t       patience;
    billing_redis_t *redis;

    redis = call->redis;
    patience = redis->topology->patience;

    if (*away == 0) {
        *away = ngx_current_msec;
    }

    if (call->since == 0) {
        call->since = ngx_current_msec;
    }

    if (!call->timer.timer_set || error == billing_redis_closing
        || ngx_current_msec - *away >= patience
        || ngx_current_msec - call->since >= patience)
    {
        billing_redis_call_finish(call, error);
        return;
    }

    ngx_log_debug3(NGX_LOG_DEBUG_EVENT, redis->log, 0,
        "billing redis call %p: deferred for %M ms so far: %s", call,
        ngx_current_msec - call->since, error);

    call->asking = 0;
    call->state = BILLING_REDIS_WAITING;
    ngx_queue_insert_tail(&redis->waiting, &call->queue);

    if (!redis->again.timer_set) {
        ngx_add_timer(&redis->again, BILLING_REDIS_AGAIN);
    }
}


void
billing_redis_call_cancel(billing_redis_call_t *call)
{
    ngx_log_debug2(NGX_LOG_DEBUG_EVENT, call->redis->log, 0,
        "billing redis call %p: cancelled in state %ui", call,
        (ngx_uint_t) call->state);

    switch (call->state) {
    case BILLING_REDIS_RUNNING:
        break;

    case BILLING_REDIS_SENT:
        call->done = NULL;
        call->timer.cancelable = 1;
        break;

    case BILLING_REDIS_WAITING:
    case BILLING_REDIS_DONE:
        ngx_queue_remove(&call->queue);
        billing_redis_call_free(call);
    }
}


void
billing_redis_call_forget(billing_redis_call_t *call)
{
    freeReplyObject(call->reply);
    call->reply = NULL;
}


void
billing_redis_call_free(billing_redis_call_t *call)
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
redis_call_timeout(ngx_event_t *ev)
{
    billing_redis_call_t *call;

    call = ev->data;

    switch (call->state) {
    case BILLING_REDIS_WAITING:
        ngx_queue_remove(&call->queue);
        billing_redis_call_finish(call, "timed out");
        break;

    case BILLING_REDIS_SENT:

        /* replies come in order: what Redis owes cannot be skipped */

        billing_redis_events_drop(call->link, "timed out");
        break;

    case BILLING_REDIS_DONE:
    case BILLING_REDIS_RUNNING:
        redis_call_hold(call);
    }
}


void
billing_redis_call_finish(billing_redis_call_t *call, const char *error)
{
    ngx_log_debug2(NGX_LOG_DEBUG_EVENT, call->redis->log, 0,
        "billing redis call %p: done: %s", call, error ? error : "answered");

    call->error = error;
    call->state = BILLING_REDIS_DONE;
    ngx_queue_insert_tail(&call->redis->done, &call->queue);

    redis_call_hold(call);
    billing_redis_call_wake(call->redis);
}


/* Without a timer, a worker that exits would not see the next turn. */
static void
redis_call_hold(billing_redis_call_t *call)
{
    if (!call->timer.timer_set) {
        ngx_add_timer(&call->timer, BILLING_REDIS_TIMEOUT);
    }
}


void
billing_redis_call_wake(billing_redis_t *redis)
{
    if (!redis->deliver.posted) {
        ngx_post_event(&redis->deliver, &ngx_posted_next_events);
    }
}


void
billing_redis_call_hurry(billing_redis_t *redis)
{
    if (ngx_queue_empty(&redis->waiting)) {
        return;
    }

    if (redis->again.timer_set) {
        ngx_del_timer(&redis->again);
    }

    ngx_add_timer(&redis->again, 1);
}


void
billing_redis_call_free_calls(ngx_queue_t *queue)
{
    ngx_queue_t *q;

    while (!ngx_queue_empty(queue)) {
        q = ngx_queue_head(queue);
        ngx_queue_remove(q);
        billing_redis_call_free(ngx_queue_data(q, billing_redis_call_t, queue));
    }
}
