
/*
 * The calls of a flight.
 */

#ifndef BILLING_WALK_H
#define BILLING_WALK_H

#include "fetch/internal.h"


/*
 * Starts the flight's walks.  NGX_ERROR: out of memory.  The end is
 * billing_wlk_end(), and so the flight's event.
 */
ngx_int_t billing_wlk_start(billing_flight_t *flight);

/*
 * The flight calls no more; its event is posted.  fault NULL: all pages were
 * read, or none is needed any more.
 */
void billing_wlk_end(billing_flight_t *flight, const billing_fault_t *fault);

/* Stops what still runs and gives its slots back. */
void billing_wlk_stop(billing_flight_t *flight);


#endif /* BILLING_WALK_H */
