
/*
 * Strong entity tags of answers that are made anew for each request.
 */

#ifndef BILLING_HTTP_ETAG_H
#define BILLING_HTTP_ETAG_H

#include "http/billing.h"


/* The tag of a body, without quotes.  NGX_ERROR: out of memory. */
ngx_int_t billing_etag_tag(
    const billing_buf_t *body, u_char tag[BILLING_TAG_LEN]);

/* 1 if an If-None-Match names the tag, which comes with its quotes. */
ngx_uint_t billing_etag_named(const ngx_str_t *list, const ngx_str_t *etag);


/* The tag of a text that is not there, made of all that it depends on. */
typedef struct {
    void      *context;
    ngx_uint_t failed;
} billing_digest_t;

void billing_etag_digest_begin(billing_digest_t *digest);
void billing_etag_digest_feed(void *digest, const void *bytes, size_t len);

/* It ends in any case.  NGX_ERROR: out of memory. */
ngx_int_t billing_etag_digest_end(
    billing_digest_t *digest, u_char tag[BILLING_TAG_LEN]);


#endif /* BILLING_HTTP_ETAG_H */
