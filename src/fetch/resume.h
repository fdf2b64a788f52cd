
/*
 * Walks that go on where another one has died.
 */

#ifndef BILLING_FETCH_RESUME_H
#define BILLING_FETCH_RESUME_H

#include "fetch/internal.h"


/*
 * Looks for what is kept of such a walk; done() comes later.  NGX_DECLINED:
 * there is nothing to look for.
 */
ngx_int_t billing_resume_read(
    billing_flight_t *flight, void (*done)(billing_flight_t *flight));

/* The walk goes on from what is kept: its rows are the flight's. */
void billing_resume_rows(billing_walk_t *walk);

/*
 * The provider does not know any more what a resumed walk asks for: 1 if it
 * begins anew.
 */
ngx_uint_t billing_resume_anew(
    billing_walk_t *walk, billing_status_t status, billing_reason_t reason);

/* A page was read that would be paid again otherwise. */
void billing_resume_note(billing_walk_t *walk);

/* The walks have ended: keeps what is of use, drops what is not. */
void billing_resume_keep(billing_flight_t *flight);

/* Whatever a flight holds of it. */
void billing_resume_free(billing_flight_t *flight);


#endif /* BILLING_FETCH_RESUME_H */
