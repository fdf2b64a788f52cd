
/*
 * What a request says in its headers.
 */

#ifndef NGX_HTTP_BILLING_REQUEST_H
#define NGX_HTTP_BILLING_REQUEST_H

#include "http/ngx_http_billing.h"


/* A header of the request by lower-case name; empty when absent, and a list
 * with commas where it came more than once. */
ngx_str_t ngx_http_billing_request_header(
    ngx_http_request_t *r, const char *name);

/* The same, of what the request itself asks for: a subrequest has the headers
 * of the page that it is a part of, which say nothing about the part. */
ngx_str_t ngx_http_billing_own_header(ngx_http_request_t *r, const char *name);

/*
 * Whether the client takes what the route has; NGX_DECLINED: no.  *csv: it
 * would rather have CSV.
 */
ngx_int_t ngx_http_billing_acceptable(ngx_http_request_t *r,
    const ngx_http_billing_route_t *route, ngx_uint_t *csv);

/* The quality, 0 to 1000, that the list of an Accept header has for one. */
ngx_uint_t ngx_http_billing_accepts(
    ngx_str_t *accept, const char *type, const char *range);


#endif /* NGX_HTTP_BILLING_REQUEST_H */
