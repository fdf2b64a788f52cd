
/* What the Hyperbilling provider asks: schema, credentials, requests. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "providers/provider.h"


static const billing_provider_t *
provider(void)
{
    return billing_provider_find(billing_str("hyperbilling_aws"));
}


static json_t *
parse(const char *text)
{
    json_t *value;

    value = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(value);

    return value;
}


static void
assert_buf(const billing_buf_t *b, const char *text)
{
    assert_int_equal(b->len, strlen(text));
    assert_memory_equal(b->data, text, b->len);
}


static void
comes_first_in_the_list(void **state)
{
    (void) state;

    assert_ptr_equal(billing_providers[0], provider());
    assert_string_equal(provider()->name, "Hyper Billing");
    assert_string_equal(provider()->backend, "Hyperbilling for AWS");
    assert_null(billing_provider_find(billing_str("hyperbilling_aw")));
    assert_null(billing_provider_find(billing_str("")));
}


static void
has_a_schema_that_draws_the_form(void **state)
{
    size_t      i;
    json_t     *schema, *properties, *property;
    const char *name;

    static const char *names[] = { "account", "email", "key" };

    (void) state;

    schema = billing_fields_schema(provider()->fields, NULL, NULL);
    properties = json_object_get(schema, "properties");

    assert_string_equal(json_string_value(json_object_get(schema, "$schema")),
        "https://json-schema.org/draft/2020-12/schema");
    assert_int_equal(json_array_size(json_object_get(schema, "required")), 3);
    assert_int_equal(json_object_size(properties), 3);

    i = 0;
    json_object_foreach(properties, name, property)
    {
        assert_string_equal(name, names[i++]);
        assert_string_equal(
            json_string_value(json_object_get(property, "type")), "string");
        assert_true(json_is_string(json_object_get(property, "title")));
        assert_true(json_is_string(json_object_get(property, "description")));
        assert_int_equal(json_is_true(json_object_get(property, "writeOnly")),
            strcmp(name, "key") == 0);
    }

    json_decref(schema);
}


static void
normalises_credentials(void **state)
{
    json_t          *in, *out;
    billing_errors_t errors;

    (void) state;

    billing_errors_init(&errors);
    in = parse("{\"key\":\"\\u3000s3cr3t \",\"account\":\" 012345678901\\n\","
               "\"email\":\"ops@example.com\\t\"}");

    assert_int_equal(
        provider()->check(in, "/credentials", &out, &errors), BILLING_OK);
    assert_int_equal(errors.count, 0);
    assert_int_equal(json_object_size(out), 3);
    assert_string_equal(
        json_string_value(json_object_get(out, "account")), "012345678901");
    assert_string_equal(
        json_string_value(json_object_get(out, "email")), "ops@example.com");
    assert_string_equal(
        json_string_value(json_object_get(out, "key")), "s3cr3t");

    json_decref(out);
    json_decref(in);
    billing_errors_free(&errors);
}


/* Each with the errors it must give, in order: "pointer code". */
static const struct {
    const char *credentials;
    const char *errors[4];
} wrong_credentials[] = {
    { "[]", { "/c type" } },
    { "\"x\"", { "/c type" } },
    { "{}", { "/c/account required", "/c/email required", "/c/key required" } },
    { "{\"account\":null,\"email\":\"e\",\"key\":\"k\"}",
        { "/c/account required" } },
    { "{\"account\":\"a\",\"email\":\" \\t \",\"key\":\"k\"}",
        { "/c/email required" } },
    { "{\"account\":123456789012,\"email\":[],\"key\":true}",
        { "/c/account type", "/c/email type", "/c/key type" } },
    { "{\"account\":\"a\",\"email\":\"e\\r\\nX-Admin: 1\",\"key\":\"k\"}",
        { "/c/email format" } },
    { "{\"account\":\"a\",\"email\":\"e\",\"key\":\"k\\u007fk\"}",
        { "/c/key format" } },
    { "{\"account\":\"a\",\"email\":\"e\",\"key\":\"k\",\"Key\":\"k\","
      "\"a/b\":1}",
        { "/c/Key unknown", "/c/a~1b unknown" } },
};


static void
says_what_is_wrong_with_credentials(void **state)
{
    char             got[128];
    size_t           i, n;
    json_t          *in, *out, *error;
    billing_errors_t errors;

    (void) state;

    for (i = 0; i < sizeof(wrong_credentials) / sizeof(wrong_credentials[0]);
         i++) {
        billing_errors_init(&errors);
        in = parse(wrong_credentials[i].credentials);

        assert_int_equal(
            provider()->check(in, "/c", &out, &errors), BILLING_INVALID);
        assert_null(out);

        json_array_foreach(errors.list, n, error)
        {
            (void) snprintf(got, sizeof(got), "%s %s",
                json_string_value(json_object_get(error, "pointer")),
                json_string_value(json_object_get(error, "code")));
            assert_non_null(wrong_credentials[i].errors[n]);
            assert_string_equal(got, wrong_credentials[i].errors[n]);
        }
        assert_null(wrong_credentials[i].errors[n]);

        json_decref(in);
        billing_errors_free(&errors);
    }
}


static void
counts_characters_not_bytes(void **state)
{
    char             email[2048];
    size_t           n;
    json_t          *in, *out;
    billing_errors_t errors;

    (void) state;

    for (n = 254; n <= 255; n++) {
        email[0] = '\0';
        while (strlen(email) < n * 3) {
            strcat(email, "한");
        }

        billing_errors_init(&errors);
        in = json_pack("{ssssss}", "account", "a", "email", email, "key", "k");

        assert_int_equal(provider()->check(in, "", &out, &errors),
            n == 254 ? BILLING_OK : BILLING_INVALID);
        assert_int_equal(errors.count, n == 254 ? 0 : 1);

        json_decref(out);
        json_decref(in);
        billing_errors_free(&errors);
    }
}


static void
shows_no_secret(void **state)
{
    json_t *credentials, *masked;

    (void) state;

    credentials = parse("{\"account\":\"a\",\"email\":\"e\",\"key\":\"k\","
                        "\"token\":\"t\"}");
    masked = billing_fields_mask(provider()->fields, credentials);

    assert_int_equal(json_object_size(masked), 4);
    assert_string_equal(
        json_string_value(json_object_get(masked, "account")), "a");
    assert_string_equal(
        json_string_value(json_object_get(masked, "email")), "e");
    assert_true(json_is_null(json_object_get(masked, "key")));
    assert_true(json_is_null(json_object_get(masked, "token")));
    assert_string_equal(
        json_string_value(json_object_get(credentials, "key")), "k");

    json_decref(masked);
    json_decref(credentials);
}


static void
assert_headers(const billing_http_request_t *req)
{
    assert_int_equal(req->auth, BILLING_AUTH_NONE);
    assert_int_equal(req->nheaders, 4);
    assert_buf(&req->headers[0], "X-Client-Id: ops@example.com");
    assert_buf(&req->headers[1], "X-Client-Secret: s3cr3t");
    assert_buf(&req->headers[2], "Accept: application/json");
    assert_buf(&req->headers[3], "Content-Type: application/json");
}


static void
asks_for_linked_accounts(void **state)
{
    json_t                *credentials;
    billing_question_t     question;
    billing_http_request_t req;

    (void) state;

    credentials = parse(
        "{\"account\":\"a\",\"email\":\"ops@example.com\",\"key\":\"s3cr3t\"}");
    question = (billing_question_t){ .endpoint = billing_str("https://h"),
        .credentials = credentials };
    billing_http_request_init(&req);

    assert_int_equal(provider()->verify.request(&question, &req), BILLING_OK);
    assert_int_equal(req.method, BILLING_HTTP_GET);
    assert_buf(&req.url, "https://h/v1/search/linkedaccount");
    assert_int_equal(req.body.len, 0);
    assert_headers(&req);

    billing_http_request_free(&req);
    json_decref(credentials);
}


static void
asks_for_costs(void **state)
{
    json_t                *credentials;
    billing_str_t          linked;
    billing_question_t     question;
    billing_http_request_t req;

    (void) state;

    credentials = parse(
        "{\"account\":\"a\",\"email\":\"ops@example.com\",\"key\":\"s3cr3t\"}");
    linked = billing_str("012345678901");
    question = (billing_question_t){ .endpoint = billing_str("http://h:1"),
        .credentials = credentials,
        .linked = &linked,
        .nlinked = 1,
        .granularity = BILLING_DAILY,
        .start = 18840,
        .end = 18870 };
    billing_http_request_init(&req);

    assert_int_equal(provider()->costs.request(&question, &req), BILLING_OK);
    assert_int_equal(req.method, BILLING_HTTP_POST);
    assert_buf(&req.url, "http://h:1/v1/search/billing");
    assert_headers(&req);
    assert_buf(&req.body,
        "{\"Filter\":{\"LinkedAccount\":[\"012345678901\"],"
        "\"Granularity\":\"DAILY\","
        "\"TimePeriod\":{\"Start\":\"2021-08-01\",\"End\":\"2021-08-31\"}},"
        "\"GroupBy\":[\"USAGE_DATE\",\"REGION\",\"SERVICE_CODE\"],"
        "\"Result\":[\"USAGE_COST\"]}");
    billing_http_request_free(&req);

    question.granularity = BILLING_MONTHLY;
    question.page = billing_str("a\"b==");
    assert_int_equal(provider()->costs.request(&question, &req), BILLING_OK);
    assert_buf(&req.body,
        "{\"Filter\":{\"LinkedAccount\":[\"012345678901\"],"
        "\"Granularity\":\"MONTHLY\","
        "\"TimePeriod\":{\"Start\":\"2021-08-01\",\"End\":\"2021-08-31\"},"
        "\"NextDataToken\":\"a\\\"b==\"},"
        "\"GroupBy\":[\"USAGE_DATE\",\"REGION\",\"SERVICE_CODE\"],"
        "\"Result\":[\"USAGE_COST\"]}");
    billing_http_request_free(&req);

    json_decref(credentials);
}


static void
refuses_credentials_that_no_header_can_carry(void **state)
{
    size_t                 i;
    json_t                *credentials;
    billing_question_t     question;
    billing_http_request_t req;

    static const char *wrong[] = {
        "{}",
        "{\"email\":\"\",\"key\":\"k\"}",
        "{\"email\":\"e\",\"key\":\"k\\r\\nX-Admin: 1\"}",
        "{\"email\":\"e\",\"key\":1}",
    };

    (void) state;

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        credentials = parse(wrong[i]);
        billing_http_request_init(&req);

        question = (billing_question_t){ .endpoint = billing_str("https://h"),
            .credentials = credentials };
        assert_int_equal(
            provider()->verify.request(&question, &req), BILLING_INVALID);

        billing_http_request_free(&req);
        json_decref(credentials);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_first_in_the_list),
        cmocka_unit_test(has_a_schema_that_draws_the_form),
        cmocka_unit_test(normalises_credentials),
        cmocka_unit_test(says_what_is_wrong_with_credentials),
        cmocka_unit_test(counts_characters_not_bytes),
        cmocka_unit_test(shows_no_secret),
        cmocka_unit_test(asks_for_linked_accounts),
        cmocka_unit_test(asks_for_costs),
        cmocka_unit_test(refuses_credentials_that_no_header_can_carry),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
