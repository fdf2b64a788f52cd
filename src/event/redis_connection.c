
/*
 * The states of a link, a connection to Redis: connecting, its end and the way
 * back.
 *
 * hiredis 0.14 ends a context for many reasons, but always in one way: it
 * calls the callbacks of all pending commands with a NULL reply, then
 * ev.cleanup.  (Not so onDisconnect, which a failed connect never reaches, and
 * in onConnect nothing may be ended; neither is used.)  So all ends lead to
 * redis_ended(), for which ev.cleanup is the only way.
 *
 * What ends a connection calls redisAsyncFree(), which hiredis puts off while
 * one of its reply callbacks runs.
 */

#include "event/redis_internal.h"
#include "event/metrics.h"


#define BILLING_REDIS_CONNECT_TIMEOUT 2000

/* a connection that lived as long is made anew without a back-off */
#define BILLING_REDIS_STEADY 2000


static ngx_int_t redis_begin(billing_redis_link_t *link);
static void      redis_open(billing_redis_link_t *link);
static void      redis_ended(billing_redis_link_t *link, redisAsyncContext *ac);
static void      redis_schedule(billing_redis_link_t *link, ngx_uint_t steady);
static void      redis_retry(ngx_event_t *ev);
static void      redis_handshake_timeout(ngx_event_t *ev);
static void      redis_lost(billing_redis_link_t *link, const char *detail);


void
billing_redis_connection_link_init(
    billing_redis_link_t *link, billing_redis_node_t *node)
{
    ngx_log_t *log;

    log = node->redis->log;

    link->node = node;
    link->log = log;
    link->ident = (ngx_fd_t) -1;
    link->opened = redis_open;
    link->ended = redis_ended;

    ngx_queue_init(&link->waiting);

    billing_redis_events_init_event(
        link, &link->handshake, redis_handshake_timeout, log);
    billing_redis_events_init_event(link, &link->retry, redis_retry, log);
}


void
billing_redis_connection_link_end(billing_redis_link_t *link)
{
    billing_redis_call_free_calls(&link->waiting);

    if (link->ac != NULL) {
        billing_redis_events_drop(link, billing_redis_closing);
        billing_redis_call_free_calls(&link->node->redis->done);
    }

    if (link->retry.timer_set) {
        ngx_del_timer(&link->retry);
    }
}


void
billing_redis_connection_link_take(
    billing_redis_link_t *link, billing_redis_call_t *call)
{
    call->link = link;

    ngx_log_debug4(NGX_LOG_DEBUG_EVENT, link->log, 0,
        "billing redis call %p: to \"%V\", link %p in state %ui", call,
        &link->node->conf.name, link, (ngx_uint_t) link->state);

    if (billing_redis_connection_link_resting(link)) {
        billing_redis_call_defer(call, &link->away, link->error);
        return;
    }

    call->state = BILLING_REDIS_WAITING;
    ngx_queue_insert_tail(&link->waiting, &call->queue);

    if (link->state == BILLING_REDIS_CLOSED) {
        billing_redis_connection_connect(link);

    } else if (link->state == BILLING_REDIS_READY) {
        billing_redis_send_flush(link);
    }
}


ngx_uint_t
billing_redis_connection_link_resting(billing_redis_link_t *link)
{
    return link->state == BILLING_REDIS_CLOSED && link->retry.timer_set
           && link->backoff > 0;
}


void
billing_redis_connection_connect(billing_redis_link_t *link)
{
    ngx_msec_t timeout;

    link->error = NULL;

    if (link->away == 0) {
        link->away = ngx_current_msec;
    }

    if (link->retry.timer_set) {
        ngx_del_timer(&link->retry);
    }

    if (redis_begin(link) != NGX_OK) {
        return;
    }

    link->state = BILLING_REDIS_CONNECTING;

    ngx_log_debug2(NGX_LOG_DEBUG_EVENT, link->log, 0,
        "billing redis link %p: connecting to \"%V\"", link,
        &link->node->conf.name);

    timeout = link->node->conf.connect_timeout;
    ngx_add_timer(
        &link->handshake, timeout ? timeout : BILLING_REDIS_CONNECT_TIMEOUT);

    billing_redis_handshake(link);
}


/* Sets link->ac, or has called redis_lost(). */
static ngx_int_t
redis_begin(billing_redis_link_t *link)
{
    redisAsyncContext    *ac;
    billing_redis_conf_t *conf;

    conf = &link->node->conf;

    if (billing_redis_memory_reserve() != NGX_OK) {
        link->error = "out of memory";
        redis_lost(link, link->error);
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
        redis_lost(link, ac ? ac->errstr : link->error);

        if (ac != NULL) {
            redisAsyncFree(ac);
        }

        billing_redis_memory_release();
        return NGX_ERROR;
    }

    billing_redis_limits(&ac->c);

    if (conf->path.len == 0) {
        /* an idle connection that a firewall forgets is found out by this */
        (void) redisEnableKeepAlive(&ac->c);
    }

    if (billing_redis_events_attach(link, ac) != NGX_OK) {
        link->error = "no free connection";
        redis_lost(link, link->error);
        redisAsyncFree(ac);
        billing_redis_memory_release();
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* The handshake is done: READY. */
static void
redis_open(billing_redis_link_t *link)
{
    link->state = BILLING_REDIS_READY;
    link->since = ngx_current_msec;
    link->away = 0;
    link->epoch++;

    ngx_log_debug3(NGX_LOG_DEBUG_EVENT, link->log, 0,
        "billing redis link %p: ready at \"%V\", epoch %ui", link,
        &link->node->conf.name, link->epoch);

    billing_count(redis_connects);
    billing_gauge(redis, 1);

    ngx_del_timer(&link->handshake);

    if (link->reported != NULL) {
        link->reported = NULL;
        ngx_log_error(NGX_LOG_NOTICE, link->log, 0,
            "redis \"%V\" is available again", &link->node->conf.name);
    }

    billing_redis_send_flush(link);
    billing_redis_call_hurry(link->node->redis);
    billing_redis_call_wake(link->node->redis);
}


static void
redis_ended(billing_redis_link_t *link, redisAsyncContext *ac)
{
    if (link->error == NULL) {
        link->error = billing_redis_events_reason(link, ac);
    }

    redis_lost(link, ac->err ? ac->errstr : link->error);
}


/* The end of a connection, or of an attempt at one. */
static void
redis_lost(billing_redis_link_t *link, const char *detail)
{
    ngx_uint_t                      steady;
    ngx_queue_t                    *q, unsent;
    const billing_redis_topology_t *topology;

    ngx_log_debug4(NGX_LOG_DEBUG_EVENT, link->log, 0,
        "billing redis link %p: to \"%V\" ended in state %ui: %s", link,
        &link->node->conf.name, (ngx_uint_t) link->state, link->error);

    steady = link->state == BILLING_REDIS_READY
             && ngx_current_msec - link->since >= BILLING_REDIS_STEADY;

    if (link->state == BILLING_REDIS_READY) {
        billing_gauge(redis, -1);
    }

    link->state = BILLING_REDIS_CLOSED;

    if (link->handshake.timer_set) {
        ngx_del_timer(&link->handshake);
    }

    if (link->error != billing_redis_closing) {
        if (link->away == 0) {
            link->away = ngx_current_msec;
        }

        topology = link->node->redis->topology;

        if (topology->lost == NULL || topology->lost(link->node, steady)) {
            redis_schedule(link, steady);
        }

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

        billing_redis_call_defer(ngx_queue_data(q, billing_redis_call_t, queue),
            &link->away, link->error);
    }
}


/* Connects by itself, after a back-off. */
static void
redis_schedule(billing_redis_link_t *link, ngx_uint_t steady)
{
    ngx_msec_t pause;

    if (link->retry.timer_set) {
        ngx_del_timer(&link->retry);
    }

    pause = billing_redis_backoff(&link->backoff, steady);

    ngx_log_debug2(NGX_LOG_DEBUG_EVENT, link->log, 0,
        "billing redis link %p: connects again in %M ms", link, pause);

    ngx_add_timer(&link->retry, pause);
}


static void
redis_retry(ngx_event_t *ev)
{
    billing_redis_link_t *link;

    link = ev->data;

    if (link->state == BILLING_REDIS_CLOSED && !ngx_exiting && !ngx_terminate) {
        billing_redis_connection_connect(link);
    }
}


static void
redis_handshake_timeout(ngx_event_t *ev)
{
    billing_redis_events_drop(ev->data, "connection timed out");
}


ngx_uint_t
billing_redis_connection_link_idle(billing_redis_link_t *link)
{
    return link->state == BILLING_REDIS_CLOSED && link->sent == 0
           && ngx_queue_empty(&link->waiting);
}


/* What was known through it does not hold for its successor. */
void
billing_redis_connection_link_anew(billing_redis_link_t *link)
{
    if (link->retry.timer_set) {
        ngx_del_timer(&link->retry);
    }

    link->epoch++;
    link->away = 0;
    link->backoff = 0;
    link->error = NULL;
    link->reported = NULL;
}


void
billing_redis_connection_link_settle(billing_redis_link_t *link)
{
    if (link->state != BILLING_REDIS_READY || link->sent > 0) {
        return;
    }

    if (ngx_exiting || ngx_terminate) {
        billing_redis_events_drop(link, billing_redis_closing);
        return;
    }

    link->connection->idle = 1;
}
