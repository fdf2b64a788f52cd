
/*
 * Durable scripts: their caller is told when as many replicas as configured
 * have what was written, or that they had not in time.
 *
 * WAIT goes over the connection of the script, behind it; Redis then reads
 * nothing more from that connection until the replicas have answered or the
 * time is over.  So one WAIT at a time is under way, and it is for all scripts
 * whose reply had come when it was sent: scripts that come meanwhile share the
 * next one, and a replica that is away costs each of them that time twice at
 * most.
 */

#include "event/redis_internal.h"


/* Redis needs some time of its own to say that the time is over. */
#define BILLING_REDIS_WAIT_MORE 5000


static void redis_wait_send(billing_redis_node_t *node);
static void redis_wait_done(void *data, redisReply *reply, const char *error);
static void redis_wait_end(
    billing_redis_node_t *node, ngx_uint_t confirmed, ngx_uint_t epoch);


const char billing_redis_unconfirmed[] = "not confirmed by replicas";


ngx_int_t
billing_redis_wait(billing_redis_call_t *call)
{
    billing_redis_node_t *node;

    if (call->reply->type == REDIS_REPLY_ERROR) {
        return NGX_DECLINED;
    }

    node = call->link->node;

    ngx_log_debug2(NGX_LOG_DEBUG_EVENT, call->redis->log, 0,
        "billing redis call %p: waits for %ui replicas", call,
        node->conf.replicas);

    call->durable = 0;
    call->state = BILLING_REDIS_WAITING;
    ngx_queue_insert_tail(&node->unconfirmed, &call->queue);

    if (!node->waits) {
        redis_wait_send(node);
    }

    return NGX_OK;
}


static void
redis_wait_send(billing_redis_node_t *node)
{
    u_char                n[NGX_INT_T_LEN], ms[NGX_INT_T_LEN];
    ngx_str_t             argv[3];
    billing_redis_conf_t *conf;
    billing_redis_call_t *call;

    conf = &node->conf;

    ngx_queue_add(&node->confirming, &node->unconfirmed);
    ngx_queue_init(&node->unconfirmed);

    ngx_str_set(&argv[0], "WAIT");
    argv[1].data = n;
    argv[1].len = ngx_sprintf(n, "%ui", conf->replicas) - n;
    argv[2].data = ms;
    argv[2].len = ngx_sprintf(ms, "%M", conf->replicas_timeout) - ms;

    call = NULL;

    if (node->writer.state == BILLING_REDIS_READY) {
        call = billing_redis_call_create(node->redis, 3, argv,
            conf->replicas_timeout + BILLING_REDIS_WAIT_MORE, redis_wait_done,
            node);
    }

    if (call == NULL) {
        redis_wait_end(node, 0, 0);
        return;
    }

    ngx_log_debug2(NGX_LOG_DEBUG_EVENT, node->redis->log, 0,
        "billing redis call %p: WAIT for what \"%V\" has done", call,
        &node->conf.name);

    node->waits = 1;
    billing_redis_connection_link_take(&node->writer, call);
}


static void
redis_wait_done(void *data, redisReply *reply, const char *error)
{
    billing_redis_node_t *node = data;

    ngx_uint_t confirmed;

    node->waits = 0;

    confirmed = reply != NULL && reply->type == REDIS_REPLY_INTEGER
                && reply->integer >= (long long) node->conf.replicas;

    if (reply != NULL && reply->type == REDIS_REPLY_ERROR) {
        ngx_log_error(NGX_LOG_ERR, node->redis->log, 0,
            "redis \"%V\" refuses WAIT: \"%*s\"", &node->conf.name,
            (size_t) reply->len, reply->str);
    }

    redis_wait_end(node, confirmed, node->writer.epoch);

    if (!ngx_queue_empty(&node->unconfirmed)) {
        redis_wait_send(node);
    }
}


/* A WAIT over another connection than the script's says nothing of it. */
static void
redis_wait_end(
    billing_redis_node_t *node, ngx_uint_t confirmed, ngx_uint_t epoch)
{
    ngx_queue_t          *q;
    billing_redis_call_t *call;

    while (!ngx_queue_empty(&node->confirming)) {
        q = ngx_queue_head(&node->confirming);
        ngx_queue_remove(q);

        call = ngx_queue_data(q, billing_redis_call_t, queue);
        billing_redis_call_finish(call, confirmed && call->epoch == epoch
                                            ? NULL
                                            : billing_redis_unconfirmed);
    }
}
