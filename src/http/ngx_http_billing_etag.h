
/*
 * Strong entity tags of answers that are made anew for each request.
 */

#ifndef NGX_HTTP_BILLING_ETAG_H
#define NGX_HTTP_BILLING_ETAG_H

#include "http/ngx_http_billing.h"


/* The tag of a body, without quotes.  NGX_ERROR: out of memory. */
ngx_int_t ngx_http_billing_etag_tag(
    const billing_buf_t *body, u_char tag[NGX_HTTP_BILLING_TAG_LEN]);

/* 1 if an If-None-Match names the tag, which comes with its quotes. */
ngx_uint_t ngx_http_billing_etag_named(
    const ngx_str_t *list, const ngx_str_t *etag);


/* The tag of a text that is not there, made of all that it depends on. */
typedef struct {
    void      *context;
    ngx_uint_t failed;
} ngx_http_billing_digest_t;

void ngx_http_billing_digest_begin(ngx_http_billing_digest_t *digest);
void ngx_http_billing_digest_feed(void *digest, const void *bytes, size_t len);

/* It ends in any case.  NGX_ERROR: out of memory. */
ngx_int_t ngx_http_billing_digest_end(
    ngx_http_billing_digest_t *digest, u_char tag[NGX_HTTP_BILLING_TAG_LEN]);


#endif /* NGX_HTTP_BILLING_ETAG_H */
