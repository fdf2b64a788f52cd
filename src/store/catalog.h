
/*
 * The catalog: one consistent snapshot of all that a domain has, as a lookup
 * needs it.
 */

#ifndef BILLING_STORE_CATALOG_H
#define BILLING_STORE_CATALOG_H

#include "store/credential.h"

#include "core/dim.h"
#include "core/fault.h"


/* A project group or a project: what it is called, and the group it is in. */
typedef struct {
    ngx_str_t id;
    ngx_str_t name;
    ngx_str_t group_id; /* empty: none */

    billing_source_t source; /* what of it accounts have, too */
} billing_catalog_node_t;


typedef struct {
    ngx_str_t  id;
    ngx_str_t  name;
    ngx_str_t  provider;
    ngx_str_t  project_id;
    ngx_str_t  credential; /* sealed */
    ngx_str_t  shown;      /* what of it is no secret, a JSON object */
    ngx_uint_t credential_version;
    ngx_str_t *linked; /* linked accounts that it owns */
    ngx_uint_t nlinked;
    ngx_str_t *gone; /* those that it has lost; their months stay */
    ngx_uint_t ngone;
    ngx_str_t *foreign; /* in its list, but another account's */
    ngx_uint_t nforeign;
    time_t     linked_at;      /* when that list was read; 0: never */
    time_t     tried_at;       /* when that was last tried */
    unsigned   linked_all : 1; /* "all linked accounts" */
    unsigned   unread : 1;     /* ... could not be read last time */
    unsigned   enabled : 1;    /* its provider is */
    ngx_str_t  state;          /* "ok", "rejected", "unreachable",
                                           "unverified" */

    billing_reason_t reason; /* why it is not "ok" */
    time_t           reason_since;
    billing_source_t source; /* what dimensions need to know of it */
} billing_catalog_account_t;


/* Projects and groups are in the order of their ids. */
typedef struct billing_catalog_s {
    billing_catalog_account_t *accounts;
    ngx_uint_t                 naccounts;
    billing_catalog_node_t    *projects;
    ngx_uint_t                 nprojects;
    billing_catalog_node_t    *groups;
    ngx_uint_t                 ngroups;
    ngx_uint_t                 generation;

    /* private: whoever shares it */
    ngx_pool_t *pool;
    ngx_uint_t  refs;
} billing_catalog_t;


/*
 * catalog is NULL when Redis could not be read; it lives as long as the pool
 * given.  It is made once for all who ask between two changes, so nobody may
 * write to it.  enabled() answers for providers that have no state in Redis:
 * the configuration's default, which is the same for all.
 */
typedef void (*billing_catalog_pt)(
    void *data, const billing_catalog_t *catalog);

/* A load under way: up to its end, or until it is cancelled. */
typedef struct billing_catalog_load_s billing_catalog_load_t;

/* NULL when out of memory: then no callback comes. */
billing_catalog_load_t *billing_catalog_load(billing_store_t *store,
    ngx_pool_t *pool, ngx_str_t *domain,
    ngx_uint_t (*enabled)(void *data, ngx_str_t *provider),
    billing_catalog_pt done, void *data);

void billing_catalog_cancel(billing_catalog_load_t *load);

/* Gives back a reference that the caller counted. */
void billing_catalog_free(billing_catalog_t *catalog);

/* What opens an account's credentials. */
void billing_catalog_credential(const billing_catalog_account_t *account,
    const ngx_str_t *domain, billing_sealed_t *credential);

/* The project or group of the id; NULL when there is none. */
const billing_catalog_node_t *billing_catalog_find(
    const billing_catalog_node_t *nodes, ngx_uint_t n, const ngx_str_t *id);


#endif /* BILLING_STORE_CATALOG_H */
