
/*
 * The calls of a flight.
 */

#ifndef BILLING_FETCH_WALK_H
#define BILLING_FETCH_WALK_H

#include "fetch/internal.h"


/*
 * Starts the flight's walks.  NGX_ERROR: out of memory.  The end is
 * billing_walk_end(), and so the flight's event.
 */
ngx_int_t billing_walk_start(billing_flight_t *flight);

/*
 * The flight calls no more; its event is posted.  fault NULL: all pages were
 * read, or none is needed any more.
 */
void billing_walk_end(billing_flight_t *flight, const billing_fault_t *fault);

/* Stops what still runs and gives its slots back. */
void billing_walk_stop(billing_flight_t *flight);


#endif /* BILLING_FETCH_WALK_H */
