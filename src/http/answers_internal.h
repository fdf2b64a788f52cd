
/*
 * What the files about kept answers share.
 */

#ifndef BILLING_HTTP_ANSWERS_INTERNAL_H
#define BILLING_HTTP_ANSWERS_INTERNAL_H

#include "http/answers.h"


/*
 * The operation's answer is made: who follows it gets it, too, if the marks are
 * still those, or looks again.  Without marks it is for nobody else.
 */
void billing_answers_ask_led(
    billing_op_t *op, const ngx_str_t *marks, const billing_answer_t *answer);


#define BILLING_ANSWER_HEADERS 10

typedef struct {
    ngx_keyval_t list[BILLING_ANSWER_HEADERS];
    ngx_uint_t   n;
    ngx_str_t    type; /* Content-Type */
    u_char       etag[BILLING_TAG_LEN + 16];
} billing_answer_headers_t;

/* All headers that an answer has; cache is static. */
void billing_answers_output_headers(billing_answer_headers_t *headers,
    const billing_route_t *route, const billing_answer_t *answer,
    const ngx_str_t *cache);

/*
 * Sends it at once, without an operation; to be returned to nginx.  cache is
 * whence it was, static; NULL: it was kept.
 */
ngx_int_t billing_answers_output(ngx_http_request_t *r,
    const billing_route_t *route, const billing_answer_t *answer,
    ngx_uint_t matched, const ngx_str_t *cache);


#endif /* BILLING_HTTP_ANSWERS_INTERNAL_H */
