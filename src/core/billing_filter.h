
/* What a dimension's value may be: any of some strings, in byte order. */

#ifndef BILLING_FILTER_H
#define BILLING_FILTER_H

#include "billing_str.h"


typedef struct {
    billing_str_t *values; /* sorted, without repetition; borrowed */
    unsigned       count;  /* 0: no filter */
} billing_filter_t;


/* Sorts the values, and drops what is there twice. */
void billing_filter_sort(billing_filter_t *filter);

/* 1 if value passes the filter (no filter passes everything). */
int billing_filter_match(const billing_filter_t *filter, billing_str_t value);


#endif /* BILLING_FILTER_H */
