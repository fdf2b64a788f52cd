
/*
 * One server, whose address is in the configuration: without it nothing can
 * be done, so nothing waits for it.
 */

#include "event/redis_internal.h"


static ngx_int_t
redis_single_create(billing_redis_t *redis)
{
    billing_redis_node_t *node;

    node = billing_redis_node_create(redis);
    if (node == NULL) {
        return NGX_ERROR;
    }

    node->used = 1;

    return NGX_OK;
}


static billing_redis_node_t *
redis_single_pick(billing_redis_t *redis, ngx_uint_t slot)
{
    return ngx_queue_data(
        ngx_queue_head(&redis->nodes), billing_redis_node_t, queue);
}


const billing_redis_topology_t billing_redis_single = {
    .create = redis_single_create,
    .pick = redis_single_pick,
};
