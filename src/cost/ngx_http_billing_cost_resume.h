
/*
 * Walks that go on where another one has died.
 */

#ifndef NGX_HTTP_BILLING_COST_RESUME_H
#define NGX_HTTP_BILLING_COST_RESUME_H

#include "cost/ngx_http_billing_cost_engine.h"


/*
 * Looks for what is kept of such a walk; goes on with
 * ngx_http_billing_cost_fetch_begin().  NGX_DECLINED: there is nothing to look
 * for.
 */
ngx_int_t ngx_http_billing_cost_resume_read(
    ngx_http_billing_cost_flight_t *flight);

/* The walk goes on from what is kept: its rows are the flight's. */
void ngx_http_billing_cost_resume_rows(ngx_http_billing_cost_walk_t *walk);

/*
 * The provider does not know any more what a resumed walk asks for: 1 if it
 * begins anew.
 */
ngx_uint_t ngx_http_billing_cost_resume_anew(ngx_http_billing_cost_walk_t *walk,
    billing_status_t status, billing_reason_t reason);

/* A page was read that would be paid again otherwise. */
void ngx_http_billing_cost_resume_note(ngx_http_billing_cost_walk_t *walk);

/* The walks have ended: keeps what is of use, drops what is not. */
void ngx_http_billing_cost_resume_keep(ngx_http_billing_cost_flight_t *flight);

/* Whatever a flight holds of it. */
void ngx_http_billing_cost_resume_free(ngx_http_billing_cost_flight_t *flight);


#endif /* NGX_HTTP_BILLING_COST_RESUME_H */
