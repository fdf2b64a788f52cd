
/*
 * Content codings of answers.
 */

#ifndef BILLING_HTTP_ENCODE_H
#define BILLING_HTTP_ENCODE_H

#include "http/billing.h"


/* "", "gzip", "br" */
extern const ngx_str_t billing_coding_names[];

/* The best coding that the request's Accept-Encoding has. */
billing_coding_t billing_encode_coding(ngx_http_request_t *r);

/*
 * Encodes into the pool.  NGX_DECLINED: the outcome would not be shorter, or
 * there is no memory.
 */
ngx_int_t billing_encode(ngx_pool_t *pool, billing_coding_t coding,
    const ngx_str_t *plain, ngx_str_t *encoded);

/*
 * Encodes the operation's answer as its client wants, after its headers were
 * set; where that does not pay, it stays as it is.
 */
ngx_int_t billing_encode_answer(billing_op_t *op, ngx_http_request_t *r);


#endif /* BILLING_HTTP_ENCODE_H */
