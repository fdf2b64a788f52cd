
/*
 * Where Redis has nothing for those who ask for the same, one of them leads: it
 * gets its operation, and the others follow, with whoever comes meanwhile: fifty
 * who ask for two years of ten thousand accounts add them up once.  They get its
 * answer if Redis says, after all of them have come, that nothing has changed
 * since the leader began.
 */

#include "http/ngx_http_billing_answers_ask.h"


static ngx_http_billing_ask_t *ngx_http_billing_ask_led(
    ngx_http_billing_op_t *op, ngx_str_t *key);
static ngx_int_t ngx_http_billing_ask_copy(ngx_http_billing_ask_t *ask,
    const ngx_str_t *marks, const ngx_http_billing_answer_t *answer,
    const ngx_str_t *cache);
static void      ngx_http_billing_ask_marked(
         void *data, struct redisReply *reply, const char *error);
static void ngx_http_billing_ask_share(ngx_http_billing_ask_t *ask);
static void ngx_http_billing_ask_leave(ngx_http_billing_ask_t *ask);
static void ngx_http_billing_ask_lost(void *data);
static void ngx_http_billing_ask_over(ngx_http_billing_ask_t *ask);
static void ngx_http_billing_ask_again(ngx_http_billing_ask_t *ask);
static void ngx_http_billing_ask_wait(ngx_http_billing_ask_t *ask);


/* The first one gets its operation; somebody is waiting. */
void
ngx_http_billing_ask_lead(ngx_http_billing_ask_t *ask)
{
    ngx_queue_t              *q;
    ngx_http_billing_asker_t *asker;

    ngx_queue_add(&ask->waiting, &ask->later);
    ngx_queue_init(&ask->later);

    q = ngx_queue_head(&ask->waiting);
    ngx_queue_remove(q);
    asker = ngx_queue_data(q, ngx_http_billing_asker_t, queue);

    ask->leader = asker;
    ask->leaders++;
    ask->answering = 1;
    ngx_http_billing_ask_answer(asker, NULL, NULL, ngx_http_billing_ask_lost);
    ask->answering = 0;

    ngx_queue_add(&ask->waiting, &ask->later);
    ngx_queue_init(&ask->later);

    if (ask->leader == NULL) {
        /* it is over already */
        ngx_http_billing_ask_again(ask);

    } else if (!ngx_queue_empty(&ask->waiting)) {
        ngx_http_billing_ask_wait(ask);
    }
}


void
ngx_http_billing_ask_follow(
    ngx_http_billing_ask_t *ask, ngx_http_billing_asker_t *asker)
{
    ngx_queue_insert_tail(&ask->waiting, &asker->queue);

    if (!ask->timer.timer_set) {
        ngx_http_billing_ask_wait(ask);
    }
}


/* The first one of them has waited for longest. */
static void
ngx_http_billing_ask_wait(ngx_http_billing_ask_t *ask)
{
    ngx_msec_int_t            left;
    ngx_http_billing_asker_t *first;

    first = ngx_queue_data(
        ngx_queue_head(&ask->waiting), ngx_http_billing_asker_t, queue);
    left = (ngx_msec_int_t) (first->arrived + NGX_HTTP_BILLING_ASK_FOLLOW
                             - ngx_current_msec);

    ngx_add_timer(&ask->timer, ngx_max(left, 1));
}


void
ngx_http_billing_answers_led(ngx_http_billing_op_t *op, ngx_str_t *key,
    const ngx_str_t *marks, const ngx_http_billing_answer_t *answer)
{
    ngx_uint_t              shared;
    ngx_http_billing_ask_t *ask;

    ask = ngx_http_billing_ask_led(op, key);

    if (ask == NULL) {
        return;
    }

    shared = marks != NULL && !ask->answering && !ngx_queue_empty(&ask->waiting)
             && ngx_http_billing_ask_copy(ask, marks, answer, &op->cache_status)
                    == NGX_OK;

    ask->leader->cleanup->handler = NULL;

    if (shared) {
        ngx_http_billing_ask_share(ask);
    } else {
        ngx_http_billing_ask_over(ask);
    }
}


/* They get it, if nothing has changed. */
static void
ngx_http_billing_ask_share(ngx_http_billing_ask_t *ask)
{
    ngx_http_billing_ask_leave(ask);

    ask->writes = ngx_billing_redis_writes(ask->bmcf->store.redis);
    ask->call = ngx_http_billing_shared_marks(
        &ask->bmcf->store, &ask->domain, ngx_http_billing_ask_marked, ask);

    if (ask->call == NULL) {
        ngx_http_billing_ask_marked(ask, NULL, NULL);
    }
}


/* Nobody leads, and so nobody follows. */
static void
ngx_http_billing_ask_leave(ngx_http_billing_ask_t *ask)
{
    ask->leader = NULL;

    if (ask->timer.timer_set) {
        ngx_del_timer(&ask->timer);
    }
}


/* The ask that the operation leads; NULL: none. */
static ngx_http_billing_ask_t *
ngx_http_billing_ask_led(ngx_http_billing_op_t *op, ngx_str_t *key)
{
    ngx_http_billing_ask_t *ask;

    ask = (ngx_http_billing_ask_t *) ngx_str_rbtree_lookup(
        &op->bmcf->asks, key, ngx_murmur_hash2(key->data, key->len));

    return ask == NULL || ask->leader == NULL
                   || ask->leader->request != op->request
               ? NULL
               : ask;
}


/* One block: the body, then the marks. */
static ngx_int_t
ngx_http_billing_ask_copy(ngx_http_billing_ask_t *ask, const ngx_str_t *marks,
    const ngx_http_billing_answer_t *answer, const ngx_str_t *cache)
{
    size_t                   len;
    u_char                  *p;
    ngx_uint_t               i;
    ngx_http_billing_text_t *text;

    len = answer->body.len;

    for (i = 0; i < NGX_HTTP_BILLING_SHARED_MARKS; i++) {
        len += marks[i].len;
    }

    text = ngx_alloc(sizeof(ngx_http_billing_text_t), ngx_cycle->log);
    p = ngx_alloc(len, ngx_cycle->log);

    if (text == NULL || p == NULL) {
        ngx_free(text);
        ngx_free(p);
        return NGX_ERROR;
    }

    text->text = (char *) p;
    text->users = 1;
    ask->text = text;
    ask->answer = *answer;
    ask->cache = *cache;
    ask->answer.body.data = p;
    p = ngx_cpymem(p, answer->body.data, answer->body.len);

    for (i = 0; i < NGX_HTTP_BILLING_SHARED_MARKS; i++) {
        ask->marks[i].data = p;
        ask->marks[i].len = marks[i].len;
        p = ngx_cpymem(p, marks[i].data, marks[i].len);
    }

    return NGX_OK;
}


/* Where something has changed, it is asked for once more. */
static void
ngx_http_billing_ask_marked(
    void *data, struct redisReply *reply, const char *error)
{
    ngx_http_billing_ask_t *ask = data;

    ngx_http_billing_text_t *text;

    ask->call = NULL;
    text = ask->text;

    if (ngx_http_billing_shared_same(reply, ask->marks)) {
        ngx_http_billing_ask_answers(ask, &ask->answer, text);
    }

    ask->text = NULL;
    ngx_http_billing_text_release(text);

    ngx_queue_add(&ask->waiting, &ask->later);
    ngx_queue_init(&ask->later);

    ngx_http_billing_ask_again(ask);
}


/* Its request has ended, without an answer that others may have. */
static void
ngx_http_billing_ask_lost(void *data)
{
    ngx_http_billing_asker_t *asker = data;

    ngx_http_billing_ask_over(asker->ask);
}


static void
ngx_http_billing_ask_over(ngx_http_billing_ask_t *ask)
{
    ngx_http_billing_ask_leave(ask);

    if (!ask->answering) {
        ngx_http_billing_ask_again(ask);
    }
}


/* Those who have followed: what is not there now, each makes for itself. */
static void
ngx_http_billing_ask_again(ngx_http_billing_ask_t *ask)
{
    if (ngx_queue_empty(&ask->waiting)) {
        ngx_http_billing_ask_free(ask);

    } else if (ngx_http_billing_ask_start(ask) != NGX_OK) {
        ngx_http_billing_ask_done(ask, NULL, NULL);
    }
}


/* It takes long: what all of them wait for, they wait for themselves. */
void
ngx_http_billing_ask_late(ngx_event_t *ev)
{
    ngx_http_billing_ask_t *ask;

    ask = (ngx_http_billing_ask_t *) ((u_char *) ev->data
                                      - offsetof(
                                          ngx_http_billing_ask_t, ident));

    ask->leader->cleanup->handler = NULL;
    ngx_http_billing_ask_leave(ask);
    ask->leaders = NGX_HTTP_BILLING_ASK_LEADERS;

    ngx_http_billing_ask_done(ask, NULL, NULL);
}
