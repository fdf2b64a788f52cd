
/* What the requests of several providers have in common. */

#ifndef BILLING_PROVIDERS_REQUEST_H
#define BILLING_PROVIDERS_REQUEST_H

#include "providers/provider.h"


/* The URL: a base, "https://host", and what follows it. */
billing_status_t billing_request_url(
    billing_http_request_t *req, billing_str_t base, billing_str_t rest);

/* The host of a URL, without scheme, port and path; borrowed. */
billing_str_t billing_request_host(billing_str_t url);

/* Whether two URLs are of one host, however its name is written. */
int billing_request_is_host(billing_str_t url, const char *other);

/*
 * Whether a link leads to a base, "https://host:port/path": the same scheme and
 * host in whatever case, the same port, be it written or the scheme's own, no
 * user, and below the path.  rest is what follows the base, from its slash on;
 * borrowed from the link.
 */
int billing_request_is_below(
    billing_str_t base, billing_str_t link, billing_str_t *rest);

/* JSON is wanted. */
billing_status_t billing_request_accept(billing_http_request_t *req);

/* ... and sent: also makes it a POST. */
billing_status_t billing_request_json(billing_http_request_t *req);

/* Writes the body and gives the value back; NULL is BILLING_NOMEM. */
billing_status_t billing_request_body(
    billing_http_request_t *req, json_t *body);

/* The body is a form, built by billing_request_field(); makes it a POST. */
billing_status_t billing_request_form(billing_http_request_t *req);

/* RFC 6750 section 2.1 */
billing_status_t billing_request_bearer(
    billing_http_request_t *req, billing_str_t token);

/*
 * Appends "name=value", after "&" where something stands before it; the value
 * is percent-encoded but for the unreserved characters of RFC 3986.  Good for
 * forms and for question strings.
 */
billing_status_t billing_request_field(
    billing_buf_t *out, const char *name, billing_str_t value);


#endif /* BILLING_PROVIDERS_REQUEST_H */
