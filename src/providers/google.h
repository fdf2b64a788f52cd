
/*
 * Shared by the parts of the Google Cloud provider: which credentials it takes
 * (google.c), what they say and the tokens they get (google_key.c), what is
 * asked of BigQuery (google_query.c), how answers are read (google_answer.c), names of
 * pages (google_page.c), and refusals (google_refused.c).
 */

#ifndef BILLING_PROVIDERS_GOOGLE_H
#define BILLING_PROVIDERS_GOOGLE_H

#include "providers/provider.h"


/* Where tokens are asked for, unless the configuration says otherwise. */
#define BILLING_GOOGLE_LOGIN "https://oauth2.googleapis.com"

/* People say gibibytes, BigQuery bytes. */
#define BILLING_GOOGLE_GIB (1LL << 30)

/* Milliseconds for which BigQuery may hold an answer back. */
#define BILLING_GOOGLE_WAIT_MS 10000


/*
 * What a page is about, by the first letter of its name; behind that letter
 * stand, separated by spaces, the job, where it runs and, of
 * BILLING_GOOGLE_WAIT, how often was waited, of _FETCH Google's own token.
 */
typedef enum {
    BILLING_GOOGLE_DRY = 0,    /* what the query would read */
    BILLING_GOOGLE_RUN = 'r',  /* the query */
    BILLING_GOOGLE_WAIT = 'w', /* is it done? */
    BILLING_GOOGLE_FETCH = 'f' /* more of its result */
} billing_google_stage_t;

typedef struct {
    billing_google_stage_t stage;
    billing_str_t          job;
    billing_str_t          location;
    unsigned long          rows; /* of earlier pages; FETCH */
    billing_str_t          rest;
} billing_google_page_t;


/* BILLING_INVALID when it is no page of ours. */
billing_status_t billing_google_page(
    billing_str_t name, billing_google_page_t *page);

/* Whether a job's id or a location may become a part of a URL. */
int billing_google_is_name(billing_str_t text);

/* The service account's key, a new reference; BILLING_MALFORMED: it is none. */
billing_status_t billing_google_key(const json_t *credentials, json_t **key);

/*
 * Appends the billing account's id, 012345-6789AB-CDEF01; the table's name
 * has it with underscores.
 */
billing_status_t billing_google_account(
    const json_t *credentials, billing_buf_t *id);

/* Most bytes that one question may read. */
long long billing_google_limit(const json_t *credentials);

/* The token of the question, or one that the key signs for itself. */
billing_status_t billing_google_bearer(
    const billing_question_t *question, billing_http_request_t *req);

/* What an answer means that is none, of BigQuery or of who issues tokens. */
billing_status_t billing_google_refused(
    const billing_http_answer_t *answer, billing_reply_t *reply);
billing_status_t billing_google_token_refused(
    const billing_http_answer_t *answer, billing_reply_t *reply);

/* billing_step_t.request */
billing_status_t billing_google_login(
    const billing_question_t *question, billing_http_request_t *req);
billing_status_t billing_google_verify(
    const billing_question_t *question, billing_http_request_t *req);
billing_status_t billing_google_ask(
    const billing_question_t *question, billing_http_request_t *req);

/* billing_step_t.answer */
billing_status_t billing_google_token(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply);
billing_status_t billing_google_verified(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply);
billing_status_t billing_google_costs(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply);


#endif /* BILLING_PROVIDERS_GOOGLE_H */
