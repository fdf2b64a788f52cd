
/*
 * Whole answers that are kept, for the endpoints that show figures: in the
 * zone, of this nginx, and in Redis, for all nodes.
 */

#ifndef NGX_HTTP_BILLING_ANSWERS_H
#define NGX_HTTP_BILLING_ANSWERS_H

#include "http/ngx_http_billing_op.h"
#include "http/ngx_http_billing_subject.h"


/* When the configuration is read: what answers depend on of it. */
void ngx_http_billing_answers_init(ngx_http_billing_main_conf_t *bmcf);

/*
 * Before an operation is made: answers the request with what is in the zone, or
 * is known in Redis.  NGX_DECLINED: there is nothing, and the request is as it
 * was; NGX_DONE: it waits, and may be run then; else to be returned to nginx.
 */
ngx_int_t ngx_http_billing_answers_zone(
    const ngx_http_billing_subject_t *subject);
ngx_int_t ngx_http_billing_answers_ask(
    ngx_http_billing_subject_t *subject, ngx_http_billing_run_pt run);

/*
 * Of an operation, before it reads anything: what must not change until its
 * answer is kept is remembered.  NGX_ERROR: out of memory.
 */
ngx_int_t ngx_http_billing_answers_begin(ngx_http_billing_op_t *op);

/* Keeps the operation's answer, if nothing has changed since. */
void ngx_http_billing_answers_keep(
    ngx_http_billing_op_t *op, const ngx_http_billing_answer_t *answer);

/*
 * Redis is away: sends the last answer known, marked as such.  NGX_DECLINED:
 * there is none.
 */
ngx_int_t ngx_http_billing_answers_degraded(ngx_http_billing_op_t *op);

/*
 * Sends the operation's answer, or 304; op->cache_status is set.  The body,
 * which is not read from the answer, is taken over.
 */
void ngx_http_billing_answers_send(ngx_http_billing_op_t *op,
    ngx_http_billing_answer_t *answer, billing_buf_t *body);


#endif /* NGX_HTTP_BILLING_ANSWERS_H */
