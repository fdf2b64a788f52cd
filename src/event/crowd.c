
#include "event/crowd.h"


void
billing_crowd_init(billing_crowds_t *flights)
{
    ngx_rbtree_init(&flights->tree, &flights->end, ngx_str_rbtree_insert_value);
}


billing_crowd_t *
billing_crowd_find(billing_crowds_t *flights, const ngx_str_t *key)
{
    ngx_str_t name;

    name = *key;

    return (billing_crowd_t *) ngx_str_rbtree_lookup(
        &flights->tree, &name, ngx_murmur_hash2(key->data, key->len));
}


void
billing_crowd_add(
    billing_crowds_t *flights, billing_crowd_t *flight, const ngx_str_t *key)
{
    flight->flights = flights;
    flight->telling = 0;
    ngx_queue_init(&flight->waiting);
    ngx_queue_init(&flight->later);

    flight->node.str = *key;
    flight->node.node.key = ngx_murmur_hash2(key->data, key->len);
    ngx_rbtree_insert(&flights->tree, &flight->node.node);
}


void
billing_crowd_remove(billing_crowd_t *flight)
{
    ngx_rbtree_delete(&flight->flights->tree, &flight->node.node);
}


void
billing_crowd_join(
    billing_crowd_t *flight, billing_crowd_waiter_t *waiter, ngx_uint_t later)
{
    waiter->flight = flight;
    ngx_queue_insert_tail(
        later || flight->telling ? &flight->later : &flight->waiting,
        &waiter->queue);
}


void
billing_crowd_leave(billing_crowd_waiter_t *waiter)
{
    ngx_queue_remove(&waiter->queue);
}


ngx_uint_t
billing_crowd_empty(const billing_crowd_t *flight)
{
    return !flight->telling && ngx_queue_empty(&flight->waiting)
           && ngx_queue_empty(&flight->later);
}


void
billing_crowd_turn(billing_crowd_t *flight)
{
    ngx_queue_add(&flight->waiting, &flight->later);
    ngx_queue_init(&flight->later);
}


billing_crowd_waiter_t *
billing_crowd_first(const billing_crowd_t *flight)
{
    ngx_queue_t *q;

    if (ngx_queue_empty(&flight->waiting)) {
        return NULL;
    }

    q = ngx_queue_head(&flight->waiting);

    return ngx_queue_data(q, billing_crowd_waiter_t, queue);
}


void
billing_crowd_tell(billing_crowd_t *flight,
    void (*tell)(billing_crowd_waiter_t *waiter, void *data), void *data)
{
    billing_crowd_waiter_t *waiter;

    flight->telling = 1;

    for (;;) {
        waiter = billing_crowd_first(flight);
        if (waiter == NULL) {
            break;
        }

        billing_crowd_leave(waiter);
        tell(waiter, data);
    }

    flight->telling = 0;
}
