
/*
 * Walks over whatever pages a provider answers with.
 *
 * An input is text: a digit for the credentials, one for what is asked
 * (verification, costs by day, by month), one for the period; then the
 * answers, each behind a record separator (0x1e): "200 {...}".  The last one
 * is given again and again, so that a provider that repeats itself is met.
 */

#ifndef FUZZ_PAGE_H
#define FUZZ_PAGE_H

#include "core/text.h"
#include "request.h"


#define FUZZ_REPEATS 64


/*
 * Linked in place of billing_jwt_sign(): OpenSSL takes longer to read a key
 * than a walk takes.  "body" signs.
 */
billing_status_t __wrap_billing_jwt_sign(billing_str_t key, const char *kid,
    const json_t *claims, billing_buf_t *token);

billing_status_t
__wrap_billing_jwt_sign(billing_str_t key, const char *kid,
    const json_t *claims, billing_buf_t *token)
{
    must(key.len > 0 && json_is_object(claims));

    return billing_buf_add_str(token, billing_str("e30.e30.c2ln"));
}


typedef struct {
    const billing_provider_t *provider;

    /* JSON; "@KEY@" stands for a private key in PEM */
    const char *credentials;

    /* rows that an accepted answer holds, read in another way; -1: unknown */
    long (*rows)(const json_t *body, const billing_question_t *question);
} fuzz_case_t;

typedef enum {
    FUZZ_OVER = 0, /* there is nothing more to ask */
    FUZZ_MORE,
    FUZZ_AGAIN /* the same, later */
} fuzz_step_t;

typedef struct {
    const billing_question_t *question;
    int                       kind;  /* 0: verification */
    long                      rows;  /* of the last answer */
    billing_buf_t             asked; /* requests that gave rows */
    int                       named; /* the secret, by an answer */
} fuzz_walk_t;


static inline json_t *
fuzz_credentials(const fuzz_case_t *c)
{
    json_t          *in, *out;
    billing_str_t    text;
    billing_errors_t errors;

    text = fuzz_with_key(billing_str_from(c->credentials));
    in = json_loadb(text.data, text.len, 0, NULL);
    must(in != NULL);
    fuzz_free(text);

    billing_errors_init(&errors);
    must(c->provider->check(in, "/credentials", &out, &errors) == BILLING_OK);
    json_decref(in);

    return out;
}


static inline billing_status_t
fuzz_row(void *data, const billing_cost_row_t *row)
{
    size_t                    i;
    int32_t                   first, last;
    fuzz_walk_t              *walk = data;
    const billing_question_t *question = walk->question;
    const billing_str_t texts[] = { row->linked, row->region, row->service };

    first = question->start;
    last = question->end;

    if (question->granularity == BILLING_MONTHLY) {
        first = billing_month_of(first);
        last = billing_month_of(last);
    }

    must(row->date >= first && row->date <= last);
    must(row->spoilt < BILLING_REASON_MAX);

    if (row->spoilt != BILLING_REASON_NONE || row->open) {
        return BILLING_OK;
    }

    must(row->charge < BILLING_CHARGE_MAX);
    must(row->currency.len == 3);

    for (i = 0; i < 3; i++) {
        must(row->currency.data[i] >= 'A' && row->currency.data[i] <= 'Z');
        must(texts[i].len <= BILLING_REPLY_TEXT_MAX);
        must(billing_text_valid(texts[i]) && !billing_text_control(texts[i]));
    }

    walk->rows++;

    return BILLING_OK;
}


/* What gave rows is not asked again: they would count twice. */
static inline void
fuzz_once(fuzz_walk_t *walk, const billing_http_request_t *req)
{
    char          size[32];
    unsigned      i;
    billing_buf_t text;

    billing_buf_init(&text, 1 << 20);
    (void) billing_buf_add_char(&text, '\x1e');
    (void) billing_buf_add_str(&text, fuzz_text(&req->url));
    (void) billing_buf_add_char(&text, '\x1f');
    (void) billing_buf_add_str(&text, fuzz_text(&req->body));

    for (i = 0; i < req->nheaders; i++) {
        if (!fuzz_begins(fuzz_text(&req->headers[i]), "Authorization")) {
            (void) billing_buf_add_char(&text, '\x1f');
            (void) billing_buf_add_str(&text, fuzz_text(&req->headers[i]));
        }
    }

    (void) snprintf(size, sizeof(size), "\x1e%zu", text.len);
    (void) billing_buf_add(&text, size, strlen(size) + 1);

    if (walk->asked.len >= text.len) {
        must(memmem(walk->asked.data, walk->asked.len, text.data, text.len)
             == NULL);
    }

    (void) billing_buf_add_str(&walk->asked, fuzz_text(&text));
    billing_buf_free(&text);
}


/* A sentence of our own. */
static inline void
fuzz_check_reason(billing_status_t rc, const char *reason)
{
    billing_str_t text;

    must(strnlen(reason, BILLING_REASON_LEN) < BILLING_REASON_LEN);
    text = billing_str_from(reason);

    must((rc == BILLING_OK) == (text.len == 0));
    must(billing_text_valid(text) && !billing_text_control(text));
    must(billing_reply_find(text, FUZZ_SECRET) == NULL);
}


static inline void
fuzz_check_rows(const fuzz_case_t *c, const fuzz_walk_t *walk,
    const billing_http_answer_t *answer)
{
    long    expected;
    json_t *body;

    if (answer->status != 200 || walk->kind == 0) {
        must(walk->rows == 0);
        return;
    }

    body = json_loadb(
        answer->body.data, answer->body.len, JSON_DECODE_ANY, NULL);
    expected = body == NULL || c->rows == NULL ? -1
                                               : c->rows(body, walk->question);
    /* some spoil their month, and some change no sum */
    must(expected < 0 || walk->rows <= expected);
    json_decref(body);
}


/* Sorted, each once; and the one that the credentials name, alone. */
static inline void
fuzz_check_linked(const fuzz_case_t *c, const billing_pager_t *walk,
    const json_t *credentials)
{
    size_t        i;
    json_t       *list, *id;
    billing_buf_t one;
    billing_str_t text, last;

    list = billing_pager_linked(walk);
    must(json_is_array(list));
    last = (billing_str_t){ NULL, 0 };

    json_array_foreach(list, i, id)
    {
        text = billing_reply_str(id);
        must(text.len > 0 && !billing_text_control(text));
        must(i == 0 || billing_str_cmp(last, text) < 0);
        last = text;
    }

    fuzz_linked(c->provider, credentials, &one);
    must(one.len == 0
         || (json_array_size(list) == 1
             && billing_str_eq(fuzz_text(&one), last)));
    billing_buf_free(&one);
    json_decref(list);
}


static inline fuzz_step_t
fuzz_step(const fuzz_case_t *c, billing_pager_t *walk, fuzz_walk_t *seen,
    const billing_http_answer_t *answer, time_t now)
{
    int                    login;
    billing_failure_t      failure;
    unsigned               pages;
    billing_status_t       rc;
    billing_http_request_t req;

    billing_http_request_init(&req);
    rc = billing_pager_request(walk, now, &req);

    /* a token or page that no request can carry */
    must(rc == BILLING_OK || rc == BILLING_INVALID || rc == BILLING_LIMIT);

    if (rc != BILLING_OK) {
        billing_http_request_free(&req);
        return FUZZ_OVER;
    }

    fuzz_check_request(&req, seen->named);
    seen->named |= billing_reply_find(answer->body, FUZZ_SECRET) != NULL;
    login = fuzz_begins(fuzz_text(&req.url), FUZZ_LOGIN);
    pages = billing_pager_pages(walk);
    seen->rows = 0;

    rc = billing_pager_answer(walk, answer, fuzz_row, seen, &failure);
    fuzz_check_reason(rc, failure.text);

    must(rc == BILLING_OK || rc == BILLING_MALFORMED || rc == BILLING_REJECTED
         || rc == BILLING_THROTTLED || rc == BILLING_UNAVAILABLE);

    if (billing_pager_pages(walk) > pages) {
        must(!login);

        if (seen->rows > 0) {
            fuzz_once(seen, &req);
        }

        fuzz_check_rows(c, seen, answer);
    }

    billing_http_request_free(&req);

    if (rc == BILLING_OK) {
        return billing_pager_done(walk) ? FUZZ_OVER : FUZZ_MORE;
    }

    must(!billing_pager_done(walk));

    return rc == BILLING_THROTTLED || rc == BILLING_UNAVAILABLE ? FUZZ_AGAIN
                                                                : FUZZ_OVER;
}


static inline billing_http_answer_t
fuzz_answer(billing_str_t record)
{
    int                   i;
    billing_http_answer_t answer;

    answer = (billing_http_answer_t){ .status = 200, .body = record };

    if (record.len >= 4 && record.data[3] == ' ') {
        for (i = answer.status = 0; i < 3; i++) {
            answer.status = answer.status * 10 + (record.data[i] - '0') % 10;
        }

        answer.body.data += 4;
        answer.body.len -= 4;
    }

    answer.body = fuzz_copy(answer.body);

    return answer;
}


static inline void
fuzz_walk(const fuzz_case_t *c, const billing_question_t *question, int kind,
    fuzz_input_t *in)
{
    unsigned              again;
    fuzz_step_t           step;
    fuzz_walk_t           seen;
    billing_pager_t      *walk;
    billing_tokens_t     *tokens;
    billing_http_answer_t answer;

    seen = (fuzz_walk_t){ .question = question, .kind = kind };
    billing_buf_init(&seen.asked, 1 << 26);
    tokens = billing_tokens_create();
    walk = billing_pager_create(
        kind == 0 ? BILLING_PAGER_VERIFY : BILLING_PAGER_COSTS, question,
        tokens, billing_str("key"));
    must(walk != NULL && tokens != NULL);

    step = FUZZ_MORE;
    answer.body = (billing_str_t){ NULL, 0 };

    while (step != FUZZ_OVER && in->p < in->end) {
        fuzz_free(answer.body);
        answer = fuzz_answer(fuzz_until(in, '\x1e'));
        step = fuzz_step(c, walk, &seen, &answer, question->now);
    }

    /* whoever asks gives up at some time, unless each answer is taken */
    for (again = 0;
         step == FUZZ_MORE && answer.body.data != NULL && again < FUZZ_REPEATS;
         again++)
    {
        step = fuzz_step(c, walk, &seen, &answer, question->now);
    }

    must(again < FUZZ_REPEATS);

    if (kind == 0 && billing_pager_done(walk)) {
        fuzz_check_linked(c, walk, question->credentials);
    }

    fuzz_free(answer.body);
    billing_pager_free(walk);
    billing_tokens_free(tokens);
    billing_buf_free(&seen.asked);
}


static inline int
fuzz_pages(const fuzz_case_t *cases, size_t ncases, json_t **credentials,
    const uint8_t *data, size_t size)
{
    int                kind;
    unsigned           which, period;
    fuzz_input_t       in = { data, data + size };
    billing_buf_t      id;
    billing_str_t      linked;
    billing_question_t question;

    /* a month, four months, two years, a day */
    static const billing_day_t starts[] = { 18840, 18748, 18140, 18870 };

    which = (unsigned) ((uint8_t) (fuzz_byte(&in) - '0') % ncases);
    kind = (uint8_t) (fuzz_byte(&in) - '0') % 3;
    period = (unsigned) ((uint8_t) (fuzz_byte(&in) - '0') % 4);
    (void) fuzz_until(&in, '\x1e');

    if (credentials[which] == NULL) {
        credentials[which] = fuzz_credentials(&cases[which]);
    }

    fuzz_linked(cases[which].provider, credentials[which], &id);
    linked = id.len > 0 ? fuzz_text(&id) : billing_str("012345678901");

    question = (billing_question_t){ .provider = cases[which].provider,
        .endpoint = billing_str(FUZZ_ENDPOINT),
        .login = billing_str(FUZZ_LOGIN),
        .credentials = credentials[which],
        .forms = BILLING_FORM_WIDE, /* else rows come behind later pages */
        .now = FUZZ_NOW,
        .linked = &linked,
        .nlinked = 1,
        .granularity = kind == 1 ? BILLING_DAILY : BILLING_MONTHLY,
        .start = starts[period],
        .end = 18870 };

    fuzz_walk(&cases[which], &question, kind, &in);
    billing_buf_free(&id);

    return 0;
}


/* The target over an array of cases; their credentials are read once. */
#define FUZZ_PAGES(cases)                                          \
                                                                   \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)   \
    {                                                              \
        enum {                                                     \
            ncases = sizeof(cases) / sizeof(cases[0])              \
        };                                                         \
        static json_t *credentials[ncases];                        \
                                                                   \
        return fuzz_pages(cases, ncases, credentials, data, size); \
    }


#endif /* FUZZ_PAGE_H */
