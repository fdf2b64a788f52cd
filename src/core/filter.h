
/*
 * What a dimension's value may be, or may not.  One that has several values, for
 * they lie in each other, is what any of them is; one that has none is empty.
 */

#ifndef BILLING_CORE_FILTER_H
#define BILLING_CORE_FILTER_H

#include "core/dim.h"


/* In the order in which filters of a dimension are written down. */
typedef enum {
    BILLING_FILTER_IS = 0,   /* any of the texts */
    BILLING_FILTER_IS_NOT,   /* none of them */
    BILLING_FILTER_CONTAINS, /* any of them, however it is written */
    BILLING_FILTER_LACKS     /* none of them, however it is written */
} billing_filter_op_t;


typedef struct {
    billing_by_t        by;
    billing_filter_op_t op;
    billing_str_t      *values; /* sorted, without repetition; borrowed */
    billing_str_t      *folded; /* the same, folded; of those that contain */
    unsigned            count;
} billing_filter_t;


/* "", "!", "~", "!~": what stands between name and "=" in a query. */
extern const char *const billing_filter_ops[BILLING_FILTER_LACKS + 1];

/* Takes the operator off the end of an argument's name. */
billing_filter_op_t billing_filter_op(billing_str_t *name);

/* 1 for those that contain. */
int billing_filter_folds(billing_filter_op_t op);


/* Sorts the values, and drops what is there twice. */
void billing_filter_sort(billing_filter_t *filter);

/*
 * 1 if the value contains the text, which is folded as billing_text_fold()
 * does, when it is folded, too.  What there is no memory for is not contained.
 */
int billing_filter_contains(billing_str_t value, billing_str_t folded);

/*
 * 1 if the values of the row's dimension, or of its source's, pass; either may
 * be NULL where billing_dim_values() allows it.
 */
int billing_filter_match(const billing_filter_t *filter,
    const billing_source_t *source, const billing_row_t *row);


#endif /* BILLING_CORE_FILTER_H */
