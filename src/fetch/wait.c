
/* A waiter is in the queue of the block that it waits for. */

#include "fetch/wait.h"


void
billing_wait_join(billing_fetch_block_t *block, billing_waiter_t *waiter)
{
    waiter->block = block;
    ngx_queue_insert_tail(&block->waiters, &waiter->queue);
}


void
billing_wait_leave(billing_waiter_t *waiter)
{
    waiter->block = NULL;
    ngx_queue_remove(&waiter->queue);
}


billing_waiter_t *
billing_wait_first(billing_fetch_block_t *block)
{
    billing_waiter_t *waiter;

    if (ngx_queue_empty(&block->waiters)) {
        return NULL;
    }

    waiter = ngx_queue_data(
        ngx_queue_head(&block->waiters), billing_waiter_t, queue);
    billing_wait_leave(waiter);

    return waiter;
}


ngx_uint_t
billing_wait_awaited(const billing_flight_t *flight)
{
    ngx_uint_t i;

    for (i = 0; i < flight->nblocks; i++) {
        if (!ngx_queue_empty(&flight->blocks[i].waiters)) {
            return 1;
        }
    }

    return 0;
}
