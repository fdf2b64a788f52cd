
/*
 * A node is one server as the client sees it: a link for commands, a link for
 * durable scripts, and a channel if somebody listens.  Its address may change
 * (Sentinel) while nothing is connected.
 */

#include "event/ngx_billing_redis_internal.h"


ngx_billing_redis_node_t *
ngx_billing_redis_node_create(ngx_billing_redis_t *redis)
{
    ngx_billing_redis_node_t *node;

    node = ngx_calloc(sizeof(ngx_billing_redis_node_t), redis->log);
    if (node == NULL) {
        return NULL;
    }

    node->redis = redis;
    node->serial = ++redis->serial;
    node->conf = *redis->conf;

    ngx_queue_init(&node->unconfirmed);
    ngx_queue_init(&node->confirming);

    ngx_billing_redis_link_init(&node->link, node);
    ngx_billing_redis_link_init(&node->writer, node);

    ngx_queue_insert_tail(&redis->nodes, &node->queue);

    return node;
}


void
ngx_billing_redis_node_destroy(ngx_billing_redis_node_t *node)
{
    ngx_billing_redis_node_unlisten(node);

    ngx_billing_redis_link_end(&node->link);
    ngx_billing_redis_link_end(&node->writer);

    ngx_billing_redis_free_calls(&node->unconfirmed);
    ngx_billing_redis_free_calls(&node->confirming);

    ngx_queue_remove(&node->queue);
    ngx_free(node);
}


void
ngx_billing_redis_node_take(
    ngx_billing_redis_node_t *node, ngx_billing_redis_call_t *call)
{
    ngx_billing_redis_link_take(
        call->durable ? &node->writer : &node->link, call);
}


void
ngx_billing_redis_node_connect(ngx_billing_redis_node_t *node)
{
    if (node->link.state == NGX_BILLING_REDIS_CLOSED) {
        ngx_billing_redis_connect(&node->link);
    }
}


ngx_uint_t
ngx_billing_redis_node_is(
    ngx_billing_redis_node_t *node, const ngx_str_t *host, in_port_t port)
{
    return node->conf.port == port && node->conf.host.len == host->len
           && ngx_memcmp(node->conf.host.data, host->data, host->len) == 0;
}


ngx_int_t
ngx_billing_redis_node_address(
    ngx_billing_redis_node_t *node, const ngx_str_t *host, in_port_t port)
{
    if (!ngx_billing_redis_numeric(host)) {
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
ngx_billing_redis_numeric(const ngx_str_t *host)
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
ngx_billing_redis_node_idle(ngx_billing_redis_node_t *node)
{
    return !node->waits && ngx_queue_empty(&node->unconfirmed)
           && ngx_queue_empty(&node->confirming)
           && ngx_billing_redis_link_idle(&node->link)
           && ngx_billing_redis_link_idle(&node->writer);
}


void
ngx_billing_redis_node_anew(ngx_billing_redis_node_t *node)
{
    ngx_billing_redis_link_anew(&node->link);
    ngx_billing_redis_link_anew(&node->writer);
}


void
ngx_billing_redis_node_drop(ngx_billing_redis_node_t *node, const char *error)
{
    if (node->link.state != NGX_BILLING_REDIS_CLOSED) {
        ngx_billing_redis_drop(&node->link, error);
    }

    if (node->writer.state != NGX_BILLING_REDIS_CLOSED) {
        ngx_billing_redis_drop(&node->writer, error);
    }
}


void
ngx_billing_redis_node_listen(ngx_billing_redis_node_t *node)
{
    ngx_billing_redis_t *redis;

    redis = node->redis;

    ngx_billing_redis_node_unlisten(node);

    if (redis->name.len > 0 && !ngx_exiting && !ngx_terminate) {
        /* without a channel nothing is proved; see ngx_billing_redis_heard() */

        node->channel = ngx_billing_redis_channel_create(
            &node->conf, &redis->name, &redis->listener, redis->log);
    }
}


void
ngx_billing_redis_node_unlisten(ngx_billing_redis_node_t *node)
{
    if (node->channel != NULL) {
        ngx_billing_redis_channel_destroy(node->channel);
        node->channel = NULL;
    }
}


void
ngx_billing_redis_node_settle(ngx_billing_redis_node_t *node)
{
    ngx_billing_redis_link_settle(&node->link);
    ngx_billing_redis_link_settle(&node->writer);
}
