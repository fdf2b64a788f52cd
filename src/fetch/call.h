
/*
 * One call of a walk, from the request to the page.
 */

#ifndef BILLING_FETCH_CALL_H
#define BILLING_FETCH_CALL_H

#include "fetch/page.h"


/*
 * Asks for the page that is due; read() comes later, once, unless the transfer
 * is cancelled.  The breaker learns what the call says of the host.
 * Other than BILLING_OK: no call was made, *reason is why.
 */
billing_status_t billing_call_send(
    billing_walk_t *walk, billing_page_pt read, const char **reason);


#endif /* BILLING_FETCH_CALL_H */
