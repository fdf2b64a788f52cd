
/* Which rows a query is about, and the group of each. */

#include "core/query.h"


unsigned
billing_query_grouped(const billing_query_t *query)
{
    unsigned i, cells;

    cells = 0;

    for (i = 0; i < query->ngroup_by; i++) {
        cells |= billing_dims[query->group_by[i].dim].cells;
    }

    return cells;
}


unsigned
billing_query_filtered(const billing_query_t *query)
{
    unsigned i, cells;

    cells = 0;

    for (i = 0; i < query->nfilters; i++) {
        cells |= billing_dims[query->filters[i].by.dim].cells;
    }

    return cells;
}


int
billing_query_asks(const billing_query_t *query, const billing_source_t *source)
{
    unsigned                i;
    const billing_filter_t *filter;

    for (i = 0; i < query->nfilters; i++) {
        filter = &query->filters[i];

        if (billing_dims[filter->by.dim].cells == 0
            && !billing_filter_match(filter, source, NULL))
        {
            return 0;
        }
    }

    return 1;
}


int
billing_query_takes(const billing_query_t *query, const billing_row_t *row)
{
    unsigned                i;
    const billing_filter_t *filter;

    if (query->currency.len != 0
        && !billing_str_eq(query->currency, row->currency)) {
        return 0;
    }

    for (i = 0; i < query->nfilters; i++) {
        filter = &query->filters[i];

        if (billing_dims[filter->by.dim].cells != 0
            && !billing_filter_match(filter, NULL, row))
        {
            return 0;
        }
    }

    return 1;
}


void
billing_query_key(const billing_query_t *query, const billing_source_t *source,
    const billing_row_t *row, billing_str_t *key)
{
    unsigned i;

    for (i = 0; i < query->ngroup_by; i++) {
        key[i] = billing_dim_value(&query->group_by[i], source, row);
    }
}
