
/*
 * The connection of a channel.  hiredis is used without its asynchronous half,
 * which in 0.14 gives replies of PING and of errors to nobody while subscribed,
 * and ends the process on what it does not expect (assert() in
 * __redisGetSubscribeCallback()).  The order of replies tells which is which.
 *
 * One timer serves deadlines, the pause before the next proof, and back-off.
 */

#include "event/redis_channel.h"
#include "event/redis_internal.h"

#include <time.h>


#define BILLING_REDIS_CHANNEL_PROOF    400  /* milliseconds */
#define BILLING_REDIS_CHANNEL_DEADLINE 2000 /* milliseconds */
#define BILLING_REDIS_CHANNEL_STEADY   2000 /* milliseconds */

#define BILLING_REDIS_CHANNEL_READS 16        /* of one event */
#define BILLING_REDIS_CHANNEL_MAX   (1 << 16) /* of one message, bytes */


struct billing_redis_channel_s {
    billing_redis_conf_t    *conf;
    ngx_log_t               *log;
    redisContext            *context; /* NULL: no connection */
    ngx_fd_t                 ident;   /* -1; for debug logs of timers */
    ngx_connection_t        *connection;
    billing_redis_listener_t listener;
    ngx_str_t                name;
    ngx_uint_t               asked;    /* replies that are owed */
    ngx_msec_t               sent;     /* the last SUBSCRIBE */
    ngx_msec_t               proved;   /* sent, of the last one answered */
    ngx_msec_t               since;    /* subscribed */
    ngx_msec_t               backoff;  /* 0: the last one was a good one */
    const char              *reported; /* why the last ended; NULL: good */
    ngx_event_t              timer;
    unsigned                 subscribed : 1;
};


static ngx_msec_t redis_channel_now(void);
static void       redis_channel_timer(ngx_event_t *ev);
static void       redis_channel_wait(
          billing_redis_channel_t *channel, ngx_msec_t delay);
static void      redis_channel_connect(billing_redis_channel_t *channel);
static ngx_int_t redis_channel_attach(billing_redis_channel_t *channel);
static ngx_int_t redis_channel_handshake(billing_redis_channel_t *channel);
static ngx_int_t redis_channel_subscribe(billing_redis_channel_t *channel);
static ngx_int_t redis_channel_ask(
    billing_redis_channel_t *channel, ngx_uint_t argc, const ngx_str_t *argv);
static void        redis_channel_event(ngx_event_t *ev);
static void        redis_channel_write(billing_redis_channel_t *channel);
static void        redis_channel_read(billing_redis_channel_t *channel);
static ngx_int_t   redis_channel_replies(billing_redis_channel_t *channel);
static const char *redis_channel_reply(
    billing_redis_channel_t *channel, redisReply *reply);
static const char *redis_channel_push(
    billing_redis_channel_t *channel, redisReply *reply);
static ngx_uint_t redis_channel_is(redisReply *reply, const char *kind);
static void       redis_channel_proof(billing_redis_channel_t *channel);
static void       redis_channel_lost(
          billing_redis_channel_t *channel, const char *error);
static void redis_channel_close(billing_redis_channel_t *channel);


billing_redis_channel_t *
billing_redis_channel_create(billing_redis_conf_t *conf, const ngx_str_t *name,
    const billing_redis_listener_t *listener, ngx_log_t *log)
{
    billing_redis_channel_t *channel;

    channel = ngx_calloc(sizeof(billing_redis_channel_t) + name->len, log);
    if (channel == NULL) {
        return NULL;
    }

    channel->conf = conf;
    channel->log = log;
    channel->ident = (ngx_fd_t) -1;
    channel->listener = *listener;
    channel->name.data = (u_char *) (channel + 1);
    channel->name.len = name->len;
    ngx_memcpy(channel->name.data, name->data, name->len);

    billing_redis_events_init_event(
        channel, &channel->timer, redis_channel_timer, log);

    redis_channel_wait(channel, 1);

    return channel;
}


void
billing_redis_channel_destroy(billing_redis_channel_t *channel)
{
    redis_channel_close(channel);
    ngx_free(channel);
}


ngx_uint_t
billing_redis_channel_proved(billing_redis_channel_t *channel, ngx_msec_t age)
{
    /* the difference is right when the count has begun anew */

    return channel->subscribed && redis_channel_now() - channel->proved < age;
}


static ngx_msec_t
redis_channel_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return (ngx_msec_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


static void
redis_channel_timer(ngx_event_t *ev)
{
    billing_redis_channel_t *channel = ev->data;

    if (ngx_exiting || ngx_terminate) {
        redis_channel_close(channel);
        return;
    }

    if (channel->context == NULL) {
        redis_channel_connect(channel);
        return;
    }

    if (channel->asked > 0) {
        redis_channel_lost(channel, "timed out");
        return;
    }

    if (redis_channel_subscribe(channel) != NGX_OK) {
        redis_channel_lost(channel, "out of memory");
        return;
    }

    redis_channel_wait(channel, BILLING_REDIS_CHANNEL_DEADLINE);
}


static void
redis_channel_wait(billing_redis_channel_t *channel, ngx_msec_t delay)
{
    if (channel->timer.timer_set) {
        ngx_del_timer(&channel->timer);
    }

    ngx_add_timer(&channel->timer, delay);
}


static void
redis_channel_connect(billing_redis_channel_t *channel)
{
    ngx_msec_t timeout;

    channel->context = billing_redis_memory_plain(channel->conf);

    if (channel->context == NULL) {
        redis_channel_lost(channel, "out of memory");
        return;
    }

    if (channel->context->err) {
        redis_channel_lost(channel, "connection failed");
        return;
    }

    billing_redis_limits(channel->context);

    if (redis_channel_attach(channel) != NGX_OK) {
        redis_channel_lost(channel, "no free connection");
        return;
    }

    if (redis_channel_handshake(channel) != NGX_OK) {
        redis_channel_lost(channel, "out of memory");
        return;
    }

    ngx_log_debug2(NGX_LOG_DEBUG_EVENT, channel->log, 0,
        "billing redis channel %p: connecting to \"%V\"", channel,
        &channel->conf->name);

    timeout = channel->conf->connect_timeout;
    redis_channel_wait(
        channel, timeout ? timeout : BILLING_REDIS_CHANNEL_DEADLINE);
}


/*
 * Idle all the while: nginx closes the connection when the worker begins to
 * exit.
 */
static ngx_int_t
redis_channel_attach(billing_redis_channel_t *channel)
{
    ngx_connection_t *c;

    c = ngx_get_connection(channel->context->fd, channel->log);
    if (c == NULL) {
        return NGX_ERROR;
    }

    c->data = channel;
    c->log = channel->log;
    c->idle = 1;
    c->number = ngx_atomic_fetch_add(ngx_connection_counter, 1);

    c->read->handler = redis_channel_event;
    c->write->handler = redis_channel_event;
    c->read->log = channel->log;
    c->write->log = channel->log;

    channel->connection = c;

    return NGX_OK;
}


/* As the connection for commands begins, so that both fail alike. */
static ngx_int_t
redis_channel_handshake(billing_redis_channel_t *channel)
{
    u_char                number[NGX_INT_T_LEN];
    ngx_str_t             argv[3];
    ngx_uint_t            n;
    billing_redis_conf_t *conf;

    conf = channel->conf;

    if (conf->password.len > 0) {
        ngx_str_set(&argv[0], "AUTH");
        n = 1;

        if (conf->user.len > 0) {
            argv[n++] = conf->user;
        }

        argv[n++] = conf->password;

        if (redis_channel_ask(channel, n, argv) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (conf->db >= 0) {
        ngx_str_set(&argv[0], "SELECT");
        argv[1].data = number;
        argv[1].len = ngx_sprintf(number, "%i", conf->db) - number;

        if (redis_channel_ask(channel, 2, argv) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return redis_channel_subscribe(channel);
}


static ngx_int_t
redis_channel_subscribe(billing_redis_channel_t *channel)
{
    ngx_str_t argv[2];

    ngx_str_set(&argv[0], "SUBSCRIBE");
    argv[1] = channel->name;

    channel->sent = redis_channel_now();

    return redis_channel_ask(channel, 2, argv);
}


static ngx_int_t
redis_channel_ask(
    billing_redis_channel_t *channel, ngx_uint_t argc, const ngx_str_t *argv)
{
    size_t       len[3];
    const char  *word[3];
    ngx_uint_t   i;
    ngx_event_t *wev;

    for (i = 0; i < argc; i++) {
        word[i] = (char *) argv[i].data;
        len[i] = argv[i].len;
    }

    if (!billing_redis_memory_whole(channel->context)
        || redisAppendCommandArgv(channel->context, argc, word, len)
               != REDIS_OK)
    {
        return NGX_ERROR;
    }

    channel->asked++;
    wev = channel->connection->write;

    if (!wev->active
        && ngx_add_event(wev, NGX_WRITE_EVENT, NGX_LEVEL_EVENT) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void
redis_channel_event(ngx_event_t *ev)
{
    ngx_connection_t        *c;
    billing_redis_channel_t *channel;

    c = ev->data;
    channel = c->data;

    if (c->close) {
        redis_channel_close(channel);

    } else if (ev->write) {
        redis_channel_write(channel);

    } else {
        redis_channel_read(channel);
    }
}


static void
redis_channel_write(billing_redis_channel_t *channel)
{
    ngx_int_t    rc;
    ngx_event_t *rev, *wev;

    rc = billing_redis_memory_empty(channel->context);

    if (rc == NGX_ERROR) {
        redis_channel_lost(channel,
            channel->subscribed ? "connection lost" : "connection failed");
        return;
    }

    rev = channel->connection->read;
    wev = channel->connection->write;

    if ((rc == NGX_OK
            && ngx_del_event(wev, NGX_WRITE_EVENT, NGX_LEVEL_EVENT) != NGX_OK)
        || (!rev->active
            && ngx_add_event(rev, NGX_READ_EVENT, NGX_LEVEL_EVENT) != NGX_OK))
    {
        redis_channel_lost(channel, "out of memory");
    }
}


static void
redis_channel_read(billing_redis_channel_t *channel)
{
    size_t        len;
    ngx_uint_t    i;
    redisContext *context;

    context = channel->context;

    for (i = 0; i < BILLING_REDIS_CHANNEL_READS; i++) {
        len = context->reader->len;

        if (billing_redis_memory_feed(context) != NGX_OK
            || redisBufferRead(context) != REDIS_OK)
        {
            redis_channel_lost(channel, context->err == REDIS_ERR_EOF
                                            ? "connection closed"
                                            : "connection lost");
            return;
        }

        if (context->reader->len == len
            || redis_channel_replies(channel) != NGX_OK) {
            return;
        }

        /* many messages may stand before the answer: only silence is late */

        if (channel->subscribed && channel->asked > 0) {
            redis_channel_wait(channel, BILLING_REDIS_CHANNEL_DEADLINE);
        }
    }
}


/* NGX_ERROR: the connection has been ended. */
static ngx_int_t
redis_channel_replies(billing_redis_channel_t *channel)
{
    void        *reply;
    const char  *error;
    redisReader *reader;

    reader = channel->context->reader;
    error = NULL;

    while (error == NULL) {
        if (redisReaderGetReply(reader, &reply) != REDIS_OK) {
            error = "protocol error";
            break;
        }

        if (reply == NULL) {
            if (reader->len - reader->pos <= BILLING_REDIS_CHANNEL_MAX) {
                return NGX_OK;
            }

            error = "message too long";
            break;
        }

        error = redis_channel_reply(channel, reply);
        freeReplyObject(reply);
    }

    redis_channel_lost(channel, error);

    return NGX_ERROR;
}


/* Returns what is wrong with it, or NULL. */
static const char *
redis_channel_reply(billing_redis_channel_t *channel, redisReply *reply)
{
    if (reply->type == REDIS_REPLY_ERROR) {
        return channel->asked == 1 ? "subscription refused"
                                   : "connection refused";
    }

    if (channel->subscribed || channel->asked == 1) {
        return redis_channel_push(channel, reply);
    }

    channel->asked--;

    return NULL;
}


static const char *
redis_channel_push(billing_redis_channel_t *channel, redisReply *reply)
{
    ngx_str_t text;

    if (channel->subscribed && redis_channel_is(reply, "message")
        && reply->element[2]->type == REDIS_REPLY_STRING)
    {
        text.data = (u_char *) reply->element[2]->str;
        text.len = reply->element[2]->len;

        channel->listener.message(channel->listener.data, &text);
        return NULL;
    }

    if (channel->asked == 0 || !redis_channel_is(reply, "subscribe")) {
        return "protocol error";
    }

    redis_channel_proof(channel);

    return NULL;
}


/* Three elements, the first of which is a text that says what it is. */
static ngx_uint_t
redis_channel_is(redisReply *reply, const char *kind)
{
    return reply->type == REDIS_REPLY_ARRAY && reply->elements == 3
           && reply->element[0]->type == REDIS_REPLY_STRING
           && ngx_strcmp(reply->element[0]->str, kind) == 0;
}


static void
redis_channel_proof(billing_redis_channel_t *channel)
{
    ngx_msec_t age;

    channel->asked = 0;

    if (!channel->subscribed) {
        channel->since = ngx_current_msec;

        ngx_log_debug2(NGX_LOG_DEBUG_EVENT, channel->log, 0,
            "billing redis channel %p: subscribed at \"%V\"", channel,
            &channel->conf->name);

        if (channel->reported != NULL) {
            channel->reported = NULL;
            ngx_log_error(NGX_LOG_NOTICE, channel->log, 0,
                "subscription to redis \"%V\" is there again",
                &channel->conf->name);
        }

        channel->listener.again(channel->listener.data);
        channel->subscribed = 1;
    }

    channel->proved = channel->sent;

    age = redis_channel_now() - channel->sent;
    redis_channel_wait(channel, age < BILLING_REDIS_CHANNEL_PROOF
                                    ? BILLING_REDIS_CHANNEL_PROOF - age
                                    : 1);
}


static void
redis_channel_lost(billing_redis_channel_t *channel, const char *error)
{
    ngx_uint_t steady;

    steady = channel->subscribed
             && ngx_current_msec - channel->since
                    >= BILLING_REDIS_CHANNEL_STEADY;

    ngx_log_debug2(NGX_LOG_DEBUG_EVENT, channel->log, 0,
        "billing redis channel %p: ended: %s", channel, error);

    redis_channel_close(channel);

    if (channel->reported != error) {
        channel->reported = error;
        ngx_log_error(NGX_LOG_WARN, channel->log, 0,
            "no subscription to redis \"%V\": %s", &channel->conf->name, error);
    }

    redis_channel_wait(
        channel, billing_redis_backoff(&channel->backoff, steady));
}


static void
redis_channel_close(billing_redis_channel_t *channel)
{
    if (channel->timer.timer_set) {
        ngx_del_timer(&channel->timer);
    }

    channel->asked = 0;
    channel->subscribed = 0;

    if (channel->context == NULL) {
        return;
    }

    if (channel->connection != NULL) {
        /* the descriptor is the connection's */
        channel->context->fd = -1;
        ngx_close_connection(channel->connection);
        channel->connection = NULL;
    }

    redisFree(channel->context);
    channel->context = NULL;
}
