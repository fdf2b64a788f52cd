
/*
 * Whole answers that all nodes share: HASH "<prefix>{domain}:answers".  Every
 * script that changes something in the domain deletes it, so what is there
 * holds, until its own time is over.
 */

#ifndef NGX_HTTP_BILLING_SHARED_H
#define NGX_HTTP_BILLING_SHARED_H

#include "store/ngx_http_billing_answer.h"
#include "store/ngx_http_billing_store.h"


/* Larger ones are not kept. */
#define NGX_HTTP_BILLING_SHARED_MAX (256 * 1024)

/* What must be the same when an answer is put as before it was made. */
#define NGX_HTTP_BILLING_SHARED_MARKS 3


/* Asks for an answer.  NULL when out of memory: then no callback comes. */
ngx_billing_redis_call_t *ngx_http_billing_shared_get(
    ngx_http_billing_store_t *store, const ngx_str_t *domain,
    const ngx_str_t *key, ngx_billing_redis_done_pt done, void *data);

/*
 * The answer that a reply holds; its body points into the reply.
 * NGX_DECLINED: none, or of another key, or one that does not hold any more.
 */
ngx_int_t ngx_http_billing_shared_read(struct redisReply *reply,
    const ngx_str_t *key, ngx_http_billing_answer_t *answer);

/*
 * Asks for the marks of a domain, before anything else of it is read: the
 * reply is an array of NGX_HTTP_BILLING_SHARED_MARKS texts or nils.
 */
ngx_billing_redis_call_t *ngx_http_billing_shared_marks(
    ngx_http_billing_store_t *store, const ngx_str_t *domain,
    ngx_billing_redis_done_pt done, void *data);

/* 1 if they are still these. */
ngx_uint_t ngx_http_billing_shared_same(
    const struct redisReply *reply, const ngx_str_t *marks);

/* Puts an answer, if the marks are still these.  Nobody waits for it. */
void ngx_http_billing_shared_put(ngx_http_billing_store_t *store,
    const ngx_str_t *domain, const ngx_str_t *key, const ngx_str_t *marks,
    const ngx_http_billing_answer_t *answer);


#endif /* NGX_HTTP_BILLING_SHARED_H */
