
#include "event/crowd.h"


void
billing_crowd_init(billing_crowds_t *crowds)
{
    ngx_rbtree_init(&crowds->tree, &crowds->end, ngx_str_rbtree_insert_value);
}


billing_crowd_t *
billing_crowd_find(billing_crowds_t *crowds, const ngx_str_t *key)
{
    ngx_str_t name;

    name = *key;

    return (billing_crowd_t *) ngx_str_rbtree_lookup(
        &crowds->tree, &name, ngx_murmur_hash2(key->data, key->len));
}


void
billing_crowd_add(
    billing_crowds_t *crowds, billing_crowd_t *crowd, const ngx_str_t *key)
{
    crowd->crowds = crowds;
    crowd->telling = 0;
    ngx_queue_init(&crowd->waiting);
    ngx_queue_init(&crowd->later);

    crowd->node.str = *key;
    crowd->node.node.key = ngx_murmur_hash2(key->data, key->len);
    ngx_rbtree_insert(&crowds->tree, &crowd->node.node);
}


void
billing_crowd_remove(billing_crowd_t *crowd)
{
    ngx_rbtree_delete(&crowd->crowds->tree, &crowd->node.node);
}


void
billing_crowd_join(
    billing_crowd_t *crowd, billing_crowd_waiter_t *waiter, ngx_uint_t later)
{
    waiter->crowd = crowd;
    ngx_queue_insert_tail(
        later || crowd->telling ? &crowd->later : &crowd->waiting,
        &waiter->queue);
}


void
billing_crowd_leave(billing_crowd_waiter_t *waiter)
{
    ngx_queue_remove(&waiter->queue);
}


ngx_uint_t
billing_crowd_empty(const billing_crowd_t *crowd)
{
    return !crowd->telling && ngx_queue_empty(&crowd->waiting)
           && ngx_queue_empty(&crowd->later);
}


void
billing_crowd_turn(billing_crowd_t *crowd)
{
    ngx_queue_add(&crowd->waiting, &crowd->later);
    ngx_queue_init(&crowd->later);
}


billing_crowd_waiter_t *
billing_crowd_first(const billing_crowd_t *crowd)
{
    ngx_queue_t *q;

    if (ngx_queue_empty(&crowd->waiting)) {
        return NULL;
    }

    q = ngx_queue_head(&crowd->waiting);

    return ngx_queue_data(q, billing_crowd_waiter_t, queue);
}


void
billing_crowd_tell(billing_crowd_t *crowd,
    void (*tell)(billing_crowd_waiter_t *waiter, void *data), void *data)
{
    billing_crowd_waiter_t *waiter;

    crowd->telling = 1;

    for (;;) {
        waiter = billing_crowd_first(crowd);
        if (waiter == NULL) {
            break;
        }

        billing_crowd_leave(waiter);
        tell(waiter, data);
    }

    crowd->telling = 0;
}
