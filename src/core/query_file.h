
/*
 * The arguments of a query that are about files; for query.c.  What is
 * wrong is told at "/format", "/for", "/version".
 */

#ifndef BILLING_CORE_QUERY_FILE_H
#define BILLING_CORE_QUERY_FILE_H

#include "core/query.h"


void billing_query_read_format(
    billing_query_t *query, billing_str_t value, billing_errors_t *errors);

/* The format has been read before these two. */
void billing_query_read_for(
    billing_query_t *query, billing_str_t value, billing_errors_t *errors);
void billing_query_read_version(
    billing_query_t *query, billing_str_t value, billing_errors_t *errors);

/* Of FOCUS: groups by all that its columns tell. */
void billing_query_group_focus(billing_query_t *query);


#endif /* BILLING_CORE_QUERY_FILE_H */
