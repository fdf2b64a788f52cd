
/* Parts of requests. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "provider.h"
#include "providers/request.h"


static void
builds_json_requests(void **state)
{
    billing_http_request_t req;

    (void) state;

    billing_http_request_init(&req);
    assert_int_equal(billing_request_url(
                         &req, billing_str("https://h:1"), billing_str("/p")),
        BILLING_OK);
    assert_int_equal(billing_request_json(&req), BILLING_OK);
    assert_int_equal(
        billing_request_bearer(&req, billing_str("a.b.c")), BILLING_OK);

    assert_int_equal(req.method, BILLING_HTTP_POST);
    assert_text(&req.url, "https://h:1/p");
    assert_header(&req, "Accept", "application/json");
    assert_header(&req, "Content-Type", "application/json");
    assert_header(&req, "Authorization", "Bearer a.b.c");
    billing_http_request_free(&req);
}


static void
builds_forms(void **state)
{
    billing_http_request_t req;

    (void) state;

    billing_http_request_init(&req);
    assert_int_equal(billing_request_form(&req), BILLING_OK);
    assert_int_equal(
        billing_request_field(&req.body, "a", billing_str("")), BILLING_OK);
    assert_int_equal(billing_request_field(&req.body, "b",
                         billing_str("AZaz09-._~ +&=%/:\"\r\n한")),
        BILLING_OK);

    assert_int_equal(req.method, BILLING_HTTP_POST);
    assert_header(&req, "Content-Type", "application/x-www-form-urlencoded");
    assert_text(
        &req.body, "a=&b=AZaz09-._~%20%2B%26%3D%25%2F%3A%22%0D%0A%ED%95%9C");
    billing_http_request_free(&req);
}


static void
lets_no_token_break_out(void **state)
{
    char                   big[BILLING_HTTP_MAX_HEADER];
    billing_http_request_t req;

    (void) state;

    memset(big, 'a', sizeof(big));
    billing_http_request_init(&req);

    assert_int_equal(billing_request_bearer(&req, billing_str("a\r\nX: 1")),
        BILLING_INVALID);
    assert_int_equal(
        billing_request_bearer(&req, (billing_str_t){ big, sizeof(big) }),
        BILLING_LIMIT);
    assert_int_equal(req.nheaders, 0);
    billing_http_request_free(&req);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(builds_json_requests),
        cmocka_unit_test(builds_forms),
        cmocka_unit_test(lets_no_token_break_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
