
#include "event/ngx_billing_flight.h"


void
ngx_billing_flights_init(ngx_billing_flights_t *flights)
{
    ngx_rbtree_init(&flights->tree, &flights->end, ngx_str_rbtree_insert_value);
}


ngx_billing_flight_t *
ngx_billing_flight_find(ngx_billing_flights_t *flights, const ngx_str_t *key)
{
    ngx_str_t name;

    name = *key;

    return (ngx_billing_flight_t *) ngx_str_rbtree_lookup(
        &flights->tree, &name, ngx_murmur_hash2(key->data, key->len));
}


void
ngx_billing_flight_add(ngx_billing_flights_t *flights,
    ngx_billing_flight_t *flight, const ngx_str_t *key)
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
ngx_billing_flight_remove(ngx_billing_flight_t *flight)
{
    ngx_rbtree_delete(&flight->flights->tree, &flight->node.node);
}


void
ngx_billing_flight_join(ngx_billing_flight_t *flight,
    ngx_billing_waiter_t *waiter, ngx_uint_t later)
{
    waiter->flight = flight;
    ngx_queue_insert_tail(
        later || flight->telling ? &flight->later : &flight->waiting,
        &waiter->queue);
}


void
ngx_billing_flight_leave(ngx_billing_waiter_t *waiter)
{
    ngx_queue_remove(&waiter->queue);
}


ngx_uint_t
ngx_billing_flight_empty(const ngx_billing_flight_t *flight)
{
    return !flight->telling && ngx_queue_empty(&flight->waiting)
           && ngx_queue_empty(&flight->later);
}


void
ngx_billing_flight_turn(ngx_billing_flight_t *flight)
{
    ngx_queue_add(&flight->waiting, &flight->later);
    ngx_queue_init(&flight->later);
}


ngx_billing_waiter_t *
ngx_billing_flight_first(const ngx_billing_flight_t *flight)
{
    ngx_queue_t *q;

    if (ngx_queue_empty(&flight->waiting)) {
        return NULL;
    }

    q = ngx_queue_head(&flight->waiting);

    return ngx_queue_data(q, ngx_billing_waiter_t, queue);
}


void
ngx_billing_flight_tell(ngx_billing_flight_t *flight,
    void (*tell)(ngx_billing_waiter_t *waiter, void *data), void *data)
{
    ngx_billing_waiter_t *waiter;

    flight->telling = 1;

    for (;;) {
        waiter = ngx_billing_flight_first(flight);
        if (waiter == NULL) {
            break;
        }

        ngx_billing_flight_leave(waiter);
        tell(waiter, data);
    }

    flight->telling = 0;
}
