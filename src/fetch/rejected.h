
/*
 * Credentials that a provider has refused: they are not tried again for a
 * while.
 */

#ifndef BILLING_FETCH_REJECTED_H
#define BILLING_FETCH_REJECTED_H

#include "fetch/internal.h"


/* Why they were refused just now; NULL: they were not. */
const billing_fault_t *billing_rejected_find(
    billing_fetch_t *fetch, const billing_owner_t *owner);

/* What came of them; NULL: nothing has failed. */
void billing_rejected_set(billing_fetch_t *fetch, const billing_owner_t *owner,
    const billing_fault_t *fault);

void billing_rejected_free_all(billing_fetch_t *fetch);


#endif /* BILLING_FETCH_REJECTED_H */
