
/* A list: it is asked before a request to a provider, which takes longer. */

#include "providers/tokens.h"

#include <stdint.h>
#include <stdlib.h>


typedef struct {
    billing_buf_t key;
    billing_buf_t token;
    time_t        expires;
} billing_tokens_entry_t;

struct billing_tokens_s {
    billing_tokens_entry_t entries[BILLING_TOKENS_MAX];
    unsigned               count;
};


static billing_tokens_entry_t *billing_tokens_find(
    const billing_tokens_t *tokens, billing_str_t key);
static billing_tokens_entry_t *billing_tokens_room(billing_tokens_t *tokens);
static void          billing_tokens_wipe(billing_tokens_entry_t *entry);
static billing_str_t billing_tokens_str(const billing_buf_t *b);


billing_tokens_t *
billing_tokens_create(void)
{
    return calloc(1, sizeof(billing_tokens_t));
}


void
billing_tokens_free(billing_tokens_t *tokens)
{
    unsigned i;

    if (tokens == NULL) {
        return;
    }

    for (i = 0; i < tokens->count; i++) {
        billing_tokens_wipe(&tokens->entries[i]);
    }

    free(tokens);
}


billing_str_t
billing_tokens_get(
    const billing_tokens_t *tokens, billing_str_t key, time_t until)
{
    const billing_tokens_entry_t *entry;

    entry = billing_tokens_find(tokens, key);

    return entry != NULL && entry->expires > until
               ? billing_tokens_str(&entry->token)
               : (billing_str_t){ NULL, 0 };
}


billing_status_t
billing_tokens_put(billing_tokens_t *tokens, billing_str_t key,
    billing_str_t token, time_t expires)
{
    billing_tokens_entry_t *entry, made;

    made.expires = expires;
    billing_buf_init_secret(&made.key, key.len);
    billing_buf_init_secret(&made.token, token.len);

    if (billing_buf_add_str(&made.key, key) != BILLING_OK
        || billing_buf_add_str(&made.token, token) != BILLING_OK)
    {
        billing_tokens_wipe(&made);
        return BILLING_NOMEM;
    }

    entry = billing_tokens_find(tokens, key);
    if (entry == NULL) {
        entry = billing_tokens_room(tokens);
    }

    billing_tokens_wipe(entry);
    *entry = made;

    return BILLING_OK;
}


void
billing_tokens_drop(
    billing_tokens_t *tokens, billing_str_t key, billing_str_t token)
{
    billing_tokens_entry_t *entry;

    entry = billing_tokens_find(tokens, key);

    if (entry != NULL
        && billing_str_eq(billing_tokens_str(&entry->token), token)) {
        billing_tokens_wipe(entry);
        *entry = tokens->entries[--tokens->count];
        tokens->entries[tokens->count] = (billing_tokens_entry_t){ 0 };
    }
}


static billing_tokens_entry_t *
billing_tokens_find(const billing_tokens_t *tokens, billing_str_t key)
{
    unsigned i;

    for (i = 0; i < tokens->count; i++) {
        if (billing_str_eq(billing_tokens_str(&tokens->entries[i].key), key)) {
            return (billing_tokens_entry_t *) &tokens->entries[i];
        }
    }

    return NULL;
}


static billing_tokens_entry_t *
billing_tokens_room(billing_tokens_t *tokens)
{
    unsigned                i;
    billing_tokens_entry_t *first;

    if (tokens->count < BILLING_TOKENS_MAX) {
        return &tokens->entries[tokens->count++];
    }

    first = &tokens->entries[0];

    for (i = 1; i < tokens->count; i++) {
        if (tokens->entries[i].expires < first->expires) {
            first = &tokens->entries[i];
        }
    }

    return first;
}


static void
billing_tokens_wipe(billing_tokens_entry_t *entry)
{
    billing_buf_wipe(&entry->key);
    billing_buf_wipe(&entry->token);
}


static billing_str_t
billing_tokens_str(const billing_buf_t *b)
{
    return (billing_str_t){ b->data, b->len };
}
