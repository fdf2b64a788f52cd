
/*
 * The audit log of a domain: a Redis stream that each change appends to in
 * the script that makes it, so that there is no change without its entry.  It
 * keeps about the last 20,000; no entry holds a secret.
 */

#ifndef BILLING_STORE_AUDIT_H
#define BILLING_STORE_AUDIT_H

#include "store/store.h"


/* Who makes a change, and what people call it. */
typedef struct {
    ngx_str_t user;
    ngx_str_t from; /* the client's address */
    ngx_str_t request_id;
    ngx_str_t action;  /* "service_account.create" */
    ngx_str_t name;    /* of the object, as it is then; empty: none */
    ngx_str_t changes; /* members of it, with commas between */
} billing_audit_t;

#define BILLING_AUDIT_ARGS    6
#define BILLING_AUDIT_REQUEST 2 /* among them */

/* The first arguments of a script that calls audit(); returns their end. */
ngx_str_t *billing_audit_args(const billing_audit_t *audit, ngx_str_t *args);


/* An entry; all is UTF-8.  Without an action it is not one of ours. */
typedef struct {
    ngx_str_t       id;   /* of the stream: "<ms>-<n>" */
    time_t          time; /* seconds */
    ngx_str_t       object;
    billing_audit_t audit;
} billing_audit_entry_t;

/*
 * Entries, newest first, valid while the callback runs; total is how many
 * there are.  entries is NULL when Redis is away.
 */
typedef void (*billing_audit_pt)(void *data,
    const billing_audit_entry_t *entries, ngx_uint_t n, ngx_uint_t total);

typedef struct billing_audit_read_s billing_audit_read_t;

/*
 * Reads at most limit entries older than the one of the id, or the newest ones
 * (an empty id).  The callback runs once, never before this has returned, and
 * domain must be there until then.  NULL when out of memory: then none comes.
 */
billing_audit_read_t *billing_audit_read(billing_store_t *store,
    ngx_str_t *domain, ngx_str_t *before, ngx_uint_t limit,
    billing_audit_pt done, void *data);

void billing_audit_cancel(billing_audit_read_t *read);

/* NGX_OK if the text is the id of an entry. */
ngx_int_t billing_audit_id(const ngx_str_t *text);


#endif /* BILLING_STORE_AUDIT_H */
