
/*
 * Which master Sentinels name.  All of them are listened to for
 * "+switch-master"; they are asked, one after the other until one knows, when
 * one of them has said so, when the subscription to one of them is new (it
 * may have said so before), and when the topology wants to know.
 *
 * A Sentinel that was cut off may know an older master than others do, one
 * that does not know yet that it is none any more.  Hence it is asked for the
 * epoch of its configuration, too, and one that lags behind what has been
 * heard before is passed over.
 *
 * "Guidelines for Redis clients with support for Redis Sentinel" in Redis'
 * documentation.
 */

#include "event/redis_sentinel.h"


#define BILLING_REDIS_SENTINEL_TIMEOUT 500 /* of one Sentinel */
#define BILLING_REDIS_SENTINEL_PAUSE   500 /* between rounds, at most */
#define BILLING_REDIS_SENTINEL_NEWS    50  /* between those for news */

/* without a master, after which an older epoch will do */
#define BILLING_REDIS_SENTINEL_ROUNDS 8


static ngx_int_t redis_sentinel_add(
    billing_redis_sentinel_t *all, ngx_uint_t i);
static void      redis_sentinel_message(void *data, const ngx_str_t *text);
static void      redis_sentinel_news(void *data);
static void      redis_sentinel_again(billing_redis_sentinel_t *all);
static void      redis_sentinel_retry(ngx_event_t *ev);
static void      redis_sentinel_ask(billing_redis_sentinel_t *all);
static ngx_int_t redis_sentinel_send(billing_redis_sentinel_t *all);
static void      redis_sentinel_epoch(
         void *data, redisReply *reply, const char *error);
static void redis_sentinel_answer(
    void *data, redisReply *reply, const char *error);
static ngx_int_t redis_sentinel_read(
    billing_redis_sentinel_t *all, redisReply *reply);


ngx_int_t
billing_redis_master_sentinel_begin(billing_redis_sentinel_t *all)
{
    ngx_uint_t            i;
    billing_redis_conf_t *conf;

    conf = all->redis->conf;

    billing_redis_events_init_event(
        all, &all->retry, redis_sentinel_retry, all->redis->log);

    /* workers begin with different ones */
    all->current = ngx_random() % ngx_max(conf->nservers, 1);

    for (i = 0; i < conf->nservers; i++) {
        if (redis_sentinel_add(all, i) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
redis_sentinel_add(billing_redis_sentinel_t *all, ngx_uint_t i)
{
    ngx_log_t                       *log;
    billing_redis_conf_t            *conf;
    billing_redis_listener_t         listener;
    billing_redis_sentinel_server_t *server;

    static ngx_str_t name = ngx_string("+switch-master");

    log = all->redis->log;
    conf = &all->redis->conf->servers[i];
    server = &all->servers[all->nservers++];

    server->all = all;

    server->client = billing_redis_client_create(
        conf, &billing_redis_single, log);
    if (server->client == NULL) {
        return NGX_ERROR;
    }

    listener.message = redis_sentinel_message;
    listener.again = redis_sentinel_news;
    listener.data = server;

    server->channel = billing_redis_channel_create(conf, &name, &listener, log);

    return server->channel == NULL ? NGX_ERROR : NGX_OK;
}


void
billing_redis_master_sentinel_end(billing_redis_sentinel_t *all)
{
    ngx_uint_t i;

    for (i = 0; i < all->nservers; i++) {
        if (all->servers[i].channel != NULL) {
            billing_redis_channel_destroy(all->servers[i].channel);
        }

        if (all->servers[i].client != NULL) {
            billing_redis_client_destroy(all->servers[i].client);
        }
    }

    if (all->retry.timer_set) {
        ngx_del_timer(&all->retry);
    }
}


/* "<name> <old host> <old port> <new host> <new port>" */
static void
redis_sentinel_message(void *data, const ngx_str_t *text)
{
    ngx_str_t                       *name;
    billing_redis_sentinel_server_t *server;

    server = data;
    name = &server->all->redis->conf->master;

    if (text->len > name->len && text->data[name->len] == ' '
        && ngx_memcmp(text->data, name->data, name->len) == 0)
    {
        redis_sentinel_news(server);
    }
}


/*
 * There may be another master, and this Sentinel knows.  However often it says
 * so, it is asked a few times in a second: each answer may name another one.
 */
static void
redis_sentinel_news(void *data)
{
    billing_redis_sentinel_t        *all;
    billing_redis_sentinel_server_t *server;

    server = data;
    all = server->all;

    if (all->asking) {
        all->again = 1;
        return;
    }

    all->current = server - all->servers;
    redis_sentinel_again(all);
}


static void
redis_sentinel_again(billing_redis_sentinel_t *all)
{
    ngx_msec_t passed;

    passed = ngx_current_msec - all->began;

    if (passed >= BILLING_REDIS_SENTINEL_NEWS) {
        billing_redis_master_sentinel_find(all);

    } else {
        /* nginx moves a timer that is set */
        ngx_add_timer(&all->retry, BILLING_REDIS_SENTINEL_NEWS - passed);
    }
}


static void
redis_sentinel_retry(ngx_event_t *ev)
{
    billing_redis_master_sentinel_find(ev->data);
}


void
billing_redis_master_sentinel_find(billing_redis_sentinel_t *all)
{
    if (all->asking) {
        return;
    }

    if (all->retry.timer_set) {
        ngx_del_timer(&all->retry);
    }

    /* who exits asks for calls that wait, but not in order to be ready */

    if ((ngx_exiting || ngx_terminate) && all->redis->calls == 0) {
        return;
    }

    all->asking = 1;
    all->again = 0;
    all->began = ngx_current_msec;
    all->left = all->nservers;

    redis_sentinel_ask(all);
}


static void
redis_sentinel_ask(billing_redis_sentinel_t *all)
{
    while (all->left > 0) {
        all->left--;

        if (redis_sentinel_send(all) == NGX_OK) {
            return;
        }

        all->current = (all->current + 1) % all->nservers;
    }

    all->asking = 0;

    /* they may all have been set up anew */

    if (!all->found && ++all->failed == BILLING_REDIS_SENTINEL_ROUNDS) {
        all->failed = 0;
        all->epoch = 0;
    }

    billing_redis_master_sentinel_report(all, "no sentinel knows a master");
    billing_redis_master_sentinel_pause(all, 0);
}


static ngx_int_t
redis_sentinel_send(billing_redis_sentinel_t *all)
{
    ngx_str_t                        argv[3];
    billing_redis_sentinel_server_t *server;

    server = &all->servers[all->current];
    server->epoch = -1;

    ngx_log_debug1(NGX_LOG_DEBUG_EVENT, all->redis->log, 0,
        "billing redis: asks \"%V\" for the master",
        &all->redis->conf->servers[all->current].name);

    ngx_str_set(&argv[0], "SENTINEL");
    ngx_str_set(&argv[1], "MASTER");
    argv[2] = all->redis->conf->master;

    if (billing_redis_client_command(server->client, 3, argv,
            BILLING_REDIS_SENTINEL_TIMEOUT, redis_sentinel_epoch, server)
        == NULL)
    {
        return NGX_ERROR;
    }

    ngx_str_set(&argv[1], "GET-MASTER-ADDR-BY-NAME");

    return billing_redis_client_command(server->client, 3, argv,
               BILLING_REDIS_SENTINEL_TIMEOUT, redis_sentinel_answer,
               all) == NULL
               ? NGX_ERROR
               : NGX_OK;
}


/* A list of names and values. */
static void
redis_sentinel_epoch(void *data, redisReply *reply, const char *error)
{
    size_t                           i;
    billing_redis_sentinel_server_t *server;

    server = data;

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY) {
        return;
    }

    for (i = 0; i + 1 < reply->elements; i += 2) {
        if (reply->element[i]->type == REDIS_REPLY_STRING
            && reply->element[i + 1]->type == REDIS_REPLY_STRING
            && ngx_strcmp(reply->element[i]->str, "config-epoch") == 0)
        {
            server->epoch = strtoll(reply->element[i + 1]->str, NULL, 10);
        }
    }
}


static void
redis_sentinel_answer(void *data, redisReply *reply, const char *error)
{
    billing_redis_sentinel_t *all = data;

    if (redis_sentinel_read(all, reply) != NGX_OK) {
        all->current = (all->current + 1) % all->nservers;
        redis_sentinel_ask(all);

        if (all->asking) {
            return;
        }
    }

    if (all->again) {
        redis_sentinel_again(all);
    }
}


static ngx_int_t
redis_sentinel_read(billing_redis_sentinel_t *all, redisReply *reply)
{
    ngx_int_t                        port;
    ngx_str_t                        host;
    redisReply                     **e;
    billing_redis_sentinel_server_t *server;

    server = &all->servers[all->current];

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY
        || reply->elements != 2 || server->epoch < all->epoch)
    {
        return NGX_DECLINED;
    }

    e = reply->element;

    if (e[0]->type != REDIS_REPLY_STRING || e[1]->type != REDIS_REPLY_STRING) {
        return NGX_DECLINED;
    }

    host.data = (u_char *) e[0]->str;
    host.len = e[0]->len;
    port = ngx_atoi((u_char *) e[1]->str, e[1]->len);

    if (port < 1 || port > 65535) {
        return NGX_DECLINED;
    }

    all->epoch = server->epoch;
    all->failed = 0;
    all->asking = 0;

    all->named(all, &host, port);

    return NGX_OK;
}


void
billing_redis_master_sentinel_pause(
    billing_redis_sentinel_t *all, ngx_uint_t steady)
{
    ngx_msec_t pause;

    pause = billing_redis_backoff(&all->backoff, steady);

    if (!all->retry.timer_set) {
        ngx_add_timer(
            &all->retry, ngx_min(pause, BILLING_REDIS_SENTINEL_PAUSE));
    }
}


void
billing_redis_master_sentinel_report(
    billing_redis_sentinel_t *all, const char *error)
{
    if (all->reported != error) {
        all->reported = error;
        ngx_log_error(NGX_LOG_WARN, all->redis->log, 0,
            "no master of redis \"%V\": %s", &all->redis->conf->master, error);
    }
}
