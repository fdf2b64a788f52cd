
/*
 * One fetch among workers and nodes.
 */

#ifndef BILLING_FETCH_LOCK_H
#define BILLING_FETCH_LOCK_H

#include "fetch/internal.h"


/*
 * Asks for the locks of all blocks of the flight.  answer() comes later, once;
 * of each block that Redis knows something of, block->found and block->failed
 * say it then.  Locks that were taken are kept until they are given back.
 */
ngx_int_t billing_lock_ask(billing_flight_t *flight,
    void (*answer)(billing_flight_t *flight, billing_lock_answer_t answer));

/* Somebody else has one: answer() comes again, after a while. */
void billing_lock_wait(billing_flight_t *flight);

/*
 * Gives back what the flight holds or asks for.  Where it has failed, a note
 * says so to those who have waited for it, and what failed is remembered.
 */
void billing_lock_give(billing_flight_t *flight);


#endif /* BILLING_FETCH_LOCK_H */
