
/*
 * What project groups, projects and service accounts have in common: they are
 * listed, shown, made, changed and deleted by the same rules.  A kind says in
 * a table what is its own, beside what store/kinds.h says.
 */

#ifndef BILLING_HTTP_RESOURCE_H
#define BILLING_HTTP_RESOURCE_H

#include "http/billing.h"

#include "core/args.h"
#include "core/input.h"
#include "core/json.h"
#include "store/sync.h"
#include "store/write.h"


typedef struct {
    billing_kind_t     kind;
    billing_input_t    input;
    const char        *prefix;  /* of ids: "pg-" */
    const char        *path;    /* "project-groups" */
    const char        *noun;    /* "project group" */
    const char        *place;   /* where names are unique */
    const char *const *members; /* of answers; the last is NULL */
    unsigned           tags : 1;

    /* Writes the members that only this kind has. */
    void (*write)(billing_json_t *w, const billing_object_t *object);

    /* 1 if the caller may see it. */
    ngx_uint_t (*visible)(
        billing_op_t *op, billing_mirror_t *mirror, billing_object_t *object);
} billing_resource_t;


extern const billing_resource_t billing_resource_group;
extern const billing_resource_t billing_resource_project;
extern const billing_resource_t billing_resource_account;


/*
 * Brings the mirror up to date and goes on with next; answers by itself when
 * Redis is away.  A read ends when its client goes, a write does not.
 */
typedef void (*billing_resource_pt)(
    billing_op_t *op, void *data, billing_mirror_t *mirror);

void billing_resource_load(
    billing_op_t *op, billing_resource_pt next, void *data);

void billing_list_resource(
    billing_op_t *op, const billing_resource_t *resource);
void billing_resource_get(billing_op_t *op, const billing_resource_t *resource);

/* What any list is asked by: how many there are to be on a page ... */
ngx_uint_t billing_list_limit(billing_arg_t *arg, billing_errors_t *errors);

/* ... and what is searched for, in the form of billing_object_t. */
billing_status_t billing_list_query(
    billing_arg_t *arg, billing_buf_t *folded, billing_errors_t *errors);

/* ... and which of the members of its things ("fields"). */
void billing_list_fields(billing_arg_t *arg, const char *const *members,
    billing_json_fields_t *fields, billing_errors_t *errors);

/* Appends the object as answers show it. */
void billing_resource_write(billing_json_t *w,
    const billing_resource_t *resource, const billing_object_t *object);

/* "<version>", or "<version>.<revision>" where more than people changed it. */
#define BILLING_RESOURCE_ETAG_LEN (2 * NGX_INT_T_LEN + 3)

ngx_str_t billing_resource_etag(
    const billing_object_t *object, u_char text[BILLING_RESOURCE_ETAG_LEN]);

/* 1 if If-Match holds: that people have changed nothing since. */
ngx_uint_t billing_resource_matches(
    const ngx_str_t *if_match, const billing_object_t *object);

/* 1 if the provider is enabled: as Redis says, else as configured. */
ngx_uint_t billing_resource_enabled(
    billing_mirror_t *mirror, billing_provider_conf_t *pc, ngx_str_t *id);

/*
 * What came of reading the query: NGX_OK, or NGX_DECLINED after an answer that
 * tells the errors, which are taken over.
 */
ngx_int_t billing_resource_query(
    billing_op_t *op, billing_status_t rc, billing_errors_t *errors);

void billing_resource_away(billing_op_t *op);
void billing_resource_unsure(billing_op_t *op);
void billing_resource_missing(
    billing_op_t *op, const billing_resource_t *resource);

/* The text of a JSON value, from the pool; its data is NULL without memory. */
ngx_str_t billing_resource_text(ngx_pool_t *pool, const json_t *value);


#endif /* BILLING_HTTP_RESOURCE_H */
