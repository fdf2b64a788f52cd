
/* Tokens that OpenSSL accepts; keys as people paste them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "provider.h"
#include "providers/jwt.h"

#include <openssl/err.h>


static json_t *
holding(const char *key)
{
    return json_pack("{s:s}", "key", key);
}


static void
signs(void **state)
{
    char         *pem;
    json_t       *object, *claims, *read, *header;
    billing_buf_t token;

    (void) state;

    pem = test_key_pem(0);
    object = holding(pem);
    assert_int_equal(billing_jwt_check(object, "key"), BILLING_OK);

    claims = test_json("{\"iss\":\"한@example.com\",\"iat\":1630454400}");
    billing_buf_init(&token, BILLING_JWT_MAX);
    assert_int_equal(billing_jwt_sign(billing_fields_get(object, "key"),
                         "key-1", claims, &token),
        BILLING_OK);

    read = test_jwt(token.data, token.len, &header);
    assert_true(json_equal(read, claims));
    json_decref(claims);

    claims = test_json("{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"key-1\"}");
    assert_true(json_equal(header, claims));

    json_decref(claims);
    json_decref(header);
    json_decref(read);
    json_decref(object);
    billing_buf_free(&token);
    free(pem);
}


/* The same key, spoilt in the ways that web forms spoil it. */
static void
mends_pasted_keys(void **state)
{
    int         form, way;
    char       *pem, *p, *q, pasted[8192];
    json_t     *object;
    const char *ends[] = { "\n", "", "\\n", " ", "\r\n", "\\r\\n" };

    (void) state;

    for (form = 0; form < 2; form++) {
        pem = test_key_pem(form);

        for (way = 0; way < 6; way++) {
            q = pasted;
            for (p = pem; *p != '\0'; p++) {
                if (*p == '\n') {
                    q = stpcpy(q, ends[way]);
                } else {
                    *q++ = *p;
                }
            }
            *q = '\0';

            object = holding(pasted);
            assert_int_equal(billing_jwt_check(object, "key"), BILLING_OK);
            assert_string_equal(
                json_string_value(json_object_get(object, "key")), pem);
            json_decref(object);
        }

        free(pem);
    }
}


static void
refuses_what_cannot_sign(void **state)
{
    char   *pem, *p;
    size_t  i;
    json_t *object;

    static const char *wrong[] = {
        "",
        "x",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY----------END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\n\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nAA$A\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n"
        "-----END ENCRYPTED PRIVATE KEY-----\n",
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n"
        "-----END RSA PRIVATE KEY-----\n",
        /* an elliptic one */
        "-----BEGIN PRIVATE KEY-----\n"
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2\n"
        "OF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r\n"
        "1RTwjmYSi9R/zpBnuQ4EiMnCqfMPWiZqB4QdbAd0E7oH50VpuZ1P087G\n"
        "-----END PRIVATE KEY-----\n",
    };

    (void) state;

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        object = holding(wrong[i]);
        assert_int_equal(billing_jwt_check(object, "key"), BILLING_INVALID);
        assert_string_equal(
            json_string_value(json_object_get(object, "key")), wrong[i]);
        assert_int_equal(ERR_peek_error(), 0);
        json_decref(object);
    }

    /* one letter of a good one */
    pem = test_key_pem(0);
    p = strchr(pem, '\n') + 1;
    *p = *p == 'A' ? 'B' : 'A';
    object = holding(pem);
    assert_int_equal(billing_jwt_check(object, "key"), BILLING_INVALID);
    json_decref(object);

    object = json_object();
    assert_int_equal(billing_jwt_check(object, "key"), BILLING_INVALID);
    json_decref(object);
    free(pem);
}


static void
keeps_to_its_limits(void **state)
{
    char          big[BILLING_JWT_MAX];
    char         *pem;
    json_t       *object, *claims;
    billing_buf_t token;

    (void) state;

    pem = test_key_pem(0);
    memset(big, 'x', sizeof(big));
    big[sizeof(big) - 1] = '\0';
    claims = json_pack("{s:s}", "sub", big);
    billing_buf_init(&token, BILLING_JWT_MAX);

    assert_int_equal(
        billing_jwt_sign(billing_str_from(pem), NULL, claims, &token),
        BILLING_LIMIT);

    object = holding(big);
    assert_int_equal(billing_jwt_check(object, "key"), BILLING_INVALID);

    json_decref(object);
    json_decref(claims);
    billing_buf_free(&token);
    free(pem);
}


int
main(void)
{
    int rc;

    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs),
        cmocka_unit_test(mends_pasted_keys),
        cmocka_unit_test(refuses_what_cannot_sign),
        cmocka_unit_test(keeps_to_its_limits),
    };

    rc = cmocka_run_group_tests(tests, NULL, NULL);
    EVP_PKEY_free(test_key());

    return rc;
}
