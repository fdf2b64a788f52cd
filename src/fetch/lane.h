
/*
 * Places in line, for whoever wants to call a provider.
 */

#ifndef BILLING_FETCH_LANE_H
#define BILLING_FETCH_LANE_H

#include "fetch/internal.h"


/* A flight has the lane of its credential until it leaves. */
ngx_int_t billing_lane_enter(billing_flight_t *flight);

/* The places of the flight's walks have left before. */
void billing_lane_leave(billing_flight_t *flight);

/* The place waits in its lane; one that comes back from a pause goes first. */
void billing_lane_push(
    billing_fetch_t *fetch, billing_place_t *place, ngx_uint_t first);

/*
 * The place, which has no lane, waits for a slot of the worker and goes before
 * all that have one: somebody sits in front of a form, or a whole lookup waits.
 */
void billing_lane_ahead(billing_fetch_t *fetch, billing_place_t *place);

/* Off the queue, or gives the slot back. */
void billing_lane_drop(billing_fetch_t *fetch, billing_place_t *place);

/*
 * The place was sent away and gives its slot back.  One place of each lane asks
 * again for all of them; the others stand in line behind it.  If that is this
 * one, returns the milliseconds until it is to be pushed again, at least
 * "pause".  0: it waits in line.
 */
ngx_msec_t billing_lane_busy(
    billing_fetch_t *fetch, billing_place_t *place, ngx_msec_t pause);

/* Gives free slots to places: place->turn() is called. */
void billing_lane_run(billing_fetch_t *fetch);


#endif /* BILLING_FETCH_LANE_H */
