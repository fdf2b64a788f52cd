
/*
 * The master that Sentinel names.  All Sentinels are listened to for
 * "+switch-master"; they are asked, one after the other until one knows, when
 * one of them has said so, when the subscription to one of them is new (it
 * may have said so before), and when a connection to the master has ended or
 * turned out to be one to a replica.
 *
 * A Sentinel that was cut off may know an older master than others do, one
 * that does not know yet that it is none any more.  Hence it is asked for the
 * epoch of its configuration, too, and one that lags behind what has been
 * heard before is passed over.
 *
 * "Guidelines for Redis clients with support for Redis Sentinel" in Redis'
 * documentation; that a master is one, the link's handshake asks by ROLE.
 */

#include "event/ngx_billing_redis_internal.h"


#define NGX_BILLING_REDIS_SENTINEL_PATIENCE 3000 /* milliseconds */
#define NGX_BILLING_REDIS_SENTINEL_TIMEOUT  500  /* of one Sentinel */
#define NGX_BILLING_REDIS_SENTINEL_PAUSE    500  /* between rounds, at most */
#define NGX_BILLING_REDIS_SENTINEL_NEWS     50   /* between those for news */

/* without a master, after which an older epoch will do */
#define NGX_BILLING_REDIS_SENTINEL_ROUNDS 8


typedef struct ngx_billing_redis_sentinel_s ngx_billing_redis_sentinel_t;

typedef struct {
    ngx_billing_redis_sentinel_t *all;
    ngx_billing_redis_t          *client;
    ngx_billing_redis_channel_t  *channel;
    long long                     epoch; /* of its configuration */
} ngx_billing_redis_sentinel_server_t;


struct ngx_billing_redis_sentinel_s {
    ngx_billing_redis_t                 *redis;
    ngx_billing_redis_node_t            *node; /* the master */
    ngx_billing_redis_sentinel_server_t *servers;
    ngx_fd_t                             ident; /* -1; for debug logs */

    ngx_uint_t nservers;
    ngx_uint_t current; /* who is asked, or was the last */
    ngx_uint_t left;    /* how many more are asked in this round */
    ngx_uint_t failed;  /* rounds in which nobody knew */
    long long  epoch;   /* the highest that was heard of */
    ngx_msec_t backoff;
    ngx_msec_t began; /* the last round */

    ngx_event_t retry; /* the next round */
    const char *reported;
    unsigned    asking : 1;
    unsigned    again : 1; /* there is news: ask once more */
    unsigned    found : 1; /* node has an address that is believed */
};


static ngx_int_t ngx_billing_redis_sentinel_create(ngx_billing_redis_t *redis);
static ngx_int_t ngx_billing_redis_sentinel_add(
    ngx_billing_redis_sentinel_t *all, ngx_uint_t i);
static void ngx_billing_redis_sentinel_destroy(ngx_billing_redis_t *redis);
static ngx_billing_redis_node_t *ngx_billing_redis_sentinel_pick(
    ngx_billing_redis_t *redis, ngx_uint_t slot);
static ngx_int_t ngx_billing_redis_sentinel_refused(
    ngx_billing_redis_call_t *call);
static void ngx_billing_redis_sentinel_lost(
    ngx_billing_redis_link_t *link, ngx_uint_t steady);
static ngx_uint_t ngx_billing_redis_sentinel_complete(
    ngx_billing_redis_t *redis);
static void ngx_billing_redis_sentinel_message(
    void *data, const ngx_str_t *text);
static void ngx_billing_redis_sentinel_news(void *data);
static void ngx_billing_redis_sentinel_again(ngx_billing_redis_sentinel_t *all);
static void ngx_billing_redis_sentinel_retry(ngx_event_t *ev);
static void ngx_billing_redis_sentinel_find(ngx_billing_redis_sentinel_t *all);
static void ngx_billing_redis_sentinel_ask(ngx_billing_redis_sentinel_t *all);
static ngx_int_t ngx_billing_redis_sentinel_send(
    ngx_billing_redis_sentinel_t *all);
static void ngx_billing_redis_sentinel_epoch(
    void *data, redisReply *reply, const char *error);
static void ngx_billing_redis_sentinel_answer(
    void *data, redisReply *reply, const char *error);
static ngx_int_t ngx_billing_redis_sentinel_read(
    ngx_billing_redis_sentinel_t *all, redisReply *reply);
static void ngx_billing_redis_sentinel_found(
    ngx_billing_redis_sentinel_t *all, const ngx_str_t *host, in_port_t port);
static void ngx_billing_redis_sentinel_pause(
    ngx_billing_redis_sentinel_t *all, ngx_uint_t steady);
static void ngx_billing_redis_sentinel_report(
    ngx_billing_redis_sentinel_t *all, const char *error);


const ngx_billing_redis_topology_t ngx_billing_redis_sentinel = {
    .patience = NGX_BILLING_REDIS_SENTINEL_PATIENCE,
    .create = ngx_billing_redis_sentinel_create,
    .destroy = ngx_billing_redis_sentinel_destroy,
    .pick = ngx_billing_redis_sentinel_pick,
    .refused = ngx_billing_redis_sentinel_refused,
    .lost = ngx_billing_redis_sentinel_lost,
    .complete = ngx_billing_redis_sentinel_complete,
    .role = 1,
};


static ngx_int_t
ngx_billing_redis_sentinel_create(ngx_billing_redis_t *redis)
{
    ngx_uint_t                    i;
    ngx_billing_redis_conf_t     *conf;
    ngx_billing_redis_sentinel_t *all;

    conf = redis->conf;

    all = ngx_calloc(
        sizeof(ngx_billing_redis_sentinel_t)
            + conf->nservers * sizeof(ngx_billing_redis_sentinel_server_t),
        redis->log);
    if (all == NULL) {
        return NGX_ERROR;
    }

    redis->state = all;

    all->redis = redis;
    all->ident = (ngx_fd_t) -1;
    all->servers = (ngx_billing_redis_sentinel_server_t *) (all + 1);

    ngx_billing_redis_init_event(
        all, &all->retry, ngx_billing_redis_sentinel_retry, redis->log);

    all->node = ngx_billing_redis_node_create(redis);
    if (all->node == NULL) {
        return NGX_ERROR;
    }

    /* workers begin with different ones */
    all->current = ngx_random() % ngx_max(conf->nservers, 1);

    for (i = 0; i < conf->nservers; i++) {
        if (ngx_billing_redis_sentinel_add(all, i) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_billing_redis_sentinel_add(ngx_billing_redis_sentinel_t *all, ngx_uint_t i)
{
    ngx_log_t                           *log;
    ngx_billing_redis_conf_t            *conf;
    ngx_billing_redis_listener_t         listener;
    ngx_billing_redis_sentinel_server_t *server;

    static ngx_str_t name = ngx_string("+switch-master");

    log = all->redis->log;
    conf = &all->redis->conf->servers[i];
    server = &all->servers[all->nservers++];

    server->all = all;

    server->client = ngx_billing_redis_create(conf, log);
    if (server->client == NULL) {
        return NGX_ERROR;
    }

    listener.message = ngx_billing_redis_sentinel_message;
    listener.again = ngx_billing_redis_sentinel_news;
    listener.data = server;

    server->channel = ngx_billing_redis_channel_create(
        conf, &name, &listener, log);

    return server->channel == NULL ? NGX_ERROR : NGX_OK;
}


static void
ngx_billing_redis_sentinel_destroy(ngx_billing_redis_t *redis)
{
    ngx_uint_t                    i;
    ngx_billing_redis_sentinel_t *all;

    all = redis->state;

    if (all == NULL) {
        return;
    }

    for (i = 0; i < all->nservers; i++) {
        if (all->servers[i].channel != NULL) {
            ngx_billing_redis_channel_destroy(all->servers[i].channel);
        }

        if (all->servers[i].client != NULL) {
            ngx_billing_redis_destroy(all->servers[i].client);
        }
    }

    if (all->retry.timer_set) {
        ngx_del_timer(&all->retry);
    }

    redis->state = NULL;
    ngx_free(all);
}


static ngx_billing_redis_node_t *
ngx_billing_redis_sentinel_pick(ngx_billing_redis_t *redis, ngx_uint_t slot)
{
    ngx_billing_redis_sentinel_t *all;

    all = redis->state;

    if (all->found) {
        return all->node;
    }

    if (!all->retry.timer_set) {
        ngx_billing_redis_sentinel_find(all);
    }

    return NULL;
}


/*
 * A replica refuses the first command of a script that writes, so nothing of
 * it has been done.
 */
static ngx_int_t
ngx_billing_redis_sentinel_refused(ngx_billing_redis_call_t *call)
{
    ngx_billing_redis_link_t *link;

    if (ngx_strncmp(call->reply->str, "READONLY", 8) != 0
        && ngx_strncmp(call->reply->str, "MASTERDOWN", 10) != 0)
    {
        return NGX_DECLINED;
    }

    link = call->link;

    ngx_billing_redis_call_forget(call);
    ngx_billing_redis_call_defer(call, &link->away, "no master");

    if (link->state == NGX_BILLING_REDIS_READY && link->epoch == call->epoch) {
        ngx_billing_redis_node_drop(link->node, "no master");
    }

    return NGX_OK;
}


static void
ngx_billing_redis_sentinel_lost(
    ngx_billing_redis_link_t *link, ngx_uint_t steady)
{
    ngx_billing_redis_sentinel_t *all;

    all = link->node->redis->state;

    if (all->found) {
        all->found = 0;
        ngx_billing_redis_sentinel_pause(all, steady);
    }
}


static ngx_uint_t
ngx_billing_redis_sentinel_complete(ngx_billing_redis_t *redis)
{
    ngx_billing_redis_sentinel_t *all;

    all = redis->state;

    return all->found;
}


/* "<name> <old host> <old port> <new host> <new port>" */
static void
ngx_billing_redis_sentinel_message(void *data, const ngx_str_t *text)
{
    ngx_str_t                           *name;
    ngx_billing_redis_sentinel_server_t *server;

    server = data;
    name = &server->all->redis->conf->master;

    if (text->len > name->len && text->data[name->len] == ' '
        && ngx_memcmp(text->data, name->data, name->len) == 0)
    {
        ngx_billing_redis_sentinel_news(server);
    }
}


/*
 * There may be another master, and this Sentinel knows.  However often it says
 * so, it is asked a few times in a second: each answer may name another one.
 */
static void
ngx_billing_redis_sentinel_news(void *data)
{
    ngx_billing_redis_sentinel_t        *all;
    ngx_billing_redis_sentinel_server_t *server;

    server = data;
    all = server->all;

    if (all->asking) {
        all->again = 1;
        return;
    }

    all->current = server - all->servers;
    ngx_billing_redis_sentinel_again(all);
}


static void
ngx_billing_redis_sentinel_again(ngx_billing_redis_sentinel_t *all)
{
    ngx_msec_t passed;

    passed = ngx_current_msec - all->began;

    if (passed >= NGX_BILLING_REDIS_SENTINEL_NEWS) {
        ngx_billing_redis_sentinel_find(all);

    } else {
        /* nginx moves a timer that is set */
        ngx_add_timer(&all->retry, NGX_BILLING_REDIS_SENTINEL_NEWS - passed);
    }
}


static void
ngx_billing_redis_sentinel_retry(ngx_event_t *ev)
{
    ngx_billing_redis_sentinel_find(ev->data);
}


static void
ngx_billing_redis_sentinel_find(ngx_billing_redis_sentinel_t *all)
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

    ngx_billing_redis_sentinel_ask(all);
}


static void
ngx_billing_redis_sentinel_ask(ngx_billing_redis_sentinel_t *all)
{
    while (all->left > 0) {
        all->left--;

        if (ngx_billing_redis_sentinel_send(all) == NGX_OK) {
            return;
        }

        all->current = (all->current + 1) % all->nservers;
    }

    all->asking = 0;

    /* they may all have been set up anew */

    if (!all->found && ++all->failed == NGX_BILLING_REDIS_SENTINEL_ROUNDS) {
        all->failed = 0;
        all->epoch = 0;
    }

    ngx_billing_redis_sentinel_report(all, "no sentinel knows a master");
    ngx_billing_redis_sentinel_pause(all, 0);
}


static ngx_int_t
ngx_billing_redis_sentinel_send(ngx_billing_redis_sentinel_t *all)
{
    ngx_str_t                            argv[3];
    ngx_billing_redis_sentinel_server_t *server;

    server = &all->servers[all->current];
    server->epoch = -1;

    ngx_str_set(&argv[0], "SENTINEL");
    ngx_str_set(&argv[1], "MASTER");
    argv[2] = all->redis->conf->master;

    if (ngx_billing_redis_command(server->client, 3, argv,
            NGX_BILLING_REDIS_SENTINEL_TIMEOUT,
            ngx_billing_redis_sentinel_epoch, server)
        == NULL)
    {
        return NGX_ERROR;
    }

    ngx_str_set(&argv[1], "GET-MASTER-ADDR-BY-NAME");

    return ngx_billing_redis_command(server->client, 3, argv,
               NGX_BILLING_REDIS_SENTINEL_TIMEOUT,
               ngx_billing_redis_sentinel_answer,
               all) == NULL
               ? NGX_ERROR
               : NGX_OK;
}


/* A list of names and values. */
static void
ngx_billing_redis_sentinel_epoch(
    void *data, redisReply *reply, const char *error)
{
    size_t                               i;
    ngx_billing_redis_sentinel_server_t *server;

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
ngx_billing_redis_sentinel_answer(
    void *data, redisReply *reply, const char *error)
{
    ngx_billing_redis_sentinel_t *all = data;

    if (ngx_billing_redis_sentinel_read(all, reply) != NGX_OK) {
        all->current = (all->current + 1) % all->nservers;
        ngx_billing_redis_sentinel_ask(all);

        if (all->asking) {
            return;
        }
    }

    if (all->again) {
        ngx_billing_redis_sentinel_again(all);
    }
}


static ngx_int_t
ngx_billing_redis_sentinel_read(
    ngx_billing_redis_sentinel_t *all, redisReply *reply)
{
    ngx_int_t                            port;
    ngx_str_t                            host;
    redisReply                         **e;
    ngx_billing_redis_sentinel_server_t *server;

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

    ngx_billing_redis_sentinel_found(all, &host, port);

    return NGX_OK;
}


static void
ngx_billing_redis_sentinel_found(
    ngx_billing_redis_sentinel_t *all, const ngx_str_t *host, in_port_t port)
{
    ngx_uint_t                same;
    ngx_billing_redis_node_t *node;

    node = all->node;

    same = node->conf.host.len == host->len && node->conf.port == port
           && ngx_memcmp(node->conf.host.data, host->data, host->len) == 0;

    if (same && all->found) {
        return;
    }

    if (!same) {
        /* with found unset, the end of its links is nothing to act upon */

        all->found = 0;
        ngx_billing_redis_node_drop(node, "failover");

        if (ngx_billing_redis_node_address(node, host, port) != NGX_OK) {
            ngx_billing_redis_sentinel_report(
                all, "sentinel tells a host name, and not an address");
            ngx_billing_redis_sentinel_pause(all, 0);
            return;
        }

        node->used = 1;
        ngx_billing_redis_node_listen(node);

        ngx_log_error(NGX_LOG_NOTICE, all->redis->log, 0,
            "redis \"%V\" is the master of \"%V\"", &node->conf.name,
            &all->redis->conf->master);
    }

    all->found = 1;
    all->reported = NULL;

    if (node->link.state == NGX_BILLING_REDIS_CLOSED) {
        ngx_billing_redis_connect(&node->link);
    }

    ngx_billing_redis_hurry(all->redis);
}


static void
ngx_billing_redis_sentinel_pause(
    ngx_billing_redis_sentinel_t *all, ngx_uint_t steady)
{
    ngx_msec_t pause;

    pause = ngx_billing_redis_backoff(&all->backoff, steady);

    if (!all->retry.timer_set) {
        ngx_add_timer(
            &all->retry, ngx_min(pause, NGX_BILLING_REDIS_SENTINEL_PAUSE));
    }
}


static void
ngx_billing_redis_sentinel_report(
    ngx_billing_redis_sentinel_t *all, const char *error)
{
    if (all->reported != error) {
        all->reported = error;
        ngx_log_error(NGX_LOG_WARN, all->redis->log, 0,
            "no master of redis \"%V\": %s", &all->redis->conf->master, error);
    }
}
