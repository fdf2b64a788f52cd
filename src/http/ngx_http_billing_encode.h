
/*
 * Content codings of answers.
 */

#ifndef NGX_HTTP_BILLING_ENCODE_H
#define NGX_HTTP_BILLING_ENCODE_H

#include "http/ngx_http_billing.h"


/* "", "gzip", "br" */
extern const ngx_str_t ngx_http_billing_coding_names[];

/* The best coding that the request's Accept-Encoding has. */
ngx_http_billing_coding_t ngx_http_billing_coding(ngx_http_request_t *r);

/*
 * Encodes into the pool.  NGX_DECLINED: the outcome would not be shorter, or
 * there is no memory.
 */
ngx_int_t ngx_http_billing_encode(ngx_pool_t *pool,
    ngx_http_billing_coding_t coding, const ngx_str_t *plain,
    ngx_str_t *encoded);

/*
 * Encodes the operation's answer as its client wants, after its headers were
 * set; where that does not pay, it stays as it is.
 */
ngx_int_t ngx_http_billing_encode_answer(
    ngx_http_billing_op_t *op, ngx_http_request_t *r);


#endif /* NGX_HTTP_BILLING_ENCODE_H */
