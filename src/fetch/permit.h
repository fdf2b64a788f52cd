
/*
 * Leave to call the provider, over all workers and nodes.
 */

#ifndef BILLING_FETCH_PERMIT_H
#define BILLING_FETCH_PERMIT_H

#include "fetch/internal.h"


/*
 * The walk holds a slot, and may hold the permit of its last call.  answer()
 * comes later, once, unless the permit is dropped before.
 */
ngx_int_t billing_permit_ask(
    billing_walk_t *walk, void (*answer)(billing_walk_t *walk,
                              billing_permit_answer_t answer, ngx_msec_t ms));

/* Gives back what the walk holds or asks for. */
void billing_permit_drop(billing_walk_t *walk);

/*
 * A call for a linked account that no permit was asked for, where its provider
 * takes only so many in a time.
 */
void billing_permit_paced(billing_fetch_t *fetch, const ngx_str_t *domain,
    const char *provider, const ngx_str_t *linked, ngx_msec_t time);


#endif /* BILLING_FETCH_PERMIT_H */
