
/*
 * Dimensions: what costs are told apart by.  Each is described once, in the
 * table of dim.c: what it is called, where its values come from, what
 * blocks must keep apart for it, what a query may do with it and what files say
 * of it.  All else goes by the description; see DIMENSIONS.md.
 */

#ifndef BILLING_CORE_DIM_H
#define BILLING_CORE_DIM_H

#include "core/block.h"
#include "core/str.h"


/* Queries are written down in this order. */
typedef enum {
    BILLING_DIM_PROVIDER = 0,
    BILLING_DIM_PROJECT,
    BILLING_DIM_ACCOUNT,
    BILLING_DIM_LINKED,
    BILLING_DIM_REGION,
    BILLING_DIM_SERVICE,
    BILLING_DIM_CHARGE,
    BILLING_DIM_PROJECT_GROUP,
    BILLING_DIM_MAX
} billing_dim_t;


/* What all rows of a service account have in common; borrowed. */
typedef struct {
    billing_str_t        provider;
    billing_str_t        account;
    billing_str_t        project;
    const billing_str_t *groups; /* that hold the project: the closest first */
    unsigned             ngroups;
} billing_source_t;


/*
 * A dimension as a query names it.  The name has all that tells two of them
 * apart: where a dimension has many keys, the key, too.
 */
typedef struct {
    billing_dim_t dim;
    billing_str_t name; /* of arguments, of members of keys, of columns */
} billing_by_t;


typedef struct {
    const char *name;

    /*
     * BILLING_BLOCK_*: what blocks must keep apart to tell it, so that
     * providers are asked for it; its value stands in the row.  0: it stands in
     * the source, and costs no call.
     */
    unsigned cells;

    size_t        at;        /* where it stands, if it has one value */
    billing_str_t otherwise; /* instead of an empty value */

    /*
     * If it has several, since one lies in another: those of the source, the
     * closest first, *n of them.  NULL: it has one.
     */
    const billing_str_t *(*values)(
        const billing_by_t *by, const billing_source_t *source, unsigned *n);

    unsigned groups : 1;  /* "group_by" takes it */
    unsigned filters : 1; /* an argument of its name is a filter */
    unsigned foreign : 1; /* files tell the provider's id for it, too */
} billing_dim_info_t;

extern const billing_dim_info_t billing_dims[BILLING_DIM_MAX];


/* 1 if there is a dimension of that name, which is borrowed. */
int billing_dim_find(billing_str_t name, billing_by_t *by);

/* One that has no keys, by its own name. */
billing_by_t billing_dim_by(billing_dim_t dim);

/* In the order of queries; 0: they are the same. */
int billing_dim_cmp(const billing_by_t *one, const billing_by_t *two);

/*
 * Its values, *n of them, the closest first.  row may be NULL for a dimension
 * that stands in the source, and source for one that stands in the row.
 */
const billing_str_t *billing_dim_values(const billing_by_t *by,
    const billing_source_t *source, const billing_row_t *row, unsigned *n);

/* The closest, by which rows are grouped; empty: it has none. */
billing_str_t billing_dim_value(const billing_by_t *by,
    const billing_source_t *source, const billing_row_t *row);


#endif /* BILLING_CORE_DIM_H */
