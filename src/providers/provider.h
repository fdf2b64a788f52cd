
/*
 * What a billing provider is: the fields of its credentials, and three steps,
 * each of them requests and the reading of their answers.  A provider is pure
 * C without I/O.  Adding one means one file with one such value, and its name
 * in providers.c.
 */

#ifndef BILLING_PROVIDERS_PROVIDER_H
#define BILLING_PROVIDERS_PROVIDER_H

#include <time.h>

#include <jansson.h>

#include "providers/fields.h"
#include "providers/tokens.h"
#include "core/block.h"
#include "core/charge.h"
#include "core/errors.h"
#include "core/fault.h"
#include "core/http.h"


/*
 * Most pages of a walk: so many, and for each month or day of its question as
 * many as the provider says, or the default.  A test of credentials counts as a
 * year.  A provider that names page after page with nothing on them is not
 * followed further than the last number.
 */
#define BILLING_PAGES_LEAST  16
#define BILLING_PAGES        20
#define BILLING_PAGES_VERIFY 12
#define BILLING_PAGES_BARE   5
#define BILLING_PAGE_MAX     8192 /* bytes of a page's name */
#define BILLING_REASON_LEN   256
#define BILLING_TOKEN_PAGES  8

#define BILLING_PERIODS_MAX 2048 /* months or days of one question */

/* Forms of questions; what is known of an endpoint is a set of these. */
#define BILLING_FORM_WIDE   1 /* it answers many months at once */
#define BILLING_FORM_NARROW 2 /* it wants one month at a time */
#define BILLING_FORM_BODY   4 /* it wants a body where none is needed */


/* An answer as it came from the wire; a body is not NUL-terminated. */
typedef struct {
    int           status; /* HTTP */
    unsigned      took;   /* milliseconds */
    billing_str_t wanted; /* the header that the request wants; empty: none */
    billing_str_t body;
} billing_http_answer_t;


/* Why an answer is of no use: a sentence that quotes nothing of it. */
typedef struct {
    billing_reason_t reason;
    char             text[BILLING_REASON_LEN];
} billing_failure_t;


/*
 * One row of a page; strings are valid during the call.  A row that is not
 * understood, or is missing, has a reason and a date, and nothing else: what
 * lies in its month must not look whole.  So has one that says that its date is
 * still open.
 */
typedef struct {
    int32_t          date; /* billing_month_t or _day_t */
    billing_reason_t spoilt;
    unsigned         open : 1;
    billing_charge_t charge;
    billing_str_t    currency;
    billing_str_t    linked;
    billing_str_t    region;
    billing_str_t    service;
    billing_money_t  amount;
    billing_money_t  credit; /* passed on as a row of its own; 0: none */
} billing_cost_row_t;

typedef billing_status_t (*billing_cost_row_pt)(
    void *data, const billing_cost_row_t *row);


typedef struct billing_provider_s billing_provider_t;


/*
 * Where this machine finds keys of a role of its own.  The first that is there
 * counts: a role with a web identity, a container's, the metadata service.
 */
typedef struct billing_host_s billing_host_t;

struct billing_host_s {
    billing_str_t role;      /* ARN, for which token() proves who we are */
    billing_str_t session;   /* name that its keys go by */
    billing_str_t container; /* URL; wants what token() says, if anything */
    billing_str_t metadata;  /* "http://169.254.169.254" */

    /* Appends the token, which may be renewed at any time. */
    billing_status_t (*token)(const billing_host_t *host, billing_buf_t *out);
    void *data;
};


/*
 * Providers "apart" tell what charge a cost is only in place of something else:
 * which of the two that they tell otherwise stays.
 */
typedef enum {
    BILLING_APART_NOT = 0, /* no charges */
    BILLING_APART_SERVICE,
    BILLING_APART_DETAIL /* regions, or linked accounts */
} billing_apart_t;


/* What a step is about.  All strings are borrowed. */
typedef struct {
    const billing_provider_t *provider;
    billing_str_t             endpoint; /* "https://host", no last slash */
    billing_str_t             login;    /* where tokens come from, too; */
                                        /* empty: as the endpoint has it */
    billing_str_t         region;       /* empty: the endpoint's own */
    const billing_host_t *host;         /* NULL: not for these credentials */
    const json_t         *credentials;  /* plain, checked */
    unsigned              forms;        /* that the endpoint wants */
    time_t                anew;         /* when somebody wanted it anew; or 0 */

    /* the walk's to fill */
    time_t        now;
    billing_str_t token; /* what the token step gave; empty: nothing */
    billing_str_t page;  /* as the answer before named it; empty: the first */

    /* of costs only */
    const billing_str_t  *linked; /* one, but of providers "together" */
    unsigned              nlinked;
    const billing_str_t  *excluded; /* without linked ones: all but these */
    unsigned              nexcluded;
    billing_granularity_t granularity;
    billing_apart_t       apart;
    billing_day_t         start; /* MONTHLY: first day of a month */
    billing_day_t         end;   /* inclusive, never in the future */
} billing_question_t;


/* What an answer is read into; see reply.h. */
typedef struct {
    billing_cost_row_pt row; /* costs: gets every row */
    void               *data;
    unsigned            rows;     /* read, also those that change no sum */
    billing_buf_t       texts;    /* of a row, made presentable */
    unsigned char      *covered;  /* the walk's: a bit for each period */
    unsigned            told : 1; /* a period that was not covered yet */
    unsigned            ours : 1; /* the next page is none of the provider's: */
                                  /* this one may be without rows */
    unsigned          pause;      /* milliseconds before the next page */
    billing_buf_t     again;   /* page that tells all rows once more, unpaid */
    json_t           *linked;  /* verification: an array of strings */
    billing_buf_t     token;   /* token: what requests carry ... */
    time_t            expires; /* ... until then */
    billing_buf_t     next;    /* page that follows; empty: none */
    billing_failure_t failure;
} billing_reply_t;


/*
 * A request and the reading of its answer, page after page until an answer
 * names no next one.  The name of a page is the step's own: a continuation
 * token, a URL, the month that is due.
 *
 * answer returns BILLING_REJECTED (the credentials), _THROTTLED or
 * _UNAVAILABLE (again later), or _MALFORMED (not understood), and fills the
 * reply's failure.
 */
typedef struct {
    /* where it cannot be made, req->reason may say why */
    billing_status_t (*request)(
        const billing_question_t *question, billing_http_request_t *req);
    billing_status_t (*answer)(const billing_question_t *question,
        const billing_http_answer_t *answer, billing_reply_t *reply);
} billing_step_t;


struct billing_provider_s {
    const char *id;   /* "hyperbilling_aws" */
    const char *name; /* "Hyper Billing" */
    const char *backend;
    const char *cloud;     /* whose accounts it names: "aws" */
    const char *issuer;    /* who sends the bills: "MEGAZONE" */
    const char *publisher; /* whose services are billed: "AWS" */
    const char *payer; /* the field that names the billed account; NULL: none */
    const char *since;
    const char *contact;
    const char *endpoint;  /* default */
    const char *login;     /* its default; NULL: tokens are not asked for */
    const char *source;    /* where credentials come from; NULL: ask contact */
    const char *source_ko; /* ... in Korean */
    const char *variant;   /* where one file has several providers */

    unsigned concurrency; /* default of calls at a time; 0: ours */
    unsigned history;     /* months before this one that it tells; 0: all */
    unsigned refresh;     /* seconds that figures stay at least; 0: none */
    unsigned pages;       /* of a month or a day, at most; 0: BILLING_PAGES */
    unsigned pace;      /* calls for one linked account in pace_time, at ... */
    unsigned pace_time; /* ... most, in seconds; 0: no limit is known */
    unsigned forms;     /* BILLING_FORM_...: questions that it can ask so */
    unsigned optional : 1; /* off until somebody turns it on */
    unsigned together : 1; /* a question is for all linked accounts at once */
    unsigned covers : 1;   /* answers name all periods, also empty ones */
    unsigned charged : 1;  /* calls cost money */
    unsigned wide : 1;     /* no limit of 31 days to a question of days */
    unsigned apart : 1;    /* charges are told in a question of their own */

    const billing_credential_t *fields;

    /*
     * Checks an object of credentials and normalises it.  pointer is where it
     * stands in the body, "/credentials".  billing_fields_check() may be all.
     */
    billing_status_t (*check)(json_t *credentials, const char *pointer,
        json_t **out, billing_errors_t *errors);

    /*
     * The same where the role of this machine may stand in for keys; NULL: it
     * never may.  external holds the ids that this server may tell to those
     * who let its role in, with commas between; the first is to be told.
     */
    billing_status_t (*host_check)(json_t *credentials, const char *pointer,
        billing_str_t external, json_t **out, billing_errors_t *errors);

    /*
     * Appends the id of the one linked account that checked credentials name;
     * nothing: they stand for all that verification lists.  Other providers
     * of the same cloud spell it alike, since an account counts only once.
     */
    billing_status_t (*linked)(const json_t *credentials, billing_buf_t *id);

    /*
     * Appends the endpoint of a region; BILLING_INVALID when that is none.
     * NULL: the provider has no regions.
     */
    billing_status_t (*regional)(billing_str_t region, billing_buf_t *endpoint);

    /*
     * Token: what the requests of the other steps carry, kept until it
     * expires.  An answer that names a next page is followed by that request,
     * up to BILLING_TOKEN_PAGES of them.  A request without a URL: these
     * credentials need none.  NULL functions: no credentials do.
     */
    billing_step_t token;

    /*
     * Verification: the linked accounts of the credentials, in any order and
     * more than once if need be.  For credentials that name one it is just
     * that one; if the provider has others but not that one, they are
     * BILLING_REJECTED.
     */
    billing_step_t verify;

    /*
     * Costs: every row is passed on.  A row that is not understood spoils its
     * month, and one that lies outside of the asked period, or in no month at
     * all, the page: a total that lacks a row must never look whole.
     */
    billing_step_t costs;
};


/* All providers, Hyper Billing first; the list ends with NULL. */
extern const billing_provider_t *const billing_providers[];

/* NULL when there is none of that id. */
const billing_provider_t *billing_provider_find(billing_str_t id);


/*
 * A pager: the pages of one step of one question, and whatever token they need
 * before.  Request, answer, request ... until billing_pager_done().  A page
 * named before, too many pages, or too many with nothing on them end it with
 * BILLING_MALFORMED.
 */
typedef struct billing_pager_s billing_pager_t;

typedef enum {
    BILLING_PAGER_VERIFY = 0,
    BILLING_PAGER_COSTS
} billing_pager_kind_t;

/*
 * Copies the question; of its credentials it takes a reference, for whoever
 * asked may go while a thread reads, and nobody may change them.  tokens holds
 * what was lent to other walks, by key, which tells the credentials and their
 * version; an empty key: this walk keeps its token to itself.
 */
billing_pager_t *billing_pager_create(billing_pager_kind_t kind,
    const billing_question_t *question, billing_tokens_t *tokens,
    billing_str_t key);
void             billing_pager_free(billing_pager_t *walk);

/*
 * Fills the request that is due.  Nothing else here touches the tokens, so an
 * answer may be read in a thread of its own.
 */
billing_status_t billing_pager_request(
    billing_pager_t *walk, time_t now, billing_http_request_t *req);

/*
 * Reads the answer.  BILLING_OK: look at billing_pager_done().  After
 * THROTTLED or UNAVAILABLE the same may be requested again; after any other
 * failure the walk is over.
 */
billing_status_t billing_pager_answer(billing_pager_t *walk,
    const billing_http_answer_t *answer, billing_cost_row_pt row, void *data,
    billing_failure_t *failure);

/* 1: it is a service of this machine that is asked, not the provider. */
int billing_pager_near(const billing_pager_t *walk);

/*
 * What it means when there was no answer at all, as a sentence: error is the
 * transfer's, proxy that it is about the outgoing proxy.
 */
void billing_pager_unreached(const billing_pager_t *walk, const char *error,
    int proxy, char reason[BILLING_REASON_LEN]);

int      billing_pager_done(const billing_pager_t *walk);
unsigned billing_pager_pages(const billing_pager_t *walk);

/* Milliseconds before the request that is due: it would come too early. */
unsigned billing_pager_pause(const billing_pager_t *walk);

/* BILLING_FORM_...: what is known of the endpoint now, to be told later walks. */
unsigned billing_pager_forms(const billing_pager_t *walk);

/*
 * For providers whose calls are charged: appends what another walk of the same
 * question needs to go on from here.  *rows: those that were passed on so far
 * belong to it; else it will pass all of them on once more.  BILLING_INVALID:
 * it has come nowhere yet; BILLING_MALFORMED: it is over.
 */
billing_status_t billing_pager_save(
    const billing_pager_t *walk, billing_buf_t *out, int *rows);

/*
 * Before the first request: a state to go on from.  It is taken by the first
 * request for costs, if it is of the same question; billing_pager_resumed()
 * says whether it was.
 */
void billing_pager_resume(billing_pager_t *walk, billing_str_t state);
int  billing_pager_resumed(const billing_pager_t *walk);

/*
 * Of a verification that is done: the linked accounts, sorted, each once.  A
 * new reference; NULL when out of memory.
 */
json_t *billing_pager_linked(const billing_pager_t *walk);


#endif /* BILLING_PROVIDERS_PROVIDER_H */
