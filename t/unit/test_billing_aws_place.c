
/* AWS: partitions and regions, and what is signed for which. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "provider.h"

#include "providers/aws.h"


extern const billing_provider_t billing_aws;


typedef struct {
    const char *endpoint;
    const char *login;
    const char *region; /* of the configuration */
    const char *partition;
    const char *costs; /* what is signed */
    const char *sts;
    const char *url; /* of STS */
} place_t;

static const place_t places[] = {
    { "https://ce.us-east-1.amazonaws.com", "", "", "aws",
        "aws:amz:us-east-1:ce", "aws:amz:us-east-1:sts",
        "https://sts.us-east-1.amazonaws.com/" },
    { "https://ce.cn-northwest-1.amazonaws.com.cn", "", "", "aws-cn",
        "aws:amz:cn-northwest-1:ce", "aws:amz:cn-northwest-1:sts",
        "https://sts.cn-northwest-1.amazonaws.com.cn/" },
    { "https://ce.us-gov-west-1.amazonaws.com:443/x", "", "", "aws-us-gov",
        "aws:amz:us-gov-west-1:ce", "aws:amz:us-gov-west-1:sts",
        "https://sts.us-gov-west-1.amazonaws.com/" },
    { "https://ce.eusc-de-east-1.amazonaws.eu", "", "", "aws-eusc",
        "aws:amz:eusc-de-east-1:ce", "aws:amz:eusc-de-east-1:sts",
        "https://sts.eusc-de-east-1.amazonaws.eu/" },
    { "https://ce.us-east-1.api.aws",
        "https://sts.ap-northeast-2.amazonaws.com", "", "aws",
        "aws:amz:us-east-1:ce", "aws:amz:ap-northeast-2:sts",
        "https://sts.ap-northeast-2.amazonaws.com/" },
    { "https://ce.us-east-1.amazonaws.com", "https://sts.amazonaws.com", "",
        "aws", "aws:amz:us-east-1:ce", "aws:amz:us-east-1:sts",
        "https://sts.amazonaws.com/" },
    { "https://vpce-0123456789abcdef0-k2v7e9d1.ce.us-east-1.vpce.amazonaws.com",
        "", "", "aws", "aws:amz:us-east-1:ce", "aws:amz:us-east-1:sts",
        "https://sts.us-east-1.amazonaws.com/" },
    { "https://costs.example.com", "", "cn-north-1", "aws-cn",
        "aws:amz:cn-north-1:ce", "aws:amz:cn-north-1:sts",
        "https://sts.cn-north-1.amazonaws.com.cn/" },
    { "https://ce.us-east-1.amazonaws.com", "https://sts.amazonaws.com",
        "us-gov-east-1", "aws-us-gov", "aws:amz:us-gov-east-1:ce",
        "aws:amz:us-east-1:sts", "https://sts.amazonaws.com/" },
    { "http://127.0.0.1:8080", "http://127.0.0.1:8080", "", "aws",
        "aws:amz:us-east-1:ce", "aws:amz:us-east-1:sts",
        "http://127.0.0.1:8080/" },
    { .endpoint = NULL },
};


static void
signs_for_the_endpoint(void **state)
{
    char                   role[128];
    json_t                *creds;
    const place_t         *p;
    billing_question_t     q;
    billing_http_request_t req;

    (void) state;

    billing_http_request_init(&req);

    for (p = places; p->endpoint != NULL; p++) {
        (void) snprintf(role, sizeof(role), "arn:%s:iam::111122223333:role/a",
            p->partition);
        creds = json_pack("{s:s, s:s, s:s, s:s, s:s}", "access_key_id", "A",
            "secret_access_key", "s", "role_arn", role, "cost", "UnblendedCost",
            "detail", "region");

        q = (billing_question_t){ .provider = &billing_aws,
            .endpoint = billing_str_from(p->endpoint),
            .login = billing_str_from(p->login),
            .region = billing_str_from(p->region),
            .credentials = creds,
            .now = NOW,
            .granularity = BILLING_DAILY,
            .start = 18840,
            .end = 18870 };

        assert_int_equal(billing_aws.costs.request(&q, &req), BILLING_OK);
        assert_text(&req.service, p->costs);
        billing_http_request_free(&req);

        assert_int_equal(billing_aws.token.request(&q, &req), BILLING_OK);
        assert_text(&req.service, p->sts);
        assert_text(&req.url, p->url);
        billing_http_request_free(&req);
        json_decref(creds);
    }
}


/* Nobody is asked for a role that nobody there can know. */
static void
refuses_a_role_of_another_partition(void **state)
{
    unsigned               i;
    json_t                *creds;
    billing_question_t     q;
    billing_http_request_t req;

    static const char *const roles[] = { "arn:aws-cn:iam::111122223333:role/a",
        "arn:aws-c:iam::111122223333:role/a",
        "arn:aws-us-gov:iam::111122223333:role/a" };

    (void) state;

    billing_http_request_init(&req);

    for (i = 0; i < 3; i++) {
        creds = json_pack("{s:s, s:s, s:s}", "access_key_id", "A",
            "secret_access_key", "s", "role_arn", roles[i]);
        q = (billing_question_t){ .provider = &billing_aws,
            .endpoint = billing_str("https://ce.us-east-1.amazonaws.com"),
            .credentials = creds,
            .now = NOW };

        assert_int_equal(billing_aws.token.request(&q, &req), BILLING_REJECTED);
        assert_non_null(strstr(req.reason, "partition"));
        assert_int_equal(req.url.len, 0);
        billing_http_request_free(&req);
        json_decref(creds);
    }
}


static void
has_an_endpoint_for_a_region(void **state)
{
    unsigned      i;
    billing_buf_t b;

    static const char *const good[][2] = {
        { "us-east-1", "https://ce.us-east-1.amazonaws.com" },
        { "cn-northwest-1", "https://ce.cn-northwest-1.amazonaws.com.cn" },
        { "us-gov-west-1", "https://ce.us-gov-west-1.amazonaws.com" },
        { "eusc-de-east-1", "https://ce.eusc-de-east-1.amazonaws.eu" },
    };
    static const char *const bad[] = { "", "us", "us-east", "us-east-", "-1",
        "us--1", "us-east-1a", "us-east-12", "US-EAST-1", "us_east-1",
        "us-east-1.evil.example", "us-east-1/", "-us-east-1", "us-east1-1",
        "aaaaaaaaaa-aaaaaaaaaa-aaaaaaaaaa-1" };

    (void) state;

    billing_buf_init(&b, 256);

    for (i = 0; i < 4; i++) {
        assert_int_equal(
            billing_aws.regional(billing_str_from(good[i][0]), &b), BILLING_OK);
        assert_text(&b, good[i][1]);
        billing_buf_reset(&b);
    }

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(billing_aws.regional(billing_str_from(bad[i]), &b),
            BILLING_INVALID);
        assert_int_equal(b.len, 0);
    }

    billing_buf_free(&b);
}


/* A wrong region is none of the key's faults. */
static const test_refusal_t wrong_regions[] = {
    { 400,
        "{\"__type\":\"InvalidSignatureException\",\"message\":\"Credential "
        "should be scoped to a valid region, not 'us-east-1'. \"}",
        BILLING_UNAVAILABLE, "region" },
    { 403,
        "{\"__type\":\"InvalidSignatureException\",\"message\":\"Credential "
        "should be scoped to correct service: 'ce'. \"}",
        BILLING_UNAVAILABLE, "region" },
    { 400, "{\"__type\":\"InvalidSignatureException\",\"message\":\"x\"}",
        BILLING_REJECTED, "secret access key" },
    { 400,
        "{\"__type\":\"UnrecognizedClientException\",\"message\":\"The "
        "security token included in the request is invalid.\"}",
        BILLING_REJECTED, "GovCloud" },
    { .body = NULL },
};


static void
tells_a_wrong_region_from_a_wrong_key(void **state)
{
    json_t            *creds;
    billing_question_t q;

    (void) state;

    creds = json_pack("{s:s, s:s, s:s, s:s}", "access_key_id", "A",
        "secret_access_key", "s", "cost", "UnblendedCost", "detail", "region");
    q = (billing_question_t){ .provider = &billing_aws,
        .endpoint = billing_str("https://ce.us-east-1.amazonaws.com"),
        .credentials = creds,
        .now = NOW };

    assert_refusals(&billing_aws.costs, &q, wrong_regions);
    assert_refusals(&billing_aws.verify, &q, wrong_regions);
    json_decref(creds);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_for_the_endpoint),
        cmocka_unit_test(refuses_a_role_of_another_partition),
        cmocka_unit_test(has_an_endpoint_for_a_region),
        cmocka_unit_test(tells_a_wrong_region_from_a_wrong_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
