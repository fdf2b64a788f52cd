
/*
 * Counting of calls, for metrics.
 */

#ifndef BILLING_FETCH_CALLS_H
#define BILLING_FETCH_CALLS_H

#include "fetch/fetch.h"


/* One has ended, by what came of it. */
void billing_calls_ended(
    const billing_provider_t *provider, billing_status_t status);


#endif /* BILLING_FETCH_CALLS_H */
