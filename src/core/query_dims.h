
/*
 * The arguments of a query that are about dimensions; for query.c.
 */

#ifndef BILLING_CORE_QUERY_DIMS_H
#define BILLING_CORE_QUERY_DIMS_H

#include "core/query.h"


/*
 * The filter that an argument of that name, with its operator, belongs to,
 * which is made if need be; there must be room for it.  NULL: no filter is
 * called so.
 */
billing_filter_t *billing_query_filter(
    billing_query_t *query, billing_str_t name);

/*
 * The values of each filter have been counted, and all filters been made: puts
 * them in order, gives each its part of all->room, and fills it.
 * BILLING_NOMEM is the only failure.
 */
billing_status_t billing_query_filters(
    billing_query_t *query, const billing_args_t *all);

/* "service,region"; what is wrong is told at "/group_by". */
void billing_query_read_group_by(
    billing_query_t *query, billing_str_t value, billing_errors_t *errors);


#endif /* BILLING_CORE_QUERY_DIMS_H */
