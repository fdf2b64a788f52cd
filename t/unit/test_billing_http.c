
/* A request's headers: nothing but one header goes in, limits hold. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/http.h"


static void
starts_as_an_empty_get(void **state)
{
    billing_http_request_t req;

    (void) state;

    billing_http_request_init(&req);

    assert_int_equal(req.method, BILLING_HTTP_GET);
    assert_int_equal(req.auth, BILLING_AUTH_NONE);
    assert_int_equal(req.nheaders, 0);
    assert_int_equal(req.url.len, 0);
    assert_int_equal(req.body.len, 0);

    billing_http_request_free(&req);
}


static void
writes_a_header(void **state)
{
    billing_http_request_t req;

    (void) state;

    billing_http_request_init(&req);

    assert_int_equal(
        billing_http_request_header(&req, billing_str("X-Client-Id"),
            billing_str("Kim \xea\xb9\x80 <k@example.com>")),
        BILLING_OK);
    assert_int_equal(req.nheaders, 1);
    assert_int_equal(req.headers[0].len, 36);
    assert_memory_equal(req.headers[0].data,
        "X-Client-Id: Kim \xea\xb9\x80 <k@example.com>", 36);

    billing_http_request_free(&req);
    assert_int_equal(req.nheaders, 0);
}


static void
refuses_what_would_not_be_one_header(void **state)
{
    size_t                 i;
    billing_http_request_t req;

    static const struct {
        billing_str_t name;
        billing_str_t value;
    } cases[] = {
        { billing_str("X-Key"), billing_str("a\r\nX-Admin: 1") },
        { billing_str("X-Key"), billing_str("a\nb") },
        { billing_str("X-Key"), billing_str("a\rb") },
        { billing_str("X-Key"), billing_str("a\0b") },
        { billing_str("X-Key"), billing_str("a\tb") },
        { billing_str("X-Key"), billing_str("a\x7f") },
        { billing_str("X-Key"), billing_str("") },
        { billing_str("X-Key"), billing_str("   ") },
        { billing_str(""), billing_str("a") },
        { billing_str("X Key"), billing_str("a") },
        { billing_str("X-Key:"), billing_str("a") },
        { billing_str("X-Key\n"), billing_str("a") },
        { billing_str("X-K\xc3\xa9y"), billing_str("a") },
    };

    (void) state;

    billing_http_request_init(&req);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(
            billing_http_request_header(&req, cases[i].name, cases[i].value),
            BILLING_INVALID);
    }

    assert_int_equal(req.nheaders, 0);

    billing_http_request_free(&req);
}


static void
keeps_to_its_limits(void **state)
{
    int                    i;
    static char            large[BILLING_HTTP_MAX_HEADER];
    billing_http_request_t req;

    (void) state;

    memset(large, 'x', sizeof(large));
    billing_http_request_init(&req);

    assert_int_equal(billing_http_request_header(&req, billing_str("A"),
                         (billing_str_t){ large, sizeof(large) - 2 }),
        BILLING_LIMIT);
    assert_int_equal(req.nheaders, 0);

    assert_int_equal(billing_http_request_header(&req, billing_str("A"),
                         (billing_str_t){ large, sizeof(large) - 3 }),
        BILLING_OK);

    for (i = 1; i < BILLING_HTTP_MAX_HEADERS; i++) {
        assert_int_equal(billing_http_request_header(
                             &req, billing_str("A"), billing_str("b")),
            BILLING_OK);
    }

    assert_int_equal(
        billing_http_request_header(&req, billing_str("A"), billing_str("b")),
        BILLING_LIMIT);
    assert_int_equal(req.nheaders, BILLING_HTTP_MAX_HEADERS);

    billing_http_request_free(&req);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_as_an_empty_get),
        cmocka_unit_test(writes_a_header),
        cmocka_unit_test(refuses_what_would_not_be_one_header),
        cmocka_unit_test(keeps_to_its_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
