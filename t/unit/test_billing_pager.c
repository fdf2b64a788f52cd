
/* The walk over pages, with a provider that obeys the test. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "providers/reply.h"


#define NOW 1630454400

/* of one month */
#define WALK_PAGES (BILLING_PAGES_LEAST + BILLING_PAGES)

/*
 * A request's URL is the endpoint, the linked accounts, the token and the
 * page; of an answer the body is the next page, the status what it returns.
 */
static billing_status_t
fake_request(const billing_question_t *question, billing_http_request_t *req)
{
    unsigned i;

    (void) billing_buf_add_str(&req->url, question->endpoint);
    (void) billing_buf_add_char(&req->url, '/');

    for (i = 0; i < question->nlinked; i++) {
        (void) billing_buf_add_str(&req->url, question->linked[i]);
        (void) billing_buf_add_char(&req->url, '/');
    }

    if (question->token.len > 0) {
        (void) billing_buf_add_str(&req->url, question->token);
        (void) billing_buf_add_char(&req->url, '/');
    }

    return billing_buf_add_str(&req->url, question->page);
}


static billing_status_t
fake_answer(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply)
{
    billing_status_t   rc;
    billing_cost_row_t cost = { .linked = question->linked[0], .amount = 1 };

    if (answer->status != BILLING_OK) {
        return billing_reply_fail(
            reply, (billing_status_t) answer->status, "as told");
    }

    /* a page that is "bare" has no row */
    if (answer->body.len < 4 || memcmp(answer->body.data, "bare", 4) != 0) {
        rc = reply->row(reply->data, &cost);
        if (rc != BILLING_OK) {
            return rc;
        }

        reply->rows++;
    }

    return billing_buf_add_str(&reply->next, answer->body);
}


/* Lists the letters of the body but the last one, which is the next page. */
static billing_status_t
fake_verified(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply)
{
    size_t i;

    if (answer->status != BILLING_OK) {
        return (billing_status_t) answer->status;
    }

    for (i = 0; i + 1 < answer->body.len; i++) {
        assert_int_equal(billing_reply_linked(reply,
                             (billing_str_t){ answer->body.data + i, 1 }),
            BILLING_OK);
    }

    return answer->body.data[i] == '.'
               ? BILLING_OK
               : billing_buf_add_char(&reply->next, answer->body.data[i]);
}


static const billing_provider_t fake = {
    .verify = { fake_request, fake_verified },
    .costs = { fake_request, fake_answer },
};


/* Asks "login/", which the endpoint "no token" does not need. */
static billing_status_t
fake_login(const billing_question_t *question, billing_http_request_t *req)
{
    assert_int_equal(question->token.len, 0);

    if (billing_str_eq(question->endpoint, billing_str("no token"))) {
        return BILLING_OK;
    }

    (void) billing_buf_add_str(&req->url, question->login);

    return billing_buf_add_str(&req->url, question->page);
}


/* The body is the token, good for an hour, or ">" and another page. */
static billing_status_t
fake_token(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply)
{
    if (answer->status != BILLING_OK) {
        return billing_reply_fail(
            reply, (billing_status_t) answer->status, "no token");
    }

    if (answer->body.len > 0 && answer->body.data[0] == '>') {
        return billing_buf_add(
            &reply->next, answer->body.data + 1, answer->body.len - 1);
    }

    reply->expires = question->now + 3600;

    return billing_buf_add_str(&reply->token, answer->body);
}


static const billing_provider_t lender = {
    .token = { fake_login, fake_token },
    .verify = { fake_request, fake_verified },
    .costs = { fake_request, fake_answer },
};


static billing_status_t
count(void *data, const billing_cost_row_t *row)
{
    unsigned *rows = data;

    *rows += (unsigned) row->amount;

    return BILLING_OK;
}


static billing_status_t
refuse(void *data, const billing_cost_row_t *row)
{
    (void) data;
    (void) row;

    return BILLING_LIMIT;
}


static billing_pager_t *
walk_create(void)
{
    char               endpoint[] = "http://h", id[] = "000000000001";
    json_t            *credentials;
    billing_str_t      linked;
    billing_pager_t   *walk;
    billing_question_t question;

    credentials = json_object();
    linked = billing_str_from(id);
    question = (billing_question_t){ .provider = &fake,
        .endpoint = billing_str_from(endpoint),
        .credentials = credentials,
        .linked = &linked,
        .nlinked = 1 };
    walk = billing_pager_create(
        BILLING_PAGER_COSTS, &question, NULL, billing_str(""));
    assert_non_null(walk);

    /* the walk has copies of its own, and a reference */
    assert_int_equal(credentials->refcount, 2);
    json_decref(credentials);
    memset(endpoint, 'x', sizeof(endpoint));
    memset(id, 'x', sizeof(id));
    memset(&linked, 0, sizeof(linked));
    memset(&question, 0, sizeof(question));

    return walk;
}


static billing_pager_t *
lent_create(billing_pager_kind_t kind, billing_tokens_t *tokens,
    const char *endpoint, const char *key)
{
    billing_str_t      linked;
    billing_question_t question;

    linked = billing_str("a");
    question = (billing_question_t){ .provider = &lender,
        .endpoint = billing_str_from(endpoint),
        .login = billing_str("login/"),
        .linked = &linked,
        .nlinked = 1 };

    return billing_pager_create(kind, &question, tokens, billing_str_from(key));
}


static void
assert_asks_at(billing_pager_t *walk, time_t now, const char *url)
{
    billing_http_request_t req;

    billing_http_request_init(&req);
    assert_int_equal(billing_pager_request(walk, now, &req), BILLING_OK);
    (void) billing_buf_add_char(&req.url, '\0');
    assert_string_equal(req.url.data, url);
    billing_http_request_free(&req);
}


static void
assert_asks(billing_pager_t *walk, const char *url)
{
    assert_asks_at(walk, NOW, url);
}


static billing_status_t
answer(billing_pager_t *walk, billing_status_t status, const char *next,
    unsigned *rows, billing_failure_t *failure)
{
    billing_http_answer_t a;

    a = (billing_http_answer_t){ .status = (int) status,
        .body = billing_str_from(next) };

    return billing_pager_answer(walk, &a, count, rows, failure);
}


/* A walk that is over takes part in nothing. */
static void
assert_over(billing_pager_t *walk)
{
    billing_failure_t      failure;
    unsigned               rows;
    billing_http_request_t req;

    rows = 0;
    billing_http_request_init(&req);

    assert_int_equal(billing_pager_request(walk, NOW, &req), BILLING_INVALID);
    assert_int_equal(req.url.len, 0);
    assert_int_equal(
        answer(walk, BILLING_OK, "", &rows, &failure), BILLING_INVALID);
    assert_int_equal(rows, 0);

    billing_http_request_free(&req);
}


static void
goes_to_the_last_page(void **state)
{
    billing_failure_t failure;
    unsigned          rows;
    billing_pager_t  *walk;

    (void) state;

    rows = 0;
    walk = walk_create();

    assert_asks(walk, "http://h/000000000001/");
    assert_int_equal(
        answer(walk, BILLING_OK, "page 2", &rows, &failure), BILLING_OK);
    assert_false(billing_pager_done(walk));

    assert_asks(walk, "http://h/000000000001/page 2");
    assert_int_equal(
        answer(walk, BILLING_OK, "page 3", &rows, &failure), BILLING_OK);
    assert_false(billing_pager_done(walk));

    assert_asks(walk, "http://h/000000000001/page 3");
    assert_int_equal(answer(walk, BILLING_OK, "", &rows, &failure), BILLING_OK);
    assert_true(billing_pager_done(walk));
    assert_int_equal(billing_pager_pages(walk), 3);
    assert_int_equal(rows, 3);
    assert_over(walk);

    billing_pager_free(walk);
}


static void
asks_again_for_a_page_that_did_not_come(void **state)
{
    billing_failure_t failure;
    unsigned          rows;
    billing_pager_t  *walk;

    (void) state;

    rows = 0;
    walk = walk_create();

    assert_int_equal(answer(walk, BILLING_UNAVAILABLE, "", &rows, &failure),
        BILLING_UNAVAILABLE);
    assert_string_equal(failure.text, "as told");
    assert_asks(walk, "http://h/000000000001/");
    assert_int_equal(
        answer(walk, BILLING_OK, "page 2", &rows, &failure), BILLING_OK);
    assert_string_equal(failure.text, "");
    assert_int_equal(answer(walk, BILLING_THROTTLED, "", &rows, &failure),
        BILLING_THROTTLED);
    assert_asks(walk, "http://h/000000000001/page 2");
    assert_int_equal(answer(walk, BILLING_OK, "", &rows, &failure), BILLING_OK);
    assert_true(billing_pager_done(walk));
    assert_int_equal(billing_pager_pages(walk), 2);
    assert_int_equal(rows, 2);

    billing_pager_free(walk);
}


static void
ends_with_any_other_failure(void **state)
{
    billing_failure_t     failure;
    size_t                i;
    unsigned              rows;
    billing_pager_t      *walk;
    billing_http_answer_t a;

    static const billing_status_t failures[] = { BILLING_NOMEM,
        BILLING_MALFORMED, BILLING_INVALID, BILLING_LIMIT, BILLING_REJECTED };

    (void) state;

    for (i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
        rows = 0;
        walk = walk_create();
        assert_int_equal(
            answer(walk, failures[i], "", &rows, &failure), failures[i]);
        assert_false(billing_pager_done(walk));
        assert_over(walk);
        billing_pager_free(walk);
    }

    walk = walk_create();
    a = (billing_http_answer_t){ .status = BILLING_OK,
        .body = billing_str("") };
    assert_int_equal(
        billing_pager_answer(walk, &a, refuse, NULL, &failure), BILLING_LIMIT);
    assert_over(walk);
    billing_pager_free(walk);
}


static void
notices_a_circle(void **state)
{
    size_t            i, n;
    billing_failure_t failure;
    unsigned          rows;
    billing_pager_t  *walk;

    /* the last one of each was named before */
    static const char *circles[][4] = {
        { "a", "a" },
        { "a", "b", "a" },
        { "a", "b", "c", "b" },
    };

    (void) state;

    for (i = 0; i < sizeof(circles) / sizeof(circles[0]); i++) {
        rows = 0;
        walk = walk_create();

        for (n = 0; n < i + 1; n++) {
            assert_int_equal(
                answer(walk, BILLING_OK, circles[i][n], &rows, &failure),
                BILLING_OK);
        }

        assert_int_equal(
            answer(walk, BILLING_OK, circles[i][n], &rows, &failure),
            BILLING_MALFORMED);
        assert_non_null(strstr(failure.text, "before"));
        assert_false(billing_pager_done(walk));
        assert_over(walk);

        billing_pager_free(walk);
    }
}


static void
ends_at_the_last_allowed_page(void **state)
{
    int               last, rc;
    billing_failure_t failure;
    char              token[16];
    unsigned          i, rows;
    billing_pager_t  *walk;

    (void) state;

    for (last = 0; last <= 1; last++) {
        rows = 0;
        walk = walk_create();

        for (i = 1; i < WALK_PAGES; i++) {
            (void) snprintf(token, sizeof(token), "%u", i);
            assert_int_equal(
                answer(walk, BILLING_OK, token, &rows, &failure), BILLING_OK);
        }

        rc = answer(walk, BILLING_OK, last ? "" : "more", &rows, &failure);

        assert_int_equal(rc, last ? BILLING_OK : BILLING_MALFORMED);
        assert_int_equal(billing_pager_done(walk), last);
        assert_int_equal(billing_pager_pages(walk), WALK_PAGES);
        assert_over(walk);

        billing_pager_free(walk);
    }
}


/* A pager that goes on and on with nothing on its pages is not followed. */
static void
ends_where_pages_are_bare(void **state)
{
    billing_failure_t failure;
    char              token[16];
    unsigned          i, rows;
    billing_pager_t  *walk;
    billing_tokens_t *tokens;

    (void) state;

    rows = 0;
    walk = walk_create();

    /* what is new in between begins it anew */
    for (i = 0; i < BILLING_PAGES_BARE - 1; i++) {
        (void) snprintf(token, sizeof(token), "bare %u", i);
        assert_int_equal(
            answer(walk, BILLING_OK, token, &rows, &failure), BILLING_OK);
    }

    assert_int_equal(
        answer(walk, BILLING_OK, "rows", &rows, &failure), BILLING_OK);

    for (/* void */; i < 2 * BILLING_PAGES_BARE - 2; i++) {
        (void) snprintf(token, sizeof(token), "bare %u", i);
        assert_int_equal(
            answer(walk, BILLING_OK, token, &rows, &failure), BILLING_OK);
    }

    assert_int_equal(answer(walk, BILLING_OK, "bare more", &rows, &failure),
        BILLING_MALFORMED);
    assert_int_equal(failure.reason, BILLING_REASON_INCOMPLETE);
    assert_over(walk);
    billing_pager_free(walk);

    /* a test of credentials that names nobody new */
    tokens = billing_tokens_create();
    walk = lent_create(BILLING_PAGER_VERIFY, tokens, "no token", "account");
    assert_asks(walk, "no token/a/");
    assert_int_equal(
        answer(walk, BILLING_OK, "xyz", &rows, &failure), BILLING_OK);

    for (i = 0; i < BILLING_PAGES_BARE - 1; i++) {
        (void) snprintf(token, sizeof(token), "%u", i);
        assert_int_equal(
            answer(walk, BILLING_OK, token, &rows, &failure), BILLING_OK);
    }

    assert_int_equal(
        answer(walk, BILLING_OK, "n", &rows, &failure), BILLING_MALFORMED);
    assert_int_equal(failure.reason, BILLING_REASON_INCOMPLETE);
    billing_pager_free(walk);
    billing_tokens_free(tokens);
}


static const billing_provider_t charged = {
    .charged = 1,
    .covers = 1,
    .costs = { fake_request, fake_answer },
};


static billing_pager_t *
charged_create(const char *endpoint)
{
    billing_str_t      linked;
    billing_question_t question;

    linked = billing_str("a");
    question = (billing_question_t){ .provider = &charged,
        .endpoint = billing_str_from(endpoint),
        .linked = &linked,
        .nlinked = 1,
        .start = 18840,
        .end = 18870 };

    return billing_pager_create(
        BILLING_PAGER_COSTS, &question, NULL, billing_str(""));
}


/* What one walk has paid for, another one of the same question goes on from. */
static void
goes_on_where_another_has_died(void **state)
{
    int                    rows_too;
    size_t                 i;
    unsigned               rows;
    billing_buf_t          saved;
    billing_pager_t       *walk;
    billing_failure_t      failure;
    billing_http_request_t req;

    static const char *const broken[] = { "", "1", "x 2 0 2 1 2 00 p",
        "ffffffffffffffffffff 1 0 0 ", "1 1 0 0 00 page" };

    (void) state;

    rows = 0;
    billing_buf_init(&saved, 65536);
    walk = charged_create("h");
    assert_int_equal(
        billing_pager_save(walk, &saved, &rows_too), BILLING_INVALID);
    assert_asks(walk, "h/a/");
    assert_int_equal(
        billing_pager_save(walk, &saved, &rows_too), BILLING_INVALID);
    assert_int_equal(
        answer(walk, BILLING_OK, "two", &rows, &failure), BILLING_OK);
    assert_int_equal(
        answer(walk, BILLING_OK, "three words or so", &rows, &failure),
        BILLING_OK);
    assert_int_equal(answer(walk, BILLING_UNAVAILABLE, "", &rows, &failure),
        BILLING_UNAVAILABLE);
    assert_int_equal(billing_pager_save(walk, &saved, &rows_too), BILLING_OK);
    assert_int_equal(rows_too, 1);
    billing_pager_free(walk);

    walk = charged_create("h");
    billing_pager_resume(walk, (billing_str_t){ saved.data, saved.len });
    assert_false(billing_pager_resumed(walk));
    assert_asks(walk, "h/a/three words or so");
    assert_true(billing_pager_resumed(walk));
    assert_int_equal(billing_pager_pages(walk), 2);

    /* it has not forgotten what the first one was told */
    assert_int_equal(
        answer(walk, BILLING_OK, "two", &rows, &failure), BILLING_MALFORMED);
    assert_int_equal(
        billing_pager_save(walk, &saved, &rows_too), BILLING_MALFORMED);
    billing_pager_free(walk);

    /* another question */
    walk = charged_create("h2");
    billing_pager_resume(walk, (billing_str_t){ saved.data, saved.len });
    assert_asks(walk, "h2/a/");
    assert_false(billing_pager_resumed(walk));
    billing_pager_free(walk);

    for (i = 0; i < sizeof(broken) / sizeof(broken[0]) + saved.len; i++) {
        walk = charged_create("h");
        billing_pager_resume(
            walk, i < saved.len ? (billing_str_t){ saved.data, i }
                                : billing_str_from(broken[i - saved.len]));
        billing_http_request_init(&req);
        assert_int_equal(billing_pager_request(walk, NOW, &req), BILLING_OK);
        billing_http_request_free(&req);
        billing_pager_free(walk);
    }

    billing_buf_free(&saved);
}


static void
bounds_a_page(void **state)
{
    static char       page[BILLING_PAGE_MAX + 2];
    billing_failure_t failure;
    unsigned          rows;
    billing_pager_t  *walk;

    (void) state;

    rows = 0;
    memset(page, 't', BILLING_PAGE_MAX);

    walk = walk_create();
    assert_int_equal(
        answer(walk, BILLING_OK, page, &rows, &failure), BILLING_OK);
    billing_pager_free(walk);

    page[BILLING_PAGE_MAX] = 't';

    walk = walk_create();
    assert_int_equal(
        answer(walk, BILLING_OK, page, &rows, &failure), BILLING_MALFORMED);
    assert_non_null(strstr(failure.text, "too long"));
    assert_over(walk);
    billing_pager_free(walk);
}


static void
lists_linked_accounts(void **state)
{
    billing_failure_t failure;
    json_t           *linked, *expected;
    unsigned          rows;
    billing_pager_t  *walk;

    (void) state;

    walk = lent_create(BILLING_PAGER_VERIFY, NULL, "no token", "");
    assert_asks(walk, "no token/a/");
    assert_int_equal(
        answer(walk, BILLING_OK, "cabcX", &rows, &failure), BILLING_OK);
    assert_asks(walk, "no token/a/X");
    assert_int_equal(answer(walk, BILLING_THROTTLED, "", &rows, &failure),
        BILLING_THROTTLED);
    assert_asks(walk, "no token/a/X");
    assert_int_equal(
        answer(walk, BILLING_OK, "ad.", &rows, &failure), BILLING_OK);
    assert_true(billing_pager_done(walk));

    linked = billing_pager_linked(walk);
    expected = json_pack("[s, s, s, s]", "a", "b", "c", "d");
    assert_true(json_equal(linked, expected));

    json_decref(expected);
    json_decref(linked);
    billing_pager_free(walk);
}


static void
asks_for_a_token_first(void **state)
{
    billing_failure_t failure;
    unsigned          rows;
    billing_pager_t  *walk, *other;
    billing_tokens_t *tokens;

    (void) state;

    rows = 0;
    tokens = billing_tokens_create();
    walk = lent_create(BILLING_PAGER_COSTS, tokens, "h", "key");
    other = lent_create(BILLING_PAGER_VERIFY, tokens, "h", "key");

    assert_asks(walk, "login/");
    assert_int_equal(answer(walk, BILLING_UNAVAILABLE, "", &rows, &failure),
        BILLING_UNAVAILABLE);
    assert_string_equal(failure.text, "no token");
    assert_asks(walk, "login/");
    assert_int_equal(
        answer(walk, BILLING_OK, "T1", &rows, &failure), BILLING_OK);
    assert_false(billing_pager_done(walk));
    assert_int_equal(billing_pager_pages(walk), 0);

    /* it is everybody's as soon as it is used */
    assert_asks(walk, "h/a/T1/");
    assert_asks(other, "h/a/T1/");
    assert_int_equal(
        answer(walk, BILLING_OK, "2", &rows, &failure), BILLING_OK);
    assert_int_equal(rows, 1);

    /* a minute before its end it is renewed, with no page lost */
    assert_asks_at(walk, NOW + 3539, "h/a/T1/2");
    assert_asks_at(walk, NOW + 3540, "login/");
    assert_int_equal(
        answer(walk, BILLING_OK, "T2", &rows, &failure), BILLING_OK);
    assert_asks_at(walk, NOW + 3540, "h/a/T2/2");
    assert_asks_at(other, NOW + 3540, "h/a/T2/");
    assert_int_equal(answer(walk, BILLING_OK, "", &rows, &failure), BILLING_OK);
    assert_true(billing_pager_done(walk));
    assert_int_equal(rows, 2);

    billing_pager_free(walk);
    billing_pager_free(other);

    /* other credentials have another */
    walk = lent_create(BILLING_PAGER_COSTS, tokens, "h", "key 2");
    assert_asks(walk, "login/");
    billing_pager_free(walk);

    billing_tokens_free(tokens);
}


/* What fails on the way begins anew, and no way goes on for ever. */
static void
gets_a_token_in_several_steps(void **state)
{
    billing_failure_t failure;
    unsigned          rows, i;
    billing_pager_t  *walk;

    (void) state;

    rows = 0;
    walk = lent_create(BILLING_PAGER_COSTS, NULL, "h", "");
    assert_asks(walk, "login/");
    assert_int_equal(
        answer(walk, BILLING_OK, ">a", &rows, &failure), BILLING_OK);
    assert_asks(walk, "login/a");
    assert_int_equal(answer(walk, BILLING_UNAVAILABLE, "", &rows, &failure),
        BILLING_UNAVAILABLE);

    assert_asks(walk, "login/");
    assert_int_equal(
        answer(walk, BILLING_OK, ">a", &rows, &failure), BILLING_OK);
    assert_asks(walk, "login/a");
    assert_int_equal(
        answer(walk, BILLING_OK, ">b", &rows, &failure), BILLING_OK);
    assert_asks(walk, "login/b");
    assert_int_equal(billing_pager_pages(walk), 0);
    assert_int_equal(
        answer(walk, BILLING_OK, "T1", &rows, &failure), BILLING_OK);
    assert_asks(walk, "h/a/T1/");

    /* the next one is asked for from the beginning */
    assert_asks_at(walk, NOW + 3600, "login/");
    billing_pager_free(walk);

    walk = lent_create(BILLING_PAGER_COSTS, NULL, "h", "");

    for (i = 1; i < BILLING_TOKEN_PAGES; i++) {
        assert_asks(walk, i == 1 ? "login/" : "login/a");
        assert_int_equal(
            answer(walk, BILLING_OK, ">a", &rows, &failure), BILLING_OK);
    }

    assert_asks(walk, "login/a");
    assert_int_equal(
        answer(walk, BILLING_OK, ">a", &rows, &failure), BILLING_MALFORMED);
    billing_pager_free(walk);
}


static void
keeps_a_token_to_itself(void **state)
{
    billing_failure_t failure;
    unsigned          rows;
    billing_pager_t  *walk;

    (void) state;

    rows = 0;
    walk = lent_create(BILLING_PAGER_COSTS, NULL, "h", "");
    assert_asks(walk, "login/");
    assert_int_equal(
        answer(walk, BILLING_OK, "T1", &rows, &failure), BILLING_OK);
    assert_asks(walk, "h/a/T1/");
    assert_asks_at(walk, NOW + 3600, "login/");
    assert_int_equal(
        answer(walk, BILLING_OK, "", &rows, &failure), BILLING_MALFORMED);
    billing_pager_free(walk);

    walk = lent_create(BILLING_PAGER_COSTS, NULL, "h", "");
    assert_asks(walk, "login/");
    assert_int_equal(
        answer(walk, BILLING_REJECTED, "", &rows, &failure), BILLING_REJECTED);
    assert_over(walk);
    billing_pager_free(walk);
}


/* Asking for a better one would never end. */
static void
takes_a_token_that_is_short_or_over(void **state)
{
    billing_failure_t failure;
    time_t            now;
    unsigned          rows;
    billing_pager_t  *walk;
    billing_tokens_t *tokens;

    (void) state;

    rows = 0;
    tokens = billing_tokens_create();

    for (now = NOW + 3570; now <= NOW + 7200; now += 3630) {
        walk = lent_create(BILLING_PAGER_COSTS, tokens, "h", "key");
        assert_asks(walk, "login/");
        assert_int_equal(
            answer(walk, BILLING_OK, "T1", &rows, &failure), BILLING_OK);
        assert_asks_at(walk, now, "h/a/T1/");
        assert_int_equal(
            answer(walk, BILLING_OK, "p", &rows, &failure), BILLING_OK);

        /* the next page needs another one */
        assert_asks_at(walk, now, "login/");
        assert_int_equal(
            answer(walk, BILLING_OK, "T2", &rows, &failure), BILLING_OK);
        assert_asks_at(walk, now, "h/a/T2/p");
        billing_pager_free(walk);
        billing_tokens_drop(tokens, billing_str("key"), billing_str("T1"));
        billing_tokens_drop(tokens, billing_str("key"), billing_str("T2"));
    }

    billing_tokens_free(tokens);
}


/* One that somebody else was lent may have been taken back: once more. */
static void
renews_a_token_that_is_refused(void **state)
{
    billing_failure_t failure;
    unsigned          rows;
    billing_pager_t  *walk;
    billing_tokens_t *tokens;

    (void) state;

    rows = 0;
    tokens = billing_tokens_create();
    assert_int_equal(billing_tokens_put(tokens, billing_str("key"),
                         billing_str("old"), NOW + 3600),
        BILLING_OK);

    walk = lent_create(BILLING_PAGER_COSTS, tokens, "h", "key");
    assert_asks(walk, "h/a/old/");
    assert_int_equal(
        answer(walk, BILLING_REJECTED, "", &rows, &failure), BILLING_OK);
    assert_string_equal(failure.text, "");
    assert_asks(walk, "login/");
    assert_int_equal(
        billing_tokens_get(tokens, billing_str("key"), NOW).len, 0);
    assert_int_equal(
        answer(walk, BILLING_OK, "new", &rows, &failure), BILLING_OK);
    assert_asks(walk, "h/a/new/");
    assert_int_equal(
        answer(walk, BILLING_REJECTED, "", &rows, &failure), BILLING_REJECTED);
    assert_string_equal(failure.text, "as told");
    assert_over(walk);
    billing_pager_free(walk);

    /* nor is a second one that others have put there refused for ever */
    walk = lent_create(BILLING_PAGER_COSTS, tokens, "h", "key");
    assert_asks(walk, "h/a/new/");
    assert_int_equal(
        answer(walk, BILLING_REJECTED, "", &rows, &failure), BILLING_OK);
    assert_int_equal(billing_tokens_put(tokens, billing_str("key"),
                         billing_str("newer"), NOW + 3600),
        BILLING_OK);
    assert_asks(walk, "h/a/newer/");
    assert_int_equal(
        answer(walk, BILLING_REJECTED, "", &rows, &failure), BILLING_REJECTED);
    assert_over(walk);
    billing_pager_free(walk);

    billing_tokens_free(tokens);
}


static void
keeps_so_many_tokens(void **state)
{
    char              key[16];
    unsigned          i;
    billing_tokens_t *tokens;

    (void) state;

    tokens = billing_tokens_create();

    for (i = 0; i <= BILLING_TOKENS_MAX; i++) {
        (void) snprintf(key, sizeof(key), "%u", i);
        assert_int_equal(
            billing_tokens_put(tokens, billing_str_from(key), billing_str("t"),
                i == 5 ? NOW : NOW + 1000 + (time_t) i),
            BILLING_OK);
    }

    assert_int_equal(billing_tokens_get(tokens, billing_str("5"), 0).len, 0);
    assert_int_equal(billing_tokens_get(tokens, billing_str("0"), NOW).len, 1);
    assert_int_equal(
        billing_tokens_get(tokens, billing_str("0"), NOW + 1000).len, 0);
    assert_int_equal(
        billing_tokens_get(tokens, billing_str_from(key), NOW).len, 1);

    billing_tokens_drop(tokens, billing_str("0"), billing_str("other"));
    assert_int_equal(billing_tokens_get(tokens, billing_str("0"), NOW).len, 1);
    billing_tokens_drop(tokens, billing_str("0"), billing_str("t"));
    assert_int_equal(billing_tokens_get(tokens, billing_str("0"), NOW).len, 0);

    billing_tokens_free(tokens);
    billing_tokens_free(NULL);
}


static void
frees_nothing_at_all(void **state)
{
    (void) state;

    billing_pager_free(NULL);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_to_the_last_page),
        cmocka_unit_test(asks_again_for_a_page_that_did_not_come),
        cmocka_unit_test(ends_with_any_other_failure),
        cmocka_unit_test(notices_a_circle),
        cmocka_unit_test(ends_at_the_last_allowed_page),
        cmocka_unit_test(ends_where_pages_are_bare),
        cmocka_unit_test(goes_on_where_another_has_died),
        cmocka_unit_test(bounds_a_page),
        cmocka_unit_test(lists_linked_accounts),
        cmocka_unit_test(asks_for_a_token_first),
        cmocka_unit_test(gets_a_token_in_several_steps),
        cmocka_unit_test(keeps_a_token_to_itself),
        cmocka_unit_test(takes_a_token_that_is_short_or_over),
        cmocka_unit_test(renews_a_token_that_is_refused),
        cmocka_unit_test(keeps_so_many_tokens),
        cmocka_unit_test(frees_nothing_at_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
