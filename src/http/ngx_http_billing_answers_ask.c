
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

#include "http/ngx_http_billing_answers_ask.h"
#include "http/ngx_http_billing_op.h"

#include <hiredis/hiredis.h>


/*
 * What a cold answer adds up was written meanwhile, so that it is not the same
 * any more when it is made: then another one leads.
 */
#define NGX_HTTP_BILLING_ASK_LEADERS 2
#define NGX_HTTP_BILLING_ASK_FOLLOW  20000 /* ms; a lookup has 27 s */


static ngx_http_billing_ask_t *ngx_http_billing_ask_find(
    const ngx_http_billing_subject_t *subject);
static ngx_http_billing_ask_t *ngx_http_billing_ask_create(
    const ngx_http_billing_subject_t *subject);
static ngx_int_t ngx_http_billing_ask_start(ngx_http_billing_ask_t *ask);
static void      ngx_http_billing_ask_free(ngx_http_billing_ask_t *ask);
static void      ngx_http_billing_ask_join(
         ngx_http_billing_ask_t *ask, ngx_http_billing_asker_t *asker);
static void ngx_http_billing_ask_gone(void *data);
static void ngx_http_billing_ask_done(
    void *data, struct redisReply *reply, const char *error);
static void ngx_http_billing_ask_read(
    ngx_http_billing_ask_t *ask, struct redisReply *reply);
static void ngx_http_billing_ask_serve(ngx_http_billing_ask_t *ask);
static void ngx_http_billing_ask_lead(ngx_http_billing_ask_t *ask);
static void ngx_http_billing_ask_wait(ngx_http_billing_ask_t *ask);
static void ngx_http_billing_ask_late(ngx_event_t *ev);
static ngx_http_billing_ask_t *ngx_http_billing_ask_led(
    ngx_http_billing_op_t *op);
static void ngx_http_billing_ask_check(ngx_http_billing_ask_t *ask);
static void ngx_http_billing_ask_marked(
    void *data, struct redisReply *reply, const char *error);
static void ngx_http_billing_ask_lost(void *data);
static void ngx_http_billing_ask_over(ngx_http_billing_ask_t *ask);
static void ngx_http_billing_ask_leave(ngx_http_billing_ask_t *ask);
static void ngx_http_billing_ask_again(ngx_http_billing_ask_t *ask);


ngx_int_t
ngx_http_billing_answers_ask(
    ngx_http_billing_subject_t *subject, ngx_http_billing_run_pt run)
{
    ngx_http_request_t       *r;
    ngx_http_billing_asker_t *asker;

    r = subject->request;

    if (subject->shared_key.len == 0) {
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

    asker->subject = subject;
    asker->run = run;
    asker->ask = ngx_http_billing_ask_find(subject);
    if (asker->ask == NULL) {
        return NGX_DECLINED;
    }

    asker->cleanup->handler = ngx_http_billing_ask_gone;
    asker->cleanup->data = asker;
    ngx_http_billing_ask_join(asker->ask, asker);

    r->main->count++;

    if (ngx_http_discard_request_body(r) != NGX_OK
        || ngx_http_billing_watch_client(r) != NGX_OK)
    {
        r->keepalive = 0;
    }

    return NGX_DONE;
}


static ngx_http_billing_ask_t *
ngx_http_billing_ask_find(const ngx_http_billing_subject_t *subject)
{
    ngx_http_billing_ask_t *ask;

    ask = (ngx_http_billing_ask_t *) ngx_billing_flight_find(
        &subject->bmcf->asks, &subject->shared_key);

    if (ask != NULL) {
        return ask;
    }

    ask = ngx_http_billing_ask_create(subject);
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
ngx_http_billing_ask_create(const ngx_http_billing_subject_t *subject)
{
    u_char                 *p;
    ngx_str_t               key;
    const ngx_str_t        *domain;
    ngx_http_billing_ask_t *ask;

    key = subject->shared_key;
    domain = &subject->caller.domain;

    ask = ngx_alloc(
        sizeof(ngx_http_billing_ask_t) + key.len + domain->len, ngx_cycle->log);
    if (ask == NULL) {
        return NULL;
    }

    ngx_memzero(ask, sizeof(ngx_http_billing_ask_t));
    ask->bmcf = subject->bmcf;
    ask->ident = (ngx_fd_t) -1;
    ask->timer.handler = ngx_http_billing_ask_late;
    ask->timer.data = &ask->ident;
    ask->timer.log = ngx_cycle->log;

    p = (u_char *) (ask + 1);
    ask->domain.data = ngx_cpymem(p, key.data, key.len);
    ask->domain.len = domain->len;
    ngx_memcpy(ask->domain.data, domain->data, domain->len);

    key.data = p;
    ngx_billing_flight_add(&ask->bmcf->asks, &ask->flight, &key);

    return ask;
}


/* Sends the HGET; NGX_ERROR: it has not left. */
static ngx_int_t
ngx_http_billing_ask_start(ngx_http_billing_ask_t *ask)
{
    ngx_http_billing_main_conf_t *bmcf;

    bmcf = ask->bmcf;

    if (bmcf->zone != NULL) {
        ngx_http_billing_zone_ticket(bmcf->zone, &ask->domain, &ask->ticket);
    }

    ask->writes = ngx_billing_redis_writes(bmcf->store.redis);
    ask->call = ngx_http_billing_shared_get(&bmcf->store, &ask->domain,
        &ask->flight.node.str, ngx_http_billing_ask_done, ask);

    return ask->call == NULL ? NGX_ERROR : NGX_OK;
}


/* Nobody waits any more. */
static void
ngx_http_billing_ask_free(ngx_http_billing_ask_t *ask)
{
    ngx_billing_flight_remove(&ask->flight);

    if (ask->call != NULL) {
        ngx_billing_redis_cancel(ask->call);
    }

    if (ask->timer.timer_set) {
        ngx_del_timer(&ask->timer);
    }

    ngx_http_billing_share_end(ask);
    ngx_free(ask);
}


static void
ngx_http_billing_ask_join(
    ngx_http_billing_ask_t *ask, ngx_http_billing_asker_t *asker)
{
    ngx_uint_t wrote;

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, asker->subject->request->connection->log,
        0, "billing: waits for %s",
        ask->leader != NULL ? "another request's answer" : "Redis");

    if (ask->leader != NULL && !ask->flight.telling) {
        ngx_billing_flight_join(&ask->flight, &asker->waiter, 0);

        if (!ask->timer.timer_set) {
            ngx_http_billing_ask_wait(ask);
        }

        return;
    }

    wrote = ask->writes != ngx_billing_redis_writes(ask->bmcf->store.redis);
    ngx_billing_flight_join(&ask->flight, &asker->waiter, wrote);
}


/* The client has gone. */
static void
ngx_http_billing_ask_gone(void *data)
{
    ngx_http_billing_asker_t *asker = data;

    ngx_http_billing_ask_t *ask;

    ask = asker->ask;
    ngx_billing_flight_leave(&asker->waiter);

    if (ngx_billing_flight_empty(&ask->flight) && ask->leader == NULL) {
        ngx_http_billing_ask_free(ask);
    }
}


static void
ngx_http_billing_ask_done(
    void *data, struct redisReply *reply, const char *error)
{
    ngx_http_billing_ask_t *ask = data;

    ask->call = NULL;
    ngx_http_billing_ask_read(ask, reply);

    if (ask->text == NULL && reply != NULL
        && ask->leaders < NGX_HTTP_BILLING_ASK_LEADERS)
    {
        ngx_http_billing_ask_lead(ask);
        return;
    }

    ngx_http_billing_ask_serve(ask);
}


/* The text becomes ours; freeReplyObject() leaves what is not there. */
static void
ngx_http_billing_ask_read(ngx_http_billing_ask_t *ask, struct redisReply *reply)
{
    if (ngx_http_billing_shared_read(reply, &ask->flight.node.str, &ask->answer)
        != NGX_OK)
    {
        return;
    }

    ask->text = ngx_http_billing_text(reply->str);

    if (ask->text != NULL) {
        reply->str = NULL;
    }
}


/* What there is, to all who wait; those who come meanwhile ask once more. */
static void
ngx_http_billing_ask_serve(ngx_http_billing_ask_t *ask)
{
    do {
        ngx_http_billing_share(ask);
        ngx_http_billing_share_end(ask);

        if (ngx_billing_flight_empty(&ask->flight)) {
            ngx_http_billing_ask_free(ask);
            return;
        }

        ngx_billing_flight_turn(&ask->flight);

    } while (ngx_http_billing_ask_start(ask) != NGX_OK);
}


/* The first one gets its operation; somebody is waiting. */
static void
ngx_http_billing_ask_lead(ngx_http_billing_ask_t *ask)
{
    ngx_billing_waiter_t *first;

    ngx_billing_flight_turn(&ask->flight);

    first = ngx_billing_flight_first(&ask->flight);
    ngx_billing_flight_leave(first);

    ask->leader = ngx_queue_data(first, ngx_http_billing_asker_t, waiter);
    ask->leaders++;
    ask->flight.telling = 1;
    ngx_http_billing_share_run(ask->leader, ngx_http_billing_ask_lost);
    ask->flight.telling = 0;

    ngx_billing_flight_turn(&ask->flight);

    if (ask->leader == NULL) {
        /* it is over already */
        ngx_http_billing_ask_again(ask);

    } else if (ngx_billing_flight_first(&ask->flight) != NULL) {
        ngx_http_billing_ask_wait(ask);
    }
}


/* The first one of them has waited for longest. */
static void
ngx_http_billing_ask_wait(ngx_http_billing_ask_t *ask)
{
    ngx_msec_int_t            left;
    ngx_http_billing_asker_t *first;

    first = ngx_queue_data(ngx_billing_flight_first(&ask->flight),
        ngx_http_billing_asker_t, waiter);
    left = (ngx_msec_int_t) (first->subject->arrived
                             + NGX_HTTP_BILLING_ASK_FOLLOW - ngx_current_msec);

    ngx_add_timer(&ask->timer, ngx_max(left, 1));
}


/* It takes long: what all of them wait for, they wait for themselves. */
static void
ngx_http_billing_ask_late(ngx_event_t *ev)
{
    ngx_http_billing_ask_t *ask;

    ask = (ngx_http_billing_ask_t *) ((u_char *) ev->data
                                      - offsetof(
                                          ngx_http_billing_ask_t, ident));

    ask->leader->cleanup->handler = NULL;
    ngx_http_billing_ask_leave(ask);
    ask->leaders = NGX_HTTP_BILLING_ASK_LEADERS;

    ngx_http_billing_ask_serve(ask);
}


void
ngx_http_billing_answers_led(ngx_http_billing_op_t *op, const ngx_str_t *marks,
    const ngx_http_billing_answer_t *answer)
{
    ngx_uint_t              shared;
    ngx_http_billing_ask_t *ask;

    ask = ngx_http_billing_ask_led(op);

    if (ask == NULL) {
        return;
    }

    shared = marks != NULL && !ask->flight.telling
             && ngx_billing_flight_first(&ask->flight) != NULL
             && ngx_http_billing_share_copy(
                    ask, answer, marks, &op->cache_status)
                    == NGX_OK;

    ask->leader->cleanup->handler = NULL;

    if (shared) {
        ngx_http_billing_ask_check(ask);
    } else {
        ngx_http_billing_ask_over(ask);
    }
}


/* The ask that the operation leads; NULL: none. */
static ngx_http_billing_ask_t *
ngx_http_billing_ask_led(ngx_http_billing_op_t *op)
{
    ngx_http_billing_ask_t *ask;

    ask = (ngx_http_billing_ask_t *) ngx_billing_flight_find(
        &op->bmcf->asks, &op->shared_key);

    return ask == NULL || ask->leader == NULL
                   || ask->leader->subject->request != op->request
               ? NULL
               : ask;
}


/* They get the leader's answer, if nothing has changed. */
static void
ngx_http_billing_ask_check(ngx_http_billing_ask_t *ask)
{
    ngx_http_billing_ask_leave(ask);

    ask->writes = ngx_billing_redis_writes(ask->bmcf->store.redis);
    ask->call = ngx_http_billing_shared_marks(
        &ask->bmcf->store, &ask->domain, ngx_http_billing_ask_marked, ask);

    if (ask->call == NULL) {
        ngx_http_billing_ask_marked(ask, NULL, NULL);
    }
}


/* Where something has changed, it is asked for once more. */
static void
ngx_http_billing_ask_marked(
    void *data, struct redisReply *reply, const char *error)
{
    ngx_http_billing_ask_t *ask = data;

    ask->call = NULL;

    if (ngx_http_billing_shared_same(reply, ask->marks)) {
        ngx_http_billing_share(ask);
    }

    ngx_http_billing_share_end(ask);
    ngx_billing_flight_turn(&ask->flight);
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

    if (!ask->flight.telling) {
        ngx_http_billing_ask_again(ask);
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


/* Those who have followed: what is not there now, each makes for itself. */
static void
ngx_http_billing_ask_again(ngx_http_billing_ask_t *ask)
{
    if (ngx_billing_flight_empty(&ask->flight)) {
        ngx_http_billing_ask_free(ask);

    } else if (ngx_http_billing_ask_start(ask) != NGX_OK) {
        ngx_http_billing_ask_serve(ask);
    }
}
