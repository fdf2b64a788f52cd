
/*
 * Hosts that do not answer: calls to them are held back.
 */

#ifndef BILLING_FETCH_BREAKER_H
#define BILLING_FETCH_BREAKER_H

#include "fetch/internal.h"


/* That of the endpoint's host; it stays.  NULL when out of memory. */
billing_breaker_t *billing_breaker_of(
    billing_fetch_t *fetch, const ngx_str_t *endpoint);

/* BILLING_FORM_...: what is known of the endpoint, once more has been found. */
ngx_uint_t billing_breaker_forms(billing_breaker_t *breaker, ngx_uint_t more);

void billing_breaker_free_all(billing_fetch_t *fetch);

/*
 * NGX_OK: call it.  NGX_DONE: one may, see billing_breaker_try().  NGX_AGAIN: somebody tries;
 * fetch->event runs when that is over.  NGX_DECLINED: it does not answer.
 */
ngx_int_t billing_breaker_admit(
    billing_fetch_t *fetch, billing_breaker_t *breaker);

/* This one tries, until it leaves. */
void billing_breaker_try(
    billing_fetch_t *fetch, billing_breaker_t *breaker, const void *who);

/* breaker may be NULL. */
void billing_breaker_leave(
    billing_fetch_t *fetch, billing_breaker_t *breaker, const void *who);

/* 1 while calls to the host are held back. */
ngx_uint_t billing_breaker_open(const billing_breaker_t *breaker);

/* 1 for somebody who must not call now. */
ngx_uint_t billing_breaker_stops(
    const billing_breaker_t *breaker, const void *who);

/*
 * What a call tells of the host.  NGX_OK: it has answered; NGX_ERROR: it has
 * not, or with a status of 500 and above; NGX_DECLINED: nothing, it is this
 * machine that did not call.
 */
ngx_int_t billing_breaker_heard(const billing_curl_result_t *result);

/* A call has failed for good, or was answered. */
void billing_breaker_failed(billing_fetch_t *fetch, billing_breaker_t *breaker);
void billing_breaker_answered(
    billing_fetch_t *fetch, billing_breaker_t *breaker);


#endif /* BILLING_FETCH_BREAKER_H */
