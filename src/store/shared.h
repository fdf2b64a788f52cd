
/*
 * Whole answers that all nodes share: HASH "<prefix>{domain}:answers".  Every
 * script that changes something in the domain deletes it, so what is there
 * holds, until its own time is over.
 */

#ifndef BILLING_STORE_SHARED_H
#define BILLING_STORE_SHARED_H

#include "store/answer.h"
#include "store/store.h"


/* Larger ones are not kept. */
#define BILLING_SHARED_MAX (256 * 1024)

/* What must be the same when an answer is put as before it was made. */
#define BILLING_SHARED_MARKS 3


/* Asks for an answer.  NULL when out of memory: then no callback comes. */
billing_redis_call_t *billing_shared_get(billing_store_t *store,
    const ngx_str_t *domain, const ngx_str_t *key, billing_redis_done_pt done,
    void *data);

/*
 * The answer that a reply holds; its body points into the reply.
 * NGX_DECLINED: none, or of another key, or one that does not hold any more.
 */
ngx_int_t billing_shared_read(
    struct redisReply *reply, const ngx_str_t *key, billing_answer_t *answer);

/*
 * Asks for the marks of a domain, before anything else of it is read: the
 * reply is an array of BILLING_SHARED_MARKS texts or nils.
 */
billing_redis_call_t *billing_shared_marks(billing_store_t *store,
    const ngx_str_t *domain, billing_redis_done_pt done, void *data);

/* 1 if they are still these. */
ngx_uint_t billing_shared_same(
    const struct redisReply *reply, const ngx_str_t *marks);

/* Puts an answer, if the marks are still these.  Nobody waits for it. */
void billing_shared_put(billing_store_t *store, const ngx_str_t *domain,
    const ngx_str_t *key, const ngx_str_t *marks,
    const billing_answer_t *answer);


#endif /* BILLING_STORE_SHARED_H */
