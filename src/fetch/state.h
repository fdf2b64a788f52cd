
/*
 * How accounts are.
 */

#ifndef BILLING_FETCH_STATE_H
#define BILLING_FETCH_STATE_H

#include "fetch/internal.h"


/* What is known of the account that the flight is for. */
void billing_state_take(
    billing_flight_t *flight, const billing_fetch_account_t *account);

/* The flight is over: tells what it has found out, if that is new. */
void billing_state_tell(billing_flight_t *flight);


#endif /* BILLING_FETCH_STATE_H */
