
/* Questions that can be asked in two forms: many months at once, or each. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "provider.h"


extern const billing_provider_t billing_hyperbilling_aws;


/* 2021-07-15 to 2021-08-31 */
#define START 18823
#define END   18870

#define BILLING(start, end, token)                                   \
    "{\"Filter\":{\"LinkedAccount\":[\"012345678901\"],"             \
    "\"Granularity\":\"MONTHLY\",\"TimePeriod\":{\"Start\":\"" start \
    "\",\"End\":\"" end "\"}" token "},\"GroupBy\":[\"USAGE_DATE\"," \
    "\"REGION\",\"SERVICE_CODE\"],\"Result\":[\"USAGE_COST\"]}"

#define ROW(month)                                                    \
    "{\"GroupBy\":{\"USAGE_DATE\":\"" month "\",\"REGION\":\"APN1\"," \
    "\"SERVICE_CODE\":\"S\"},\"Value\":{\"USAGE_COST\":2}}"


static json_t *
credentials(void)
{
    return test_json("{\"account\":\"all\",\"email\":\"a@b\",\"key\":\"k\"}");
}


static billing_question_t
question(const json_t *creds, unsigned forms)
{
    static billing_str_t linked;

    linked = billing_str("012345678901");

    return (billing_question_t){ .provider = &billing_hyperbilling_aws,
        .endpoint = billing_str("https://h"),
        .credentials = creds,
        .now = NOW,
        .forms = forms,
        .linked = &linked,
        .nlinked = 1,
        .granularity = BILLING_MONTHLY,
        .start = START,
        .end = END };
}


static void
assert_asks(const billing_question_t *q, const char *body)
{
    billing_http_request_t req;

    billing_http_request_init(&req);
    assert_int_equal(
        billing_hyperbilling_aws.costs.request(q, &req), BILLING_OK);
    assert_body(&req, body);
    billing_http_request_free(&req);
}


static void
asks_month_by_month(void **state)
{
    json_t            *creds;
    billing_question_t q;

    (void) state;

    creds = credentials();
    q = question(creds, BILLING_FORM_WIDE);
    assert_asks(&q, BILLING("2021-07-15", "2021-08-31", ""));

    q.forms = BILLING_FORM_NARROW;
    assert_asks(&q, BILLING("2021-07-15", "2021-07-31", ""));
    assert_answer(&billing_hyperbilling_aws.costs, &q, 200,
        "{\"Results\":[" ROW("2021-07") "],\"NextDataToken\":\"t k\"}",
        "2021-07 USD 012345678901|ap-northeast-1|S 2.00\n", "2021-07-15 t k");

    q.page = billing_str("2021-07-15 t k");
    assert_asks(
        &q, BILLING("2021-07-15", "2021-07-31", ",\"NextDataToken\":\"t k\""));
    assert_answer(
        &billing_hyperbilling_aws.costs, &q, 204, "", "", "2021-08-01");

    q.page = billing_str("2021-08-01");
    assert_asks(&q, BILLING("2021-08-01", "2021-08-31", ""));
    assert_answer(&billing_hyperbilling_aws.costs, &q, 200,
        "{\"Results\":[" ROW("2021-08") "]}",
        "2021-08 USD 012345678901|ap-northeast-1|S 2.00\n", "");

    /* what is of another month would count twice */
    assert_refused(&billing_hyperbilling_aws.costs, &q, 200,
        "{\"Results\":[" ROW("2021-07") "]}", BILLING_MALFORMED, "period");

    q.page = billing_str("2021-0");
    assert_int_equal(billing_hyperbilling_aws.costs.request(
                         &q, &(billing_http_request_t){ .nheaders = 0 }),
        BILLING_INVALID);

    json_decref(creds);
}


static void
asks_for_a_list_with_a_body(void **state)
{
    unsigned               i;
    json_t                *creds;
    billing_question_t     q;
    billing_http_request_t req;

    (void) state;

    creds = credentials();

    for (i = 0; i < 2; i++) {
        q = question(creds, i == 0 ? 0 : BILLING_FORM_BODY);
        billing_http_request_init(&req);
        assert_int_equal(
            billing_hyperbilling_aws.verify.request(&q, &req), BILLING_OK);
        assert_int_equal(req.method, BILLING_HTTP_GET);
        assert_text(&req.url, "https://h/v1/search/linkedaccount");
        assert_int_equal(req.body.len, i == 0 ? 0 : 2);
        billing_http_request_free(&req);
    }

    json_decref(creds);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_month_by_month),
        cmocka_unit_test(asks_for_a_list_with_a_body),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
