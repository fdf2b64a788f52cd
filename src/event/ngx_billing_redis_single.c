
/*
 * One server, whose address is in the configuration: without it nothing can
 * be done, so nothing waits for it.
 */

#include "event/ngx_billing_redis_internal.h"


static ngx_int_t
ngx_billing_redis_single_create(ngx_billing_redis_t *redis)
{
    ngx_billing_redis_node_t *node;

    node = ngx_billing_redis_node_create(redis);
    if (node == NULL) {
        return NGX_ERROR;
    }

    node->used = 1;

    return NGX_OK;
}


static ngx_billing_redis_node_t *
ngx_billing_redis_single_pick(ngx_billing_redis_t *redis, ngx_uint_t slot)
{
    return ngx_queue_data(
        ngx_queue_head(&redis->nodes), ngx_billing_redis_node_t, queue);
}


const ngx_billing_redis_topology_t ngx_billing_redis_single = {
    .create = ngx_billing_redis_single_create,
    .pick = ngx_billing_redis_single_pick,
};
