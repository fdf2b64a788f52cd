
/*
 * Asking a provider whether credentials are good, and for which linked
 * accounts.  A verification waits for a slot of the worker, before all walks.
 * It is counted, and "billing_lookup_limit" does not hold for it.
 */

#ifndef BILLING_FETCH_VERIFY_H
#define BILLING_FETCH_VERIFY_H

#include "fetch/fetch.h"


typedef struct {
    billing_status_t status;
    billing_reason_t reason;
    const char      *text;   /* a sentence, unless status is BILLING_OK */
    json_t          *linked; /* of BILLING_OK: array of strings, borrowed */
    ngx_int_t        retry_after; /* seconds; of BILLING_THROTTLED, if > 0 */
    unsigned         timed_out : 1;
    unsigned         called : 1; /* 0: the provider was left alone */
} billing_verdict_t;


/* What is asked.  All of it is borrowed for the call, but for credentials. */
typedef struct {
    billing_owner_t owner;
    ngx_str_t       provider;    /* id */
    json_t         *credentials; /* checked ones; referenced meanwhile */
    ngx_msec_t      timeout;     /* 0: the provider's */

    /*
     * The credentials are those of the owner: nothing is asked during a pause
     * of theirs, or while the host does not answer.  Others carry no memory:
     * the provider is asked in any case, and an answer closes the host's
     * breaker.
     */
    unsigned known : 1;

    /* a call is about to be made, the only one that counts */
    void (*sent)(void *data);

    /* the end; verdict is valid meanwhile */
    void (*done)(void *data, const billing_verdict_t *verdict);
    void *data;
} billing_verify_ask_t;

typedef struct billing_verify_s billing_verify_t;


/*
 * NULL when out of memory: then no callback comes; otherwise done() comes
 * exactly once, unless cancelled, and never before this has returned.
 */
billing_verify_t *billing_verify_start(
    billing_fetch_t *fetch, const billing_verify_ask_t *ask);

void billing_verify_cancel(billing_verify_t *verify);


#endif /* BILLING_FETCH_VERIFY_H */
