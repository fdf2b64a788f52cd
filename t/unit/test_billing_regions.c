
/* One region has one name, whoever tells of it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "provider.h"


extern const billing_provider_t billing_aws;
extern const billing_provider_t billing_hyperbilling_aws;


typedef struct {
    billing_money_t sum;     /* of af-south-1 */
    unsigned        unknown; /* rows of "XYZ9" */
} sums_t;


static billing_status_t
add(void *data, const billing_cost_row_t *row)
{
    sums_t *sums = data;

    if (billing_str_eq(row->region, billing_str("af-south-1"))) {
        sums->sum += row->amount;
    }

    sums->unknown += billing_str_eq(row->region, billing_str("XYZ9"));

    return BILLING_OK;
}


static void
read_into(sums_t *sums, const billing_provider_t *provider, const json_t *creds,
    const char *body)
{
    billing_str_t         linked;
    billing_reply_t       reply;
    billing_question_t    q;
    billing_http_answer_t answer;

    linked = billing_str("012345678901");
    q = (billing_question_t){ .provider = provider,
        .endpoint = billing_str("https://e"),
        .credentials = creds,
        .now = NOW,
        .linked = &linked,
        .nlinked = 1,
        .granularity = BILLING_DAILY,
        .start = 18840,
        .end = 18870 };
    answer = (billing_http_answer_t){ .status = 200,
        .body = billing_str_from(body) };

    billing_reply_init(&reply, add, sums);
    assert_int_equal(provider->costs.answer(&q, &answer, &reply), BILLING_OK);
    billing_reply_free(&reply);
}


static void
adds_up_what_two_providers_tell(void **state)
{
    char    text[BILLING_MONEY_LEN];
    json_t *creds;
    sums_t  sums = { 0, 0 };

    (void) state;

    creds = json_pack(
        "{s:s, s:s}", "cost", "UnblendedCost", "detail", "region");
    read_into(&sums, &billing_aws, creds,
        "{\"ResultsByTime\":[{\"TimePeriod\":{\"Start\":\"2021-08-01\"},"
        "\"Groups\":[{\"Keys\":[\"S3\",\"af-south-1\"],\"Metrics\":"
        "{\"UnblendedCost\":{\"Amount\":\"1.25\",\"Unit\":\"USD\"}}}]}]}");
    json_decref(creds);

    creds = json_pack("{s:s}", "account", "012345678901");
    read_into(&sums, &billing_hyperbilling_aws, creds,
        "{\"Results\":[{\"GroupBy\":{\"USAGE_DATE\":\"2021-08-01\","
        "\"REGION\":\"AFS1\",\"SERVICE_CODE\":\"AmazonS3\"},"
        "\"Value\":{\"USAGE_COST\":2.5}},"
        "{\"GroupBy\":{\"USAGE_DATE\":\"2021-08-01\","
        "\"REGION\":\"XYZ9\",\"SERVICE_CODE\":\"AmazonS3\"},"
        "\"Value\":{\"USAGE_COST\":9}}]}");
    json_decref(creds);

    billing_money_format(sums.sum, text);
    assert_string_equal(text, "3.75");
    assert_int_equal(sums.unknown, 1);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_up_what_two_providers_tell),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
