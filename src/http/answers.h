
/*
 * Whole answers that are kept, for the endpoints that show figures: in the
 * zone, of this nginx, and in Redis, for all nodes.
 */

#ifndef BILLING_HTTP_ANSWERS_H
#define BILLING_HTTP_ANSWERS_H

#include "http/op.h"
#include "http/subject.h"


/* When the configuration is read: what answers depend on of it. */
void billing_answers_key_init(billing_main_conf_t *bmcf);

/*
 * Before an operation is made: answers the request with what is in the zone, or
 * is known in Redis.  NGX_DECLINED: there is nothing, and the request is as it
 * was; NGX_DONE: it waits, and may be run then; else to be returned to nginx.
 */
ngx_int_t billing_answers_zone(const billing_subject_t *subject);
ngx_int_t billing_answers_ask(billing_subject_t *subject, billing_run_pt run);

/*
 * Of an operation, before it reads anything: what must not change until its
 * answer is kept is remembered.  NGX_ERROR: out of memory.
 */
ngx_int_t billing_answers_op_begin(billing_op_t *op);

/* Keeps the operation's answer, if nothing has changed since. */
void billing_answers_op_keep(billing_op_t *op, const billing_answer_t *answer);

/*
 * Redis is away: sends the last answer known, marked as such.  NGX_DECLINED:
 * there is none.
 */
ngx_int_t billing_answers_op_degraded(billing_op_t *op);

/*
 * Sends the operation's answer, or 304; op->cache_status is set.  The body,
 * which is not read from the answer, is taken over.
 */
void billing_answers_op_send(
    billing_op_t *op, billing_answer_t *answer, billing_buf_t *body);


#endif /* BILLING_HTTP_ANSWERS_H */
