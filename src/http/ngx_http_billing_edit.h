
/*
 * Making, changing and deleting an object, from the body to the answer.  The
 * steps are functions of their own, because a service account has more of
 * them in between.
 */

#ifndef NGX_HTTP_BILLING_EDIT_H
#define NGX_HTTP_BILLING_EDIT_H

#include "http/ngx_http_billing_resource.h"

#include "core/billing_date.h"


/* How often an edit starts over because somebody else was faster. */
#define NGX_HTTP_BILLING_EDIT_TRIES 16


typedef struct ngx_http_billing_edit_s ngx_http_billing_edit_t;

struct ngx_http_billing_edit_s {
    ngx_http_billing_op_t             *op;
    const ngx_http_billing_resource_t *resource;
    json_t                            *input; /* checked; goes with the pool */
    char                               now[BILLING_TIME_LEN];
    ngx_http_billing_object_t          old; /* of a patch */
    ngx_http_billing_object_t          next;
    ngx_http_billing_change_t          change;
    ngx_uint_t                         tries;
    char                               changes[64]; /* names, with commas */
    unsigned                           made : 1;    /* of a creation */

    /* Starts over, because somebody else was faster. */
    void (*again)(ngx_http_billing_edit_t *edit);

    /* A patch whose body is checked, and next and change made; may be NULL. */
    void (*changed)(
        ngx_http_billing_edit_t *edit, ngx_http_billing_mirror_t *mirror);

    /* Answers NGX_HTTP_BILLING_WRITE_OVERLAP. */
    void (*shared)(
        ngx_http_billing_edit_t *edit, ngx_str_t *values, ngx_uint_t nvalues);
};


/* The whole, for kinds that need no more. */
void ngx_http_billing_edit_create(
    ngx_http_billing_op_t *op, const ngx_http_billing_resource_t *resource);
void ngx_http_billing_edit_patch(
    ngx_http_billing_op_t *op, const ngx_http_billing_resource_t *resource);
void ngx_http_billing_edit_delete(
    ngx_http_billing_op_t *op, const ngx_http_billing_resource_t *resource);


/*
 * The steps.  Each answers by itself when it cannot go on, and then says
 * NGX_DECLINED or NULL.
 */

/* size is that of a struct that starts with an edit. */
ngx_http_billing_edit_t *ngx_http_billing_edit_begin(ngx_http_billing_op_t *op,
    const ngx_http_billing_resource_t *resource, size_t size);

/* Checks a creating body.  errors may hold some already; they are freed. */
ngx_int_t ngx_http_billing_edit_input(
    ngx_http_billing_edit_t *edit, billing_errors_t *errors);

/* Reads Idempotency-Key into change.once. */
ngx_int_t ngx_http_billing_edit_once(ngx_http_billing_edit_t *edit);

/* next and change of a new object, with a new id, from the input. */
ngx_int_t ngx_http_billing_edit_new(ngx_http_billing_edit_t *edit);

/* Finds the object, holds If-Match against it and copies it into old. */
ngx_int_t ngx_http_billing_edit_precondition(
    ngx_http_billing_edit_t *edit, ngx_http_billing_mirror_t *mirror);

/* A patch, up to changed(), or to its end. */
void ngx_http_billing_edit_load(ngx_http_billing_edit_t *edit);

/* Writes change and answers with next. */
void ngx_http_billing_edit_commit(ngx_http_billing_edit_t *edit);

/* Says why the store has not done it. */
void ngx_http_billing_commit_refuse(
    ngx_http_billing_edit_t *edit, ngx_http_billing_outcome_t outcome);

/* Answers a creation of before. */
void ngx_http_billing_edit_replay(ngx_http_billing_edit_t *edit,
    ngx_http_billing_outcome_t outcome, ngx_str_t *values, ngx_uint_t nvalues);


#endif /* NGX_HTTP_BILLING_EDIT_H */
