
/* Filters are short lists: sorted once, then searched for every row. */

#include "billing_filter.h"

#include <stdlib.h>


static int billing_filter_cmp(const void *one, const void *two);


void
billing_filter_sort(billing_filter_t *filter)
{
    unsigned i, n;

    if (filter->count == 0) {
        filter->values = NULL;
        return;
    }

    qsort(filter->values, filter->count, sizeof(billing_str_t),
        billing_filter_cmp);

    n = 1;

    for (i = 1; i < filter->count; i++) {
        if (!billing_str_eq(filter->values[i], filter->values[n - 1])) {
            filter->values[n++] = filter->values[i];
        }
    }

    filter->count = n;
}


int
billing_filter_match(const billing_filter_t *filter, billing_str_t value)
{
    if (filter->count == 0) {
        return 1;
    }

    return bsearch(&value, filter->values, filter->count, sizeof(billing_str_t),
               billing_filter_cmp)
           != NULL;
}


static int
billing_filter_cmp(const void *one, const void *two)
{
    int                  rc;
    size_t               len;
    const billing_str_t *a, *b;

    a = one;
    b = two;
    len = a->len < b->len ? a->len : b->len;

    rc = len > 0 ? memcmp(a->data, b->data, len) : 0;
    if (rc != 0) {
        return rc;
    }

    return (a->len > b->len) - (a->len < b->len);
}
