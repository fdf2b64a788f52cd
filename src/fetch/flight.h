
/*
 * The life of a flight.
 */

#ifndef BILLING_FETCH_FLIGHT_H
#define BILLING_FETCH_FLIGHT_H

#include "fetch/internal.h"


/* Takes off: its blocks are laid out, and nobody waits for them yet. */
ngx_int_t billing_flight_start(billing_flight_t *flight);

/* What flight->event runs: stores the blocks, if there are any. */
void billing_flight_event(ngx_event_t *ev);

/* Also of one that is only half made; nobody waits for it any more. */
void billing_flight_destroy(billing_flight_t *flight);


#endif /* BILLING_FETCH_FLIGHT_H */
