
/* Hyperbilling's summary API: what is asked, what is read. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "provider.h"
#include "random.h"


extern const billing_provider_t billing_hyperbilling_google_cloud;
extern const billing_provider_t billing_hyperbilling_alibaba_cloud;
extern const billing_provider_t billing_hyperbilling_tencent;
extern const billing_provider_t billing_hyperbilling_akamai;

static const billing_provider_t *const clouds[] = {
    &billing_hyperbilling_google_cloud,
    &billing_hyperbilling_alibaba_cloud,
    &billing_hyperbilling_tencent,
    &billing_hyperbilling_akamai,
};


/* Checked credentials; free with json_decref(). */
static json_t *
credentials(const char *currency)
{
    char            *pem;
    json_t          *in, *out;
    billing_errors_t errors;

    billing_errors_init(&errors);
    pem = test_key_pem(0);
    in = json_pack("{s:s, s:s, s:s, s:s}", "account_id", "012345-6789AB-CDEF01",
        "client_email", "svc@example.com", "private_key", pem, "currency",
        currency);

    assert_int_equal(clouds[0]->check(in, "/c", &out, &errors), BILLING_OK);

    json_decref(in);
    free(pem);

    return out;
}


static billing_question_t
question(const json_t *creds, billing_granularity_t granularity,
    billing_day_t start, billing_day_t end)
{
    return (billing_question_t){ .provider = clouds[0],
        .endpoint = billing_str("https://h"),
        .credentials = creds,
        .now = NOW,
        .granularity = granularity,
        .start = start,
        .end = end };
}


/* 2021-07-01 to 2021-08-31 */
#define JULY   18809
#define AUGUST 18840
#define LAST   18870


static void
asks_for_months_and_kinds(void **state)
{
    size_t                 i, len;
    json_t                *creds, *claims, *header, *expected;
    const char            *bearer;
    billing_question_t     q;
    billing_http_request_t req;

    static const char *urls[] = {
        "https://h/summary?platform=gcp&account_id=012345-6789AB-CDEF01"
        "&months%5B%5D=202107&months%5B%5D=202108&kinds%5B%5D=usage_detail",
        "https://h/summary?platform=alibaba&account_id=012345-6789AB-CDEF01"
        "&months%5B%5D=202107&months%5B%5D=202108&kinds%5B%5D=usage_detail",
        "https://h/summary?platform=tencent&account_id=012345-6789AB-CDEF01"
        "&months%5B%5D=202107&months%5B%5D=202108&kinds%5B%5D=usage_detail",
        "https://h/summary?platform=akamai&account_id=012345-6789AB-CDEF01"
        "&months%5B%5D=202107&months%5B%5D=202108&kinds%5B%5D=usage_detail",
    };

    (void) state;

    creds = credentials("USD");
    expected = test_json("{\"iat\":1630454400,\"exp\":1630455000,"
                         "\"iss\":\"svc@example.com\","
                         "\"sub\":\"svc@example.com\","
                         "\"email\":\"svc@example.com\","
                         "\"aud\":\"api.hb.cloudnoa.io\"}");

    for (i = 0; i < 4; i++) {
        q = question(creds, BILLING_MONTHLY, JULY, LAST);
        q.provider = clouds[i];
        billing_http_request_init(&req);

        assert_int_equal(clouds[i]->costs.request(&q, &req), BILLING_OK);
        assert_int_equal(req.method, BILLING_HTTP_GET);
        assert_text(&req.url, urls[i]);
        assert_int_equal(req.body.len, 0);
        assert_header(&req, "Accept", "application/json");

        bearer = test_header(&req, "Authorization", &len);
        assert_non_null(bearer);
        assert_memory_equal(bearer, "Bearer ", 7);
        claims = test_jwt(bearer + 7, len - 7, &header);
        assert_true(json_equal(claims, expected));
        assert_null(json_object_get(header, "kid"));

        json_decref(header);
        json_decref(claims);
        billing_http_request_free(&req);
    }

    json_decref(expected);
    json_decref(creds);
}


static void
asks_for_days_and_for_verification(void **state)
{
    json_t                *creds;
    billing_question_t     q;
    billing_http_request_t req;

    (void) state;

    creds = credentials("USD");
    q = question(creds, BILLING_DAILY, AUGUST, AUGUST + 3);
    billing_http_request_init(&req);
    assert_int_equal(clouds[0]->costs.request(&q, &req), BILLING_OK);
    assert_text(&req.url,
        "https://h/summary?platform=gcp&account_id=012345-6789AB-CDEF01"
        "&months%5B%5D=202108&kinds%5B%5D=daily_cost");
    billing_http_request_free(&req);

    assert_int_equal(clouds[0]->verify.request(&q, &req), BILLING_OK);
    assert_text(&req.url,
        "https://h/summary?platform=gcp&account_id=012345-6789AB-CDEF01"
        "&months%5B%5D=202109&kinds%5B%5D=monthly_cost");
    billing_http_request_free(&req);

    /* two years fit */
    q = question(creds, BILLING_MONTHLY, LAST - 730, LAST);
    assert_int_equal(clouds[0]->costs.request(&q, &req), BILLING_OK);
    billing_http_request_free(&req);

    json_decref(creds);
}


static void
reads_months(void **state)
{
    json_t            *creds;
    billing_question_t q;

    static const char page[] =
        "[{\"kind\":\"monthly_cost\",\"month\":\"202108\",\"data\":["
        "{\"project_id\":\"p1\",\"data\":[{\"invoice_month\":\"202108\","
        "\"costs\":[{\"final_cost_in_usd\":999}]}]}]},"
        "{\"kind\":\"usage_detail\",\"month\":\"202108\",\"data\":["
        "{\"project_id\":\"p1\",\"project_name\":\"P\",\"data\":["
        "{\"service_name\":\"Compute Engine\","
        "\"region_id\":\"asia-northeast3\",\"costs\":["
        "{\"final_cost\":98765432109.123456,\"final_cost_in_usd\":8.55,"
        "\"currency\":\"KRW\"},"
        "{\"final_cost\":-1,\"final_cost_in_usd\":-1e-7,"
        "\"currency\":\"KRW\"}]},"
        "{\"region_id\":null,\"costs\":["
        "{\"final_cost\":\"12\",\"final_cost_in_usd\":\"0.01\","
        "\"currency\":\"KRW\"}]},"
        "{\"invoice_month\":\"202107\",\"costs\":["
        "{\"final_cost\":5,\"final_cost_in_usd\":77,\"currency\":\"KRW\"}]}"
        "]},{\"project_id\":null,\"data\":[{\"service_name\":\"Support\","
        "\"costs\":[]}]}]},"
        "{\"kind\":\"usage_detail\",\"month\":\"202109\",\"data\":["
        "{\"project_id\":\"p1\",\"data\":[{\"costs\":["
        "{\"final_cost_in_usd\":55,\"final_cost\":55,"
        "\"currency\":\"KRW\"}]}]}]},"
        "{\"kind\":\"usage_detail\",\"month\":\"202107\",\"data\":["
        "{\"project_id\":\"p2\",\"data\":[{\"service_name\":\"BigQuery\","
        "\"costs\":[{\"final_cost_in_usd\":3,\"final_cost\":4000,"
        "\"currency\":\"KRW\"}]}]}]}]";

    (void) state;

    creds = credentials("USD");
    q = question(creds, BILLING_MONTHLY, JULY, LAST);
    assert_answer(&clouds[0]->costs, &q, 200, page,
        "2021-08 USD p1|asia-northeast3|Compute Engine 8.55\n"
        "2021-08 USD p1|asia-northeast3|Compute Engine -0.0000001\n"
        "2021-08 USD p1|| 0.01\n"
        "2021-07 USD p2||BigQuery 3.00\n",
        "");
    assert_sturdy(&clouds[0]->costs, &q, 200, page);
    json_decref(creds);

    creds = credentials("billing");
    q = question(creds, BILLING_MONTHLY, AUGUST, LAST);
    assert_answer(&clouds[0]->costs, &q, 200, page,
        "2021-08 KRW p1|asia-northeast3|Compute Engine 98765432109.123456\n"
        "2021-08 KRW p1|asia-northeast3|Compute Engine -1.00\n"
        "2021-08 KRW p1|| 12.00\n",
        "");
    json_decref(creds);
}


static void
reads_days(void **state)
{
    json_t            *creds;
    billing_question_t q;

    (void) state;

    creds = credentials("USD");
    q = question(creds, BILLING_DAILY, AUGUST, AUGUST + 1);
    assert_answer(&clouds[0]->costs, &q, 200,
        "[{\"kind\":\"daily_cost\",\"month\":\"202108\",\"data\":["
        "{\"project_id\":\"p1\",\"data\":["
        "{\"invoice_month\":\"202108\",\"date\":\"2021-08-01\","
        "\"costs\":[{\"final_cost_in_usd\":1.5}]},"
        "{\"invoice_month\":\"202108\",\"date\":\"2021-08-02\","
        "\"costs\":[{\"final_cost_in_usd\":2}]},"
        /* later than asked for, of another month, of another invoice */
        "{\"invoice_month\":\"202108\",\"date\":\"2021-08-03\","
        "\"costs\":[{\"final_cost_in_usd\":4}]},"
        "{\"invoice_month\":\"202108\",\"date\":\"2021-07-31\","
        "\"costs\":[{\"final_cost_in_usd\":8}]},"
        "{\"invoice_month\":\"202109\",\"date\":\"2021-08-01\","
        "\"costs\":[{\"final_cost_in_usd\":16}]}]},"
        "{\"project_id\":\"p2\",\"data\":[{\"date\":\"2021-08-01\","
        "\"costs\":[{\"final_cost_in_usd\":32}]}]}]}]",
        "2021-08-01 USD p1|| 1.50\n"
        "2021-08-02 USD p1|| 2.00\n"
        "2021-08-01 USD p2|| 32.00\n",
        "");
    json_decref(creds);
}


static const test_refusal_t refusals[] = {
    { 401, "", BILLING_REJECTED, "401" },
    { 403, "", BILLING_REJECTED, "403" },
    { 429, "", BILLING_THROTTLED, "429" },
    { 500, "[]", BILLING_UNAVAILABLE, "500" },
    { 200, "{\"errorCode\":\"E401\"}", BILLING_REJECTED, "refuses" },
    { 200, "{\"errorCode\":\"E4290\"}", BILLING_THROTTLED, "fewer" },
    { 200, "{\"errorCode\":\"E400\"}", BILLING_MALFORMED, "400" },
    { 200, "{\"errorCode\":422}", BILLING_MALFORMED, "422" },
    { 200, "{\"errorCode\":\"E1400\"}", BILLING_UNAVAILABLE,
        "error of its own" },
    { 200, "{\"errorCode\":\"X\"}", BILLING_UNAVAILABLE, "error of its own" },
    { 200, "{\"errorCode\":5}", BILLING_UNAVAILABLE, "error of its own" },
    { 200, "{\"errorCode\":401}", BILLING_REJECTED, "401" },
    { 200, "{}", BILLING_MALFORMED, "neither" },
    { 200, "null", BILLING_MALFORMED, "neither" },
    { 200, "", BILLING_MALFORMED, "not JSON" },
    { 200, "[1]", BILLING_MALFORMED, "kind" },
    { 200, "[{\"kind\":\"usage_detail\",\"month\":\"2021-08\",\"data\":[]}]",
        BILLING_MALFORMED, "month" },
    { 200, "[{\"kind\":\"usage_detail\",\"month\":\"202113\",\"data\":[]}]",
        BILLING_MALFORMED, "month" },
    { 200, "[{\"kind\":\"usage_detail\",\"month\":\"202108\"}]",
        BILLING_MALFORMED, "kind" },
    { 200, "[{\"kind\":\"usage_detail\",\"month\":\"202108\",\"data\":[{}]}]",
        BILLING_MALFORMED, "project" },
    { 200,
        "[{\"kind\":\"usage_detail\",\"month\":\"202108\",\"data\":["
        "{\"project_id\":1,\"data\":[]}]}]",
        BILLING_MALFORMED, "project" },
    { 200,
        "[{\"kind\":\"usage_detail\",\"month\":\"202108\",\"data\":["
        "{\"data\":[{}]}]}]",
        BILLING_MALFORMED, "spoilt: malformed" },
    { 200,
        "[{\"kind\":\"usage_detail\",\"month\":\"202108\",\"data\":["
        "{\"data\":[{\"invoice_month\":\"8\",\"costs\":[]}]}]}]",
        BILLING_MALFORMED, "invoice_month" },
    { 200,
        "[{\"kind\":\"usage_detail\",\"month\":\"202108\",\"data\":["
        "{\"data\":[{\"region_id\":1,\"costs\":[]}]}]}]",
        BILLING_MALFORMED, "spoilt: malformed" },
    { 200,
        "[{\"kind\":\"usage_detail\",\"month\":\"202108\",\"data\":["
        "{\"data\":[{\"costs\":[{\"final_cost\":1}]}]}]}]",
        BILLING_MALFORMED, "spoilt: malformed" },
    { .body = NULL },
};


static void
refuses_what_it_does_not_understand(void **state)
{
    json_t            *creds;
    billing_question_t q;

    (void) state;

    creds = credentials("USD");
    q = question(creds, BILLING_MONTHLY, AUGUST, LAST);

    assert_refusals(&clouds[0]->costs, &q, refusals);

    assert_answer(&clouds[0]->costs, &q, 200, "[]", "", "");
    assert_answer(&clouds[0]->costs, &q, 204, "", "", "");

    q.granularity = BILLING_DAILY;
    assert_refused(&clouds[0]->costs, &q, 200,
        "[{\"kind\":\"daily_cost\",\"month\":\"202108\",\"data\":["
        "{\"data\":[{\"date\":\"202108\",\"costs\":[]}]}]}]",
        BILLING_MALFORMED, "day");

    json_decref(creds);

    /* without a currency there is no local amount */
    creds = credentials("billing");
    q = question(creds, BILLING_MONTHLY, AUGUST, LAST);
    assert_refused(&clouds[0]->costs, &q, 200,
        "[{\"kind\":\"usage_detail\",\"month\":\"202108\",\"data\":["
        "{\"data\":[{\"costs\":[{\"final_cost\":1}]}]}]}]",
        BILLING_OK, "spoilt: malformed");
    json_decref(creds);
}


static void
verifies(void **state)
{
    json_t            *creds, *expected;
    test_reply_t       t;
    billing_question_t q;

    (void) state;

    creds = credentials("USD");
    expected = test_json("[\"012345-6789AB-CDEF01\"]");
    q = question(creds, BILLING_MONTHLY, 0, 0);

    assert_int_equal(
        test_answer(&clouds[0]->verify, &q, 200, "[]", &t), BILLING_OK);
    assert_true(json_equal(t.reply.linked, expected));
    assert_int_equal(t.reply.next.len, 0);
    test_reply_free(&t);

    assert_refused(&clouds[0]->verify, &q, 200, "{\"errorCode\":\"E403\"}",
        BILLING_REJECTED, "refuses");

    json_decref(expected);
    json_decref(creds);
}


static void
checks_credentials(void **state)
{
    size_t           i, n;
    json_t          *in, *out, *error;
    billing_errors_t errors;

    (void) state;

    for (i = 0; i < 4; i++) {
        assert_null(clouds[i]->token.request);
        assert_non_null(clouds[i]->source_ko);

        billing_errors_init(&errors);
        in = test_json("{\"account_id\":\"a/../b\",\"client_email\":\"e\","
                       "\"private_key\":\"k\"}");
        assert_int_equal(
            clouds[i]->check(in, "/c", &out, &errors), BILLING_INVALID);
        assert_null(out);
        assert_int_equal(errors.count, 1);
        billing_errors_free(&errors);

        billing_errors_init(&errors);
        json_object_set_new(in, "account_id", json_string("a-b"));
        assert_int_equal(
            clouds[i]->check(in, "/c", &out, &errors), BILLING_INVALID);
        assert_null(out);

        json_array_foreach(errors.list, n, error)
        {
            assert_string_equal(
                json_string_value(json_object_get(error, "pointer")),
                "/c/private_key");
            assert_string_equal(
                json_string_value(json_object_get(error, "code")), "format");
        }
        assert_int_equal(errors.count, 1);

        json_decref(in);
        billing_errors_free(&errors);
    }

    in = credentials(" ");
    assert_string_equal(
        json_string_value(json_object_get(in, "currency")), "USD");
    assert_int_equal(test_linked(clouds[0], in).len, 20);
    json_decref(in);
}


/* Many random months: sums equal those of another way to add. */
static void
adds_up(void **state)
{
    char               amount[BILLING_MONEY_LEN], want[BILLING_MONEY_LEN];
    char               got[BILLING_MONEY_LEN], *line, *save;
    json_t            *creds;
    unsigned           i, n, rounds;
    billing_buf_t      page;
    test_reply_t       t;
    billing_money_t    sum, read, one;
    billing_question_t q;

    (void) state;

    creds = credentials("USD");
    q = question(creds, BILLING_MONTHLY, JULY, LAST);

    for (rounds = 0; rounds < 50; rounds++) {
        billing_buf_init(&page, 1 << 20);
        (void) billing_buf_add_str(&page,
            billing_str("[{\"kind\":\"usage_detail\",\"month\":\"202108\","
                        "\"data\":[{\"project_id\":\"p\",\"data\":["));
        n = test_random_below(100);
        sum = 0;

        for (i = 0; i < n; i++) {
            one = test_random_money(60);
            billing_money_format(one, amount);
            sum += one;
            (void) billing_buf_addf(&page,
                "%s{\"costs\":[{\"final_cost_in_usd\":\"%s\"}]}",
                i > 0 ? "," : "", amount);
        }

        (void) billing_buf_add(&page, "]}]}]", 6);
        assert_int_equal(
            test_answer(&clouds[0]->costs, &q, 200, page.data, &t), BILLING_OK);
        assert_int_equal(t.reply.rows, n);

        (void) billing_buf_add_char(&t.rows, '\0');
        read = 0;
        for (line = strtok_r(t.rows.data, "\n", &save); line != NULL;
             line = strtok_r(NULL, "\n", &save))
        {
            assert_int_equal(
                billing_money_parse(
                    billing_str_from(strrchr(line, ' ') + 1), &one),
                BILLING_OK);
            read += one;
        }

        billing_money_format(sum, want);
        billing_money_format(read, got);
        assert_string_equal(got, want);

        test_reply_free(&t);
        billing_buf_free(&page);
    }

    json_decref(creds);
}


int
main(void)
{
    int rc;

    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_for_months_and_kinds),
        cmocka_unit_test(asks_for_days_and_for_verification),
        cmocka_unit_test(reads_months),
        cmocka_unit_test(reads_days),
        cmocka_unit_test(refuses_what_it_does_not_understand),
        cmocka_unit_test(verifies),
        cmocka_unit_test(checks_credentials),
        cmocka_unit_test(adds_up),
    };

    rc = cmocka_run_group_tests(tests, NULL, NULL);
    EVP_PKEY_free(test_key());

    return rc;
}
