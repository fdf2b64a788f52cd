
/* Private keys as people paste them, and libjwt's signature. */

#include "providers/jwt.h"

#include <stdlib.h>

#include <jwt.h>
#include <openssl/err.h>

#include "core/json_arena.h"


#define BILLING_JWT_LINE 64 /* of PEM, RFC 7468 section 2 */


typedef struct {
    const char *begin;
    const char *end;
} billing_jwt_label_t;


static billing_status_t billing_jwt_pem(billing_str_t text, billing_buf_t *pem);
static const billing_jwt_label_t *billing_jwt_label(
    billing_str_t text, billing_str_t *inner);
static int              billing_jwt_is(billing_str_t text, const char *literal);
static billing_status_t billing_jwt_base64(
    billing_str_t text, billing_buf_t *pem);
static int   billing_jwt_is_base64(char c);
static int   billing_jwt_nomem(void);
static char *billing_jwt_encode(
    billing_str_t key, const char *kid, const char *claims);


/*
 * An encrypted key has another label or lines with a colon, so it is refused:
 * OpenSSL would ask for its password on the terminal.
 */
static const billing_jwt_label_t billing_jwt_labels[] = {
    { "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----" },
    { "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----" },
};

#define BILLING_JWT_LABELS \
    (sizeof(billing_jwt_labels) / sizeof(billing_jwt_labels[0]))


billing_status_t
billing_jwt_check(json_t *object, const char *member)
{
    json_t          *value;
    billing_buf_t    pem, token;
    billing_status_t rc;

    value = json_object_get(object, member);
    billing_buf_init_secret(&pem, BILLING_JWT_KEY_MAX);
    billing_buf_init_secret(&token, BILLING_JWT_MAX);

    rc = billing_jwt_pem(
        (billing_str_t){ json_string_value(value), json_string_length(value) },
        &pem);

    if (rc == BILLING_OK) {
        value = json_object();
        rc = billing_jwt_sign(
            (billing_str_t){ pem.data, pem.len }, NULL, value, &token);
        json_decref(value);
    }

    if (rc == BILLING_OK
        && json_object_set_new(object, member, json_stringn(pem.data, pem.len))
               != 0)
    {
        rc = BILLING_NOMEM;
    }

    billing_buf_wipe(&token);
    billing_buf_wipe(&pem);

    return rc == BILLING_LIMIT ? BILLING_INVALID : rc;
}


static billing_status_t
billing_jwt_pem(billing_str_t text, billing_buf_t *pem)
{
    billing_str_t              inner;
    billing_status_t           rc;
    const billing_jwt_label_t *label;

    label = billing_jwt_label(text, &inner);
    if (label == NULL) {
        return BILLING_INVALID;
    }

    (void) billing_buf_addf(pem, "%s", label->begin);

    rc = billing_jwt_base64(inner, pem);
    if (rc != BILLING_OK) {
        return rc;
    }

    return billing_buf_addf(pem, "\n%s\n", label->end);
}


/* inner becomes what stands between the two labels. */
static const billing_jwt_label_t *
billing_jwt_label(billing_str_t text, billing_str_t *inner)
{
    size_t                     i, begin, end;
    const billing_jwt_label_t *label;

    for (i = 0; i < BILLING_JWT_LABELS; i++) {
        label = &billing_jwt_labels[i];
        begin = strlen(label->begin);
        end = strlen(label->end);

        if (text.len < begin + end || !billing_jwt_is(text, label->begin)) {
            continue;
        }

        inner->data = text.data + begin;
        inner->len = text.len - begin;

        while (inner->len >= end) {
            if (billing_jwt_is(
                    (billing_str_t){ inner->data + inner->len - end, end },
                    label->end))
            {
                inner->len -= end;
                return label;
            }

            /* a literal "\n", or a line break, behind the last label */
            if (strchr(" \r\n\\nr", inner->data[inner->len - 1]) == NULL) {
                break;
            }

            inner->len--;
        }
    }

    return NULL;
}


static int
billing_jwt_is(billing_str_t text, const char *literal)
{
    return strncmp(text.data, literal, strlen(literal)) == 0;
}


/* In lines of 64; each begins with a line break. */
static billing_status_t
billing_jwt_base64(billing_str_t text, billing_buf_t *pem)
{
    char   c;
    size_t i, n;

    n = 0;

    for (i = 0; i < text.len; i++) {
        c = text.data[i];

        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            continue;
        }

        if (c == '\\' && i + 1 < text.len && strchr("nr", text.data[i + 1])) {
            i++;
            continue;
        }

        if (!billing_jwt_is_base64(c)) {
            return BILLING_INVALID;
        }

        if (n++ % BILLING_JWT_LINE == 0) {
            (void) billing_buf_add_char(pem, '\n');
        }

        (void) billing_buf_add_char(pem, c);
    }

    return n == 0 ? BILLING_INVALID : pem->status;
}


static int
billing_jwt_is_base64(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
           || (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=';
}


billing_status_t
billing_jwt_sign(billing_str_t key, const char *kid, const json_t *claims,
    billing_buf_t *token)
{
    int              nomem;
    char            *text, *encoded;
    unsigned         failures;
    billing_status_t rc;

    failures = billing_json_failures();
    text = json_dumps(claims, JSON_COMPACT);
    if (text == NULL) {
        return BILLING_NOMEM;
    }

    encoded = billing_jwt_encode(key, kid, text);
    billing_json_text_free(text);

    nomem = billing_jwt_nomem() || failures != billing_json_failures();

    if (encoded == NULL) {
        return nomem ? BILLING_NOMEM : BILLING_INVALID;
    }

    rc = billing_buf_add(token, encoded, strlen(encoded));

    explicit_bzero(encoded, strlen(encoded));
    free(encoded);

    return rc;
}


/*
 * Why nothing was signed.  nginx would wonder about errors that it finds in
 * OpenSSL's queue: they are taken out.
 */
static int
billing_jwt_nomem(void)
{
    int           nomem;
    unsigned long error;

    nomem = 0;

    while ((error = ERR_get_error()) != 0) {
        nomem |= ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE;
    }

    return nomem;
}


/* libjwt gives to free() what jansson has allocated. */
static char *
billing_jwt_encode(billing_str_t key, const char *kid, const char *claims)
{
    char  *encoded;
    jwt_t *jwt;

    encoded = NULL;
    billing_json_plain(1);

    if (jwt_new(&jwt) != 0) {
        billing_json_plain(0);
        return NULL;
    }

    if (jwt_set_alg(
            jwt, JWT_ALG_RS256, (const unsigned char *) key.data, (int) key.len)
            == 0
        && jwt_add_header(jwt, "typ", "JWT") == 0
        && (kid == NULL || jwt_add_header(jwt, "kid", kid) == 0)
        && jwt_add_grants_json(jwt, claims) == 0)
    {
        encoded = jwt_encode_str(jwt);
    }

    jwt_free(jwt);
    billing_json_plain(0);

    return encoded;
}
