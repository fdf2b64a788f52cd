
/*
 * Credentials are opened when they are used, which is when a provider is
 * called, and at no other time.
 */

#ifndef BILLING_STORE_CREDENTIAL_H
#define BILLING_STORE_CREDENTIAL_H

#include "store/store.h"

#include <jansson.h>


/*
 * In plain: a new reference, to be wiped with it.  NULL when out of memory, or
 * when it does not open; that is said in the log, once, and not tried again:
 * it is bad then.
 */
json_t *billing_credential_open(
    billing_store_t *store, const billing_sealed_t *credential);

/* 1 if it is known not to open. */
ngx_uint_t billing_credential_bad(
    billing_store_t *store, const billing_sealed_t *credential);

/* For exit_process. */
void billing_credential_destroy(billing_store_t *store);


#endif /* BILLING_STORE_CREDENTIAL_H */
