
/*
 * Single flight: what several want is done once, and all of them wait for it.
 *
 * A crowd is who waits for what is under way for a key.  Whoever wants the same
 * joins it; who comes too late for what is under way joins for the next turn.
 * The owner of the crowd does the work, tells those who wait, and frees the
 * crowd when it is empty.  Both lie within larger structures, as nginx's queues
 * do.
 */

#ifndef BILLING_EVENT_CROWD_H
#define BILLING_EVENT_CROWD_H

#include <ngx_config.h>
#include <ngx_core.h>


typedef struct {
    ngx_rbtree_t      tree;
    ngx_rbtree_node_t end;
} billing_crowds_t;


typedef struct {
    ngx_str_node_t    node; /* its key */
    billing_crowds_t *crowds;
    ngx_queue_t       waiting; /* for what is under way */
    ngx_queue_t       later;   /* for what comes after it */
    unsigned          telling : 1;
} billing_crowd_t;


typedef struct {
    ngx_queue_t      queue;
    billing_crowd_t *crowd;
} billing_crowd_waiter_t;


void billing_crowd_init(billing_crowds_t *crowds);

/* NULL: nothing is under way for the key. */
billing_crowd_t *billing_crowd_find(
    billing_crowds_t *crowds, const ngx_str_t *key);

/* Puts a new crowd in; the key lives as long as it. */
void billing_crowd_add(
    billing_crowds_t *crowds, billing_crowd_t *crowd, const ngx_str_t *key);

/* Takes it out; nobody waits. */
void billing_crowd_remove(billing_crowd_t *crowd);

/* later: what is under way is not for this one, who waits for the next turn. */
void billing_crowd_join(
    billing_crowd_t *crowd, billing_crowd_waiter_t *waiter, ngx_uint_t later);

/* The waiter goes, at any time, also while others are told. */
void billing_crowd_leave(billing_crowd_waiter_t *waiter);

/* 1 if nobody waits, and nobody is being told. */
ngx_uint_t billing_crowd_empty(const billing_crowd_t *crowd);

/* Those who came later wait for what is under way now. */
void billing_crowd_turn(billing_crowd_t *crowd);

/* The one who has waited for longest; NULL: none. */
billing_crowd_waiter_t *billing_crowd_first(const billing_crowd_t *crowd);

/*
 * Tells all who wait, each of whom has left before.  One's end may be that of
 * others, and whoever joins meanwhile waits for the next turn.
 */
void billing_crowd_tell(billing_crowd_t *crowd,
    void (*tell)(billing_crowd_waiter_t *waiter, void *data), void *data);


#endif /* BILLING_EVENT_CROWD_H */
