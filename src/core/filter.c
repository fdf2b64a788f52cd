
/* Filters are short lists: sorted once, then searched for every row. */

#include "core/filter.h"

#include <stdlib.h>


static int billing_filter_cmp(const void *one, const void *two);


void
billing_filter_sort(billing_filter_t *filter)
{
    unsigned i, n;

    if (filter->count == 0) {
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
billing_filter_has(const billing_filter_t *filter, billing_str_t value)
{
    return bsearch(&value, filter->values, filter->count, sizeof(billing_str_t),
               billing_filter_cmp)
           != NULL;
}


int
billing_filter_match(const billing_filter_t *filter,
    const billing_source_t *source, const billing_row_t *row)
{
    unsigned             i, n;
    const billing_str_t *values;

    values = billing_dim_values(&filter->by, source, row, &n);

    for (i = 0; i < n; i++) {
        if (billing_filter_has(filter, values[i])) {
            return 1;
        }
    }

    return 0;
}


static int
billing_filter_cmp(const void *one, const void *two)
{
    return billing_str_cmp(
        *(const billing_str_t *) one, *(const billing_str_t *) two);
}
