
/*
 * Writing: each change is one script, so it happens as a whole or not at all,
 * whatever runs beside it.
 *
 * A callback runs exactly once and never before the function that took it has
 * returned; values are valid while it runs.  Functions return NGX_ERROR when
 * out of memory: then no callback comes.  A write cannot be cancelled.
 */

#ifndef BILLING_STORE_WRITE_H
#define BILLING_STORE_WRITE_H

#include "store/audit.h"

#include "core/fault.h"


#define BILLING_CHANGE_FIELDS 24


typedef enum {
    BILLING_WRITE_DONE = 0,
    BILLING_WRITE_REPLAY,  /* made before: id, answer of then */
    BILLING_WRITE_REUSED,  /* the once key stands for another request */
    BILLING_WRITE_TAKEN,   /* the id is; take another */
    BILLING_WRITE_PARENT,  /* there is no such group or project */
    BILLING_WRITE_DEPTH,   /* groups would be nested too deeply */
    BILLING_WRITE_CYCLE,   /* a group would lie within itself */
    BILLING_WRITE_NAME,    /* a sibling has the name */
    BILLING_WRITE_ALIKE,   /* a sibling's, which follows, looks so */
    BILLING_WRITE_OVERLAP, /* linked account, id of its owner, ... */
    BILLING_WRITE_MISSING, /* there is no such object */
    BILLING_WRITE_VERSION, /* it has another version by now */
    BILLING_WRITE_HELD,    /* it holds something */
    BILLING_WRITE_AWAY,    /* Redis; it may have happened or not */
    BILLING_WRITE_UNSURE   /* it has, but replicas may not know */
} billing_outcome_t;

typedef void (*billing_write_pt)(void *data, billing_outcome_t outcome,
    ngx_str_t *values, ngx_uint_t nvalues);


/* What makes a request that is repeated be carried out once. */
typedef struct {
    /* under every key, with commas between; the first one's is kept */
    ngx_str_t key;    /* of user and Idempotency-Key; empty: none */
    ngx_str_t digest; /* of the request */

    ngx_str_t answer;
} billing_once_t;


/* A new object, or what changes of one. */
typedef struct {
    billing_kind_t kind;
    ngx_str_t      id;
    ngx_uint_t     version; /* that an old one must have */
    ngx_str_t      now;     /* RFC 3339 */
    ngx_str_t      fold;    /* of the name */
    ngx_str_t      looks;   /* parent/fold, then those of the name */
    ngx_str_t      parent;  /* empty: none */
    billing_once_t once;    /* of a new one */

    const billing_audit_t *audit; /* who makes it */

    /* names and values in turn */
    ngx_str_t  fields[2 * BILLING_CHANGE_FIELDS];
    ngx_uint_t nfields;
} billing_write_change_t;

/* name is static; at most BILLING_CHANGE_FIELDS, what is more goes. */
void billing_write_change_add(
    billing_write_change_t *change, const char *name, const ngx_str_t *value);

ngx_int_t billing_write_create(billing_store_t *store, ngx_str_t *domain,
    billing_write_change_t *change, billing_write_pt done, void *data);

/* name and parent must be those that it has, where they do not change. */
ngx_int_t billing_write_update(billing_store_t *store, ngx_str_t *domain,
    billing_write_change_t *change, billing_write_pt done, void *data);

/* Of the change only audit, kind, id and version count. */
ngx_int_t billing_write_delete(billing_store_t *store, ngx_str_t *domain,
    billing_write_change_t *change, billing_write_pt done, void *data);


/*
 * What the provider says of an account now.  listed is a JSON array; NULL:
 * it said nothing of linked accounts.  DONE comes with those that the account
 * has now, a JSON array; MISSING also when its credentials were changed.
 */
ngx_int_t billing_write_link(billing_store_t *store, ngx_str_t *domain,
    ngx_str_t *id, ngx_uint_t credential_version, const char *state,
    billing_reason_t reason, ngx_str_t *listed, billing_write_pt done,
    void *data);

/*
 * What a lookup has found out of an account: its state, and why it is that.
 * MISSING when its credentials were changed meanwhile.
 */
ngx_int_t billing_write_state(billing_store_t *store, const ngx_str_t *domain,
    const ngx_str_t *id, ngx_uint_t credential_version, const char *state,
    billing_reason_t reason, billing_write_pt done, void *data);

/* Linked accounts, a JSON array, that costs have come of. */
ngx_int_t billing_write_seen(billing_store_t *store, const ngx_str_t *domain,
    const ngx_str_t *id, ngx_uint_t credential_version, const ngx_str_t *listed,
    billing_write_pt done, void *data);

/*
 * The lock of those who ask for an account's list of linked accounts, which
 * billing_write_link() gives back.
 */
typedef struct {
    ngx_str_t  id;
    ngx_uint_t credential_version;
    time_t     tried_at; /* that the asker knows of */
    ngx_str_t  token;
} billing_list_lock_t;

/*
 * DONE: the lock is the token's for so long; HELD: it is another's; MISSING:
 * there is nothing to ask any more.  valid 0 gives it back.
 */
ngx_int_t billing_write_list_lock(billing_store_t *store, ngx_str_t *domain,
    const billing_list_lock_t *list, ngx_msec_t valid, billing_write_pt done,
    void *data);

ngx_int_t billing_write_provider_set(billing_store_t *store, ngx_str_t *domain,
    const billing_audit_t *audit, ngx_str_t *id, ngx_uint_t enabled,
    billing_write_pt done, void *data);


/* Of an account: what seals its credentials, and what is to do so. */
typedef struct {
    ngx_str_t id;
    ngx_str_t sealed;
    ngx_str_t fresh;
} billing_reseal_t;

#define BILLING_RESEAL_MAX 10 /* at once */

/*
 * DONE comes with a value for each: empty where it was done, "-" where the
 * account has gone, else what its credentials are sealed by now.  People do not
 * see the change.  audit is NULL for all but the first of a series.
 */
ngx_int_t billing_write_reseal(billing_store_t *store, ngx_str_t *domain,
    const billing_audit_t *audit, const billing_reseal_t *list, ngx_uint_t n,
    billing_write_pt done, void *data);


/* Verifications of one user in a minute: refused ones, and all others. */
#define BILLING_REFUSED_MAX "60"
#define BILLING_OTHERS_MAX  "300"

/*
 * Asked before a provider is; user is a digest.  DONE without values: this
 * verification is counted, and is to be ended.  DONE with two: it may not be
 * made, for "refused" or "others", or - before long it may - "busy"; and the
 * seconds until it may.  Or REPLAY, REUSED.
 */
ngx_int_t billing_write_verifying_begin(billing_store_t *store,
    ngx_str_t *domain, billing_once_t *once, ngx_str_t *user,
    billing_write_pt done, void *data);

/* One that was begun is over: the provider has refused it, or not. */
ngx_int_t billing_write_verifying_end(billing_store_t *store, ngx_str_t *domain,
    ngx_str_t *user, ngx_uint_t refused, billing_write_pt done, void *data);


#endif /* BILLING_STORE_WRITE_H */
