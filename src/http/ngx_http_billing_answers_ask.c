
/*
 * Answers from Redis: one HGET at a time for all requests of a worker that
 * ask for the same.  One that comes after the command has left may have seen
 * a change that the reply does not know: it waits for the next command, which
 * leaves with the reply.  So a crowd asks no more often than Redis answers.
 *
 * A request that waits is of the short way still, without an operation; it
 * holds one reference to itself.  Where Redis has nothing, one of them leads
 * (_lead.c).
 */

#include "http/ngx_http_billing_answers_ask.h"


static ngx_http_billing_ask_t *ngx_http_billing_ask_find(
    ngx_http_billing_main_conf_t *bmcf, const ngx_str_t *domain,
    ngx_str_t *key);
static ngx_http_billing_ask_t *ngx_http_billing_ask_create(
    ngx_http_billing_main_conf_t *bmcf, const ngx_str_t *domain,
    const ngx_str_t *key);
static void      ngx_http_billing_ask_gone(void *data);
static ngx_int_t ngx_http_billing_ask_send(ngx_http_billing_asker_t *asker,
    const ngx_http_billing_answer_t *answer, ngx_http_billing_text_t *text);


ngx_int_t
ngx_http_billing_answers_ask(ngx_http_request_t *r,
    const ngx_http_billing_subject_t *subject, const ngx_str_t *zone_key)
{
    ngx_str_t                     key;
    ngx_http_billing_ask_t       *ask;
    ngx_http_billing_asker_t     *asker;
    ngx_http_billing_main_conf_t *bmcf;

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_billing_module);

    if (ngx_http_billing_answers_shared_key(r->pool, bmcf, subject, &key)
        != NGX_OK) {
        return NGX_DECLINED;
    }

    asker = ngx_pcalloc(r->pool, sizeof(ngx_http_billing_asker_t));
    if (asker == NULL) {
        return NGX_DECLINED;
    }

    asker->cleanup = ngx_http_cleanup_add(r, 0);
    if (asker->cleanup == NULL) {
        return NGX_DECLINED;
    }

    ask = ngx_http_billing_ask_find(bmcf, &subject->caller->domain, &key);
    if (ask == NULL) {
        return NGX_DECLINED;
    }

    asker->ask = ask;
    asker->request = r;
    asker->route = subject->route;
    asker->domain = subject->caller->domain;
    asker->zone_key = *zone_key;
    asker->arrived = ngx_current_msec;
    asker->cleanup->handler = ngx_http_billing_ask_gone;
    asker->cleanup->data = asker;

    if (ask->leader != NULL && !ask->answering) {
        ngx_http_billing_ask_follow(ask, asker);

    } else if (ask->answering
               || ask->writes != ngx_billing_redis_writes(bmcf->store.redis))
    {
        ngx_queue_insert_tail(&ask->later, &asker->queue);

    } else {
        ngx_queue_insert_tail(&ask->waiting, &asker->queue);
    }

    r->main->count++;

    if (ngx_http_discard_request_body(r) != NGX_OK
        || ngx_http_billing_watch_client(r) != NGX_OK)
    {
        r->keepalive = 0;
    }

    return NGX_DONE;
}


static ngx_http_billing_ask_t *
ngx_http_billing_ask_find(
    ngx_http_billing_main_conf_t *bmcf, const ngx_str_t *domain, ngx_str_t *key)
{
    ngx_http_billing_ask_t *ask;

    ask = (ngx_http_billing_ask_t *) ngx_str_rbtree_lookup(
        &bmcf->asks, key, ngx_murmur_hash2(key->data, key->len));

    if (ask != NULL) {
        return ask;
    }

    ask = ngx_http_billing_ask_create(bmcf, domain, key);
    if (ask == NULL) {
        return NULL;
    }

    if (ngx_http_billing_ask_start(ask) != NGX_OK) {
        ngx_http_billing_ask_free(ask);
        return NULL;
    }

    return ask;
}


static ngx_http_billing_ask_t *
ngx_http_billing_ask_create(ngx_http_billing_main_conf_t *bmcf,
    const ngx_str_t *domain, const ngx_str_t *key)
{
    u_char                 *p;
    ngx_http_billing_ask_t *ask;

    ask = ngx_alloc(sizeof(ngx_http_billing_ask_t) + key->len + domain->len,
        ngx_cycle->log);
    if (ask == NULL) {
        return NULL;
    }

    ngx_memzero(ask, sizeof(ngx_http_billing_ask_t));
    ask->bmcf = bmcf;
    ask->ident = (ngx_fd_t) -1;
    ask->timer.handler = ngx_http_billing_ask_late;
    ask->timer.data = &ask->ident;
    ask->timer.log = ngx_cycle->log;
    ngx_queue_init(&ask->waiting);
    ngx_queue_init(&ask->later);

    p = (u_char *) (ask + 1);
    ask->node.str.data = p;
    ask->node.str.len = key->len;
    p = ngx_cpymem(p, key->data, key->len);
    ask->domain.data = p;
    ask->domain.len = domain->len;
    ngx_memcpy(p, domain->data, domain->len);

    ask->node.node.key = ngx_murmur_hash2(key->data, key->len);
    ngx_rbtree_insert(&bmcf->asks, &ask->node.node);

    return ask;
}


ngx_int_t
ngx_http_billing_ask_start(ngx_http_billing_ask_t *ask)
{
    ngx_http_billing_main_conf_t *bmcf;

    bmcf = ask->bmcf;

    if (bmcf->zone != NULL) {
        ngx_http_billing_zone_ticket(bmcf->zone, &ask->domain, &ask->ticket);
    }

    ask->writes = ngx_billing_redis_writes(bmcf->store.redis);
    ask->call = ngx_http_billing_shared_get(&bmcf->store, &ask->domain,
        &ask->node.str, ngx_http_billing_ask_done, ask);

    return ask->call == NULL ? NGX_ERROR : NGX_OK;
}


void
ngx_http_billing_ask_free(ngx_http_billing_ask_t *ask)
{
    ngx_rbtree_delete(&ask->bmcf->asks, &ask->node.node);

    if (ask->call != NULL) {
        ngx_billing_redis_cancel(ask->call);
    }

    if (ask->timer.timer_set) {
        ngx_del_timer(&ask->timer);
    }

    if (ask->text != NULL) {
        ngx_http_billing_text_release(ask->text);
    }

    ngx_free(ask);
}


/* The client has gone. */
static void
ngx_http_billing_ask_gone(void *data)
{
    ngx_http_billing_asker_t *asker = data;

    ngx_http_billing_ask_t *ask;

    ask = asker->ask;
    ngx_queue_remove(&asker->queue);

    if (ngx_queue_empty(&ask->waiting) && ngx_queue_empty(&ask->later)
        && !ask->answering && ask->leader == NULL)
    {
        ngx_http_billing_ask_free(ask);
    }
}


void
ngx_http_billing_ask_done(
    void *data, struct redisReply *reply, const char *error)
{
    ngx_http_billing_ask_t *ask = data;

    ngx_int_t                 rc;
    ngx_http_billing_text_t  *text;
    ngx_http_billing_answer_t answer;

    ask->call = NULL;

    text = NULL;
    rc = ngx_http_billing_shared_read(reply, &ask->node.str, &answer);

    if (rc == NGX_OK) {
        text = ngx_alloc(sizeof(ngx_http_billing_text_t), ngx_cycle->log);
    }

    if (text != NULL) {
        /* freeReplyObject() leaves what is not there */
        text->text = reply->str;
        text->users = 1;
        reply->str = NULL;
    }

    if (text == NULL && reply != NULL
        && ask->leaders < NGX_HTTP_BILLING_ASK_LEADERS)
    {
        ngx_http_billing_ask_lead(ask);
        return;
    }

    ngx_http_billing_ask_answers(ask, &answer, text);

    if (text != NULL) {
        ngx_http_billing_text_release(text);
    }

    while (!ngx_queue_empty(&ask->later)) {
        ngx_queue_add(&ask->waiting, &ask->later);
        ngx_queue_init(&ask->later);

        if (ngx_http_billing_ask_start(ask) == NGX_OK) {
            return;
        }

        ngx_http_billing_ask_answers(ask, NULL, NULL);
    }

    ngx_http_billing_ask_free(ask);
}


/* To all who wait; meanwhile one request's end may be that of others. */
void
ngx_http_billing_ask_answers(ngx_http_billing_ask_t *ask,
    const ngx_http_billing_answer_t *answer, ngx_http_billing_text_t *text)
{
    ngx_queue_t *q;

    ask->answering = 1;

    while (!ngx_queue_empty(&ask->waiting)) {
        q = ngx_queue_head(&ask->waiting);
        ngx_queue_remove(q);
        ngx_http_billing_ask_answer(
            ngx_queue_data(q, ngx_http_billing_asker_t, queue), answer, text,
            NULL);
    }

    ask->answering = 0;
}


void
ngx_http_billing_ask_answer(ngx_http_billing_asker_t *asker,
    const ngx_http_billing_answer_t *answer, ngx_http_billing_text_t *text,
    ngx_http_cleanup_pt then)
{
    ngx_int_t           rc;
    ngx_connection_t   *c;
    ngx_http_request_t *r;

    r = asker->request;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    asker->cleanup->handler = then;

    if (text != NULL) {
        rc = ngx_http_billing_ask_send(asker, answer, text);
    } else {
        rc = ngx_http_billing_run(r, asker->arrived);
    }

    ngx_http_finalize_request(r, rc);
    ngx_http_run_posted_requests(c);
}


static ngx_int_t
ngx_http_billing_ask_send(ngx_http_billing_asker_t *asker,
    const ngx_http_billing_answer_t *answer, ngx_http_billing_text_t *text)
{
    ngx_int_t                 coding;
    ngx_str_t                 none_match;
    ngx_pool_cleanup_t       *cln;
    ngx_http_request_t       *r;
    ngx_http_billing_ask_t   *ask;
    ngx_http_billing_answer_t copy;

    r = asker->request;
    ask = asker->ask;

    /* the leader has put its own */

    if (asker->zone_key.len != 0 && ask->text == NULL) {
        ngx_http_billing_zone_put(ask->bmcf->zone, &asker->domain,
            &asker->zone_key, &ask->ticket, answer);
    }

    cln = ngx_pool_cleanup_add(r->pool, 0);
    if (cln == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    cln->handler = ngx_http_billing_text_release;
    cln->data = text;
    text->users++;

    copy = *answer;
    none_match = ngx_http_billing_own_header(r, "if-none-match");
    coding = ngx_http_billing_answer_listed(
        &none_match, answer->tag, NGX_HTTP_BILLING_IDENTITY);

    if (coding != NGX_DECLINED) {
        copy.coding = coding;
    }

    return ngx_http_billing_answers_output(r, asker->route, &copy,
        coding != NGX_DECLINED, ask->text != NULL ? &ask->cache : NULL);
}


void
ngx_http_billing_text_release(void *data)
{
    ngx_http_billing_text_t *text = data;

    if (--text->users == 0) {
        free(text->text);
        ngx_free(text);
    }
}
