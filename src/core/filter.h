
/* What a dimension's value may be: any of some strings, in byte order. */

#ifndef BILLING_CORE_FILTER_H
#define BILLING_CORE_FILTER_H

#include "core/dim.h"


typedef struct {
    billing_by_t   by;
    billing_str_t *values; /* sorted, without repetition; borrowed */
    unsigned       count;
} billing_filter_t;


/* Sorts the values, and drops what is there twice. */
void billing_filter_sort(billing_filter_t *filter);

/* 1 if it is one of the values. */
int billing_filter_has(const billing_filter_t *filter, billing_str_t value);

/*
 * 1 if a value of the row's dimension, or of its source's, is one of the
 * filter's; either may be NULL where billing_dim_values() allows it.
 */
int billing_filter_match(const billing_filter_t *filter,
    const billing_source_t *source, const billing_row_t *row);


#endif /* BILLING_CORE_FILTER_H */
