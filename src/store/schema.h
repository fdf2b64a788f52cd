
/*
 * The schema: which form the data of a domain have.  "meta" says
 *
 *   schema      of the newest node that has written
 *   schema_min  the oldest schema whose nodes may still work with the data;
 *               lower than schema while an upgrade is under way
 *   schema_4    the generation up to which all has the form of schema 4: a node
 *               of another version counts generations without setting it
 *
 * Schema 1 (commit 1484747) has no number and claims linked accounts by the
 * provider: "hyperbilling_aws/123456789012".  Schema 2 (commit dca007d) has
 * none either; accounts name their cloud, and so do claims:
 * "aws/123456789012".  Schema 3 has the number, and tells of changes.  Schema 4
 * seals credentials with their version (seal.h), once no node
 * of another is left.
 *
 * Each script that changes objects, and the one that reads them, looks first.
 * Where data are older, or somebody older has written, it does nothing and
 * answers "schema"; whoever sent it has them settled
 * (schema.lua) and sends it again.  Data that no node of this
 * schema may touch are refused.  Other scripts - blocks, locks, counts - come
 * after one of these, and what they write says itself what it is.
 *
 * Whoever raises the schema: settling must only add what nodes of the schema
 * before ignore, until the upgrade is ended, and see what they write meanwhile,
 * as schema.lua does.
 */

#ifndef BILLING_STORE_SCHEMA_H
#define BILLING_STORE_SCHEMA_H

#include "store/audit.h"


#define BILLING_SCHEMA       4
#define BILLING_SCHEMA_TELLS 3 /* of changes, since */


typedef enum {
    BILLING_SCHEMA_USE = 0, /* as any first use */
    BILLING_SCHEMA_CHECK,   /* but what was lost stays lost */
    BILLING_SCHEMA_END      /* and the upgrade is over */
} billing_schema_mode_t;

typedef struct {
    ngx_uint_t changed; /* something, in Redis */
    ngx_uint_t ended;   /* an upgrade */
    ngx_uint_t removed; /* claims of older schemas */
} billing_schema_settled_t;


/* 1 if a script has answered that the data must be settled first. */
ngx_uint_t billing_schema_unfit(const struct redisReply *reply);

/*
 * Settles a domain.  audit is who ends the upgrade, otherwise NULL.  The reply
 * is for billing_schema_read().  NULL when out of memory: then no
 * callback comes.
 */
billing_redis_call_t *billing_schema_settle(billing_store_t *store,
    ngx_str_t *domain, billing_schema_mode_t mode, const billing_audit_t *audit,
    billing_redis_done_pt done, void *data);

/*
 * NGX_OK; NGX_ERROR when Redis has not done it; NGX_DECLINED for data of a
 * newer schema: then store->newer says which, until the caller clears it.  What
 * nobody could see before, a linked account that two accounts had, goes to the
 * log.
 */
ngx_int_t billing_schema_read(billing_store_t *store, const ngx_str_t *domain,
    struct redisReply *reply, const char *error,
    billing_schema_settled_t *settled);


#endif /* BILLING_STORE_SCHEMA_H */
