
/*
 * One answer for all who wait: a text that they share, and that goes with the
 * last of their requests.
 */

#include "http/answers_ask.h"
#include "http/request.h"


static void      answers_share_one(billing_crowd_waiter_t *waiter, void *data);
static ngx_int_t answers_share_send(billing_asker_t *asker);
static void      answers_share_finish(billing_asker_t *asker, ngx_int_t rc);


billing_text_t *
billing_answers_share_text(char *text)
{
    billing_text_t *shared;

    shared = ngx_alloc(sizeof(billing_text_t), ngx_cycle->log);

    if (shared != NULL) {
        shared->text = text;
        shared->users = 1;
    }

    return shared;
}


void
billing_answers_share_text_release(void *data)
{
    billing_text_t *text = data;

    if (--text->users == 0) {
        free(text->text);
        ngx_free(text);
    }
}


/* One block: the body, then the marks. */
ngx_int_t
billing_answers_share_copy(billing_ask_t *ask, const billing_answer_t *answer,
    const ngx_str_t *marks, const ngx_str_t *cache)
{
    size_t     len;
    u_char    *p;
    ngx_uint_t i;

    len = answer->body.len;

    for (i = 0; i < BILLING_SHARED_MARKS; i++) {
        len += marks[i].len;
    }

    p = ngx_alloc(len, ngx_cycle->log);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ask->text = billing_answers_share_text((char *) p);
    if (ask->text == NULL) {
        ngx_free(p);
        return NGX_ERROR;
    }

    ask->answer = *answer;
    ask->cache = *cache;
    ask->answer.body.data = p;
    p = ngx_cpymem(p, answer->body.data, answer->body.len);

    for (i = 0; i < BILLING_SHARED_MARKS; i++) {
        ask->marks[i].data = p;
        ask->marks[i].len = marks[i].len;
        p = ngx_cpymem(p, marks[i].data, marks[i].len);
    }

    return NGX_OK;
}


void
billing_answers_share_end(billing_ask_t *ask)
{
    if (ask->text != NULL) {
        billing_answers_share_text_release(ask->text);
        ask->text = NULL;
    }

    ngx_str_null(&ask->cache);
}


/* One request's end may be that of others. */
void
billing_answers_share(billing_ask_t *ask)
{
    billing_crowd_tell(&ask->crowd, answers_share_one, NULL);
}


static void
answers_share_one(billing_crowd_waiter_t *waiter, void *data)
{
    ngx_connection_t   *c;
    ngx_http_request_t *r;
    billing_asker_t    *asker;

    asker = ngx_queue_data(waiter, billing_asker_t, waiter);

    if (asker->ask->text == NULL) {
        billing_answers_share_run(asker, NULL);
        return;
    }

    r = asker->subject->request;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);
    asker->cleanup->handler = NULL;
    answers_share_finish(asker, answers_share_send(asker));
}


void
billing_answers_share_run(billing_asker_t *asker, ngx_http_cleanup_pt then)
{
    ngx_http_request_t *r;

    r = asker->subject->request;

    ngx_http_set_log_request(r->connection->log, r);
    asker->cleanup->handler = then;
    answers_share_finish(asker, asker->run(asker->subject));
}


/* The asker goes with its request. */
static void
answers_share_finish(billing_asker_t *asker, ngx_int_t rc)
{
    ngx_connection_t   *c;
    ngx_http_request_t *r;

    r = asker->subject->request;
    c = r->connection;

    ngx_http_finalize_request(r, rc);
    ngx_http_run_posted_requests(c);
}


static ngx_int_t
answers_share_send(billing_asker_t *asker)
{
    ngx_int_t           coding;
    ngx_str_t           none_match;
    ngx_pool_cleanup_t *cln;
    ngx_http_request_t *r;
    billing_ask_t      *ask;
    billing_answer_t    copy;
    billing_subject_t  *subject;

    subject = asker->subject;
    r = subject->request;
    ask = asker->ask;

    /* the leader has put its own */

    if (subject->zone_key.len != 0 && ask->cache.len == 0) {
        billing_zone_answer_put(ask->bmcf->zone, &subject->caller.domain,
            &subject->zone_key, &ask->ticket, &ask->answer);
    }

    cln = ngx_pool_cleanup_add(r->pool, 0);
    if (cln == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    cln->handler = billing_answers_share_text_release;
    cln->data = ask->text;
    ask->text->users++;

    copy = ask->answer;
    none_match = billing_headers_own_header(r, "if-none-match");
    coding = billing_answer_named(&none_match, copy.tag, BILLING_IDENTITY);

    if (coding != NGX_DECLINED) {
        copy.coding = coding;
    }

    return billing_answers_output(r, subject->route, &copy,
        coding != NGX_DECLINED, ask->cache.len != 0 ? &ask->cache : NULL);
}
