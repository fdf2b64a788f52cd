
/*
 * What the files of a pager share: pager.c asks and reads, pager_token.c
 * has the way to a token, pager_page.c where to go after a page, pager_form.c
 * in what form is asked, pager_state.c what another goes on from.
 */

#ifndef BILLING_PROVIDERS_PAGER_INTERNAL_H
#define BILLING_PROVIDERS_PAGER_INTERNAL_H

#include <stdint.h>

#include "providers/provider.h"


typedef enum {
    BILLING_PAGER_DUE = 0,
    BILLING_PAGER_DONE,
    BILLING_PAGER_FAILED
} billing_pager_state_t;


/* A question that may be asked in another form. */
typedef enum {
    BILLING_PAGER_PLAIN = 0, /* there is nothing to find out */
    BILLING_PAGER_OPEN,      /* asked as it is; rows are held back */
    BILLING_PAGER_TRIAL,     /* that failed: asked in the other form */
    BILLING_PAGER_PROBE      /* it lacks a month, which is asked for alone */
} billing_pager_form_t;


typedef struct {
    billing_cost_row_t *rows; /* their texts are copies of their own */
    size_t              count;
    size_t              cap;
} billing_pager_held_t;


struct billing_pager_s {
    const billing_provider_t *provider;
    const billing_step_t     *step;
    billing_question_t        question;
    billing_buf_t             strings; /* of the question */
    billing_str_t            *linked;  /* likewise; then excluded ones */
    json_t                   *credentials;
    billing_pager_state_t     state;

    billing_buf_t page;  /* that is due; empty: the first */
    unsigned      pages; /* read */
    unsigned      bare;  /* of these the latest, without anything new */
    unsigned      limit;
    unsigned      pause; /* milliseconds before the one that is due */
    uint64_t     *seen;  /* names of pages, as hashes */
    unsigned      nseen;
    unsigned      cap;

    billing_pager_form_t form;
    unsigned             forms; /* of the endpoint, what is known */
    unsigned             other; /* form that this question may have, too */
    billing_day_t        start; /* of the whole question */
    billing_day_t        end;
    uint64_t             told; /* months that rows have come of */
    billing_pager_held_t held;

    uint64_t      digest; /* of the first request */
    billing_buf_t kept;   /* state to go on from, if it fits */
    billing_buf_t again;  /* page that tells all rows once more */
    unsigned      resumed : 1;

    billing_tokens_t *tokens;
    billing_str_t     key;
    billing_buf_t     token; /* in use */
    billing_buf_t     stage; /* page of the token step that is due */
    unsigned          stages;
    time_t            expires;
    unsigned          logging_in : 1; /* the token step is due */
    unsigned          lent : 1;       /* token is new: to be kept */
    unsigned          old : 1;        /* token was lent to another pager */
    unsigned          refused : 1;    /* ... and is good no more */
    unsigned          retried : 1;    /* that happened */
    unsigned          without : 1;    /* the credentials need none */
    unsigned          local : 1;      /* this machine is asked */

    json_t *found; /* linked accounts, by verification */

    unsigned char covered[BILLING_PERIODS_MAX / 8]; /* see billing_reply_t */
};


/* pager_token.c */

/*
 * The token that is good for a while, from wherever; else none.  One that has
 * just come is taken however short its time is: to ask for another one would
 * go on for ever.
 */
void billing_pager_token(billing_pager_t *pager);

/* Sets logging_in, unless the credentials need no token. */
billing_status_t billing_pager_login(
    billing_pager_t *pager, billing_http_request_t *req);

/* The token is there, or there is more to ask for it. */
billing_status_t billing_pager_stage(
    billing_pager_t *pager, billing_reply_t *reply);


/* pager_page.c */

/* Most pages that the question may take. */
unsigned billing_pager_limit(const billing_pager_t *pager);

/* Goes on after a page; rc is what the provider made of it. */
billing_status_t billing_pager_page(
    billing_pager_t *pager, billing_reply_t *reply, billing_status_t rc);

/* The first page is due again, as if nothing had been asked. */
void billing_pager_rewind(billing_pager_t *pager);

/* Remembers the name of a page. */
billing_status_t billing_pager_see(billing_pager_t *pager, uint64_t hash);


/* pager_form.c */

void billing_pager_form_init(billing_pager_t *pager);
void billing_pager_form_free(billing_pager_t *pager);

/* Sets the reply's row, which may hold rows back. */
void billing_pager_form_begin(billing_pager_t *pager, billing_reply_t *reply);

/* rc is what came of the page; rows go to row and data. */
billing_status_t billing_pager_form_end(billing_pager_t *pager, unsigned pages,
    billing_cost_row_pt row, void *data, billing_status_t rc);


/* pager_state.c */

/*
 * The first request is made: BILLING_OK if the state that is kept is of this
 * question, and the pager is where it was.
 */
billing_status_t billing_pager_state_take(
    billing_pager_t *pager, const billing_http_request_t *first);


#endif /* BILLING_PROVIDERS_PAGER_INTERNAL_H */
