
/*
 * Hosts that do not answer: calls to them are held back.
 */

#ifndef NGX_HTTP_BILLING_COST_BREAKER_H
#define NGX_HTTP_BILLING_COST_BREAKER_H

#include "cost/ngx_http_billing_cost_engine.h"


/* NULL when out of memory. */
ngx_http_billing_cost_host_t *ngx_http_billing_cost_host(
    ngx_http_billing_cost_t *cost, const ngx_str_t *endpoint);

/* BILLING_FORM_...: what is known of the endpoint, once more has been found. */
ngx_uint_t ngx_http_billing_cost_host_forms(
    ngx_http_billing_cost_host_t *host, ngx_uint_t more);

void ngx_http_billing_cost_hosts_free(ngx_http_billing_cost_t *cost);

/*
 * NGX_OK: call it.  NGX_DONE: one may, see _try().  NGX_AGAIN: somebody tries;
 * cost->board runs when that is over.  NGX_DECLINED: it does not answer.
 */
ngx_int_t ngx_http_billing_cost_breaker(
    ngx_http_billing_cost_t *cost, ngx_http_billing_cost_host_t *host);

/* This flight tries; it leaves when it ends. */
void ngx_http_billing_cost_breaker_try(ngx_http_billing_cost_flight_t *flight);
void ngx_http_billing_cost_breaker_leave(
    ngx_http_billing_cost_flight_t *flight);

/* 1 while calls to the flight's host are held back. */
ngx_uint_t ngx_http_billing_cost_breaker_open(
    const ngx_http_billing_cost_flight_t *flight);

/* 1 for a flight that must not call now. */
ngx_uint_t ngx_http_billing_cost_breaker_stops(
    const ngx_http_billing_cost_flight_t *flight);

/* A call of this flight has failed for good, or was answered. */
void ngx_http_billing_cost_breaker_failed(
    ngx_http_billing_cost_flight_t *flight);
void ngx_http_billing_cost_breaker_answered(
    ngx_http_billing_cost_flight_t *flight);


#endif /* NGX_HTTP_BILLING_COST_BREAKER_H */
