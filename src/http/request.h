
/*
 * What a request says in its headers.
 */

#ifndef BILLING_HTTP_REQUEST_H
#define BILLING_HTTP_REQUEST_H

#include "http/billing.h"


/* A header of the request by lower-case name; empty when absent, and a list
 * with commas where it came more than once. */
ngx_str_t billing_headers_request_header(
    ngx_http_request_t *r, const char *name);

/* The same, of what the request itself asks for: a subrequest has the headers
 * of the page that it is a part of, which say nothing about the part. */
ngx_str_t billing_headers_own_header(ngx_http_request_t *r, const char *name);

/*
 * Whether the client takes what the route has; NGX_DECLINED: no.  *csv: it
 * would rather have CSV.
 */
ngx_int_t billing_accept_acceptable(
    ngx_http_request_t *r, const billing_route_t *route, ngx_uint_t *csv);

/* The quality, 0 to 1000, that the list of an Accept header has for one. */
ngx_uint_t billing_accept_accepts(
    ngx_str_t *accept, const char *type, const char *range);


#endif /* BILLING_HTTP_REQUEST_H */
