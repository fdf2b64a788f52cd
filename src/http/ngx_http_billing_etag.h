
/*
 * Strong entity tags of answers that are made anew for each request.
 */

#ifndef NGX_HTTP_BILLING_ETAG_H
#define NGX_HTTP_BILLING_ETAG_H

#include "http/ngx_http_billing.h"


/*
 * Adds the ETag header for the body.  NGX_OK: send the body; NGX_DECLINED:
 * If-None-Match names it, send 304; NGX_ERROR: out of memory.
 */
ngx_int_t ngx_http_billing_etag(
    ngx_http_billing_op_t *op, const billing_buf_t *body);

/* 1 if an If-None-Match names the tag, which comes with its quotes. */
ngx_uint_t ngx_http_billing_etag_listed(
    const ngx_str_t *list, const ngx_str_t *etag);


#endif /* NGX_HTTP_BILLING_ETAG_H */
