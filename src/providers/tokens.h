
/*
 * Tokens that providers lend for a while, in memory only.  Each belongs to a
 * key, which stands for the credentials that it was lent to.
 */

#ifndef BILLING_PROVIDERS_TOKENS_H
#define BILLING_PROVIDERS_TOKENS_H

#include <time.h>

#include "core/buf.h"


#define BILLING_TOKENS_MAX 1024 /* kept; then the one that ends first goes */


typedef struct billing_tokens_s billing_tokens_t;


/* NULL when out of memory. */
billing_tokens_t *billing_tokens_create(void);

/* Wipes them. */
void billing_tokens_free(billing_tokens_t *tokens);

/* Empty when there is none that is good beyond that time; borrowed. */
billing_str_t billing_tokens_get(
    const billing_tokens_t *tokens, billing_str_t key, time_t until);

/* Copies; in place of what there was. */
billing_status_t billing_tokens_put(billing_tokens_t *tokens, billing_str_t key,
    billing_str_t token, time_t expires);

/* Forgets the key's token, if it is this one. */
void billing_tokens_drop(
    billing_tokens_t *tokens, billing_str_t key, billing_str_t token);


#endif /* BILLING_PROVIDERS_TOKENS_H */
