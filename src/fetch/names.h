
/*
 * The names of all keys in Redis that fetching uses, each without its
 * "<prefix>{<domain>}:" here:
 *
 *   cost:<account>:<version>:<question>:<yyyy-mm>
 *                                 HASH  a block; see core/block.h.  The
 *                                       question is D or M, and s or d where
 *                                       charges are told apart
 *   cost:<account>:<version>:ages HASH  see ages.c
 *   lock:<as the block>           who fetches it, or a note; see lock.c
 *   account:<account>             HASH  the account
 *   account:<account>:blocks      SET   its blocks, to be removed with it
 *   failing:<account>:<version>   HASH  what has failed, see lock.c
 *   resume:<account>:<version>:<question>:<first day>
 *                                 HASH  a walk that has died, see resume.c
 *   paused:<account>:<version>    until when the provider is not called: it
 *                                 has said that it was called too often
 *   paced:<provider>:<linked>     ZSET  calls for a linked account, see
 *                                       permit.c
 *   usage:<yyyy-mm>               HASH  calls, see permit.c
 *
 * Scripts make more names of these: they are in the scripts.
 */

#ifndef BILLING_FETCH_NAMES_H
#define BILLING_FETCH_NAMES_H

#include "fetch/internal.h"


/*
 * Each takes memory from the pool, if there is one, or from malloc(): then the
 * caller frees name->data.  NGX_ERROR when out of memory.
 */

/* "account:<account>", and what stands behind that. */
ngx_int_t billing_names_account(billing_fetch_t *fetch, ngx_pool_t *pool,
    const billing_owner_t *owner, const char *behind, ngx_str_t *name);

/* "<what>:<account>:<version>" */
ngx_int_t billing_names_owner(billing_fetch_t *fetch, ngx_pool_t *pool,
    const billing_owner_t *owner, const char *what, ngx_str_t *name);

ngx_int_t billing_names_resume(billing_flight_t *flight, ngx_str_t *name);

ngx_int_t billing_names_paced(billing_fetch_t *fetch, const ngx_str_t *domain,
    const char *provider, const ngx_str_t *linked, ngx_str_t *name);

ngx_int_t billing_names_usage(billing_fetch_t *fetch, const ngx_str_t *domain,
    billing_month_t month, ngx_str_t *name);

/* The block's key with another word in it. */
ngx_int_t billing_names_lock(billing_fetch_block_t *block);

/* The key and behind it the scope: another list of accounts, another block. */
ngx_int_t billing_names_block(billing_fetch_t *fetch, ngx_pool_t *pool,
    const ngx_str_t *key, uint64_t scope, ngx_str_t *name);

/*
 * What a credential is called in memory, not in Redis: account and version,
 * since a new one has a new version.  The caller frees name->data.
 */
ngx_int_t billing_names_credential(
    billing_fetch_t *fetch, const billing_owner_t *owner, ngx_str_t *name);


#endif /* BILLING_FETCH_NAMES_H */
