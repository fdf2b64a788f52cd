
/*
 * A node is one server as the client sees it: a link for commands, a link for
 * durable scripts, and a channel if somebody listens.  Its address may change
 * (Sentinel) while nothing is connected.
 */

#include "event/redis_internal.h"


billing_redis_node_t *
billing_redis_node_create(billing_redis_t *redis)
{
    billing_redis_node_t *node;

    node = ngx_calloc(sizeof(billing_redis_node_t), redis->log);
    if (node == NULL) {
        return NULL;
    }

    node->redis = redis;
    node->serial = ++redis->serial;
    node->conf = *redis->conf;

    ngx_queue_init(&node->unconfirmed);
    ngx_queue_init(&node->confirming);

    billing_redis_connection_link_init(&node->link, node);
    billing_redis_connection_link_init(&node->writer, node);

    ngx_queue_insert_tail(&redis->nodes, &node->queue);

    return node;
}


void
billing_redis_node_destroy(billing_redis_node_t *node)
{
    billing_redis_node_unlisten(node);

    billing_redis_connection_link_end(&node->link);
    billing_redis_connection_link_end(&node->writer);

    billing_redis_call_free_calls(&node->unconfirmed);
    billing_redis_call_free_calls(&node->confirming);

    ngx_queue_remove(&node->queue);
    ngx_free(node);
}


void
billing_redis_node_take(billing_redis_node_t *node, billing_redis_call_t *call)
{
    billing_redis_connection_link_take(
        call->durable ? &node->writer : &node->link, call);
}


void
billing_redis_node_connect(billing_redis_node_t *node)
{
    if (node->link.state == BILLING_REDIS_CLOSED) {
        billing_redis_connection_connect(&node->link);
    }
}


ngx_uint_t
billing_redis_node_is(
    billing_redis_node_t *node, const ngx_str_t *host, in_port_t port)
{
    return node->conf.port == port && node->conf.host.len == host->len
           && ngx_memcmp(node->conf.host.data, host->data, host->len) == 0;
}


ngx_int_t
billing_redis_node_address(
    billing_redis_node_t *node, const ngx_str_t *host, in_port_t port)
{
    if (!billing_redis_node_numeric(host)) {
        return NGX_DECLINED;
    }

    *ngx_cpymem(node->host, host->data, host->len) = '\0';
    node->conf.host.data = node->host;
    node->conf.host.len = host->len;
    node->conf.port = port;

    node->conf.name.data = node->name;
    node->conf.name.len =
        ngx_snprintf(node->name, sizeof(node->name),
            ngx_strlchr(host->data, host->data + host->len, ':') ? "[%V]:%ui"
                                                                 : "%V:%ui",
            host, (ngx_uint_t) port)
        - node->name;

    return NGX_OK;
}


/* No longer than a node has room for. */
ngx_uint_t
billing_redis_node_numeric(const ngx_str_t *host)
{
#if (NGX_HAVE_INET6)
    u_char addr[16];
#endif

    if (host->len == 0 || host->len > NGX_SOCKADDR_STRLEN) {
        return 0;
    }

#if (NGX_HAVE_INET6)
    if (ngx_inet6_addr(host->data, host->len, addr) == NGX_OK) {
        return 1;
    }
#endif

    return ngx_inet_addr(host->data, host->len) != INADDR_NONE;
}


ngx_uint_t
billing_redis_node_idle(billing_redis_node_t *node)
{
    return !node->waits && ngx_queue_empty(&node->unconfirmed)
           && ngx_queue_empty(&node->confirming)
           && billing_redis_connection_link_idle(&node->link)
           && billing_redis_connection_link_idle(&node->writer);
}


void
billing_redis_node_anew(billing_redis_node_t *node)
{
    billing_redis_connection_link_anew(&node->link);
    billing_redis_connection_link_anew(&node->writer);
}


void
billing_redis_node_drop(billing_redis_node_t *node, const char *error)
{
    if (node->link.state != BILLING_REDIS_CLOSED) {
        billing_redis_events_drop(&node->link, error);
    }

    if (node->writer.state != BILLING_REDIS_CLOSED) {
        billing_redis_events_drop(&node->writer, error);
    }
}


void
billing_redis_node_listen(billing_redis_node_t *node)
{
    billing_redis_t *redis;

    redis = node->redis;

    billing_redis_node_unlisten(node);

    if (redis->name.len > 0 && !ngx_exiting && !ngx_terminate) {
        /* without a channel nothing is proved; see billing_redis_client_heard() */

        node->channel = billing_redis_channel_create(
            &node->conf, &redis->name, &redis->listener, redis->log);
    }
}


void
billing_redis_node_unlisten(billing_redis_node_t *node)
{
    if (node->channel != NULL) {
        billing_redis_channel_destroy(node->channel);
        node->channel = NULL;
    }
}


void
billing_redis_node_settle(billing_redis_node_t *node)
{
    billing_redis_connection_link_settle(&node->link);
    billing_redis_connection_link_settle(&node->writer);
}
