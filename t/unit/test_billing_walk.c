
/* The walk over pages, with a provider that obeys the test. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "providers/billing_provider.h"


/*
 * Its request's URL is the endpoint and the token; of its answer the body is
 * the next token, the status what it returns.
 */
static billing_status_t
fake_request(const billing_cost_query_t *query, billing_str_t token,
    billing_http_request_t *req)
{
    (void) billing_buf_add_str(&req->url, query->endpoint);
    (void) billing_buf_add_char(&req->url, '/');
    (void) billing_buf_add_str(&req->url, query->linked);
    (void) billing_buf_add_char(&req->url, '/');

    return billing_buf_add_str(&req->url, token);
}


static billing_status_t
fake_answer(const billing_cost_query_t *query,
    const billing_http_answer_t *answer, billing_cost_row_pt row, void *data,
    billing_buf_t *next, char reason[BILLING_REASON_LEN])
{
    billing_status_t   rc;
    billing_cost_row_t cost = { .linked = query->linked, .amount = 1 };

    if (answer->status != BILLING_OK) {
        (void) snprintf(reason, BILLING_REASON_LEN, "as told");
        return (billing_status_t) answer->status;
    }

    rc = row(data, &cost);
    if (rc != BILLING_OK) {
        return rc;
    }

    return billing_buf_add_str(next, answer->body);
}


static const billing_provider_t fake = {
    .cost_request = fake_request,
    .cost_answer = fake_answer,
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


static billing_walk_t *
walk_create(void)
{
    char                 endpoint[] = "http://h", linked[] = "000000000001";
    billing_walk_t      *walk;
    billing_cost_query_t query;

    query = (billing_cost_query_t){ .endpoint = billing_str_from(endpoint),
        .linked = billing_str_from(linked) };
    walk = billing_walk_create(&fake, &query);
    assert_non_null(walk);

    /* the walk has copies of its own */
    memset(endpoint, 'x', sizeof(endpoint));
    memset(linked, 'x', sizeof(linked));
    memset(&query, 0, sizeof(query));

    return walk;
}


static void
assert_asks(billing_walk_t *walk, const char *url)
{
    billing_http_request_t req;

    billing_http_request_init(&req);
    assert_int_equal(billing_walk_request(walk, &req), BILLING_OK);
    assert_int_equal(req.url.len, strlen(url));
    assert_memory_equal(req.url.data, url, req.url.len);
    billing_http_request_free(&req);
}


static billing_status_t
answer(billing_walk_t *walk, billing_status_t status, const char *next,
    unsigned *rows, char reason[BILLING_REASON_LEN])
{
    billing_http_answer_t a;

    a = (billing_http_answer_t){ .status = (int) status,
        .body = billing_str_from(next) };

    return billing_walk_answer(walk, &a, count, rows, reason);
}


/* A walk that is over takes part in nothing. */
static void
assert_over(billing_walk_t *walk)
{
    char                   reason[BILLING_REASON_LEN];
    unsigned               rows;
    billing_http_request_t req;

    rows = 0;
    billing_http_request_init(&req);

    assert_int_equal(billing_walk_request(walk, &req), BILLING_INVALID);
    assert_int_equal(req.url.len, 0);
    assert_int_equal(
        answer(walk, BILLING_OK, "", &rows, reason), BILLING_INVALID);
    assert_int_equal(rows, 0);

    billing_http_request_free(&req);
}


static void
goes_to_the_last_page(void **state)
{
    char            reason[BILLING_REASON_LEN];
    unsigned        rows;
    billing_walk_t *walk;

    (void) state;

    rows = 0;
    walk = walk_create();

    assert_asks(walk, "http://h/000000000001/");
    assert_int_equal(
        answer(walk, BILLING_OK, "page 2", &rows, reason), BILLING_OK);
    assert_false(billing_walk_done(walk));

    assert_asks(walk, "http://h/000000000001/page 2");
    assert_int_equal(
        answer(walk, BILLING_OK, "page 3", &rows, reason), BILLING_OK);
    assert_false(billing_walk_done(walk));

    assert_asks(walk, "http://h/000000000001/page 3");
    assert_int_equal(answer(walk, BILLING_OK, "", &rows, reason), BILLING_OK);
    assert_true(billing_walk_done(walk));
    assert_int_equal(billing_walk_pages(walk), 3);
    assert_int_equal(rows, 3);
    assert_over(walk);

    billing_walk_free(walk);
}


static void
asks_again_for_a_page_that_did_not_come(void **state)
{
    char            reason[BILLING_REASON_LEN];
    unsigned        rows;
    billing_walk_t *walk;

    (void) state;

    rows = 0;
    walk = walk_create();

    assert_int_equal(answer(walk, BILLING_UNAVAILABLE, "", &rows, reason),
        BILLING_UNAVAILABLE);
    assert_string_equal(reason, "as told");
    assert_asks(walk, "http://h/000000000001/");
    assert_int_equal(
        answer(walk, BILLING_OK, "page 2", &rows, reason), BILLING_OK);
    assert_string_equal(reason, "");
    assert_int_equal(
        answer(walk, BILLING_THROTTLED, "", &rows, reason), BILLING_THROTTLED);
    assert_asks(walk, "http://h/000000000001/page 2");
    assert_int_equal(answer(walk, BILLING_OK, "", &rows, reason), BILLING_OK);
    assert_true(billing_walk_done(walk));
    assert_int_equal(billing_walk_pages(walk), 2);
    assert_int_equal(rows, 2);

    billing_walk_free(walk);
}


static void
ends_with_any_other_failure(void **state)
{
    char                  reason[BILLING_REASON_LEN];
    size_t                i;
    unsigned              rows;
    billing_walk_t       *walk;
    billing_http_answer_t a;

    static const billing_status_t failures[] = { BILLING_NOMEM,
        BILLING_MALFORMED, BILLING_INVALID, BILLING_LIMIT, BILLING_REJECTED };

    (void) state;

    for (i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
        rows = 0;
        walk = walk_create();
        assert_int_equal(
            answer(walk, failures[i], "", &rows, reason), failures[i]);
        assert_false(billing_walk_done(walk));
        assert_over(walk);
        billing_walk_free(walk);
    }

    walk = walk_create();
    a = (billing_http_answer_t){ .status = BILLING_OK,
        .body = billing_str("") };
    assert_int_equal(
        billing_walk_answer(walk, &a, refuse, NULL, reason), BILLING_LIMIT);
    assert_over(walk);
    billing_walk_free(walk);
}


static void
notices_a_circle(void **state)
{
    size_t          i, n;
    char            reason[BILLING_REASON_LEN];
    unsigned        rows;
    billing_walk_t *walk;

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
                answer(walk, BILLING_OK, circles[i][n], &rows, reason),
                BILLING_OK);
        }

        assert_int_equal(answer(walk, BILLING_OK, circles[i][n], &rows, reason),
            BILLING_MALFORMED);
        assert_non_null(strstr(reason, "before"));
        assert_false(billing_walk_done(walk));
        assert_over(walk);

        billing_walk_free(walk);
    }
}


static void
ends_at_the_last_allowed_page(void **state)
{
    int             last, rc;
    char            reason[BILLING_REASON_LEN], token[16];
    unsigned        i, rows;
    billing_walk_t *walk;

    (void) state;

    for (last = 0; last <= 1; last++) {
        rows = 0;
        walk = walk_create();

        for (i = 1; i < BILLING_PAGES_MAX; i++) {
            (void) snprintf(token, sizeof(token), "%u", i);
            assert_int_equal(
                answer(walk, BILLING_OK, token, &rows, reason), BILLING_OK);
        }

        rc = answer(walk, BILLING_OK, last ? "" : "more", &rows, reason);

        assert_int_equal(rc, last ? BILLING_OK : BILLING_MALFORMED);
        assert_int_equal(billing_walk_done(walk), last);
        assert_int_equal(billing_walk_pages(walk), BILLING_PAGES_MAX);
        assert_over(walk);

        billing_walk_free(walk);
    }
}


static void
bounds_a_token(void **state)
{
    static char     token[4098];
    char            reason[BILLING_REASON_LEN];
    unsigned        rows;
    billing_walk_t *walk;

    (void) state;

    rows = 0;
    memset(token, 't', 4096);

    walk = walk_create();
    assert_int_equal(
        answer(walk, BILLING_OK, token, &rows, reason), BILLING_OK);
    billing_walk_free(walk);

    token[4096] = 't';

    walk = walk_create();
    assert_int_equal(
        answer(walk, BILLING_OK, token, &rows, reason), BILLING_MALFORMED);
    assert_non_null(strstr(reason, "too long"));
    assert_over(walk);
    billing_walk_free(walk);
}


static void
frees_nothing_at_all(void **state)
{
    (void) state;

    billing_walk_free(NULL);
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
        cmocka_unit_test(bounds_a_token),
        cmocka_unit_test(frees_nothing_at_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
