
/*
 * What waiting for a kept answer (answers_ask.c) and handing it out (answers_share.c) have in
 * common.
 */

#ifndef BILLING_HTTP_ANSWERS_ASK_H
#define BILLING_HTTP_ANSWERS_ASK_H

#include "event/crowd.h"
#include "http/answers_internal.h"
#include "store/shared.h"


/* The text of an answer, which several requests send. */
typedef struct {
    char      *text;
    ngx_uint_t users;
} billing_text_t;


typedef struct billing_asker_s billing_asker_t;


/* What is asked under a key; lives for as long as somebody waits. */
typedef struct {
    billing_crowd_t       crowd; /* in bmcf->asks */
    billing_main_conf_t  *bmcf;
    ngx_str_t             domain;
    billing_redis_call_t *call;   /* NULL: Redis is not asked */
    ngx_uint_t            writes; /* before the command left */
    billing_zone_ticket_t ticket;
    billing_asker_t      *leader;  /* NULL: nobody leads */
    ngx_uint_t            leaders; /* so far */
    ngx_event_t           timer;   /* of those who follow */
    ngx_fd_t              ident;   /* -1; for debug logs of timers */

    /* what there is to hand out; text is NULL: nothing */
    billing_answer_t answer;
    billing_text_t  *text;
    ngx_str_t        cache; /* static: whence it was; empty: kept */
    ngx_str_t        marks[BILLING_SHARED_MARKS];
} billing_ask_t;


/* A request that waits. */
struct billing_asker_s {
    billing_crowd_waiter_t waiter;
    billing_ask_t         *ask;
    billing_subject_t     *subject;
    billing_run_pt         run;
    ngx_http_cleanup_t    *cleanup;
};


/* A text takes over what was got by malloc().  NULL when out of memory. */
billing_text_t *billing_answers_share_text(char *text);

/* One user less. */
void billing_answers_share_text_release(void *data);

/*
 * The answer of the one who leads, copied with its marks.  NGX_ERROR: out of
 * memory.
 */
ngx_int_t billing_answers_share_copy(billing_ask_t *ask,
    const billing_answer_t *answer, const ngx_str_t *marks,
    const ngx_str_t *cache);

/* To all who wait: the answer, or without one an operation each. */
void billing_answers_share(billing_ask_t *ask);

/*
 * An operation for one who waits no more; then, if not NULL, runs when its
 * request ends.
 */
void billing_answers_share_run(
    billing_asker_t *asker, ngx_http_cleanup_pt then);

/* What is handed out is no more: there is nothing. */
void billing_answers_share_end(billing_ask_t *ask);


#endif /* BILLING_HTTP_ANSWERS_ASK_H */
