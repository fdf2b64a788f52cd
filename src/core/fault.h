
/*
 * Why figures are missing, or are old ones: a code, which says what kind of
 * problem it is, and a reason, which says what to do about it.
 */

#ifndef BILLING_CORE_FAULT_H
#define BILLING_CORE_FAULT_H

#include "core/status.h"
#include "core/str.h"


typedef enum {
    BILLING_REASON_NONE = 0,
    BILLING_REASON_WRONG_KEY,
    BILLING_REASON_EXPIRED,       /* the key, the secret, the contract */
    BILLING_REASON_ROLE_MISSING,  /* the provider knows who asks */
    BILLING_REASON_NOT_ENABLED,   /* costs are not told before that */
    BILLING_REASON_NO_ACCESS,     /* to this account, scope, data set */
    BILLING_REASON_NO_SUCH_TABLE, /* or scope */
    BILLING_REASON_READ_LIMIT,    /* of the account itself */
    BILLING_REASON_THROTTLED,
    BILLING_REASON_QUOTA, /* of a day or month */
    BILLING_REASON_UNREACHABLE,
    BILLING_REASON_TIMEOUT,
    BILLING_REASON_MALFORMED,
    BILLING_REASON_LIST_EMPTY,  /* of linked accounts */
    BILLING_REASON_LIST_SHRUNK, /* it has lost more than half */
    BILLING_REASON_INCOMPLETE,  /* the answer lacks a part of the question */
    BILLING_REASON_SEALED,      /* the credentials do not open */
    BILLING_REASON_CLOCK,
    BILLING_REASON_MAX
} billing_reason_t;

/* "wrong_key", ...; that of BILLING_REASON_NONE is NULL. */
extern const char *const billing_reason_names[BILLING_REASON_MAX];


typedef struct {
    const char      *code; /* "provider_rejected", ... */
    billing_reason_t reason;
} billing_fault_t;

extern const billing_fault_t billing_fault_internal;
extern const billing_fault_t billing_fault_storage;
extern const billing_fault_t billing_fault_limit; /* billing_lookup_limit */
extern const billing_fault_t billing_fault_late;  /* not there in time */
extern const billing_fault_t billing_fault_history;
extern const billing_fault_t billing_fault_untold;  /* not of this question */
extern const billing_fault_t billing_fault_foreign; /* another site asks */
extern const billing_fault_t billing_fault_sealed;


/*
 * Of a provider that has answered with this status, which is not BILLING_OK.
 * Without a reason it has the one that is likely.
 */
const billing_fault_t *billing_fault(
    billing_status_t status, billing_reason_t reason);

/* BILLING_REASON_NONE for what is none. */
billing_reason_t billing_reason_find(billing_str_t name);

/*
 * "CODE REASON", or "CODE" alone, as it is kept in Redis; what is not known is
 * "provider_unavailable".
 */
#define BILLING_FAULT_LEN 64 /* with the NUL */

void billing_fault_format(
    const billing_fault_t *fault, char text[BILLING_FAULT_LEN]);
const billing_fault_t *billing_fault_parse(billing_str_t text);


#endif /* BILLING_CORE_FAULT_H */
