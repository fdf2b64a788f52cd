
/*
 * Closed months of linked accounts that have left.
 */

#ifndef BILLING_FETCH_CARRY_H
#define BILLING_FETCH_CARRY_H

#include "fetch/internal.h"


/*
 * What was read of them stays, where the provider says nothing of them any
 * more.  NGX_AGAIN: the flight's event comes again when it is done.
 */
ngx_int_t billing_carry_blocks(billing_flight_t *flight);

/* Tells of linked accounts that costs have come of, and the list has not. */
void billing_carry_seen(billing_flight_t *flight);


#endif /* BILLING_FETCH_CARRY_H */
