
/*
 * The fields of blocks.
 */

#ifndef BILLING_FETCH_ENCODE_H
#define BILLING_FETCH_ENCODE_H

#include "fetch/internal.h"


/*
 * Writes those of all blocks that the flight has rows of; the rows are gone
 * then.  NGX_AGAIN: done() comes later.
 */
ngx_int_t billing_encode_blocks(billing_flight_t *flight,
    void (*done)(billing_flight_t *flight, ngx_int_t rc));


#endif /* BILLING_FETCH_ENCODE_H */
