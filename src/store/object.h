
/*
 * An object of the mirror, made from the fields of its HASH: one block of
 * heap memory with all its texts.
 */

#ifndef BILLING_STORE_OBJECT_H
#define BILLING_STORE_OBJECT_H

#include "store/store.h"


/* Texts are what answers of the API show, except that credential is sealed. */
typedef struct {
    ngx_rbtree_node_t by_id;
    ngx_rbtree_node_t by_age;

    billing_kind_t kind;
    ngx_str_t      id;
    ngx_str_t      name;
    ngx_str_t      parent; /* group or project; empty: none */
    ngx_str_t      tags;   /* JSON object; empty: none */
    ngx_str_t      created_at;
    ngx_str_t      updated_at;
    ngx_uint_t     version;  /* changes by people */
    ngx_uint_t     revision; /* other changes since */
    ngx_uint_t     seq;      /* in the order of creation */
    ngx_uint_t     accounts; /* of a project */
    ngx_str_t      search;   /* name, tags, numbers; folded */

    /* of an account */
    ngx_str_t  provider;
    ngx_str_t  credential;
    ngx_uint_t credential_version;
    ngx_str_t  shown; /* credentials without secrets, JSON object */
    ngx_str_t  state;
    ngx_str_t  reason;      /* why it is not "ok"; empty: it is */
    ngx_str_t  verified_at; /* empty: never */
    ngx_str_t *linked;
    ngx_uint_t nlinked;
    ngx_str_t  joined;  /* since the first list: id -> seconds, JSON object */
    ngx_str_t  gone;    /* no longer in the list: likewise */
    ngx_str_t  foreign; /* in the list, but another account's: likewise */
    ngx_uint_t linked_all;
    ngx_uint_t linked_at; /* seconds; 0: never */
    ngx_uint_t tried_at;  /* the provider was asked, with any outcome */
    ngx_uint_t reason_since;
    ngx_uint_t unread;    /* the list was not, when that was tried last */
    ngx_uint_t shrunk_at; /* a list that lost much was believed; 0: never */
} billing_object_t;


/*
 * fields: name, value, name, value ...; domain is for the log.  NULL when out of
 * memory.
 */
billing_object_t *billing_object_create(const ngx_str_t *domain,
    billing_kind_t kind, ngx_str_t *id, struct redisReply *fields,
    ngx_log_t *log);

void billing_object_free(billing_object_t *object);

/* A copy that lives in a pool, without its place in the mirror. */
ngx_int_t billing_object_copy(
    ngx_pool_t *pool, const billing_object_t *from, billing_object_t *to);

/* What opens an account's credentials; it points to the object's texts. */
void billing_object_credential(const billing_object_t *account,
    const ngx_str_t *domain, billing_sealed_t *credential);

/* Where an id is found: the number that its hex digits say. */
ngx_rbtree_key_t billing_object_key(ngx_str_t *id);


#endif /* BILLING_STORE_OBJECT_H */
