
/* AWS Cost Explorer: what is asked, what is read, the role. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "provider.h"


extern const billing_provider_t billing_aws;


#define ROLE                                                  \
    ",\"role_arn\":\"arn:aws:iam::111122223333:role/a/b+c\"," \
    "\"external_id\":\"x:y/z\""


/* Checked credentials with what more is said; free with json_decref(). */
static json_t *
credentials(const char *more)
{
    char             text[1024];
    json_t          *in, *out;
    billing_errors_t errors;

    (void) snprintf(text, sizeof(text),
        "{\"access_key_id\":\"AKIDEXAMPLE00000\",\"secret_access_key\":"
        "\"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY\"%s}",
        more);
    in = test_json(text);
    billing_errors_init(&errors);
    assert_int_equal(billing_aws.check(in, "/c", &out, &errors), BILLING_OK);
    json_decref(in);

    return out;
}


/* August 2021 */
static billing_question_t
question(const json_t *creds, billing_granularity_t granularity)
{
    static billing_str_t linked;

    linked = test_linked(&billing_aws, creds);

    return (billing_question_t){ .provider = &billing_aws,
        .endpoint = billing_str("https://ce"),
        .login = billing_str("https://sts"),
        .credentials = creds,
        .now = NOW,
        .linked = &linked,
        .nlinked = linked.len > 0,
        .granularity = granularity,
        .start = 18840,
        .end = 18870 };
}


static void
asks_for_costs(void **state)
{
    size_t                 len;
    json_t                *creds;
    billing_question_t     q;
    billing_http_request_t req;

    (void) state;

    creds = credentials("");
    q = question(creds, BILLING_MONTHLY);
    billing_http_request_init(&req);

    assert_int_equal(billing_aws.costs.request(&q, &req), BILLING_OK);
    assert_int_equal(req.method, BILLING_HTTP_POST);
    assert_text(&req.url, "https://ce/");
    assert_int_equal(req.nheaders, 2);
    assert_header(&req, "Content-Type", "application/x-amz-json-1.1");
    assert_header(
        &req, "X-Amz-Target", "AWSInsightsIndexService.GetCostAndUsage");
    assert_int_equal(req.auth, BILLING_AUTH_SIGV4);
    assert_text(&req.service, "aws:amz:us-east-1:ce");
    assert_text(
        &req.key, "AKIDEXAMPLE00000:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    assert_body(&req,
        "{\"TimePeriod\":{\"Start\":\"2021-08-01\",\"End\":\"2021-09-01\"},"
        "\"Granularity\":\"MONTHLY\",\"Metrics\":[\"UnblendedCost\"],"
        "\"GroupBy\":[{\"Type\":\"DIMENSION\",\"Key\":\"SERVICE\"},"
        "{\"Type\":\"DIMENSION\",\"Key\":\"REGION\"}]}");
    assert_null(memchr(req.body.data, '\n', req.body.len));
    billing_http_request_free(&req);
    json_decref(creds);

    creds = credentials(",\"linked_account\":\"012345678901\","
                        "\"cost\":\"AmortizedCost\","
                        "\"detail\":\"linked_account\"");
    q = question(creds, BILLING_DAILY);
    q.page = billing_str("next\"page");
    q.token = billing_str("ASIAKEY\nsecret\nsession/+=");

    assert_int_equal(billing_aws.costs.request(&q, &req), BILLING_OK);
    assert_text(&req.key, "ASIAKEY:secret");
    assert_header(&req, "X-Amz-Security-Token", "session/+=");
    assert_non_null(test_header(&req, "X-Amz-Target", &len));
    assert_body(&req,
        "{\"TimePeriod\":{\"Start\":\"2021-08-01\",\"End\":\"2021-09-01\"},"
        "\"Granularity\":\"DAILY\",\"Metrics\":[\"AmortizedCost\"],"
        "\"GroupBy\":[{\"Type\":\"DIMENSION\",\"Key\":\"SERVICE\"},"
        "{\"Type\":\"DIMENSION\",\"Key\":\"LINKED_ACCOUNT\"}],"
        "\"Filter\":{\"Dimensions\":{\"Key\":\"LINKED_ACCOUNT\","
        "\"Values\":[\"012345678901\"]}},"
        "\"NextPageToken\":\"next\\\"page\"}");
    billing_http_request_free(&req);
    json_decref(creds);
}


/* One question for all that verification has listed. */
static void
asks_for_several_accounts(void **state)
{
    json_t                *creds;
    billing_str_t          linked[2];
    billing_question_t     q;
    billing_http_request_t req;

    (void) state;

    creds = credentials("");
    q = question(creds, BILLING_DAILY);
    linked[0] = billing_str("111122223333");
    linked[1] = billing_str("012345678901");
    q.linked = linked;
    q.nlinked = 2;
    billing_http_request_init(&req);

    assert_int_equal(billing_aws.costs.request(&q, &req), BILLING_OK);
    assert_body(&req,
        "{\"TimePeriod\":{\"Start\":\"2021-08-01\",\"End\":\"2021-09-01\"},"
        "\"Granularity\":\"DAILY\",\"Metrics\":[\"UnblendedCost\"],"
        "\"GroupBy\":[{\"Type\":\"DIMENSION\",\"Key\":\"SERVICE\"},"
        "{\"Type\":\"DIMENSION\",\"Key\":\"REGION\"}],"
        "\"Filter\":{\"Dimensions\":{\"Key\":\"LINKED_ACCOUNT\","
        "\"Values\":[\"111122223333\",\"012345678901\"]}}}");
    billing_http_request_free(&req);

    assert_answer(&billing_aws.costs, &q, 200,
        "{\"ResultsByTime\":[{\"TimePeriod\":{\"Start\":\"2021-08-01\"},"
        "\"Groups\":[{\"Keys\":[\"S3\",\"eu-west-1\"],\"Metrics\":"
        "{\"UnblendedCost\":{\"Amount\":\"1\",\"Unit\":\"USD\"}}}]}]}",
        "2021-08-01 USD |eu-west-1|S3 1.00\n", "");
    json_decref(creds);
}


static void
takes_on_a_role(void **state)
{
    json_t                *creds;
    test_reply_t           t;
    billing_question_t     q;
    billing_http_request_t req;

    static const char xml[] =
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/"
        "2011-06-15/\">\n<AssumeRoleResult>\n<Credentials>\n"
        "<AccessKeyId>ASIAKEY</AccessKeyId>\n"
        "<SecretAccessKey>se/cr+et</SecretAccessKey>\n"
        "<SessionToken>AQoDY+X/==</SessionToken>\n"
        "<Expiration>2021-09-01T01:00:00Z</Expiration>\n"
        "</Credentials></AssumeRoleResult></AssumeRoleResponse>";

    (void) state;

    /* without one there is nothing to ask */
    creds = credentials("");
    q = question(creds, BILLING_MONTHLY);
    billing_http_request_init(&req);
    assert_int_equal(billing_aws.token.request(&q, &req), BILLING_OK);
    assert_int_equal(req.url.len, 0);
    json_decref(creds);

    creds = credentials(ROLE);
    q = question(creds, BILLING_MONTHLY);
    q.token = billing_str("old\nold\nold");
    assert_int_equal(billing_aws.token.request(&q, &req), BILLING_OK);
    assert_int_equal(req.method, BILLING_HTTP_POST);
    assert_text(&req.url, "https://sts/");
    assert_int_equal(req.nheaders, 1);
    assert_header(&req, "Content-Type", "application/x-www-form-urlencoded");
    assert_text(&req.body,
        "Action=AssumeRole&Version=2011-06-15"
        "&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fa%2Fb%2Bc"
        "&RoleSessionName=billing&DurationSeconds=3600"
        "&ExternalId=x%3Ay%2Fz");
    assert_text(&req.service, "aws:amz:us-east-1:sts");
    assert_text(
        &req.key, "AKIDEXAMPLE00000:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    billing_http_request_free(&req);

    assert_int_equal(
        test_answer(&billing_aws.token, &q, 200, xml, &t), BILLING_OK);
    assert_text(&t.reply.token, "ASIAKEY\nse/cr+et\nAQoDY+X/==");
    assert_int_equal(t.reply.expires, NOW + 3600);
    test_reply_free(&t);
    assert_sturdy(&billing_aws.token, &q, 200, xml);

    json_decref(creds);
}


static const test_refusal_t role_refusals[] = {
    { 403,
        "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
        "<Message>not authorized</Message></Error></ErrorResponse>",
        BILLING_REJECTED, "sts:AssumeRole" },
    { 403, "<Code>InvalidClientTokenId</Code>", BILLING_REJECTED,
        "access key" },
    { 403, "<Code>SignatureDoesNotMatch</Code>", BILLING_REJECTED, "secret" },
    { 403,
        "<Code>SignatureDoesNotMatch</Code><Message>Signature expired: made "
        "up</Message>",
        BILLING_UNAVAILABLE, "clock" },
    { 403,
        "<Code>SignatureDoesNotMatch</Code><Message>Credential should be "
        "scoped to a valid region. </Message>",
        BILLING_UNAVAILABLE, "region" },
    { 400, "<Code>Throttling</Code>", BILLING_THROTTLED, "fewer" },
    { 400, "<Code>ValidationError</Code>", BILLING_MALFORMED, "understand" },
    { 500, "<html>", BILLING_UNAVAILABLE, "500" },
    { 503, "", BILLING_UNAVAILABLE, "503" },
    { 200, "", BILLING_MALFORMED, "keys" },
    { 200, "<AccessKeyId>A", BILLING_MALFORMED, "keys" },
    { 200, "<AccessKeyId></AccessKeyId>", BILLING_MALFORMED, "keys" },
    { 200,
        "<AccessKeyId>A&#10;B</AccessKeyId><SecretAccessKey>s"
        "</SecretAccessKey><SessionToken>t</SessionToken>"
        "<Expiration>2021-09-01T01:00:00Z</Expiration>",
        BILLING_MALFORMED, "keys" },
    { 200,
        "<AccessKeyId>A</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
        "<SessionToken>t</SessionToken>",
        BILLING_MALFORMED, "long" },
    { 200,
        "<AccessKeyId>A</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
        "<SessionToken>t</SessionToken>"
        "<Expiration>2021-09-01 01:00:00 UTC</Expiration>",
        BILLING_MALFORMED, "long" },
    { .body = NULL },
};


static void
understands_a_refused_role(void **state)
{
    json_t            *creds;
    test_reply_t       t;
    billing_question_t q;

    (void) state;

    creds = credentials(ROLE);
    q = question(creds, BILLING_MONTHLY);

    assert_refusals(&billing_aws.token, &q, role_refusals);

    assert_int_equal(
        test_answer(&billing_aws.token, &q, 200,
            "<AccessKeyId>A</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
            "<SessionToken>t</SessionToken>"
            "<Expiration>2021-09-01T01:00:00.123Z</Expiration>",
            &t),
        BILLING_OK);
    assert_int_equal(t.reply.expires, NOW + 3600);
    test_reply_free(&t);
    json_decref(creds);
}


static void
reads_costs(void **state)
{
    json_t            *creds;
    billing_question_t q;

    static const char page[] =
        "{\"GroupDefinitions\":[],\"ResultsByTime\":[{\"TimePeriod\":"
        "{\"Start\":\"2021-08-01\",\"End\":\"2021-09-01\"},\"Total\":{},"
        "\"Groups\":["
        "{\"Keys\":[\"Amazon Simple Storage Service\",\"ap-northeast-2\"],"
        "\"Metrics\":{\"UnblendedCost\":{\"Amount\":\"12.0000345\","
        "\"Unit\":\"USD\"}}},"
        "{\"Keys\":[\"Tax\",\"NoRegion\"],\"Metrics\":{\"UnblendedCost\":"
        "{\"Amount\":\"-0.0000000001\",\"Unit\":\"USD\"}}},"
        "{\"Keys\":[\"AWS Support\",\"global\"],\"Metrics\":"
        "{\"UnblendedCost\":{\"Amount\":\"1E-7\",\"Unit\":\"CNY\"}}}],"
        "\"Estimated\":true}],\"NextPageToken\":\"more\","
        "\"DimensionValueAttributes\":[]}";

    (void) state;

    creds = credentials("");
    q = question(creds, BILLING_MONTHLY);
    assert_answer(&billing_aws.costs, &q, 200, page,
        "2021-08 open\n"
        "2021-08 USD |ap-northeast-2|Amazon Simple Storage Service "
        "12.0000345\n"
        "2021-08 USD ||Tax -0.0000000001\n"
        "2021-08 CNY |global|AWS Support 0.0000001\n",
        "more");
    assert_sturdy(&billing_aws.costs, &q, 200, page);
    assert_answer(
        &billing_aws.costs, &q, 200, "{\"ResultsByTime\":[]}", "", "");
    assert_answer(&billing_aws.costs, &q, 200,
        "{\"ResultsByTime\":[],\"NextPageToken\":null}", "", "");
    json_decref(creds);

    creds = credentials(
        ",\"detail\":\"linked_account\",\"cost\":\"NetAmortizedCost\"");
    q = question(creds, BILLING_DAILY);
    assert_answer(&billing_aws.costs, &q, 200,
        "{\"ResultsByTime\":[{\"TimePeriod\":{\"Start\":\"2021-08-31\"},"
        "\"Groups\":[{\"Keys\":[\"S3\",\"012345678901\"],\"Metrics\":"
        "{\"NetAmortizedCost\":{\"Amount\":\"1\",\"Unit\":\"USD\"}}}]}]}",
        "2021-08-31 USD 012345678901||S3 1.00\n", "");
    json_decref(creds);

    creds = credentials(",\"linked_account\":\"000000000042\"");
    q = question(creds, BILLING_DAILY);
    assert_answer(&billing_aws.costs, &q, 200,
        "{\"ResultsByTime\":[{\"TimePeriod\":{\"Start\":\"2021-08-01\"},"
        "\"Groups\":[{\"Keys\":[\"S3\",\"eu-west-1\"],\"Metrics\":"
        "{\"UnblendedCost\":{\"Amount\":\"1\",\"Unit\":\"USD\"}}}]}]}",
        "2021-08-01 USD 000000000042|eu-west-1|S3 1.00\n", "");
    json_decref(creds);
}


#define ONE(group)                                                    \
    "{\"ResultsByTime\":[{\"TimePeriod\":{\"Start\":\"2021-08-01\"}," \
    "\"Groups\":[" group "]}]}"
#define COST(amount, unit) \
    "{\"UnblendedCost\":{\"Amount\":" amount ",\"Unit\":" unit "}}"

static const test_refusal_t refusals[] = {
    { 400, "{\"__type\":\"ThrottlingException\",\"message\":\"made up\"}",
        BILLING_THROTTLED, "fewer" },
    { 400, "{\"__type\":\"com.amazonaws#LimitExceededException\"}",
        BILLING_THROTTLED, "fewer" },
    { 429, "", BILLING_THROTTLED, "429" },
    { 400, "{\"__type\":\"AccessDeniedException\",\"Message\":\"x\"}",
        BILLING_REJECTED, "ce:GetCostAndUsage" },
    { 400, "{\"__type\":\"UnrecognizedClientException\"}", BILLING_REJECTED,
        "access key" },
    { 400, "{\"__type\":\"InvalidSignatureException\"}", BILLING_REJECTED,
        "secret" },
    { 400, "{\"__type\":\"ExpiredTokenException\"}", BILLING_REJECTED,
        "expired" },
    { 400, "{\"__type\":\"DataUnavailableException\"}", BILLING_UNAVAILABLE,
        "within a day" },
    { 400, "{\"message\":\"Throttling\",\"__type\":\"ValidationException\"}",
        BILLING_MALFORMED, "period" },
    { 400, "{\"__type\":\"RequestChangedException\"}", BILLING_MALFORMED,
        "next" },
    { 400, "{\"__type\":\"InvalidNextTokenException\"}", BILLING_MALFORMED,
        "next" },
    { 400,
        "{\"__type\":\"InvalidSignatureException\",\"message\":"
        "\"Signature not yet current: made up\"}",
        BILLING_UNAVAILABLE, "clock" },
    { 400, "{\"__type\":\"BillExpirationException\"}", BILLING_MALFORMED,
        "no more" },
    { 400, "{\"__type\":\"BillingViewHealthStatusException\"}",
        BILLING_UNAVAILABLE, "not ready" },
    { 400, "{\"__type\":\"Else\"}", BILLING_MALFORMED, "400" },
    { 400, "", BILLING_MALFORMED, "400" },
    { 500, "{}", BILLING_UNAVAILABLE, "500" },
    { 204, "", BILLING_MALFORMED, "no costs" },
    { 200, "", BILLING_MALFORMED, "JSON" },
    { 200, "[]", BILLING_MALFORMED, "list of costs" },
    { 200, "{}", BILLING_MALFORMED, "list of costs" },
    { 200, "{\"ResultsByTime\":[{}]}", BILLING_MALFORMED, "day" },
    { 200, "{\"ResultsByTime\":[{\"TimePeriod\":{\"Start\":\"2021-08\"}}]}",
        BILLING_MALFORMED, "day" },
    { 200,
        "{\"ResultsByTime\":[{\"TimePeriod\":{\"Start\":\"2021-08-01\"},"
        "\"Total\":{\"UnblendedCost\":{\"Amount\":\"1\"}}}]}",
        BILLING_MALFORMED, "spoilt: incomplete" },
    { 200, ONE("{}"), BILLING_MALFORMED, "spoilt: malformed" },
    { 200, ONE("{\"Keys\":[\"a\"],\"Metrics\":" COST("\"1\"", "\"USD\"") "}"),
        BILLING_MALFORMED, "spoilt: malformed" },
    { 200, ONE("{\"Keys\":[\"a\",1],\"Metrics\":" COST("\"1\"", "\"USD\"") "}"),
        BILLING_MALFORMED, "spoilt: malformed" },
    { 200,
        ONE("{\"Keys\":[\"a\",\"b\"],\"Metrics\":" COST("\"\"", "\"USD\"") "}"),
        BILLING_MALFORMED, "spoilt: malformed" },
    { 200, ONE("{\"Keys\":[\"a\",\"b\"],\"Metrics\":{}}"), BILLING_MALFORMED,
        "spoilt: malformed" },
    { 200,
        ONE("{\"Keys\":[\"a\",\"b\"],\"Metrics\":" COST(
            "\"1\"", "\"N/A\"") "}"),
        BILLING_MALFORMED, "spoilt: malformed" },
    { 200,
        "{\"ResultsByTime\":[{\"TimePeriod\":{\"Start\":\"2021-09-01\"},"
        "\"Groups\":[{\"Keys\":[\"a\",\"b\"],\"Metrics\":" COST(
            "\"1\"", "\"USD\"") "}]}]}",
        BILLING_MALFORMED, "period" },
    { 200, "{\"ResultsByTime\":[],\"NextPageToken\":1}", BILLING_MALFORMED,
        "next page" },
    { .body = NULL },
};


static void
refuses_what_it_does_not_understand(void **state)
{
    json_t            *creds;
    billing_question_t q;

    (void) state;

    creds = credentials("");
    q = question(creds, BILLING_MONTHLY);

    assert_refusals(&billing_aws.costs, &q, refusals);

    json_decref(creds);
}


/* Some errors name their type in a header, and nowhere else. */
static void
reads_the_type_of_an_error_in_the_header(void **state)
{
    size_t                 i, n;
    json_t                *creds;
    test_reply_t           t;
    billing_question_t     q;
    billing_http_request_t req;

    static const struct {
        const char      *wanted;
        const char      *body;
        billing_status_t expected;
        const char      *word;
    } cases[] = {
        { "ThrottlingException", "", BILLING_THROTTLED, "fewer" },
        { "ThrottlingException:http://internal.example/coral/Validation/",
            "{\"message\":null}", BILLING_THROTTLED, "fewer" },
        { "com.Validation#AccessDeniedException:http://example/", "{}",
            BILLING_REJECTED, "ce:GetCostAndUsage" },
        { "InvalidClientTokenId", "<html></html>", BILLING_REJECTED, "key" },
        { "ThrottlingException", "{\"__type\":\"AccessDeniedException\"}",
            BILLING_REJECTED, "ce:GetCostAndUsage" },
        { "Throttling",
            "<ErrorResponse><Code>AccessDenied</Code></ErrorResponse>",
            BILLING_REJECTED, "ce:GetCostAndUsage" },
        { "ThrottlingException", "{\"__type\":null}", BILLING_THROTTLED,
            "fewer" },
        { "", "{\"__type\":\"com.Throttling#ValidationException\"}",
            BILLING_MALFORMED, "question" },
        { ":", "{\"__type\":", BILLING_MALFORMED, "400" },
        { "#", "", BILLING_MALFORMED, "400" },
    };
    static const billing_step_t *const steps[] = { &billing_aws.costs,
        &billing_aws.verify, &billing_aws.token };

    (void) state;

    creds = credentials("");
    q = question(creds, BILLING_MONTHLY);

    for (n = 0; n < 3; n++) {
        for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
            assert_int_equal(test_answer_with(steps[n], &q, 400,
                                 cases[i].wanted, cases[i].body, &t),
                cases[i].expected);
            assert_non_null(strstr(t.reply.failure.text, cases[i].word));
            test_reply_free(&t);
        }
    }

    billing_http_request_init(&req);
    assert_int_equal(billing_aws.costs.request(&q, &req), BILLING_OK);
    assert_string_equal(req.wanted, "x-amzn-ErrorType");
    billing_http_request_free(&req);
    json_decref(creds);
}


static void
verifies(void **state)
{
    json_t                *creds, *expected;
    test_reply_t           t;
    billing_question_t     q;
    billing_http_request_t req;

    static const char page[] =
        "{\"ResultsByTime\":[{\"TimePeriod\":{},\"Groups\":["
        "{\"Keys\":[\"111122223333\"]},{\"Keys\":[\"012345678901\"]}]},"
        "{\"Groups\":[{\"Keys\":[\"111122223333\"]}]}]}";

    (void) state;

    creds = credentials("");
    q = question(creds, BILLING_MONTHLY);
    billing_http_request_init(&req);
    assert_int_equal(billing_aws.verify.request(&q, &req), BILLING_OK);
    assert_body(&req,
        "{\"TimePeriod\":{\"Start\":\"2020-08-01\",\"End\":\"2021-09-02\"},"
        "\"Granularity\":\"MONTHLY\",\"Metrics\":[\"UnblendedCost\"],"
        "\"GroupBy\":[{\"Type\":\"DIMENSION\",\"Key\":\"LINKED_ACCOUNT\"}]}");
    billing_http_request_free(&req);

    expected = test_json("[\"111122223333\",\"012345678901\","
                         "\"111122223333\"]");
    assert_int_equal(
        test_answer(&billing_aws.verify, &q, 200, page, &t), BILLING_OK);
    assert_true(json_equal(t.reply.linked, expected));
    test_reply_free(&t);
    json_decref(expected);

    assert_refused(&billing_aws.verify, &q, 200,
        "{\"ResultsByTime\":[{\"Groups\":[{\"Keys\":[\"1111222233334\"]}]}]}",
        BILLING_MALFORMED, "not an id");
    assert_refused(&billing_aws.verify, &q, 400,
        "{\"__type\":\"AccessDeniedException\"}", BILLING_REJECTED,
        "GetCostAndUsage");
    json_decref(creds);

    creds = credentials(",\"linked_account\":\"012345678901\"");
    q = question(creds, BILLING_MONTHLY);
    expected = test_json("[\"012345678901\"]");
    assert_int_equal(
        test_answer(&billing_aws.verify, &q, 200, page, &t), BILLING_OK);
    assert_true(json_equal(t.reply.linked, expected));
    test_reply_free(&t);

    /* nothing had costs yet */
    assert_int_equal(
        test_answer(&billing_aws.verify, &q, 200, "{\"ResultsByTime\":[]}", &t),
        BILLING_OK);
    assert_true(json_equal(t.reply.linked, expected));
    test_reply_free(&t);
    json_decref(expected);
    json_decref(creds);

    creds = credentials(",\"linked_account\":\"999999999999\"");
    q = question(creds, BILLING_MONTHLY);
    assert_refused(
        &billing_aws.verify, &q, 200, page, BILLING_REJECTED, "999999999999");
    json_decref(creds);
}


static void
checks_credentials(void **state)
{
    size_t           i;
    json_t          *in, *out;
    billing_errors_t errors;

    static const char *wrong[] = {
        "{}",
        "{\"access_key_id\":\"AKID:EXAMPLE00000\","
        "\"secret_access_key\":\"wJalrXUtnFEMIK7MDENG\"}",
        "{\"access_key_id\":\"AKIDEXAMPLE00000\","
        "\"secret_access_key\":\"wJalrXUtnFEMI\\nK7MDENG\"}",
        "{\"access_key_id\":\"AKIDEXAMPLE00000\",\"secret_access_key\":"
        "\"wJalrXUtnFEMIK7MDENG\",\"linked_account\":\"12\"}",
        "{\"access_key_id\":\"AKIDEXAMPLE00000\",\"secret_access_key\":"
        "\"wJalrXUtnFEMIK7MDENG\",\"role_arn\":\"arn:aws:iam::1:role/x\"}",
        "{\"access_key_id\":\"AKIDEXAMPLE00000\",\"secret_access_key\":"
        "\"wJalrXUtnFEMIK7MDENG\",\"cost\":\"Cost\"}",
    };

    (void) state;

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        billing_errors_init(&errors);
        in = test_json(wrong[i]);
        assert_int_equal(
            billing_aws.check(in, "/c", &out, &errors), BILLING_INVALID);
        assert_int_not_equal(errors.count, 0);
        json_decref(in);
        billing_errors_free(&errors);
    }

    in = credentials(",\"linked_account\":\"\"");
    assert_int_equal(test_linked(&billing_aws, in).len, 0);
    json_decref(in);

    in = credentials(",\"linked_account\":\"000000000042\"");
    assert_int_equal(test_linked(&billing_aws, in).len, 12);
    json_decref(in);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_for_costs),
        cmocka_unit_test(asks_for_several_accounts),
        cmocka_unit_test(takes_on_a_role),
        cmocka_unit_test(understands_a_refused_role),
        cmocka_unit_test(reads_costs),
        cmocka_unit_test(refuses_what_it_does_not_understand),
        cmocka_unit_test(reads_the_type_of_an_error_in_the_header),
        cmocka_unit_test(verifies),
        cmocka_unit_test(checks_credentials),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
