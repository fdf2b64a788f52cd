
/*
 * The closed set of results that the pure parts (core/, providers/) return.
 * They never log and never exit: the nginx side decides what a code means for
 * a request, in one table (http/send.c).
 */

#ifndef BILLING_CORE_STATUS_H
#define BILLING_CORE_STATUS_H


typedef enum {
    BILLING_OK = 0,
    BILLING_NOMEM,      /* allocation failed */
    BILLING_MALFORMED,  /* bytes that are not what they claim to be */
    BILLING_INVALID,    /* well formed, but breaks a rule */
    BILLING_LIMIT,      /* larger than an explicit limit, or overflow */
    BILLING_REJECTED,   /* the provider refuses the credentials */
    BILLING_THROTTLED,  /* the provider asks to come back later */
    BILLING_UNAVAILABLE /* the provider cannot be reached or is broken */
} billing_status_t;


#endif /* BILLING_CORE_STATUS_H */
