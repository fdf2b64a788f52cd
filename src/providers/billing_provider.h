
/*
 * What a billing provider is: a schema for the wizard, a way to check and
 * verify credentials, and a walk over pages of cost rows.  A provider is pure
 * C without I/O: it describes HTTP requests and reads the answers.  Adding
 * one means one file with one such value and its name in
 * billing_providers.c.
 */

#ifndef BILLING_PROVIDER_H
#define BILLING_PROVIDER_H

#include <time.h>

#include <jansson.h>

#include "core/billing_block.h"
#include "core/billing_errors.h"
#include "core/billing_http.h"
#include "billing_fields.h"


#define BILLING_PAGES_MAX  2000 /* of one walk; more is an error */
#define BILLING_PAGE_MAX   8192 /* bytes of a page's name */
#define BILLING_REASON_LEN 256


/* An answer as it came from the wire; a body is not NUL-terminated. */
typedef struct {
    int           status; /* HTTP */
    billing_str_t body;
} billing_http_answer_t;


/* One question for costs: one linked account, one period. */
typedef struct {
    billing_str_t         endpoint;    /* "https://host", no last slash */
    const json_t         *credentials; /* plain, borrowed */
    billing_str_t         linked;
    billing_granularity_t granularity;
    billing_day_t         start; /* MONTHLY: first day of a month */
    billing_day_t         end;   /* inclusive, never in the future */
} billing_cost_query_t;


/* One row of a page; strings are valid during the call. */
typedef struct {
    int32_t         date; /* billing_month_t or _day_t */
    billing_str_t   currency;
    billing_str_t   linked;
    billing_str_t   region;
    billing_str_t   service;
    billing_money_t amount;
} billing_cost_row_t;

typedef billing_status_t (*billing_cost_row_pt)(
    void *data, const billing_cost_row_t *row);


typedef struct billing_provider_s billing_provider_t;


/* What a step is about.  All strings are borrowed. */
typedef struct {
    const billing_provider_t *provider;
    billing_str_t             endpoint;    /* "https://host", no last slash */
    billing_str_t             login;       /* where tokens come from, too */
    const json_t             *credentials; /* plain, checked */
    time_t                    now;
    billing_str_t             token; /* what the token step gave */
    billing_str_t             page;  /* as the answer before named it */

    /* of costs only */
    billing_str_t         linked;
    billing_granularity_t granularity;
    billing_day_t         start; /* MONTHLY: first day of a month */
    billing_day_t         end;   /* inclusive, never in the future */
} billing_question_t;


/* What an answer is read into; see billing_reply.h. */
typedef struct {
    billing_cost_row_pt row; /* costs: gets every row */
    void               *data;
    unsigned            rows;    /* passed on */
    json_t             *linked;  /* verification: an array of strings */
    billing_buf_t       token;   /* token: what requests carry ... */
    time_t              expires; /* ... until then */
    billing_buf_t       next;    /* page that follows; empty: none */
    char                reason[BILLING_REASON_LEN];
} billing_reply_t;


/*
 * A request and the reading of its answer, page after page until an answer
 * names no next one.  The name of a page is the step's own: a continuation
 * token, a URL, the month that is due.  A request without a URL means that
 * there is nothing to ask.
 *
 * answer returns BILLING_REJECTED (the credentials), _THROTTLED or
 * _UNAVAILABLE (again later), or _MALFORMED (not understood) with a plain
 * sentence in the reason that quotes nothing of the answer.
 */
typedef struct {
    billing_status_t (*request)(
        const billing_question_t *question, billing_http_request_t *req);
    billing_status_t (*answer)(const billing_question_t *question,
        const billing_http_answer_t *answer, billing_reply_t *reply);
} billing_step_t;


struct billing_provider_s {
    const char *id;   /* "hyperbilling_aws" */
    const char *name; /* "Hyper Billing" */
    const char *backend;
    const char *since;
    const char *contact;
    const char *endpoint; /* default */
    const char *schema;   /* JSON Schema draft 2020-12, JSON text */

    /*
     * Checks an object of credentials against the schema and normalises it
     * (trimmed).  pointer is where it stands in the body, "/credentials".
     */
    billing_status_t (*check)(json_t *credentials, const char *pointer,
        json_t **out, billing_errors_t *errors);

    /*
     * The one linked account that checked credentials name; empty: they stand
     * for all that the provider lists.  Points into them.
     */
    billing_str_t (*linked)(const json_t *credentials);

    /*
     * Verification: one request, whose answer is the list of linked accounts
     * (a new JSON array of strings in *linked, sorted, without repetition).
     * For credentials that name one linked account the list holds just that
     * one, and its absence from the provider's list is BILLING_REJECTED.
     * BILLING_REJECTED, _THROTTLED, _UNAVAILABLE or _MALFORMED come with a
     * plain sentence in reason that never holds a secret.
     */
    billing_status_t (*verify_request)(billing_str_t endpoint,
        const json_t *credentials, billing_http_request_t *req);
    billing_status_t (*verify_answer)(const json_t *credentials,
        const billing_http_answer_t *answer, json_t **linked,
        char reason[BILLING_REASON_LEN]);

    /* Costs: the request for a page (token empty: the first) ... */
    billing_status_t (*cost_request)(const billing_cost_query_t *query,
        billing_str_t token, billing_http_request_t *req);

    /*
     * ... and its answer: every row is passed on, then the token of the next
     * page is appended to next (nothing: this was the last).  A row that is
     * not understood, or lies outside the asked period, makes the page
     * BILLING_MALFORMED: a total that lacks a row must never look whole.
     */
    billing_status_t (*cost_answer)(const billing_cost_query_t *query,
        const billing_http_answer_t *answer, billing_cost_row_pt row,
        void *data, billing_buf_t *next, char reason[BILLING_REASON_LEN]);

    const char                 *login;     /* default; NULL: no token step */
    const char                 *variant;   /* where one file has several */
    const char                 *source;    /* where credentials come from */
    const char                 *source_ko; /* ... in Korean */
    const billing_credential_t *fields;    /* of the credentials */
    unsigned                    history;   /* months before this one; 0: all */
    unsigned                    refresh;   /* seconds that figures stay; 0: ? */

    billing_step_t token; /* no request: there is none */
    billing_step_t verify;
    billing_step_t costs;
};


/* All providers, Hyper Billing first; the list ends with NULL. */
extern const billing_provider_t *const billing_providers[];

/* NULL when there is none of that id. */
const billing_provider_t *billing_provider_find(billing_str_t id);

/*
 * Credentials as answers show them: every member that the schema marks
 * writeOnly is null.  New reference, NULL when out of memory.
 */
json_t *billing_provider_mask(
    const billing_provider_t *provider, const json_t *credentials);


/*
 * The walk over the pages of one question: request, answer, next request ...
 * until the provider names no next page.  A token seen before, or too many
 * pages, ends it with BILLING_MALFORMED.
 */
typedef struct billing_walk_s billing_walk_t;

/* Borrows the provider; copies the query (but not its credentials). */
billing_walk_t *billing_walk_create(
    const billing_provider_t *provider, const billing_cost_query_t *query);
void billing_walk_free(billing_walk_t *walk);

/* Fills the request of the page that is due. */
billing_status_t billing_walk_request(
    billing_walk_t *walk, billing_http_request_t *req);

/*
 * Reads the page's answer.  BILLING_OK: look at billing_walk_done().  After
 * THROTTLED or UNAVAILABLE the same page may be requested again; after any
 * other failure the walk is over.
 */
billing_status_t billing_walk_answer(billing_walk_t *walk,
    const billing_http_answer_t *answer, billing_cost_row_pt row, void *data,
    char reason[BILLING_REASON_LEN]);

int      billing_walk_done(const billing_walk_t *walk);
unsigned billing_walk_pages(const billing_walk_t *walk);


#endif /* BILLING_PROVIDER_H */
