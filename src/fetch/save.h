
/*
 * Blocks into Redis.
 */

#ifndef BILLING_FETCH_SAVE_H
#define BILLING_FETCH_SAVE_H

#include "fetch/internal.h"


/*
 * Writes an encoded block; done() comes later, whether that worked or not.
 */
ngx_int_t billing_save_block(
    billing_fetch_block_t *block, void (*done)(billing_fetch_block_t *block));

/* Says in the log, once a flight, that Redis did not do what was asked. */
void billing_save_failed(billing_fetch_block_t *block, const char *reason);


#endif /* BILLING_FETCH_SAVE_H */
