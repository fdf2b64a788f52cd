
/*
 * What the files about kept answers share.
 */

#ifndef NGX_HTTP_BILLING_ANSWERS_INTERNAL_H
#define NGX_HTTP_BILLING_ANSWERS_INTERNAL_H

#include "http/ngx_http_billing_answers.h"


/*
 * The operation's answer is made: who follows it gets it, too, if the marks are
 * still those, or looks again.  Without marks it is for nobody else.
 */
void ngx_http_billing_answers_led(ngx_http_billing_op_t *op,
    const ngx_str_t *marks, const ngx_http_billing_answer_t *answer);


#define NGX_HTTP_BILLING_ANSWER_HEADERS 10

typedef struct {
    ngx_keyval_t list[NGX_HTTP_BILLING_ANSWER_HEADERS];
    ngx_uint_t   n;
    ngx_str_t    type; /* Content-Type */
    u_char       etag[NGX_HTTP_BILLING_TAG_LEN + 16];
} ngx_http_billing_answer_headers_t;

/* All headers that an answer has; cache is static. */
void ngx_http_billing_answers_headers(
    ngx_http_billing_answer_headers_t *headers,
    const ngx_http_billing_route_t    *route,
    const ngx_http_billing_answer_t *answer, const ngx_str_t *cache);

/*
 * Sends it at once, without an operation; to be returned to nginx.  cache is
 * whence it was, static; NULL: it was kept.
 */
ngx_int_t ngx_http_billing_answers_output(ngx_http_request_t *r,
    const ngx_http_billing_route_t                           *route,
    const ngx_http_billing_answer_t *answer, ngx_uint_t matched,
    const ngx_str_t *cache);


#endif /* NGX_HTTP_BILLING_ANSWERS_INTERNAL_H */
