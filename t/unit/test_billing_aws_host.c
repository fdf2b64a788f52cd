
/* AWS: the role of this machine, with a customer's role behind it or not. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "provider.h"


extern const billing_provider_t billing_aws;


#define KEYS "ASIAHOST\nse/cr+et\nsess/+=="

#define JSON_KEYS                                              \
    "{\"Code\":\"Success\",\"AccessKeyId\":\"ASIAHOST\","      \
    "\"SecretAccessKey\":\"se/cr+et\",\"Token\":\"sess/+==\"," \
    "\"Expiration\":\"2021-09-01T06:00:00Z\"}"

#define XML_KEYS                                  \
    "<R><AccessKeyId>ASIAHOST</AccessKeyId>"      \
    "<SecretAccessKey>se/cr+et</SecretAccessKey>" \
    "<SessionToken>sess/+==</SessionToken>"       \
    "<Expiration>2021-09-01T06:00:00Z</Expiration></R>"

#define ROLE "arn:aws:iam::111122223333:role/a"


static billing_status_t
proof(const billing_host_t *host, billing_buf_t *out)
{
    return host->data == NULL
               ? BILLING_UNAVAILABLE
               : billing_buf_add_str(out, billing_str_from(host->data));
}


static billing_question_t
question(const json_t *creds, const billing_host_t *host)
{
    return (billing_question_t){ .provider = &billing_aws,
        .endpoint = billing_str("https://ce.us-east-1.amazonaws.com"),
        .host = host,
        .credentials = creds,
        .now = NOW,
        .granularity = BILLING_DAILY,
        .start = 18840,
        .end = 18870 };
}


static void
assert_bare(const billing_http_request_t *req, const char *url)
{
    assert_text(&req->url, url);
    assert_int_equal(req->auth, BILLING_AUTH_NONE);
    assert_int_equal(req->key.len, 0);
}


/* The answer must lead to another request of the token step. */
static void
assert_leads(billing_question_t *q, const char *body, const char *next)
{
    test_reply_t t;

    static char page[4096];

    assert_int_equal(
        test_answer(&billing_aws.token, q, 200, body, &t), BILLING_OK);
    assert_int_equal(t.reply.token.len, 0);
    assert_text(&t.reply.next, next);
    (void) snprintf(page, sizeof(page), "%s", next);
    q->page = billing_str_from(page);
    test_reply_free(&t);
}


static void
assert_ends(const billing_question_t *q, const char *body)
{
    test_reply_t t;

    assert_int_equal(
        test_answer(&billing_aws.token, q, 200, body, &t), BILLING_OK);
    assert_text(&t.reply.token, KEYS);
    assert_int_equal(t.reply.next.len, 0);
    assert_int_equal(t.reply.expires, NOW + 6 * 3600);
    test_reply_free(&t);
    assert_sturdy(&billing_aws.token, q, 200, body);
}


static void
asks_the_metadata_service(void **state)
{
    json_t                *creds;
    billing_host_t         host;
    billing_question_t     q;
    billing_http_request_t req;

    (void) state;

    host = (billing_host_t){ .metadata = billing_str("http://169.254.169.254"),
        .token = proof };
    creds = json_object();
    q = question(creds, &host);
    billing_http_request_init(&req);

    assert_int_equal(billing_aws.token.request(&q, &req), BILLING_OK);
    assert_int_equal(req.method, BILLING_HTTP_PUT);
    assert_int_equal(req.local, 1);
    assert_bare(&req, "http://169.254.169.254/latest/api/token");
    assert_header(&req, "X-aws-ec2-metadata-token-ttl-seconds", "300");
    billing_http_request_free(&req);
    assert_leads(&q, "AQAE==", "rAQAE==");

    assert_int_equal(billing_aws.token.request(&q, &req), BILLING_OK);
    assert_int_equal(req.method, BILLING_HTTP_GET);
    assert_int_equal(req.local, 1);
    assert_bare(&req,
        "http://169.254.169.254/latest/meta-data/iam/security-credentials/");
    assert_header(&req, "X-aws-ec2-metadata-token", "AQAE==");
    billing_http_request_free(&req);
    assert_leads(&q, "Role_1\n", "cAQAE==\nRole_1");

    assert_int_equal(billing_aws.token.request(&q, &req), BILLING_OK);
    assert_bare(&req, "http://169.254.169.254/latest/meta-data/iam/"
                      "security-credentials/Role_1");
    assert_header(&req, "X-aws-ec2-metadata-token", "AQAE==");
    billing_http_request_free(&req);
    assert_ends(&q, JSON_KEYS);

    json_decref(creds);
}


static void
asks_the_container(void **state)
{
    json_t                *creds;
    billing_host_t         host;
    billing_question_t     q;
    billing_http_request_t req;

    (void) state;

    host = (billing_host_t){ .container = billing_str("http://127.0.0.1/x?y"),
        .token = proof,
        .data = "tok" };
    creds = json_object();
    q = question(creds, &host);
    billing_http_request_init(&req);

    assert_int_equal(billing_aws.token.request(&q, &req), BILLING_OK);
    assert_int_equal(req.method, BILLING_HTTP_GET);
    assert_int_equal(req.local, 1);
    assert_bare(&req, "http://127.0.0.1/x?y");
    assert_header(&req, "Authorization", "tok");
    billing_http_request_free(&req);
    assert_ends(&q, JSON_KEYS);

    host.data = "a\nb";
    assert_int_not_equal(billing_aws.token.request(&q, &req), BILLING_OK);
    billing_http_request_free(&req);

    host.data = NULL;
    assert_int_equal(billing_aws.token.request(&q, &req), BILLING_UNAVAILABLE);
    assert_non_null(strstr(req.reason, "token file"));
    billing_http_request_free(&req);

    json_decref(creds);
}


/* A role for a token, and that of the customer with what it gives. */
static void
takes_on_two_roles(void **state)
{
    json_t                *creds;
    billing_host_t         host;
    billing_question_t     q;
    billing_http_request_t req;

    (void) state;

    host = (billing_host_t){ .role = billing_str("arn:aws:iam::4:role/host"),
        .session = billing_str("pod-1"),
        .token = proof,
        .data = "eyJ.a+b" };
    creds = json_pack("{s:s, s:s}", "role_arn", ROLE, "external_id", "ours");
    q = question(creds, &host);
    billing_http_request_init(&req);

    assert_int_equal(billing_aws.token.request(&q, &req), BILLING_OK);
    assert_int_equal(req.local, 0);
    assert_bare(&req, "https://sts.us-east-1.amazonaws.com/");
    assert_text(&req.body, "Action=AssumeRoleWithWebIdentity&Version=2011-06-15"
                           "&RoleArn=arn%3Aaws%3Aiam%3A%3A4%3Arole%2Fhost"
                           "&RoleSessionName=pod-1&WebIdentityToken=eyJ.a%2Bb");
    billing_http_request_free(&req);
    assert_leads(&q, XML_KEYS, "k" KEYS);

    assert_int_equal(billing_aws.token.request(&q, &req), BILLING_OK);
    assert_text(&req.url, "https://sts.us-east-1.amazonaws.com/");
    assert_int_equal(req.auth, BILLING_AUTH_SIGV4);
    assert_text(&req.key, "ASIAHOST:se/cr+et");
    assert_header(&req, "X-Amz-Security-Token", "sess/+==");
    assert_non_null(strstr(req.body.data, "Action=AssumeRole&"));
    assert_non_null(strstr(req.body.data, "&ExternalId=ours"));
    billing_http_request_free(&req);
    assert_ends(&q, XML_KEYS);

    assert_refused(&billing_aws.token, &q, 403, "<Code>AccessDenied</Code>",
        BILLING_REJECTED, "external ID");
    json_decref(creds);
}


/* No key of the account's would help. */
static const test_refusal_t session_refusals[] = {
    { 403, "", BILLING_UNAVAILABLE, "switched off" },
    { 404, "", BILLING_UNAVAILABLE, "404" },
    { 500, "<html>", BILLING_UNAVAILABLE, "500" },
    { 200, "", BILLING_UNAVAILABLE, "session" },
    { .body = NULL },
};

static const test_refusal_t role_refusals[] = {
    { 404, "<html>", BILLING_UNAVAILABLE, "no role" },
    { 200, "", BILLING_UNAVAILABLE, "no role" },
    { 200, "../x", BILLING_UNAVAILABLE, "name" },
    { 200, "<html>", BILLING_UNAVAILABLE, "name" },
    { 401, "", BILLING_UNAVAILABLE, "401" },
    { .body = NULL },
};

static const test_refusal_t key_refusals[] = {
    { 404, "", BILLING_UNAVAILABLE, "404" },
    { 403, "{}", BILLING_UNAVAILABLE, "403" },
    { 200, "", BILLING_MALFORMED, "" },
    { 200, "{\"Code\":\"Failed\"}", BILLING_MALFORMED, "keys" },
    { 200,
        "{\"AccessKeyId\":\"A\\nB\",\"SecretAccessKey\":\"s\","
        "\"Token\":\"t\",\"Expiration\":\"2021-09-01T06:00:00Z\"}",
        BILLING_MALFORMED, "keys" },
    { 200, "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\",\"Token\":\"t\"}",
        BILLING_MALFORMED, "long" },
    { .body = NULL },
};

static const test_refusal_t identity_refusals[] = {
    { 403, "<Code>AccessDenied</Code>", BILLING_UNAVAILABLE, "AWS_ROLE_ARN" },
    { 400, "<Code>InvalidIdentityToken</Code>", BILLING_UNAVAILABLE,
        "web identity" },
    { 400, "<Code>ExpiredTokenException</Code>", BILLING_UNAVAILABLE,
        "web identity" },
    { 400, "<Code>Throttling</Code>", BILLING_THROTTLED, "fewer" },
    { 403, "<Code>OptInRequired</Code>", BILLING_UNAVAILABLE, "" },
    { .body = NULL },
};


static void
says_why_there_are_no_keys(void **state)
{
    json_t            *creds;
    billing_host_t     host;
    billing_question_t q;

    (void) state;

    creds = json_object();
    host = (billing_host_t){ .metadata = billing_str("http://m"),
        .token = proof };
    q = question(creds, &host);
    assert_refusals(&billing_aws.token, &q, session_refusals);

    q.page = billing_str("rtok");
    assert_refusals(&billing_aws.token, &q, role_refusals);

    q.page = billing_str("ctok\nrole");
    assert_refusals(&billing_aws.token, &q, key_refusals);

    host.container = billing_str("http://c");
    q.page = billing_str("");
    assert_refusals(&billing_aws.token, &q, key_refusals);

    host.role = billing_str("arn");
    assert_refusals(&billing_aws.token, &q, identity_refusals);

    json_decref(creds);
}


static void
gives_the_role_to_those_who_may_have_it(void **state)
{
    json_t                *creds;
    billing_question_t     q;
    billing_http_request_t req;

    (void) state;

    creds = json_pack("{s:s}", "role_arn", ROLE);
    q = question(creds, NULL);
    billing_http_request_init(&req);

    assert_int_equal(billing_aws.token.request(&q, &req), BILLING_REJECTED);
    assert_non_null(strstr(req.reason, "may not use the role"));
    assert_int_equal(req.url.len, 0);
    billing_http_request_free(&req);
    json_decref(creds);
}


/* With a key the machine's role is not asked for. */
static void
prefers_the_key_of_the_account(void **state)
{
    json_t                *creds;
    billing_host_t         host;
    billing_question_t     q;
    billing_http_request_t req;

    (void) state;

    host = (billing_host_t){ .metadata = billing_str("http://m"),
        .token = proof };
    creds = json_pack(
        "{s:s, s:s}", "access_key_id", "A", "secret_access_key", "s");
    q = question(creds, &host);
    billing_http_request_init(&req);

    assert_int_equal(billing_aws.token.request(&q, &req), BILLING_OK);
    assert_int_equal(req.url.len, 0);
    billing_http_request_free(&req);
    json_decref(creds);
}


typedef struct {
    const char *text;
    const char *external; /* that comes out; NULL: none */
    const char *pointer;  /* of the error; NULL: none */
} check_t;

#define FULL                                  \
    "\"access_key_id\":\"AKIDEXAMPLE00000\"," \
    "\"secret_access_key\":\"wJalrXUtnFEMIK7MDENG\""

static const check_t checks[] = {
    { "{}", NULL, NULL },
    { "{\"access_key_id\":\"\",\"secret_access_key\":null}", NULL, NULL },
    { "{\"role_arn\":\"" ROLE "\"}", "first", NULL },
    { "{\"role_arn\":\"" ROLE "\",\"external_id\":\"first\"}", "first", NULL },
    { "{\"role_arn\":\"" ROLE "\",\"external_id\":\"second\"}", "second",
        NULL },
    { "{\"role_arn\":\"" ROLE "\",\"external_id\":\"third\"}", NULL,
        "/c/external_id" },
    { "{\"role_arn\":\"" ROLE "\",\"external_id\":\"first,second\"}", NULL,
        "/c/external_id" },
    { "{\"external_id\":\"mine\"}", NULL, "/c/external_id" },
    { "{" FULL "}", NULL, NULL },
    { "{" FULL ",\"role_arn\":\"" ROLE "\",\"external_id\":\"mine\"}", "mine",
        NULL },
    { "{" FULL ",\"role_arn\":\"" ROLE "\"}", NULL, NULL },
    { "{\"access_key_id\":\"AKIDEXAMPLE00000\"}", NULL,
        "/c/secret_access_key" },
    { "{\"secret_access_key\":\"wJalrXUtnFEMIK7MDENG\"}", NULL,
        "/c/access_key_id" },
    { "{\"host_external_id\":\"first\"}", NULL, "/c/host_external_id" },
    { .text = NULL },
};


static void
chooses_the_external_id(void **state)
{
    json_t          *in, *out;
    const check_t   *c;
    billing_errors_t errors;
    billing_status_t rc;

    (void) state;

    for (c = checks; c->text != NULL; c++) {
        in = test_json(c->text);
        billing_errors_init(&errors);

        rc = billing_aws.host_check(
            in, "/c", billing_str("first,second"), &out, &errors);

        if (c->pointer != NULL) {
            assert_int_equal(rc, BILLING_INVALID);
            assert_null(out);
            assert_int_equal(errors.count, 1);
            assert_string_equal(json_string_value(json_object_get(
                                    json_array_get(errors.list, 0), "pointer")),
                c->pointer);

        } else if (c->external != NULL) {
            assert_int_equal(rc, BILLING_OK);
            assert_string_equal(
                json_string_value(json_object_get(out, "external_id")),
                c->external);

        } else {
            assert_int_equal(rc, BILLING_OK);
            assert_null(json_object_get(out, "external_id"));
        }

        billing_errors_free(&errors);
        json_decref(in);
        json_decref(out);
    }
}


/* The schema says what may be left out, and what is only shown. */
static void
describes_what_may_be_left_out(void **state)
{
    json_t *own, *host, *given;

    (void) state;

    own = billing_fields_schema(billing_aws.fields, "a", "b");
    host = billing_fields_host_schema(
        billing_aws.fields, billing_str("first"), "a", "b");

    assert_int_equal(json_array_size(json_object_get(own, "required")), 2);
    assert_null(json_object_get(
        json_object_get(own, "properties"), "host_external_id"));

    assert_int_equal(json_array_size(json_object_get(host, "required")), 0);
    given = json_object_get(
        json_object_get(host, "properties"), "host_external_id");
    assert_true(json_is_true(json_object_get(given, "readOnly")));
    assert_string_equal(
        json_string_value(json_object_get(given, "const")), "first");

    json_decref(own);
    json_decref(host);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_the_metadata_service),
        cmocka_unit_test(asks_the_container),
        cmocka_unit_test(takes_on_two_roles),
        cmocka_unit_test(says_why_there_are_no_keys),
        cmocka_unit_test(gives_the_role_to_those_who_may_have_it),
        cmocka_unit_test(prefers_the_key_of_the_account),
        cmocka_unit_test(chooses_the_external_id),
        cmocka_unit_test(describes_what_may_be_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
