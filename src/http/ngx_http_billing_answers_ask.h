
/*
 * What asking for kept answers (_ask.c) and following (_lead.c) share.
 */

#ifndef NGX_HTTP_BILLING_ANSWERS_ASK_H
#define NGX_HTTP_BILLING_ANSWERS_ASK_H

#include "http/ngx_http_billing_answers_internal.h"
#include "store/ngx_http_billing_shared.h"

#include <hiredis/hiredis.h>


/*
 * What a cold answer adds up was written meanwhile, so that it is not the same
 * any more when it is made: then another one leads.
 */
#define NGX_HTTP_BILLING_ASK_LEADERS 2
#define NGX_HTTP_BILLING_ASK_FOLLOW  20000 /* ms; a lookup has 27 s */


/* The text of an answer, which several requests send. */
typedef struct {
    char      *text;
    ngx_uint_t users;
} ngx_http_billing_text_t;


/* What is asked under a key; lives for as long as somebody waits. */
typedef struct {
    ngx_str_node_t                   node;    /* in bmcf->asks */
    ngx_queue_t                      waiting; /* for the reply */
    ngx_queue_t                      later;   /* for that of the next HGET */
    ngx_http_billing_main_conf_t    *bmcf;
    ngx_billing_redis_call_t        *call;
    ngx_uint_t                       writes; /* before the HGET leaves */
    ngx_http_billing_zone_ticket_t   ticket;
    ngx_str_t                        domain;
    struct ngx_http_billing_asker_s *leader; /* NULL: nobody leads */
    ngx_event_t                      timer;  /* of those who follow */
    ngx_fd_t                         ident;  /* -1; for debug logs of timers */
    ngx_http_billing_answer_t        answer; /* the leader's */
    ngx_str_t                        cache;  /* static: whence it was */
    ngx_http_billing_text_t         *text;   /* of it; NULL: there is none */
    ngx_str_t                        marks[NGX_HTTP_BILLING_SHARED_MARKS];
    ngx_uint_t                       leaders; /* so far */
    unsigned                         answering : 1;
} ngx_http_billing_ask_t;


typedef struct ngx_http_billing_asker_s {
    ngx_queue_t                     queue; /* in waiting or later */
    ngx_http_billing_ask_t         *ask;
    ngx_http_request_t             *request;
    const ngx_http_billing_route_t *route;
    ngx_str_t                       domain;
    ngx_str_t                       zone_key; /* empty: no zone */
    ngx_http_cleanup_t             *cleanup;
    ngx_msec_t                      arrived;
} ngx_http_billing_asker_t;


/* Sends the HGET; NGX_ERROR: it has not left. */
ngx_int_t ngx_http_billing_ask_start(ngx_http_billing_ask_t *ask);

/* Nobody waits any more. */
void ngx_http_billing_ask_free(ngx_http_billing_ask_t *ask);

/* The reply to it; reply is NULL where there is none. */
void ngx_http_billing_ask_done(
    void *data, struct redisReply *reply, const char *error);

/* To all who wait; text is NULL where there is no answer. */
void ngx_http_billing_ask_answers(ngx_http_billing_ask_t *ask,
    const ngx_http_billing_answer_t *answer, ngx_http_billing_text_t *text);

/*
 * To one of them, which leaves the short way: with the answer, or without a
 * text by an operation of its own.  then, if not NULL, runs when it ends.
 */
void ngx_http_billing_ask_answer(ngx_http_billing_asker_t *asker,
    const ngx_http_billing_answer_t *answer, ngx_http_billing_text_t *text,
    ngx_http_cleanup_pt then);

/* One user less, of an ngx_http_billing_text_t. */
void ngx_http_billing_text_release(void *data);

/* _lead.c: the first of those who wait leads; somebody does. */
void ngx_http_billing_ask_lead(ngx_http_billing_ask_t *ask);

/* _lead.c: waits for what the leader has. */
void ngx_http_billing_ask_follow(
    ngx_http_billing_ask_t *ask, ngx_http_billing_asker_t *asker);

/* _lead.c: the handler of the timer. */
void ngx_http_billing_ask_late(ngx_event_t *ev);


#endif /* NGX_HTTP_BILLING_ANSWERS_ASK_H */
