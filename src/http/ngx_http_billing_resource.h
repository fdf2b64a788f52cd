
/*
 * What project groups, projects and service accounts have in common: they are
 * listed, shown, made, changed and deleted by the same rules.  A kind says in
 * a table what is its own, beside what store/ngx_http_billing_kinds.h says.
 */

#ifndef NGX_HTTP_BILLING_RESOURCE_H
#define NGX_HTTP_BILLING_RESOURCE_H

#include "http/ngx_http_billing.h"

#include "core/billing_args.h"
#include "core/billing_input.h"
#include "core/billing_json.h"
#include "store/ngx_http_billing_sync.h"
#include "store/ngx_http_billing_write.h"


typedef struct {
    ngx_http_billing_kind_t kind;
    billing_input_t         input;
    const char             *prefix;  /* of ids: "pg-" */
    const char             *path;    /* "project-groups" */
    const char             *noun;    /* "project group" */
    const char             *place;   /* where names are unique */
    const char *const      *members; /* of answers; the last is NULL */
    unsigned                tags : 1;

    /* Writes the members that only this kind has. */
    void (*write)(billing_json_t *w, const ngx_http_billing_object_t *object);

    /* 1 if the caller may see it. */
    ngx_uint_t (*visible)(ngx_http_billing_op_t *op,
        ngx_http_billing_mirror_t *mirror, ngx_http_billing_object_t *object);
} ngx_http_billing_resource_t;


extern const ngx_http_billing_resource_t ngx_http_billing_resource_group;
extern const ngx_http_billing_resource_t ngx_http_billing_resource_project;
extern const ngx_http_billing_resource_t ngx_http_billing_resource_account;


/*
 * Brings the mirror up to date and goes on with next; answers by itself when
 * Redis is away.  A read ends when its client goes, a write does not.
 */
typedef void (*ngx_http_billing_resource_pt)(
    ngx_http_billing_op_t *op, void *data, ngx_http_billing_mirror_t *mirror);

void ngx_http_billing_resource_load(
    ngx_http_billing_op_t *op, ngx_http_billing_resource_pt next, void *data);

void ngx_http_billing_resource_list(
    ngx_http_billing_op_t *op, const ngx_http_billing_resource_t *resource);
void ngx_http_billing_resource_get(
    ngx_http_billing_op_t *op, const ngx_http_billing_resource_t *resource);

/* What any list is asked by: how many there are to be on a page ... */
ngx_uint_t ngx_http_billing_list_limit(
    billing_arg_t *arg, billing_errors_t *errors);

/* ... and what is searched for, in the form of ngx_http_billing_object_t. */
billing_status_t ngx_http_billing_list_query(
    billing_arg_t *arg, billing_buf_t *folded, billing_errors_t *errors);

/* ... and which of the members of its things ("fields"). */
void ngx_http_billing_list_fields(billing_arg_t *arg,
    const char *const *members, billing_json_fields_t *fields,
    billing_errors_t *errors);

/* Appends the object as answers show it. */
void ngx_http_billing_resource_write(billing_json_t *w,
    const ngx_http_billing_resource_t               *resource,
    const ngx_http_billing_object_t                 *object);

/* "<version>", or "<version>.<revision>" where more than people changed it. */
#define NGX_HTTP_BILLING_RESOURCE_ETAG_LEN (2 * NGX_INT_T_LEN + 3)

ngx_str_t ngx_http_billing_resource_etag(
    const ngx_http_billing_object_t *object,
    u_char                           text[NGX_HTTP_BILLING_RESOURCE_ETAG_LEN]);

/* 1 if If-Match holds: that people have changed nothing since. */
ngx_uint_t ngx_http_billing_resource_matches(
    const ngx_str_t *if_match, const ngx_http_billing_object_t *object);

/* 1 if the provider is enabled: as Redis says, else as configured. */
ngx_uint_t ngx_http_billing_resource_enabled(ngx_http_billing_mirror_t *mirror,
    ngx_http_billing_provider_conf_t *pc, ngx_str_t *id);

/*
 * What came of reading the query: NGX_OK, or NGX_DECLINED after an answer that
 * tells the errors, which are taken over.
 */
ngx_int_t ngx_http_billing_resource_query(
    ngx_http_billing_op_t *op, billing_status_t rc, billing_errors_t *errors);

void ngx_http_billing_resource_away(ngx_http_billing_op_t *op);
void ngx_http_billing_resource_unsure(ngx_http_billing_op_t *op);
void ngx_http_billing_resource_missing(
    ngx_http_billing_op_t *op, const ngx_http_billing_resource_t *resource);

/* The text of a JSON value, from the pool; its data is NULL without memory. */
ngx_str_t ngx_http_billing_resource_text(ngx_pool_t *pool, const json_t *value);


#endif /* NGX_HTTP_BILLING_REST_H */
