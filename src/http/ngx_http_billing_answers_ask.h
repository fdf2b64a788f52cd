
/*
 * What waiting for a kept answer (_ask.c) and handing it out (_share.c) have in
 * common.
 */

#ifndef NGX_HTTP_BILLING_ANSWERS_ASK_H
#define NGX_HTTP_BILLING_ANSWERS_ASK_H

#include "event/ngx_billing_flight.h"
#include "http/ngx_http_billing_answers_internal.h"
#include "store/ngx_http_billing_shared.h"


/* The text of an answer, which several requests send. */
typedef struct {
    char      *text;
    ngx_uint_t users;
} ngx_http_billing_text_t;


typedef struct ngx_http_billing_asker_s ngx_http_billing_asker_t;


/* What is asked under a key; lives for as long as somebody waits. */
typedef struct {
    ngx_billing_flight_t           flight; /* in bmcf->asks */
    ngx_http_billing_main_conf_t  *bmcf;
    ngx_str_t                      domain;
    ngx_billing_redis_call_t      *call;   /* NULL: Redis is not asked */
    ngx_uint_t                     writes; /* before the command left */
    ngx_http_billing_zone_ticket_t ticket;
    ngx_http_billing_asker_t      *leader;  /* NULL: nobody leads */
    ngx_uint_t                     leaders; /* so far */
    ngx_event_t                    timer;   /* of those who follow */
    ngx_fd_t                       ident;   /* -1; for debug logs of timers */

    /* what there is to hand out; text is NULL: nothing */
    ngx_http_billing_answer_t answer;
    ngx_http_billing_text_t  *text;
    ngx_str_t                 cache; /* static: whence it was; empty: kept */
    ngx_str_t                 marks[NGX_HTTP_BILLING_SHARED_MARKS];
} ngx_http_billing_ask_t;


/* A request that waits. */
struct ngx_http_billing_asker_s {
    ngx_billing_waiter_t        waiter;
    ngx_http_billing_ask_t     *ask;
    ngx_http_billing_subject_t *subject;
    ngx_http_billing_run_pt     run;
    ngx_http_cleanup_t         *cleanup;
};


/* A text takes over what was got by malloc().  NULL when out of memory. */
ngx_http_billing_text_t *ngx_http_billing_text(char *text);

/* One user less. */
void ngx_http_billing_text_release(void *data);

/*
 * The answer of the one who leads, copied with its marks.  NGX_ERROR: out of
 * memory.
 */
ngx_int_t ngx_http_billing_share_copy(ngx_http_billing_ask_t *ask,
    const ngx_http_billing_answer_t *answer, const ngx_str_t *marks,
    const ngx_str_t *cache);

/* To all who wait: the answer, or without one an operation each. */
void ngx_http_billing_share(ngx_http_billing_ask_t *ask);

/*
 * An operation for one who waits no more; then, if not NULL, runs when its
 * request ends.
 */
void ngx_http_billing_share_run(
    ngx_http_billing_asker_t *asker, ngx_http_cleanup_pt then);

/* What is handed out is no more: there is nothing. */
void ngx_http_billing_share_end(ngx_http_billing_ask_t *ask);


#endif /* NGX_HTTP_BILLING_ANSWERS_ASK_H */
