
/*
 * Making, changing and deleting an object, from the body to the answer.  The
 * steps are functions of their own, because a service account has more of
 * them in between.
 */

#ifndef BILLING_HTTP_EDIT_H
#define BILLING_HTTP_EDIT_H

#include "http/resource.h"

#include "core/date.h"


/* How often an edit starts over because somebody else was faster. */
#define BILLING_EDIT_TRIES 16


typedef struct billing_edit_s billing_edit_t;

struct billing_edit_s {
    billing_op_t             *op;
    const billing_resource_t *resource;
    json_t                   *input; /* checked; goes with the pool */
    char                      now[BILLING_TIME_LEN];
    billing_object_t          old; /* of a patch */
    billing_object_t          next;
    billing_write_change_t    change;
    ngx_uint_t                tries;
    char                      changes[64]; /* names, with commas */
    unsigned                  made : 1;    /* of a creation */

    /* Starts over, because somebody else was faster. */
    void (*again)(billing_edit_t *edit);

    /* A patch whose body is checked, and next and change made; may be NULL. */
    void (*changed)(billing_edit_t *edit, billing_mirror_t *mirror);

    /* Answers BILLING_WRITE_OVERLAP. */
    void (*shared)(billing_edit_t *edit, ngx_str_t *values, ngx_uint_t nvalues);
};


/* The whole, for kinds that need no more. */
void billing_edit_create(billing_op_t *op, const billing_resource_t *resource);
void billing_edit_patch(billing_op_t *op, const billing_resource_t *resource);
void billing_remove(billing_op_t *op, const billing_resource_t *resource);


/*
 * The steps.  Each answers by itself when it cannot go on, and then says
 * NGX_DECLINED or NULL.
 */

/* size is that of a struct that starts with an edit. */
billing_edit_t *billing_edit_begin(
    billing_op_t *op, const billing_resource_t *resource, size_t size);

/* Checks a creating body.  errors may hold some already; they are freed. */
ngx_int_t billing_edit_input(billing_edit_t *edit, billing_errors_t *errors);

/* Reads Idempotency-Key into change.once. */
ngx_int_t billing_edit_once(billing_edit_t *edit);

/* next and change of a new object, with a new id, from the input. */
ngx_int_t billing_edit_new(billing_edit_t *edit);

/* Finds the object, holds If-Match against it and copies it into old. */
ngx_int_t billing_edit_precondition(
    billing_edit_t *edit, billing_mirror_t *mirror);

/* A patch, up to changed(), or to its end. */
void billing_edit_load(billing_edit_t *edit);

/* Writes change and answers with next. */
void billing_commit(billing_edit_t *edit);

/* Says why the store has not done it. */
void billing_commit_refuse(billing_edit_t *edit, billing_outcome_t outcome);

/* Answers a creation of before. */
void billing_commit_replay(billing_edit_t *edit, billing_outcome_t outcome,
    ngx_str_t *values, ngx_uint_t nvalues);


#endif /* BILLING_HTTP_EDIT_H */
