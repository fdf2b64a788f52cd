
/*
 * Answers from Redis: one HGET at a time for all requests of a worker that
 * ask for the same.  One that comes after the command has left may have seen
 * a change that the reply does not know: it waits for the next command, which
 * leaves with the reply.  So a crowd asks no more often than Redis answers.
 *
 * Where Redis has nothing for them, one of them leads: it gets its operation,
 * and the others follow, with whoever comes meanwhile: fifty who ask for two
 * years of ten thousand accounts add them up once.  They get its answer if
 * Redis says, after all of them have come, that nothing has changed since the
 * leader began.
 *
 * A request that waits is of the short way still, without an operation; it
 * holds one reference to itself.
 */

#include "http/answers_ask.h"
#include "http/op.h"

#include <hiredis/hiredis.h>


/*
 * What a cold answer adds up was written meanwhile, so that it is not the same
 * any more when it is made: then another one leads.
 */
#define BILLING_ASK_LEADERS 2
#define BILLING_ASK_FOLLOW  20000 /* ms; a lookup has 27 s */


static billing_ask_t *answers_ask_find(const billing_subject_t *subject);
static billing_ask_t *answers_ask_create(const billing_subject_t *subject);
static ngx_int_t      answers_ask_start(billing_ask_t *ask);
static void           answers_ask_free(billing_ask_t *ask);
static void answers_ask_join(billing_ask_t *ask, billing_asker_t *asker);
static void answers_ask_gone(void *data);
static void answers_ask_done(
    void *data, struct redisReply *reply, const char *error);
static void answers_ask_read(billing_ask_t *ask, struct redisReply *reply);
static void answers_ask_serve(billing_ask_t *ask);
static void answers_ask_lead(billing_ask_t *ask);
static void answers_ask_wait(billing_ask_t *ask);
static void answers_ask_late(ngx_event_t *ev);
static billing_ask_t *answers_ask_led(billing_op_t *op);
static void           answers_ask_check(billing_ask_t *ask);
static void           answers_ask_marked(
              void *data, struct redisReply *reply, const char *error);
static void answers_ask_lost(void *data);
static void answers_ask_over(billing_ask_t *ask);
static void answers_ask_leave(billing_ask_t *ask);
static void answers_ask_again(billing_ask_t *ask);


ngx_int_t
billing_answers_ask(billing_subject_t *subject, billing_run_pt run)
{
    ngx_http_request_t *r;
    billing_asker_t    *asker;

    r = subject->request;

    if (subject->shared_key.len == 0) {
        return NGX_DECLINED;
    }

    asker = ngx_pcalloc(r->pool, sizeof(billing_asker_t));
    if (asker == NULL) {
        return NGX_DECLINED;
    }

    asker->cleanup = ngx_http_cleanup_add(r, 0);
    if (asker->cleanup == NULL) {
        return NGX_DECLINED;
    }

    asker->subject = subject;
    asker->run = run;
    asker->ask = answers_ask_find(subject);
    if (asker->ask == NULL) {
        return NGX_DECLINED;
    }

    asker->cleanup->handler = answers_ask_gone;
    asker->cleanup->data = asker;
    answers_ask_join(asker->ask, asker);

    r->main->count++;

    if (ngx_http_discard_request_body(r) != NGX_OK
        || billing_op_watch_client(r) != NGX_OK)
    {
        r->keepalive = 0;
    }

    return NGX_DONE;
}


static billing_ask_t *
answers_ask_find(const billing_subject_t *subject)
{
    billing_ask_t *ask;

    ask = (billing_ask_t *) billing_crowd_find(
        &subject->bmcf->asks, &subject->shared_key);

    if (ask != NULL) {
        return ask;
    }

    ask = answers_ask_create(subject);
    if (ask == NULL) {
        return NULL;
    }

    if (answers_ask_start(ask) != NGX_OK) {
        answers_ask_free(ask);
        return NULL;
    }

    return ask;
}


static billing_ask_t *
answers_ask_create(const billing_subject_t *subject)
{
    u_char          *p;
    ngx_str_t        key;
    const ngx_str_t *domain;
    billing_ask_t   *ask;

    key = subject->shared_key;
    domain = &subject->caller.domain;

    ask = ngx_alloc(
        sizeof(billing_ask_t) + key.len + domain->len, ngx_cycle->log);
    if (ask == NULL) {
        return NULL;
    }

    ngx_memzero(ask, sizeof(billing_ask_t));
    ask->bmcf = subject->bmcf;
    ask->ident = (ngx_fd_t) -1;
    ask->timer.handler = answers_ask_late;
    ask->timer.data = &ask->ident;
    ask->timer.log = ngx_cycle->log;

    p = (u_char *) (ask + 1);
    ask->domain.data = ngx_cpymem(p, key.data, key.len);
    ask->domain.len = domain->len;
    ngx_memcpy(ask->domain.data, domain->data, domain->len);

    key.data = p;
    billing_crowd_add(&ask->bmcf->asks, &ask->crowd, &key);

    return ask;
}


/* Sends the HGET; NGX_ERROR: it has not left. */
static ngx_int_t
answers_ask_start(billing_ask_t *ask)
{
    billing_main_conf_t *bmcf;

    bmcf = ask->bmcf;

    if (bmcf->zone != NULL) {
        billing_zone_ticket(bmcf->zone, &ask->domain, &ask->ticket);
    }

    ask->writes = billing_redis_client_writes(bmcf->store.redis);
    ask->call = billing_shared_get(&bmcf->store, &ask->domain,
        &ask->crowd.node.str, answers_ask_done, ask);

    return ask->call == NULL ? NGX_ERROR : NGX_OK;
}


/* Nobody waits any more. */
static void
answers_ask_free(billing_ask_t *ask)
{
    billing_crowd_remove(&ask->crowd);

    if (ask->call != NULL) {
        billing_redis_call_cancel(ask->call);
    }

    if (ask->timer.timer_set) {
        ngx_del_timer(&ask->timer);
    }

    billing_answers_share_end(ask);
    ngx_free(ask);
}


static void
answers_ask_join(billing_ask_t *ask, billing_asker_t *asker)
{
    ngx_uint_t wrote;

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, asker->subject->request->connection->log,
        0, "billing: waits for %s",
        ask->leader != NULL ? "another request's answer" : "Redis");

    if (ask->leader != NULL && !ask->crowd.telling) {
        billing_crowd_join(&ask->crowd, &asker->waiter, 0);

        if (!ask->timer.timer_set) {
            answers_ask_wait(ask);
        }

        return;
    }

    wrote = ask->writes != billing_redis_client_writes(ask->bmcf->store.redis);
    billing_crowd_join(&ask->crowd, &asker->waiter, wrote);
}


/* The client has gone. */
static void
answers_ask_gone(void *data)
{
    billing_asker_t *asker = data;

    billing_ask_t *ask;

    ask = asker->ask;
    billing_crowd_leave(&asker->waiter);

    if (billing_crowd_empty(&ask->crowd) && ask->leader == NULL) {
        answers_ask_free(ask);
    }
}


static void
answers_ask_done(void *data, struct redisReply *reply, const char *error)
{
    billing_ask_t *ask = data;

    ask->call = NULL;
    answers_ask_read(ask, reply);

    if (ask->text == NULL && reply != NULL
        && ask->leaders < BILLING_ASK_LEADERS) {
        answers_ask_lead(ask);
        return;
    }

    answers_ask_serve(ask);
}


/* The text becomes ours; freeReplyObject() leaves what is not there. */
static void
answers_ask_read(billing_ask_t *ask, struct redisReply *reply)
{
    if (billing_shared_read(reply, &ask->crowd.node.str, &ask->answer)
        != NGX_OK) {
        return;
    }

    ask->text = billing_answers_share_text(reply->str);

    if (ask->text != NULL) {
        reply->str = NULL;
    }
}


/* What there is, to all who wait; those who come meanwhile ask once more. */
static void
answers_ask_serve(billing_ask_t *ask)
{
    do {
        billing_answers_share(ask);
        billing_answers_share_end(ask);

        if (billing_crowd_empty(&ask->crowd)) {
            answers_ask_free(ask);
            return;
        }

        billing_crowd_turn(&ask->crowd);

    } while (answers_ask_start(ask) != NGX_OK);
}


/* The first one gets its operation; somebody is waiting. */
static void
answers_ask_lead(billing_ask_t *ask)
{
    billing_crowd_waiter_t *first;

    billing_crowd_turn(&ask->crowd);

    first = billing_crowd_first(&ask->crowd);
    billing_crowd_leave(first);

    ask->leader = ngx_queue_data(first, billing_asker_t, waiter);
    ask->leaders++;
    ask->crowd.telling = 1;
    billing_answers_share_run(ask->leader, answers_ask_lost);
    ask->crowd.telling = 0;

    billing_crowd_turn(&ask->crowd);

    if (ask->leader == NULL) {
        /* it is over already */
        answers_ask_again(ask);

    } else if (billing_crowd_first(&ask->crowd) != NULL) {
        answers_ask_wait(ask);
    }
}


/* The first one of them has waited for longest. */
static void
answers_ask_wait(billing_ask_t *ask)
{
    ngx_msec_int_t   left;
    billing_asker_t *first;

    first = ngx_queue_data(
        billing_crowd_first(&ask->crowd), billing_asker_t, waiter);
    left = (ngx_msec_int_t) (first->subject->arrived + BILLING_ASK_FOLLOW
                             - ngx_current_msec);

    ngx_add_timer(&ask->timer, ngx_max(left, 1));
}


/* It takes long: what all of them wait for, they wait for themselves. */
static void
answers_ask_late(ngx_event_t *ev)
{
    billing_ask_t *ask;

    ask = (billing_ask_t *) ((u_char *) ev->data
                             - offsetof(billing_ask_t, ident));

    ask->leader->cleanup->handler = NULL;
    answers_ask_leave(ask);
    ask->leaders = BILLING_ASK_LEADERS;

    answers_ask_serve(ask);
}


void
billing_answers_ask_led(
    billing_op_t *op, const ngx_str_t *marks, const billing_answer_t *answer)
{
    ngx_uint_t     shared;
    billing_ask_t *ask;

    ask = answers_ask_led(op);

    if (ask == NULL) {
        return;
    }

    shared = marks != NULL && !ask->crowd.telling
             && billing_crowd_first(&ask->crowd) != NULL
             && billing_answers_share_copy(
                    ask, answer, marks, &op->cache_status)
                    == NGX_OK;

    ask->leader->cleanup->handler = NULL;

    if (shared) {
        answers_ask_check(ask);
    } else {
        answers_ask_over(ask);
    }
}


/* The ask that the operation leads; NULL: none. */
static billing_ask_t *
answers_ask_led(billing_op_t *op)
{
    billing_ask_t *ask;

    ask = (billing_ask_t *) billing_crowd_find(
        &op->bmcf->asks, &op->shared_key);

    return ask == NULL || ask->leader == NULL
                   || ask->leader->subject->request != op->request
               ? NULL
               : ask;
}


/* They get the leader's answer, if nothing has changed. */
static void
answers_ask_check(billing_ask_t *ask)
{
    answers_ask_leave(ask);

    ask->writes = billing_redis_client_writes(ask->bmcf->store.redis);
    ask->call = billing_shared_marks(
        &ask->bmcf->store, &ask->domain, answers_ask_marked, ask);

    if (ask->call == NULL) {
        answers_ask_marked(ask, NULL, NULL);
    }
}


/* Where something has changed, it is asked for once more. */
static void
answers_ask_marked(void *data, struct redisReply *reply, const char *error)
{
    billing_ask_t *ask = data;

    ask->call = NULL;

    if (billing_shared_same(reply, ask->marks)) {
        billing_answers_share(ask);
    }

    billing_answers_share_end(ask);
    billing_crowd_turn(&ask->crowd);
    answers_ask_again(ask);
}


/* Its request has ended, without an answer that others may have. */
static void
answers_ask_lost(void *data)
{
    billing_asker_t *asker = data;

    answers_ask_over(asker->ask);
}


static void
answers_ask_over(billing_ask_t *ask)
{
    answers_ask_leave(ask);

    if (!ask->crowd.telling) {
        answers_ask_again(ask);
    }
}


/* Nobody leads, and so nobody follows. */
static void
answers_ask_leave(billing_ask_t *ask)
{
    ask->leader = NULL;

    if (ask->timer.timer_set) {
        ngx_del_timer(&ask->timer);
    }
}


/* Those who have followed: what is not there now, each makes for itself. */
static void
answers_ask_again(billing_ask_t *ask)
{
    if (billing_crowd_empty(&ask->crowd)) {
        answers_ask_free(ask);

    } else if (answers_ask_start(ask) != NGX_OK) {
        answers_ask_serve(ask);
    }
}
