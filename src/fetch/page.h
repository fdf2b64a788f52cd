
/*
 * What the provider has answered.
 */

#ifndef BILLING_FETCH_PAGE_H
#define BILLING_FETCH_PAGE_H

#include "fetch/internal.h"


/* A page was read, or there is none. */
typedef void (*billing_page_pt)(billing_walk_t *walk, billing_status_t status,
    ngx_int_t retry_after, const billing_failure_t *failure);

/*
 * Reads the page into the blocks of the walk's flight; done() comes now or
 * later.  Walk and blocks lack pages and rows meanwhile.
 */
ngx_int_t billing_page_read(billing_walk_t *walk,
    const billing_curl_result_t *result, billing_page_pt done);

/* Drops all pages of the flight that have not been read, and any task. */
void billing_page_stop(billing_flight_t *flight);


#endif /* BILLING_FETCH_PAGE_H */
