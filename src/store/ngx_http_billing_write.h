
/*
 * Writing: each change is one script, so it happens as a whole or not at all,
 * whatever runs beside it.
 *
 * A callback runs exactly once and never before the function that took it has
 * returned; values are valid while it runs.  Functions return NGX_ERROR when
 * out of memory: then no callback comes.  A write cannot be cancelled.
 */

#ifndef NGX_HTTP_BILLING_WRITE_H
#define NGX_HTTP_BILLING_WRITE_H

#include "store/ngx_http_billing_audit.h"

#include "core/billing_fault.h"


#define NGX_HTTP_BILLING_CHANGE_FIELDS 24


typedef enum {
    NGX_HTTP_BILLING_WRITE_DONE = 0,
    NGX_HTTP_BILLING_WRITE_REPLAY, /* made before: id, answer of then */
    NGX_HTTP_BILLING_WRITE_REUSED, /* the once key stands for another request */
    NGX_HTTP_BILLING_WRITE_TAKEN,  /* the id is; take another */
    NGX_HTTP_BILLING_WRITE_PARENT, /* there is no such group or project */
    NGX_HTTP_BILLING_WRITE_DEPTH,  /* groups would be nested too deeply */
    NGX_HTTP_BILLING_WRITE_CYCLE,  /* a group would lie within itself */
    NGX_HTTP_BILLING_WRITE_NAME,   /* a sibling has the name */
    NGX_HTTP_BILLING_WRITE_ALIKE,  /* a sibling's, which follows, looks so */
    NGX_HTTP_BILLING_WRITE_OVERLAP, /* linked account, id of its owner, ... */
    NGX_HTTP_BILLING_WRITE_MISSING, /* there is no such object */
    NGX_HTTP_BILLING_WRITE_VERSION, /* it has another version by now */
    NGX_HTTP_BILLING_WRITE_HELD,    /* it holds something */
    NGX_HTTP_BILLING_WRITE_AWAY,    /* Redis; it may have happened or not */
    NGX_HTTP_BILLING_WRITE_UNSURE   /* it has, but replicas may not know */
} ngx_http_billing_outcome_t;

typedef void (*ngx_http_billing_write_pt)(void *data,
    ngx_http_billing_outcome_t outcome, ngx_str_t *values, ngx_uint_t nvalues);


/* What makes a request that is repeated be carried out once. */
typedef struct {
    /* under every key, with commas between; the first one's is kept */
    ngx_str_t key;    /* of user and Idempotency-Key; empty: none */
    ngx_str_t digest; /* of the request */

    ngx_str_t answer;
} ngx_http_billing_once_t;


/* A new object, or what changes of one. */
typedef struct {
    ngx_http_billing_kind_t kind;
    ngx_str_t               id;
    ngx_uint_t              version; /* that an old one must have */
    ngx_str_t               now;     /* RFC 3339 */
    ngx_str_t               fold;    /* of the name */
    ngx_str_t               looks;   /* parent/fold, then those of the name */
    ngx_str_t               parent;  /* empty: none */
    ngx_http_billing_once_t once;    /* of a new one */

    const ngx_http_billing_audit_t *audit; /* who makes it */

    /* names and values in turn */
    ngx_str_t  fields[2 * NGX_HTTP_BILLING_CHANGE_FIELDS];
    ngx_uint_t nfields;
} ngx_http_billing_change_t;

/* name is static; at most NGX_HTTP_BILLING_CHANGE_FIELDS, what is more goes. */
void ngx_http_billing_change_add(ngx_http_billing_change_t *change,
    const char *name, const ngx_str_t *value);

ngx_int_t ngx_http_billing_create(ngx_http_billing_store_t *store,
    ngx_str_t *domain, ngx_http_billing_change_t *change,
    ngx_http_billing_write_pt done, void *data);

/* name and parent must be those that it has, where they do not change. */
ngx_int_t ngx_http_billing_update(ngx_http_billing_store_t *store,
    ngx_str_t *domain, ngx_http_billing_change_t *change,
    ngx_http_billing_write_pt done, void *data);

/* Of the change only audit, kind, id and version count. */
ngx_int_t ngx_http_billing_delete(ngx_http_billing_store_t *store,
    ngx_str_t *domain, ngx_http_billing_change_t *change,
    ngx_http_billing_write_pt done, void *data);


/*
 * What the provider says of an account now.  listed is a JSON array; NULL:
 * it said nothing of linked accounts.  DONE comes with those that the account
 * has now, a JSON array; MISSING also when its credentials were changed.
 */
ngx_int_t ngx_http_billing_link(ngx_http_billing_store_t *store,
    ngx_str_t *domain, ngx_str_t *id, ngx_uint_t credential_version,
    const char *state, billing_reason_t reason, ngx_str_t *listed,
    ngx_http_billing_write_pt done, void *data);

/*
 * What a lookup has found out of an account: its state, and why it is that.
 * MISSING when its credentials were changed meanwhile.
 */
ngx_int_t ngx_http_billing_state(ngx_http_billing_store_t *store,
    const ngx_str_t *domain, const ngx_str_t *id, ngx_uint_t credential_version,
    const char *state, billing_reason_t reason, ngx_http_billing_write_pt done,
    void *data);

/* Linked accounts, a JSON array, that costs have come of. */
ngx_int_t ngx_http_billing_seen(ngx_http_billing_store_t *store,
    const ngx_str_t *domain, const ngx_str_t *id, ngx_uint_t credential_version,
    const ngx_str_t *listed, ngx_http_billing_write_pt done, void *data);

/*
 * The lock of those who ask for an account's list of linked accounts, which
 * ngx_http_billing_link() gives back.
 */
typedef struct {
    ngx_str_t  id;
    ngx_uint_t credential_version;
    time_t     tried_at; /* that the asker knows of */
    ngx_str_t  token;
} ngx_http_billing_list_lock_t;

/*
 * DONE: the lock is the token's for so long; HELD: it is another's; MISSING:
 * there is nothing to ask any more.  valid 0 gives it back.
 */
ngx_int_t ngx_http_billing_list_lock(ngx_http_billing_store_t *store,
    ngx_str_t *domain, const ngx_http_billing_list_lock_t *list,
    ngx_msec_t valid, ngx_http_billing_write_pt done, void *data);

ngx_int_t ngx_http_billing_provider_set(ngx_http_billing_store_t *store,
    ngx_str_t *domain, const ngx_http_billing_audit_t *audit, ngx_str_t *id,
    ngx_uint_t enabled, ngx_http_billing_write_pt done, void *data);


/* Of an account: what seals its credentials, and what is to do so. */
typedef struct {
    ngx_str_t id;
    ngx_str_t sealed;
    ngx_str_t fresh;
} ngx_http_billing_reseal_t;

#define NGX_HTTP_BILLING_RESEAL_MAX 10 /* at once */

/*
 * DONE comes with a value for each: empty where it was done, "-" where the
 * account has gone, else what its credentials are sealed by now.  People do not
 * see the change.  audit is NULL for all but the first of a series.
 */
ngx_int_t ngx_http_billing_reseal(ngx_http_billing_store_t *store,
    ngx_str_t *domain, const ngx_http_billing_audit_t *audit,
    const ngx_http_billing_reseal_t *list, ngx_uint_t n,
    ngx_http_billing_write_pt done, void *data);


/* Verifications of one user in a minute: refused ones, and all others. */
#define NGX_HTTP_BILLING_REFUSED_MAX "60"
#define NGX_HTTP_BILLING_OTHERS_MAX  "300"

/*
 * Asked before a provider is; user is a digest.  DONE without values: this
 * verification is counted, and is to be ended.  DONE with two: it may not be
 * made, for "refused" or "others", or - before long it may - "busy"; and the
 * seconds until it may.  Or REPLAY, REUSED.
 */
ngx_int_t ngx_http_billing_verifying_begin(ngx_http_billing_store_t *store,
    ngx_str_t *domain, ngx_http_billing_once_t *once, ngx_str_t *user,
    ngx_http_billing_write_pt done, void *data);

/* One that was begun is over: the provider has refused it, or not. */
ngx_int_t ngx_http_billing_verifying_end(ngx_http_billing_store_t *store,
    ngx_str_t *domain, ngx_str_t *user, ngx_uint_t refused,
    ngx_http_billing_write_pt done, void *data);


#endif /* NGX_HTTP_BILLING_WRITE_H */
