
/*
 * A page of the linked accounts behind a service account: who is on it, and
 * what each costs.
 */

#ifndef BILLING_HTTP_ROLL_H
#define BILLING_HTTP_ROLL_H

#include "http/resource.h"

#include "core/table.h"


#define BILLING_ROLL_MAX (64 * 1024 * 1024)

enum {
    BILLING_ROLL_Q = 0,
    BILLING_ROLL_FROM,
    BILLING_ROLL_SIZE,
    BILLING_ROLL_FIELDS,
    BILLING_ROLL_ARGS
};


/* What a linked account costs, of one currency; in the order of their codes. */
typedef struct billing_roll_cost_s {
    billing_str_t                     currency;
    const billing_money_t            *sum; /* of the table: aligned */
    const struct billing_roll_cost_s *next;
} billing_roll_cost_t;


typedef struct {
    billing_str_t              id;
    time_t                     joined; /* 0: with the first list */
    time_t                     gone;   /* 0: it is there */
    const billing_roll_cost_t *cost;
} billing_roll_entry_t;


typedef struct {
    billing_op_t         *op;
    billing_arg_t         args[BILLING_ROLL_ARGS];
    void                 *memory; /* of the arguments */
    billing_buf_t         q;      /* folded; empty: all are wanted */
    billing_json_fields_t fields;
    billing_str_t         after; /* an id; empty: from the first one on */
    ngx_uint_t            limit;
    billing_object_t      account;
    json_t               *joined;
    json_t               *gone;
    ngx_array_t           entries; /* of the page */
    ngx_uint_t            total;
    ngx_uint_t            more;
    billing_table_t      *costs;
} billing_roll_t;


/*
 * Chooses the page from the account, by what is asked: in the order of ids,
 * those that have left among the others.  NGX_ERROR: out of memory.
 */
ngx_int_t billing_roll_page(billing_roll_t *roll);

/* A billing_row_pt: adds up what those on the page cost. */
billing_status_t billing_roll_row(void *data, const billing_row_t *row);

/* Hands out what was added up.  NGX_ERROR: out of memory, or an overflow. */
ngx_int_t billing_roll_costs(billing_roll_t *roll);


#endif /* BILLING_HTTP_ROLL_H */
