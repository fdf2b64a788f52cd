
/*
 * Who waits for a block.
 */

#ifndef BILLING_FETCH_WAIT_H
#define BILLING_FETCH_WAIT_H

#include "fetch/internal.h"


void billing_wait_join(billing_fetch_block_t *block, billing_waiter_t *waiter);
void billing_wait_leave(billing_waiter_t *waiter);

/* Who has waited longest, and waits no more; NULL: nobody does. */
billing_waiter_t *billing_wait_first(billing_fetch_block_t *block);

/* 1 if somebody waits for one of the flight's blocks. */
ngx_uint_t billing_wait_awaited(const billing_flight_t *flight);


#endif /* BILLING_FETCH_WAIT_H */
