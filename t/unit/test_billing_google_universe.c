
/* Google Cloud: universes, and where a token comes from in each. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "provider.h"


extern const billing_provider_t billing_google;


/* With a key of that universe; free with json_decref(). */
static json_t *
credentials(const char *universe)
{
    char            *pem, *text;
    json_t          *key, *in, *out;
    billing_errors_t errors;

    pem = test_key_pem(0);
    key = json_pack("{s:s, s:s, s:s, s:s, s:s*}", "type", "service_account",
        "project_id", "demo-proj", "private_key", pem, "client_email",
        "svc@demo.example.com", "universe_domain", universe);
    text = json_dumps(key, 0);
    in = json_pack("{s:s, s:s}", "service_account_key", text, "table",
        "a-b.data_set.gcp_billing_export_v1_012345_6789AB_CDEF01");
    billing_errors_init(&errors);
    assert_int_equal(billing_google.check(in, "/c", &out, &errors), BILLING_OK);
    json_decref(in);
    json_decref(key);
    free(text);
    free(pem);

    return out;
}


typedef struct {
    const char *endpoint;
    const char *universe; /* of the key; NULL: not said */
    int         fits;
    const char *login; /* where a token is asked for; NULL: nowhere */
} universe_t;

#define OAUTH "https://oauth2.googleapis.com/token"

static const universe_t universes[] = {
    { "https://bigquery.googleapis.com", NULL, 1, OAUTH },
    { "https://bigquery.googleapis.com", "googleapis.com", 1, OAUTH },
    { "https://costs.example.com", NULL, 1, OAUTH },
    { "https://bigquery.s3nsapis.fr", "s3nsapis.fr", 1, NULL },
    { "https://BigQuery.S3NSAPIs.fr:443", "s3nsapis.fr", 1, NULL },
    { "https://costs.example.com", "s3nsapis.fr", 1, NULL },
    { "https://bigquery.s3nsapis.fr", NULL, 0, NULL },
    { "https://bigquery.googleapis.com", "s3nsapis.fr", 0, NULL },
    { "https://bigquery.s3nsapis.fr.evil.example", "s3nsapis.fr", 0, NULL },
    { .endpoint = NULL },
};


/* A token is for the universe of the key, and sent nowhere else. */
static void
stays_in_the_universe_of_the_key(void **state)
{
    size_t                 len;
    json_t                *creds, *claims, *header;
    const char            *bearer;
    const universe_t      *u;
    billing_question_t     q;
    billing_http_request_t req;

    (void) state;

    billing_http_request_init(&req);

    for (u = universes; u->endpoint != NULL; u++) {
        creds = credentials(u->universe);
        q = (billing_question_t){ .provider = &billing_google,
            .endpoint = billing_str_from(u->endpoint),
            .credentials = creds,
            .now = NOW,
            .granularity = BILLING_DAILY,
            .start = 18840,
            .end = 18870 };

        if (!u->fits) {
            assert_int_equal(
                billing_google.token.request(&q, &req), BILLING_REJECTED);
            assert_non_null(strstr(req.reason, "universe_domain"));

        } else {
            assert_int_equal(
                billing_google.token.request(&q, &req), BILLING_OK);
            assert_text(&req.url, u->login == NULL ? "" : u->login);
        }

        billing_http_request_free(&req);

        if (u->fits && u->login == NULL) {
            assert_int_equal(
                billing_google.costs.request(&q, &req), BILLING_OK);
            bearer = test_header(&req, "Authorization", &len);
            assert_non_null(bearer);
            assert_memory_equal(bearer, "Bearer ", 7);

            claims = test_jwt(bearer + 7, len - 7, &header);
            assert_string_equal(
                json_string_value(json_object_get(claims, "sub")),
                "svc@demo.example.com");
            assert_null(json_object_get(claims, "aud"));
            assert_non_null(json_object_get(claims, "scope"));
            json_decref(claims);
            json_decref(header);
            billing_http_request_free(&req);
        }

        json_decref(creds);
    }
}


int
main(void)
{
    int rc;

    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stays_in_the_universe_of_the_key),
    };

    rc = cmocka_run_group_tests(tests, NULL, NULL);
    EVP_PKEY_free(test_key());

    return rc;
}
