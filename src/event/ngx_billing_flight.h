
/*
 * Single flight: what several want is done once, and all of them wait for it.
 *
 * A flight is what is under way for a key.  Whoever wants the same joins it; who
 * comes too late for what is under way joins for the next turn.  The owner of
 * the flight does the work, tells those who wait, and frees the flight when it
 * is empty.  Both lie within larger structures, as nginx's queues do.
 */

#ifndef NGX_BILLING_FLIGHT_H
#define NGX_BILLING_FLIGHT_H

#include <ngx_config.h>
#include <ngx_core.h>


typedef struct {
    ngx_rbtree_t      tree;
    ngx_rbtree_node_t end;
} ngx_billing_flights_t;


typedef struct {
    ngx_str_node_t         node; /* its key */
    ngx_billing_flights_t *flights;
    ngx_queue_t            waiting; /* for what is under way */
    ngx_queue_t            later;   /* for what comes after it */
    unsigned               telling : 1;
} ngx_billing_flight_t;


typedef struct {
    ngx_queue_t           queue;
    ngx_billing_flight_t *flight;
} ngx_billing_waiter_t;


void ngx_billing_flights_init(ngx_billing_flights_t *flights);

/* NULL: nothing is under way for the key. */
ngx_billing_flight_t *ngx_billing_flight_find(
    ngx_billing_flights_t *flights, const ngx_str_t *key);

/* Puts a new flight in; the key lives as long as it. */
void ngx_billing_flight_add(ngx_billing_flights_t *flights,
    ngx_billing_flight_t *flight, const ngx_str_t *key);

/* Takes it out; nobody waits. */
void ngx_billing_flight_remove(ngx_billing_flight_t *flight);

/* later: what is under way is not for this one, who waits for the next turn. */
void ngx_billing_flight_join(ngx_billing_flight_t *flight,
    ngx_billing_waiter_t *waiter, ngx_uint_t later);

/* The waiter goes, at any time, also while others are told. */
void ngx_billing_flight_leave(ngx_billing_waiter_t *waiter);

/* 1 if nobody waits, and nobody is being told. */
ngx_uint_t ngx_billing_flight_empty(const ngx_billing_flight_t *flight);

/* Those who came later wait for what is under way now. */
void ngx_billing_flight_turn(ngx_billing_flight_t *flight);

/* The one who has waited for longest; NULL: none. */
ngx_billing_waiter_t *ngx_billing_flight_first(
    const ngx_billing_flight_t *flight);

/*
 * Tells all who wait, each of whom has left before.  One's end may be that of
 * others, and whoever joins meanwhile waits for the next turn.
 */
void ngx_billing_flight_tell(ngx_billing_flight_t *flight,
    void (*tell)(ngx_billing_waiter_t *waiter, void *data), void *data);


#endif /* NGX_BILLING_FLIGHT_H */
