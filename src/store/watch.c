
/*
 * Scripts publish what they change.  Who deletes everything at once (FLUSHALL)
 * does not; so all data have a mark, and whoever finds that it is gone sets it
 * again and tells everybody.  Other data under the same connection, with a
 * mark of their own, are not noticed; a new connection is doubt enough.
 */

#include "store/watch.h"

#include <hiredis/hiredis.h>

#include "core/input.h"
#include "event/redis_channel.h"


#define BILLING_WATCH_LOOK 500 /* milliseconds */


struct billing_watch_s {
    billing_zone_t       *zone;
    billing_redis_t      *redis;
    billing_redis_call_t *call;  /* looks for the mark */
    ngx_int_t             ident; /* for event debug logging */
    ngx_event_t           timer;
    ngx_str_t             name; /* of the channel */
    ngx_str_t             mark; /* its key */
};


/* What is published when all data have gone; no domain's name. */
static ngx_str_t watch_all = ngx_string("*");


static ngx_int_t watch_listen(billing_watch_t *watch);
static ngx_int_t watch_name(
    ngx_str_t *name, const ngx_str_t *prefix, const char *rest, ngx_log_t *log);
static void watch_look(ngx_event_t *ev);
static void watch_seen(void *data, redisReply *reply, const char *error);
static void watch_told(void *data, redisReply *reply, const char *error);
static void watch_message(void *data, const ngx_str_t *text);
static void watch_again(void *data);


billing_watch_t *
billing_watch_create(billing_redis_t *redis, const ngx_str_t *prefix,
    billing_zone_t *zone, ngx_log_t *log)
{
    billing_watch_t *watch;

    watch = ngx_calloc(sizeof(billing_watch_t), log);
    if (watch == NULL) {
        return NULL;
    }

    watch->zone = zone;
    watch->redis = redis;
    watch->ident = -1;
    watch->timer.handler = watch_look;
    watch->timer.data = watch;
    watch->timer.log = log;
    watch->timer.cancelable = 1;

    if (watch_name(&watch->name, prefix, "changed", log) != NGX_OK
        || watch_name(&watch->mark, prefix, "mark", log) != NGX_OK
        || watch_listen(watch) != NGX_OK)
    {
        billing_watch_destroy(watch);
        return NULL;
    }

    ngx_add_timer(&watch->timer, BILLING_WATCH_LOOK);

    return watch;
}


void
billing_watch_destroy(billing_watch_t *watch)
{
    billing_redis_client_unlisten(watch->redis);

    if (watch->call != NULL) {
        billing_redis_call_cancel(watch->call);
    }

    if (watch->timer.timer_set) {
        ngx_del_timer(&watch->timer);
    }

    if (watch->name.data != NULL) {
        ngx_free(watch->name.data);
    }

    if (watch->mark.data != NULL) {
        ngx_free(watch->mark.data);
    }

    ngx_free(watch);
}


static ngx_int_t
watch_name(
    ngx_str_t *name, const ngx_str_t *prefix, const char *rest, ngx_log_t *log)
{
    name->data = ngx_alloc(prefix->len + ngx_strlen(rest), log);
    if (name->data == NULL) {
        return NGX_ERROR;
    }

    name->len = ngx_sprintf(name->data, "%V%s", prefix, rest) - name->data;

    return NGX_OK;
}


/* On the channel of which the scripts know, too. */
static ngx_int_t
watch_listen(billing_watch_t *watch)
{
    billing_redis_listener_t listener;

    listener.message = watch_message;
    listener.again = watch_again;
    listener.data = watch;

    return billing_redis_client_listen(watch->redis, &watch->name, &listener);
}


/* Where the zone is not trusted anyway, nobody is asked. */
static void
watch_look(ngx_event_t *ev)
{
    billing_watch_t *watch = ev->data;

    ngx_str_t argv[3];

    if (ngx_exiting) {
        /* what is never answered must not hold up the exit */

        if (watch->call != NULL) {
            billing_redis_call_cancel(watch->call);
            watch->call = NULL;
        }

        return;
    }

    ngx_add_timer(ev, BILLING_WATCH_LOOK);

    if (watch->call != NULL || !billing_watch_trusted(watch)) {
        return;
    }

    ngx_str_set(&argv[0], "SETNX");
    argv[1] = watch->mark;
    ngx_str_set(&argv[2], "1");

    watch->call = billing_redis_client_command(
        watch->redis, 3, argv, 0, watch_seen, watch);
}


/* 1: it was not there, and is now. */
static void
watch_seen(void *data, redisReply *reply, const char *error)
{
    billing_watch_t *watch = data;

    ngx_str_t argv[3];

    watch->call = NULL;

    if (reply == NULL || reply->type != REDIS_REPLY_INTEGER
        || reply->integer != 1) {
        return;
    }

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, watch->timer.log, 0,
        "billing watch: \"%V\" was gone, all data may be others", &watch->mark);

    billing_zone_doubt(watch->zone);

    ngx_str_set(&argv[0], "PUBLISH");
    argv[1] = watch->name;
    argv[2] = watch_all;

    (void) billing_redis_client_command(
        watch->redis, 3, argv, 0, watch_told, NULL);
}


static void
watch_told(void *data, redisReply *reply, const char *error)
{
}


ngx_uint_t
billing_watch_trusted(billing_watch_t *watch)
{
    return watch != NULL
           && billing_redis_client_heard(watch->redis, BILLING_WATCH_LAG);
}


/* Others may publish there, too: what is no domain is none of ours. */
static void
watch_message(void *data, const ngx_str_t *text)
{
    billing_watch_t *watch = data;

    billing_str_t domain;

    domain.data = (char *) text->data;
    domain.len = text->len;

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, watch->timer.log, 0,
        "billing watch: told of \"%V\"", text);

    if (text->len == watch_all.len && *text->data == *watch_all.data) {
        billing_zone_doubt(watch->zone);

    } else if (billing_input_is_domain(domain)) {
        billing_zone_touch(watch->zone, text);
    }
}


static void
watch_again(void *data)
{
    billing_watch_t *watch = data;

    ngx_log_debug0(NGX_LOG_DEBUG_HTTP, watch->timer.log, 0,
        "billing watch: messages may have been missed");

    billing_zone_doubt(watch->zone);
}
